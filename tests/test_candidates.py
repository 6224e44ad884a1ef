"""Several texts to choose from, and silence where the model is unsure."""

import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from lsp_client import INLINE, Client
from marks import cursor_in

from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion import confidence
from abacus_lsp.completion.pipeline import Completion, Model, Request, complete
from abacus_lsp.completion.reuse import Answers, Offer, Spot
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.ledger import read, summarise
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.settings import CompletionSettings, Settings
from abacus_lsp.window import Counter


def ask(
    texts: Sequence[str],
    *,
    explicit: bool = True,
    marked: str = "total = ‸\n",
    logprob: float = -0.1,
    options: CompletionSettings | None = None,
    cancel: CancelToken | None = None,
    grew: Callable[[str, str], None] | None = None,
    clock: Callable[[], float] = lambda: 0.0,
) -> Completion:
    engine = ScriptedEngine(lambda _: texts, logprob=logprob)
    model = Model(engine, PROFILES["plain"], "test", Counter(engine.count), Trees())
    return complete(
        Request(cursor_in(marked), Settings(completion=options or CompletionSettings()), explicit),
        model,
        lambda *_: (),
        cancel or CancelToken(),
        clock,
        grew=grew,
    )


def test_who_asks_may_choose() -> None:
    done = ask(["sum(values)\n", "len(values)\n", "0\n"])
    assert (done.text, done.others) == ("sum(values)", ("len(values)", "0"))


def test_nobody_chooses_while_typing() -> None:
    assert ask(["sum(values)\n", "len(values)\n"], explicit=False).others == ()
    assert ask(["sum(values)\n", "len(values)\n"], options=CompletionSettings(candidates=1)).others == ()


@pytest.mark.parametrize(
    ("texts", "others"),
    [
        (
            ["sum(values)\n", "sum( values )\n", "len(values)\n"],
            ("len(values)",),
        ),  # blanks make no difference
        (["sum(values)\n"] * 5, ()),
        (["sum(values)\n", "", "\n\n\n\n", "0\n"], ("0",)),  # what nobody would be shown is no candidate
        (["sum(values)\n", ")\n", "len(values)\n"], ("len(values)",)),
        (["sum(values)\n", "a\n", "b\n", "c\n"], ("a", "b")),
    ],
)
def test_the_texts_differ_and_each_is_fit_to_be_shown(texts: list[str], others: tuple[str, ...]) -> None:
    assert ask(texts).others == others


class Surer(ScriptedEngine):
    """Every text has its own probability: "b" is likelier than "a"."""

    def stream(self, prompt, sampling, cancel):
        self._logprob = {0: -0.5, 1: -2.0, 2: -0.2}[sampling.seed % 3]
        yield from super().stream(prompt, sampling, cancel)


def test_the_likeliest_comes_first_after_the_best() -> None:
    engine = Surer(lambda _: ["best\n", "a\n", "b\n"])
    model = Model(engine, PROFILES["plain"], "test", Counter(engine.count), Trees())
    request = Request(cursor_in("x = ‸\n"), Settings(), explicit=True)
    done = complete(request, model, lambda *_: (), CancelToken(), lambda: 0.0)
    assert (done.text, done.others) == ("best", ("b", "a"))


class Slower(ScriptedEngine):
    """The time runs out while the second text is written."""

    def __init__(self, token: CancelToken) -> None:
        super().__init__(lambda _: ["first\n", "second\n", "third\n"])
        self._token = token

    def stream(self, prompt, sampling, cancel):
        if sampling.seed == 1:
            self._token.cancel("timed-out")
        yield from super().stream(prompt, sampling, cancel)


def test_a_deadline_leaves_the_first_text() -> None:
    token = CancelToken()
    engine = Slower(token)
    model = Model(engine, PROFILES["plain"], "test", Counter(engine.count), Trees())
    request = Request(cursor_in("x = ‸\n"), Settings(), explicit=True)
    done = complete(request, model, lambda *_: (), token, lambda: 0.0)
    assert (done.text, done.others, done.reason) == ("first", (), "ok")


def test_on_a_slow_machine_nobody_waits_for_all_of_them() -> None:
    seconds = itertools.count()
    assert len(ask(["a\n", "b\n", "c\n"], clock=lambda: float(next(seconds))).others) == 1


def test_what_is_left_of_several_texts() -> None:
    asked = Spot("file:///a.py", "x = ", "\n")
    answers = Answers()
    answers.keep(asked, Offer("foo(1)", others=("fool", "bar()", "fo")))
    assert answers.find(asked.then("fo")) == Offer("o(1)", others=("ol",))
    assert not Offer("foo(1)").enough(3, explicit=True)
    assert Offer("foo(1)").enough(3, explicit=False)
    assert Offer("foo(1)").enough(1, explicit=True)
    assert Offer("foo(1)", others=()).enough(3, explicit=True)
    assert not Offer("", others=()).enough(3, explicit=True)


UNSURE = confidence.LEAST / 4 - 0.5  # nats a token; the first word has four


def test_what_the_model_is_unsure_of_is_shown_to_those_who_ask() -> None:
    silent = ask(["sum(values)\n"], explicit=False, logprob=UNSURE)
    assert (silent.text, silent.reason) == ("", "low-confidence")
    assert silent.explain.raw == "sum(values)\n"
    assert silent.explain.confidence == confidence.Confidence(pytest.approx(UNSURE), UNSURE, 4, 4 * UNSURE)
    assert ask(["sum(values)\n"], explicit=True, logprob=UNSURE).text == "sum(values)"
    off = CompletionSettings(confidence_gate=False)
    assert ask(["sum(values)\n"], explicit=False, logprob=UNSURE, options=off).text == "sum(values)"
    assert ask(["sum(values)\n"], explicit=False, logprob=confidence.LEAST / 4 + 0.1).text == "sum(values)"


@pytest.mark.parametrize(("logprob", "early"), [(confidence.LEAST, False), (-0.1, True)])
def test_first_lines_are_held_back_too(logprob: float, early: bool) -> None:
    shown: list[str] = []
    ask(
        ["    a = 1\n    b = 2\n    c = 3\n"],
        explicit=False,
        marked="def f():\n‸\n",
        logprob=logprob,
        grew=lambda _, whole: shown.append(whole),
    )
    assert any(shown) == early


@pytest.mark.parametrize("marked", ["def f():\n‸\n", "def f():\n    zero = 0\n‸\n"])
def test_the_line_that_opens_a_block_is_told_before_its_body(marked: str) -> None:
    shown: list[str] = []
    text = "    if one:\n        two = [\n            3,\n        ]\n    four = 5\n"
    done = ask([text], explicit=False, marked=marked, grew=lambda _, whole: shown.append(whole))
    assert next(filter(None, shown)) == "    if one:"
    assert done.text.startswith("    if one:\n        two = [\n            3,\n        ]")
    assert all(done.text.startswith(whole) for whole in shown)


def test_a_line_alone_is_not_told_early() -> None:
    shown: list[str] = []
    ask(["sum(values)\nmore = 1\n"], explicit=False, grew=lambda _, whole: shown.append(whole))
    assert not any(shown)


@pytest.mark.parametrize(
    ("marks", "raw", "text", "expected"),
    [
        ([(0, -1.0), (3, -3.0)], "abcdef", "abcdef", confidence.Confidence(-2.0, -3.0, 2, -4.0)),
        ([(0, -1.0), (3, -3.0)], "abcdef", "abc", confidence.Confidence(-1.0, -1.0, 1, -1.0)),
        (
            [(0, -9.0), (2, -1.0)],
            "\n\nab",
            "ab",
            confidence.Confidence(-1.0, -1.0, 1, -1.0),
        ),  # what was cut does not count
        ([(0, -1.0)], "abc", "xyz", confidence.Confidence(-1.0, -1.0, 1, -1.0)),  # changed by a filter
        (
            [(0, -1.0), (3, -3.0), (5, -0.5)],
            "abc def",
            "abc def",
            confidence.Confidence(-1.5, -3.0, 3, -1.0),
        ),  # the blank belongs to the second word
        ([(0, -1.0), (2, -3.0)], "  abc", "  abc", confidence.Confidence(-2.0, -3.0, 2, -4.0)),
        ([], "abc", "abc", None),
    ],
)
def test_confidence_is_of_what_is_shown(marks, raw: str, text: str, expected) -> None:
    assert confidence.of(marks, raw, text) == expected


def test_an_engine_that_does_not_tell_is_never_unsure() -> None:
    assert not confidence.unsure(None)


@pytest.mark.slow
def test_over_the_wire_every_text_has_a_fate_of_its_own(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    texts = ["sum(values)", "len(values)", "max(values)"]
    script.write_text(json.dumps({"answers": {"total = ": texts}}), encoding="utf-8")
    uri = "file:///a.py"
    with Client(env={"ABACUS_HOME": str(tmp_path)}) as client:
        client.initialize(
            options={
                "model": str(script),
                "engine": "scripted",
                "completion": {"debounceMs": 0, "prefetch": "off"},
            },
            capabilities=INLINE,
        )
        client.open(uri, "total = \n")
        (one,) = client.inline(uri, 0, 8)
        assert one["insertText"] == "sum(values)"
        items = client.inline(uri, 0, 8, kind=1)  # the same place, by a key: what is shown stays the first
        assert [item["insertText"] for item in items] == texts
        again = client.inline(uri, 0, 8, kind=1)
        assert [item["insertText"] for item in again] == texts
        assert len(client.inline(uri, 0, 8)) == 1
        numbers = [item["command"]["arguments"][0] for item in items]
        assert len(set(numbers)) == len(texts)
        part = {"command": "abacus.acceptPart", "arguments": [numbers[1], "word"]}
        assert client.request("workspace/executeCommand", part)["newText"] == "len"
        accepted = {"command": "abacus.accepted", "arguments": [numbers[2]]}
        client.request("workspace/executeCommand", accepted)
    told = summarise(read(tmp_path / "statistics", 0))
    assert (told.accepted, told.partly, told.saved) == (1, 1, len("max(values)") + len("len"))


def test_settings_have_bounds() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"candidates": 0}, CompletionSettings)
