"""Which of several servers of one model is asked next: the core of `pooled`.

Core: knows names, keys, and times it is told (seconds, monotonic). Must not know connections, threads or a clock.

1. *Home.* Rendezvous hashing (Thaler and Ravishankar, 1998): every document ranks all servers by a hash of both
   names, and asks the first. So its prefix is in one server's KV cache, every editor of a team comes to the same
   ranking without talking to the others, and a server that goes moves its own documents only.
2. *Out.* A server that is down is left out until a look at its health finds it up; the pauses between looks double.
   No request is one: a server that has just begun to listen may keep it waiting. A busy one (429, 503) is left alone for as long as it asked, whoever else is there. One that answered
   nonsense is passed over for a while, unless nobody else is there.
3. *Slow.* A home whose waits are long gives way to the next in the ranking while that one waits half as long at most.
   Waits are forgotten by halves, so that a document comes home again by itself.
"""

import hashlib
from collections import OrderedDict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final

_FIRST_LOOK_S: Final = 0.5
_LONGEST_LOOK_S: Final = 5.0
_FIRST_BUSY_S: Final = 1.0  # without Retry-After; doubles
_LONGEST_BUSY_S: Final = 30.0
_PASSED_OVER_S: Final = 5.0
_HALF_LIFE_S: Final = 15.0  # of a wait that was seen
_SMOOTH: Final = 0.4
_CLEARLY: Final = 2.0  # home must wait this many times as long as the next one
_WARM: Final = 64  # documents that a server is thought to hold the beginning of
_MINUTE_S: Final = 60.0


@dataclass(slots=True)
class Member:
    """What is known of one server.

    Attributes:
        name: its address; all that the ranking depends on.
        per_minute: requests that may be sent in a minute, 0: any number.
        up: no failure since it last answered.
        error: why not.
        look_at: when its health is to be looked at next, while it is down.
        closed_until: it asked to be left alone until then.
        passed_until: others are preferred until then.
        failures, refusals: in a row; they lengthen the pauses.
        wait, seen_at: smoothed seconds until the first piece for a document it has read before, as of then.
        warm: documents it was asked about, oldest first.
        asked: when, in the last minute.
    """

    name: str
    per_minute: int = 0
    up: bool = True
    error: Exception | None = None
    look_at: float = 0.0
    closed_until: float = 0.0
    passed_until: float = 0.0
    failures: int = 0
    refusals: int = 0
    wait: float = 0.0
    seen_at: float = 0.0
    warm: OrderedDict[Hashable, None] = field(default_factory=OrderedDict[Hashable, None])
    asked: deque[float] = field(default_factory=deque[float])

    def waits(self, now: float) -> float:
        """Seconds that a request would wait: the last ones' wait, half of it after each half-life."""
        return self.wait * 0.5 ** ((now - self.seen_at) / _HALF_LIFE_S) if self.wait else 0.0

    def closed(self, now: float) -> float:
        """Seconds for which it must not be asked: it said so, or its limit is used up."""
        while self.asked and self.asked[0] <= now - _MINUTE_S:
            self.asked.popleft()
        full = bool(self.per_minute) and len(self.asked) >= self.per_minute
        until = self.asked[0] + _MINUTE_S if full else 0.0
        return max(self.closed_until, until) - now


class Pool:
    """The servers of one model. Not safe for threads: whoever shares it locks it.

    Args:
        names: addresses, each once.
        per_minute: limits in the same order; missing ones are none.
        slow: seconds of waiting from which a home may give way.
    """

    def __init__(self, names: Sequence[str], per_minute: Sequence[int] = (), slow: float = 1.5) -> None:
        limits = [*per_minute, *[0] * (len(names) - len(per_minute))]
        self.members = [Member(name, limit) for name, limit in zip(names, limits, strict=True)]
        self._slow = slow
        self._last_key: Hashable = ""

    def order(self, key: str, now: float) -> list[int]:
        """Whom to ask about `key`, best first. Empty: nobody may be asked now, see `blocked`."""
        ranked = sorted(range(len(self.members)), key=lambda each: rank(self.members[each].name, key))
        open_ = [each for each in ranked if self.members[each].closed(now) <= 0]
        good = [each for each in open_ if self._good(each, now)]
        # The only server is asked every time: there is nobody to turn to while it rests.
        alone = len(self.members) == 1
        rest = [each for each in open_ if each not in good and (self.members[each].up or alone)]
        return self._relieved(good, now) + rest

    def blocked(self, now: float) -> float | None:
        """Seconds until the first that asked for it may be asked again, None if none of them did."""
        waits = [wait for member in self.members if (wait := member.closed(now)) > 0]
        return min(waits, default=None)

    def asked(self, index: int, key: Hashable, now: float) -> bool:
        """It gets a request; whether it has read that document before."""
        member = self.members[index]
        if member.per_minute:
            member.asked.append(now)
        self._last_key = key
        known = key in member.warm
        member.warm[key] = None
        member.warm.move_to_end(key)
        if len(member.warm) > _WARM:
            member.warm.popitem(last=False)
        return known

    def answered(self, index: int, wait: float, now: float, *, warm: bool) -> None:
        """The first piece came after `wait` seconds. Reading a new document is no sign of load: `warm` ones count."""
        self.healthy(index)
        self.members[index].refusals = 0
        if warm:
            self._see(index, wait, now)

    def gave_up(self, index: int, wait: float, now: float, *, warm: bool) -> None:
        """A request was abandoned before its first piece: it would have waited longer than this."""
        if warm and wait > self.members[index].waits(now):
            self._see(index, wait, now)

    def down(self, index: int, error: Exception, now: float) -> None:
        """Nobody answers there, or a look found it ill."""
        member = self.members[index]
        member.look_at = now + min(_FIRST_LOOK_S * 2**member.failures, _LONGEST_LOOK_S)
        member.failures += 1
        member.up, member.error = False, error
        member.wait = 0.0
        member.warm.clear()  # what comes back has an empty cache

    def busy(self, index: int, error: Exception, retry_after: float | None, now: float) -> None:
        """It has too much to do and may have said for how long."""
        member = self.members[index]
        pause = min(_FIRST_BUSY_S * 2**member.refusals, _LONGEST_BUSY_S)
        member.refusals += 1
        member.error = error
        member.closed_until = now + (pause if retry_after is None else retry_after)

    def pass_over(self, index: int, error: Exception, now: float) -> None:
        """It answered, but not what was asked: others first for a while."""
        member = self.members[index]
        member.error, member.passed_until = error, now + _PASSED_OVER_S

    def healthy(self, index: int) -> None:
        """It answers."""
        member = self.members[index]
        member.up, member.error, member.failures = True, None, 0
        member.passed_until = 0.0

    def looks(self, now: float) -> list[int]:
        """Whose health should be looked at."""
        return [each for each, member in enumerate(self.members) if not member.up and member.look_at <= now]

    def next_look(self) -> float | None:
        """When the next look is due, None while all are up."""
        return min((member.look_at for member in self.members if not member.up), default=None)

    def waits(self, now: float) -> float:
        """Seconds that the next request about the last document would wait; 0 where nobody can be asked."""
        order = self.order(str(self._last_key), now)
        return self.members[order[0]].waits(now) if order else 0.0

    def _good(self, index: int, now: float) -> bool:
        return self.members[index].up and self.members[index].passed_until <= now

    def _relieved(self, good: list[int], now: float) -> list[int]:
        """The order with a slow home behind the first that is clearly quicker."""
        if len(good) < 2:
            return good
        home = self.members[good[0]].waits(now)
        if home <= self._slow:
            return good
        for place, other in enumerate(good[1:], start=1):
            if self.members[other].waits(now) * _CLEARLY <= home:
                return [other, *good[:place], *good[place + 1 :]]
        return good

    def _see(self, index: int, wait: float, now: float) -> None:
        member = self.members[index]
        before = member.waits(now)
        member.wait = before + _SMOOTH * (wait - before) if before else wait
        member.seen_at = now


def rank(name: str, key: str) -> bytes:
    """Where a server stands in a document's ranking: the smallest is home."""
    return hashlib.blake2b(f"{name}\0{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
