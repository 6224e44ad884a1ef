"""How long each step of one request took."""

from collections.abc import Callable

Clock = Callable[[], float]
"""Seconds, monotonic."""


class Watch:
    """Milliseconds between laps."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._last = clock()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = self.clock()
        self.laps[name] = round((now - self._last) * 1000, 2)
        self._last = now
