"""The index under construction: takes files in and out, hands over immutable snapshots.

Knows: entries, terms, segments, when to merge. Must not know: disks, threads, queries.
Owned by one thread. Segments grow like a log: an update adds a small one, and neighbours of similar size
are merged, so an update costs its own file and now and then a merge of small ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from retrieval import bm25, symbols
from retrieval.bm25 import Corpus, Flags, Ints, Segment
from retrieval.chunks import STRIDE, split_lines
from retrieval.entries import Entry
from retrieval.resolve import NO_PATHS, Paths
from retrieval.terms import WORD, word_terms

_MEMO_WORDS = 60_000
_MAX_LINE = 500  # longer lines are data; the rest of them is not read
NO_TERMS = np.zeros(0, np.int32)
_FANOUT = 4  # a part is merged with its neighbours once they are together this much of it


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Who defines a name: row `rows[i]` of entry `owners[i]` defines the term `terms[i]` (ascending)."""

    terms: Ints
    owners: Ints
    rows: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A segment, the files in it, and the first document (window) of each."""

    segment: Segment
    entries: tuple[Entry, ...]
    first: Ints  # one more than entries: documents of entry i are first[i]:first[i + 1]
    alive: Flags
    names: Names


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """Everything a query reads, as one immutable value.

    `vocabulary` is shared with the writer and only ever grows: numbers beyond `corpus.frequency` are of
    later snapshots and mean nothing here.
    """

    parts: tuple[Part, ...]
    corpus: Corpus
    vocabulary: Mapping[str, int]
    files: Mapping[str, Entry]
    paths: Paths

    def definitions(self, name: str, limit: int = 40) -> list[tuple[Entry, int]]:
        """(file, row) of the definitions of a name, in the order of their paths; none for a name with more
        than `limit` in some part: what is defined everywhere says nothing.
        """
        number, mark = self.vocabulary.get(name.strip("_").lower(), -1), symbols.name_mark(name)
        found: list[tuple[Entry, int]] = []
        for part in self.parts:
            low, high = np.searchsorted(part.names.terms, [number, number + 1]).tolist()
            if high - low > limit:
                return []
            for place in range(low, high):
                entry, row = part.entries[int(part.names.owners[place])], int(part.names.rows[place])
                if entry.symbols[row, 10] == mark and self.files.get(entry.path) is entry:
                    found.append((entry, row))
        return sorted(found, key=lambda pair: (pair[0].path, pair[1]))


class Lexer:
    """Text to term numbers; new terms are given the next free number."""

    def __init__(self, vocabulary: dict[str, int]) -> None:
        self.vocabulary = vocabulary
        self._memo: dict[str, tuple[int, ...]] = {}

    def windows(self, text: str) -> tuple[Ints, Ints, Ints]:
        """(terms, window numbers, terms per window) of all occurrences in all windows of a text."""
        ids: list[int] = []
        known = self._memo.get
        lines = split_lines(text)
        ends: list[int] = []
        for start in range(0, len(lines), STRIDE):
            block = "\n".join(line[:_MAX_LINE] for line in lines[start : start + STRIDE])
            for word in WORD.findall(block):
                ids += known(word) or self._number(word)
            ends.append(len(ids))
        return _spread(np.array(ids, np.int32), np.array(ends, np.int64))

    def _number(self, word: str) -> tuple[int, ...]:
        number = self.vocabulary.setdefault
        found = tuple(number(term, len(self.vocabulary)) for term in word_terms(word))
        if len(self._memo) >= _MEMO_WORDS:
            self._memo.clear()
        self._memo[word] = found
        return found


def _spread(ids: Ints, ends: npt.NDArray[np.int64]) -> tuple[Ints, Ints, Ints]:
    """Blocks to windows: block b belongs to the windows b - 1 and b, where these exist."""
    blocks = len(ends)
    if not blocks:
        return ids, ids, ids
    sizes = np.diff(ends, prepend=0)
    numbers = np.repeat(np.arange(blocks, dtype=np.int32), sizes)
    last = max(blocks - 2, 0)
    head, tail = numbers <= last, numbers >= 1
    if blocks == 1:
        tail = np.zeros(len(numbers), bool)
    terms = np.concatenate([ids[head], ids[tail]])
    windows = np.concatenate([numbers[head], numbers[tail] - 1]).astype(np.int32)
    return terms, windows, np.bincount(windows, minlength=last + 1).astype(np.int32)


class Builder:
    """The writer's side of the index. All methods belong to one thread."""

    def __init__(self, library: Library | None = None) -> None:
        self._vocabulary: dict[str, int] = {} if library is None else dict(library.vocabulary)
        self._lexer = Lexer(self._vocabulary)
        self._parts: list[Part] = [] if library is None else list(library.parts)
        self._files: Mapping[str, Entry] = {} if library is None else library.files
        self._frequency = NO_TERMS if library is None else library.corpus.frequency
        self._paths = NO_PATHS if library is None else library.paths

    @property
    def files(self) -> Mapping[str, Entry]:
        """The files as they are now."""
        return self._files

    def number(self, name: str) -> int:
        """The number of a term or name, given now if it is new."""
        return self._vocabulary.setdefault(name, len(self._vocabulary))

    def update(self, entries: Iterable[Entry], removed: Iterable[str] = ()) -> None:
        """Put files in (in place of those of the same path) and take files out."""
        fresh = {entry.path: entry for entry in entries}
        gone = {path for path in (*removed, *fresh) if path in self._files}
        files = dict(self._files)  # snapshots keep the old one
        added, lost = fresh.keys() - files.keys(), gone - fresh.keys()
        if added or lost:
            self._paths = self._paths.changed(added, lost)
        if gone:
            self._bury([files.pop(path) for path in sorted(gone)])
        if fresh:
            self._parts.append(self._part_of(list(fresh.values())))
            files.update(fresh)
        self._files = files
        self._merge_small()

    def snapshot(self) -> Library:
        """The present state as a value."""
        frequency = np.zeros(len(self._vocabulary), np.int32)
        frequency[: len(self._frequency)] = self._frequency
        segments, alive = [part.segment for part in self._parts], [part.alive for part in self._parts]
        corpus = bm25.corpus_of(segments, alive, frequency)
        return Library(tuple(self._parts), corpus, self._vocabulary, self._files, self._paths)

    def compact(self) -> None:
        """Merge everything into one part, as it is saved."""
        if len(self._parts) > 1 or sum(len(part.entries) for part in self._parts) > len(self._files):
            self._parts = [_merge(self._parts, self._files)]

    def _part_of(self, entries: list[Entry]) -> Part:
        terms: list[Ints] = []
        docs: list[Ints] = []
        lengths: list[Ints] = []
        first = [0]
        for entry in entries:
            ids, windows, counts = self._lexer.windows(entry.text())
            terms.append(ids)
            docs.append(windows + np.int32(first[-1]))
            lengths.append(counts)
            first.append(first[-1] + len(counts))
        segment = bm25.build_segment(np.concatenate(terms), np.concatenate(docs), np.concatenate(lengths))
        self._count(segment.terms, np.diff(segment.offsets))
        names = self._names_of(entries)
        return Part(segment, tuple(entries), np.array(first, np.int32), np.ones(first[-1], bool), names)

    def _names_of(self, entries: list[Entry]) -> Names:
        found: list[tuple[int, int, int]] = []
        for owner, entry in enumerate(entries):
            lines = split_lines(entry.text()) if len(entry.symbols) else []
            for row in symbols.visible(entry.symbols).tolist():
                number = self._vocabulary.get(symbols.name_at(entry.symbols, row, lines).strip("_").lower())
                if number is not None:
                    found.append((number, owner, row))
        return _names(np.array(found, np.int32).reshape(-1, 3))

    def _count(self, terms: Ints, change: npt.NDArray[np.int64]) -> None:
        grown = np.zeros(len(self._vocabulary), np.int32)
        grown[: len(self._frequency)] = self._frequency
        grown[terms] += change.astype(np.int32)
        self._frequency = grown

    def _bury(self, entries: list[Entry]) -> None:
        """Mark a file's windows dead and take their terms out of the statistics."""
        wanted = {id(entry) for entry in entries}
        for number, part in enumerate(self._parts):
            dead = [n for n, entry in enumerate(part.entries) if id(entry) in wanted]
            if not dead:
                continue
            alive = part.alive.copy()
            for n in dead:
                alive[part.first[n] : part.first[n + 1]] = False
            self._parts[number] = replace(part, alive=alive)
        for entry in entries:
            terms, windows, _ = self._lexer.windows(entry.text())
            pairs = np.unique(windows.astype(np.int64) << 32 | terms)
            found, counts = np.unique((pairs & 0xFFFFFFFF).astype(np.int32), return_counts=True)
            self._count(found, -counts)

    def _merge_small(self) -> None:
        sizes = [len(part.segment.docs) + 1000 for part in self._parts]
        start = len(sizes) - 1
        total = sizes[-1] if sizes else 0
        while start > 0 and sizes[start - 1] < total * _FANOUT:
            start -= 1
            total += sizes[start]
            if len(sizes) - start >= _FANOUT:
                self._parts[start:] = [_merge(self._parts[start:], self._files)]
                self._merge_small()
                return


def _names(table: Ints) -> Names:
    table = table[np.lexsort((table[:, 2], table[:, 1], table[:, 0]))]
    return Names(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy())


def _merge(parts: Sequence[Part], files: Mapping[str, Entry]) -> Part:
    """One part of the living files of several."""
    segment = bm25.merge_segments([part.segment for part in parts], [part.alive for part in parts])
    entries: list[Entry] = []
    first = [0]
    names: list[Ints] = []
    for part in parts:
        renumber = np.full(len(part.entries), -1, np.int32)
        for number, entry in enumerate(part.entries):
            if files.get(entry.path) is entry:
                renumber[number] = len(entries)
                entries.append(entry)
                first.append(first[-1] + entry.windows)
        owners = renumber[part.names.owners]
        table = np.stack([part.names.terms, owners, part.names.rows], axis=1)
        names.append(table[owners >= 0])
    merged = _names(np.concatenate(names))
    return Part(segment, tuple(entries), np.array(first, np.int32), np.ones(first[-1], bool), merged)
