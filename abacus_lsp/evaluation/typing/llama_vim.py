"""The requests of llama.vim, as a client of its own: windows, ring of chunks, look-back cache, prefetch.

Facts followed (the plugin of 2025): 256 lines above, 64 below; what was on screen of the files visited goes into
a ring of 16 chunks, in front of the window; at every cursor move the ghost text goes and the cache is asked,
also for what was cached up to 128 typed characters before; a text that is shown starts the request for what
follows its acceptance; a key while a request runs waits 100 ms and tries again; a request runs to its end; the
first answer stops at a line's end after 250 ms, a prefetched one after 1 s; nothing is asked with more than 8
characters behind the cursor; texts that repeat the lines below are not shown.

Different, because `/infill` needs FIM tokens that the embedded default lacks: the prompt is chunks, prefix,
current line as text for `/completion`, cut as `/infill` cuts it (three quarters of a batch of 2,048 tokens), and
the lines below are not shown to the model. Greedy, as all clients here.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.typing.peer import Peer
from abacus_lsp.evaluation.typing.ring import Ring
from abacus_lsp.evaluation.typing.screen import Document, Edit, Screen, Source
from abacus_lsp.evaluation.typing.stateless import WINDOW

ABOVE: Final = 256
BELOW: Final = 64
_MOST_TOKENS: Final = 128
_FIRST_MS: Final = 250
_NEXT_MS: Final = 1000
_RETRY_S: Final = 0.1
_LOOK_BACK: Final = 128
_MOST_CACHED: Final = 250
_MOST_BEHIND: Final = 8
_OLDER_STARTS: Final = 3  # the window may have moved down by this many lines since an answer was cached


@dataclass(frozen=True, slots=True)
class Local:
    """What is asked about: the lines above, the line up to the cursor, what is behind and below."""

    prefix: str
    middle: str
    suffix: str
    indent: int

    @property
    def keys(self) -> list[str]:
        """Under which an answer is found: for this window, and for those that start a few lines further down."""
        keys = [_key(self.prefix + self.middle, self.suffix)]
        prefix = self.prefix
        for _ in range(_OLDER_STARTS):
            _, newline, prefix = prefix.partition("\n")
            if not newline or not prefix:
                break
            keys.append(_key(prefix + self.middle, self.suffix))
        return keys


def local(document: Document, shown: str = "") -> Local:
    """The window around the cursor, as if the text that is shown had been accepted."""
    text, cursor = document.text, document.cursor
    above = (text[:cursor] + shown).split("\n")
    behind, *below = text[cursor:].split("\n")
    line, lines = above[-1], above[:-1][-ABOVE:]
    indent = len(line) - len(line.lstrip())
    if not (line + behind).strip():
        line, behind, indent = "", "", 0
    suffix = (behind if not shown else "") + "\n" + "\n".join(below[:BELOW]) + "\n"
    return Local("\n".join(lines) + "\n", line, suffix, indent)


@dataclass(frozen=True, slots=True)
class Held:
    """A cached answer; `ahead`: it was asked for before its place was reached."""

    text: str
    ahead: bool


def _key(before: str, after: str) -> str:
    return hashlib.sha256(f"{before}\0{after}".encode("utf-8", "surrogatepass")).hexdigest()


class LlamaVim:
    """One editor with the plugin."""

    name = "llama.vim"

    def __init__(self, peer: Peer, screen: Screen, ring: Ring) -> None:
        self.screen = screen
        self.cancelled = 0
        self._peer = peer
        self._ring = ring
        self.failed: CannotMeasure | None = None
        self._cache: dict[str, Held] = {}
        self._document: Document | None = None
        self._job: asyncio.Task[None] | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._warming: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Of the server behind it."""
        return self._peer.pid

    def visit(self, texts: Sequence[str]) -> None:
        """Files that the typist looked into before the next is opened."""
        for text in texts:
            self._ring.visit(text)

    async def open(self, document: Document) -> None:
        """The files visited before are in the ring; their chunks were processed while the user read."""
        if self._ring.settle(document):
            await self._warm()
        self._document = document
        self._moved(document)
        self._warming = asyncio.create_task(self._idle())

    async def changed(self, before: Document, after: Document, edit: Edit | None, *, accepted: bool) -> None:  # noqa: ARG002  (it looks at the text alone)
        self._document = after
        self._moved(after)

    async def close(self, document: Document) -> None:
        self._document = None
        for each in (self._job, self._warming, self._retry):
            if each is not None:
                each.cancel()
        self._job = None
        self._ring.leave(document)

    def _moved(self, document: Document) -> None:
        """The cursor moved: the cache first, then a request."""
        self._hint(document)
        self._request(document, "")

    def _hint(self, document: Document, source: Source | None = None) -> bool:
        """Show what the cache has; then ask for what follows it. `source`: an answer has just come."""
        found = self._cached(local(document))
        if found is None:
            return False
        text = visible(document, found.text)
        if not text:
            self.screen.silent(document.version)
            return False
        self.screen.show(document.version, text, source or ("prefetch" if found.ahead else "reuse"))
        self._request(document, text)
        return True

    def _cached(self, here: Local) -> Held | None:
        """The answer for this place, or the longest rest of one for a place up to 128 characters before."""
        exact = self._cache.get(here.keys[0])
        if exact is not None:
            return exact
        before = here.prefix + here.middle
        best: Held | None = None
        for back in range(1, min(_LOOK_BACK, len(before) - 1) + 1):
            held = self._cache.get(_key(before[:-back], here.suffix))
            if held is None or not held.text.startswith(before[-back:]) or len(held.text) == back:
                continue
            if best is None or len(held.text) - back > len(best.text):
                best = Held(held.text[back:], held.ahead)
        return best

    def _request(self, document: Document, shown: str) -> None:
        if self._job is not None and not self._job.done():
            if self._retry is not None:
                self._retry.cancel()
            self._retry = asyncio.get_running_loop().call_later(_RETRY_S, self._again, shown)
            return
        here = local(document, shown)
        behind = document.text[document.cursor :].split("\n", 1)[0]
        if len(behind) > _MOST_BEHIND:
            self.screen.silent(document.version)
            return
        if any(key in self._cache for key in here.keys):
            return
        self._ring.evict_like(document)
        self._job = asyncio.create_task(self._ask(document.version, here, bool(shown)))
        self._ring.far(document)

    def _again(self, shown: str) -> None:
        if self._document is not None:
            self._request(self._document, shown if self._shows(shown) else "")

    def _shows(self, shown: str) -> bool:
        document = self._document
        return bool(shown) and document is not None and self.screen.views[document.version].text == shown

    async def _ask(self, version: int, here: Local, ahead: bool) -> None:
        body = {
            "n_predict": _MOST_TOKENS,
            "n_indent": here.indent,
            "temperature": 0.0,
            "cache_prompt": True,
            "t_max_predict_ms": _NEXT_MS if ahead else _FIRST_MS,
        }
        try:
            answer = await self._peer.complete(
                {"prompt": await self._prompt(here), **body}, self.screen.clock
            )
        except CannotMeasure as error:
            self.failed = error
            return
        self.screen.cost(version, answer.cost)
        self._job = None
        self._keep(here, Held(answer.text, ahead))
        document = self._document
        if document is None or self.screen.views[document.version].shown is not None:
            return
        same = document.version == version and not ahead
        if not self._hint(document, "model" if same else "in-flight") and same:
            self.screen.silent(version)

    def _keep(self, here: Local, held: Held) -> None:
        for key in here.keys:
            while len(self._cache) >= _MOST_CACHED:
                del self._cache[next(iter(self._cache))]
            self._cache[key] = held

    async def _prompt(self, here: Local) -> list[int]:
        begin = await self._peer.tokens("", begin=True)
        extra: list[int] = []
        for chunk in self._ring.texts():
            extra += await self._peer.tokens(chunk)
        prefix = await self._peer.tokens(here.prefix)
        return [*begin, *extra, *prefix[-WINDOW:], *(await self._peer.tokens(here.middle))]

    async def _warm(self) -> None:
        """Process the chunks, so that the next request finds them in the cache."""
        ids = await self._prompt(Local("", "", "", 0))
        await self._peer.complete({"prompt": ids, "n_predict": 0, "cache_prompt": True}, self.screen.clock)

    async def _idle(self) -> None:
        """Move chunks into the ring while the cursor rests."""
        while True:
            await asyncio.sleep(1)
            document = self._document
            resting = document is not None and self.screen.clock() - self.screen.views[document.version].began
            if resting and resting >= 3 and self._ring.take_one():
                try:
                    await self._warm()
                except CannotMeasure as error:
                    self.failed = error
                    return


def visible(document: Document, content: str) -> str:
    """What is shown of an answer: without blank lines at the end, and not what stands below anyway."""
    lines = content.split("\n")
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return ""
    head = document.text[: document.cursor].rsplit("\n", 1)[-1]
    behind, *below = document.text[document.cursor :].split("\n")
    if not (head + behind).strip():
        lead = min(len(lines[0]) - len(lines[0].lstrip(" \t")), len(head))
        lines[0] = lines[0][lead:]
    if lines in ([""], [behind]) or _repeats(head, lines, below):
        return ""
    return "\n".join(lines)


def _repeats(head: str, lines: Sequence[str], below: list[str]) -> bool:
    if len(lines) > 1 and not lines[0] and lines[1:] == below[: len(lines) - 1]:
        return True
    following = below[:]
    while following and not following[0].strip():
        following.pop(0)
    if not following or head + lines[0] != following[0]:
        return False
    if len(lines) == 1:
        return True
    if len(lines) == 2:
        return (following[1] if len(following) > 1 else "").startswith(lines[1])
    return list(lines[1:]) == following[1 : len(lines)]
