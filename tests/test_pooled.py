"""One model behind several real (loopback) servers: fail-over, continuation, Retry-After, recovery."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from engine_contract import ask, prompt_of, text_of
from loopback import Loopback, Request, loopback

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines.base import EndpointBusy, EndpointDown, EndpointRefused, Sampling
from abacus_lsp.engines.endpoint import connect
from abacus_lsp.engines.pool import rank
from abacus_lsp.engines.pooled import PooledEngine
from abacus_lsp.prompts.prompt import Part, Prompt
from abacus_lsp.settings import EndpointSettings, ReplicaSettings

MODELS = {"data": [{"id": "m", "max_model_len": 4096}]}
Handler = Callable[[Request], None]


def writes(*texts: str, finish: str | None = "length") -> Handler:
    def handler(request: Request) -> None:
        request.begin()
        for text in texts:
            request.event({"choices": [{"text": text, "finish_reason": None}]})
        if finish:
            request.event({"choices": [{"text": "", "finish_reason": finish}]})
            request.send(b"data: [DONE]\n\n")

    return handler


@contextlib.contextmanager
def serving(*handlers: Handler, port: int = 0) -> Iterator[Loopback]:
    """A server that lists a model and answers the first questions with these handlers, the last one from then on."""
    queue = list(handlers)

    def handler(request: Request) -> None:
        if request.path.endswith("/models"):
            request.answer(MODELS)
        else:
            (queue.pop(0) if len(queue) > 1 else queue[0])(request)

    with loopback(handler, port) as server:
        yield server


def questions(server: Loopback) -> list[Request]:
    return [request for request in server.seen if request.path.endswith("/completions")]


def settings(*servers: Loopback | str, **more: object) -> EndpointSettings:
    urls = [server if isinstance(server, str) else server.url for server in servers]
    return EndpointSettings(
        kind="openai", replicas=tuple(ReplicaSettings(url) for url in urls), timeout_seconds=5, **more
    )


def prompt_for(server: Loopback, others: list[str]) -> Prompt:
    """A prompt of a document whose home is `server`."""
    keys = (f"code:repo/{number}.py" for number in range(1000))
    slot = next(key for key in keys if all(rank(server.url, key) < rank(other, key) for other in others))
    return Prompt((Part("x = ", "prefix"),), slot=slot)


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@contextlib.contextmanager
def engine_of(held: EndpointSettings, environment: dict[str, str] | None = None) -> Iterator[PooledEngine]:
    engine = connect(held, environment or {})
    try:
        yield engine
    finally:
        engine.close()


def await_text(engine: PooledEngine, prompt: Prompt, text: str) -> None:
    """Ask until this is the answer: a look that was seen by the server may not have been noted here yet."""
    deadline = time.monotonic() + 20
    said: object = None
    while said != text:
        assert time.monotonic() < deadline, said
        try:
            said = text_of(ask(engine, prompt))
        except EndpointDown as error:
            said = error


def test_a_document_stays_with_its_home() -> None:
    with serving(writes("a")) as a, serving(writes("b")) as b, engine_of(settings(a, b)) as engine:
        for _ in range(3):
            assert text_of(ask(engine, prompt_for(a, [b.url]))) == "a"
            assert text_of(ask(engine, prompt_for(b, [a.url]))) == "b"
        assert len(questions(a)) == len(questions(b)) == 3
        assert "2 of 2" in engine.info.detail
        assert engine.info.device == f"{a.url}, {b.url}"


def test_each_server_gets_its_own_key() -> None:
    with serving(writes("a")) as a, serving(writes("b")) as b:
        held = EndpointSettings(
            url=a.url,
            kind="openai",
            key_env="FIRST",
            replicas=(ReplicaSettings(b.url, key_env="SECOND"),),
        )
        with engine_of(held, {"FIRST": "key-1", "SECOND": "key-2"}) as engine:
            ask(engine, prompt_for(a, [b.url]))
            ask(engine, prompt_for(b, [a.url]))
        assert {request.headers["authorization"] for request in a.seen} == {"Bearer key-1"}
        assert {request.headers["authorization"] for request in b.seen} == {"Bearer key-2"}


FAILURES: dict[str, Handler] = {
    "hangs up": lambda _request: None,
    "500": lambda request: request.answer({"error": "CUDA error"}, "500 Oops"),
    "503": lambda request: request.answer({"error": "full"}, "503 Later", more="Retry-After: 60\r\n"),
    "401": lambda request: request.answer({"error": "key"}, "401 No"),
    "a web page": lambda request: request.answer(b"<html>", kind="text/html"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_the_next_one_answers_in_one_round_trip(name: str) -> None:
    with serving(FAILURES[name]) as a, serving(writes("b")) as b, engine_of(settings(a, b)) as engine:
        prompt = prompt_for(a, [b.url])
        assert text_of(ask(engine, prompt)) == "b"
        assert (len(questions(a)), len(questions(b))) == (1, 1)
        assert text_of(ask(engine, prompt)) == "b"
        assert len(questions(a)) == 1, "it is left alone for a while"


def test_an_answer_that_breaks_off_is_continued_elsewhere() -> None:
    with serving(writes("one ", "two ", finish=None)) as a, serving(writes("three")) as b:
        with engine_of(settings(a, b)) as engine:
            prompt = prompt_for(a, [b.url])
            pieces = list(engine.stream(prompt, Sampling(max_tokens=10), CancelToken()))
        assert text_of(pieces) == "one two three"
        assert [bool(piece.finish) for piece in pieces].count(True) == 1
        asked = questions(b)[0].body
        assert asked["prompt"] == "x = one two "
        assert asked["max_tokens"] == 8


def test_a_continued_prompt_keeps_what_was_healed() -> None:
    prompt = Prompt((Part("<s>", "marker", True), Part("a = co", "prefix")), heal="mpu")
    rest = prompt.continued("te(")
    assert (rest.text, rest.heal) == ("<s>a = compute(", "")
    assert prompt.continued("") is prompt
    barred = Prompt((Part("def f():\n", "prefix"),), barred="#")
    assert (barred.continued("    ").barred, barred.continued("    return").barred) == ("#", "")


def test_retry_after_is_obeyed_by_the_only_server() -> None:
    busy = lambda request: request.answer({"error": "quota"}, "429 Slow", more="Retry-After: 60\r\n")  # noqa: E731
    with serving(busy) as a, engine_of(EndpointSettings(url=a.url, kind="openai")) as engine:
        for _ in range(3):
            with pytest.raises(EndpointBusy, match="quota") as caught:
                ask(engine, prompt_of("x"))
            assert 50 < caught.value.retry_after <= 60
        assert len(questions(a)) == 1


def test_a_limit_is_kept_and_told() -> None:
    with serving(writes("a")) as a:
        held = EndpointSettings(kind="openai", replicas=(ReplicaSettings(a.url, requests_per_minute=1),))
        with engine_of(held) as engine:
            ask(engine, prompt_of("x"))
            with pytest.raises(EndpointBusy, match="requestsPerMinute"):
                ask(engine, prompt_of("x"))
        assert len(questions(a)) == 1


def test_all_down_is_one_message_and_no_traffic_until_a_look_finds_one() -> None:
    with serving(writes("a")) as a, serving(writes("b")) as b:
        engine = connect(settings(a, b), {})
        prompt, port = prompt_for(a, [b.url]), int(a.url.rpartition(":")[2])
    with contextlib.closing(engine):
        messages = set()
        for _ in range(5):
            with pytest.raises(EndpointDown, match="none of 2 servers") as caught:
                ask(engine, prompt)
            messages.add(str(caught.value))
        assert len(messages) == 1
        assert a.url in messages.pop()
        looked = threading.Event()

        def back(request: Request) -> None:
            if request.path.endswith("/models"):
                request.answer(MODELS)
                looked.set()
            else:
                writes("again")(request)

        with loopback(back, port):
            assert looked.wait(20), "the health thread asks by itself"
            await_text(engine, prompt, "again")


@pytest.mark.slow
def test_a_server_that_hangs_while_it_is_waited_for_is_left() -> None:
    stuck = threading.Event()

    def hangs(request: Request) -> None:
        if request.path.endswith("/models"):
            if stuck.is_set():
                request.answer({"error": "engine dead"}, "503 Ill")
            else:
                request.answer(MODELS)
        else:
            stuck.set()
            request.wait_for_hang_up()

    with loopback(hangs) as a, serving(writes("b")) as b:
        held = EndpointSettings(
            kind="openai", replicas=(ReplicaSettings(a.url), ReplicaSettings(b.url)), timeout_seconds=60
        )
        with engine_of(held) as engine:
            assert text_of(ask(engine, prompt_for(a, [b.url]))) == "b"


def test_one_that_is_down_at_the_start_is_taken_in_later() -> None:
    with serving(writes("b")) as b:
        address = free_address()
        port = int(address.rpartition(":")[2])
        with engine_of(settings(address, b)) as engine:
            assert "1 of 2" in engine.info.detail
            looked = threading.Event()

            def late(request: Request) -> None:
                if request.path.endswith("/models"):
                    request.answer(MODELS)
                    looked.set()
                else:
                    writes("a")(request)

            with loopback(late, port) as a:
                assert looked.wait(20)
                await_text(engine, prompt_for(a, [b.url]), "a")


def test_none_at_the_start_is_told_for_all() -> None:
    with pytest.raises(EndpointDown, match="none of 2 servers"):
        connect(settings(free_address(), free_address()), {})
    with pytest.raises(EndpointRefused, match=r"abacus\.endpoint\.url"):
        connect(EndpointSettings(), {})
