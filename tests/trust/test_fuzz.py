"""A million inputs (`make trust-long`; a few thousand in the short form), steered by coverage, and none raises."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from trust.length import many
from trust.targets import TARGETS

pytestmark = [pytest.mark.slow, pytest.mark.trust]
FUZZ = Path(__file__).parent / "fuzz.py"


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_raises(name: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed (there are wheels for Linux only): pip install '.[fuzz]'")
    _, short, long = TARGETS[name]
    runs = many(short, long)
    done = subprocess.run(
        [sys.executable, str(FUZZ), name, str(runs)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    assert tried is not None
    assert int(tried.group(1)) >= runs
    print(f"{name}: {tried.group(1)} inputs, 0 raised")
