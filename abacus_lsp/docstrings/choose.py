"""In which style and language a docstring is written: as the file already does, else as configured.

Knows the text of one file and the settings. Must not know models.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from abacus_lsp.brackets import tokens
from abacus_lsp.docstrings.phrases import Tongue
from abacus_lsp.docstrings.sections import sections
from abacus_lsp.docstrings.styles import PYTHON_SHAPES, STYLE_OF
from abacus_lsp.document import Snapshot
from abacus_lsp.intent.comment import worded
from abacus_lsp.languages import Language, by_id
from abacus_lsp.settings import DocstringsSettings

_OWN_LINE = re.compile(r"^[ \t]*[rRuU]?(\"\"\"|\'\'\')(.*?)\1", re.DOTALL | re.MULTILINE)
_DOCSTRING = re.compile(r"(\"\"\"|''')(.*?)\1", re.DOTALL)
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LOOK = 200_000  # characters
_DEFAULT = "google"


Others = Callable[[], tuple[str, ...]]


def no_others() -> tuple[str, ...]:
    """A file alone."""
    return ()


@dataclass(frozen=True, slots=True)
class Manner:
    """A row of `styles.STYLES`, and the language of the prose."""

    style: str
    tongue: Tongue


def manner_of(
    snapshot: Snapshot, settings: DocstringsSettings, messages: Tongue = "en", others: Others = no_others
) -> Manner:
    """How to write here.

    Args:
        snapshot: the file.
        settings: what is configured; "auto" looks at the file.
        messages: the language of messages, for a file without comments.
        others: gives texts of the project's other files in the same language; asked when this one does not tell.
    """
    return Manner(_style(snapshot, settings, others), _tongue(snapshot, settings, messages))


def _style(snapshot: Snapshot, settings: DocstringsSettings, others: Others) -> str:
    language = by_id(snapshot.language).id
    if language in STYLE_OF:
        return STYLE_OF[language]
    if settings.style != "auto":
        return settings.style
    found = python_style(snapshot.text)
    if found:
        return found
    counts = Counter(style for text in others() if (style := python_style(text)))
    return counts.most_common(1)[0][0] if counts else _DEFAULT


def python_style(text: str) -> str:
    """What most docstrings of a Python file with sections are written in; "" when none has any."""
    counts: Counter[str] = Counter()
    for match in _DOCSTRING.finditer(text[:_LOOK]):
        lines = _dedented(match.group(2))
        shapes = [section.style for section in sections(lines) if section.kind is not None]
        counts.update(PYTHON_SHAPES[shape] for shape in shapes[:1] if shape in PYTHON_SHAPES)
    return counts.most_common(1)[0][0] if counts else ""


def _dedented(body: str) -> list[str]:
    lines = body.split("\n")
    depths = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    depth = min(depths, default=0)
    return [lines[0].strip(), *(line[depth:] for line in lines[1:])]


def _tongue(snapshot: Snapshot, settings: DocstringsSettings, messages: Tongue) -> Tongue:
    """Chinese when at least half of the comments and docstrings with words are."""
    if settings.language != "auto":
        return settings.language
    text, row = snapshot.text[:_LOOK], by_id(snapshot.language)
    said = list(_comments(text, row))
    said += [match.group(0).lstrip() for match in _OWN_LINE.finditer(text)] if row.indented else []
    chinese = sum(_HAN.search(one) is not None for one in said)
    english = sum(_HAN.search(one) is None and worded(one, heads=text.startswith(one)) for one in said)
    return messages if not chinese + english else "zh" if chinese >= english else "en"


def _comments(text: str, language: Language) -> Iterator[str]:
    """The comments in order; those of lines that follow each other are one."""
    run, end = "", -1
    for token in tokens(text, language):
        if token.kind != "comment":
            continue
        if run and not text[end : token.start].strip() and text.count("\n", end, token.start) < 2:
            run += "\n" + token.text
        else:
            if run:
                yield run
            run = token.text
        end = token.end
    if run:
        yield run
