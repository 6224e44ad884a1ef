"""The server's text is the client's, whatever is typed, asked, cancelled, accepted, closed and configured meanwhile."""

import json
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from lsp_client import Client
from trust.held import PIECES, UNITS
from trust.length import many
from trust.typist import Typist

pytestmark = [pytest.mark.slow, pytest.mark.trust]

LANGUAGES = ("python", "javascript", "go", "markdown", "plaintext")
CONFIGURATIONS = (
    {"completion": {"enabled": False}},
    {"completion": {"enabled": True, "maxLines": 1}},
    {"completion": {"maxLines": "many"}, "nonsense": 1},
    {"context": {"workspace": False}},
    "not settings at all",
    None,
)


@pytest.fixture(scope="module", params=UNITS)
def served(request, tmp_path_factory) -> Iterator[tuple[Client, str]]:
    """A server that writes something at every place, and the unit of columns that was agreed upon."""
    script = tmp_path_factory.mktemp("script") / "answers.json"
    script.write_text(
        json.dumps({"answers": {"": "total = sum(价格)\n    return total\n"}}), encoding="utf-8"
    )
    with Client() as client:
        options = {"engine": "scripted", "model": str(script), "completion": {"debounceMs": 0}}
        client.initialize(encodings=[request.param], options=options)
        yield client, request.param
        assert client.leave() == 0
        assert "Traceback" not in client.stderr
        assert len(client.answered) == len(set(client.answered))


class Editor(RuleBasedStateMachine):
    """What an editor may do, in any order; `check` after each step."""

    def __init__(self, client: Client, encoding: str, number: int) -> None:
        super().__init__()
        language = LANGUAGES[number % len(LANGUAGES)]
        self.typist = Typist(client, encoding, f"file:///work/{encoding}/{number}.x", "价 = 1\n", language)
        self.client = client

    @rule(seed=st.integers(0, 2**32), most=st.integers(1, 4))
    def edit(self, seed: int, most: int) -> None:
        self.typist.edit(random.Random(seed), most)

    @rule(text=st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
    def replace(self, text: str) -> None:
        held = self.typist.held
        held.version += 1
        held.text = text
        document = {"uri": self.typist.uri, "version": held.version}
        self.client.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]}
        )

    @rule(seed=st.integers(0, 2**32))
    def ask(self, seed: int) -> None:
        self.typist.ask(random.Random(seed))

    @rule(seed=st.integers(0, 2**32))
    def cancel(self, seed: int) -> None:
        self.typist.cancel(random.Random(seed))

    @rule(seed=st.integers(0, 2**32))
    def accept(self, seed: int) -> None:
        self.typist.accept(random.Random(seed))

    @rule()
    def reopen(self) -> None:
        self.typist.reopen()

    @rule(held=st.sampled_from(CONFIGURATIONS))
    def configure(self, held: object) -> None:
        self.client.notify("workspace/didChangeConfiguration", {"settings": {"abacus": held}})

    @invariant()
    def same_text(self) -> None:
        self.typist.check()

    def teardown(self) -> None:
        self.typist.close()


def test_any_order_of_an_editors_doings(served) -> None:
    client, encoding = served
    numbers = iter(range(1_000_000))
    run_state_machine_as_test(
        lambda: Editor(client, encoding, next(numbers)),
        settings=settings(
            max_examples=many(8, 150),
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def test_a_storm_of_edits(served, record_property) -> None:
    client, encoding = served
    client.notify(
        "workspace/didChangeConfiguration", {"settings": {"abacus": {"completion": {"enabled": True}}}}
    )
    chance = random.Random(f"storm {encoding}")
    wanted, edits, asked = many(1_000, 35_000), 0, 0
    for number in range(1_000_000):
        typist = Typist(client, encoding, f"file:///work/storm/{encoding}/{number}.py", "x = '价'\r\n")
        for _ in range(400):
            typist.edit(chance)
            if chance.random() < 0.1:
                typist.ask(chance)
            if chance.random() < 0.03:
                typist.cancel(chance)
            typist.check()
        typist.close()
        client.forget()
        edits, asked = edits + typist.edits, asked + typist.asked
        if edits >= wanted:
            break
    record_property("edits", edits)
    record_property("asked", asked)
    print(f"{encoding}: {edits} edits, {asked} completions asked, 0 divergences")
