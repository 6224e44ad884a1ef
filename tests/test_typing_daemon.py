"""Memory of several editors, on the real server with scripted answers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from abacus_lsp.evaluation import bench_daemon

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PSS is Linux's")


def test_the_ratio_is_that_of_all_processes() -> None:
    row = {"processes": 2, "model_processes": 1}
    suite = bench_daemon.report({"daemon": {"pss_mb": 300.0, **row}, "separate": {"pss_mb": 600.0, **row}}, 4)
    assert [(check.name, check.value, check.ok) for check in suite.checks] == [
        ("daemon_memory_ratio", 0.5, True),
        ("daemon_model_processes", 1, True),
    ]


@linux
def test_processes_are_known_by_their_mark() -> None:
    command = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=os.environ | {bench_daemon.MARK: "mine"}, **pipes) as process:
        assert process.stdout.readline()
        assert [each.pid for each in bench_daemon.marked("mine")] == [process.pid]
        assert bench_daemon.marked("another") == []
        process.stdin.close()


@linux
@pytest.mark.slow
def test_editors_are_started_answered_and_gone(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"answers": {"value = ": "1"}}), encoding="utf-8")
    ticks: list[int] = []
    suite = bench_daemon.measure(
        {"engine": "scripted", "model": str(script)}, 2, tmp_path, lambda: ticks.append(1)
    )
    assert len(ticks) == 2
    assert suite.metrics["memory"]["separate"]["processes"] == 2
    assert suite.metrics["memory"]["separate"]["pss_mb"] > 20
