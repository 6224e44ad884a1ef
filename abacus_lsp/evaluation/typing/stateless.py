"""A client that keeps nothing between two keys, in the manner of llm-ls behind llm.nvim.

Facts followed: 150 ms after the last key it sends the lines above, as many as fit, as a whole prompt; the
running request is dropped at the next key; the answer is shown if the cursor still stands there. On a line with
something behind the cursor nothing is asked; on a line that holds text one line is shown. In its favour: the
server is told to stop at the line's end then (llm-ls lets it run for 60 tokens and cuts), and counts tokens once.
`cache_prompt` is off: without FIM tokens every server's own reuse would be the server's merit, not the client's.
"""

import asyncio
from typing import Any, Final

from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.typing.peer import Peer
from abacus_lsp.evaluation.typing.screen import Document, Edit, Screen

WINDOW: Final = 1536
"""Tokens of the file that the peers show the model; ours shows 1,400 and up to 512 of other files."""
_DEBOUNCE_S: Final = 0.15
_MOST_TOKENS: Final = 60


class Stateless:
    """Debounce, whole prompt, answer; nothing else."""

    name = "stateless"

    def __init__(self, peer: Peer, screen: Screen, window: int = WINDOW) -> None:
        self.screen = screen
        self.cancelled = 0
        self.failed: CannotMeasure | None = None
        self._peer = peer
        self._window = window
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Of the server behind it."""
        return self._peer.pid

    async def open(self, document: Document) -> None:
        self._task = asyncio.create_task(self._work(document))

    async def changed(self, before: Document, after: Document, edit: Edit | None, *, accepted: bool) -> None:  # noqa: ARG002  (it keeps nothing)
        await self._drop()
        self._task = asyncio.create_task(self._work(after))

    async def close(self, document: Document) -> None:  # noqa: ARG002
        await self._drop()

    async def _drop(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            self.cancelled += 1

    async def _work(self, document: Document) -> None:
        await asyncio.sleep(_DEBOUNCE_S)
        line = document.text[document.text.rfind("\n", 0, document.cursor) + 1 : document.cursor]
        following = document.text[document.cursor : document.cursor + 1]
        if following.strip():
            self.screen.silent(document.version)
            return
        body: dict[str, Any] = {
            "n_predict": _MOST_TOKENS,
            "cache_prompt": False,
            "temperature": 0.0,
            "stop": ["\n"] if line.strip() else [],
        }
        try:
            prompt = await self._prompt(document)
            answer = await self._peer.complete({"prompt": prompt, **body}, self.screen.clock)
        except CannotMeasure as error:
            self.failed = error
            return
        self.screen.cost(document.version, answer.cost)
        self.screen.show(document.version, answer.text.rstrip(), "model")

    async def _prompt(self, document: Document) -> list[int]:
        """The last lines before the cursor that fit, each with its own count."""
        left = self._window
        kept: list[list[int]] = []
        for line in reversed(document.text[: document.cursor].splitlines(keepends=True)):
            ids = await self._peer.tokens(line)
            if len(ids) > left:
                break
            left -= len(ids)
            kept.append(ids)
        begin = await self._peer.tokens("", begin=True)
        return [*begin, *(each for ids in reversed(kept) for each in ids)]
