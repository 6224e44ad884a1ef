"""Figures on cases worked out by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from abacus_lsp.evaluation.typing import measures, plots, promises
from abacus_lsp.evaluation.typing.measures import Typed
from abacus_lsp.evaluation.typing.screen import Cost, View
from abacus_lsp.evaluation.typing.typist import Moment


def moment(
    text_ms: float | None = None,
    *,
    gap: float = 100,
    settled_ms: float | None = None,
    source: str = "model",
    costs: tuple[Cost, ...] = (),
    **more: Any,
) -> Moment:
    """A state that began at second 10."""
    ends = settled_ms if settled_ms is not None else text_ms
    view = View(
        10.0,
        "text" if text_ms is not None else "",
        None if text_ms is None else 10 + text_ms / 1000,
        None if ends is None else 10 + ends / 1000,
        source,  # pyright: ignore[reportArgumentType]
        costs,
    )
    held: dict[str, Any] = {"action": "type", "same_line": True, "due": True, "clean": True, **more}
    return Moment(gap_ms=gap, view=view, until=10 + gap / 1000, planned=10 + gap / 1000, **held)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([7], 0.99, 7),
        ([4, 1, 3, 2], 0.5, 2),
        ([4, 1, 3, 2], 0.9, 4),
        (range(1, 101), 0.99, 99),
    ],
)
def test_quantiles(values: list[float], share: float, expected: float | None) -> None:
    assert measures.quantile(values, share) == expected


def test_medians_leave_out_what_a_run_does_not_have() -> None:
    assert measures.median_of([3, None, 1]) == 2
    assert measures.median_of([3, 9, 1]) == 3
    assert measures.median_of([None]) is None
    assert measures.ratio(1, 0) is None
    assert measures.ratio(1, 4) == 0.25


def test_the_typist_waits_at_looks_only() -> None:
    moments = [
        moment(400, gap=800),
        moment(settled_ms=600, gap=800),
        moment(gap=800),
        moment(50, gap=100),
        moment(900, gap=800, due=False),
        moment(900, gap=800, clean=False),
    ]
    assert len(measures.looks(moments)) == 3
    assert measures.wait_s(moments) == pytest.approx(0.4 + 0.6 + 10)


def test_pauses_with_text_count_the_pause_of_the_trace() -> None:
    moments = [moment(400, gap=800), moment(900, gap=800), moment(settled_ms=1, gap=800), moment(5, gap=600)]
    assert measures.pauses_with_text(moments) == 0.5
    assert measures.pauses_with_text([moment(5)]) is None


def test_texts_without_the_model() -> None:
    sources = ["reuse", "in-flight", "prefetch", "model", "unknown"]
    moments = [*(moment(5, source=source) for source in sources), moment(source="reuse")]
    assert measures.without_model(moments) == pytest.approx(3 / 5)


def test_saved_and_wrong_for_100_keys() -> None:
    moments = [
        moment(action="open"),
        moment(saved=9, accepted="all"),
        moment(wrong=True),
        *[moment() for _ in range(8)],
    ]
    assert measures.keys(moments) == 10
    assert measures.saved_per_100_keys(moments) == 90
    assert measures.wrong_per_100_keys(moments) == 10


def test_ready_after_an_accepted_text_that_was_seen_for_a_second() -> None:
    def pair(after: Moment, seen: float = 1.2) -> list[Moment]:
        return [moment(5, accepted="all", seen_s=seen), after]

    there, late, nothing_due = moment(20), moment(200), moment(due=False)
    assert measures.ready_after_accept([*pair(there), *pair(late)]) == 0.5
    assert measures.ready_after_accept([*pair(there), *pair(nothing_due)]) == 1
    assert measures.ready_after_accept([*pair(there), *pair(moment(settled_ms=1))]) == 0.5
    assert measures.ready_after_accept(pair(there, seen=0.9)) is None


def test_ready_behind_enter_where_the_accepted_text_completed_its_line() -> None:
    accepted, complete = moment(5, accepted="all", seen_s=1.2), moment(due=False)
    enter = {"action": "newline", "same_line": False}
    assert measures.ready_after_accept([accepted, complete, moment(20, **enter)]) == 1
    assert measures.ready_after_accept([accepted, complete, moment(300, **enter)]) == 0
    assert measures.ready_after_accept([accepted, complete, moment(**enter)]) == 0
    assert measures.ready_after_accept([accepted, complete, moment(due=False, **enter)]) is None
    assert measures.ready_after_accept([accepted, complete, moment(20)]) is None, (
        "no Enter: a jump, another key"
    )


def test_tokens_prefilled_beyond_the_keys_typed() -> None:
    def cost(prefilled: int) -> tuple[Cost, ...]:
        return (Cost(1500, prefilled, 3, 5.0),)

    moments = [
        moment(5, costs=cost(700), same_line=False),  # a new line: not inside one
        moment(5, costs=cost(2)),  # one key, two tokens: one beyond
        moment(5, source="reuse"),  # nothing read; its key is read with the next
        moment(costs=(Cost(0, 0, 0, 1.0, "superseded"),)),  # overtaken
        moment(5, costs=cost(33)),  # three keys, 33 tokens: ten each beyond
    ]
    assert measures.prefill_per_key(moments) == [1, 0, 10]


def test_server_time_of_cached_texts() -> None:
    def costs(milliseconds: float) -> tuple[Cost, ...]:
        return (Cost(server_ms=milliseconds),)

    moments = [
        moment(5, source="reuse", costs=costs(2)),
        moment(5, source="prefetch", costs=costs(3)),
        moment(5, source="model", costs=costs(300)),
        moment(5, source="in-flight", costs=costs(100)),
    ]
    assert measures.cached_ms(moments) == [2, 3]


def typed(run: int, trace: int, client: str, wait: float, **more: Any) -> Typed:
    return Typed(run, trace, client, [moment(action="open"), moment(wait, gap=800)], **more)


def test_ratios_compare_traces_that_both_had_and_take_the_median_of_runs() -> None:
    everything = [
        typed(run, trace, promises.OWN, 100 * (run + 1) * (10 if trace else 1), cpu_s=1.0)
        for run in range(3)
        for trace in range(2)
    ] + [typed(run, 0, client, 2000) for run in range(3) for client in (promises.OFF, promises.STATELESS)]
    found, missing = promises.checks(everything)
    values = {check.name: check.value for check in found}
    assert values["wait_ratio_stateless"] == pytest.approx(0.1)
    assert values["first_text_ratio_p50"] == pytest.approx(0.1)
    assert {"wait_ratio_llama_vim", "saved_per_100_keys", "wrong_per_100_keys"} <= set(missing)
    assert "measured" in values
    assert values["measured"] < 1


def test_saved_and_wrong_are_held_against_llama_vim() -> None:
    own = Typed(0, 0, promises.OWN, [moment(5, saved=5, accepted="all"), moment(wrong=True)])
    other = Typed(0, 0, promises.VIM, [moment(5, saved=2, accepted="all"), moment()])
    found, _ = promises.checks([own, other])
    bounds = {check.name: (check.value, check.at_least, check.at_most, check.ok) for check in found}
    assert bounds["saved_per_100_keys"] == (250, 100, None, True)
    assert bounds["wrong_per_100_keys"] == (50, None, 0, False)


def test_a_server_that_tells_nothing_leaves_checks_unmeasured() -> None:
    found, missing = promises.checks([typed(0, 0, promises.OWN, 5, reported=False)])
    assert {"without_model", "prefill_per_key_p50", "cached_ms_p99"} <= set(missing)
    assert not next(check for check in found if check.name == "measured").ok


def test_the_report_is_a_table_of_clients_and_plain_json() -> None:
    everything = [typed(0, 0, client, 50) for client in (promises.OWN, promises.VIM)]
    suite = promises.suite(everything, {"model": "m"})
    head = next(line for line in suite.table().splitlines() if line.startswith("  clients"))
    assert head.split() == ["clients", "abacus", "llama.vim"]
    parsed = json.loads(json.dumps(suite.as_json(), allow_nan=False))
    assert parsed["metrics"]["clients"]["looks"] == {"abacus": 1, "llama.vim": 1}
    assert parsed["metrics"]["abacus"]["inside a line"]["cases"] == 2


def test_the_plot_is_one_page_of_its_own(tmp_path: Path) -> None:
    everything = [typed(0, 0, "a<b", 50), typed(0, 1, "a<b", 5000), typed(0, 0, "llama.vim", 500)]
    assert plots.waits(everything) == {"a<b": pytest.approx([50, 5000]), "llama.vim": pytest.approx([500])}
    assert plots.steps([50, 5000]) == [(50, 0.5), (5000, 1.0)]
    written = plots.write(tmp_path / "new", everything)
    page = (tmp_path / "new" / "typing.html").read_text(encoding="utf-8")
    assert page.count("<polyline") == 2
    assert "a&lt;b (2)" in page
    assert "a<b" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "typing.png" in written[1]
