"""Where the real models of the tests are: `ABACUS_HOME` (as `make models` leaves them), or named by environment.

A test that needs one is skipped, with the reason, where it is absent.
"""

import os
from pathlib import Path

import pytest

from abacus_lsp.models import store
from abacus_lsp.models.errors import ModelError


def embedded_model() -> Path:
    return _find("gemma3-270m", "ABACUS_TEST_GEMMA")


def smollm2() -> Path:
    return _find("smollm2-135m", "ABACUS_TEST_SMOLLM2")


def _find(name: str, variable: str) -> Path:
    named = os.environ.get(variable)
    if named:
        return Path(named)
    try:
        return store.resolve(name).path
    except ModelError as error:
        pytest.skip(f"{error} (or name the file in {variable})")
