"""The http engine against a real vLLM on the CPU, with SmolLM2 as safetensors. Minutes; see `servers`."""

import os

import pytest
from engine_contract import CODE, SmolLm, ask, prompt_of
from models_here import gguf
from servers import KEY, vllm_server

from abacus_lsp.engines.endpoint import connect
from abacus_lsp.settings import EndpointSettings

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("ABACUS_TEST_VLLM"), reason="ABACUS_TEST_VLLM does not name vLLM's bin folder"
    ),
]


@pytest.fixture(scope="module")
def vllm(tmp_path_factory):
    pytest.importorskip("torch", reason="needs the [transformers] extra")
    from tiny_models import smollm2_safetensors

    folder = tmp_path_factory.mktemp("vllm")
    with vllm_server(
        smollm2_safetensors(gguf("smollm2"), folder / "smollm2"), folder / "vllm.log"
    ) as address:
        yield address


def settings(url: str) -> EndpointSettings:
    return EndpointSettings(url=url, key_env="K", timeout_seconds=120)


class TestVllm(SmolLm):
    reuses = False  # only whole blocks of 128 tokens: see below
    long_prompt = "import os\n" * 150

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, vllm):
        engine = connect(settings(vllm), {"K": KEY})
        yield engine
        engine.close()


@pytest.fixture
def engine(vllm):
    engine = connect(settings(vllm), {"K": KEY})
    yield engine
    engine.close()


def test_what_is_learned(engine):
    assert "vLLM" in engine.info.detail
    assert engine.info.context == 2048
    assert engine.vocabulary.token_id("<|im_end|>") == 2
    assert engine.vocabulary.token_id("<|fim_prefix|>") is None


def test_healing_is_a_constraint_of_the_server(engine):
    assert "constrained" in engine.info.detail
    healed = ask(engine, prompt_of(CODE, heal=" zzz"))
    assert healed[-1].usage.prompt == engine.count(CODE)


def test_whole_blocks_are_reused(engine):
    prompt = prompt_of("import os\n" * 120 + CODE)
    ask(engine, prompt)
    usage = ask(engine, prompt)[-1].usage
    assert usage.reused >= 128
    assert usage.prompt == usage.reused + usage.prefilled
