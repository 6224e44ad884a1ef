"""A document as an editor holds it, and random edits of it: the oracle for what the server should hold.

Independent of the server's arithmetic on purpose: a position is found by encoding the text before it.
"""

import random
import re
from hashlib import sha256
from typing import Any

UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
_ENDINGS = re.compile("\r\n|\r|\n")
PIECES = (
    *"abcxyz_0123 \t()[]{}:;,.=+-*/#'\"\\<>",
    *("\n", "\r\n", "\r", "\f", "\u2028", "\u0085", "\x00"),
    *(
        "é",
        "e\u0301",
        "ß",
        "，",
        "。",
        "“",
        "按",
        "排序",
        "去重",
        "𠮷",
        "😀",
        "👩\u200d👩\u200d👧",
        "\u202e",
        "\ufeff",
    ),
    *(
        "def f(x):",
        "return ",
        "    ",
        '"""',
        "'''",
        "# 按 id 去重",
        "// ",
        "/*",
        "import os",
        "<fim_prefix>",
        "<AI>",
    ),
)


class Held:
    """The client's copy of one document.

    Args:
        text: at the start.
        encoding: the unit in which columns are counted, as negotiated.
    """

    def __init__(self, text: str, encoding: str) -> None:
        self.text = text
        self._codec, self._width = UNITS[encoding]
        self.version = 1

    @property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()

    def position(self, offset: int) -> dict[str, int]:
        """The protocol's place of a code-point offset that is not inside a line's ending."""
        before = self.text[:offset]
        ends = [found.end() for found in _ENDINGS.finditer(before)]
        last = before[ends[-1] :] if ends else before
        return {"line": len(ends), "character": len(last.encode(self._codec)) // self._width}

    def offset(self, position: dict[str, int]) -> int:
        """The code-point offset of a place that the server told."""
        starts = [0, *(found.end() for found in _ENDINGS.finditer(self.text))]
        line = self.text[starts[position["line"]] :].encode(self._codec)
        head = line[: position["character"] * self._width].decode(self._codec)
        return starts[position["line"]] + len(head)

    def somewhere(self, chance: random.Random) -> int:
        """An offset at which a cursor can stand."""
        offset = chance.randint(0, len(self.text))
        return offset - 1 if self.text[offset - 1 : offset + 1] == "\r\n" and offset else offset

    def change(self, start: int, end: int, text: str) -> dict[str, Any]:
        """Replace [start, end); the change as a client reports it."""
        told = {"range": {"start": self.position(start), "end": self.position(end)}, "text": text}
        self.text = self.text[:start] + text + self.text[end:]
        return told

    def typed(self, chance: random.Random) -> dict[str, Any]:
        """One random edit: mostly a few characters typed or taken away, now and then a large cut or the whole text."""
        kind = chance.random()
        text = "".join(chance.choices(PIECES, k=chance.choice((0, 1, 1, 1, 2, 5))))
        if kind < 0.02:
            self.text = text * chance.randint(0, 20)
            return {"text": self.text}
        start = self.somewhere(chance)
        reach = chance.choice((0, 0, 0, 1, 2, 8)) if kind < 0.95 else len(self.text) // 2
        if len(self.text) > 6000:
            reach = 3000
        end = min(start + reach, len(self.text))
        if end and self.text[end - 1 : end + 1] == "\r\n":
            end -= 1
        return self.change(start, max(start, end), text)
