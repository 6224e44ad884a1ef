"""`abacus-lsp eval outputs`: what post-processing makes of recorded model outputs, beside simpler ways to cut them.

Knows the data's layout, CrossCodeEval's measures and its truncation. No model runs: the answers are there, the
editor's own `trigger` and `postprocess` decide where they end. The truth is a statement, so blocks are off.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from abacus_lsp import syntax
from abacus_lsp.completion import postprocess, trigger
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.evaluation.crossfile import read_rows
from abacus_lsp.evaluation.html import Bar, Plot
from abacus_lsp.evaluation.metrics import edit_similarity, paired_difference
from abacus_lsp.evaluation.report import CannotMeasure, Check, Suite
from abacus_lsp.languages import by_id
from abacus_lsp.parsing import Trees
from abacus_lsp.settings import Settings

SIMPLE: Final = ("none", "suffix", "statement")
WAYS: Final = (*SIMPLE, "ours")
GAP: Final = 0.60
_CUT_OFF: Final = "length"  # the stop reason of an output that the budget ended


@dataclass(frozen=True, slots=True)
class Task:
    """A place in a file, and the statement that stood there."""

    id: str
    language: str
    prefix: str
    suffix: str
    truth: str


@dataclass(frozen=True, slots=True)
class Output:
    """What a model wrote for a task; `finished`: it ended by itself."""

    task: str
    text: str
    finished: bool


@dataclass(frozen=True, slots=True)
class Score:
    """One output under every way: exact match (0 or 1) and edit similarity (0 to 100) by way.

    `exact` has "oracle" too: 1 when some cut of the output is the truth.
    """

    task: Task
    exact: Mapping[str, float]
    similar: Mapping[str, float]
    reason: str


def load(data: Path) -> tuple[dict[str, Task], list[Output]]:
    """Tasks by id and the outputs, from `tasks.jsonl.gz` and `outputs.jsonl.gz`.

    Raises:
        CannotMeasure: the folder has another layout; the message says which.
    """
    try:
        tasks = {
            row["task_id"]: Task(
                row["task_id"], row["language"], row["prefix"], row["suffix"], row["groundtruth"]
            )
            for row in read_rows(data / "tasks.jsonl.gz")
        }
        outputs = [
            Output(row["task_id"], row["output"], row["stop_reason"] != _CUT_OFF)
            for row in read_rows(data / "outputs.jsonl.gz")
            if row["task_id"] in tasks
        ]
    except (FileNotFoundError, KeyError, ValueError) as error:
        raise CannotMeasure(
            f"{data}: expected tasks.jsonl.gz (task_id, language, prefix, suffix, groundtruth) and "
            f"outputs.jsonl.gz (task_id, output, stop_reason): {error!r}"
        ) from error
    if not outputs:
        raise CannotMeasure(f"{data}: no output belongs to a task")
    return tasks, outputs


def measure(tasks: Mapping[str, Task], outputs: Sequence[Output], tick: Callable[[], None]) -> Suite:
    """Score every output; `tick` is called after each."""
    trees = Trees()
    endings: dict[str, postprocess.Ending] = {}
    scores: list[Score] = []
    for output in outputs:
        task = tasks[output.task]
        if task.id not in endings:
            endings[task.id] = ending_of(task, trees)
        scores.append(score(task, output, endings[task.id], trees))
        tick()
    return report(scores)


def ending_of(task: Task, trees: Trees) -> postprocess.Ending:
    """The place as the editor would see it when asked for a completion there."""
    cursor = Cursor(Snapshot(task.id, task.language, task.prefix + task.suffix), len(task.prefix))
    site = syntax.site_at(cursor, trees)
    settings = Settings()
    decision = trigger.decide(cursor, site, settings, explicit=True)
    sound = syntax.soundness(cursor, trees)
    return postprocess.Ending.of(cursor, site, decision, settings, explicit=True, blocks=False, sound=sound)


def score(task: Task, output: Output, end: postprocess.Ending, trees: Trees) -> Score:
    """One output, cut in every way, against the truth."""
    ours, reason = postprocess.run(output.text, end, finished=output.finished)
    texts = {
        "none": output.text,
        "suffix": suffix_cut(output.text, task.suffix),
        "statement": statement_cut(output.text, task, trees),
        "ours": ours,
    }
    exact = {way: float(matches(text, task)) for way, text in texts.items()}
    exact["oracle"] = float(any(exact.values()) or any(matches(cut, task) for cut in cuts(output.text)))
    similar = {
        way: round(100 * edit_similarity(text.strip(), task.truth.strip())) for way, text in texts.items()
    }
    return Score(task, exact, similar, reason)


def matches(text: str, task: Task) -> bool:
    """CrossCodeEval's exact match: comments removed, then the lines that are not blank, stripped, are equal."""
    return _lines(text, task.language) == _lines(task.truth, task.language)


def _lines(text: str, language: str) -> list[str]:
    bare = re.sub(r"#.*" if language == "python" else r"//.*", "", text)
    return [line.strip() for line in bare.split("\n") if line.strip()]


def cuts(text: str) -> Iterator[str]:
    """Every start of the text that could match: a cut inside a run of blanks changes nothing."""
    for end in range(1, len(text)):
        if not text[end - 1].isspace():
            yield text[:end]


def suffix_cut(text: str, suffix: str) -> str:
    """Up to the line that is the first one below the cursor."""
    following = next((line.strip() for line in suffix.split("\n") if line.strip()), "")
    lines = text.split("\n")
    for number, line in enumerate(lines[1:], start=1):
        if following and line.strip() == following:
            return "\n".join(lines[:number])
    return text


def statement_cut(text: str, task: Task, trees: Trees) -> str:
    """CrossCodeEval's truncation: to the first ";", "{" or "}"; in Python to the first line end that parses."""
    if task.language != "python":
        match = re.search(r"[;{}]", text)
        return text[: match.end()] if match else text
    for match in re.finditer(r"\n|\Z", text):
        parsed = trees.parse(task.id, by_id("python"), task.prefix + text[: match.start()], keep=False)
        if parsed is not None and match.start() and not parsed.root.has_error:
            return text[: match.start()]
    return text


def report(scores: Sequence[Score]) -> Suite:
    """The suite: a table by language, the gap over all and on two halves of the tasks, the checks."""
    languages = sorted({one.task.language for one in scores})
    rows = {
        language: _row([one for one in scores if one.task.language == language]) for language in languages
    }
    halves = [[one for one in scores if crc32(one.task.id.encode()) % 2 == half] for half in (0, 1)]
    checks = [
        *(Check(f"best_of_three.{name}", rows[name]["over_best"], at_least=0.0) for name in languages),
        *(
            Check(f"over_none.{name}", rows[name]["ours"] - rows[name]["none"], at_least=0.0)
            for name in languages
        ),
        Check("gap_closed", gap_closed(scores), at_least=GAP),
    ]
    metrics = {
        "outputs": len(scores),
        "tasks": len({one.task.id for one in scores}),
        "gap_closed": gap_closed(scores),
        "gap_closed_first_half": gap_closed(halves[0]),
        "gap_closed_second_half": gap_closed(halves[1]),
        "exact_match": {**rows, "all": _row(scores)},
        "edit_similarity": {
            name: {
                way: _mean(one.similar[way] for one in scores if name in ("all", one.task.language))
                for way in WAYS
            }
            for name in (*languages, "all")
        },
        "reasons": {
            code: sum(one.reason == code for one in scores) for code in sorted({s.reason for s in scores})
        },
    }
    return Suite("outputs", metrics, tuple(checks))


def plots(metrics: Mapping[str, Any]) -> list[Plot]:
    """For the HTML report: every way's exact match, for each language."""
    rows: Mapping[str, Mapping[str, float]] = metrics["exact_match"]
    return [
        Plot(
            f"Exact match, {language} ({row['n']:.0f} outputs)",
            "%",
            tuple(Bar(way, row[way]) for way in (*WAYS, "oracle")),
        )
        for language, row in rows.items()
    ]


def gap_closed(scores: Sequence[Score]) -> float:
    """The share of the way from no post-processing to the best cut of every output; 1 when there is no way."""
    none, ours, best = (_mean(one.exact[way] for one in scores) for way in ("none", "ours", "oracle"))
    return (ours - none) / (best - none) if best > none else 1.0


def _row(scores: Sequence[Score]) -> dict[str, Any]:
    """Exact match by way in percent, and ours over the best simple way in points with its interval (95 %)."""
    percent = {way: 100 * _mean(one.exact[way] for one in scores) for way in (*WAYS, "oracle")}
    best = max(SIMPLE, key=lambda way: percent[way])
    over = paired_difference(
        [one.exact["ours"] for one in scores], [one.exact[best] for one in scores]
    ).times(100)
    return {"n": len(scores), **percent, "over_best": over.value, "interval": [over.low, over.high]}


def _mean(values: Iterator[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0
