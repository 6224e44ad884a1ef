"""`abacus-lsp eval crossfile`: what a model writes without other files, with what retrieval finds, with an oracle.

Knows the product's own pipeline and index; must not know command lines. Every task runs three ways that differ in
the snippets alone (window, budget and model are the same):
- in-file: none;
- retrieved: what a completion in the editor would get;
- oracle: what retrieval finds when it already knows the answer (the truth stands at the end of the query).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from random import Random
from typing import Any, Final, Protocol

from abacus_lsp import languages, workspace
from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion import budgets, pipeline
from abacus_lsp.completion.pipeline import Model, Request, Retrieve
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.evaluation.crossfile import Task, load_repository, load_tasks
from abacus_lsp.evaluation.html import Bar, Plot, compared
from abacus_lsp.evaluation.metrics import Estimate, mean, paired_difference, wilson
from abacus_lsp.evaluation.report import Suite
from abacus_lsp.evaluation.route import one_text
from abacus_lsp.evaluation.statements import Score, first_statement, score
from abacus_lsp.prompts.prompt import Snippet
from abacus_lsp.settings import Settings
from abacus_lsp.site import Site
from abacus_lsp.window import Window
from retrieval import Index
from retrieval.builder import Builder
from retrieval.entries import read_entry

WAYS: Final = ("in-file", "retrieved", "oracle")


class Rows(Protocol):
    """Answers by key, those of an interrupted run included."""

    def get(self, key: str) -> Mapping[str, Any] | None:
        """The row, if it is there."""
        ...

    def add(self, key: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep a row; gives it back."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """A task, and for each way what was written and how good that is."""

    task: Task
    rows: Mapping[str, Mapping[str, Any]]
    scores: Mapping[str, Score]


def chosen_tasks(data: Path, limit: int | None, seed: int) -> list[Task]:
    """All tasks of a folder or a random few, those of a repository together."""
    tasks = load_tasks(data)
    if limit is not None and limit < len(tasks):
        tasks = Random(seed).sample(tasks, limit)  # noqa: S311 a sample
    return sorted(tasks, key=lambda task: (task.repository, task.path, len(task.prompt)))


@dataclass(frozen=True, slots=True)
class Run:
    """What is the same for every task.

    Attributes:
        data: the folder with `repos/`.
        model: a loaded one.
        settings: budgets and switches of the product.
        rows: what was answered before is not asked again.
        seed: of the bootstrap.
    """

    data: Path
    model: Model
    settings: Settings
    rows: Rows
    seed: int = 0


def measure(tasks: Sequence[Task], run: Run, tick: Callable[[], None]) -> Suite:
    """Complete every task three ways, score and compare; `tick` is called after every answer.

    An answer that fails is a silence with its reason: it counts as wrong.
    """
    answered: list[Answered] = []
    repository, builder = "", Builder()
    for task in tasks:
        keys = {way: f"{task.id or task.path}:{len(task.prompt)} {way}" for way in WAYS}
        found = {way: row for way, key in keys.items() if (row := run.rows.get(key)) is not None}
        if len(found) < len(WAYS):
            if task.repository != repository:
                repository, builder = task.repository, _indexed(load_repository(run.data, task.repository))
            index = _as_edited(builder, task)
            for way in WAYS:
                if way not in found:
                    found[way] = run.rows.add(keys[way], _answer(task, way, index, run))
        for _ in WAYS:
            tick()
        scores = {way: _score(task, str(found[way]["text"])) for way in WAYS}
        answered.append(Answered(task, found, scores))
    return report(answered, run)


def report(answered: Sequence[Answered], run: Run) -> Suite:
    """Shares in percent, differences in points, intervals for 95 %; nothing is promised here."""
    model, seed = run.model, run.seed
    spoken = sorted({one.task.language for one in answered})
    metrics: dict[str, Any] = {
        "model": model.engine.info.name,
        "profile": model.profile.name,
        "tasks": len(answered),
        "seed": seed,
        "snippet_tokens": budgets.whole(run.settings, model.engine.info, model.profile)[1],
        "ways": {way: _figures(answered, way, seed) for way in WAYS},
        "gain_over_in_file": {way: _gain(answered, way, seed) for way in WAYS[1:]},
        "exact_match_by_language": {
            language: _by_language([one for one in answered if one.task.language == language], "exact_match")
            for language in spoken
        },
        "edit_similarity_by_language": {
            language: _by_language(
                [one for one in answered if one.task.language == language], "edit_similarity"
            )
            for language in spoken
        },
    }
    return Suite("crossfile.model", metrics, ())


def plots(metrics: Mapping[str, Any]) -> list[Plot]:
    """For the HTML report: the ways side by side."""
    drawn = [
        compared(name.replace("_", " ").capitalize(), "%", metrics["ways"], name)
        for name in ("exact_match", "edit_similarity", "identifier_f1")
    ]
    by_language = metrics["exact_match_by_language"]
    return drawn + [
        Plot(f"Exact match, {language}", "%", tuple(Bar(way, row[way]) for way in WAYS))
        for language, row in by_language.items()
    ]


def _indexed(texts: Mapping[str, str]) -> Builder:
    builder = Builder()
    builder.update(read_entry(path, text, (0, 0)) for path, text in sorted(texts.items()))
    return builder


def _as_edited(builder: Builder, task: Task) -> Index:
    """The index while the task's file is open: without the text that is to be written."""
    builder.update([read_entry(task.path, task.prompt + task.suffix, (0, 0))])
    return Index(builder.snapshot())


def _answer(task: Task, way: str, index: Index, run: Run) -> dict[str, Any]:
    root = PurePosixPath("/") / task.repository
    text, path = task.prompt + task.suffix, root / task.path
    snapshot = Snapshot(f"file://{path}", languages.by_path(path).id, text, path=path)
    request = Request(Cursor(snapshot, len(task.prompt)), one_text(run.settings), explicit=True, root=root)
    source = retriever(task, way, index)
    start = time.perf_counter()
    done = pipeline.complete(request, run.model, source, CancelToken(), time.perf_counter)
    return {
        "text": done.text,
        "reason": done.reason,
        "mode": done.explain.mode,
        "prompt_tokens": done.explain.usage.prompt or 0,
        "snippets": len(done.explain.snippets),
        "seconds": round(time.perf_counter() - start, 2),
    }


def retriever(task: Task, way: str, index: Index) -> Retrieve:
    """The source of snippets for one way."""

    def retrieve(
        cursor: Cursor, site: Site, view: Window, tokens: int, count: Callable[[str], int]
    ) -> Sequence[Snippet]:
        if way == "in-file":
            return ()
        query = workspace.query_at(task.path, cursor, site, view)
        if way == "oracle":
            start, end = query.window or (0, len(query.text))
            size = len(task.truth)
            here = query.offset
            text = query.text[:here] + task.truth + query.text[here:]
            query = replace(query, text=text, offset=here + size, window=(start, end + size))
        return workspace.snippets_of(index.search(query, tokens, count))

    return retrieve


def _score(task: Task, text: str) -> Score:
    return score(first_statement(task.prompt, text, task.language), task.truth, task.language)


def _figures(answered: Sequence[Answered], way: str, seed: int) -> dict[str, Any]:
    scores = [one.scores[way] for one in answered]
    right = wilson(int(sum(one.exact_match for one in scores)), len(scores)).times(100)
    similar = mean([one.edit_similarity for one in scores], seed).times(100)
    f1 = mean([one.identifier_f1 for one in scores], seed).times(100)
    named = mean([one.identifier_match for one in scores], seed).times(100)
    return {
        "exact_match": right.value,
        "em_interval": _interval(right),
        "edit_similarity": similar.value,
        "es_interval": _interval(similar),
        "identifier_match": named.value,
        "identifier_f1": f1.value,
        "f1_interval": _interval(f1),
        "silent": sum(not one.rows[way]["text"] for one in answered),
        "seconds": sum(float(one.rows[way]["seconds"]) for one in answered) / max(len(answered), 1),
    }


def _gain(answered: Sequence[Answered], way: str, seed: int) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name in ("exact_match", "edit_similarity", "identifier_f1"):
        after = [getattr(one.scores[way], name) for one in answered]
        before = [getattr(one.scores["in-file"], name) for one in answered]
        gain = paired_difference(after, before, seed).times(100)
        figures |= {name: gain.value, f"{name}_interval": _interval(gain)}
    return figures


def _by_language(answered: Sequence[Answered], name: str) -> dict[str, Any]:
    size = max(len(answered), 1)
    shares = {way: 100 * sum(getattr(one.scores[way], name) for one in answered) / size for way in WAYS}
    return {"tasks": len(answered), **shares}


def _interval(estimate: Estimate) -> list[float]:
    return [estimate.low, estimate.high]
