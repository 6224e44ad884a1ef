"""Suites whose answers are run: HumanEval-Infilling, HumanEval and MBPP, and Chinese tasks with their English twins.

Knows tasks, a route to ask, the sandbox, metrics. Must not know command lines. An answer is what an editor would show.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from abacus_lsp.evaluation import sandbox, validity
from abacus_lsp.evaluation.html import Bar, Plot
from abacus_lsp.evaluation.ledger import Ledger
from abacus_lsp.evaluation.metrics import Estimate, edit_similarity, exact_match, mean, ratio_of_means, wilson
from abacus_lsp.evaluation.report import Check
from abacus_lsp.evaluation.route import Route, Spot, Tick
from abacus_lsp.evaluation.tasks import Task
from abacus_lsp.languages import by_id
from abacus_lsp.settings import Settings

ANSWERED: Final = 0.80
PARSEABLE: Final = 0.97
VALID: Final = 1.0
ZH_VS_EN: Final = 0.9
_FOLDER: Final = Path("/abacus-eval").absolute()  # where the file would be; nothing is read or written there


@dataclass(frozen=True, slots=True)
class Tried:
    """A task, what was shown, and how the tests ended ("" when they were not run)."""

    task: Task
    text: str
    reason: str
    outcome: str
    seconds: float

    @property
    def shown(self) -> bool:
        return bool(self.text.strip())

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"

    @property
    def right(self) -> bool:
        """The stripped middle is the published one."""
        return exact_match(self.text, self.task.truth)

    @property
    def answerable(self) -> bool:
        """The published answer is one in good form: a prompt that is no code cannot be gone on with (HumanEval/142)."""
        task = self.task
        return not task.truth or not validity.problem(task.prefix, task.truth, task.suffix, task.language)

    @property
    def parseable(self) -> bool:
        return validity.parses(self.task.file(self.text), self.task.language)

    @property
    def problem(self) -> str:
        """What is wrong with the form of the answer; "" when nothing is."""
        return validity.problem(self.task.prefix, self.text, self.task.suffix, self.task.language)


def attempt(
    tasks: Sequence[Task], route: Route, kept: Ledger, limits: sandbox.Limits, tick: Tick
) -> list[Tried]:
    """Ask for every task, and run what was shown.

    Raises:
        EngineError: the model fails.
    """
    found: list[Tried] = []
    for task in tasks:
        row = kept.get(task.key)
        if row is None:
            got = route.ask(_spot(task), explicit=task.explicit)
            text = got.text.replace("\r\n", "\n")
            run = task.test and text.strip()
            outcome = sandbox.run(task.program(text), limits).outcome if run else ""
            told = {"text": text, "reason": got.reason, "outcome": outcome, "seconds": got.seconds}
            row = kept.add(task.key, told)
        found.append(Tried(task, row["text"], row["reason"], row["outcome"], row["seconds"]))
        tick()
    return found


def _spot(task: Task) -> Spot:
    extension = by_id(task.language).extensions[0]
    return Spot(_FOLDER / f"task{extension}", task.prefix + task.suffix, len(task.prefix))


def long_answers(settings: Settings, *, tokens: int = 320, lines: int = 60) -> Settings:
    """The same with room for a whole function, unless the user's settings give more."""
    held = settings.completion
    most = {"max_tokens": max(held.max_tokens, tokens), "max_lines": max(held.max_lines, lines)}
    return msgspec.structs.replace(settings, completion=msgspec.structs.replace(held, **most))


# --- infilling


def infilling_figures(tried: Sequence[Tried], seed: int) -> dict[str, Any]:
    """A row a span, and the reasons of silences."""
    groups = list(dict.fromkeys(one.task.group for one in tried))
    return {
        "spans": {group: _span([one for one in tried if one.task.group == group], seed) for group in groups},
        "reasons": _counts(one.reason for one in tried),
        "outcomes": _counts(one.outcome or "not run" for one in tried),
    }


def infilling_checks(tried: Sequence[Tried]) -> tuple[Check, ...]:
    """Answers where a line is due, and files left parseable."""
    due = [one for one in tried if one.task.group == "single"] or list(tried)
    shown = [one for one in tried if one.shown]
    return (
        Check("answered", _share(due, lambda one: one.shown).value, at_least=ANSWERED),
        Check("parseable", _share(shown, lambda one: one.parseable).value, at_least=PARSEABLE),
    )


def _span(tried: Sequence[Tried], seed: int) -> dict[str, Any]:
    shown = [one for one in tried if one.shown]
    right, passed = _share(tried, lambda one: one.right), _share(tried, lambda one: one.passed)
    similar = mean([edit_similarity(one.text.strip(), one.task.truth.strip()) for one in tried], seed)
    return {
        "tasks": len(tried),
        "answered": 100 * len(shown) / max(len(tried), 1),
        **_percent("exact_match", right),
        **_percent("pass_at_1", passed),
        "edit_similarity": 100 * similar.value,
        "parseable": 100 * _share(shown, lambda one: one.parseable).value,
        "ask_seconds": sum(one.seconds for one in tried) / max(len(tried), 1),
    }


# --- functions from words


def nl2code_figures(tried: Sequence[Tried]) -> dict[str, Any]:
    """pass@1 by benchmark."""
    groups = list(dict.fromkeys(one.task.group for one in tried))
    return {
        "benchmarks": {
            group: _functions([one for one in tried if one.task.group == group]) for group in groups
        },
        "problems": _counts(one.problem or "none" for one in tried if one.shown),
        "outcomes": _counts(one.outcome or "not run" for one in tried),
        "reasons": _counts(one.reason for one in tried),
    }


def nl2code_checks(tried: Sequence[Tried]) -> tuple[Check, ...]:
    """An answer to nearly every task, in good form."""
    return (
        Check("answered", _share(tried, lambda one: one.shown).value, at_least=ANSWERED),
        Check("valid_share", _valid(tried).value, at_least=PARSEABLE),
    )


def _functions(tried: Sequence[Tried]) -> dict[str, Any]:
    tested = [one for one in tried if one.task.test]
    figures: dict[str, Any] = {
        "tasks": len(tried),
        "answered": 100 * _share(tried, lambda one: one.shown).value,
        "valid": 100 * _valid(tried).value,
    }
    return figures | (_percent("pass_at_1", _share(tested, lambda one: one.passed)) if tested else {})


def _valid(tried: Sequence[Tried]) -> Estimate:
    return _share([one for one in tried if one.shown and one.answerable], lambda one: not one.problem)


# --- Chinese beside English


def chinese_figures(chinese: Sequence[Tried], english: Sequence[Tried], seed: int) -> dict[str, Any]:
    """A row a language and tongue, and the quotient of pass@1; both in the same order of tasks."""
    both = {"zh": chinese, "en": english}
    languages = list(dict.fromkeys(one.task.language for one in chinese))
    quotient = zh_vs_en(chinese, english, seed)
    return {
        "pass_zh_vs_en": [quotient.value, quotient.low, quotient.high],
        "tested_pairs": len(_tested(chinese)),
        "broken_tasks": sum(not one.answerable for one in chinese),
        "languages": {
            f"{language} {tongue}": _functions([one for one in tried if one.task.language == language])
            for language in languages
            for tongue, tried in both.items()
        },
        "problems": _counts(
            f"{one.task.group}: {one.problem or 'none'}" for one in (*chinese, *english) if one.shown
        ),
        "reasons": _counts(f"{one.task.group}: {one.reason}" for one in (*chinese, *english)),
    }


def chinese_checks(chinese: Sequence[Tried], english: Sequence[Tried], seed: int) -> tuple[Check, ...]:
    """All answers valid, answers nearly everywhere, Chinese about as good as English."""
    checks = [
        Check("valid_share", _valid(chinese).value, at_least=VALID),
        Check("answered", _share(chinese, lambda one: one.shown).value, at_least=ANSWERED),
    ]
    if _tested(chinese):
        # A model that passes nothing in either language shows nothing about them: no reason to be content.
        shown = any(one.passed for one in (*chinese, *english))
        value = zh_vs_en(chinese, english, seed).value if shown else 0.0
        checks.append(Check("pass_zh_vs_en", value, at_least=ZH_VS_EN))
    return tuple(checks)


def zh_vs_en(chinese: Sequence[Tried], english: Sequence[Tried], seed: int) -> Estimate:
    """pass@1 in Chinese over pass@1 in English on the tasks that can be run, pairs resampled.

    Where neither passes anything the two are equal: 1.
    """
    zh, en = ([float(one.passed) for one in _tested(tried)] for tried in (chinese, english))
    return ratio_of_means(zh, en, seed)


def _tested(tried: Sequence[Tried]) -> list[Tried]:
    return [one for one in tried if one.task.test]


# --- shared


def plots(title: str, rows: dict[str, dict[str, Any]], columns: Sequence[str]) -> list[Plot]:
    """One plot a column, a bar a row, with its interval where there is one."""
    return [
        Plot(
            f"{title}: {column.replace('_', ' ')}",
            "%",
            tuple(
                Bar(name, row[column], *row.get(f"{column}_interval", ()))
                for name, row in rows.items()
                if column in row
            ),
            100.0,
        )
        for column in columns
    ]


def _percent(name: str, share: Estimate) -> dict[str, Any]:
    points = share.times(100)
    return {name: points.value, f"{name}_interval": [points.low, points.high]}


def _share(tried: Sequence[Tried], holds: Callable[[Tried], bool]) -> Estimate:
    return wilson(sum(map(holds, tried)), len(tried))


def _counts(codes: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for code in codes:
        found[code or "unknown"] = found.get(code or "unknown", 0) + 1
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
