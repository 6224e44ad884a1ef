"""The http engine against real llama.cpp servers."""

import gc
import json
import threading
import urllib.request

import pytest
from engine_contract import CODE, EngineContract, SmolLm, ask, prompt_of, read_some, text_of
from models_here import gguf
from servers import KEY, llama_server

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines.base import EndpointRefused, Sampling
from abacus_lsp.engines.endpoint import connect
from abacus_lsp.settings import EndpointSettings

pytestmark = pytest.mark.model


def settings(url: str, **fields) -> EndpointSettings:
    return EndpointSettings(url=url, key_env="K", timeout_seconds=30, **fields)


@pytest.fixture(scope="module")
def smollm2():
    with llama_server(gguf("smollm2")) as address:
        yield address


class TestSmolLm2(SmolLm):
    switches_lookup = False  # a user's server looks up or not, as it was started

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, smollm2):
        engine = connect(settings(smollm2), {"K": KEY})
        yield engine
        engine.close()


class TestGemma3(EngineContract):
    switches_lookup = False

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        with llama_server(gguf("gemma")) as address:
            engine = connect(settings(address), {"K": KEY})
            yield engine
            engine.close()


@pytest.fixture
def engine(smollm2):
    engine = connect(settings(smollm2), {"K": KEY})
    yield engine
    engine.close()


def busy(address: str) -> bool:
    request = urllib.request.Request(f"{address}/slots", headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return any(slot["is_processing"] for slot in json.load(answer))


def test_abandoned_work_stops_on_the_server(engine, smollm2):
    stream = engine.stream(prompt_of(CODE), Sampling(max_tokens=3000), CancelToken())
    read_some(stream)
    assert busy(smollm2)
    stream.close()
    # 3,000 tokens would keep it busy for half a minute; every question is a round trip of the server's own loop.
    assert any(not busy(smollm2) for _ in range(200))


def test_cancelled_work_stops_on_the_server(engine, smollm2):
    cancel = CancelToken()
    stream = engine.stream(prompt_of(CODE), Sampling(max_tokens=3000), cancel)
    read_some(stream)
    cancel.cancel("superseded")
    assert any(not busy(smollm2) for _ in range(200))
    stream.close()


def test_two_engines_do_not_disturb_each_other(engine, smollm2):
    other = connect(settings(smollm2), {"K": KEY})
    expected = text_of(ask(engine, prompt_of(CODE)))
    got: list[str] = []
    thread = threading.Thread(
        target=lambda: got.extend(text_of(ask(other, prompt_of(CODE))) for _ in range(5))
    )
    thread.start()
    mine = [text_of(ask(engine, prompt_of(CODE))) for _ in range(5)]
    thread.join()
    other.close()
    assert mine == got == [expected] * 5


def test_many_streams_leave_no_sockets(engine):
    before = count_sockets()
    for _ in range(30):
        stream = engine.stream(prompt_of(CODE), Sampling(max_tokens=50), CancelToken())
        read_some(stream)
        stream.close()
    gc.collect()
    assert count_sockets() <= before + 1


def count_sockets() -> int:
    import psutil

    return len(psutil.Process().net_connections("tcp"))


def test_what_is_learned(engine):
    assert engine.info.engine == "http"
    assert engine.info.name == gguf("smollm2").name
    assert engine.info.context == 4096
    assert engine.vocabulary.token_id("<|im_end|>") == 2
    assert engine.vocabulary.token_id("<repo_name>") == 3
    assert engine.vocabulary.token_id("<|fim_prefix|>") is None
    assert "im_start" in engine.vocabulary.chat_template


@pytest.mark.parametrize("environment", [{}, {"K": ""}, {"K": "wrong-key"}, {"K": "schlüssel\n"}])
def test_bad_keys_are_refused_without_showing_them(smollm2, environment):
    with pytest.raises(EndpointRefused) as caught:
        connect(settings(smollm2), environment)
    key = environment.get("K")
    assert not key or key.strip() not in str(caught.value)
    assert "key" in str(caught.value).lower()
