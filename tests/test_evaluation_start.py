"""Start times by real processes, sizes by real distributions."""

import sys
from importlib import metadata
from pathlib import Path

import pytest

from abacus_lsp.evaluation import start
from abacus_lsp.evaluation.report import CannotMeasure


@pytest.mark.parametrize(
    ("line", "extra", "expected"),
    [
        ("httpx2>=2.16", "", [("httpx2", "")]),
        ("pygls<3,>=2.1.1", "", [("pygls", "")]),
        ('torch==2.13.0; extra == "transformers"', "", []),
        ('torch==2.13.0; extra == "transformers"', "transformers", [("torch", "")]),
        ("x; extra == 'a' and python_version < '3.12'", "a", [("x", "")]),
        ('tomli>=1; python_version < "3.11"', "", [("tomli", "")]),
        ("anyio[trio,http2]>=4", "", [("anyio", ""), ("anyio", "trio"), ("anyio", "http2")]),
        ("zope.interface", "", [("zope.interface", "")]),
        ("pip @ https://example.org/pip.zip", "", [("pip", "")]),
    ],
)
def test_what_a_requirement_asks_for(line: str, extra: str, expected: list[tuple[str, str]]):
    assert start.required(line, extra) == expected


def test_sizes_are_those_of_the_files_that_a_distribution_installed():
    sizes = start.installed_sizes("pygls")
    assert {"pygls", "lsprotocol", "attrs"} <= set(sizes)
    files = {Path(str(file.locate())) for file in metadata.files("pygls") or ()}
    assert sizes["pygls"] == sum(file.stat().st_size for file in files if file.is_file())
    assert "pytest" not in sizes


def test_a_distribution_that_is_not_installed_is_told():
    with pytest.raises(CannotMeasure, match="pip install"):
        start.installed_sizes("no-such-distribution-here")


def test_report_compares_with_the_interpreter():
    medians = {"python": 0.1, "version": 0.25, "initialize": 0.6}
    suite = start.report(medians, {"abacus-lsp": 1_000_000, "numpy": 73_000_000}, 5)
    assert [(check.name, check.value, check.ok) for check in suite.checks] == [
        ("version_ratio", 2.5, True),
        ("base_installed_mb", 74.0, True),
    ]
    assert suite.metrics["initialize_ratio"] == pytest.approx(6)
    assert list(suite.metrics["largest_mb"]) == ["numpy", "abacus-lsp"]
    assert not start.report({**medians, "version": 0.4}, {"x": 301_000_000}, 5).checks[0].ok


@pytest.mark.slow
def test_the_server_is_timed_until_it_answers():
    taken = start.initialized((sys.executable, "-m", "abacus_lsp", "serve", "--no-daemon"))
    assert 0 < taken < 60


def test_what_does_not_start_is_told():
    with pytest.raises(CannotMeasure, match="exit status 3"):
        start.ran((sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(CannotMeasure, match="protocol"):
        start.initialized((sys.executable, "-c", "pass"))
    with pytest.raises(CannotMeasure, match="nowhere"):
        start.ran(("/nowhere/abacus-lsp",))
