"""One completion from cursor to text, with scripted answers."""

import itertools
import re
from collections.abc import Callable

import pytest
from marks import cursor_in

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.completion.pipeline import Completion, Model, Request, complete, structure
from abacus_lsp.engines.base import EndpointDown, EngineCrashed, Piece
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.prompts.prompt import Prompt, Snippet
from abacus_lsp.settings import Settings
from abacus_lsp.window import Counter

QWEN = {marker: number for number, marker in enumerate(PROFILES["qwen"].markers)}


def ask(
    marked: str,
    script: Callable[[Prompt], str] | str,
    *,
    profile: str = "plain",
    snippets: tuple[Snippet, ...] = (),
    cancel: CancelToken | None = None,
    engine: ScriptedEngine | None = None,
) -> Completion:
    engine = engine or ScriptedEngine(script, QWEN)
    model = Model(engine, PROFILES[profile], "as the test says", Counter(engine.count), Trees())
    ticks = itertools.count()
    return complete(
        Request(cursor_in(marked), Settings()),
        model,
        lambda *_: snippets,
        cancel or CancelToken(),
        lambda: float(next(ticks)),
    )


def test_the_text_and_its_story() -> None:
    done = ask("import math\n\narea = math.p‸\n", "i * r ** 2\nmore = 1\n")
    assert done.text == "i * r ** 2"
    assert (done.start, done.end) == (26, 26)
    assert done.reason == "ok"
    explain = done.explain
    assert explain.prompt is not None
    assert explain.prompt.heal.endswith("p")
    assert (explain.prompt.text + explain.prompt.heal).endswith("area = math.p")
    assert explain.usage.prompt is not None
    assert explain.usage.generated
    assert list(explain.timings_ms) == ["syntax", "window", "retrieval", "prompt", "model"]


def test_a_fim_model_sees_what_follows() -> None:
    done = ask(
        "def f(a):\n    b = ‸\n    return b\n",
        lambda prompt: "a" if "return b" in prompt.text else "?",
        profile="qwen",
    )
    assert done.text == "a"


def test_snippets_reach_the_model_before_the_prefix() -> None:
    snippet = Snippet("shop/price.py", "def net(gross): ...", "signature")
    done = ask("x = ‸\n", "net(3)", profile="qwen", snippets=(snippet,))
    assert done.explain.prompt is not None
    text = done.explain.prompt.text
    assert 0 < text.index("def net(gross)") < text.index("x =")


@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
def test_the_answer_has_the_files_line_ending(eol: str) -> None:
    done = ask(f"def f():{eol}‸", "    a = 1\n    return a\n")
    assert done.text == f"    a = 1{eol}    return a"


@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
def test_whatever_ends_the_models_lines_the_file_keeps_its_own(eol: str) -> None:
    said = "\n    a = 1\n    return a\n\n\n".replace("\n", eol)
    assert ask("def f():‸\n", said).text == "\n    a = 1\n    return a"
    assert ask("def f():‸\r\n", said).text == "\r\n    a = 1\r\n    return a"


@pytest.mark.parametrize(
    "first", ["    # 1. 排序\n    # 2. 返回\n", "    # 一\n" * 40, "    \n" * 40, "    # 1\n    # 2\n" * 20]
)
def test_where_comments_alone_came_code_is_asked_for(first: str) -> None:
    prompts: list[Prompt] = []
    code = "    return sorted(x)\n"

    def script(prompt: Prompt) -> str:
        prompts.append(prompt)
        return code if prompt.barred else first

    done = ask('def f(x):\n    """返回排好的 x。"""\n‸', script)
    assert done.text == "    return sorted(x)"
    assert [prompt.barred for prompt in prompts] == ["", "#"]
    count, usage = ScriptedEngine("").count, done.explain.usage
    assert count(code) < (usage.generated or 0) <= count(code) + min(count(first), 60), "both are counted"
    assert usage.prompt == (usage.reused or 0) + (usage.prefilled or 0)


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        ("# 按 id 去重并保持顺序‸\n", "# 按 id 去重并保持顺序\n"),
        ("def f(x):\n    # 返回排好的列表‸\n", "def f(x):\n    # 返回排好的列表\n    "),
    ],
)
def test_at_a_comments_end_code_is_asked_for_on_the_next_line(place: str, asked: str) -> None:
    """The first answer begins with a line break and goes on with comments; the second begins behind that break."""
    prompts: list[Prompt] = []

    def script(prompt: Prompt) -> str:
        prompts.append(prompt)
        return "return sorted(x)\n" if prompt.barred else "\n    # your code here\n    # more\n"

    done = ask(place, script)
    assert prompts[-1].text + prompts[-1].heal == asked
    assert done.text == asked.removeprefix(place.partition("‸")[0]) + "return sorted(x)"


_COUNTING = "".join(f"    if n == {i}:\n        return {i}\n" for i in range(30))


@pytest.mark.parametrize(
    ("again", "shown"),
    [
        ("return f(n - 1) + f(n - 2)\n", "    return f(n - 1) + f(n - 2)"),
        (")\n", None),  # of no use: the first answer is
        ("", None),
    ],
)
def test_where_a_model_counts_for_ever_it_is_asked_how_it_goes_on(again: str, shown: str | None) -> None:
    prompts: list[Prompt] = []
    place = 'def f(n):\n    """斐波那契数列的第 n 项。"""\n‸'
    cases = "    if n == 0:\n        return 0\n    if n == 1:\n        return 1"

    def script(prompt: Prompt) -> str:
        prompts.append(prompt)
        return again if prompt.barred else _COUNTING

    done = ask(place, script)
    assert done.text == (cases if shown is None else f"{cases}\n{shown}")
    assert [prompt.barred for prompt in prompts] == ["", "i"]
    assert prompts[1].text + prompts[1].heal == place.removesuffix("‸") + cases + "\n    "


def test_an_opened_docstring_is_in_the_language_of_messages() -> None:
    place = cursor_in('def f(a):\n    """‸')
    engine = ScriptedEngine("")
    model = Model(engine, PROFILES["plain"], "as the test says", Counter(engine.count), Trees())
    request = Request(place, Settings(), tongue="zh")
    done = complete(request, model, lambda *_: (), CancelToken(), lambda: 0.0)
    opened = structure(request)
    assert opened is not None
    for text in (done.text, opened.text):
        assert re.search("[\u4e00-\u9fff]", text), text


@pytest.mark.parametrize("silence", ["", "   ", "\n"])
def test_a_model_that_ends_without_a_word_is_believed(silence: str) -> None:
    place = 'def f(x):\n    """返回 x。"""\n    ‸\n    return x\n'
    done = ask(place, lambda prompt: "y = x" if prompt.barred else silence)
    assert done.text == ""


@pytest.mark.parametrize(
    "first", ["/* todo */\n  /* more */", "// todo\n}", "```js\n// todo\n```", "/* todo\n more"]
)
def test_comments_of_any_form_say_nothing(first: str) -> None:
    place = cursor_in("function f(x) {\n  ‸\n}\n", "javascript")
    engine = ScriptedEngine(lambda prompt: "return x;" if prompt.barred else first)
    model = Model(engine, PROFILES["plain"], "as the test says", Counter(engine.count), Trees())
    done = complete(Request(place, Settings()), model, lambda *_: (), CancelToken(), lambda: 0.0)
    assert done.text == "return x;"


def test_other_texts_are_asked_as_the_first_was() -> None:
    prompts: list[Prompt] = []

    def script(prompt: Prompt) -> str | list[str]:
        prompts.append(prompt)
        return ["return x", "return sorted(x)", "return list(x)"] if prompt.barred else "# later\n"

    engine = ScriptedEngine(script)
    model = Model(engine, PROFILES["plain"], "as the test says", Counter(engine.count), Trees())
    place = cursor_in('def f(x):\n    """返回 x。"""\n    ‸\n')
    request = Request(place, Settings(), explicit=True)
    done = complete(request, model, lambda *_: (), CancelToken(), lambda: 0.0)
    assert (done.text, set(done.others)) == ("return x", {"return sorted(x)", "return list(x)"})
    assert [prompt.barred for prompt in prompts].count("") == 1


def test_comments_are_enough_where_no_code_is_due() -> None:
    done = ask("x = 1\n# 说明‸\n", lambda prompt: "code()" if prompt.barred else "一下用法\n")
    assert done.text == "一下用法"


def test_an_engine_error_is_a_silence_with_the_engines_own_words() -> None:
    class Down(ScriptedEngine):
        def stream(self, prompt, sampling, cancel):
            raise EndpointDown("nobody at http://127.0.0.1:9: start the server")
            yield Piece("")

    done = ask("x = ‸\n", "", engine=Down(""))
    assert (done.text, done.reason) == ("", "endpoint-down")
    assert "start the server" in done.detail


def test_a_tokenizer_that_fails_is_a_silence_too() -> None:
    class Crashed(ScriptedEngine):
        def count(self, text):
            raise EngineCrashed("the model's process ended (exit code -9)")

    done = ask("x = ‸\n", "", engine=Crashed(""))
    assert (done.text, done.reason) == ("", "engine-crashed")


def test_a_cancelled_request_stops() -> None:
    token = CancelToken()
    token.cancel("superseded")
    with pytest.raises(Cancelled, match="superseded"):
        ask("x = ‸\n", "1", cancel=token)


def test_a_deadline_gives_what_there_is() -> None:
    token = CancelToken()

    class Slow(ScriptedEngine):
        def stream(self, prompt, sampling, cancel):
            yield Piece("first_part")
            token.cancel("timed-out")
            cancel.check()

    done = ask("x = ‸\n", "", cancel=token, engine=Slow(""))
    assert done.text == "first_part"
    assert done.explain.finish == "timed-out"


def test_a_deadline_before_any_text_is_a_reason() -> None:
    token = CancelToken()

    class Slow(ScriptedEngine):
        def stream(self, prompt, sampling, cancel):
            token.cancel("timed-out")
            cancel.check()
            yield Piece("")

    done = ask("x = ‸\n", "", cancel=token, engine=Slow(""))
    assert (done.text, done.reason) == ("", "timed-out")


def test_markers_in_the_users_text_stay_text() -> None:
    done = ask('s = "<|fim_suffix|>"\nx = ‸\n', "1", profile="qwen")
    assert done.explain.prompt is not None
    plain = "".join(part.text for part in done.explain.prompt.parts if not part.marker)
    assert "<|fim_suffix|>" not in plain
