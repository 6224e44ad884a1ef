"""What the typist sees: for every state of the text, which offered text became visible, when, and at what cost.

Knows times and texts. Must not know how a client gets its answers. A state is one text with one cursor; with
every key a new state begins, and nothing is visible until the client shows something for that state (an editor
that hides its ghost text at every key, as Neovim does: what is typed along must be shown again).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Source = Literal["model", "reuse", "in-flight", "prefetch", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Edit:
    """`removed` characters from `start` on (code points) give way to `text`."""

    start: int
    removed: int
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One state of the text, with its cursor (code points)."""

    uri: str
    path: str
    language: str
    text: str
    cursor: int
    version: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer took, as far as the client knows: tokens, and milliseconds inside the server.

    `near`: it was written from less context than the client would have liked to give.
    """

    reused: int | None = None
    prefilled: int | None = None
    generated: int | None = None
    server_ms: float | None = None
    reason: str = ""
    near: bool = False


@dataclass(slots=True)
class View:
    """One state as the typist saw it. Times are seconds of the clock that the screen was given.

    Attributes:
        began: when the key was pressed.
        text: what was visible at last; "" for none.
        shown: when the first of it was.
        settled: when the client was done with this state: a text is visible, or it is known that none will come.
        source: where the text came from.
        costs: of every answer that the client got for this state.
    """

    began: float
    text: str = ""
    shown: float | None = None
    settled: float | None = None
    source: Source = "unknown"
    costs: tuple[Cost, ...] = ()


class Screen:
    """The views of one replay, by version. Clients call `show`, `silent`, `cost`; the typist the rest."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.version = 0
        self.views: dict[int, View] = {}
        self._news = asyncio.Event()

    def begin(self, version: int) -> View:
        """A new state: nothing is visible."""
        self.version = version
        view = self.views[version] = View(self.clock())
        self._news = asyncio.Event()
        return view

    def show(self, version: int, text: str, source: Source) -> bool:
        """A text for this state. Too late for the typist if another state has begun: False.

        A text that is visible gives way only to one that goes on where it ends.
        """
        if not text:
            self.silent(version)
            return False
        view = self.views[version]
        if version != self.version:
            return False
        if view.shown is None:
            view.text, view.shown = text, self.clock()
            if source != "unknown" or view.source == "none":
                view.source = source
            view.settled = view.settled if view.settled is not None else view.shown
        elif text.startswith(view.text):
            view.text = text
        self._news.set()
        return True

    def silent(self, version: int) -> None:
        """No text will come for this state (unless the client thinks again)."""
        if version == self.version:
            view = self.views[version]
            view.settled = view.settled if view.settled is not None else self.clock()
            self._news.set()

    def cost(self, version: int, cost: Cost, source: Source = "unknown") -> None:
        """What an answer for this state took; it may become known before the text or after it."""
        view = self.views.get(version)
        if view is not None:
            view.costs = (*view.costs, cost)
            # What is visible stays what it was, whatever a later answer for this state came from.
            if source != "unknown" and (view.shown is None or view.source == "unknown"):
                view.source = source

    async def settled(self, patience: float) -> None:
        """Wait until the client is done with the current state, at most `patience` seconds."""
        if self.views[self.version].settled is None:
            try:
                await asyncio.wait_for(self._news.wait(), max(patience, 0))
            except TimeoutError:
                return
