r"""Client columns to and from code points: the arithmetic, without the protocol's types.

LSP counts a line's columns in the units that were negotiated (utf-8, utf-16 or utf-32) and ends lines at
"\n", "\r\n" and "\r" only.
"""

from bisect import bisect_right

from abacus_lsp.document import line_starts


class Columns:
    """Where lines start in one text, and the two conversions between offsets and client positions.

    Args:
        text: the whole document.
        encoding: "utf-8", "utf-16" or "utf-32".
    """

    def __init__(self, text: str, encoding: str) -> None:
        self.text = text
        self._encoding = encoding
        self._starts = line_starts(text)

    def offset_at(self, line: int, column: int) -> int:
        """Code-point offset of a client position. Past the line's end: its end; past the last line: the end.

        A column inside a character (half a surrogate pair) is taken as the character's start.
        """
        if line >= len(self._starts):
            return len(self.text)
        line = max(line, 0)
        return self._starts[line] + _to_code_points(self._line(line), max(column, 0), self._encoding)

    def place_of(self, offset: int) -> tuple[int, int]:
        """(line, column) of a code-point offset, as the client counts."""
        line = bisect_right(self._starts, offset) - 1
        return line, _units(self.text[self._starts[line] : offset], self._encoding)

    def replaced(self, start: tuple[int, int], end: tuple[int, int], text: str) -> str:
        """The whole text with the range between two (line, column) places replaced."""
        first, last = self.offset_at(*start), self.offset_at(*end)
        return self.text[:first] + text + self.text[max(first, last) :]

    def _line(self, number: int) -> str:
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


def _units(text: str, encoding: str) -> int:
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(char > "\uffff" for char in text)


def _to_code_points(line: str, column: int, encoding: str) -> int:
    if encoding == "utf-32" or line.isascii():
        return min(column, len(line))
    width = _utf8_width if encoding == "utf-8" else _utf16_width
    used = 0
    for index, char in enumerate(line):
        used += width(char)
        if used > column:
            return index
    return len(line)


def _utf8_width(char: str) -> int:
    return 1 if char < "\x80" else 2 if char < "\u0800" else 3 if char <= "\uffff" else 4


def _utf16_width(char: str) -> int:
    return 2 if char > "\uffff" else 1
