r"""What is known of the place when an answer comes in: all that the rules of stopping and the filters look at.

Core: a value made once per request from cursor, site and settings. Line endings are "\n" here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from abacus_lsp import indentation
from abacus_lsp.brackets import Brackets, code_only, lacking, scan
from abacus_lsp.completion.trigger import Decision
from abacus_lsp.document import Cursor, to_newlines
from abacus_lsp.languages import Language
from abacus_lsp.languages.language import plain
from abacus_lsp.settings import Settings
from abacus_lsp.site import Place, Site

_FAR: Final = 60_000  # characters before and after the cursor in which brackets are counted
_STYLE: Final = 8000  # and in which the file's indentation is seen
_NEAR: Final = 1500  # and in which it is seen first
_WIDEST: Final = 8  # blanks of one step
_ABOVE: Final = 3  # lines above that an answer may copy
PROSE: Final = frozenset(
    ("markdown", "plaintext", "latex", "html", "text", "restructuredtext", "git-commit", "")
)
"""Languages whose text is not code: sentences and full-width punctuation belong there."""

_OPERATOR = re.compile(
    r"(?:[=+*/%&|^<?,(\[{~\\-]|=>|->|(?<![.\d])\.|\b(?:and|or|not|in|is|return|new|await|else))\s*$"
)
_STEP = re.compile(r"(?:\+\+|--)\s*$")

Sound = Callable[[str], bool]
"""Whether the file is no worse, as its parser sees it, with this text at the cursor."""


def _nothing_known() -> Language:
    return plain("")


@dataclass(frozen=True, slots=True)
class Ending:
    """What ends an answer at one place.

    Attributes:
        block: a block is due, not the rest of the line.
        line_head: the current line up to the cursor.
        rest: the current line after the cursor.
        below: the lines after it, from the line break on.
        max_lines: most lines to show.
        floor: the least indentation, in columns, of the block's lines after the first.
        paragraph: the block is no body of a header: a blank line ends it.
        language: the row.
        before: the brackets that are open where the current line starts.
        wanted: the closing brackets that the text after the cursor has for what comes before it.
        above: the nearest lines above that are not blank, nearest last.
        unit: one step of the file's indentation, "" when it has none to see.
        blocks: a line that opens a block goes on with the block; else every answer ends with its statement.
        place: what the cursor is in.
        room: after a complete line the next statement may be offered: it was asked for, or nothing follows.
        sound: see `Sound`; None when nothing is parsed.
        rejected: keys (`rejection`) of what the user has turned down here.
        head: the lines from the enclosing function's head (or the comment that asks) to the cursor's line: an answer
            that begins with the first of them begins anew.
        inner: the blanks before the body's first line: the cursor's, else its docstring's; "" when nothing shows.
        after: at the end of a comment that asks for code, how an answer ends that begins with a line break.
        lead: what is shown before the answer: that line break, with the blanks after it.
    """

    block: bool
    line_head: str
    rest: str
    below: str
    max_lines: int
    floor: int = 0
    paragraph: bool = False
    language: Language = field(default_factory=_nothing_known)
    before: Brackets = field(default_factory=Brackets)
    wanted: str = ""
    above: tuple[str, ...] = ()
    unit: str = ""
    blocks: bool = True
    place: Place = "code"
    room: bool = True
    sound: Sound | None = None
    rejected: frozenset[str] = frozenset()
    head: tuple[str, ...] = ()
    inner: str = ""
    after: "Ending | None" = None
    lead: str = ""

    @classmethod
    def of(  # noqa: PLR0913  (one value from all that is known)
        cls,
        cursor: Cursor,
        site: Site,
        decision: Decision,
        settings: Settings,
        *,
        explicit: bool = False,
        blocks: bool = True,
        sound: Sound | None = None,
        rejected: frozenset[str] = frozenset(),
        unit: int | None = None,
    ) -> "Ending":
        """Gather it from the whole text around the cursor, not only from what the model saw; `unit`: where it begins."""
        text = to_newlines(cursor.before)
        rest, newline, below = to_newlines(cursor.after).partition("\n")
        head, language = cursor.line_head, site.language
        line = len(text) - len(head)
        header = head if head.strip() else _opener(text, language) if site.empty_body else ""
        start = text.rfind("\n", 0, max(0, line - _FAR)) + 1
        before = scan(text[start:line], language)
        here = scan(head, language, before)
        after = scan(here.inside + rest + newline + below[:_FAR], language)
        return cls(
            decision.mode == "block" and blocks,
            head,
            rest,
            newline + below,
            settings.completion.max_lines,
            indentation.width(header) + 1 if header else indentation.width(head),
            paragraph=not header,
            language=language,
            before=before,
            wanted=after.closes,
            above=_lines_above(text[:line]),
            unit=_unit(text[max(start, line - _STYLE) : line], newline + below[:_STYLE], head, language),
            blocks=blocks,
            place=site.place,
            room=explicit or not (rest + below).strip(),
            sound=sound,
            rejected=rejected,
            inner=_inner(text, head, header),
            head=_head(cursor, unit) if unit is not None and not head.strip() else (),
        )

    @property
    def code(self) -> bool:
        """The answer is code: in a comment, a string or a text file other rules hold."""
        return self.place == "code" and self.language.id not in PROSE

    def brackets(self, text: str) -> Brackets:
        """What is open after `text`, whole lines of an answer."""
        return scan(f"{self.line_head}{text}\n", self.language, self.before)

    def lacking(self, text: str) -> tuple[str, str]:
        """As `brackets.lacking`, between `text` and what follows the cursor."""
        state = self.brackets(text)
        unclosed, missing = lacking(state.open, self.wanted)
        return unclosed, missing + state.closes[len(self.before.closes) :]

    def opened(self, text: str) -> str:
        """The brackets that `text` opens and does not close, outermost first."""
        return self.brackets(text).open[len(self.brackets("").open) :]

    def surplus(self, text: str) -> int:
        """How many brackets `text` closes that the text after the cursor closes, too."""
        here, there = self.brackets(""), self.brackets(text)
        owed = len(lacking(here.open, self.wanted)[0])
        deepest = len(there.open) - len(there.closes) + len(here.closes)
        return max(0, len(here.open) - owed - deepest)

    def balanced(self, text: str) -> bool:
        """With `text`, every bracket around the cursor has its partner."""
        return self.lacking(text) == ("", "")

    @property
    def complete(self) -> bool:
        """The current line could stand as it is: something is on it, nothing is open, no operator waits."""
        code = code_only(self.line_head, self.language, self.before.inside).rstrip()
        if not self.line_head.strip() or self.rest.strip() or self.place != "code":
            return False
        if not code.strip():  # a comment or a string alone
            return True
        waits = _OPERATOR.search(code) is not None and _STEP.search(code) is None
        return not waits and self.balanced("")


def _inner(text: str, head: str, header: str) -> str:
    if head:
        return "" if head.strip() else head
    line = next(iter(_lines_above(text)[-1:]), "")
    deeper = header and indentation.width(line) > indentation.width(header)
    return line[: len(line) - len(line.lstrip(" \t"))] if deeper else ""


def _head(cursor: Cursor, unit: int) -> tuple[str, ...]:
    """The lines of the unit above the cursor's line, blank ones left out."""
    if cursor.offset - unit > _NEAR:
        return ()
    lines = to_newlines(cursor.snapshot.text[unit : cursor.offset]).split("\n")[:-1]
    return tuple(line for line in lines if line.strip())


def _unit(above: str, below: str, head: str, language: Language) -> str:
    """The nearest lines above tell, then all; what stands in docstrings and comments has its own indentation.

    Where they do not, or tell of the other kind of blanks, the cursor's line does.
    """
    code = code_only(above, language)
    near = code[code.find("\n", max(0, len(code) - _NEAR)) + 1 :]
    found = indentation.unit(near) or indentation.unit(code + below)
    own = head[: len(head) - len(head.lstrip(" \t"))]
    if not own or (found and ("\t" in own) == (found == "\t")):
        return found
    if "\t" in own:
        return "\t"
    outer = (
        line[: len(line) - len(line.lstrip(" \t"))] for line in reversed(code.split("\n")) if line.strip()
    )
    step = len(own) - next((len(blank) for blank in outer if own.startswith(blank) and blank != own), 0)
    return " " * step if 1 < step <= _WIDEST else found


def _opener(text: str, language: Language) -> str:
    """The last line of code above an empty body: docstrings and comments in it say nothing about its depth."""
    near = text[text.find("\n", max(0, len(text) - _STYLE)) + 1 :] if len(text) > _STYLE else text
    code = code_only(near, language)
    for number, line in reversed(list(enumerate(code.split("\n")))):
        if line.strip():
            return near.split("\n")[number]
    return next(iter(_lines_above(text)[-1:]), "")


def _lines_above(text: str) -> tuple[str, ...]:
    """The nearest lines that are not blank, nearest last."""
    found = [line for line in text[-4000:].split("\n") if line.strip()]
    return tuple(found[-_ABOVE:])
