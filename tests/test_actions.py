"""Code actions over a real connection: what is offered, what is written, what happens when the text moves on."""

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsp_client import Client, LspError

URI = "file:///tmp/a.py"
TEXT = "# 一\nx = '𠮷'; y = 1\n\ndef f(a, b=1):\n    return a\n"
EDITS = {
    "textDocument": {"inlineCompletion": {"dynamicRegistration": False}},
    "workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}},
}


pytestmark = pytest.mark.slow  # a server for each test


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A model that says one useful sentence; slowly enough to type meanwhile."""
    path = tmp_path / "script.json"
    path.write_text(json.dumps({"answers": {"": " 读取用户的信息。"}, "seconds": 0.05}), encoding="utf-8")
    return path


@pytest.fixture
def client(script: Path) -> Iterator[Client]:
    with Client(env={"LANG": "zh_CN.UTF-8"}) as held:
        options = {"engine": "scripted", "model": str(script), "context": {"workspace": False}}
        held.initialize(options=options, capabilities=EDITS)
        yield held
        held.leave()


def actions(client: Client, uri: str, line: int, **context: Any) -> list[dict[str, Any]]:
    place = {"line": line, "character": 0}
    params = {"textDocument": {"uri": uri}, "range": {"start": place, "end": place}}
    return client.request("textDocument/codeAction", {**params, "context": {"diagnostics": [], **context}})


def run(client: Client, action: dict[str, Any]) -> Any:
    return client.request(
        "workspace/executeCommand", {key: action["command"][key] for key in ("command", "arguments")}
    )


def test_a_docstring_is_offered_and_written_at_its_version(client: Client):
    client.open(URI, TEXT)
    offered = actions(client, URI, 3)
    assert [each["title"] for each in offered] == ["生成文档字符串", "生成代码摘要", "生成代码摘要并插入注释"]
    client.start(
        "workspace/executeCommand", {key: offered[0]["command"][key] for key in ("command", "arguments")}
    )
    asked = client.asked("workspace/applyEdit")["edit"]["documentChanges"]
    assert asked[0]["textDocument"] == {"uri": URI, "version": 1}
    (edit,) = asked[0]["edits"]
    assert edit["range"] == {"start": {"line": 3, "character": 14}, "end": {"line": 3, "character": 14}}
    assert edit["newText"].startswith('\n    """读取用户的信息。\n\n    Args:\n        a: 参数 a')


def test_outside_python_it_is_called_a_comment_and_a_complete_one_is_not_offered(client: Client):
    client.open("file:///tmp/a.go", "package p\n\nfunc F(a int) {}\n\n// G does it.\nfunc G() {}\n", "go")
    assert actions(client, "file:///tmp/a.go", 2)[0]["title"] == "生成文档注释"
    assert "文档" not in actions(client, "file:///tmp/a.go", 5)[0]["title"]
    assert actions(client, "file:///tmp/a.go", 2, only=["quickfix"]) == []


def test_text_that_changed_meanwhile_is_not_lost(client: Client):
    client.open(URI, TEXT)
    offered = actions(client, URI, 3)
    client.start(
        "workspace/executeCommand", {key: offered[0]["command"][key] for key in ("command", "arguments")}
    )
    start = {"line": 0, "character": 0}
    change = {"range": {"start": start, "end": start}, "text": "# new line\n"}
    document = {"uri": URI, "version": 2}
    client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
    asked = client.asked("workspace/applyEdit")["edit"]["documentChanges"][0]
    # Whichever came first, the edit fits the version it names.
    line = asked["edits"][0]["range"]["start"]["line"]
    assert (asked["textDocument"]["version"], line) in ((1, 3), (2, 4))


def test_a_summary_is_shown(client: Client):
    client.open(URI, TEXT)
    action = actions(client, URI, 3)[1]
    assert run(client, action) == "这段代码读取用户的信息。"
    shown = client.wait_for(lambda message: message["method"] == "window/showMessage")
    assert shown["params"]["message"] == "这段代码读取用户的信息。"


def test_a_comment_is_offered_and_written_only_where_there_are_comments(client: Client):
    client.open("file:///tmp/a.txt", "Dear all\n", "plaintext")
    assert [one["title"] for one in actions(client, "file:///tmp/a.txt", 0)] == ["生成代码摘要"]
    client.open("file:///tmp/a.php", "<b>x</b>\n<?php echo 1;\n", "php")
    assert not run(client, actions(client, "file:///tmp/a.php", 0)[-1])
    said = [m["params"]["message"] for m in client.notifications if m["method"] == "window/showMessage"]
    assert said[-1].startswith("abacus 珠算：此处的注释不会")


def test_without_a_model_the_structure_is_written_and_said_so(tmp_path: Path):
    with Client(env={"LANG": "en_US.UTF-8", "ABACUS_HOME": str(tmp_path)}) as client:
        client.initialize(
            options={"engine": "scripted", "model": str(tmp_path / "none.json")}, capabilities=EDITS
        )
        client.open(URI, "def f(a):\n    return a\n")
        offered = actions(client, URI, 0)
        assert offered[0]["title"] == "Write docstring"
        where = {key: offered[0]["command"][key] for key in ("command", "arguments")}
        client.start("workspace/executeCommand", where)
        edit = client.asked("workspace/applyEdit")["edit"]["documentChanges"][0]["edits"][0]
        assert edit["newText"].startswith('\n    """F.\n\n    Args:\n        a: The a.')
        said = client.wait_for(lambda message: message["method"] == "window/showMessage")
        assert "only the structure" in said["params"]["message"]


@pytest.mark.parametrize(
    "where", [[], [{}], [{"uri": "file:///nowhere.py"}], [{"uri": URI, "offset": 10**9}]]
)
def test_a_wrong_place_does_no_harm(client: Client, where: list[Any]):
    client.open(URI, "")
    for command in ("abacus.document", "abacus.summarise"):
        number = client.start("workspace/executeCommand", {"command": command, "arguments": where})
        with contextlib.nullcontext() if where else pytest.raises(LspError):
            client.result(number)
    assert client.inline(URI, 0, 0) is not None


def test_the_editor_leaves_while_a_summary_is_written(tmp_path: Path):
    script = tmp_path / "slow.json"
    script.write_text(json.dumps({"answers": {"": "Adds."}, "seconds": 600}), encoding="utf-8")
    with Client(env={"ABACUS_HOME": str(tmp_path)}) as client:
        client.initialize(options={"engine": "scripted", "model": str(script)})
        client.wait_status("ready")
        client.open(URI, "def f(a):\n    return a\n")
        (action,) = (one for one in actions(client, URI, 0) if one["title"] == "Summarise")
        where = {key: action["command"][key] for key in ("command", "arguments")}
        client.start("workspace/executeCommand", where)
        assert client.leave() == 0


@pytest.mark.parametrize(
    ("name", "opened", "entered", "after"),
    [
        ("enter.js", "/**", "\n * ‸\n */", "\nfunction f(a) {}\n"),
        ("open.js", "/**", "\n * ‸", "\nfunction f(a) {}\n"),
        ("enter.rs", "///", "\n/// ‸", "\nfn f(a: u8) {}\n"),
        ("Enter.java", "/**", "\n * ‸\n */", "\nrecord F(int a) {}\n"),
    ],
)
def test_a_docstring_is_offered_behind_the_line_break(
    client: Client, name: str, opened: str, entered: str, after: str
):
    """Asked behind the mark first, as editors do: what was offered there must not be gone on with wrongly."""
    uri, language = f"file:///tmp/{name}", {"js": "javascript", "rs": "rust"}.get(name[-2:], "java")
    client.open(uri, opened + after, language)
    assert client.inline(uri, 0, len(opened))
    place = {"line": 0, "character": len(opened)}
    change = {"range": {"start": place, "end": place}, "text": entered.replace("‸", "")}
    document = {"uri": uri, "version": 2}
    client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
    head, tail = entered.split("‸")
    (item,) = client.inline(uri, 1, len(head) - 1)
    whole = opened + head + item["insertText"] + tail + after
    comment = whole[: whole.index(after)]
    assert re.search("\\ba\\b", comment)
    assert comment.count("*/") == (1 if opened == "/**" else 0)
    assert all(line.lstrip()[:1] in ("*", "/") for line in comment.splitlines())


def test_a_docstring_is_offered_while_typing(client: Client):
    client.open(URI, 'def f(a):\n    """\n    return a\n')
    (item,) = client.inline(URI, 1, 7)
    assert re.search("[\u4e00-\u9fff]", item["insertText"]), (
        "the client is Chinese, and the file says nothing"
    )
    assert item["insertText"].endswith('"""')
