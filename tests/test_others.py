"""Other answers for who asks by hand where one is shown, over a real connection."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lsp_client import Client, place

URI = "file:///work/shop/a.py"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    script = tmp_path / "script.json"
    answers = {"x = ": ["one()", "two()", "three()"], "y = ": ["same()", "same()", "same()"], "z = ": "z()"}
    script.write_text(json.dumps({"answers": answers}), encoding="utf-8")
    with Client() as held:
        completion = {"debounceMs": 0, "prefetch": "off"}
        held.initialize(options={"engine": "scripted", "model": str(script), "completion": completion})
        yield held
        held.leave()


def texts(client: Client, character: int = 4, kind: int = 2, line: int = 0) -> list[str]:
    return [item["insertText"] for item in client.inline(URI, line, character, kind)]


def insert(client: Client, version: int, character: int, text: str) -> None:
    at = {"line": 0, "character": character}
    change = {"range": {"start": at, "end": at}, "text": text}
    document = {"uri": URI, "version": version}
    client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})


def test_by_hand_where_one_is_shown_others_are_made_and_kept_for_that_place(client: Client):
    client.open(URI, "x = \n")
    assert texts(client) == ["one()"]
    assert texts(client, kind=1) == ["one()", "two()", "three()"]
    assert texts(client) == ["one()", "two()", "three()"]


def test_the_first_question_is_answered_at_once_even_by_hand(client: Client):
    client.open(URI, "x = \n")
    assert texts(client, kind=1) == ["one()"]


def test_another_answer_can_be_typed_through(client: Client):
    client.open(URI, "x = \n")
    texts(client)
    texts(client, kind=1)
    insert(client, 2, 4, "thr")
    assert texts(client, 7) == ["ee()"]


@pytest.mark.parametrize(("name", "one"), [("y", "same()"), ("z", "z()")])
def test_a_model_that_says_the_same_again_gives_one(client: Client, name: str, one: str):
    client.open(URI, f"{name} = \n")
    texts(client)
    assert texts(client, kind=1) == [one]


def test_each_has_a_number_of_its_own(client: Client):
    client.open(URI, "x = \n")
    texts(client)
    items = client.inline(URI, 0, 4, 1)
    numbers = [item["command"]["arguments"][0] for item in items]
    assert len(set(numbers)) == 3
    part = client.request(
        "workspace/executeCommand", {"command": "abacus.acceptPart", "arguments": [numbers[2], "word"]}
    )
    assert part == "three"


def test_a_rejected_place_has_no_others(client: Client):
    client.open(URI, "x = \n")
    texts(client)
    items = client.inline(URI, 0, 4, 1)
    client.notify("$/abacus/rejected", {"id": items[0]["command"]["arguments"][0]})
    assert texts(client) == []


def test_typing_on_while_they_are_made_ends_it(client: Client, tmp_path: Path):
    script = tmp_path / "slow.json"
    script.write_text(
        json.dumps({"answers": {"x = ": ["one()", "two()"], "x = o": "dd"}, "seconds": 0.2}), "utf-8"
    )
    client.configuration = None
    client.notify(
        "workspace/didChangeConfiguration",
        {"settings": {"abacus": {"engine": "scripted", "model": str(script)}}},
    )
    client.open(URI, "x = \n")
    client.wait_status("ready")
    assert texts(client) == ["one()"]
    asked = client.start("textDocument/inlineCompletion", place(URI, 0, 4, 1))
    insert(client, 2, 4, "o")
    assert texts(client, 5) == ["ne()"]
    assert [item["insertText"] for item in client.result(asked)["items"]] == ["one()"]
