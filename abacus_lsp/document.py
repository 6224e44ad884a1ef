"""What an editor shows: immutable text and a place in it.

Knows text and code-point offsets. Must not know LSP positions (`proto`), bytes (`syntax`) or
tokens (`engines`).
"""

import re
from dataclasses import dataclass
from pathlib import PurePath

_EOL = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of one document, exactly as the client holds it (line endings and BOM included).

    Attributes:
        uri: the client's name for it; empty for text that has none.
        language: the LSP language identifier, e.g. "python".
        text: the whole buffer.
        version: the client's version number, None when the text came from disk.
        path: where it lies on disk, None for an untitled buffer.
        before: text that precedes the buffer without being part of it (earlier cells of a notebook).
    """

    uri: str
    language: str
    text: str
    version: int | None = None
    path: PurePath | None = None
    before: str = ""

    @property
    def eol(self) -> str:
        r"""The file's own line ending: the first one found, or "\n" in a file of one line."""
        for index, char in enumerate(self.text):
            if char == "\n":
                return "\n"
            if char == "\r":
                return "\r\n" if self.text[index + 1 : index + 2] == "\n" else "\r"
        return "\n"


@dataclass(frozen=True, slots=True)
class Cursor:
    r"""A place in a snapshot; `offset` counts code points from the start of the text.

    The text may use any line ending (LSP counts "\\n", "\\r\\n" and "\\r").
    """

    snapshot: Snapshot
    offset: int

    def __post_init__(self) -> None:
        if not 0 <= self.offset <= len(self.snapshot.text):
            raise ValueError(
                f"offset {self.offset} is outside a text of {len(self.snapshot.text)} characters"
            )

    @property
    def before(self) -> str:
        return self.snapshot.text[: self.offset]

    @property
    def after(self) -> str:
        return self.snapshot.text[self.offset :]

    @property
    def line_head(self) -> str:
        """The current line from its start to the cursor."""
        text = self.snapshot.text
        start = max(text.rfind("\n", 0, self.offset), text.rfind("\r", 0, self.offset)) + 1
        return text[start : self.offset]

    @property
    def line_rest(self) -> str:
        """The current line from the cursor to its end, without the line ending."""
        return line_of(self.snapshot.text, self.offset)


def line_of(text: str, start: int = 0) -> str:
    """The line of `text` that begins at `start`, without its ending."""
    ends = [end for end in (text.find("\n", start), text.find("\r", start)) if end >= 0]
    return text[start : min(ends, default=len(text))]


def line_starts(text: str) -> list[int]:
    """Offset of every line's first character; an empty text has one line."""
    return [0, *(match.end() for match in _EOL.finditer(text))]


def to_newlines(text: str) -> str:
    r"""Every line ending as "\n": what models were trained on. Lengths change; offsets do not carry over."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def path_in(path: PurePath | None, root: PurePath | None) -> str:
    """The path as a model is shown it: in its workspace with forward slashes, else the bare name; "" for none."""
    if path is None:
        return ""
    if root is not None and path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return path.name
