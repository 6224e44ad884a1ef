"""The Chinese forms of sentences that are made in English: errors, findings, results of commands.

A sentence is finished where it is made: an error is raised far from whoever knows the client's language, in another
thread or process, and logs keep it in English. So a row holds the English sentence as it stands in the source, with
the places of its values, and a Chinese one; a value whose name begins with "say" is a sentence of its own, or some,
each on a line. A test holds the rows against the sources. Short fixed texts stand in both languages where they are
used (`completion/reasons`, `server/telling`, the settings). Core: pure; must not know who speaks.
"""

import re
from collections.abc import Iterator
from string import Formatter
from typing import Final, Literal

from abacus_lsp.translations import commands, endpoints, engines, models, options, sources

Language = Literal["en", "zh"]
Rows = tuple[tuple[str, str], ...]

ROWS: Final[Rows] = (
    *options.ROWS,
    *models.ROWS,
    *sources.ROWS,
    *engines.ROWS,
    *endpoints.ROWS,
    *commands.ROWS,
)


def spoken(sentence: str, language: str) -> str:
    """The sentence in the language "en" or "zh"; as it is if there is no row for it."""
    if language != "zh":
        return sentence
    for english, chinese in ROWS:
        # Nearly every row ends here, so that its pattern is not even made: this runs on the loop thread.
        if not (
            sentence.startswith(english.partition("{")[0]) and sentence.endswith(english.rpartition("}")[2])
        ):
            continue
        match = re.fullmatch(_pattern(english), sentence, re.DOTALL)
        if match is not None:
            values = match.groupdict()
            return chinese.format(**{name: _value(name, value) for name, value in values.items()})
    return sentence


def _value(name: str, value: str) -> str:
    if not name.startswith("say"):
        return value
    lines = value.split("\n")
    return "\n".join(
        line[: -len(line.lstrip())] + spoken(line.lstrip(), "zh") if line.strip() else line for line in lines
    )


def _pattern(template: str) -> str:
    return "".join(_pieces(template))


def _pieces(template: str) -> Iterator[str]:
    """A place takes as little as it can, so that a value does not swallow words of the sentence."""
    for text, name, _, _ in Formatter().parse(template):
        yield re.escape(text)
        if name is not None:
            yield f"(?P<{name}>.*?)"
