"""Cancellation that crosses threads: one token per request.

Knows threads' events, nothing of requests. The loop thread sets it, the engine thread checks it between
two tokens, and a thread that is blocked on a socket is woken by an action that closes the socket.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager


class Cancelled(Exception):
    """The request is no longer wanted; `reason` is a code of `completion.reasons`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CancelToken:
    """Set once, from any thread; never unset."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reason: str | None = None
        self._actions: list[Callable[[], None]] = []

    @property
    def reason(self) -> str | None:
        """Why, or None while the request is wanted."""
        return self._reason

    def cancel(self, reason: str) -> None:
        """Ask the work to stop. The first reason stays; the registered actions run in this thread, once."""
        with self._lock:
            if self._reason is not None:
                return
            self._reason = reason
            actions, self._actions = self._actions, []
        for action in actions:
            action()

    def check(self) -> None:
        """Raise `Cancelled` if the request is no longer wanted."""
        if self._reason is not None:
            raise Cancelled(self._reason)

    @contextmanager
    def waking(self, action: Callable[[], None]) -> Generator[None]:
        """While the block runs, `cancel` also calls `action` (which must be safe from another thread)."""
        with self._lock:
            already = self._reason is not None
            if not already:
                self._actions.append(action)
        if already:
            action()
        try:
            yield
        finally:
            with self._lock:
                if action in self._actions:
                    self._actions.remove(action)
