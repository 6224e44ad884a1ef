"""What vLLM counts of itself, read from its `/metrics` page. Pure: knows the page's lines and names.

Tokens prefilled are those that were looked up in the prefix cache and not found there. They count when a request is
first scheduled, so that one that is abandoned counts, too.
"""

import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass

_LINE = re.compile(r"^vllm:(\w+)(?:\{(.*?)\})? (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Counters:
    """Of one server, or of several together.

    Attributes:
        asked: prompt tokens looked up in the prefix cache.
        reused: of those, found there.
        generated: tokens written.
        finished, aborted: requests that came to an end by themselves, and those whose client hung up.
        running, waiting: requests at this moment.
    """

    asked: float = 0
    reused: float = 0
    generated: float = 0
    finished: float = 0
    aborted: float = 0
    running: float = 0
    waiting: float = 0

    @property
    def prefilled(self) -> float:
        """Tokens read."""
        return self.asked - self.reused

    def since(self, before: "Counters") -> "Counters":
        """What was counted between two readings; `running` and `waiting` are those of the later one."""
        return Counters(
            self.asked - before.asked,
            self.reused - before.reused,
            self.generated - before.generated,
            self.finished - before.finished,
            self.aborted - before.aborted,
            self.running,
            self.waiting,
        )


_NAMES = {
    "prefix_cache_queries_total": "asked",
    "prefix_cache_hits_total": "reused",
    "generation_tokens_total": "generated",
    "num_requests_running": "running",
    "num_requests_waiting": "waiting",
}


def parse(page: str) -> Counters:
    """The counters of one page."""
    found: dict[str, float] = {}
    for name, labels, value in _LINE.findall(page):
        if name == "request_success_total":
            key = "aborted" if 'finished_reason="abort"' in labels else "finished"
        else:
            key = _NAMES.get(name, "")
        if key:
            found[key] = found.get(key, 0.0) + float(value)
    return Counters(**found)


def total(counters: Iterable[Counters]) -> Counters:
    """Of several servers."""
    return Counters(*map(sum, zip(*map(astuple, counters), strict=True)))
