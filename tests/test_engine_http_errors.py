"""Endpoints that are down, slow, wrong or broken: a message that says what to do, and the next request served."""

import socket
import threading

import pytest
from engine_contract import ask, prompt_of, text_of
from loopback import loopback

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.engines.address import is_loopback
from abacus_lsp.engines.base import (
    EndpointBusy,
    EndpointDown,
    EndpointGarbage,
    EndpointRefused,
    EndpointSlow,
    PromptTooLong,
    Sampling,
)
from abacus_lsp.engines.dialect_openai import OpenAI
from abacus_lsp.engines.dialects import Server
from abacus_lsp.engines.endpoint import connect
from abacus_lsp.engines.http import HttpEngine, estimate
from abacus_lsp.engines.transport import Transport
from abacus_lsp.settings import EndpointSettings

KEY = "sk-very-secret-4711"
HTML = b"<!DOCTYPE html><html><body>Please log in</body></html>"


def chunk(text: str, finish: str | None = None) -> dict:
    return {"choices": [{"text": text, "index": 0, "finish_reason": finish}]}


def good(request) -> None:
    request.begin()
    for text in ("读取", " = ", "open()"):
        request.event(chunk(text))
    request.event(chunk("", "length"))
    request.event({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 3}})
    request.send(b"data: [DONE]\n\n")


def engine_for(url: str, timeout: float = 0.4) -> HttpEngine:
    return HttpEngine(Transport(url, key=KEY, timeout=timeout), OpenAI(Server("m", 4096)))


def html(request):
    request.answer(HTML, kind="text/html")


def stalls(request):
    request.wait_for_hang_up()


def stalls_in_the_middle(request):
    request.begin()
    request.event(chunk("x"))
    request.wait_for_hang_up()


def drips_without_a_line(request):
    request.begin()
    dripping = threading.Event()
    while not dripping.wait(0.05):
        request.send(b" ")


def breaks_off(request):
    request.begin()
    request.event(chunk("x"))


def breaks_off_in_json(request):
    request.begin()
    request.send(b'data: {"choices": [{"te')


def breaks_a_chunk(request):
    request.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\ndata: {}")


def greets_like_ssh(request):
    request.send(b"SSH-2.0-OpenSSH_9.6\r\n")


def status(line: str, body: object = b"", more: str = ""):
    def handler(request):
        request.answer(body, status=line, more=more)

    return handler


def streams(*events: object):
    def handler(request):
        request.begin()
        for event in events:
            request.event(event)

    return handler


FAULTS = {
    "html": (html, EndpointGarbage, "web page"),
    "500": (status("500 Oops", {"error": {"message": "CUDA error"}}), EndpointGarbage, "CUDA error"),
    "502": (status("502 Bad Gateway", HTML), EndpointGarbage, "gateway"),
    "401": (status("401 No", {"error": f"bad key {KEY}"}), EndpointRefused, "keyEnv"),
    "403": (status("403 No"), EndpointRefused, "rights"),
    "404": (status("404 No", {"detail": "no model m"}), EndpointRefused, "abacus.endpoint.model"),
    "429": (status("429 Slow down", {"error": "quota"}, "Retry-After: 7\r\n"), EndpointBusy, "wait"),
    "503": (status("503 Later", {"error": {"message": "Loading model"}}), EndpointBusy, "Loading model"),
    "418": (status("418 Teapot"), EndpointGarbage, "418"),
    "too long": (
        status("400 Bad", {"message": "This model's maximum context length is 2048 tokens"}),
        PromptTooLong,
        "2048",
    ),
    "bad request": (status("400 Bad", {"message": "no such option"}), EndpointRefused, "no such option"),
    "redirect": (status("302 Found", b"", "Location: /login\r\n"), EndpointRefused, "redirects to /login"),
    "stalls": (stalls, EndpointSlow, "timeoutSeconds"),
    "stalls in the middle": (stalls_in_the_middle, EndpointSlow, "timeoutSeconds"),
    "drips": (drips_without_a_line, EndpointSlow, "timeoutSeconds"),
    "breaks off": (breaks_off, EndpointGarbage, "end of the answer"),
    "breaks off in JSON": (breaks_off_in_json, EndpointGarbage, "choices"),
    "breaks a chunk": (breaks_a_chunk, EndpointGarbage, "broke off"),
    "not HTTP": (greets_like_ssh, EndpointGarbage, "HTTP"),
    "hangs up": (lambda _request: None, EndpointGarbage, "broke off"),
    "not UTF-8": (
        lambda request: request.answer(b'data: {"choices": [{"text": "\xff"}]}\n\n'),
        EndpointGarbage,
        "was expected",
    ),
    "another protocol": (streams({"type": "message_start"}), EndpointGarbage, "openai"),
    "a list": (streams([1, 2]), EndpointGarbage, "was expected"),
    "wrong types": (streams({"choices": 7}), EndpointGarbage, "was expected"),
    "error event": (
        streams(chunk("x"), {"error": {"message": "engine died"}}),
        EndpointGarbage,
        "engine died",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_told_and_the_next_request_is_served(name):
    handler, expected, words = FAULTS[name]
    queue = [handler, good]

    def next_in_queue(request):
        queue.pop(0)(request)

    with loopback(next_in_queue) as server:
        engine = engine_for(server.url)
        with pytest.raises(expected) as caught:
            ask(engine, prompt_of("x"))
        assert type(caught.value) is expected or expected is EndpointRefused
        assert words in str(caught.value)
        assert KEY not in str(caught.value)
        assert server.url in str(caught.value)
        assert text_of(ask(engine, prompt_of("x"))) == "读取 = open()"
        engine.close()


def test_retry_after_is_passed_on():
    for value, low, high in (
        ("7", 7, 7),
        ("Fri, 31 Dec 2200 23:59:59 GMT", 1e9, 1e11),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0, 0),
    ):
        with loopback(status("429 Slow down", {}, f"Retry-After: {value}\r\n")) as server:
            with pytest.raises(EndpointBusy) as caught:
                ask(engine_for(server.url), prompt_of("x"))
            assert low <= caught.value.retry_after <= high
    with loopback(status("429 Slow down", {}, "Retry-After: soon\r\n")) as server:
        with pytest.raises(EndpointBusy) as caught:
            ask(engine_for(server.url), prompt_of("x"))
        assert caught.value.retry_after is None


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(EndpointDown, match="start the server"):
        ask(engine_for(f"http://127.0.0.1:{port}"), prompt_of("x"))
    with pytest.raises(EndpointDown, match=f"127.0.0.1:{port}"):
        connect(EndpointSettings(url=f"http://127.0.0.1:{port}"), {})


def test_closed_engine_says_so():
    with loopback(good) as server:
        engine = engine_for(server.url)
        engine.close()
        with pytest.raises(EndpointDown, match="connect again"):
            ask(engine, prompt_of("x"))


def test_tls_against_a_plain_server():
    with loopback(good) as server, pytest.raises(EndpointDown, match="http://"):
        ask(engine_for(server.url.replace("http:", "https:")), prompt_of("x"))


def test_bad_settings_are_named():
    with pytest.raises(EndpointRefused, match="caFile"):
        connect(EndpointSettings(url="https://127.0.0.1:1", ca_file="/nowhere.pem"), {})
    with pytest.raises(EndpointRefused, match="proxy"):
        connect(EndpointSettings(url="https://example.invalid", proxy="nonsense://x"), {})
    with pytest.raises(EndpointRefused, match="THE_KEY"):
        connect(EndpointSettings(url="http://127.0.0.1:1", key_env="THE_KEY"), {})
    with pytest.raises(EndpointRefused, match="url"):
        connect(EndpointSettings(url="http://127.0.0.1:99999999"), {})


@pytest.mark.parametrize("handler", [stalls, stalls_in_the_middle, drips_without_a_line])
def test_cancel_wakes_a_waiting_thread_and_hangs_up(handler):
    reached, hung_up = threading.Event(), threading.Event()

    def watched(request):
        reached.set()
        try:
            handler(request)
        finally:
            hung_up.set()

    with loopback(watched) as server:
        engine = engine_for(server.url, timeout=60)
        cancel = CancelToken()
        outcome: list[BaseException] = []

        def work():
            try:
                list(engine.stream(prompt_of("x"), Sampling(), cancel))
            except Cancelled as error:
                outcome.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        assert reached.wait(10)
        cancel.cancel("superseded")
        thread.join(10)
        assert [str(error) for error in outcome] == ["superseded"]
        assert hung_up.wait(10), "the server was told by the closed connection"


def test_each_stream_has_a_connection_of_its_own():
    ports: list[int] = []

    def counting(request):
        ports.append(request.socket.getpeername()[1])
        good(request)

    with loopback(counting) as server:
        engine = engine_for(server.url)
        for _ in range(3):
            ask(engine, prompt_of("x"))
    assert len(set(ports)) == 3


def test_the_key_goes_to_the_server_and_nowhere_else(caplog):
    caplog.set_level("DEBUG")
    with loopback(good) as server:
        engine = engine_for(server.url)
        ask(engine, prompt_of("x"))
        assert server.seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in caplog.text


@pytest.mark.parametrize("url", ["http://user:pass-word@127.0.0.1:1", "https://x.example/v1?key=pass-word"])
def test_secrets_in_the_address_are_refused(url):
    with pytest.raises(EndpointRefused, match="keyEnv") as caught:
        connect(EndpointSettings(url=url), {})
    assert "pass-word" not in str(caught.value)


def test_loopback_ignores_proxies(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with loopback(good) as server:
        assert ask(engine_for(server.url), prompt_of("x"))[-1].finish == "length"


def test_other_addresses_use_the_configured_proxy():
    with loopback(good) as proxy:
        transport = Transport("http://model.example.invalid", proxy=proxy.url, timeout=5)
        engine = HttpEngine(transport, OpenAI(Server("m", 4096)))
        assert text_of(ask(engine, prompt_of("x")))
        assert proxy.seen[0].path == "http://model.example.invalid/v1/completions"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.8.8.8", True),
        ("http://[::1]:80", True),
        ("http://localhost:1", True),
        ("http://LOCALHOST.", True),
        ("http://localhost.evil.example", False),
        ("http://10.0.0.1", False),
        ("https://api.example.com", False),
    ],
)
def test_what_is_loopback(url, expected):
    assert is_loopback(url) is expected


@pytest.mark.parametrize("cut", [1, 2, 3, 7])
def test_characters_survive_any_cut_of_the_stream(cut):
    data = b'data: {"choices": [{"text": "\xe8\xaf\xbb\xf0\x9f\x98\x80 \\ud83d\\ude00", "finish_reason": "stop"}]}\r\n\r\n'

    def in_bits(request):
        request.begin()
        request.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), cut):
            request.send(data[start : start + cut])

    with loopback(in_bits) as server:
        assert text_of(ask(engine_for(server.url, 5), prompt_of("x"))) == "读😀 😀"


def test_estimate_counts_chinese_and_code():
    assert estimate("") == 0
    assert estimate("读取文件") == 4
    assert 14 <= estimate("def read_lines(path):\n    return open(path).readlines()\n") <= 30
