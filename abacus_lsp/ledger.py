"""What became of the answers, kept on this machine only: counts and times, never source text.

Knows a file of JSON lines, one for each event, a file for each month. Events: `answered` (reason, source,
milliseconds, tokens, characters, lines, logarithms of the first word's probability and of the tokens': their mean and
the least), `shown`, `accepted` and `part` (characters), `rejected`, `kept` (share after so many seconds), `cpu` (seconds
since the last such event); `id` joins those of one offer, so that a gate can be learned from them. Nothing is ever
sent anywhere.
"""

import json
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

log = logging.getLogger(__name__)

_GIVEN_UP: Final = frozenset({"superseded", "cancelled"})
KEPT_AFTER_S: Final = (30, 300)
_TOKEN: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]|\w+|[^\w\s]")
_NEARBY: Final = (
    4000  # characters around the place of an accepted text that are searched for what is left of it
)


def statistics_folder() -> Path:
    """Where statistics are kept: `$ABACUS_HOME/statistics`, else the user's state folder."""
    home = os.environ.get("ABACUS_HOME", "").strip()
    if home:
        return Path(home).expanduser().absolute() / "statistics"
    import platformdirs  # noqa: PLC0415  (14 ms that a set ABACUS_HOME saves)

    return platformdirs.user_state_path("abacus-lsp", appauthor=False) / "statistics"


class Ledger:
    """Appends events to this month's file.

    Args:
        folder: where the files are; None keeps nothing.
        lap: CPU seconds since it was last called, of all clients of this process together (see `meter`).
    """

    def __init__(self, folder: Path | None, lap: Callable[[], float] | None = None) -> None:
        self._folder = folder
        self._lap = lap
        self.enabled = True

    def note_cpu(self) -> None:
        """Write what was used since the last time; takes as long as a lap does."""
        if self._lap is not None and self._folder is not None and self.enabled:
            self.note("cpu", seconds=round(self._lap(), 2))

    def note(self, event: str, **facts: object) -> None:
        """Write one line. A disk that does not take it is told once, in the log, and ends the bookkeeping."""
        if self._folder is None or not self.enabled:
            return
        now = time.time()
        line = json.dumps({"at": round(now, 1), "event": event, **facts}, ensure_ascii=False)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            name = time.strftime("%Y-%m.jsonl", time.localtime(now))
            descriptor = os.open(self._folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            log.warning("statistics are not kept any more: %s", error)
            self._folder = None


def kept_share(accepted: str, text: str, offset: int) -> float:
    """Share of the tokens of an accepted text that still stand, in order, near where it was put (0 to 1).

    The longest common subsequence of tokens, as Zed measures it.
    """
    wanted = _TOKEN.findall(accepted)
    start = max(0, offset - _NEARBY)
    there = _TOKEN.findall(text[start : offset + len(accepted) + _NEARBY])
    return _common(wanted, there) / len(wanted) if wanted else 1.0


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(right) + 1)
    for token in left:
        diagonal = 0
        for column, other in enumerate(right, start=1):
            above = row[column]
            row[column] = diagonal + 1 if token == other else max(above, row[column - 1])
            diagonal = above
    return row[-1]


def read(folder: Path, since: float) -> Iterator[Mapping[str, Any]]:
    """Events at or after a time (seconds since 1970), oldest first. Lines that are no events are skipped."""
    for file in sorted(folder.glob("*.jsonl")):
        if file.stat().st_mtime < since:
            continue
        for line in file.read_text("utf-8", "replace").splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "event" in event and float(event.get("at", 0)) >= since:  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
                yield event  # pyright: ignore[reportUnknownVariableType]


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over a time.

    Attributes:
        answered: requests; `offered` of them with a text.
        shown: texts that a client said it showed.
        accepted, partly, rejected: what became of them; `partly` are those of which a part was taken, not the whole.
        kept: share of accepted tokens that still stood, by seconds after.
        sources: answers with a text by what they took.
        reasons: answers without one by reason.
        ms: p50, p90, p99 of all answers with a text.
        prefilled, generated: tokens the model read and wrote.
        saved: characters that were accepted.
        asked: requests that the model was asked for; `given_up` of them were overtaken or cancelled before an answer.
        minutes: minutes of the clock in which something was asked.
        less: answers that were kept short because the servers were busy, by reason.
        cpu_s: CPU seconds of servers and their models.
    """

    answered: int
    offered: int
    shown: int
    accepted: int
    partly: int
    rejected: int
    kept: dict[int, float]
    sources: dict[str, int]
    reasons: dict[str, int]
    ms: tuple[float, float, float]
    prefilled: int
    generated: int
    saved: int
    asked: int
    given_up: int
    minutes: int
    less: dict[str, int]
    cpu_s: float

    @property
    def per_minute(self) -> float:
        """Requests to the model in a minute of typing."""
        return self.asked / self.minutes if self.minutes else 0.0

    def per_accepted(self, tokens: int) -> float | None:
        """Tokens for each accepted character; None while none was accepted."""
        return tokens / self.saved if self.saved else None


def summarise(events: Iterable[Mapping[str, Any]]) -> Summary:
    """Count events."""
    counts: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    kept: dict[int, list[float]] = {}
    less: Counter[str] = Counter()
    minutes: set[int] = set()
    times: list[float] = []
    cpu_s = 0.0
    taken: dict[str, set[str]] = {"accepted": set(), "part": set()}
    for event in events:
        kind = str(event["event"])
        counts[kind] += 1
        if kind == "answered":
            given_up = event.get("reason") in _GIVEN_UP
            if given_up or event.get("prefilled") or event.get("generated"):
                counts["asked"] += 1
                counts["given_up"] += given_up
                minutes.add(int(float(event.get("at", 0)) // 60))
            if event.get("less"):
                less[str(event["less"])] += 1
            counts["prefilled"] += event.get("prefilled") or 0
            counts["generated"] += event.get("generated") or 0
            if event.get("characters"):
                sources[str(event.get("source"))] += 1
                times.append(float(event.get("ms") or 0))
            else:
                reasons[str(event.get("reason"))] += 1
        elif kind == "kept":
            kept.setdefault(int(event["after"]), []).append(float(event["share"]))
        elif kind == "cpu":
            cpu_s += float(event.get("seconds") or 0)
        elif kind in ("accepted", "part"):
            counts["saved"] += int(event.get("characters") or 0)
            taken[kind].add(str(event.get("id") or (kind, counts[kind])))
    times.sort()
    return Summary(
        counts["answered"],
        sum(sources.values()),
        counts["shown"],
        counts["accepted"],
        len(taken["part"] - taken["accepted"]),
        counts["rejected"],
        {after: sum(shares) / len(shares) for after, shares in sorted(kept.items())},
        dict(sources.most_common()),
        dict(reasons.most_common()),
        (_at(times, 0.5), _at(times, 0.9), _at(times, 0.99)),
        counts["prefilled"],
        counts["generated"],
        counts["saved"],
        counts["asked"],
        counts["given_up"],
        len(minutes),
        dict(less.most_common()),
        cpu_s,
    )


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
