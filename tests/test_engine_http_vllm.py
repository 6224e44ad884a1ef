"""The http engine against a real vLLM on the CPU, with SmolLM2 as safetensors. Minutes; see `servers`."""

import json
import os
import time
import urllib.request
from dataclasses import replace

import pytest
from engine_contract import CODE, SmolLm, ask, prompt_of, text_of
from models_here import gguf
from servers import KEY, vllm_server

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines.base import Sampling
from abacus_lsp.engines.endpoint import connect
from abacus_lsp.evaluation.team.counters import parse
from abacus_lsp.settings import EndpointSettings, ReplicaSettings

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


def test_scoring_what_is_there_would_cost_the_cache(engine, vllm):
    """Why confidence comes from the tokens written (`logprobs`) and never from `prompt_logprobs`: vLLM would read anew."""
    prompt = prompt_of("import os\n" * 120 + CODE)
    assert any(piece.logprob is not None for piece in ask(engine, prompt))
    body = {"model": engine.info.name, "prompt": prompt.text, "max_tokens": 1}

    def cached(**options: int) -> int:
        request = urllib.request.Request(
            f"{vllm}/v1/completions",
            json.dumps(body | options).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            details = json.load(answer)["usage"]["prompt_tokens_details"] or {}
        return int(details.get("cached_tokens") or 0)

    assert cached() >= 128
    assert cached(prompt_logprobs=0) == 0


def running(address: str) -> float:
    """Requests that vLLM itself says it has."""
    with urllib.request.urlopen(f"{address}/metrics", timeout=10) as page:
        found = parse(page.read().decode())
    return found.running + found.waiting


def test_an_abandoned_request_ends_on_the_server(engine, vllm):
    pieces = engine.stream(prompt_of(CODE), Sampling(max_tokens=1024, temperature=1.0), CancelToken())
    next(pieces)
    assert running(vllm) == 1
    pieces.close()
    deadline = time.monotonic() + 1
    while left := running(vllm):
        assert time.monotonic() < deadline, f"{left} still running after one second"


def test_a_prefetch_lets_others_go_first(engine):
    assert "priorities" in engine.info.detail
    assert ask(engine, prompt_of(CODE), Sampling(max_tokens=4, unasked=True))[-1].finish


def test_two_servers_of_one_model_share_documents_out(engine, vllm):
    # The same server under two addresses: what matters is that both names are used, each for documents of its own.
    other = vllm.replace("127.0.0.1", "localhost")
    pool = connect(
        EndpointSettings(
            replicas=(ReplicaSettings(vllm), ReplicaSettings(other)), key_env="K", timeout_seconds=120
        ),
        {"K": KEY},
    )
    assert "2 of 2 servers" in pool.info.detail
    alone = text_of(ask(engine, prompt_of(CODE)))
    assert {text_of(ask(pool, replace(prompt_of(CODE), slot=f"code:r/{n}.py"))) for n in range(4)} == {alone}
    pool.close()
