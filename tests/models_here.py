"""Where the test machine has its models; tests that need one skip, with the reason, when it is absent."""

import os
from pathlib import Path

import pytest


def gguf(name: str) -> Path:
    """The GGUF that ABACUS_TEST_GEMMA or ABACUS_TEST_SMOLLM2 names, else the one that was pulled."""
    named = os.environ.get(f"ABACUS_TEST_{name.upper()}")
    if named:
        return Path(named)
    return _pulled({"gemma": "gemma3-270m", "smollm2": "smollm2-135m"}[name])


def _pulled(catalogue_name: str) -> Path:
    from abacus_lsp.models import store
    from abacus_lsp.models.errors import ModelError

    try:
        return store.resolve(catalogue_name).path
    except ModelError as error:
        pytest.skip(str(error))
