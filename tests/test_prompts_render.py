"""Rendering: exact strings of the two models this is built for, stable beginnings, markers in user text."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from test_prompts_golden import SNIPPETS, WINDOW, Language, Window, rendered

from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.engines.scripted import ScriptedVocabulary
from abacus_lsp.prompts import aixcoder
from abacus_lsp.prompts.chat import Instruction, render_chat
from abacus_lsp.prompts.encode import encode_segments
from abacus_lsp.prompts.healing import unhealed
from abacus_lsp.prompts.markers import known, neutralise
from abacus_lsp.prompts.profiles import PROFILES, Profile
from abacus_lsp.prompts.render import comment_line, render
from abacus_lsp.prompts.template import apply_template
from abacus_lsp.syntax import site_at
from abacus_lsp.window import Budget, around

PYTHON = Language()
P = "def add(a, b):\n    return"
ABOVE, LINE = "def add(a, b):\n", "    return"
S = "\n\nprint(add(1, 2))\n"
HEAD = "# the file path is: src/app/test.py\n# the code file is written by Python\n"


def text(name: str, prefix: str = P, suffix: str = S, path: str = "src/app/test.py", **more) -> str:
    prompt = render(
        PROFILES[name], Window(prefix=prefix, below=suffix), path=path, language=PYTHON, heal=False, **more
    )
    return ("<s>" if prompt.bos else "") + prompt.text


@pytest.mark.parametrize(
    ("name", "suffix", "expected"),
    [
        ("aixcoder", S, f"<s>▁<AIX-SPAN-PRE>▁<AIX-SPAN-POST>{S}▁<AIX-SPAN-MIDDLE>{HEAD}{P}"),
        ("aixcoder", "", f"<s>{HEAD}{P}"),
        (
            "aixcoder-psm",
            S,
            f"<s>▁<AIX-SPAN-PRE># the code file is written by Python\n{ABOVE}▁<AIX-SPAN-POST>{S}▁<AIX-SPAN-MIDDLE>{LINE}",
        ),
        ("aixcoder-psm", "", f"<s>{HEAD}{P}"),
        ("abacus", S, P),
        ("qwen", S, f"<|fim_prefix|>{ABOVE}<|fim_suffix|>{S}<|fim_middle|>{LINE}"),
        ("starcoder", S, f"<fim_prefix>{ABOVE}<fim_suffix>{S}<fim_middle>{LINE}"),
        ("starcoder2", S, f"<fim_prefix>{ABOVE}<fim_suffix>{S}<fim_middle>{LINE}"),
        ("santacoder", S, f"<fim-prefix>{ABOVE}<fim-suffix>{S}<fim-middle>{LINE}"),
        ("deepseek", S, f"<｜fim▁begin｜>{ABOVE}<｜fim▁hole｜>{S}<｜fim▁end｜>{LINE}"),
        ("codestral", S, f"<s>[SUFFIX]{S}[PREFIX]{P}"),
        ("codegemma", S, f"<|fim_prefix|>{ABOVE}<|fim_suffix|>{S}<|fim_middle|>{LINE}"),
        ("granite4", S, f"<|fim_prefix|>{ABOVE}<|fim_suffix|>{S}<|fim_middle|>{LINE}"),
        ("mellum", S, f"<filename>src/app/test.py\n<fim_suffix>{S}<fim_prefix>{P}<fim_middle>"),
        ("seed-coder", S, f"<[fim-suffix]>{S}<[fim-prefix]>{P}<[fim-middle]>"),
        ("refact", S, f"<fim_suffix>{S}<fim_prefix>{P}<fim_middle>"),
        (
            "codegeex4",
            S,
            (
                "<|user|>\n###PATH:src/app/test.py\n###LANGUAGE:Python\n###MODE:BLOCK\n"
                f"<|code_suffix|>{S}<|code_prefix|>{P}<|code_middle|><|assistant|>\n"
            ),
        ),
        ("plain", S, f"# src/app/test.py (rest)\n{S.strip()}\n\n# src/app/test.py\n{P}"),
        ("plain", "", P),
    ],
)
def test_one_file_is_what_the_makers_write_with_the_line_in_the_making_last(
    name: str, suffix: str, expected: str
):
    assert text(name, suffix=suffix) == expected


def test_codellama_writes_its_blanks_inside_the_pieces():
    assert text("codellama").replace("▁", " ").removeprefix("<s> ") == f"<PRE> {ABOVE} <SUF>{S} <MID>{LINE}"


def test_aixcoder_cross_file_signatures_first_and_the_best_window_last():
    block = "<s># the file path is: {0}\n# the code file is written by Python\n{1}</s>"
    expected = (
        "<s># Global Declarations:\n"
        + block.format("geo/圆.py", "def 半径(d: float) -> float: ...")
        + "# Similar Code Snippets:\n"
        + block.format("app/old.py", "pass")
        + block.format("app/main.py", "x = {}\nprint(f'{x}')")
        + f"<s>▁<AIX-SPAN-PRE>▁<AIX-SPAN-POST>{S}▁<AIX-SPAN-MIDDLE>{HEAD}{P}"
    )
    assert text("aixcoder", snippets=SNIPPETS) == expected


def test_abacus_chat_is_user_text_ai():
    prompt = render_chat(PROFILES["abacus"], Instruction("快速排序"), language=PYTHON)
    assert prompt.text.startswith("<用户>请用 Python ")
    assert prompt.text.endswith("快速排序\n<AI>")
    assert len(prompt.segments) == 1, "its markers are several tokens: one text, as the tokenizer reads it"
    assert prompt.stops == ("<用户>", "<AI>")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b.h", "// the file path is: a/b.h\n// the code file is written by C++\n"),
        ("x.tsx", "// the file path is: x.tsx\n// the code file is written by TypeScript with JSX\n"),
        ("x.swift", "// the file path is: x.swift\n// the code file is written by swift\n"),
        ("x.lua", "// the file path is: x.lua\n// the code file is written by Lua\n"),
        ("x.css", "/* the file path is: x.css */\n/* the code file is written by CSS */\n"),
        ("x.html", "<!--the file path is: x.html-->\n<!--the code file is written by HTML-->\n"),
        ("中 文.py", "# the file path is: 中 文.py\n# the code file is written by Python\n"),
        *(
            (f"x{end}", "")
            for end in (".json", ".toml", ".xml", ".mjs", ".mts", ".pyi", ".proto", ".R", ".tf")
        ),
        ("Makefile", ""),
        ("", ""),
    ],
)
def test_aixcoder_head_lines_with_their_quirks(path: str, expected: str):
    assert aixcoder.head(path) == expected


TYPED = "    total = compute(前缀, [1, 2], key='x')  # 求和"


@pytest.mark.parametrize("snippets", [(), SNIPPETS], ids=["alone", "snippets"])
@pytest.mark.parametrize("name", PROFILES)
def test_typing_on_a_line_changes_only_the_end_of_the_tokens(name: str, snippets):
    """The KV cache of the last keystroke holds for all but what was typed and the format's closing markers."""
    vocabulary = ScriptedVocabulary({marker: at for at, marker in enumerate(PROFILES[name].markers)})

    def ids(typed: str, rest: str) -> tuple[list[int], int]:
        window = Window("import x\n", "def f():\n" * 6 + typed, rest, S * 6)
        prompt = rendered(name, window, snippets)
        tokens = encode_segments(prompt, vocabulary) if name != "chat" else vocabulary.encode(prompt.text)
        assert unhealed(prompt).text.startswith(prompt.text.removesuffix(_tail(name)))
        return tokens, len(vocabulary.encode(typed.removesuffix(prompt.heal)))

    before, _ = ids("", "")
    for length in range(1, len(TYPED) + 1):
        typed = TYPED[:length]
        # Editors close brackets and quotes by themselves.
        rest = ")" * (typed.count("(") - typed.count(")")) + "]" * (typed.count("[") - typed.count("]"))
        now, of_line = ids(typed, rest)
        fresh = len(now) - shared(before, now)
        assert fresh <= 3 + len(vocabulary.encode(_tail(name))), (typed, fresh)
        first = ids("", "")[0]
        assert len(now) - shared(first, now) <= of_line + len(vocabulary.encode(_tail(name))) + 1, typed
        before = now


def shared(one: list[int], other: list[int]) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _tail(name: str) -> str:
    """What a suffix-first layout writes after the prefix: its closing markers."""
    return PROFILES[name].layout.rpartition("{prefix}")[2] if PROFILES[name].order == "spm" else ""


@pytest.mark.parametrize("name", PROFILES)
def test_braces_in_code_are_text(name: str):
    code = "{prefix}{suffix}{0}{{}}{head}%s"
    prompt = rendered(name, Window(code, code, code, code), heal=False)
    shown = PROFILES[name].order in ("psm", "spm", "chat")
    wanted = 4 if shown else 3 if "{below}" in PROFILES[name].layout else 2
    assert prompt.text.count(code) == wanted


@pytest.mark.parametrize("name", PROFILES)
def test_markers_in_user_text_are_broken(name: str):
    row = PROFILES[name]
    hostile = "".join(
        f"a{marker}b {marker}\n" for marker in (*known(row), *row.markers, *row.stop_markers, *row.stops)
    )
    dirty = Window(hostile, hostile, hostile, "\n" + hostile)
    snippets = [type(SNIPPETS[0])("a\n<|im_end|>.py", hostile)]
    prompt = rendered(name, dirty, snippets)
    clean = rendered(name, Window("o", "p", "r", "\nb"), [type(SNIPPETS[0])("a.py", "s")])
    for marker in known(row):
        mine = sum(
            part.text.count(marker) for part in prompt.parts if part.source not in ("marker", "layout")
        )
        layout = sum(
            part.text.count(marker) for part in clean.parts if part.source not in ("marker", "layout")
        )
        assert mine == layout, marker


def test_neutralised_text_reads_the_same():
    assert neutralise("x = '<|im_end|>' <用户>", PROFILES["plain"]) == "x = '< |im_end|>' < 用户>"


@pytest.mark.parametrize(
    "code", ["<s>strike</s>", "usage: cp <filename>", "a[PREFIX]", "if a<b and c>d: <AIX>"]
)
def test_ordinary_code_is_left_alone_where_it_is_no_marker(code: str):
    assert neutralise(code, PROFILES["qwen"]) == code


def test_the_blank_of_a_sentencepiece_marker_can_be_a_blank_of_the_file():
    assert "< AIX-SPAN-PRE>" in neutralise("x <AIX-SPAN-PRE>", PROFILES["qwen"])
    assert neutralise(" <PRE>", PROFILES["codellama"]) == " < PRE>"


def test_a_line_break_in_a_path_cannot_start_a_line_of_the_prompt():
    assert "src/a b.py" in text("mellum", path="src/a\nb.py")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (Language("Python", "#"), "# x"),
        (Language("HTML", ""), "<!-- x -->"),
        (Language("CSS", ""), "/* x */"),
    ],
)
def test_comment_lines(language: Language, expected: str):
    assert comment_line("x", language) == expected


def test_one_row_is_enough_for_a_new_model_even_one_that_shows_the_suffix_without_fim():
    row = Profile("new", "prefix", "{suffix}\n[X]{path}\n{prefix}", markers=("[X]",))
    prompt = render(row, Window("o\n", "a [X] b", "c", "\nd"), path="p.py", language=PYTHON, heal=False)
    assert prompt.segments == ((False, "c\nd\n"), (True, "[X]"), (False, "p.py\no\na [ X] b"))


def test_an_instruction_can_begin_its_answer_and_cannot_speak_for_the_model():
    asked = Instruction("x <AI> {context}<|im_end|>", "def f(): ...\n", opening="def g():  # <AI>\n    ")
    own = render_chat(PROFILES["abacus"], asked, language=PYTHON)
    assert own.text.endswith("<AI>```python\ndef g():  # < AI>\n")
    assert own.heal == "    "
    assert own.text.count("<AI>") == 1
    assert "{context}" in own.text
    assert (
        "Code that follows, already written:\n```\nh()\n```"
        in render_chat(PROFILES["abacus"], replace(asked, below="h()\n"), language=PYTHON).text
    )
    chatml = render_chat(PROFILES["plain"], asked, language=PYTHON)
    assert [part.text for part in chatml.parts if part.marker] == [
        "<|im_start|>",
        "<|im_end|>",
        "<|im_start|>",
    ]


def test_the_hole_of_a_chat_model_is_the_only_one():
    prompt = rendered("chat", Window(prefix="x = '<HOLE/><FILL>'", rest="</FILL>"), heal=False)
    assert prompt.text.count("< HOLE/>< FILL>") == 1
    assert prompt.text.count("< /FILL>") == 1


def test_every_row_keeps_to_four_stop_strings():
    for row in PROFILES.values():
        assert len(row.stops) <= 4, row.name


def test_the_models_own_chat_template_is_used_and_its_control_tokens_are_markers():
    pytest.importorskip("jinja2")
    template = (
        "{{ bos_token }}{% for m in messages %}<start_of_turn>{{ m.role }}\n{{ m.content }}<end_of_turn>\n"
        "{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
    )
    prompt = render(PROFILES["chat"], WINDOW, path="a.py", language=PYTHON, template=template, heal=False)
    markers = [part.text for part in prompt.parts if part.marker]
    assert markers == ["<start_of_turn>", "<end_of_turn>", "<start_of_turn>"]
    assert prompt.text.startswith("<start_of_turn>user\nFill the hole")
    assert prompt.text.endswith("<start_of_turn>model\n<FILL>    return math.p")


@pytest.mark.parametrize(
    "template", ["{% if %}", "{{ messages.__class__.__mro__ }}", "{{ raise_exception('no') }}"]
)
def test_a_template_that_fails_or_reaches_out_is_not_used(template: str):
    pytest.importorskip("jinja2")
    assert apply_template(template, "x") is None
    prompt = render(PROFILES["chat"], WINDOW, path="a.py", language=PYTHON, template=template)
    assert prompt.text.startswith("<|im_start|>user\n")


def plain(below: str, prefix: str = P, path: str = "src/app/test.py", language: Any = PYTHON) -> str:
    return render(
        PROFILES["plain"], Window(prefix=prefix, below=below), path=path, language=language, heal=False
    ).text


def test_a_model_without_fim_reads_the_nearest_lines_below_first():
    below = "\n\n" + "\n".join(f"line_{number}()" for number in range(20))
    first = plain(below).removesuffix(P)
    assert first == (
        "# src/app/test.py (rest)\n"
        + "".join(f"line_{number}()\n" for number in range(8))
        + "\n# src/app/test.py\n"
    )


@pytest.mark.parametrize("below", ["", "\n", "\n\n   \n\t\n"])
def test_without_anything_below_the_prompt_is_the_prefix(below: str):
    assert plain(below) == P


def test_typing_on_a_line_changes_only_the_end_of_a_prompt_with_lines_below():
    below = "\n    return total\n"
    typed = [plain(below, prefix=P + "    x = to"[:count]) for count in range(10)]
    for shorter, longer in itertools.pairwise(typed):
        assert longer.startswith(shorter)


def test_lines_below_are_the_users_text_even_when_they_look_like_markers():
    prompt = render(
        PROFILES["plain"],
        Window(prefix=P, below="\nx = '<|endoftext|>'\n"),
        path="a\nb.py",
        language=PYTHON,
        heal=False,
    )
    assert "<|endoftext|>" not in prompt.text
    assert prompt.text.startswith("# a b.py (rest)\n")
    assert not any(part.marker for part in prompt.parts)
    assert [part.source for part in prompt.parts if part.text] == ["suffix", "prefix"]


@pytest.mark.parametrize("rest", ["", ")", "):"])
def test_typing_in_a_real_window_keeps_all_but_the_line(rest: str):
    """The lines below are chosen without regard to what is typed, through window and budget."""
    above = "".join(f"def f{number}(a, b):\n    return a + {number}\n\n" for number in range(60))
    below = "".join(f"\ndef g{number}(a):\n    return {number}" for number in range(60)) + "\n"
    line = "total = compute_everything(first, second"
    prompts: list[str] = []
    for typed in range(len(line)):
        text = above + line[:typed] + rest + below
        cursor = Cursor(Snapshot("file:///a.py", "python", text), len(above) + typed)
        view = around(cursor, site_at(cursor), Budget(300, 128), lambda text: len(text) // 3)
        prompts.append(
            render(PROFILES["plain"], view, path="a.py", language=PYTHON, heal=False).text.removesuffix(
                line[:typed]
            )
        )
    assert len(set(prompts)) == 1
    assert prompts[0].startswith("# a.py (rest)\ndef g0(a):\n")
