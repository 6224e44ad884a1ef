"""What is fuzzed: functions of bytes that raise when a promise does not hold. Free of any fuzzer.

`Feed` makes structured input of the bytes, so that a fuzzer guided by coverage can steer it.
"""

import contextlib
import json
import tomllib
from collections.abc import Callable, Sequence
from typing import Any

from trust.held import PIECES, Held

from abacus_lsp import syntax
from abacus_lsp.columns import Columns
from abacus_lsp.completion import postprocess, trigger
from abacus_lsp.configuration import from_json
from abacus_lsp.daemon.framing import Frames, Malformed, framed
from abacus_lsp.document import Cursor, Snapshot, to_newlines
from abacus_lsp.parsing import Trees
from abacus_lsp.settings import Settings

KEYS = (
    *("completion", "context", "local", "endpoint", "docstrings", "model", "engine", "language", "x"),
    *("enabled", "maxLines", "max_lines", "debounceMs", "disabledLanguages", "url", "keyEnv", "threads"),
    *("completion.maxLines", "endpoint.url", ".", "", "a.b.c", "中", "completion."),
)
VALUES: tuple[Any, ...] = (
    True,
    False,
    None,
    0,
    -1,
    2**70,
    1.5,
    float("inf"),
    "",
    "auto",
    "zh",
    "中文",
    [],
    ["a"],
    [1],
    {},
)


class Feed:
    """Reads choices off bytes; when they are used up, everything is the first choice."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, most: int) -> int:
        """0 to `most`, from as many bytes as it takes."""
        width = max(1, (most.bit_length() + 7) // 8)
        piece = self._data[self._at : self._at + width]
        self._at += width
        return int.from_bytes(piece, "little") % (most + 1)

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[self.number(len(choices) - 1)]

    def text(self, most: int) -> str:
        return "".join(self.pick(PIECES) for _ in range(self.number(most)))

    def rest(self) -> bytes:
        return self._data[self._at :]


def framing(data: bytes) -> None:
    """However a stream is cut, the same messages come out; whatever it holds, only `Malformed` is raised."""
    feed = Feed(data)
    bodies = [bytes([feed.number(255)]) * feed.number(40) for _ in range(feed.number(3))]
    stream = b"".join(framed(body) for body in bodies) + feed.rest()
    whole, pieces = _bodies([stream]), _bodies([stream[at : at + 1] for at in range(len(stream))])
    assert whole[: len(bodies)] == bodies
    assert whole == pieces


def _bodies(pieces: list[bytes]) -> list[bytes]:
    frames, found = Frames(), []
    with contextlib.suppress(Malformed):
        for piece in pieces:
            found += frames.feed(piece)
    return found


def positions(data: bytes) -> None:
    """Columns in every unit lead there and back, agree with a second arithmetic, and any place is some place."""
    feed = Feed(data)
    encoding = feed.pick(("utf-8", "utf-16", "utf-32"))
    held = Held(feed.text(40), encoding)
    columns = Columns(held.text, encoding)
    offset = feed.number(len(held.text))
    if held.text[max(offset - 1, 0) : offset + 1] != "\r\n":
        line, column = columns.place_of(offset)
        assert {"line": line, "character": column} == held.position(offset)
        assert columns.offset_at(line, column) == offset
    start = (feed.number(300) - 20, feed.number(300) - 20)
    end = (feed.number(300) - 20, feed.number(2**32))
    assert 0 <= columns.offset_at(*start) <= len(held.text)
    text = feed.text(5)
    assert text in columns.replaced(start, end, text)


def settings(data: bytes) -> None:
    """Whatever a client or a file holds becomes settings and problems that can be told."""
    feed = Feed(data)
    held: Any = _value(feed, 4)
    if feed.number(3) == 0:
        with contextlib.suppress(UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
            held = tomllib.loads(feed.rest().decode())
    found, problems = from_json(held)
    assert isinstance(found, Settings)
    json.dumps([str(problem) for problem in problems])
    again, _ = from_json(held, found)
    assert again == found


def _value(feed: Feed, depth: int) -> Any:
    kind = feed.number(3)
    if depth == 0 or kind == 0:
        return feed.pick(VALUES)
    if kind == 1:
        return [_value(feed, depth - 1) for _ in range(feed.number(3))]
    return {feed.pick(KEYS): _value(feed, depth - 1) for _ in range(feed.number(4))}


class Postprocess:
    """The same answer for one piece and for many, nothing raised, nothing shown that the model did not write."""

    LANGUAGES = ("python", "javascript", "java", "go", "markdown", "plaintext", "unknown")

    def __init__(self) -> None:
        self._trees = Trees()

    def __call__(self, data: bytes) -> None:
        feed = Feed(data)
        language, explicit = feed.pick(self.LANGUAGES), bool(feed.number(1))
        before, after, raw = feed.text(40), feed.text(20), to_newlines(feed.text(40))
        cursor = Cursor(Snapshot("", language, before + after), len(before))
        site = syntax.site_at(cursor, self._trees)
        decision = trigger.decide(cursor, site, Settings(), explicit=explicit)
        if decision.mode == "none":
            return
        sound = syntax.soundness(cursor, self._trees)
        end = postprocess.Ending.of(cursor, site, decision, Settings(), explicit=explicit, sound=sound)
        assert self._shown(raw, end, len(raw) or 1) == self._shown(raw, end, 1), raw

    @staticmethod
    def _shown(raw: str, end: postprocess.Ending, size: int) -> tuple[str, str]:
        """What is shown when the text arrives in pieces of `size` and the stream stops where it may."""
        text = ""
        for at in range(0, len(raw), size):
            text += raw[at : at + size]
            if postprocess.ended(text, end):
                return postprocess.run(text, end, finished=False)
        return postprocess.run(text, end, finished=True)


TARGETS: dict[str, tuple[Callable[[], Callable[[bytes], None]], int, int]] = {
    "framing": (lambda: framing, 4_000, 400_000),
    "positions": (lambda: positions, 4_000, 400_000),
    "settings": (lambda: settings, 2_000, 150_000),
    "postprocess": (Postprocess, 300, 50_000),
}
"""Name: what makes the function, and how many inputs the short and the long form try: a million in all."""
