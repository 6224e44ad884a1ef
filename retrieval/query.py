"""What is asked for: a place in a text, and the weighted terms that stand for it.

Knows: the text around a cursor. Must not know: the index, scores, budgets.
The line of the cursor changes with every key, so only words that are complete on it count: the same line
gives the same terms until another word is finished, and the prompt stays the same with it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retrieval.lexicon import english
from retrieval.terms import terms, word_terms

LINES_ABOVE = 16
LINES_BELOW = 4
_COMMENT_LINES = 4  # a comment that speaks of the code to come stands right above it
HEAD = 0.8  # weight of the signature around the cursor; half of it for the one around that
TRANSLATED = 0.4  # weight of the English of a Chinese word
UNEXPLAINED = 1.2  # times the weight of names that the window does not define
_NEAR_LINES, _DEFINING_LINES = 4, 60
_NAME = re.compile(r"[^\W\d]\w*")
# At the start of a line: `def name`, `name =`, `name: Type =`, `Type name =`.
_DEFINED = re.compile(
    r"^[ \t]*(?:(?:(?:export|async|public|private|static|final|def|class|func|fn|function|for|let|const|var|val"
    r"|interface|struct|enum)[ \t]+)+|[\w.<>\[\]]+[ \t]+(?=\w+[ \t]*=[^=]))?([^\W\d]\w*)[ \t]*(?=:[^:]|=[^=]|,|in\b)",
    re.MULTILINE,
)
_LAST_WORD = re.compile(r"\w+$")


@dataclass(frozen=True, slots=True)
class Place:
    """A line (from 0) of an indexed file, for instance where the user was a moment ago."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Query:
    """A cursor: `offset` (code points) in `text`, the present text of the file with the key `path`.

    `window` is the part of the text (offsets in code points) that the prompt shows anyway; nothing that
    overlaps it is returned. Without it, it is taken to be 60 lines above and 20 below the cursor.
    `recent` are places edited or viewed lately, the latest first.
    `prose`: the cursor stands in text about code (a docstring). There, similar text is worth more than signatures: on
    three times 3,200 lines of eight packages the recall of random lines' names rose from 0.995, 1.000, 1.004 to 1.011,
    1.002, 1.003 times that of similar windows alone.
    """

    path: str
    text: str
    offset: int
    window: tuple[int, int] | None = None
    recent: tuple[Place, ...] = ()
    prose: bool = False

    @property
    def line(self) -> int:
        """The cursor's line, from 0."""
        return self.text.count("\n", 0, self.offset)

    def window_lines(self) -> tuple[int, int]:
        """First and end line of what the prompt shows anyway."""
        if self.window is None:
            return max(0, self.line - 60), self.line + 21
        start, end = self.window
        return self.text.count("\n", 0, start), self.text.count("\n", 0, end) + 1

    def hardly_shows(self, start: int, end: int) -> bool:
        """Whether the prompt shows at most half of these lines of the file anyway.

        Every line that is typed pushes others of the file into view: a few that are read twice cost less than reading
        all of the prompt anew.
        """
        first, last = self.window_lines()
        return (min(end, last) - max(start, first)) * 2 <= end - start


def finished(line: str) -> str:
    """The part of the cursor's line before the word being typed."""
    return _LAST_WORD.sub("", line)


def weights(query: Query) -> dict[str, float]:
    """Terms near the cursor; a term's weight falls with the distance of its nearest occurrence."""
    above = query.text[: query.offset].rsplit("\n", _DEFINING_LINES + 1)
    below = query.text[query.offset :].split("\n", LINES_BELOW + 1)[1 : LINES_BELOW + 1]
    found: dict[str, float] = {}
    _add(found, finished(above[-1]), 1.5)
    for distance, line in enumerate(reversed(above[-1 - LINES_ABOVE : -1])):
        _add(found, line, 1.0 - 0.5 * distance / LINES_ABOVE)
    for line in below:
        _add(found, line, 0.3)
    for term in _unexplained(above, below):
        if term in found:
            found[term] *= UNEXPLAINED
    comment = [*above[-1 - _COMMENT_LINES : -1], finished(above[-1])]
    for word in english("\n".join(comment)):
        _add(found, word, TRANSLATED)
    return found


def with_heads(asked: Mapping[str, float], heads: Sequence[str]) -> dict[str, float]:
    """Terms, and those of the signatures of the definitions around the cursor, the innermost first: what a long
    function is about stands at its top.
    """
    found = dict(asked)
    for depth, head in enumerate(heads):
        _add(found, head, HEAD / (1 + depth))
    return found


def _unexplained(above: Sequence[str], below: Sequence[str]) -> set[str]:
    """Whole names in the lines just above that nothing around them defines: other files must."""
    near = [*above[-1 - _NEAR_LINES : -1], finished(above[-1])]
    around = "\n".join([*above[-1 - _DEFINING_LINES : -1], *below])
    names = {name for line in near for name in _NAME.findall(line)}.difference(_DEFINED.findall(around))
    return {term for name in names for term in word_terms(name)[:1]}


def _add(found: dict[str, float], text: str, weight: float) -> None:
    for term in terms(text):
        if weight > found.get(term, 0.0):
            found[term] = weight
