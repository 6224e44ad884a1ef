"""`bench team`'s figures, on pages and moments made by hand, and its balancer on real sockets."""

import asyncio
import threading
from collections import Counter as Count

import pytest
from loopback import loopback
from test_typing_measures import moment

from abacus_lsp.evaluation.team import figures
from abacus_lsp.evaluation.team.balancer import round_robin
from abacus_lsp.evaluation.team.counters import Counters, parse, total
from abacus_lsp.evaluation.team.figures import POOL, ROUND_ROBIN, STATELESS, Outage, Phase

PAGE = """\
# HELP vllm:num_requests_running Number of requests in model execution batches.
vllm:num_requests_running{engine="0",model_name="m"} 2.0
vllm:num_requests_waiting{engine="0",model_name="m"} 1.0
vllm:prefix_cache_queries_total{engine="0",model_name="m"} 1526.0
vllm:prefix_cache_queries_created{engine="0",model_name="m"} 1.79e+09
vllm:prefix_cache_hits_total{engine="0",model_name="m"} 500.0
vllm:generation_tokens_total{engine="0",model_name="m"} 40.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="m"} 9.0
http_requests_total{handler="/v1/completions",method="POST",status="2xx"} 12.0
http_requests_total{handler="/tokenize",method="POST",status="2xx"} 70.0
"""


def test_a_page_of_metrics_is_read() -> None:
    found = parse(PAGE)
    assert found == Counters(1526, 500, 40, 12, 9, 2, 1)
    assert found.prefilled == 1026
    assert total([found, found]).begun == 18
    assert total([found, found]).since(found) == Counters(1526, 500, 40, 12, 9, 4, 2)


def phase(prefilled: float, keys: int = 10) -> Phase:
    moments = [moment(100, gap=600, accepted="word" if not key else "", saved=3) for key in range(keys)]
    return Phase(2, 60.0, moments, Counters(prefilled + 50, 50, 20, 8, 6), Count({"ok": 3, "load-line": 2}))


def test_a_phase_as_a_row() -> None:
    row = figures.row(phase(400))
    assert row["prefilled_per_key"] == 40
    assert (row["requests_per_min"], row["cancelled"]) == (4, 0.25)
    assert (row["prefilled_per_accepted"], row["decoded_per_accepted"]) == (100, 5)
    assert row["reasons"] == "load-line:2"
    assert row["wait_p90_ms"] == pytest.approx(100)


def test_ratios_are_per_key() -> None:
    made = figures.routing_checks({POOL: phase(300), ROUND_ROBIN: phase(1200, 20), STATELESS: phase(3000)})
    assert [(check.name, check.value, check.ok) for check in made] == [
        ("prefilled_ratio_round_robin", 0.5, True),
        ("prefill_ratio_stateless", 0.1, True),
    ]
    assert figures.prefilled_ratio(phase(1), phase(0)) == float("inf")


def outage(**more) -> Outage:
    held = {"before": 400.0, "after": [3000.0, None, 700.0], "unanswered": 0, "errors": 0, "reasons": Count()}
    return Outage(**(held | more))


def test_recovery_is_the_first_window_like_those_before() -> None:
    assert outage().recovered_s() == 10
    assert outage(after=[None, 900.0]).recovered_s() == float("inf")
    assert outage(before=10.0, after=[499.0]).recovered_s() == 0, (
        "nobody feels a difference below a quarter second"
    )


def test_an_outage_that_is_felt_fails() -> None:
    assert all(check.ok for check in figures.one_killed_checks(outage()))
    assert not all(check.ok for check in figures.one_killed_checks(outage(errors=1)))
    assert not all(check.ok for check in figures.both_killed_checks(outage(errors=1, silent_s=None)))
    assert all(check.ok for check in figures.both_killed_checks(outage(errors=1, silent_s=4.0)))


def test_waits_count_where_they_began() -> None:
    moments = [moment(300, gap=600), moment(900, gap=600), moment(gap=600)]
    assert figures.p90(moments, 9, 11) == 10_000
    assert figures.p90(moments, 11, 12) is None
    assert figures.unanswered(moments, 9) == 1


def test_the_balancer_takes_turns_and_passes_a_hang_up_on() -> None:
    def answers(name: str):
        return lambda request: request.answer(name.encode())

    async def ask(url: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return answer.rpartition(b"\r\n")[2]

    async def play(first: str, second: str) -> list[bytes]:
        async with round_robin([first, second]) as url:
            return [await ask(url) for _ in range(4)]

    with loopback(answers("a")) as a, loopback(answers("b")) as b:
        assert asyncio.run(play(a.url, b.url)) == [b"a", b"b", b"a", b"b"]

    reached, gone = threading.Event(), threading.Event()

    def waits(request) -> None:
        reached.set()
        request.wait_for_hang_up()
        gone.set()

    async def leave(there: str) -> None:
        async with round_robin([there]) as url:
            _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await writer.drain()
            assert await asyncio.to_thread(reached.wait, 20)
            writer.close()
            assert await asyncio.to_thread(gone.wait, 20)

    with loopback(waits) as server:
        asyncio.run(leave(server.url))
