"""When to begin, and how much to do unasked: the typist's rhythm, and an allowance for work nobody waits for.

Core: no clock; every function is told the time (seconds, monotonic).
"""

from collections import deque
from statistics import median
from typing import Final

_LAST_KEYS: Final = 12
_PAUSE_S: Final = 1.0  # a longer gap is thinking, not typing
_SLOWER: Final = 1.3  # a key that comes later than this many usual gaps was a pause
_RESTS: Final = 1.5  # and whoever has not pressed one for this many is looking at the screen
_REST_S: Final = (0.2, 0.5)
_MINUTE_S: Final = 60.0
_SMOOTH: Final = 0.3
_QUIETER: Final = 1.5
_LIVELIER: Final = 0.8
_FIRST_QUIET_S: Final = 0.2
_MOST_QUIET_S: Final = 3.0
_FORGOTTEN_S: Final = 600.0


class Rhythm:
    """How fast somebody types and how long answers take; from both, how long a request should wait.

    After tabby-agent's rule: wait for the next key as long as it is likely to come, less the time the answer takes
    anyway. A slow model therefore begins at once, and a fast one is not run for keys inside a word.
    """

    def __init__(self) -> None:
        self._last_key: float | None = None
        self._gaps: deque[float] = deque(maxlen=_LAST_KEYS)
        self._latency = 0.0
        self._snoozed_until = 0.0
        self._quiet = 0.0
        self._quiet_since = 0.0

    def key(self, now: float) -> None:
        """A key was pressed."""
        if self._last_key is not None and now - self._last_key < _PAUSE_S:
            self._gaps.append(now - self._last_key)
        self._last_key = now

    def unrested(self, now: float) -> float:
        """Seconds until the typist will have rested, if no key comes."""
        usual = median(self._gaps) if self._gaps else 0.0
        rest = min(max(_RESTS * usual, _REST_S[0]), _REST_S[1])
        return max(rest - (now - self._last_key), 0.0) if self._last_key is not None else 0.0

    def answered(self, seconds: float) -> None:
        """The model took this long."""
        self._latency += _SMOOTH * (seconds - self._latency) if self._latency else seconds

    def rejected(self, now: float) -> None:
        """A text was dismissed: be quieter for a while (half as much again for each, as Copilot does)."""
        self._quiet = min(max(self.quiet(now) * _QUIETER, _FIRST_QUIET_S), _MOST_QUIET_S)
        self._quiet_since = now

    def accepted(self, now: float) -> None:
        """A text was accepted: be livelier."""
        self._quiet = self.quiet(now) * _LIVELIER
        self._quiet_since = now

    def quiet(self, now: float) -> float:
        """Seconds that every request waits because of rejections; fades within ten minutes."""
        fade = 1 - (now - self._quiet_since) / _FORGOTTEN_S
        return self._quiet * min(max(fade, 0.0), 1.0)

    def snooze(self, seconds: float, now: float) -> None:
        """Nothing but explicit requests for this long; 0 ends it."""
        self._snoozed_until = now + seconds

    def snoozed(self, now: float) -> bool:
        """Whether nothing should be offered unasked."""
        return now < self._snoozed_until

    def wait(self, most: float, now: float, strain: float = 0.0) -> float:
        """Seconds a request should wait before the model runs: `most` at the most, and what rejections add.

        Under strain (seconds that may be waited longer) a slow answer is no reason to begin early any more: it is slow
        because of requests that were overtaken.
        """
        quiet = self.quiet(now)
        if len(self._gaps) < 3 or not self._latency:  # the first answer is slow: its prompt has not been read
            return quiet
        usual = _SLOWER * median(self._gaps)
        if strain:
            return min(usual, most + strain) + quiet
        return min(max(usual - self._latency, 0.0), most) + quiet


class Allowance:
    """Seconds of work per minute that nobody asked for (prefetch, a cancelled request that goes on).

    Args:
        per_minute: CPU seconds.
    """

    def __init__(self, per_minute: float) -> None:
        self.per_minute = per_minute
        self._spent: deque[tuple[float, float]] = deque()

    def spend(self, seconds: float, now: float) -> None:
        """This much was used just now."""
        self._spent.append((now, seconds))

    def left(self, now: float) -> float:
        """Seconds that may still be used in the minute that ends now."""
        while self._spent and self._spent[0][0] <= now - _MINUTE_S:
            self._spent.popleft()
        return self.per_minute - sum(seconds for _, seconds in self._spent)
