"""Chinese sentence to code: does the first line of a Chinese docstring find its function?

Knows: Python's own parser, retrieval. The whole docstring is cut out of the index for every function that has a
Chinese one, asked for or not, so that none finds its neighbour's. The easier question, with the line alone cut out and
the rest of the docstring left, is measured beside it.
"""

import ast
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from abacus_lsp.evaluation.crossfile import Report, at_least
from retrieval import index_texts
from retrieval.files import Source, read_source

QUERIES = 400
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Documented:
    """A function with a Chinese docstring: its place, the docstring's lines (from 0), its first line."""

    path: str
    name: str
    line: int
    doc: tuple[int, int]
    sentence: str


def chinese_recall(folders: Sequence[Path], seed: int = 0, beside: Sequence[Path] = ()) -> Report:
    """Recall@1, @5 and @10 over functions of real packages; `folders` hold their source files.

    Packages `beside` them are in the index, too, and nothing is asked about them.
    """
    texts = {
        f"{folder.name}/{path.relative_to(folder).as_posix()}": source.text
        for folder in [*folders, *beside]
        for path in sorted(folder.rglob("*.py"))
        if isinstance(source := read_source(path), Source)
    }
    functions = 0
    documented: list[Documented] = []
    for path, text in texts.items():
        found, count = _documented(path, text)
        documented += found
        functions += count
    names = {folder.name for folder in folders}
    asked = [case for case in documented if case.path.split("/")[0] in names]
    chosen = random.Random(seed).sample(asked, min(QUERIES, len(asked)))  # noqa: S311 a sample
    line = _ranks(texts, documented, chosen, whole=False)
    whole = _ranks(texts, documented, chosen, whole=True)
    metrics = {
        "functions": functions,
        "queries": len(chosen),
        "line_removed": {f"recall_at_{n}": round(_recall(line, n), 4) for n in (1, 5, 10)},
        "docstring_removed": {f"recall_at_{n}": round(_recall(whole, n), 4) for n in (1, 5, 10)},
    }
    checks = [
        at_least("chinese_queries", len(chosen), 400),
        at_least("chinese_functions", functions, 5000),
        at_least("chinese_recall_at_5", _recall(whole, 5), 0.60),
    ]
    return Report(suite="chinese.retrieval", metrics=metrics, checks=checks)


def _ranks(
    texts: dict[str, str], cut: Sequence[Documented], asked: Sequence[Documented], *, whole: bool
) -> list[int]:
    index = index_texts(_without_docs(texts, cut, whole=whole))
    return [_rank(index.find(case.sentence, 10), case) for case in asked]


def _recall(ranks: Sequence[int], most: int) -> float:
    return sum(rank <= most for rank in ranks) / max(len(ranks), 1)


def _rank(found: Sequence[object], case: Documented) -> int:
    for place, one in enumerate(found, 1):
        if getattr(one, "path", "") == case.path and getattr(one, "name", "") == case.name:
            return place
    return 1000


def _documented(path: str, text: str) -> tuple[list[Documented], int]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return [], 0
    functions = list(_functions(tree))
    found: list[Documented] = []
    for node in functions:
        first = node.body[0]
        doc = ast.get_docstring(node) or ""
        sentence = next((line.strip() for line in doc.split("\n") if line.strip()), "")
        if len(_HAN.findall(sentence)) >= 4 and len(node.body) > 1:
            span = (first.lineno - 1, first.end_lineno or first.lineno)
            found.append(Documented(path, node.name, node.lineno - 1, span, sentence))
    return found, len(functions)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _without_docs(texts: dict[str, str], cut: Sequence[Documented], *, whole: bool) -> dict[str, str]:
    changed = {path: text.split("\n") for path, text in texts.items()}
    for case in sorted(cut, key=lambda case: -case.doc[0]):
        lines = changed[case.path]
        if whole:
            del lines[case.doc[0] : case.doc[1]]
            continue
        for number in range(*case.doc):
            lines[number] = lines[number].replace(case.sentence, "")
    return {path: "\n".join(lines) for path, lines in changed.items()}
