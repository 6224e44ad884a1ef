"""The typist: performs a trace in real time and accepts what is offered when it is what comes next.

Knows the true text, the clock and the screen. Must not know which client it is typing into. The loop is closed:
an accepted text is not typed, and a typist who looks (a pause where text is due) waits for the answer.

The words used in every report, the same for every client:

- *visible text*: a text that a client shows for the text and cursor as they are; every key hides it.
- *pause*: 500 ms or more that the trace leaves before a key. *Text is due* where the rest of the line is still to
  be typed. At a pause where text is due the typist *looks*: goes on when the pause is over and the client has
  answered (with a text or with none), but waits 10 s at most.
- *wait*: at a look, the time from the last key to the answer, summed over the trace.
- *accepted*: what was visible for 250 ms when the next key is due, and agrees: all of it, else its first line,
  else its first word (4 characters or more). Typing a text along does not interrupt its being visible.
- *wrong*: a text that was visible for 250 ms and of which not even the first word is what comes next. One text
  counts once, however long it is typed along.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from abacus_lsp import languages
from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.typing.rhythm import PAUSE_MS
from abacus_lsp.evaluation.typing.screen import Document, Edit, Screen, View
from abacus_lsp.evaluation.typing.traces import Kind, Step, Stroke, Trace

GLANCE_MS: Final = 250
PATIENCE_S: Final = 10.0
_LEAST_WORD: Final = 4
_FIRST_GAP_MS: Final = 1500.0  # a file was opened: the typist finds the place

Accept = Literal["", "all", "line", "word"]
Action = Kind | Literal["open", "accept"]


class Client(Protocol):
    """What shows texts to the typist, on `screen`.

    Attributes:
        name: in reports.
        cancelled: requests whose answer came, or would have come, too late.
        failed: why it cannot go on.
    """

    name: str
    screen: Screen
    cancelled: int
    failed: CannotMeasure | None

    @property
    def pid(self) -> int:
        """The process whose memory and CPU time count, with its children; 0: none."""
        ...

    async def open(self, document: Document) -> None:
        """A file was opened; its state has begun."""
        ...

    async def changed(self, before: Document, after: Document, edit: Edit | None, *, accepted: bool) -> None:
        """A key was pressed (no edit: the cursor moved); the state of `after` has begun. Returns at once."""
        ...

    async def close(self, document: Document) -> None:
        """The file was closed; work for it ends."""
        ...


@dataclass(frozen=True, slots=True)
class Moment:
    """One state: the key that led to it, what was seen, and how it ended.

    Attributes:
        action: the key.
        same_line: it added to a line on which the typist was typing already.
        gap_ms: how long the trace leaves it alone.
        due: whether text is due here.
        clean: whether the text is free of slips.
        view: what was seen.
        until: seconds on the screen's clock when the next key came.
        planned: the same if the typist had not waited.
        accepted: what was taken of the visible text.
        saved: keys that this saved, the accepting key taken off.
        wrong: a new text was seen and was of no use.
        seen_s: how long the visible text had been seen at the end, typing along included.
    """

    action: Action
    same_line: bool
    gap_ms: float
    due: bool
    clean: bool
    view: View
    until: float
    planned: float
    accepted: Accept = ""
    saved: int = 0
    wrong: bool = False
    seen_s: float = 0.0

    @property
    def look(self) -> bool:
        """Whether the typist waits here for an answer."""
        return self.gap_ms >= PAUSE_MS and self.due and self.clean


def agreement(text: str, rest: str) -> tuple[Accept, str]:
    """How much of an offered text is what comes next, and that part."""
    if len(text) > 1 and rest.startswith(text):
        return "all", text
    line = text.split("\n", 1)[0].rstrip()
    if len(line) > 1 and rest.startswith(line):
        return "line", line
    word = first_word(text)
    if len(word.strip()) >= _LEAST_WORD and rest.startswith(word):
        return "word", word
    return "", ""


def first_word(text: str) -> str:
    """Up to the first blank behind something; blanks and line ends in front belong to it."""
    start = len(text) - len(text.lstrip())
    return text[:start] + (text[start:].split() or [""])[0]


class Replay:
    """One trace typed into one client."""

    def __init__(self, trace: Trace, client: Client, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._trace = trace
        self._client = client
        self._screen = client.screen
        self._sleep = sleep
        self.moments: list[Moment] = []
        self._done = 0
        self._promise = ""  # the whole of the text typed and offered, as long as it is typed along
        self._since = 0.0
        self._judged = False  # whether that text has been found right or wrong
        language = languages.by_path(trace.path).id
        version = self._screen.version + 1
        head = trace.head
        self.document = Document(
            trace.path.as_uri(), str(trace.path), language, head + trace.tail, len(head), version
        )

    async def run(self) -> list[Moment]:
        """Type it all; the text is then the file's own."""
        self._screen.begin(self.document.version)
        await self._client.open(self.document)
        action: Action = "open"
        passed: Stroke | None = None
        while (stroke := self._next(passed)) is not None:
            passed = None
            gap = stroke.gap_ms if self.moments else max(stroke.gap_ms, _FIRST_GAP_MS)
            kind, part = await self._until(action, gap, clean=True)
            if kind:
                await self._accept(part)
                action = "accept"
                continue
            action = await self._perform(stroke)
            if stroke.end == stroke.start:
                passed = stroke
        await self._until(action, PAUSE_MS, clean=True)
        await self._client.close(self.document)
        return self.moments

    def _next(self, passed: Stroke | None) -> Stroke | None:
        """The stroke at the place reached: jumps first, and each once."""
        strokes = self._trace.strokes
        for number, stroke in enumerate(strokes):
            if stroke is passed:
                return strokes[number + 1] if number + 1 < len(strokes) else None
            if stroke.start == stroke.end == self._done and passed is None:
                return stroke
        return self._trace.from_place(self._done)

    async def _perform(self, stroke: Stroke) -> Action:
        """Every key of a stroke; all but the last state are over here. Returns the last key's kind."""
        for number, step in enumerate(stroke.steps):
            if number:
                await self._until(stroke.steps[number - 1].kind, step.gap_ms, clean=False)
            await self._press(step)
        self._done = stroke.end
        return stroke.steps[-1].kind

    async def _press(self, step: Step) -> None:
        cursor = self.document.cursor
        if step.kind in ("jump", "return"):
            target = step.target if step.kind == "jump" else len(self._trace.head) + self._done
            await self._become(self.document.text, target, None)
            return
        await self._edit(Edit(cursor - step.delete, step.delete, step.insert))

    async def _accept(self, part: str) -> None:
        await self._edit(Edit(self.document.cursor, 0, part), accepted=True)
        self._done += len(part)

    async def _edit(self, edit: Edit, *, accepted: bool = False) -> None:
        text = self.document.text
        after = text[: edit.start] + edit.text + text[edit.start + edit.removed :]
        await self._become(after, edit.start + len(edit.text), edit, accepted=accepted)

    async def _become(self, text: str, cursor: int, edit: Edit | None, *, accepted: bool = False) -> None:
        before = self.document
        self.document = Document(before.uri, before.path, before.language, text, cursor, before.version + 1)
        self._screen.begin(self.document.version)
        await self._client.changed(before, self.document, edit, accepted=accepted)

    async def _until(self, action: Action, gap_ms: float, *, clean: bool) -> tuple[Accept, str]:
        """Live through a state until the next key; what is accepted of the text that is visible then."""
        screen, view = self._screen, self._screen.views[self.document.version]
        planned = view.began + gap_ms / 1000
        due = self._trace.due(self._done)
        await self._sleep(planned - screen.clock())
        if clean and due and gap_ms >= PAUSE_MS:
            await screen.settled(view.began + PATIENCE_S - screen.clock())
            if view.shown is not None:
                await self._sleep(view.shown + GLANCE_MS / 1000 - screen.clock())
        now = screen.clock()
        seen = self._seen(view, now)
        rest = self._trace.truth[self._done :]
        kind, part = agreement(view.text, rest) if clean and seen * 1000 >= GLANCE_MS else ("", "")
        wrong = self._wrong(view, seen, kind) if clean else False
        line = self.document.text[: self.document.cursor].rsplit("\n", 1)[-1].strip()
        self.moments.append(
            Moment(
                action, action == "type" and len(line) > 1, gap_ms, due, clean, view, now, planned,
                kind, self._keys(part) - 1 if kind else 0, wrong, seen,
            )
        )  # fmt: skip
        return kind, part

    def _seen(self, view: View, now: float) -> float:
        """Seconds since the text that is visible was first seen; 0 while nothing is."""
        if view.shown is None:
            return 0.0
        # The same text, typed along or grown: what is typed and offered together begins as it did. Behind a text
        # that has been typed or accepted to its end, a new one begins.
        written = self.document.text[len(self._trace.head) : self.document.cursor]
        promise = written + view.text
        if len(written) >= len(self._promise) or not promise.startswith(self._promise):
            self._since, self._judged = view.shown, False
        self._promise = promise
        return now - self._since

    def _wrong(self, view: View, seen: float, kind: Accept) -> bool:
        if self._judged or kind or view.shown is None or seen * 1000 < GLANCE_MS:
            return False
        self._judged = True
        return not self._trace.truth[self._done :].startswith(first_word(view.text))

    def _keys(self, part: str) -> int:
        """Keys that the trace would have needed for this much."""
        end = self._done + len(part)
        return sum(
            len(stroke.steps)
            for stroke in self._trace.strokes
            if stroke.start < stroke.end and stroke.end > self._done and stroke.start < end
        )


async def replay(trace: Trace, client: Client) -> Replay:
    """Type a trace in real time.

    Raises:
        CannotMeasure: the client's server has gone.
    """

    async def sleep(seconds: float) -> None:
        if seconds > 0:
            await asyncio.sleep(seconds)

    typed = Replay(trace, client, sleep)
    await typed.run()
    if client.failed is not None:
        raise client.failed
    return typed
