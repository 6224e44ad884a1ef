"""A server's place in a pool: its connection, and the thread that looks at servers when it is time to.

Knows locks, threads and a clock. Must not know prompts, nor which server is due: a function says so.
"""

import threading
import time
from collections.abc import Callable

from abacus_lsp.engines.base import EndpointDown
from abacus_lsp.engines.http import HttpEngine


class Seat:
    """A server's place in the pool: its connection, made as soon as it can be.

    Args:
        address: for people.
        connect: makes the connection.
    """

    def __init__(self, address: str, connect: Callable[[], HttpEngine]) -> None:
        self.address = address
        self._connect = connect
        self._lock = threading.Lock()
        self._closed = False
        self.engine: HttpEngine | None = None

    def open(self) -> HttpEngine:
        """The connected engine.

        Raises:
            EngineError: it cannot be connected; the message says what to do.
        """
        with self._lock:
            if self._closed:
                raise EndpointDown(f"the connection to {self.address} was closed: connect again")
            if self.engine is None:
                self.engine = self._connect()
            return self.engine

    def look(self) -> None:
        """Connect, or ask a connected server for its health.

        Raises:
            EngineError: it is not well.
        """
        if self.engine is None:
            self.open()
        else:
            self.engine.look()

    def close(self) -> None:
        """Close the connection, if there is one, for good."""
        with self._lock:
            self._closed = True
            if self.engine is not None:
                self.engine.close()


class Looks:
    """The thread; it begins with the first `wake` and ends with `close`, or with the process.

    Args:
        due: when the next look is due (seconds, monotonic), None: not before the next `wake`.
        look: does what is due.
    """

    def __init__(self, due: Callable[[], float | None], look: Callable[[], None]) -> None:
        self._due = due
        self._look = look
        self._change = threading.Condition()
        self._news = False
        self._closed = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Something may be due earlier than it was."""
        with self._change:
            self._news = True
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="abacus-health", daemon=True)
                self._thread.start()
            self._change.notify()

    def close(self) -> None:
        """No more looks. Does not wait."""
        with self._change:
            self._closed = True
            self._change.notify()

    def _run(self) -> None:
        while self._rests():
            self._look()

    def _rests(self) -> bool:
        """Sleep until something is due; whether there is any more to do."""
        with self._change:
            while not self._closed:
                self._news = False
                due = self._due()
                left = None if due is None else due - time.monotonic()
                if left is not None and left <= 0:
                    return True
                self._change.wait_for(lambda: self._news or self._closed, left)
            return False
