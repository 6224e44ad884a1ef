"""The real server over standard input and output, with scripted answers: the protocol, without a model."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsp_client import Client, LspError, place

URI = "file:///work/shop/a.py"


def script(folder: Path, answers: dict[str, str], seconds: float = 0) -> dict[str, Any]:
    """Settings that make the server answer from a script."""
    file = folder / "script.json"
    file.write_text(json.dumps({"answers": answers, "seconds": seconds}), encoding="utf-8")
    return {"engine": "scripted", "model": str(file), "completion": {"debounceMs": 0}}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One server for the tests that need nothing special; each opens a document of its own."""
    answers = {
        "def f():\n": "    a = 1\n    b = 2\n    return a + b",
        "x = fo": "o()",
        "x = ba": "r()",
        "import numpy\n\nx = ": "numpy.zeros(3)",
        "": "1",
    }
    with Client() as client:
        client.initialize(options=script(tmp_path_factory.mktemp("shared"), answers))
        yield client
        assert client.leave() == 0


def inline(items: list[dict[str, Any]]) -> list[str]:
    return [item["insertText"] for item in items]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_an_inline_completion_at_the_right_place(tmp_path: Path, encoding: str) -> None:
    line = "总价 = '𠮷😀' + pri"
    with Client() as client:
        result = client.initialize(options=script(tmp_path, {"pri": "ce(单价)"}), encodings=[encoding])
        assert result["capabilities"]["positionEncoding"] == encoding
        assert result["capabilities"]["inlineCompletionProvider"] == {}
        client.open(URI, f"# 一行中文\r\n{line}\r\n")
        codec, width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[
            encoding
        ]
        column = len(line.encode(codec)) // width
        items = client.inline(URI, 1, column)
        assert inline(items) == ["ce(单价)"]
        assert items[0]["range"] == {
            "start": {"line": 1, "character": column},
            "end": {"line": 1, "character": column},
        }
        assert client.leave() == 0


@pytest.mark.slow
@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
def test_offered_text_has_the_files_own_line_ending(client: Client, eol: str) -> None:
    client.open(URI, f"def f():{eol}")
    assert inline(client.inline(URI, 1, 0)) == [f"    a = 1{eol}    b = 2{eol}    return a + b"]


def test_edits_are_seen(client: Client) -> None:
    client.open(URI, "x = fo\n")
    assert inline(client.inline(URI, 0, 6)) == ["o()"]
    change = {
        "range": {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 6}},
        "text": "ba",
    }
    client.notify(
        "textDocument/didChange", {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [change]}
    )
    assert inline(client.inline(URI, 0, 6)) == ["r()"]


def test_every_silence_has_a_reason(client: Client) -> None:
    client.open(URI, "value = some_name\n")
    client.forget()
    assert client.inline(URI, 0, 12) == []
    assert client.wait_status("ready")["reason"]["code"] == "mid-word"


@pytest.mark.slow
def test_messages_are_in_the_language_of_the_client(tmp_path: Path) -> None:
    options = {**script(tmp_path, {"": "x"}), "language": "zh"}
    with Client() as client:
        client.initialize(options=options)
        client.open(URI, "value = some_name\n")
        client.forget()
        client.inline(URI, 0, 12)
        assert client.wait_status("ready")["reason"]["message"] == "光标位于单词中间。"


@pytest.mark.slow
def test_a_newer_request_supersedes_and_both_are_answered_once(tmp_path: Path) -> None:
    with Client() as client:
        client.initialize(options=script(tmp_path, {"": "1"}, seconds=0.3))
        client.open(URI, "ab = \ncd = \n")
        first = client.start("textDocument/inlineCompletion", place(URI, 0, 5))
        second = client.start("textDocument/inlineCompletion", place(URI, 1, 5))
        assert client.result(first)["items"] == []
        assert inline(client.result(second)["items"]) == ["1"]
        assert sorted(client.answered) == [1, first, second]


@pytest.mark.slow
def test_a_cancelled_request_ends_with_the_protocols_error_and_the_next_is_served(tmp_path: Path) -> None:
    with Client() as client:
        client.initialize(options=script(tmp_path, {"": "1"}, seconds=0.3))
        client.open(URI, "ab = \n")
        number = client.start("textDocument/inlineCompletion", place(URI, 0, 5))
        client.notify("$/cancelRequest", {"id": number})
        with pytest.raises(LspError) as error:
            client.result(number)
        assert error.value.args[0]["code"] == -32800
        assert inline(client.inline(URI, 0, 5)) == ["1"]


@pytest.mark.slow
def test_the_same_place_asked_twice_is_one_run(tmp_path: Path) -> None:
    with Client() as client:
        options = script(tmp_path, {"": "1"}, seconds=0.2)
        options["completion"]["popup"] = True
        client.initialize(options=options)
        client.open(URI, "ab = \n")
        first = client.start("textDocument/inlineCompletion", place(URI, 0, 5))
        second = client.start("textDocument/completion", place(URI, 0, 5))
        assert inline(client.result(first)["items"]) == ["1"]
        assert client.result(second)["items"][0]["textEdit"]["newText"] == "1"


@pytest.mark.slow
def test_the_popup_replaces_the_word_being_typed(tmp_path: Path) -> None:
    with Client() as client:
        client.initialize(
            options=script(tmp_path, {"= cou": "nt_all(\n        rows,\n    )"}),
            capabilities={"textDocument": {}},
        )
        client.open(URI, "if x:\n    n = cou\n")
        answer = client.request("textDocument/completion", place(URI, 1, 11))
    [item] = answer["items"]
    assert answer["isIncomplete"] is True
    assert item["label"] == "count_all(…"
    assert item["filterText"] == "count_all("
    assert item["documentation"]["value"] == item["textEdit"]["newText"] == "count_all(\n        rows,\n    )"
    assert item["textEdit"]["range"] == {
        "start": {"line": 1, "character": 8},
        "end": {"line": 1, "character": 11},
    }


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_an_answer_goes_on_from_what_is_selected_in_the_popup(tmp_path: Path, encoding: str) -> None:
    head = "总价 = '𠮷😀' + "
    codec, width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding]
    start = len(head.encode(codec)) // width
    word = {"start": {"line": 0, "character": start}, "end": {"line": 0, "character": start + 2}}
    with Client() as client:
        client.initialize(
            options=script(tmp_path, {"+ price": "_of(a)", "+ pr": "int(b)"}), encodings=[encoding]
        )
        client.open(URI, f"{head}pr\n")
        asked = place(URI, 0, start + 2)
        for selected, text in (("price", "price_of(a)"), ("nothing", None)):
            asked["context"]["selectedCompletionInfo"] = {"range": word, "text": selected}
            items = client.request("textDocument/inlineCompletion", asked)["items"]
            assert inline(items) == ([text] if text else [])
            assert all(item["range"] == word for item in items)
        del asked["context"]["selectedCompletionInfo"]
        assert inline(client.request("textDocument/inlineCompletion", asked)["items"]) == ["int(b)"]


@pytest.mark.slow
def test_a_client_with_ghost_text_is_not_offered_the_same_twice(tmp_path: Path) -> None:
    with Client() as client:
        client.initialize(options=script(tmp_path, {"": "1"}))
        client.open(URI, "ab = \n")
        assert client.request("textDocument/completion", place(URI, 0, 5))["items"] == []


@pytest.mark.slow
def test_bad_settings_are_told_and_the_rest_is_used(tmp_path: Path) -> None:
    options = {**script(tmp_path, {"": "1"}), "completion.maxLines": -3, "modle": "x"}
    with Client() as client:
        client.initialize(options=options)
        log = [m["params"]["message"] for m in client.notifications if m["method"] == "window/logMessage"]
        assert any("abacus.completion.maxLines = -3" in line and ">= 1" in line for line in log)
        assert any("did you mean model?" in line for line in log)
        client.open(URI, "ab = \n")
        assert inline(client.inline(URI, 0, 5)) == ["1"]


@pytest.mark.slow
def test_configuration_is_pulled_and_changes_live(tmp_path: Path) -> None:
    with Client() as client:
        client.configuration = script(tmp_path, {"": "1"})
        client.initialize()
        client.open(URI, "ab = \n")
        assert inline(client.inline(URI, 0, 5)) == ["1"]
        client.configuration = {**client.configuration, "completion": {"enabled": False}}
        client.forget()
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        while client.inline(URI, 0, 5):
            pass  # the change arrives as soon as the server has asked for it
        client.wait_for(lambda message: message["params"].get("reason", {}).get("code") == "off")


@pytest.mark.slow
def test_before_the_model_is_ready_the_answer_is_empty(tmp_path: Path) -> None:
    with Client() as client:
        client.initialize(options=script(tmp_path, {"": "1"}), wait=False)
        client.open(URI, "ab = \n")
        first = client.inline(URI, 0, 5)
        client.wait_status("ready")
        assert first == [] or inline(first) == ["1"]
        assert inline(client.inline(URI, 0, 5)) == ["1"]


@pytest.mark.slow
def test_a_missing_model_is_told_and_the_server_lives(tmp_path: Path) -> None:
    with Client() as client:
        client.initialize(options={"model": str(tmp_path / "none.gguf")})
        status = client.wait_status("error")
        assert status["reason"]["code"] == "model-error"
        assert "none.gguf" in status["reason"]["message"]
        client.open(URI, "ab = \n")
        assert client.inline(URI, 0, 5) == []
        assert client.leave() == 0


@pytest.mark.parametrize(
    ("text", "line", "column", "code"),
    [
        ("x = 1\n", 99, 0, "ok"),
        ("x = 1\n", 0, 999, "ok"),
        ("\x00\x01\x02" * 50, 0, 3, "binary"),
        ("x = '" + "a" * 2_000_000, 0, 2_000_005, "file-too-large"),
    ],
)
def test_odd_documents_get_an_answer(client: Client, text: str, line: int, column: int, code: str) -> None:
    client.open(URI, text)
    client.forget()
    client.inline(URI, line, column)
    assert client.wait_status("ready")["reason"]["code"] == code
    client.open(URI, "ab = \n")
    assert inline(client.inline(URI, 0, 5)) == ["1"]


def test_a_document_that_is_not_open_gets_an_empty_answer(client: Client) -> None:
    assert client.inline("file:///nowhere.py", 0, 0) == []


def test_untitled_buffers_and_drive_letters_complete(client: Client) -> None:
    for uri in ("untitled:Untitled-1", "file:///c%3A/Users/%E5%BC%A0%E4%B8%89/a.py"):
        client.open(uri, "ab = \n")
        assert inline(client.inline(uri, 0, 5)) == ["1"]


@pytest.mark.slow
def test_a_file_deleted_while_open_still_completes(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("ab = \n", encoding="utf-8")
    with Client() as client:
        client.initialize(options=script(tmp_path, {"": "1"}), folder=tmp_path)
        client.open(file.as_uri(), "ab = \n")
        file.unlink()
        assert inline(client.inline(file.as_uri(), 0, 5)) == ["1"]


def test_notebook_cells_see_the_earlier_cells(client: Client) -> None:
    cells = [{"kind": 2, "document": f"cell:{n}"} for n in range(2)]
    texts = ["import numpy", "x = "]
    client.notify(
        "notebookDocument/didOpen",
        {
            "notebookDocument": {
                "uri": "file:///n.ipynb",
                "notebookType": "j",
                "version": 1,
                "cells": cells,
            },
            "cellTextDocuments": [
                {"uri": f"cell:{n}", "languageId": "python", "version": 1, "text": text}
                for n, text in enumerate(texts)
            ],
        },
    )
    assert inline(client.inline("cell:1", 0, 4)) == ["numpy.zeros(3)"]


@pytest.mark.slow
def test_the_server_leaves_with_its_client(tmp_path: Path) -> None:
    with Client() as client:
        client.initialize(options=script(tmp_path, {"": "1"}))
        assert client.hang_up() == 1


@pytest.mark.slow
def test_options_of_editors_are_accepted(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with Client(["--stdio", "--no-daemon", "--log-file", str(log), "--log-level", "info"]) as client:
        client.initialize(options=script(tmp_path, {"": "1"}))
        assert client.leave() == 0
    assert log.exists()


def test_initialize_is_answered_before_anything_is_loaded() -> None:
    with Client(env={"ABACUS_HOME": os.devnull}) as client:
        result = client.initialize(wait=False)
        assert result["serverInfo"]["name"] == "abacus-lsp"
        assert sys.version_info >= (3, 11)


@pytest.mark.slow
def test_without_a_model_a_download_is_offered_with_its_licence(tmp_path: Path) -> None:
    env = {
        "ABACUS_HOME": str(tmp_path),
        "HOME": str(tmp_path),
        "HF_HUB_CACHE": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
    }
    with Client(env=env) as client:
        client.initialize()
        assert client.wait_status("error")["reason"]["code"] == "no-model"
        question = client.asked("window/showMessageRequest")
        assert "gemma3-270m" in question["message"] or "Gemma 3 270M" in question["message"]
        assert "253 MB" in question["message"]
        assert "Gemma terms" in question["message"]
        assert [action["title"] for action in question["actions"]] == ["Download", "Not now"]
        opened = "file:///work/shop/structure.py"
        client.open(opened, 'def f(x):\n    """\n')  # only the structure, and the status says why
        (item,) = client.inline(opened, 1, 7)
        assert item["insertText"] == 'F.\n\n    Args:\n        x: The x.\n    """'
        client.open(URI, "ab = \n")
        assert client.inline(URI, 0, 5) == []


@pytest.mark.slow
def test_a_chinese_client_is_told_everything_in_chinese(tmp_path: Path) -> None:
    homes = ("ABACUS_HOME", "HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME")
    with Client(env={home: str(tmp_path) for home in homes} | {"LANG": "zh_CN.UTF-8"}) as client:
        client.initialize(options={"modle": "x"})
        told = client.wait_status("error")["reason"]["message"]
        question = client.asked("window/showMessageRequest")["message"]
        said = [m["params"] for m in client.notifications if m["method"] == "window/logMessage"]
        loads = [m["params"] for m in client.notifications if m["method"] == "$/abacus/status"]
    assert told.startswith("没有加载模型。")
    assert "Gemma 使用条款" in question
    assert "Use is subject" not in question
    for what, start in (("modle", "abacus 珠算：以下设置未被采用"), ("no-model", "no-model: 没有加载模型。")):
        (line,) = [one["message"] for one in said if what in one["message"]]
        assert line.startswith(start)
    assert {one["message"] for one in loads if "message" in one} == {"正在查找本机的模型"}


@pytest.mark.slow
def test_loading_shows_progress_to_clients_that_have_a_bar(tmp_path: Path) -> None:
    with Client() as client:
        client.initialize(
            options=script(tmp_path, {"": "1"}), capabilities={"window": {"workDoneProgress": True}}
        )
        client.wait_for(lambda m: m["method"] == "$/progress" and m["params"]["value"]["kind"] == "end")
        first = client.wait_for(lambda m: m["method"] == "$/progress")
        assert first["params"]["value"]["kind"] == "begin"
