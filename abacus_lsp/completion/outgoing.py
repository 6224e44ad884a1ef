"""What may be sent to somebody else's server, and what of its answer may be shown.

Core: texts in, texts out. Knows secrets (`retrieval.secret_scan`) and cursors; must not know engines or files. A secret in the
open document is masked before anything is made of it, so that window, search and prompt see the same text at every key; what
another file offers is dropped whole if it holds one. A mask in an answer never reaches the document.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import PurePath
from typing import Final, ParamSpec

from abacus_lsp.document import Cursor
from abacus_lsp.prompts.prompt import Snippet
from retrieval import private_files, secret_scan
from retrieval.secret_kinds import unfinished

_P = ParamSpec("_P")

_TELLING: Final = 4  # characters of the mask at an answer's end that give it away


def private(path: PurePath) -> bool:
    """Whether a file's name says that it is nobody else's business."""
    return private_files.private(path.as_posix())


def shown(cursor: Cursor) -> Cursor | None:
    """The cursor in its document without secrets; None where it is in one, or where one is being typed."""
    snapshot = cursor.snapshot
    found = secret_scan.find_in_file(snapshot.text)
    if unfinished(cursor.line_head) or secret_scan.inside(found, cursor.offset) is not None:
        return None
    earlier = secret_scan.masked(snapshot.before, secret_scan.find_in_file(snapshot.before))
    if not found and earlier == snapshot.before:
        return cursor
    before = secret_scan.masked(cursor.before, [one for one in found if one.end <= cursor.offset])
    after = secret_scan.masked(
        cursor.after, [one for one in found if one.start >= cursor.offset], cursor.offset
    )
    return Cursor(replace(snapshot, text=before + after, before=earlier), len(before))


def cleared(snippets: Iterable[Snippet], never: tuple[str, ...] = ()) -> tuple[Snippet, ...]:
    """Those that hold no secret, of files that are not private; `never`: more patterns of such files."""
    return tuple(
        snippet
        for snippet in snippets
        if not private_files.private(snippet.path, never) and not secret_scan.holds_secret(snippet.text)
    )


def clearing(
    retrieve: Callable[_P, Iterable[Snippet]], never: tuple[str, ...]
) -> Callable[_P, tuple[Snippet, ...]]:
    """`retrieve`, `cleared`."""
    return lambda *args, **named: cleared(retrieve(*args, **named), never)


def without_mask(text: str) -> str:
    """The lines of an answer before the first that holds a mask, or the beginning of one at its very end."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if secret_scan.MASK in line.upper() or (number == len(lines) - 1 and _begun(line)):
            return "\n".join(lines[:number])
    return text


def unmasked(grew: Callable[[str, str], None]) -> Callable[[str, str], None]:
    """`grew`, told of whole lines without masks only."""
    return lambda made, whole: grew(made, without_mask(whole) if whole else "")


def _begun(line: str) -> bool:
    return any(line.endswith(secret_scan.MASK[:n]) for n in range(_TELLING, len(secret_scan.MASK)))
