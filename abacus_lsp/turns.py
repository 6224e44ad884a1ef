"""Whose job runs next on the one thread that owns an engine.

Knows clients, ranks and cancel tokens; must not know what a job does. Loading and closing come first, in order;
then what somebody waits for; then what nobody waits for yet (prefetch), which also steps aside between two
tokens when anything else arrives. Between clients the one that was served longest ago is next; within a client
the newest job.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from typing import Any, TypeVar

from abacus_lsp.cancel import CancelToken

T = TypeVar("T")


class Rank(IntEnum):
    """How much a job may wait; lower is sooner."""

    UPKEEP = 0
    ASKED = 1
    IDLE = 2


@dataclass(slots=True, eq=False)
class _Job:
    rank: Rank
    number: int
    client: object
    work: Callable[[], Any]
    token: CancelToken | None
    future: Future[Any] = field(default_factory=Future[Any])


class Turns:
    """One thread and its queue. Methods may be called from any thread.

    The thread is a daemon: a process that ends does not wait for native code.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._change = threading.Condition()
        self._waiting: list[_Job] = []
        self._running: _Job | None = None
        self._served: dict[object, int] = {}
        self._numbers = count()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(
        self,
        work: Callable[[], T],
        rank: Rank = Rank.UPKEEP,
        *,
        client: object = None,
        token: CancelToken | None = None,
    ) -> Future[T]:
        """Queue a job. An idle job's `token` is cancelled with "preempted" once something else arrives.

        Raises:
            RuntimeError: after `close`.
        """
        with self._change:
            if self._closed:
                raise RuntimeError("the engine's thread has ended")
            job = _Job(rank, next(self._numbers), client, work, token)
            self._waiting.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            running = self._running
            self._change.notify()
        if (
            rank < Rank.IDLE
            and running is not None
            and running.rank == Rank.IDLE
            and running.token is not None
        ):
            running.token.cancel("preempted")
        return job.future

    def forget(self, client: object) -> None:
        """The client is gone: what it queued is not run (its futures are cancelled)."""
        with self._change:
            gone = [job for job in self._waiting if job.client is client and job.rank > Rank.UPKEEP]
            self._waiting = [job for job in self._waiting if job not in gone]
            self._served.pop(client, None)
        for job in gone:
            job.future.cancel()

    def close(self) -> None:
        """Run what upkeep is queued, then end the thread. Does not wait."""
        with self._change:
            self._closed = True
            gone = [job for job in self._waiting if job.rank > Rank.UPKEEP]
            self._waiting = [job for job in self._waiting if job.rank == Rank.UPKEEP]
            self._change.notify()
        for job in gone:
            job.future.cancel()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            if job.future.set_running_or_notify_cancel():
                try:
                    job.future.set_result(job.work())
                except BaseException as error:  # noqa: BLE001  (whoever waits for the future gets it)
                    job.future.set_exception(error)
            with self._change:
                self._running = None

    def _next(self) -> _Job | None:
        with self._change:
            while not self._waiting and not self._closed:
                self._change.wait()
            if not self._waiting:
                return None
            job = min(self._waiting, key=self._urgency)
            self._waiting.remove(job)
            self._running = job
            if job.client is not None:
                self._served[job.client] = next(self._numbers)
            return job

    def _urgency(self, job: _Job) -> tuple[int, int, int]:
        if job.rank == Rank.UPKEEP:
            return (job.rank, 0, job.number)
        return (job.rank, self._served.get(job.client, -1), -job.number)
