"""Retrieval on real Python packages: is the definition of an imported name in reach, and do other lines lose?

Knows: Python's own parser, from which the cases are made, so that the patterns under test do not judge
themselves. Cases: a use of a name imported from another file of the package, the cursor just before it; and
random lines, the cursor at a random word. (The first favour following imports by construction; hence the
second.)
"""

import ast
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from abacus_lsp.evaluation.crossfile import BUDGET, Count, Recall, Report, Task, at_least, names
from abacus_lsp.evaluation.report import CannotMeasure
from retrieval import Index, Result, index_texts
from retrieval.files import Source, read_source
from retrieval.pack import estimate_tokens

USES_PER_PACKAGE = 220
_DRAWS = 200  # for each line wanted; a package of comments alone has none
LINES_PER_PACKAGE = 800  # fewer leave the ratio to chance: two seeds of 300 differed by 0.04
_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Use:
    """A task, and where the name that comes next is defined."""

    task: Task
    name: str
    defined_in: str
    line: int  # from 0


class Package:
    """A package's texts, and its names as Python's own parser sees them."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.texts: dict[str, str] = {}
        for path in sorted(folder.rglob("*.py")):
            source = read_source(path)
            if isinstance(source, Source):
                self.texts[path.relative_to(folder.parent).as_posix()] = source.text
        self._trees: dict[str, ast.Module | None] = {}

    def tree(self, path: str) -> ast.Module | None:
        """The syntax tree of a file; None where it does not parse."""
        if path not in self._trees:
            try:
                self._trees[path] = ast.parse(self.texts[path])
            except (SyntaxError, ValueError):
                self._trees[path] = None
        return self._trees[path]

    def imported(self, path: str) -> Iterator[tuple[str, str, str]]:
        """(name here, name there, file there) of all `from` imports that stay inside the package."""
        for node in ast.walk(self.tree(path) or ast.Module([], [])):
            if isinstance(node, ast.ImportFrom):
                target = self._module(path, node.module or "", node.level)
                for alias in node.names if target else ():
                    yield alias.asname or alias.name, alias.name, target

    def defined(self, path: str, name: str, depth: int = 0) -> tuple[str, int] | None:
        """File and line (from 0) of the class or function that a name of a file is."""
        tree = self.tree(path)
        for node in tree.body if tree else ():
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
                return path, node.lineno - 1
        if depth < _DEPTH:
            for local, original, target in self.imported(path):
                if local == name and target != path:
                    return self.defined(target, original, depth + 1)
        return None

    def _module(self, path: str, module: str, level: int) -> str:
        base = path.split("/")[:-level] if level else []
        stem = "/".join([*base, *(module.split(".") if module else [])])
        return next((path for path in (f"{stem}.py", f"{stem}/__init__.py") if path in self.texts), "")


def uses(package: Package, count: int, rng: random.Random) -> list[Use]:
    """Random uses of imported names, at most four of one file."""
    found: list[Use] = []
    paths = list(package.texts)
    rng.shuffle(paths)
    for path in paths:
        if len(found) >= count:
            break
        known = {
            local: place
            for local, name, file in package.imported(path)
            if (place := package.defined(file, name))
        }
        places = list(_loads(package.tree(path), set(known)))
        for node in rng.sample(places, min(4, len(places))):
            defined_in, line = known[node.id]
            if defined_in != path:
                found.append(
                    Use(_task(package, path, node.lineno - 1, node.col_offset), node.id, defined_in, line)
                )
    return found[:count]


def _loads(tree: ast.Module | None, wanted: set[str]) -> Iterator[ast.Name]:
    for node in ast.walk(tree or ast.Module([], [])):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in wanted:
            yield node


def random_lines(package: Package, count: int, rng: random.Random) -> list[Task]:
    """Lines of code that hold a name, the cursor before a random one of its words."""
    found: list[Task] = []
    paths = list(package.texts)
    for _ in range(count * _DRAWS):
        if len(found) == count:
            break
        path = rng.choice(paths)
        lines = package.texts[path].split("\n")
        number = rng.randrange(len(lines))
        places = [match.start() for match in re.finditer(r"[^\W\d]\w*", lines[number])]
        if places and not re.match(r"\s*(#|from |import |\"|')", lines[number]):
            found.append(_task(package, path, number, len(lines[number][: rng.choice(places)].encode())))
    return found


def _task(package: Package, path: str, number: int, column: int) -> Task:
    """A cursor at a line and a column (in bytes, as Python's parser counts)."""
    lines = package.texts[path].split("\n")
    before = lines[number].encode()[:column].decode("utf-8", "ignore")
    prompt = "\n".join([*lines[:number], before])
    suffix = "\n" + "\n".join(lines[number + 1 :])
    return Task(path, prompt, suffix, lines[number][len(before) :], "python", package.name)


def in_reach(use: Use, result: Result) -> bool:
    """Whether the signature of the used name is among the retrieved text of the file that defines it."""
    pattern = re.compile(rf"\b(?:def|class)\s+{re.escape(use.name)}\b")
    return any(
        snippet.path == use.defined_in
        and snippet.start_line <= use.line < snippet.end_line
        and pattern.search(snippet.text)
        for snippet in result.snippets
    )


def package_recall(folders: Sequence[Path], count: Count = estimate_tokens, seed: int = 0) -> Report:
    """`definition_in_reach` and `random_line_ratio` over real packages, with the settings in force.

    Raises:
        CannotMeasure: a folder holds no Python.
    """
    rng = random.Random(seed)  # noqa: S311 samples, not secrets
    reached = {"ours": 0, "windows": 0}
    recall = {"ours": Recall(), "windows": Recall()}
    cases = 0
    for folder in folders:
        package = Package(folder)
        if not package.texts:
            raise CannotMeasure(f"{folder} holds no Python file: name the folder with the package's sources")
        index = index_texts(package.texts)
        for use in uses(package, USES_PER_PACKAGE, rng):
            cases += 1
            for key, search in _ways(index, count).items():
                reached[key] += in_reach(use, search(use.task))
        lines = random_lines(package, LINES_PER_PACKAGE, rng)
        wanted = {
            key: _recall(recall[key], lines, search, count) for key, search in _ways(index, count).items()
        }
        recall.update(wanted)
    metrics = {
        "cases": cases,
        "definition_in_reach": {key: round(value / max(cases, 1), 4) for key, value in reached.items()},
        "random_lines": {key: round(value.share, 4) for key, value in recall.items()},
        "random_names": recall["ours"].wanted,
    }
    checks = [
        at_least("definition_in_reach.cases", cases, 600),
        at_least("definition_in_reach", reached["ours"] / max(cases, 1), 0.80),
        at_least("random_line_ratio", recall["ours"].share / max(recall["windows"].share, 1e-9), 1.0),
    ]
    return Report(suite="crossfile.packages", metrics=metrics, checks=checks)


def _ways(index: Index, count: Count) -> Mapping[str, Callable[[Task], Result]]:
    return {
        "ours": lambda task: index.search(task.query(count), BUDGET, count),
        "windows": lambda task: index.search(task.query(count), BUDGET, count, signature_share=0.0),
    }


def _recall(sofar: Recall, lines: Sequence[Task], search: Callable[[Task], Result], count: Count) -> Recall:
    for task in lines:
        query = task.query(count)
        start, end = query.window or (0, 0)
        wanted = names(task.truth) - names(query.text[start:end])
        sofar = sofar.plus(wanted, "\n".join(snippet.text for snippet in search(task).snippets))
    return sofar
