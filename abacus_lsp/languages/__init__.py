"""Which languages there are and what is special about each. Knows no text."""

from pathlib import PurePath

from abacus_lsp.languages.language import Language, plain
from abacus_lsp.languages.table import LANGUAGES

__all__ = ["LANGUAGES", "Language", "by_id", "by_path", "plain"]


def by_id(language_id: str) -> Language:
    """The row for an LSP language identifier; a plain row for one that no row names."""
    wanted = language_id.lower()
    for language in LANGUAGES:
        if wanted == language.id or wanted in language.aliases:
            return language
    return plain(wanted)


def by_path(path: PurePath) -> Language:
    """The row for a file by its name or extension; a plain row for one that no row names."""
    name, extension = path.name.lower(), path.suffix.lower()
    for language in LANGUAGES:
        if name in language.filenames or (extension and extension in language.extensions):
            return language
    return plain("")
