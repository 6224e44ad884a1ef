"""`abacus-lsp bench decode`: what prompt lookup gains while an answer is written, and whether it changes the answer.

Knows engines, prompts, clocks. Must not know which engine it is: each is handed in twice, with lookup and without.
The places are in real files where what follows repeats what stands before, which is what completions do; answers
that run in circles are left out, because lookup is never faster than there and nobody wants them.
"""

import math
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Any, Final

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines.abilities import Prefilling
from abacus_lsp.engines.base import Engine, Piece, Sampling
from abacus_lsp.evaluation.report import CannotMeasure, Check, Suite
from abacus_lsp.prompts.prompt import Part, Prompt

LEAST_SPEEDUP: Final = 1.3
MOST_GAP: Final = 0.5  # nats between the two best tokens where the texts part
_CONTEXT = 4500  # characters before the place: about 1,300 tokens
_TRUTH = 200  # characters after it that are looked at
_REPEATED = 0.6  # share of the truth's runs of four words that occur in the context
_RUN = 4
_CIRCLE = 12  # characters of the same thing over and over, at least
_SUFFIXES = frozenset({".py", ".js", ".ts", ".go", ".rs", ".c", ".h", ".java"})
_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Pair:
    """One model in one engine, with prompt lookup and without."""

    name: str
    plain: Engine
    lookup: Engine


@dataclass(slots=True)
class _Answer:
    """What one run wrote and how long it took; `pieces` are of the last run."""

    seconds: list[float] = field(default_factory=list[float])
    pieces: list[Piece] = field(default_factory=list[Piece])

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def tokens(self) -> int:
        return (self.pieces[-1].usage.generated or 0) if self.pieces and self.pieces[-1].usage else 0


def contexts(folder: Path, count: int, seed: int) -> list[str]:
    """Texts before places where real code goes on with what it said before; the same seed gives the same.

    Raises:
        CannotMeasure: the folder holds too few.
    """
    rng = random.Random(seed)  # noqa: S311  (a sample, not a secret)
    files = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    rng.shuffle(files)
    found: list[str] = []
    for path in files:
        found.extend(_in_file(path, rng))
        if len(found) >= count:
            return found[:count]
    raise CannotMeasure(f"{folder} holds {len(found)} of {count} places where code repeats itself")


def _in_file(path: Path, rng: random.Random) -> Iterator[str]:
    """At most one place a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    starts = [at.end() for at in re.finditer(r"\n", text) if _CONTEXT < at.end() < len(text) - _TRUTH]
    rng.shuffle(starts)
    for start in starts[:40]:
        before, truth = text[start - _CONTEXT : start], text[start : start + _TRUTH]
        if truth.strip() and truth[:1] != "\n" and repeated(before, truth) >= _REPEATED:
            yield before.partition("\n")[2]
            return


def repeated(before: str, after: str) -> float:
    """Share of the runs of four words in `after` that occur in `before`."""
    known, asked = set(_runs(before)), list(_runs(after))
    return sum(run in known for run in asked) / len(asked) if asked else 0.0


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text)
    return (tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))


def in_circles(text: str) -> bool:
    """Whether the end of `text` is the same thing three times, or one line of it stands there three times."""
    lines = [line.strip() for line in text.split("\n") if len(line.strip()) > 2]
    if any(lines.count(line) > 2 for line in lines):
        return True
    sizes = (size for size in range(1, len(text) // 3 + 1) if text[-size:].strip())
    return any(text.endswith(text[-size:] * max(3, -(-_CIRCLE // size))) for size in sizes)


def measure(
    pairs: Sequence[Pair], texts: Sequence[str], runs: int, tokens: int, tick: Callable[[], None]
) -> Suite:
    """Decode every text with every pair, plain and with lookup in turns, `runs` times each.

    Raises:
        CannotMeasure: every answer ran in circles.
        EngineError: an engine failed.
    """
    metrics: dict[str, Any] = {"places": len(texts), "runs": runs, "tokens": tokens}
    checks: list[Check] = []
    for pair in pairs:
        # The first is the one that is promised something; what others reach has their name on it.
        prefix = "" if pair is pairs[0] else f"{pair.name}."
        figures, found = _measured(pair, texts, runs, tokens, tick, prefix)
        metrics[pair.name] = figures
        checks += found
    return Suite("decode", metrics, tuple(checks))


def _measured(  # noqa: PLR0913, PLR0917  (as `measure`)
    pair: Pair, texts: Sequence[str], runs: int, tokens: int, tick: Callable[[], None], prefix: str
) -> tuple[Mapping[str, Any], list[Check]]:
    answers: list[tuple[_Answer, _Answer]] = []
    for number, text in enumerate(texts):
        # A file of its own for each, as an editor would: the last one's cache says nothing about this one.
        prompt = Prompt((Part(text, "prefix"),), slot=f"code:{number}")
        kinds = ((pair.plain, _Answer()), (pair.lookup, _Answer()))
        for engine, _ in kinds:
            if isinstance(engine, Prefilling) and engine.can_prefill():
                engine.prefill(prompt, CancelToken())
        for _ in range(runs):
            for engine, answer in kinds:
                _run(engine, prompt, Sampling(tokens, lookup=engine is pair.lookup), answer)
        answers.append((kinds[0][1], kinds[1][1]))
        tick()
    straight = [both for both in answers if not in_circles(both[0].text)]
    if not straight:
        raise CannotMeasure(f"{pair.name}: every answer runs in circles; another model is needed")
    return _figures(prefix, straight, len(answers) - len(straight), runs)


def _run(engine: Engine, prompt: Prompt, sampling: Sampling, answer: _Answer) -> None:
    began = time.perf_counter()
    answer.pieces = list(engine.stream(prompt, replace(sampling), CancelToken()))
    answer.seconds.append(time.perf_counter() - began)


def _figures(
    prefix: str, answers: Sequence[tuple[_Answer, _Answer]], circles: int, runs: int
) -> tuple[Mapping[str, Any], list[Check]]:
    def rate(which: int, run: int) -> float:
        return sum(both[which].tokens for both in answers) / sum(both[which].seconds[run] for both in answers)

    speedups = [rate(1, run) / rate(0, run) for run in range(runs)]
    gaps = [gap for plain, lookup in answers if (gap := parting(plain.pieces, lookup.pieces)) is not None]
    written = sum(plain.tokens for plain, _ in answers)
    figures = {
        "answers": len(answers),
        "in_circles": circles,
        "plain_tokens_per_s": median(rate(0, run) for run in range(runs)),
        "lookup_tokens_per_s": median(rate(1, run) for run in range(runs)),
        "lookup_speedup": median(speedups),
        "speedups": speedups,
        "answers_that_differ": len(gaps),
        "tokens_that_differ_share": len(gaps) / max(written, 1),
        "largest_gap_nats": max(gaps, default=0.0),
    }
    checks = [
        Check(f"{prefix}lookup_speedup", median(speedups), at_least=LEAST_SPEEDUP),
        Check(f"{prefix}largest_gap_nats", max(gaps, default=0.0), at_most=MOST_GAP),
    ]
    return figures, checks


def parting(plain: Sequence[Piece], other: Sequence[Piece]) -> float | None:
    """Nats between the two best tokens where `other` leaves the plain answer; None where its text does not.

    Tokens after that follow from another text and say nothing. A token may begin with another (" f", " file"): what
    counts is where the last piece of both begins, not where the letters differ. Where the other's piece is of several
    tokens, any of the plain ones in it may be the place: the nearest decision is taken.
    """
    text = "".join(piece.text for piece in other)
    ends = {0, *accumulate(len(piece.text) for piece in other)}
    at, since = 0, list[Piece]()
    for piece in plain:
        since = [piece] if at in ends else [*since, piece]
        if not text.startswith(piece.text, at):
            return min((each.margin if each.margin is not None else math.inf for each in since), default=None)
        at += len(piece.text)
    return None
