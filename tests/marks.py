"""Cursors drawn in text: "‸" is the cursor, and not part of the text."""

from abacus_lsp.document import Cursor, Snapshot

CURSOR = "‸"


def cursor_in(marked: str, language: str = "python", before: str = "", uri: str = "") -> Cursor:
    """The cursor drawn in `marked`, which must hold exactly one."""
    head, *tails = marked.split(CURSOR)
    if len(tails) != 1:
        raise ValueError(f"expected one {CURSOR} in {marked!r}, found {len(tails)}")
    return Cursor(Snapshot(uri=uri, language=language, text=head + tails[0], before=before), len(head))


def draw(text: str, offset: int) -> str:
    """The reverse: `text` with its cursor, for messages and golden files."""
    return text[:offset] + CURSOR + text[offset:]
