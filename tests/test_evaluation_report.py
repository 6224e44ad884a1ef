"""The shape of a result, its table, and how commands turn it into exit codes."""

import argparse
import json

import pytest

from abacus_lsp.cli import bench, build_parser, evaluate
from abacus_lsp.cli.suites import Misuse, SuiteRow, run_rows
from abacus_lsp.engines.base import ModelError
from abacus_lsp.evaluation.report import CannotMeasure, Check, Suite, joined

GOOD = Suite("speed", {"n": 3, "share": 1 / 3}, (Check("ratio", 2.00004, at_most=3.0),))
BAD = Suite("size", {"group": {"a": {"x": 1}, "b": {"x": 2.5}}}, (Check("mb", 301.0, at_most=300.0),))


def test_json_shape():
    assert GOOD.as_json() == {
        "suite": "speed",
        "metrics": {"n": 3, "share": 0.3333},
        "checks": [{"name": "ratio", "value": 2.0, "at_most": 3.0, "ok": True}],
    }
    assert Suite.from_json(BAD.as_json()) == BAD


@pytest.mark.parametrize(
    ("check", "ok"),
    [
        (Check("x", 6.0, at_least=6.0), True),
        (Check("x", 5.99999, at_least=6.0), False),
        (Check("x", 3.0, at_most=3.0), True),
        (Check("x", 3.00001, at_most=3.0), False),
    ],
)
def test_a_check_holds_for_the_value_as_measured(check: Check, ok: bool):
    assert check.ok is ok
    assert check.as_json()["ok"] is ok


@pytest.mark.parametrize("bounds", [{}, {"at_least": 1.0, "at_most": 2.0}])
def test_a_check_has_one_bound(bounds: dict):
    with pytest.raises(ValueError, match="one of"):
        Check("x", 1.0, **bounds)


def test_the_table_shows_groups_as_rows_and_failed_checks():
    lines = [line.split() for line in BAD.table().splitlines()]
    assert ["group", "x"] in lines
    assert ["b", "2.5"] in lines
    assert ["FAILED", "mb", "301", "≤", "300"] in lines


def test_joined_suites_keep_the_shape():
    whole = joined("all", [GOOD, BAD])
    assert [check.name for check in whole.checks] == ["speed.ratio", "size.mb"]
    assert whole.as_json()["metrics"]["speed"]["n"] == 3
    assert not whole.ok


def row(result) -> SuiteRow:
    def run(_args: argparse.Namespace):
        if isinstance(result, Exception):
            raise result
        return result

    return SuiteRow(result.suite if isinstance(result, Suite) else "x", "", "", lambda _parser: None, run)


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (GOOD, 0),
        (BAD, 1),
        (GOOD.as_json(), 0),
        (Misuse("which?"), 2),
        (CannotMeasure("say please"), 1),
        (ModelError("no model"), 1),
        (FileNotFoundError("gone"), 1),
    ],
)
def test_exit_codes(result, code: int, capsys: pytest.CaptureFixture[str]):
    assert run_rows([(row(result), argparse.Namespace())], "x", as_json=False) == code
    told = capsys.readouterr()
    if isinstance(result, Exception):
        assert str(result) in told.err
        assert told.out == ""


def test_json_is_one_object_for_one_suite_and_for_all(capsys: pytest.CaptureFixture[str]):
    none = argparse.Namespace()
    assert run_rows([(row(BAD), none)], "size", as_json=True) == 1
    assert json.loads(capsys.readouterr().out) == BAD.as_json()
    assert run_rows([(row(GOOD), none), (row(BAD), none)], "all", as_json=True) == 1
    assert json.loads(capsys.readouterr().out) == joined("all", [GOOD, BAD]).as_json()


def test_a_suite_that_cannot_be_measured_does_not_keep_the_others_from_it(capsys: pytest.CaptureFixture[str]):
    rows = [(row(each), argparse.Namespace()) for each in (CannotMeasure("no disk"), GOOD)]
    assert run_rows(rows, "all", as_json=True) == 1
    told = capsys.readouterr()
    assert json.loads(told.out) == joined("all", [GOOD]).as_json()
    assert "no disk" in told.err


@pytest.mark.parametrize("command", [["eval"], ["bench"], ["bench", "start", "--all"]])
def test_naming_no_suite_is_wrong_usage_and_teaches(command: list[str], capsys: pytest.CaptureFixture[str]):
    args = build_parser().parse_args([part for part in command if part != "--all"])
    args.all = "--all" in command
    assert args.run(args) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "suite" in told.err.lower()


@pytest.mark.parametrize(
    "command",
    [[name, row.name] for name, module in (("eval", evaluate), ("bench", bench)) for row in module.SUITES],
)
def test_every_suite_has_help_and_json(command: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as left:
        build_parser().parse_args([*command, "--help"])
    assert left.value.code == 0
    assert "Exit code" in capsys.readouterr().out
    assert build_parser().parse_args([*command, "--json"]).json is True


@pytest.mark.parametrize("limit", ["0", "-3", "many"])
def test_a_limit_counts_something(limit: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as left:
        build_parser().parse_args(["eval", "healing", "--limit", limit])
    assert left.value.code == 2
    assert limit in capsys.readouterr().err
