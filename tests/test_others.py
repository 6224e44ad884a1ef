"""Other answers for who asks by hand where one is shown, over a real connection."""

import json
from collections.abc import Callable, Iterator

import pytest
from lsp_client import Client, place

ANSWERS = {
    "x = ": ["one()", "two()", "three()"],
    "y = ": ["same()", "same()", "same()"],
    "z = ": "z()",
}
Open = Callable[[str], "Document"]


class Document:
    """One line in the editor."""

    def __init__(self, client: Client, uri: str, line: str) -> None:
        self.client, self.uri, self._version = client, uri, 1
        client.open(uri, f"{line}\n")

    def texts(self, character: int = 4, kind: int = 2) -> list[str]:
        return [item["insertText"] for item in self.client.inline(self.uri, 0, character, kind)]

    def numbers(self, kind: int = 1) -> list[int]:
        return [item["command"]["arguments"][0] for item in self.client.inline(self.uri, 0, 4, kind)]

    def insert(self, character: int, text: str) -> None:
        self._version += 1
        at = {"line": 0, "character": character}
        change = {"range": {"start": at, "end": at}, "text": text}
        document = {"uri": self.uri, "version": self._version}
        self.client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    script = tmp_path_factory.mktemp("others") / "script.json"
    script.write_text(json.dumps({"answers": ANSWERS, "seconds": 0.05}), encoding="utf-8")
    with Client() as held:
        completion = {"debounceMs": 0, "prefetch": "off"}
        held.initialize(options={"engine": "scripted", "model": str(script), "completion": completion})
        yield held
        held.leave()


@pytest.fixture
def opened(client: Client, request: pytest.FixtureRequest) -> Open:
    """A file of the test's own with this one line."""
    return lambda line: Document(client, f"file:///work/{request.node.name}/a.py", line)


def test_by_hand_where_one_is_shown_others_are_made_and_kept_for_that_place(opened: Open):
    file = opened("x = ")
    assert file.texts() == ["one()"]
    assert file.texts(kind=1) == ["one()", "two()", "three()"]
    assert file.texts() == ["one()", "two()", "three()"]


def test_the_first_question_is_answered_at_once_even_by_hand(opened: Open):
    assert opened("x = ").texts(kind=1) == ["one()"]


def test_another_answer_can_be_typed_through(opened: Open):
    file = opened("x = ")
    file.texts()
    file.texts(kind=1)
    file.insert(4, "thr")
    assert file.texts(7) == ["ee()"]


@pytest.mark.parametrize(("name", "one"), [("y", "same()"), ("z", "z()")])
def test_a_model_that_says_the_same_again_gives_one(opened: Open, name: str, one: str):
    file = opened(f"{name} = ")
    file.texts()
    assert file.texts(kind=1) == [one]


def test_each_has_a_number_of_its_own(client: Client, opened: Open):
    file = opened("x = ")
    file.texts()
    numbers = file.numbers()
    assert len(set(numbers)) == 3
    part = {"command": "abacus.acceptPart", "arguments": [numbers[2], "word"]}
    assert client.request("workspace/executeCommand", part) == "three"


def test_typing_on_while_they_are_made_ends_it(client: Client, opened: Open):
    file = opened("x = ")
    assert file.texts() == ["one()"]
    asked = client.start("textDocument/inlineCompletion", place(file.uri, 0, 4, 1))
    file.insert(4, "o")
    assert file.texts(5) == ["ne()"]
    assert [item["insertText"] for item in client.result(asked)["items"]] == ["one()"]


def test_a_rejected_place_has_no_others_and_says_why(client: Client, opened: Open):
    file = opened("x = ")
    file.texts()
    first, *_ = file.numbers()
    client.notify("$/abacus/rejected", {"id": first})
    client.forget()
    assert file.texts() == []
    told = client.wait_for(lambda message: message["method"] == "$/abacus/status")
    assert told["params"]["reason"]["code"] == "rejected"
