"""The peers' clients: what they ask a server on loopback, what they cache, what they show."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from loopback import Loopback, Request, loopback
from marks import CURSOR

from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.typing import llama_vim
from abacus_lsp.evaluation.typing.llama_vim import LlamaVim
from abacus_lsp.evaluation.typing.peer import Peer
from abacus_lsp.evaluation.typing.ring import LINES, MOST, Ring
from abacus_lsp.evaluation.typing.screen import Document, Screen, View
from abacus_lsp.evaluation.typing.stateless import WINDOW, Stateless

BEGIN = 2


def document(marked: str, version: int = 1) -> Document:
    head, tail = marked.split(CURSOR)
    return Document("file:///a.py", "a.py", "python", head + tail, len(head), version)


def model(answer: Callable[[str], str]) -> Callable[[Request], None]:
    """A server whose tokens are characters; its answer is a function of the prompt's text."""

    def handle(request: Request) -> None:
        if request.path == "/tokenize":
            ids = [BEGIN] if request.body["add_special"] else []
            request.answer({"tokens": ids + [ord(char) for char in request.body["content"]]})
            return
        text = answer(written(request))
        tokens = len(request.body["prompt"])
        request.answer(
            {"content": text, "tokens_predicted": len(text), "timings": {"cache_n": 0, "prompt_n": tokens}}
        )

    return handle


def written(request: Request) -> str:
    begin, *ids = request.body["prompt"]
    assert begin == BEGIN
    return "".join(map(chr, ids))


def asked(server: Loopback) -> list[Request]:
    return [request for request in server.seen if request.path == "/completion"]


async def until(holds: Callable[[], Any]) -> None:
    """Let the loop turn until something holds."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110  (what is awaited happens in the client's own tasks)
            await asyncio.sleep(0.002)


async def press(client: LlamaVim | Stateless, state: Document) -> View:
    view = client.screen.begin(state.version)
    await client.changed(state, state, None, accepted=False)
    return view


def with_llama_vim(
    answer: Callable[[str], str], play: Callable[[LlamaVim, Loopback], Any], ring: Ring | None = None
) -> None:
    with loopback(model(answer)) as server:

        async def whole() -> None:
            peer = Peer(server.url)
            client = LlamaVim(peer, Screen(time.perf_counter), ring or Ring())
            try:
                await play(client, server)
                assert client.failed is None
            finally:
                await client.close(document(f"{CURSOR}"))
                await peer.end()

        asyncio.run(whole())


def test_llama_vim_sends_whole_lines_then_the_line_so_far() -> None:
    async def play(client: LlamaVim, server: Loopback) -> None:
        first = await press(client, document(f"import a\n\ndef f():\n    x ={CURSOR}\n\nrest\n"))
        await until(lambda: len(asked(server)) == 2)
        one, ahead = asked(server)
        assert written(one) == "import a\n\ndef f():\n    x ="
        limits = {key: one.body[key] for key in ("n_predict", "n_indent", "cache_prompt", "t_max_predict_ms")}
        assert limits == {"n_predict": 128, "n_indent": 4, "cache_prompt": True, "t_max_predict_ms": 250}
        assert (first.text, first.source) == (" 1", "model")
        # What follows acceptance is asked for as soon as it is shown.
        assert written(ahead) == "import a\n\ndef f():\n    x = 1"
        assert ahead.body["t_max_predict_ms"] == 1000

    with_llama_vim(lambda text: " 1" if text.endswith("x =") else "", play)


def test_llama_vim_shows_typed_text_from_its_cache_without_asking() -> None:
    async def play(client: LlamaVim, server: Loopback) -> None:
        first = await press(client, document(f"x = {CURSOR}\n", 1))
        await until(lambda: first.shown is not None)
        await until(lambda: len(asked(server)) == 2)
        await until(lambda: client._job is None)
        along = await press(client, document(f"x = com{CURSOR}\n", 2))
        assert (along.text, along.source) == ("pute(items)", "reuse")
        accepted = await press(client, document(f"x = compute(items){CURSOR}\n", 3))
        await until(lambda: accepted.settled is not None)
        assert (accepted.text, accepted.source) == ("\ny = 2", "prefetch")
        other = await press(client, document(f"x = coz{CURSOR}\n", 4))
        assert other.shown is None

    with_llama_vim(
        lambda text: "compute(items)" if text.endswith("x = ") else "\ny = 2" if text.endswith(")") else "",
        play,
    )


def test_llama_vim_adopts_an_answer_that_comes_while_it_is_typed_along() -> None:
    async def play(client: LlamaVim, _server: Loopback) -> None:
        first = await press(client, document(f"x = {CURSOR}\n", 1))
        second = await press(client, document(f"x = c{CURSOR}\n", 2))
        await until(lambda: second.shown is not None)
        assert (second.text, second.source) == ("ompute()", "in-flight")
        assert first.shown is None

    with_llama_vim(lambda text: "compute()" if text.endswith("x = ") else "", play)


def test_llama_vim_asks_nothing_before_more_than_8_characters() -> None:
    async def play(client: LlamaVim, server: Loopback) -> None:
        view = await press(client, document(f"f({CURSOR}a, b, c, d)\n"))
        assert view.settled is not None
        assert not server.seen

    with_llama_vim(lambda _text: "x", play)


def test_the_window_is_cut_as_the_server_cuts_it() -> None:
    async def play(client: LlamaVim, server: Loopback) -> None:
        await press(client, document("y" * 3000 + f"\nx{CURSOR}\n"))
        await until(lambda: asked(server))
        assert written(asked(server)[0]) == "y" * (WINDOW - 1) + "\nx"

    with_llama_vim(lambda _text: "", play)


def test_visited_files_stand_in_front_and_are_processed_on_entering() -> None:
    async def play(client: LlamaVim, server: Loopback) -> None:
        client.visit(["one\ntwo\nthree\nfour\n"])
        here = document(f"x = {CURSOR}\n")
        client.screen.begin(here.version)
        await client.open(here)
        await until(lambda: len(asked(server)) >= 2)
        warm, first = asked(server)[:2]
        assert warm.body["n_predict"] == 0
        assert written(warm) == "\n\n--- snippet ---\n\none\ntwo\nthree\nfour\n\n"
        assert written(first) == written(warm) + "\nx = "

    with_llama_vim(lambda _text: "", play)


def test_the_window_as_if_accepted() -> None:
    here = document(f"a\n    b{CURSOR}\nc\n")
    assert llama_vim.local(here) == llama_vim.Local("a\n", "    b", "\nc\n\n", 4)
    assert llama_vim.local(here, "1\n    d") == llama_vim.Local("a\n    b1\n", "    d", "\nc\n\n", 4)
    assert llama_vim.local(document(f"a\n    {CURSOR}\nc")) == llama_vim.Local("a\n", "", "\nc\n", 0)


@pytest.mark.parametrize(
    ("marked", "content", "shown"),
    [
        (f"x = {CURSOR}\n", "1\n\n", "1"),
        (f"    {CURSOR}\n", "    y = 1\n    z", "y = 1\n    z"),
        (f"    {CURSOR}\n", "        deep", "    deep"),
        (f"ret{CURSOR}\n\nreturn a\n", "urn a", ""),
        (f"a{CURSOR}\n\nab\ncd\nef\n", "b\ncd\nef", ""),
        (f"a{CURSOR}\n\nab\ncd\nef\n", "b\nXX\nef", "b\nXX\nef"),
        (f"f(a{CURSOR})\n", ")", ""),
        (f"x{CURSOR}\n", "\n\n", ""),
    ],
)
def test_what_is_shown_of_an_answer(marked: str, content: str, shown: str) -> None:
    assert llama_vim.visible(document(marked), content) == shown


def test_the_ring_keeps_few_and_different_chunks() -> None:
    ring = Ring()
    lines = [[f"{file} {line}" for line in range(40)] for file in range(30)]
    for each in lines:
        ring.visit("\n".join(each))
        ring.visit("\n".join(each))
        assert ring.take_one()
        assert not ring.take_one()
    assert len(ring.texts()) == MOST
    assert all(text.count("\n") <= LINES for text in ring.texts())
    at_cursor = "\n".join(lines[29]) + CURSOR
    ring.evict_like(document(at_cursor))
    assert len(ring.texts()) == MOST - 1


def test_stateless_asks_once_after_the_last_key_and_keeps_nothing() -> None:
    with loopback(model(lambda _text: "1 + 2")) as server:

        async def whole() -> None:
            peer = Peer(server.url)
            client = Stateless(peer, Screen(time.perf_counter))
            for version, text in enumerate(["x", "x ", "x =", "x = "], 1):
                view = await press(client, document(f"import a\n{text}{CURSOR}\n", version))
            await until(lambda: view.shown is not None)
            assert (view.text, view.source) == ("1 + 2", "model")
            assert client.cancelled == 3
            assert [cost.prefilled for cost in view.costs] == [len("import a\nx = ") + 1]
            inside = await press(client, document(f"f({CURSOR}a)\n", 5))
            await until(lambda: inside.settled is not None)
            await peer.end()

        asyncio.run(whole())
        (request,) = asked(server)
        assert written(request) == "import a\nx = "
        assert request.body["cache_prompt"] is False
        assert (request.body["stop"], request.body["n_predict"]) == (["\n"], 60)


def test_a_server_that_refuses_is_told() -> None:
    def refuse(request: Request) -> None:
        request.answer({"error": "no"}, "503 Service Unavailable")

    with loopback(refuse) as server:

        async def whole() -> None:
            peer = Peer(server.url)
            try:
                await peer.tokens("x")
            finally:
                await peer.end()

        with pytest.raises(CannotMeasure, match="/tokenize"):
            asyncio.run(whole())
