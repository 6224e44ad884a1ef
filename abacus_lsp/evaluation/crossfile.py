"""`abacus-lsp eval crossfile --retrieval-only`: does retrieval bring what the true code needs?

Knows: the data's layout, the recipe, the retrieval package. No model runs: a name that the true code uses,
that the prompt does not show, and that other files have, is either in the retrieved text or it is not.
"""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, TypedDict

from abacus_lsp import syntax
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.evaluation.recipe import filled, ranked_chunks
from retrieval import Query, index_texts
from retrieval.pack import estimate_tokens

BUDGET = 1024
PREFIX_TOKENS, SUFFIX_TOKENS = 1024, 256  # the window of the prompt, by the same count
_NAME = re.compile(r"[^\W\d]\w*")
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
Count = Callable[[str], int]


class Check(TypedDict, total=False):
    """One line of a report's `checks`: a figure and its bound."""

    name: str
    value: float
    at_least: float
    at_most: float
    ok: bool


class Report(TypedDict):
    """What every suite returns."""

    suite: str
    metrics: dict[str, Any]
    checks: list[Check]


def at_least(name: str, value: float, bound: float) -> Check:
    """A check that wants a figure to be high."""
    return Check(name=name, value=round(value, 4), at_least=bound, ok=value >= bound)


def at_most(name: str, value: float, bound: float) -> Check:
    """A check that wants a figure to be low."""
    return Check(name=name, value=round(value, 4), at_most=bound, ok=value <= bound)


@dataclass(frozen=True, slots=True)
class Task:
    """A place in a repository, and what stood there."""

    path: str
    prompt: str
    suffix: str
    truth: str
    language: str
    repository: str
    id: str = ""

    def query(self, count: Count) -> Query:
        """The cursor, with the window that a prompt of `PREFIX_TOKENS` and `SUFFIX_TOKENS` shows; in a docstring, or not."""
        prefix = _shown(self.prompt.split("\n"), PREFIX_TOKENS, count, from_end=True)
        suffix = _shown(self.suffix.split("\n"), SUFFIX_TOKENS, count, from_end=False)
        text, here = self.prompt + self.suffix, len(self.prompt)
        snapshot = Snapshot("", self.language, text, path=PurePath(self.path))
        prose = syntax.site_at(Cursor(snapshot, here)).place == "docstring"
        return Query(self.path, text, here, (here - len(prefix), here + len(suffix)), prose=prose)


def _shown(lines: list[str], budget: int, count: Count, *, from_end: bool) -> str:
    """Whole lines from one end, up to about the budget: line by line, as windows are cut."""
    kept: list[str] = []
    left = budget
    for line in reversed(lines) if from_end else lines:
        left -= count(line + "\n")
        if left < 0 and kept:
            break
        kept.append(line)
    return "\n".join(reversed(kept) if from_end else kept)


def names(text: str) -> set[str]:
    """Identifiers of a piece of code, strings left out."""
    return set(_NAME.findall(_STRING.sub(" ", text)))


@dataclass(frozen=True, slots=True)
class Recall:
    """Names looked for and names found."""

    wanted: int = 0
    found: int = 0

    def plus(self, wanted: set[str], text: str) -> "Recall":
        """With one more place counted."""
        return Recall(self.wanted + len(wanted), self.found + len(wanted & set(_NAME.findall(text))))

    @property
    def share(self) -> float:
        """Found of wanted, 0 to 1."""
        return self.found / self.wanted if self.wanted else 0.0


def load_tasks(data: Path) -> list[Task]:
    """The tasks of a folder with `items.jsonl.gz` and `repos/`.

    Raises FileNotFoundError, naming the file, when the folder has another layout.
    """
    rows = read_rows(data / "items.jsonl.gz")
    return [
        Task(
            row["metadata"]["file"], row["prompt"], row["right_context"], row["groundtruth"],
            row["language"], row["metadata"]["repository"], row["metadata"].get("task_id", ""),
        )
        for row in rows
    ]  # fmt: skip


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a gzip file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def load_repository(data: Path, name: str) -> dict[str, str]:
    """Path to text of every source file of a repository."""
    return {row["path"]: row["content"] for row in read_rows(data / "repos" / f"{name}.jsonl.gz")}


def novel(task: Task, query: Query, others: set[str]) -> set[str]:
    """Names of the truth that the window does not show but other files have."""
    start, end = query.window or (0, len(query.text))
    return (names(task.truth) & others) - set(_NAME.findall(query.text[start:end]))


def identifier_recall(data: Path, count: Count = estimate_tokens) -> Report:
    """Recall of novel names in `BUDGET` tokens, ours and the recipe's, by language and pooled."""
    ours: dict[str, Recall] = {}
    recipe: dict[str, Recall] = {}
    tasks = load_tasks(data)
    for repository in sorted({task.repository for task in tasks}):
        files = load_repository(data, repository)
        index = index_texts(files)
        for task in (task for task in tasks if task.repository == repository):
            query = task.query(count)
            wanted = novel(task, query, _names_elsewhere(files, task.path))
            found = "\n".join(snippet.text for snippet in index.search(query, BUDGET, count).snippets)
            theirs = filled(ranked_chunks(files, task.path, task.prompt), BUDGET, count)
            for key in {task.language, "python" if task.language == "python" else "other"}:
                ours[key] = ours.get(key, Recall()).plus(wanted, found)
                recipe[key] = recipe.get(key, Recall()).plus(wanted, theirs)
    metrics = {
        key: {
            "names": ours[key].wanted,
            "ours": round(ours[key].share, 4),
            "recipe": round(recipe[key].share, 4),
        }
        for key in sorted(ours)
    }
    checks = [
        at_least("identifier_recall_ratio", _ratio(ours, recipe, "python"), 1.5),
        at_least("identifier_recall_ratio.other", _ratio(ours, recipe, "other"), 1.2),
    ]
    return Report(suite="crossfile.retrieval", metrics=metrics, checks=checks)


def _ratio(ours: Mapping[str, Recall], recipe: Mapping[str, Recall], key: str) -> float:
    theirs = recipe.get(key, Recall()).share
    return ours.get(key, Recall()).share / theirs if theirs else 0.0


def _names_elsewhere(files: Mapping[str, str], path: str) -> set[str]:
    return {name for other, text in files.items() if other != path for name in _NAME.findall(text)}


def retrieval_only(
    data: Path,
    packages: Sequence[Path] = (),
    chinese: Sequence[Path] = (),
    count: Count = estimate_tokens,
    *,
    beside: Sequence[Path] = (),
) -> list[Report]:
    """Every measure of retrieval that needs no model.

    `packages` are folders of real Python packages, `chinese` such with Chinese docstrings (unpacked from
    PyPI, for instance); without them their measures are left out. `beside`: more of these, to be told apart from.
    """
    # They use this module's values.
    from abacus_lsp.evaluation.chinese_retrieval import chinese_recall  # noqa: PLC0415
    from abacus_lsp.evaluation.crossfile_packages import package_recall  # noqa: PLC0415

    reports = [identifier_recall(data, count)]
    if packages:
        reports.append(package_recall(packages, count))
    if chinese:
        reports.append(chinese_recall(chinese, beside=beside))
    return reports
