"""An index on disk, so that reopening a workspace reads only what has changed.

Knows: the file format. Must not know: how an index is made or searched. One file per workspace: a header
with the format and the sizes of all sections, the sections, checksums of both. Written aside and moved into
place, so several processes may share it: each reads a whole file, the last writer wins. A file that is
damaged, of another format or of another workspace is no index, and nobody is told: it is made anew.
Neither way is there a second copy of the index in memory.
"""

import hashlib
import itertools
import json
import os
import struct
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from retrieval.bm25 import Corpus, Segment, sizes_of
from retrieval.builder import Library, Names, Part
from retrieval.entries import Entry
from retrieval.resolve import NO_PATHS
from retrieval.symbols import COLUMNS

FORMAT: Final = 4  # raise when terms, windows, rows or this layout change
_MAGIC: Final = b"abacusix"
_HEAD: Final = struct.Struct("<8sIIIQ")  # magic, header's length, its checksum, the rest's, the rest's length
_START: Final = 1  # of adler32, the faster of zlib's two checksums
_WORDS: Final = 20_000  # of the vocabulary in one block: a few milliseconds with the interpreter's lock
_STALE_SECONDS: Final = 3600  # a file half written so long ago is of a process that was killed

Array = npt.NDArray[Any]


def store_path(cache: Path, roots: Sequence[Path]) -> Path:
    """Where the index of these roots lies in a cache directory."""
    name = hashlib.sha256("\0".join(map(str, roots)).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return cache / "index" / f"{name}.idx"


def save(path: Path, library: Library) -> bool:
    """Write a library; False when the disk does not want it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.stem}-", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb", buffering=1 << 20) as file:
                _write(file, library)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
        _remove_stale(path)
    except OSError:
        return False
    return True


def load(path: Path) -> Library | None:
    """The library in a file; None when there is none that can be used."""
    try:
        with path.open("rb", buffering=1 << 20) as file:
            return _read(file)
    except (OSError, struct.error, ValueError, KeyError, IndexError, TypeError, EOFError, zlib.error):
        return None


def _remove_stale(path: Path) -> None:
    for left in path.parent.glob(f"{path.stem}-*.tmp"):
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            left.unlink(missing_ok=True)


# Writing: sections in the order in which they are read below.


def _write(file: BinaryIO, library: Library) -> None:
    words = _packed_words(library)
    tables = [_file_table(part, library) for part in library.parts]
    info = {
        "format": FORMAT,
        "words": [len(block) for block in words],
        "frequency": len(library.corpus.frequency),
        "documents": library.corpus.documents,
        "total_length": library.corpus.total_length,
        "parts": [
            {"names": len(paths), "arrays": [(array.dtype.str, array.size) for array in arrays]}
            for paths, arrays in tables
        ],
    }
    header = json.dumps(info).encode()
    file.write(bytes(_HEAD.size))
    file.write(header)
    checksum, length = _START, 0
    for piece in _pieces(library, words, tables):
        checksum = zlib.adler32(piece, checksum)
        length += len(piece)
        file.write(piece)
    file.seek(0)
    file.write(_HEAD.pack(_MAGIC, len(header), zlib.adler32(header), checksum, length))


def _pieces(
    library: Library, words: list[bytes], tables: list[tuple[bytes, list[Array]]]
) -> Iterator[bytes | memoryview]:
    yield from words
    yield _bytes_of(library.corpus.frequency)
    for part, (paths, arrays) in zip(library.parts, tables, strict=True):
        yield paths
        yield from map(_bytes_of, arrays)
        for entry in part.entries:
            yield entry.packed
            yield _bytes_of(entry.symbols)


def _bytes_of(array: Array) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).data.cast("B") if array.size else memoryview(b"")


def _packed_words(library: Library) -> list[bytes]:
    """The vocabulary in the order of its numbers. It grows while we look, so only what this library knows."""
    words = itertools.islice(iter(list(library.vocabulary)), len(library.corpus.frequency))
    return [
        zlib.compress("\n".join(block).encode("utf-8", "surrogatepass"), 1)
        for block in iter(lambda: list(itertools.islice(words, _WORDS)), [])
    ]


def _file_table(part: Part, library: Library) -> tuple[bytes, list[Array]]:
    """The paths of a part's files, and its arrays. Files that are gone keep their place."""
    entries, segment, names = part.entries, part.segment, part.names
    paths = "\0".join(entry.path for entry in entries).encode("utf-8", "surrogatepass")
    numbers = [
        (*entry.stamp, entry.line_count, len(entry.cuts), len(entry.symbols),
         library.files.get(entry.path) is entry)
        for entry in entries
    ]  # fmt: skip
    cuts = np.fromiter(itertools.chain.from_iterable(entry.cuts for entry in entries), np.int32)
    files = np.array(numbers, np.int64).reshape(-1, 6)
    arrays = [files, cuts, part.first, segment.terms, segment.offsets, segment.docs, segment.counts]
    return paths, [*arrays, segment.lengths, part.alive, names.terms, names.owners, names.rows]


@dataclass(slots=True)
class _Reader:
    """A file with the checksum of what has been read from it."""

    file: BinaryIO
    checksum: int = _START

    def bytes(self, size: int) -> bytes:
        data = self.file.read(size)
        if len(data) < size:
            raise EOFError
        self.checksum = zlib.adler32(data, self.checksum)
        return data

    def array(self, kind: str, size: int) -> Array:
        array = np.empty(size, kind)
        view = _bytes_of(array)
        if len(view) and self.file.readinto(view) < len(view):  # type: ignore[attr-defined]
            raise EOFError
        self.checksum = zlib.adler32(view, self.checksum)
        return array


def _read(file: BinaryIO) -> Library | None:
    magic, size, of_header, checksum, length = _HEAD.unpack(file.read(_HEAD.size))
    header = file.read(size) if magic == _MAGIC else b""
    # Checked before it is believed: it says how much memory to take.
    if not header or zlib.adler32(header) != of_header:
        return None
    info: dict[str, Any] = json.loads(header)
    if info["format"] != FORMAT or os.fstat(file.fileno()).st_size != _HEAD.size + size + length:
        return None
    reader = _Reader(file)
    vocabulary = _vocabulary(reader, info["words"])
    frequency = reader.array("<i4", info["frequency"])
    files: dict[str, Entry] = {}
    parts = tuple(_part(reader, row, files) for row in info["parts"])
    if reader.checksum != checksum:
        return None
    corpus = Corpus(
        tuple(part.segment for part in parts),
        tuple(part.sizes for part in parts),
        frequency,
        info["documents"],
        info["total_length"],
    )
    return Library(parts, corpus, vocabulary, files, NO_PATHS.changed(files.keys(), ()))


def _vocabulary(reader: _Reader, sizes: list[int]) -> dict[str, int]:
    vocabulary: dict[str, int] = {}
    for size in sizes:
        words = zlib.decompress(reader.bytes(size)).decode("utf-8", "surrogatepass").split("\n")
        vocabulary.update(zip(words, range(len(vocabulary), len(vocabulary) + len(words)), strict=True))
    return vocabulary


def _part(reader: _Reader, row: dict[str, Any], files: dict[str, Entry]) -> Part:
    """The next part; its living files are put into `files`."""
    paths = reader.bytes(row["names"]).decode("utf-8", "surrogatepass").split("\0")
    table, cuts, first, *segment_arrays, alive, terms, owners, rows = (
        reader.array(kind, size) for kind, size in row["arrays"]
    )
    segment = Segment(*segment_arrays)
    entries: list[Entry] = []
    starts = cuts.tolist()
    place = 0
    numbers: list[list[int]] = table.reshape(-1, 6).tolist()
    for path, (modified, size, lines, blocks, count, living) in zip(paths, numbers, strict=bool(numbers)):
        bounds = tuple(starts[place : place + blocks])
        place += blocks
        packed = reader.bytes(bounds[-1])
        symbols = reader.array("<i4", count * COLUMNS).reshape(-1, COLUMNS)
        entries.append(Entry(path, (modified, size), lines, packed, bounds, symbols))
        if living:
            files[path] = entries[-1]
    names = Names(terms, owners, rows)
    return Part(segment, tuple(entries), first, alive, sizes_of(segment, alive), names)
