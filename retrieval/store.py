"""An index on disk, so that reopening a workspace reads only what has changed.

Knows: the file format. Must not know: how an index is made or searched. One file per workspace: a header
with the format and the sizes of all sections, the sections, a checksum. Written aside and moved into place,
so several processes may share it: each reads a whole file, the last writer wins. A file that is damaged,
of another format or of another workspace is no index, and nobody is told: it is made anew.
"""

import hashlib
import json
import os
import struct
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from retrieval import bm25
from retrieval.bm25 import Segment
from retrieval.builder import Library, Names, Part
from retrieval.entries import Entry
from retrieval.resolve import NO_PATHS
from retrieval.symbols import COLUMNS

FORMAT: Final = 3  # raise when terms, windows, rows or this layout change
_MAGIC: Final = b"abacusix"
_HEAD: Final = struct.Struct("<8sII")  # magic, length of the header, checksum of all that follows


def store_path(cache: Path, roots: Sequence[Path]) -> Path:
    """Where the index of these roots lies in a cache directory."""
    name = hashlib.sha256("\0".join(map(str, roots)).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return cache / "index" / f"{name}.idx"


def save(path: Path, library: Library) -> bool:
    """Write a library of at most one part; False when the disk does not want it."""
    arrays, info = _sections(library)
    header = json.dumps(info, ensure_ascii=False).encode("utf-8", "surrogatepass")
    pieces = [header, *(np.ascontiguousarray(array).data.cast("B") for array in arrays)]
    checksum = 1  # where adler32 starts; it is the faster of the two for hundreds of megabytes
    for piece in pieces:
        checksum = zlib.adler32(piece, checksum)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.stem)
        with os.fdopen(handle, "wb") as file:
            file.write(_HEAD.pack(_MAGIC, len(header), checksum))
            for piece in pieces:
                file.write(piece)
        Path(temporary).replace(path)
    except OSError:
        return False
    return True


def load(path: Path) -> Library | None:
    """The library in a file; None when there is none that can be used."""
    try:
        data = path.read_bytes()
        magic, size, checksum = _HEAD.unpack_from(data)
        body = memoryview(data)[_HEAD.size :]
        if magic != _MAGIC or zlib.adler32(body) != checksum:
            return None
        info = json.loads(bytes(body[:size]).decode("utf-8", "surrogatepass"))
        return _library(info, body[size:]) if info["format"] == FORMAT else None
    except (OSError, struct.error, ValueError, KeyError, IndexError, TypeError):
        return None


def _sections(library: Library) -> tuple[list[npt.NDArray[Any]], dict[str, Any]]:
    part = library.parts[0] if library.parts else None
    entries = part.entries if part else ()
    packed = np.frombuffer(b"".join(entry.packed for entry in entries), np.uint8)
    words = zlib.compress("\n".join(library.vocabulary).encode("utf-8", "surrogatepass"), 1)
    arrays: list[npt.NDArray[Any]] = [np.frombuffer(words, np.uint8), packed, library.corpus.frequency]
    if part:
        segment, names = part.segment, part.names
        arrays += [segment.terms, segment.offsets, segment.docs, segment.counts, segment.lengths]
        arrays += [part.first, names.terms, names.owners, names.rows]
        arrays.append(np.concatenate([entry.symbols for entry in entries]))
    info = {
        "format": FORMAT,
        "arrays": [(array.dtype.str, int(array.size)) for array in arrays],
        "files": [
            (entry.path, *entry.stamp, entry.line_count, entry.cuts, len(entry.symbols)) for entry in entries
        ],
    }
    return arrays, info


def _library(info: dict[str, Any], body: memoryview) -> Library:
    arrays = _arrays(info["arrays"], body)
    words = zlib.decompress(arrays[0].tobytes()).decode("utf-8", "surrogatepass")
    vocabulary = {word: number for number, word in enumerate(words.split("\n"))} if words else {}
    if len(arrays) == 3:
        return Library((), bm25.EMPTY, vocabulary, {}, NO_PATHS)
    entries = _entries(info["files"], arrays[1].tobytes(), arrays[12].reshape(-1, COLUMNS))
    segment = Segment(*arrays[3:8])
    alive = np.ones(len(segment.lengths), bool)
    part = Part(segment, entries, arrays[8], alive, Names(*arrays[9:12]))
    files = {entry.path: entry for entry in entries}
    corpus = bm25.corpus_of([segment], [alive], arrays[2])
    return Library((part,), corpus, vocabulary, files, NO_PATHS.changed(files, ()))


def _arrays(described: list[tuple[str, int]], body: memoryview) -> list[npt.NDArray[Any]]:
    """Copies, so that the file's bytes are not kept alive by one of them."""
    found: list[npt.NDArray[Any]] = []
    start = 0
    for kind, size in described:
        end = start + np.dtype(kind).itemsize * size
        found.append(np.frombuffer(body[start:end], kind).copy())
        start = end
    return found


def _entries(rows: list[list[Any]], packed: bytes, symbols: npt.NDArray[np.int32]) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    place = row = 0
    for path, modified, size, lines, cuts, count in rows:
        table = symbols[row : row + count]
        entries.append(
            Entry(path, (modified, size), lines, packed[place : place + cuts[-1]], tuple(cuts), table)
        )
        place, row = place + cuts[-1], row + count
    return tuple(entries)
