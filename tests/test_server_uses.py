"""What a client can tell and ask about the answers, over the wire."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from lsp_client import INLINE, Client

from abacus_lsp.ledger import read, summarise

URI = "file:///a.py"


pytestmark = pytest.mark.slow  # a server for each test


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    script = tmp_path / "script.json"
    script.write_text(
        json.dumps({"answers": {"total = ": "sum(values)", "甲 = ": '"结果，返回"', "foo": "(bar) + 1"}}),
        encoding="utf-8",
    )
    completion = {"debounceMs": 0, "prefetch": "off", "report": True}
    with Client(env={"ABACUS_HOME": str(tmp_path)}) as client:
        client.initialize(
            options={"model": str(script), "engine": "scripted", "completion": completion},
            capabilities=INLINE | {"window": {"showDocument": {"support": True}}},
        )
        client.open(URI, "total = \n甲 = \nlast = \n")
        yield client


def command(client: Client, name: str, *arguments: object) -> Any:
    return client.request("workspace/executeCommand", {"command": name, "arguments": list(arguments)})


def number(item: dict[str, Any]) -> int:
    assert item["command"]["command"] == "abacus.accepted"
    return item["command"]["arguments"][0]


def test_the_fate_of_an_answer_is_kept(client: Client, tmp_path: Path) -> None:
    (item,) = client.inline(URI, 0, 8)
    client.notify("$/abacus/shown", {"id": number(item)})
    command(client, "abacus.accepted", number(item))
    told = summarise(read(tmp_path / "statistics", 0))
    assert (told.offered, told.shown, told.accepted, told.saved) == (1, 1, 1, len("sum(values)"))
    assert "sum" not in next((tmp_path / "statistics").iterdir()).read_text()
    events = list(read(tmp_path / "statistics", 0))
    assert [event["event"] for event in events] == ["answered", "shown", "accepted"]
    assert len({event["id"] for event in events}) == 1
    assert events[0]["mean"] == pytest.approx(-0.1)


@pytest.mark.parametrize(
    ("line", "unit", "part"),
    [(0, "word", "sum"), (0, "line", "sum(values)"), (0, "statement", "sum(values)"), (1, "word", '"')],
)
def test_a_part_of_an_answer(client: Client, line: int, unit: str, part: str) -> None:
    (item,) = client.inline(URI, line, 8 if line == 0 else 4)
    edit = command(client, "abacus.acceptPart", number(item), unit)
    assert edit["newText"] == part
    whole = item["range"]
    assert edit["range"] == (whole if part == item["insertText"] else {**whole, "end": whole["start"]})


def test_a_part_that_brings_a_closer_replaces_the_one_that_is_there(client: Client) -> None:
    """The user types "(" and the editor puts ")" behind it: accepted word by word, there is one of them at the end."""
    line, versions = 3, count(2)

    def write(text: str, start: int, end: int) -> None:
        place = {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}
        document = {"uri": URI, "version": next(versions)}
        change = {"range": place, "text": text}
        client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    write("foo", 0, 0)
    assert client.inline(URI, line, 3)[0]["insertText"] == "(bar) + 1"
    write("()", 3, 3)
    text, at, taken = "foo()", 4, []
    while items := client.inline(URI, line, at):
        edit = command(client, "abacus.acceptPart", number(items[0]), "word")
        start, end = (edit["range"][side]["character"] for side in ("start", "end"))
        assert start == at
        taken.append(edit["newText"])
        write(edit["newText"], start, end)
        text, at = text[:start] + edit["newText"] + text[end:], start + len(edit["newText"])
    assert text == "foo(bar) + 1"
    assert len(taken) > 2


def test_no_part_where_there_is_none_or_something_else_stands_there(client: Client) -> None:
    (item,) = client.inline(URI, 0, 8)
    assert command(client, "abacus.acceptPart", number(item), "odd") is None
    assert command(client, "abacus.acceptPart", 9999, "word") is None
    put = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "x"}
    document = {"uri": URI, "version": 2}
    client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [put]})
    assert command(client, "abacus.acceptPart", number(item), "word") is None


def test_a_rejected_text_does_not_come_back_at_that_place(client: Client) -> None:
    (item,) = client.inline(URI, 0, 8)
    client.notify("$/abacus/rejected", {"id": number(item)})
    assert client.inline(URI, 0, 8) == []
    assert client.wait_for(lambda m: m["method"] == "$/abacus/answered" and "rejected" in str(m))
    assert client.inline(URI, 0, 8, kind=1)[0]["insertText"] == "sum(values)"


def test_snoozed_only_explicit_requests_are_answered(client: Client) -> None:
    command(client, "abacus.snooze", 5)
    assert client.inline(URI, 0, 8) == []
    assert client.inline(URI, 0, 8, kind=1)
    command(client, "abacus.snooze", 0)
    assert client.inline(URI, 0, 8)


def test_the_last_answer_and_its_prompt_are_explained(client: Client) -> None:
    assert command(client, "abacus.explainLast") == {}
    client.inline(URI, 0, 8)
    told = command(client, "abacus.explainLast")
    assert told["reason"]["code"] == "ok"
    assert told["tokens"]["generated"]
    page = command(client, "abacus.showPrompt")
    assert "total =" in page
    asked = client.asked("window/showDocument")
    assert asked["uri"].endswith("prompt.txt")
    client.inline(URI, 2, 7)
    assert command(client, "abacus.explainLast")["reason"]["code"] == "empty-answer"


def test_every_answer_is_reported_on_request(client: Client) -> None:
    client.inline(URI, 0, 8)
    report = client.wait_for(lambda m: m["method"] == "$/abacus/answered")["params"]
    assert (report["source"], report["reason"]["code"]) == ("model", "ok")
    assert report["position"] == {"line": 0, "character": 8}
    client.forget()
    client.inline(URI, 0, 8)
    assert client.wait_for(lambda m: m["method"] == "$/abacus/answered")["params"]["source"] == "reuse"


@pytest.mark.parametrize("params", [{}, {"id": "x"}, {"id": 99}, None])
def test_odd_notifications_do_no_harm(client: Client, params: object) -> None:
    client.notify("$/abacus/shown", params)
    client.notify("$/abacus/rejected", params)
    assert client.inline(URI, 0, 8)


@pytest.mark.parametrize(
    "params",
    [
        {"textDocument": {"uri": URI}, "position": {"line": 1, "character": 2}},
        {"textDocument": 3},
        None,
        {"position": "x"},
    ],
)
def test_a_client_may_say_where_its_cursor_rests(client: Client, params: object) -> None:
    client.notify("$/abacus/cursor", params)
    assert client.inline(URI, 0, 8)
