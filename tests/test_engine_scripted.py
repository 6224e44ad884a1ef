"""The fake keeps the same contract as the engines it stands for."""

import pytest
from engine_contract import EngineContract

from abacus_lsp.engines.scripted import ScriptedEngine


class TestScripted(EngineContract):
    model = False

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        return ScriptedEngine(
            " open(path) as file:\n        return 读取 file.readlines() 😀\n" * 8, context=2048
        )
