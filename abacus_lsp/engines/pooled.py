"""One model behind one or several servers: asks the one that `pool` names, and goes on with the next when it fails.

Knows connections, a clock, and when to look at health. Must not know what servers speak (`endpoint` connects them),
nor by what rule they are chosen (`pool`). A single server is a pool of one. An answer that breaks off is continued
elsewhere: what was written so far becomes the end of the prompt.
"""

import secrets
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Final, TypeVar

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.engines.base import (
    EndpointBusy,
    EndpointDown,
    EndpointError,
    EndpointSlow,
    EngineError,
    ModelInfo,
    Piece,
    Sampling,
    Usage,
    Vocabulary,
)
from abacus_lsp.engines.http import HttpEngine
from abacus_lsp.engines.pool import Pool
from abacus_lsp.engines.seats import Looks, Seat
from abacus_lsp.prompts.prompt import Prompt

T = TypeVar("T")

_MOVED: Final = "moved"  # why a stream was cut: its server was found ill; never seen outside
_SUSPICIOUS_S: Final = 2.0  # of silence, before the health of a server that is waited for is looked at


class PooledEngine:
    """The engine of a configured endpoint. One stream at a time.

    The health thread and the loop thread look at the pool, too: everything about it happens under one lock.

    Args:
        seats: the servers, in the order of the settings.
        pool: knows them by the same numbers.

    Raises:
        EngineError: none can be connected.
    """

    def __init__(self, seats: Sequence[Seat], pool: Pool) -> None:
        self._seats = seats
        self._pool = pool
        self._lock = threading.Lock()
        self._salt = secrets.token_hex(4)
        self._waited_for: tuple[int, CancelToken, float] | None = (
            None  # server, how to leave it, when to look
        )
        self._looks = Looks(self._next_look, self._look)
        self._lead = self._connected()
        self.info = self._described()
        self._wake()

    @property
    def vocabulary(self) -> Vocabulary | None:
        return self._seats[self._lead].open().vocabulary

    def count(self, text: str) -> int:
        return self._any(lambda engine: engine.count(text))

    def can_heal(self) -> bool:
        return self._seats[self._lead].open().can_heal()

    def can_prefill(self) -> bool:
        return self._seats[self._lead].open().can_prefill()

    def prefill(self, prompt: Prompt, cancel: CancelToken) -> Usage:
        index = self._next(self._key(prompt), set())
        try:
            return self._seats[index].open().prefill(prompt, cancel)
        except EndpointError as error:
            self._failed(index, error)
            raise

    def unread(self, prompt: Prompt) -> int | None:
        with self._lock:
            order = self._pool.order(self._key(prompt), time.monotonic())
        engine = self._seats[order[0]].engine if order else None
        return None if engine is None else engine.unread(prompt)

    def waiting(self) -> float:
        with self._lock:
            return self._pool.waits(time.monotonic())

    def stream(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Generator[Piece]:
        key, tried, said, made = self._key(prompt), set[int](), "", 0
        while True:
            index = self._next(key, tried)
            left = replace(sampling, max_tokens=max(sampling.max_tokens - made, 1))
            try:
                with closing(self._streamed(index, key, prompt.continued(said), left, cancel)) as pieces:
                    for piece in pieces:
                        said, made = said + piece.text, made + bool(piece.text)
                        yield piece
            except EndpointError as error:
                self._failed(index, error)
            else:
                return

    def close(self) -> None:
        self._looks.close()
        for seat in self._seats:
            seat.close()

    def _streamed(
        self, index: int, key: str, prompt: Prompt, sampling: Sampling, cancel: CancelToken
    ) -> Generator[Piece]:
        """The answer of one server; its first piece, or its absence, tells the pool how long one waits there."""
        leaving, began = CancelToken(), time.monotonic()
        with self._lock:
            warm = self._pool.asked(index, key, began)
            self._waited_for = (index, leaving, began + _SUSPICIOUS_S)
        self._wake()
        silent = True
        try:
            with (
                cancel.waking(lambda: leaving.cancel(cancel.reason or "cancelled")),
                closing(self._seats[index].open().stream(prompt, sampling, leaving)) as pieces,
            ):
                for piece in pieces:
                    if silent:
                        silent = False
                        self._heard(index, time.monotonic() - began, warm=warm)
                    yield piece
        except Cancelled as cancelled:
            if cancelled.reason != _MOVED:
                raise
            address = self._seats[index].address
            raise EndpointSlow(
                f"{address} does not answer when asked for its health: is it running?"
            ) from None
        finally:
            with self._lock:
                self._waited_for = None
                if silent and cancel.reason is not None:
                    now = time.monotonic()
                    self._pool.gave_up(index, now - began, now, warm=warm)

    def _heard(self, index: int, wait: float, *, warm: bool) -> None:
        with self._lock:
            self._waited_for = None
            self._lead = index
            self._pool.answered(index, wait, time.monotonic(), warm=warm)

    def _any(self, work: Callable[[HttpEngine], T]) -> T:
        """Done by whoever answers: the last one first, whose connection is open and whose tokenizer is warm."""
        tried = set[int]()
        while True:
            index = self._next("", tried, first=self._lead)
            try:
                done = work(self._seats[index].open())
            except EndpointError as error:
                self._failed(index, error)
            else:
                self._lead = index
                return done

    def _next(self, key: str, tried: set[int], first: int = -1) -> int:
        """Whom to ask now, of those that were not tried.

        Raises:
            EndpointError: nobody is left; one message for all of them.
        """
        with self._lock:
            order = [index for index in self._pool.order(key, time.monotonic()) if index not in tried]
            if not order:
                raise self._nobody()
        index = first if first in order else order[0]
        tried.add(index)
        return index

    def _nobody(self) -> EndpointError:
        """The error for "none can be asked": as the only server told it, or one for all of them."""
        blocked = self._pool.blocked(time.monotonic())
        errors = [member.error for member in self._pool.members if member.error is not None]
        said = "; ".join(dict.fromkeys(map(str, errors)))
        if len(self._seats) > 1 and errors:
            said = (
                f"none of {len(self._seats)} servers can be asked; they are tried again by themselves: {said}"
            )
        if blocked is not None:
            used_up = (
                "the limit of requests per minute is used up (abacus.endpoint.replicas, requestsPerMinute)"
            )
            return EndpointBusy(said or used_up, blocked)
        only = errors[0] if len(self._seats) == 1 and errors else None
        kind = type(only) if isinstance(only, EndpointError) else EndpointDown
        return kind(said or "no server can be asked")

    def _failed(self, index: int, error: EngineError) -> None:
        now = time.monotonic()
        with self._lock:
            if isinstance(error, EndpointBusy):
                self._pool.busy(index, error, error.retry_after, now)
            elif isinstance(error, (EndpointDown, EndpointSlow)):
                self._pool.down(index, error, now)
            else:
                self._pool.pass_over(index, error, now)
        self._wake()

    def _key(self, prompt: Prompt) -> str:
        """What the ranking of servers depends on: a document's slot names it; other work has no home in common."""
        return prompt.slot if ":" in prompt.slot else f"{prompt.slot}:{self._salt}"

    def _connected(self) -> int:
        """Connect to every server that answers; the number of the first that did."""
        found: list[int] = []
        for index, seat in enumerate(self._seats):
            try:
                seat.open()
                found.append(index)
            except EndpointError as error:
                with self._lock:
                    self._pool.down(index, error, time.monotonic())
        if not found:
            raise self._nobody()
        return found[0]

    def _described(self) -> ModelInfo:
        engines = [seat.engine for seat in self._seats if seat.engine is not None]
        info = engines[0].info
        if len(self._seats) == 1:
            return info
        names = list(dict.fromkeys(engine.info.name for engine in engines))
        others = f", other names elsewhere: {', '.join(names[1:])}" if len(names) > 1 else ""
        return replace(
            info,
            device=", ".join(seat.address for seat in self._seats),
            context=min(engine.info.context for engine in engines),
            detail=f"{info.detail}, {len(engines)} of {len(self._seats)} servers answer{others}",
        )

    def _wake(self) -> None:
        # With nobody to turn to, the next request is the look.
        if len(self._seats) > 1:
            self._looks.wake()

    def _next_look(self) -> float | None:
        with self._lock:
            due = [self._pool.next_look(), self._waited_for and self._waited_for[2]]
        return min((time for time in due if time is not None), default=None)

    def _look(self) -> None:
        """Look at the servers that are down, and at the one whose first piece is waited for too long."""
        now = time.monotonic()
        with self._lock:
            due, leaving = self._pool.looks(now), None
            if self._waited_for is not None and self._waited_for[2] <= now:
                index, leaving, _ = self._waited_for
                self._waited_for = (index, leaving, now + 2 * _SUSPICIOUS_S)
                due.append(index)
        for index in due:
            try:
                self._seats[index].look()
            except EngineError as error:
                with self._lock:
                    self._pool.down(index, error, time.monotonic())
                if leaving is not None and index == due[-1]:
                    leaving.cancel(_MOVED)
            else:
                with self._lock:
                    self._pool.healthy(index)
