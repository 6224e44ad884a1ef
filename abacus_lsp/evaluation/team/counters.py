"""What vLLM counts of itself, read from its `/metrics` page. Pure: knows the page's lines and names.

Tokens prefilled are those that were looked up in the prefix cache and not found there. They count when a request is
first scheduled, so that one that is abandoned counts, too.
"""

import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass

_LINE = re.compile(r"^(\w+(?::\w+)?)(?:\{(.*?)\})? (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Counters:
    """Of one server, or of several together.

    Attributes:
        asked: prompt tokens looked up in the prefix cache.
        reused: of those, found there.
        generated: tokens written.
        requests: for completions. vLLM's own count of them leaves out those whose client hung up, as ours does as
            soon as it has what it shows; the web server's does not.
        begun: of those, with a first token.
        running, waiting: requests at this moment.
    """

    asked: float = 0
    reused: float = 0
    generated: float = 0
    requests: float = 0
    begun: float = 0
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
            self.requests - before.requests,
            self.begun - before.begun,
            self.running,
            self.waiting,
        )


_NAMES = {
    "vllm:prefix_cache_queries_total": "asked",
    "vllm:prefix_cache_hits_total": "reused",
    "vllm:generation_tokens_total": "generated",
    "vllm:time_to_first_token_seconds_count": "begun",
    "vllm:num_requests_running": "running",
    "vllm:num_requests_waiting": "waiting",
}


def parse(page: str) -> Counters:
    """The counters of one page."""
    found: dict[str, float] = {}
    for name, labels, value in _LINE.findall(page):
        key = _NAMES.get(name, "")
        if name == "http_requests_total" and 'handler="/v1/completions"' in labels:
            key = "requests"
        if key:
            found[key] = found.get(key, 0.0) + float(value)
    return Counters(**found)


def total(counters: Iterable[Counters]) -> Counters:
    """Of several servers."""
    return Counters(*map(sum, zip(*map(astuple, counters), strict=True)))
