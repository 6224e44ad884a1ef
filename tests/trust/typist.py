"""One client that edits one document and checks, after every message, that the server holds the same text."""

import random
from typing import Any

from lsp_client import Client, LspError, place
from trust.held import Held

CANCELLED = -32800


class Typist:
    """Edits `uri` in a running server.

    Attributes:
        edits: single changes that were sent.
        asked: requests for a completion; each has got exactly one answer once `settle` has returned.
    """

    def __init__(
        self, client: Client, encoding: str, uri: str, text: str = "", language: str = "python"
    ) -> None:
        self.client, self.uri, self._encoding, self._language = client, uri, encoding, language
        self.held = Held(text, encoding)
        self.edits = self.asked = 0
        self._open: dict[int, bool] = {}  # requests without an answer yet, and whether they were cancelled
        client.open(uri, text, language)

    def edit(self, chance: random.Random, most: int = 4) -> None:
        changes = [self.held.typed(chance) for _ in range(chance.randint(1, most))]
        self._tell(changes)

    def type(self, text: str) -> None:
        """At the end of the document."""
        end = len(self.held.text)
        self._tell([self.held.change(end, end, text)])

    def ask(self, chance: random.Random) -> None:
        self._ask(self.held.somewhere(chance), chance.choice((1, 2)))

    def ask_at_end(self) -> None:
        self._ask(len(self.held.text), 2)

    def _ask(self, offset: int, kind: int) -> None:
        at = self.held.position(offset)
        params = place(self.uri, at["line"], at["character"], kind)
        self._open[self.client.start("textDocument/inlineCompletion", params)] = False
        self.asked += 1

    def cancel(self, chance: random.Random) -> None:
        if self._open:
            number = chance.choice(list(self._open))
            self._open[number] = True
            self.client.notify("$/cancelRequest", {"id": number})

    def accept(self, chance: random.Random) -> None:
        """Ask, and take what is offered as an editor would: the range replaced, the item's command run."""
        at = self.held.position(self.held.somewhere(chance))
        self.asked += 1
        for item in self.client.inline(self.uri, at["line"], at["character"], 1):
            start, end = (self.held.offset(item["range"][side]) for side in ("start", "end"))
            self._tell([self.held.change(start, end, item["insertText"])])
            self.client.request("workspace/executeCommand", item["command"])

    def close(self) -> None:
        self.settle()
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})
        assert self.state() is None

    def reopen(self) -> None:
        self.close()
        self.held.version = 1
        self.client.open(self.uri, self.held.text, self._language)

    def check(self) -> None:
        """The server's text is the client's."""
        state = self.state()
        assert state == {
            "version": self.held.version,
            "characters": len(self.held.text),
            "sha256": self.held.digest,
        }, self.held.text

    def settle(self) -> None:
        """Every request that is open is answered: by a list, or by the protocol's error if it was cancelled."""
        for number, cancelled in self._open.items():
            try:
                fits = "items" in self.client.result(number, timeout=30)
            except LspError as error:
                fits = cancelled and error.args[0]["code"] == CANCELLED
            assert fits, number
        self._open.clear()

    def state(self) -> Any:
        params = {"command": "abacus.documentState", "arguments": [self.uri]}
        return self.client.request("workspace/executeCommand", params)

    def _tell(self, changes: list[dict[str, Any]]) -> None:
        self.held.version += 1
        self.edits += len(changes)
        document = {"uri": self.uri, "version": self.held.version}
        self.client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})
