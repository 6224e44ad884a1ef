"""The index's benchmarks on a few files: that they run, what they promise, what they call synthetic."""

from pathlib import Path

import pytest

from abacus_lsp.evaluation import bench_index
from abacus_lsp.evaluation.report import Suite


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for number in range(6):
        lines = [f"def net_price_{number}_{line}(gross):\n    return gross\n" for line in range(8)]
        (folder / f"f{number}.py").write_text("\n".join(lines))
    (folder / "long.py").write_text("long_name = 1\n" * 1000)
    return folder


def test_every_promised_figure_is_measured(source: Path, tmp_path: Path) -> None:
    report = bench_index.bench_index(source, tmp_path)
    assert {check.get("name") for check in report["checks"]} == {
        "query_p99_ms", "first_index_s", "loop_delay_p99_ms", "reopen_s", "update_ms", "memory_mb",
    }  # fmt: skip
    assert report["metrics"]["files"] == 7
    assert all(check.get("value", -1) >= 0 for check in report["checks"])


def test_growth_says_what_is_synthetic(source: Path, tmp_path: Path) -> None:
    steps: list[None] = []
    report = bench_index.growth(source, (4, 20), tmp_path, lambda: steps.append(None))
    rows = report["metrics"]["files"]
    assert [(files, row["real"]) for files, row in rows.items()] == [("4", 4), ("20", 6)]
    assert rows["20"]["windows"] > rows["4"]["windows"]
    assert "synthetic" in report["metrics"]["note"]
    assert len(steps) == 2
    assert "real" in Suite.from_json(report).table()
