"""The model's part: what is asked, what is refused, what is left when a model is of no use."""

import ast
from itertools import pairwise

import pytest
from models_here import gguf

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.cli import compose
from abacus_lsp.docstrings import items, prose, summary, write
from abacus_lsp.docstrings.choose import Manner
from abacus_lsp.docstrings.cleaning import cleaned
from abacus_lsp.document import Snapshot
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.settings import Settings
from abacus_lsp.site import Span

TEXT = "def fetch(user_id, retries=3):\n    if retries < 0:\n        raise ValueError\n    return user_id\n"


def asking(
    script, profile: str = "plain", cancel: CancelToken | None = None, template: str = ""
) -> prose.Asking:
    engine = ScriptedEngine(script)
    engine.vocabulary.chat_template = template
    return prose.Asking(engine, PROFILES[profile], cancel or CancelToken())


def written(script, tongue="en", profile: str = "plain") -> tuple[dict, str]:
    snapshot = Snapshot("", "python", TEXT)
    (item,) = items.items_in(snapshot)
    manner = Manner("google", tongue)
    said = prose.prose_for(snapshot, item, manner, asking(script, profile))
    edit = write.edit_of(snapshot, item, manner, said)
    assert edit is not None
    whole = edit.applied(TEXT)
    ast.parse(whole)
    return said, whole


@pytest.mark.parametrize(
    ("raw", "tongue", "line"),
    [
        ('返回"用户"的名字(可选)', "zh", "返回“用户”的名字（可选）。"),
        ("计算总价:单价乘数量", "zh", "计算总价：单价乘数量。"),
        ("读取JSON, 返回列表", "zh", "读取JSON，返回列表。"),
        ("转换为 a.b 形式(见 f(x))", "zh", "转换为 a.b 形式(见 f(x))。"),
        ('Return the "user" name', "en", "Return the 'user' name."),
        (" Fetches the user from the server.\n\nMore", "en", "Fetches the user from the server."),
        ("fetches the user，quickly。", "en", "Fetches the user,quickly."),
        ("- `name`: the name of the user", "en", "The name of the user."),
        ('"The name of the "user"."', "en", "The name of the 'user'."),
        ("**Returns** the name. It also", "en", "Returns** the name."),
        ("summary: The first user. And more", "en", "The first user."),
        ("返回用户的名称", "zh", "返回用户的名称。"),
        ("参数：用户的编号,从 1 开始.", "zh", "用户的编号，从 1 开始。"),
        ("按 id 去重。然后排序。", "zh", "按 id 去重。"),
        ("The name of the user", "zh", ""),
        ("返回用户的名称", "en", ""),
        ("```python", "en", ""),
        ('Say """hello""" to it', "en", ""),
        ("Ends */ the comment", "en", ""),
        ("A path such as C:\\new", "en", ""),
        ("return user_id == 3;", "en", ""),
        ("@param x the x", "en", ""),
        ("the user the user the user the user the user", "en", ""),
        ("用户用户用户用户用户用户", "zh", ""),
        ("<|im_end|>", "en", ""),
        ("Here is the answer:", "en", ""),
        ("它的功能是什么？", "zh", ""),
        ("", "en", ""),
        ("x", "en", ""),
    ],
)
def test_a_line_is_made_fit_or_refused(raw: str, tongue, line: str):
    assert cleaned(raw, tongue, "name") == line


def test_a_line_that_was_cut_off_is_refused_unless_a_sentence_is_whole():
    assert not cleaned("The name of the user which", "en", whole=False)
    assert cleaned("The name of the user. Which", "en", whole=False) == "The name of the user."


def test_each_field_is_asked_for_once_and_in_its_place():
    prompts: list[str] = []

    def script(prompt: Prompt) -> str:
        prompts.append(prompt.text)
        assert prompt.slot == "chat"
        return f" Says something about number {len(prompts)}.\nparameter x: more"

    said, whole = written(script)
    assert len(prompts) == len(said) == 4
    assert [prompt.rpartition("\n")[2] for prompt in prompts] == [
        "summary:",
        "parameter user_id:",
        "parameter retries:",
        "returns:",
    ]
    assert all(later.startswith(earlier) for earlier, later in pairwise(prompts))
    assert (
        '"""Says something about number 1.\n\n    Args:\n        user_id: Says something about number 2.'
        in whole
    )


@pytest.mark.parametrize("profile", ["plain", "qwen", "abacus"])
def test_every_kind_of_model_is_asked_in_its_own_form(profile: str):
    forms: list[str] = []

    def script(prompt: Prompt) -> str:
        forms.append(prompt.text)
        return " 获取用户的信息。"

    said, whole = written(script, "zh", profile)
    assert len(said) == 1, "the same line twice is a model going round"
    assert '"""获取用户的信息。' in whole
    assert "参数 user id" in whole
    assert forms[0].startswith("<用户>") == (profile == "abacus")
    assert ("<AI>这段代码" in forms[0]) == (profile == "abacus")


def test_an_instruction_model_is_asked_through_its_template():
    held = asking("", template="{{ messages[0].content }}")
    assert held.talks
    assert held.message("Question", "Start").text.endswith("Start")
    assert not asking("", "qwen", template="x").talks


@pytest.mark.parametrize(
    "junk", ["", "\n\n", '"""', "```\ncode\n```", "*/", "\\", "<|im_end|>", "x" * 500, "。" * 9]
)
def test_junk_from_a_model_leaves_the_structure(junk: str):
    said, whole = written(junk)
    assert said == {}
    assert "ValueError: If ``retries < 0``." in whole


def test_a_deadline_leaves_what_there_is_and_a_cancel_leaves_nothing():
    token = CancelToken()

    def script(_prompt: Prompt) -> str:
        token.cancel("timed-out")
        return " Fetches the user."

    snapshot = Snapshot("", "python", TEXT)
    (item,) = items.items_in(snapshot)
    assert prose.prose_for(snapshot, item, Manner("google", "en"), asking(script, cancel=token)) == {}
    gone = CancelToken()
    gone.cancel("cancelled")
    with pytest.raises(Cancelled):
        prose.prose_for(snapshot, item, Manner("google", "en"), asking("x", cancel=gone))


def test_a_line_break_in_front_of_the_answer_is_passed_over():
    said, _ = written("\nsummary: Fetches the user.\nparameter user_id: x")
    assert said[write.SUMMARY] == "Fetches the user."


def test_only_what_is_missing_is_asked_for():
    text = TEXT.replace("    if", '    """Mine.\n\n    Args:\n        user_id: Mine too.\n    """\n    if', 1)
    snapshot = Snapshot("", "python", text)
    (item,) = items.items_in(snapshot)
    asked: list[str] = []

    def script(prompt: Prompt) -> str:
        asked.append(prompt.text.rpartition("\n")[2])
        return ""

    prose.prose_for(snapshot, item, Manner("google", "en"), asking(script))
    assert asked == ["parameter retries:", "returns:"]


# --- summaries


def test_short_code_is_summarised_at_once():
    found = summary.summarise(Snapshot("", "python", TEXT), None, "en", asking(" fetches one user.\nAnd"))
    assert found == summary.Summary("This code fetches one user.")


def test_long_code_is_summarised_by_its_parts():
    text = "\n".join(
        f"def part{number}(x):\n    return x\n" + "# filler words here\n" * 40 for number in range(9)
    )
    steps: list[tuple[int, int]] = []
    snapshot = Snapshot("", "python", text)
    held = asking(lambda prompt: f" does thing {prompt.text.count('def ')}.")
    found = summary.summarise(snapshot, None, "en", held, lambda done, whole: steps.append((done, whole)))
    assert [name for name, _ in found.parts] == [f"part{number}" for number in range(9)]
    assert steps == [(number, 9) for number in range(1, 10)]
    assert found.lines[1] == "- part0: This code does thing 2."


@pytest.mark.parametrize(
    ("tongue", "first", "last"),
    [
        ("en", "- f0: This code does this.", "- and 20 more"),
        ("zh", "- f0：这段代码读取文件。", "- 另有 20 项"),
    ],
)
def test_parts_that_nobody_was_asked_about_are_counted(tongue, first: str, last: str):
    text = "\n".join(f"def f{number}(x):\n    return x\n" + "# filler words\n" * 40 for number in range(60))
    held = asking(" does this." if tongue == "en" else "读取文件。")
    found = summary.summarise(Snapshot("", "python", text), None, tongue, held)
    assert (len(found.parts), found.lines[1], found.lines[-1]) == (40, first, last)


@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("closed", [True, False])
def test_lines_are_counted_as_editors_do(eol: str, closed: bool):
    text = eol.join(["x = 1"] * 301) + eol * closed
    snapshot = Snapshot("", "python", text)
    assert [part.name for part in summary.parts_of(snapshot, None)] == [
        "1-80",
        "81-160",
        "161-240",
        "241-301",
    ]
    ten = Span(0, len(f"x = 1{eol}") * 10)
    assert summary.without_model(snapshot, ten, "en").text == "10 lines of code."
    assert summary.parts_of(snapshot, Span(ten.end, len(text)))[0].name == "11-90"


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n"])
def test_of_nothing_no_model_is_asked(text: str):
    snapshot, held = Snapshot("", "python", text), asking(" makes this up.")
    assert summary.summarise(snapshot, None, "en", held) == summary.Summary("There is no code.")
    assert summary.without_model(snapshot, None, "zh").text == "没有代码。"


@pytest.mark.parametrize(("tongue", "told"), [("en", "Defines fetch."), ("zh", "定义了 fetch。")])
def test_useless_words_are_replaced_by_names(tongue, told: str):
    found = summary.summarise(Snapshot("", "python", TEXT), None, tongue, asking("```"))
    assert (found.text, found.asked) == (told, False)


@pytest.mark.parametrize(
    ("language", "text", "comment"),
    [
        ("python", "  x = 1\n", "  # Sets x.\n"),
        ("go", "\tx := 1\r\n", "\t// Sets x.\r\n"),
        ("css", "a {}\n", "/* Sets x. */\n"),
    ],
)
def test_a_summary_becomes_a_comment_of_the_language(language: str, text: str, comment: str):
    span = Span(len(text) - len(text.lstrip()), len(text))
    edit = summary.comment_of(Snapshot("", language, text), span, summary.Summary("Sets x."))
    assert edit is not None
    assert edit.applied(text) == comment + text


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("language", "head", "rest", "comment"),
    [
        ("python", "#!/usr/bin/env python\n# -*- coding: gbk -*-\n", "x = 1\n", "# Sets x.\n"),
        ("python", "\ufeff", "x = 1\n", "# Sets x.\n"),
        ("python", "\ufeff# vim: set fileencoding=gbk :\n", "x = 1\n", "# Sets x.\n"),
        ("javascript", "#!/usr/bin/env node\n", "x = 1;\n", "// Sets x.\n"),
        ("php", "<?php\n", "$x = 1;\n", "// Sets x.\n"),
        ("xml", '<?xml version="1.0"?>\n<!DOCTYPE a>\n', "<a/>\n", "<!-- Sets x. -->\n"),
        ("html", "<!DOCTYPE html>\n", "<p>x</p>\n", "<!-- Sets x. -->\n"),
        ("css", '@charset "utf-8";\n', "a {}\n", "/* Sets x. */\n"),
    ],
)
def test_what_must_stand_first_in_a_file_does(language: str, head: str, rest: str, comment: str, eol: str):
    text = (head + rest).replace("\n", eol)
    edit = summary.comment_of(Snapshot("", language, text), Span(0, len(text)), summary.Summary("Sets x."))
    assert edit is not None
    assert edit.applied(text) == (head + comment + rest).replace("\n", eol)


@pytest.mark.parametrize(
    ("marked", "language", "comment"),
    [
        ('x = 1\n¦q = """SELECT a\n  ‸FROM t\n"""\n', "python", "# Sets x.\n"),
        ("if (a) {\n¦  b(`one\n‸two`);\n}\n", "javascript", "  // Sets x.\n"),
        ("int a;\n¦/* one\n‸two */\n", "c", "// Sets x.\n"),
    ],
)
def test_a_summary_stands_above_the_string_it_is_asked_in(marked: str, language: str, comment: str):
    text = marked.replace("‸", "").replace("¦", "")
    at = marked.replace("¦", "").index("‸")
    edit = summary.comment_of(Snapshot("", language, text), Span(at, at + 3), summary.Summary("Sets x."))
    assert edit is not None
    assert edit.applied(text) == marked.replace("‸", "").replace("¦", comment)


@pytest.mark.parametrize(
    ("language", "text"),
    [("json", '{"a": 1}\n'), ("plaintext", "Dear all\n"), ("php", "<b>x</b>\n<?php echo 1;\n")],
)
def test_where_no_comment_can_be_none_is_written(language: str, text: str):
    assert summary.comment_of(Snapshot("", language, text), Span(0, 5), summary.Summary("Sets x.")) is None


@pytest.mark.model
@pytest.mark.parametrize("name", ["gemma", "smollm2"])
@pytest.mark.parametrize("tongue", ["en", "zh"])
def test_a_real_model_leaves_a_valid_docstring(name: str, tongue):
    with compose.loaded(Settings(model=str(gguf(name)))) as model:
        held = prose.Asking(model.engine, model.profile, CancelToken())
        snapshot = Snapshot("", "python", TEXT)
        (item,) = items.items_in(snapshot)
        manner = Manner("google", tongue)
        edit = write.edit_of(snapshot, item, manner, prose.prose_for(snapshot, item, manner, held))
        assert edit is not None
        whole = edit.applied(TEXT)
        ast.parse(whole)
        for part in ("user_id", "retries", "Returns:", "ValueError:"):
            assert part in whole
        (again,) = items.items_in(Snapshot("", "python", whole))
        assert write.edit_of(Snapshot("", "python", whole), again, manner) is None
        assert summary.summarise(snapshot, None, tongue, held).text
