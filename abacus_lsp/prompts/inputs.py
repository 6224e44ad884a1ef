"""What a prompt is made from, as far as prompts need to know it.

`window.Window` and the rows of `languages` fit these; prompts do not import them.
"""

from typing import Protocol

# What editors put behind the cursor by themselves: it comes and goes while a line is typed, and says little.
_CLOSERS = " \t)]}>\"'`;,:"


class WindowLike(Protocol):
    r"""What is shown of the file, line endings "\n"."""

    @property
    def outline(self) -> str:
        """Imports and enclosing signatures that lie before `prefix`."""
        ...

    @property
    def prefix(self) -> str:
        """Up to the cursor."""
        ...

    @property
    def rest(self) -> str:
        """From the cursor to the end of its line."""
        ...

    @property
    def below(self) -> str:
        r"""The following lines, with the "\n" in front."""
        ...


class LanguageLike(Protocol):
    """The facts of a language that a prompt needs."""

    @property
    def name(self) -> str:
        """As people write it: "Python", "C++"."""
        ...

    @property
    def line_comment(self) -> str:
        """What opens a comment to the end of the line, "" where there is none."""
        ...


def shown_suffix(window: WindowLike) -> str:
    """What the model is told about the text after the cursor.

    It starts at the next line unless the rest of this one says something: closing brackets and quotes come and go
    with what is typed before them, and would make the model read everything anew.
    """
    return (window.rest if window.rest.strip(_CLOSERS) else "") + window.below


def in_lines(prefix: str) -> tuple[str, str]:
    """(whole lines, the cursor's line up to the cursor)."""
    start = prefix.rfind("\n") + 1
    return prefix[:start], prefix[start:]
