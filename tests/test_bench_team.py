"""`bench team` itself, on servers that count as vLLM does: real language servers, real sockets, no model."""

import json

import pytest
from fake_vllm import fake_vllm

from abacus_lsp.cli import run

pytestmark = pytest.mark.slow


def bench(capsys: pytest.CaptureFixture[str], urls: list[str], *more: str) -> dict:
    named = [word for url in urls for word in ("--url", url)]
    arguments = ["--model-name", "m", "--typists", "2", "--keys", "4", "--set", "profile=plain", *more]
    code = run(["bench", "team", *named, *arguments, "--json"])
    printed = capsys.readouterr()
    assert printed.out, printed.err
    found = json.loads(printed.out)
    assert code == (0 if all(check["ok"] for check in found["checks"]) else 1)
    return found


def test_schemes_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    with fake_vllm() as (_, a), fake_vllm() as (_, b):
        found = bench(capsys, [a.url, b.url], "--phases", "routing,growth", "--sizes", "1,2")
    rows = found["metrics"]["routing"]
    assert set(rows) == {"pool", "round robin", "stateless", "stateless, server's cache on"}
    assert all(row["prefilled"] > 0 and row["keys"] > 0 for row in rows.values())
    assert rows["stateless"]["reused"] == 0
    assert rows["pool"]["reused"] > 0
    assert {check["name"] for check in found["checks"]} == {
        "prefilled_ratio_round_robin",
        "prefill_ratio_stateless",
    }
    assert set(found["metrics"]["growth"]) == {"1 typists", "2 typists"}


def test_abandoned_requests_are_counted_on_the_servers(capsys: pytest.CaptureFixture[str]) -> None:
    with fake_vllm() as (one, a), fake_vllm() as (other, b):
        one.slow.set()
        other.slow.set()
        found = bench(capsys, [a.url, b.url], "--phases", "abandoned")
    assert found["checks"] == [{"name": "abandoned_after_1s", "value": 0, "at_most": 0, "ok": True}]
    assert one.aborted + other.aborted >= 2


def test_servers_of_others_are_not_killed(capsys: pytest.CaptureFixture[str]) -> None:
    with fake_vllm() as (_, a):
        assert run(["bench", "team", "--url", a.url, "--model-name", "m", "--phases", "one-killed"]) == 1
    assert "--vllm" in capsys.readouterr().err


def test_wrong_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, words in (
        (["--url", "http://127.0.0.1:1"], "--model-name"),
        (["--vllm", "/nowhere", "--model-folder", "/nowhere"], "/nowhere"),
        (["--phases", "lunch"], "lunch"),
        (["--sizes", "4,many"], "many"),
    ):
        assert run(["bench", "team", *arguments]) == 2
        assert words in capsys.readouterr().err
