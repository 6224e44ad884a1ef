"""Docstrings on real functions: is every parameter, return and error there, does the file still parse, is a second
run silent?

Knows files, items and edits. The docstring is read back and compared with what the tree told before; and `oracle`,
which shares nothing with what wrote it, judges Python's functions by `ast` and the others' by words and brackets.
Must not know engines: prose comes from a function.
"""

import ast
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from abacus_lsp import languages
from abacus_lsp.docstrings import choose, items, write
from abacus_lsp.docstrings.frames import taken_apart
from abacus_lsp.docstrings.item import Item, fields_of
from abacus_lsp.docstrings.merge import missing
from abacus_lsp.docstrings.styles import STYLES
from abacus_lsp.document import Snapshot, to_newlines
from abacus_lsp.evaluation import oracle
from abacus_lsp.evaluation.report import CannotMeasure, Check, Suite
from abacus_lsp.parsing import Trees
from abacus_lsp.settings import DocstringsSettings
from retrieval.encodings import decode

MOST_BYTES = 1 << 18  # larger files are data or generated
_SHOWN = 10  # failures named in the report
_FLOW, _HEAD = "@flow", 2000  # another language under JavaScript's ending, which no grammar here reads
_OTHERS = 30  # files read per function still wanted, at most

Prose = Callable[[Snapshot, Item, choose.Manner], write.Prose]
"""What a model has to say about an item; empty without one."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One function of one file."""

    path: Path
    snapshot: Snapshot
    item: Item


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one function; `lacking` names what is not documented, `judge` who else looked ("" for nobody)."""

    language: str
    lacking: tuple[str, ...]
    parses: bool
    silent: bool
    kept: bool
    said: int
    fields: int
    seconds: float
    judge: str = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """In words; nothing when all is well."""
        told = [f"lacks {name}" for name in self.lacking]
        told += [] if self.parses else ["does not parse"]
        told += [] if self.silent else ["a second run changes it"]
        return (*told, *([] if self.kept else ["words were lost"]))


def no_prose(_snapshot: Snapshot, _item: Item, _manner: choose.Manner) -> write.Prose:
    """Structure only."""
    return {}


def pick(files: Sequence[Path], limit: int, seed: int) -> list[Sample]:
    """Up to `limit` functions and methods, spread evenly over the languages, then over the files."""
    by_language: dict[str, list[Path]] = defaultdict(list)
    for path in files:
        language = languages.by_path(path).id
        if language in items.GRAMMARS and path.stat().st_size <= MOST_BYTES:
            by_language[language].append(path)
    chosen = random.Random(seed)  # noqa: S311  (a sample, not a secret)
    samples: list[Sample] = []
    left = len(by_language)
    for language in sorted(by_language, key=lambda one: len(by_language[one])):
        share = (limit - len(samples)) // left
        left -= 1
        chosen.shuffle(by_language[language])
        samples += _from(by_language[language], share, chosen)
    return samples


def _from(paths: Sequence[Path], wanted: int, chosen: random.Random) -> list[Sample]:
    """A few of each file."""
    found: list[Sample] = []
    each = max(1, -(-wanted // max(len(paths), 1)), 3)
    for path in paths[: wanted * _OTHERS]:
        if len(found) >= wanted:
            break
        decoded = decode(path.read_bytes())
        if decoded is None or _FLOW in decoded[0][:_HEAD]:
            continue
        snapshot = Snapshot(path.as_uri(), languages.by_path(path).id, decoded[0], path=path)
        functions = [
            item
            for item in items.items_in(snapshot)
            if item.kind in ("function", "method") and not item.fixed
        ]
        chosen.shuffle(functions)
        found += [Sample(path, snapshot, item) for item in functions[:each]]
    return found[:wanted]


def measure(
    samples: Sequence[Sample], prose: Prose, style: str, tongue: str, tick: Callable[[], None]
) -> Suite:
    """Document every sample, one at a time, and judge the result.

    Args:
        samples: from `pick`.
        prose: the model's part.
        style: of Python docstrings; "all" goes round the three.
        tongue: "zh", "en" or "auto".
        tick: called after each.

    Raises:
        CannotMeasure: there is no function.
    """
    if not samples:
        raise CannotMeasure("no function in these files: name sources in a language that has docstrings")
    verdicts: list[tuple[Sample, Verdict]] = []
    for number, sample in enumerate(samples):
        one = ("google", "numpy", "rest")[number % 3] if style == "all" else style
        verdicts.append((sample, judge(sample, prose, one, tongue)))
        tick()
    return _suite(verdicts)


def judge(sample: Sample, prose: Prose, style: str, tongue: str) -> Verdict:
    """Document one function and look at what came out."""
    snapshot, item = sample.snapshot, sample.item
    settings = DocstringsSettings(language=tongue, style=style)  # pyright: ignore[reportArgumentType]  (checked by the command line)
    manner = choose.manner_of(snapshot, settings)
    start = time.perf_counter()
    said: write.Prose = {}
    if write.wanted(snapshot, item, manner):
        said = prose(snapshot, item, manner)
    seconds = time.perf_counter() - start
    edit = write.edit_of(snapshot, item, manner, said)
    text = edit.applied(snapshot.text) if edit else snapshot.text
    after = Snapshot("", snapshot.language, text)
    again = _same_item(after, item, edit)
    if again is None:
        return Verdict(item.language.id, ("everything",), False, False, False, 0, 0, seconds)
    judge, told = _second_opinion(after, again, sample, edit)
    return Verdict(
        item.language.id,
        (*_lacking(after, again, sample, manner), *(told or ())),
        _errors(after) <= _errors(snapshot),
        write.edit_of(after, again, manner) is None,
        _kept(snapshot, item, after, again),
        len(said),
        len(fields_of(item)) + 1,
        seconds,
        judge,
    )


def _same_item(after: Snapshot, item: Item, edit: write.Edit | None) -> Item | None:
    """The item of that name nearest to where it must be now."""
    moved = _moved(item, edit)
    same = [one for one in items.items_in(after) if one.name == item.name and one.kind == item.kind]
    return min(same, key=lambda one: abs(one.span.start - moved), default=None)


def _moved(item: Item, edit: write.Edit | None) -> int:
    """Where the item begins after the edit."""
    grown = len(edit.text) - (edit.end - edit.start) if edit else 0
    return item.span.start + (grown if edit and edit.start <= item.span.start else 0)


def _second_opinion(
    after: Snapshot, again: Item, sample: Sample, edit: write.Edit | None
) -> tuple[str, list[str] | None]:
    """(who judged, what they miss); the tree tells the others only where the function is and its name."""
    item = sample.item
    if item.language.id == "python":
        method, start = again.kind == "method", again.span.start
        told = oracle.lacking(sample.snapshot.text, after.text, again.name, start, method=method)
        return ("" if told is None else "ast"), told
    told = oracle.lacking_in_text(
        item.language.id, to_newlines(after.text), _at(after, _moved(item, edit)), item.name
    )
    return ("" if told is None else "text"), told


def _at(snapshot: Snapshot, offset: int) -> int:
    r"""The offset in the text with "\n" alone."""
    return len(to_newlines(snapshot.text[:offset]))


def _lacking(after: Snapshot, item: Item, sample: Sample, manner: choose.Manner) -> tuple[str, ...]:
    if item.doc is None:
        return ("everything",)
    framed = taken_apart(item.frame, to_newlines(item.doc.of(after.text)), item.indent)
    # What the tree told before the edit, so that an item that is misread afterwards is noticed.
    told = missing(framed.text, fields_of(sample.item), STYLES[manner.style])
    return tuple(f"{field.kind} {field.name}".strip() for field in told)


def _errors(snapshot: Snapshot) -> int:
    """Error and missing nodes of the tree; for Python that compiled before, whether it still does."""
    source = items.source_of(snapshot, Trees())
    if source is None:
        return 0
    count, stack = 0, [source.parsed.root]
    while stack:
        node: Node = stack.pop()
        count += node.is_error or node.is_missing
        stack.extend(node.children)
    if snapshot.language == "python":
        try:
            ast.parse(snapshot.text.removeprefix("\ufeff"))
        except (SyntaxError, ValueError):
            count += 1
    return count


def _kept(before: Snapshot, item: Item, after: Snapshot, again: Item) -> bool:
    """Every word of the old docstring is in the new one, in order."""
    if item.doc is None:
        return True
    if again.doc is None:
        return False
    words = iter(again.doc.of(after.text).replace('"', " ").replace("'", " ").replace("*", " ").split())
    old = item.doc.of(before.text).replace('"', " ").replace("'", " ").replace("*", " ").split()
    return all(any(word == other for other in words) for word in old if word != "/")


def _suite(verdicts: Sequence[tuple[Sample, Verdict]]) -> Suite:
    by_language: dict[str, dict[str, float]] = {}
    for language in dict.fromkeys(verdict.language for _, verdict in verdicts):
        own = [verdict for _, verdict in verdicts if verdict.language == language]
        judges = Counter(verdict.judge for verdict in own if verdict.judge)
        judged = {f"judged_by_{judge}": count for judge, count in judges.items()}
        by_language[language] = {"functions": len(own), **judged, **_shares(own)}
    every = [verdict for _, verdict in verdicts]
    failures = Counter(problem.split(" ")[0] for one in every for problem in one.problems)
    told = [
        f"{sample.path}:{sample.snapshot.text.count(chr(10), 0, sample.item.span.start) + 1} "
        f"{sample.item.name}: {'; '.join(verdict.problems)}"
        for sample, verdict in verdicts
        if verdict.problems
    ]
    metrics = {
        "functions": len(every),
        "already_documented": sum(sample.item.doc is not None for sample, _ in verdicts),
        "judged_independently": sum(bool(one.judge) for one in every),
        "prose_share": sum(one.said for one in every) / max(1, sum(one.fields for one in every)),
        "seconds_each": sum(one.seconds for one in every) / len(every),
        "by_language": by_language,
        **({"failures": told[:_SHOWN], "failure_kinds": dict(failures)} if told else {}),
    }
    shares = _shares(every)
    return Suite("docstrings", metrics, tuple(Check(name, shares[name], at_least=1.0) for name in shares))


def _shares(verdicts: Sequence[Verdict]) -> dict[str, float]:
    count = len(verdicts)
    return {
        "complete": sum(not one.lacking for one in verdicts) / count,
        "parses": sum(one.parses for one in verdicts) / count,
        "second_run_silent": sum(one.silent for one in verdicts) / count,
        "words_kept": sum(one.kept for one in verdicts) / count,
    }
