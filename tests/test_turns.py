"""Whose job is next on the engine's thread."""

import threading
from concurrent.futures import Future

import pytest

from abacus_lsp.cancel import CancelToken
from abacus_lsp.turns import Rank, Turns


class Queue:
    """Turns whose thread is held until `go`, so that the order is decided with everything in the queue."""

    def __init__(self) -> None:
        self.turns = Turns("test")
        self.order: list[str] = []
        self._gate = threading.Event()
        self.futures: list[Future[None]] = []
        self.turns.submit(lambda: self._gate.wait(20))

    def add(self, name: str, rank: Rank = Rank.ASKED, client: object = None) -> None:
        self.futures.append(self.turns.submit(lambda: self.order.append(name), rank, client=client))

    def go(self) -> list[str]:
        self._gate.set()
        for future in self.futures:
            if not future.cancelled():
                future.result(20)
        self.turns.close()
        return self.order


def test_upkeep_then_requests_then_idle_work() -> None:
    queue = Queue()
    queue.add("idle", Rank.IDLE, "a")
    queue.add("asked", Rank.ASKED, "a")
    queue.add("close", Rank.UPKEEP)
    queue.add("load", Rank.UPKEEP)
    assert queue.go() == ["close", "load", "asked", "idle"]


def test_the_newest_first_within_a_client() -> None:
    queue = Queue()
    for name in ("old", "newer", "newest"):
        queue.add(name, client="a")
    assert queue.go() == ["newest", "newer", "old"]


def test_clients_take_turns() -> None:
    queue = Queue()
    for name in ("a1", "a2", "a3"):
        queue.add(name, client="a")
    for name in ("b1", "b2"):
        queue.add(name, client="b")
    order = queue.go()
    assert {order[0][0], order[1][0]} == {"a", "b"}
    assert {order[2][0], order[3][0]} == {"a", "b"}


def test_idle_work_steps_aside_when_somebody_asks() -> None:
    turns = Turns("test")
    token = CancelToken()
    stopped, running = threading.Event(), threading.Event()

    def prefetch() -> None:
        with token.waking(stopped.set):
            running.set()
            assert stopped.wait(20)

    idle = turns.submit(prefetch, Rank.IDLE, client="a", token=token)
    assert running.wait(20)
    assert turns.submit(lambda: "answer", Rank.ASKED, client="b").result(20) == "answer"
    idle.result(20)
    assert token.reason == "preempted"
    turns.close()


def test_what_a_client_that_left_had_queued_is_not_run() -> None:
    queue = Queue()
    queue.add("a", client="a")
    queue.add("b", client="b")
    queue.turns.forget("a")
    assert queue.go() == ["b"]


def test_an_error_reaches_whoever_waits_and_the_thread_lives() -> None:
    turns = Turns("test")
    with pytest.raises(ZeroDivisionError):
        turns.submit(lambda: 1 // 0).result(20)
    assert turns.submit(lambda: 1).result(20) == 1
    turns.close()
    with pytest.raises(RuntimeError):
        turns.submit(lambda: 1)
