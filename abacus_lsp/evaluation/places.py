"""Places in real files where a line is cut: what stands before is shown, the rest of the line is to be guessed.

Knows files, lines, syntax. Must not know models. The same files and seed give the same places.
"""

import random
import re
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from abacus_lsp import languages, syntax
from abacus_lsp.document import Cursor, Snapshot, line_of, line_starts
from abacus_lsp.parsing import Trees
from retrieval.encodings import decode

MOST_BYTES = 1 << 18  # larger files are data or generated
LONGEST_LINE = 160  # characters; longer lines are data
_TRIES = 40  # per place: blank lines, comments and docstrings are passed over
_SKIPPED = frozenset(
    {"test", "tests", "idle_test", "testing", "site-packages", "dist-packages", "__pycache__", "node_modules"}
)
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor strictly inside a line of code.

    Attributes:
        path: of the file.
        text: the file's whole text.
        offset: code points before the cursor.
    """

    path: Path
    text: str
    offset: int

    @property
    def head(self) -> Cursor:
        """The cursor at the end of a file that holds only what stands before it."""
        language = languages.by_path(self.path).id
        shown = self.text[: self.offset]
        return Cursor(Snapshot(self.path.as_uri(), language, shown, path=self.path), self.offset)

    @property
    def rest(self) -> str:
        """The rest of the line: the truth."""
        return line_of(self.text, self.offset)

    @property
    def kind(self) -> str:
        """What the cursor stands behind: "inside a word", "after a word", "after a blank", "after punctuation"."""
        before, after = self.text[self.offset - 1], self.text[self.offset]
        if before in " \t":
            return "after a blank"
        if not _WORD.match(before):
            return "after punctuation"
        return "inside a word" if _WORD.match(after) else "after a word"


KINDS = ("inside a word", "after a word", "after a blank", "after punctuation")


def standard_library() -> Path:
    """The Python standard library that runs this: real code that is everywhere."""
    return Path(sysconfig.get_path("stdlib"))


def source_files(paths: Sequence[Path]) -> list[Path]:
    """The files named, and all source files below the folders named (tests and installed packages left out).

    Raises:
        FileNotFoundError: a path is not there.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(_below(path.resolve()))
        elif path.is_file():
            found.add(path.resolve())
        else:
            raise FileNotFoundError(f"{path}: no such file or folder")
    return sorted(found)


def _below(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts[:-1]
        if _SKIPPED.isdisjoint(inside) and languages.by_path(path).id and path.is_file():
            yield path


def pick(files: Sequence[Path], limit: int, seed: int) -> list[Place]:
    """Up to `limit` different places: a random file, a random line of it, a random column; again.

    Fewer when the files do not hold so many.
    """
    chosen = random.Random(seed)  # noqa: S311  (a sample, not a secret)
    texts: dict[Path, str] = {}
    places: dict[tuple[Path, int], Place] = {}
    trees = Trees()
    for _ in range(limit * _TRIES if files else 0):
        if len(places) >= limit:
            break
        path = files[chosen.randrange(len(files))]
        if path not in texts:
            texts[path] = read_text(path)
        offset = _somewhere(texts[path], chosen)
        if offset is None or (path, offset) in places:
            continue
        place = Place(path, texts[path], offset)
        if _is_code(place, trees):
            places[path, offset] = place
    return list(places.values())


def read_text(path: Path) -> str:
    """The file's text; "" for what is too large or not text."""
    if path.stat().st_size > MOST_BYTES:
        return ""
    decoded = decode(path.read_bytes())
    return decoded[0] if decoded else ""


def _somewhere(text: str, chosen: random.Random) -> int | None:
    """A place in a random line with something but blanks on both sides; None if that line has none."""
    starts = line_starts(text)
    start = starts[chosen.randrange(len(starts))]
    line = line_of(text, start)
    first, last = len(line) - len(line.lstrip()), len(line.rstrip())
    if last - first < 2 or len(line) > LONGEST_LINE:
        return None
    return start + chosen.randrange(first + 1, last)


def _is_code(place: Place, trees: Trees) -> bool:
    """Whether code stands before the cursor, and code is what comes next: not only a trailing comment."""
    language = languages.by_path(place.path)
    snapshot = Snapshot(place.path.as_uri(), language.id, place.text, path=place.path)
    into_next = place.offset + len(place.rest) - len(place.rest.lstrip()) + 1
    sites = (syntax.site_at(Cursor(snapshot, offset), trees) for offset in (place.offset, into_next))
    return all(site.place in ("code", "string") for site in sites)
