"""The index under construction: takes files in and out, hands over immutable snapshots.

Knows: entries, terms, segments, when to merge. Must not know: disks, threads, queries.
Owned by one thread. Segments grow like a log: an update adds a small one, and neighbours of similar size
are merged, so an update costs its own file and now and then a merge of small ones.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from retrieval import bm25, symbols
from retrieval.bm25 import Corpus, Flags, Ints, Segment, Sizes
from retrieval.chunks import split_lines
from retrieval.entries import Entry
from retrieval.lexer import Lexer
from retrieval.resolve import NO_PATHS, Paths
from retrieval.vocabulary import Above

_NO_TEXTS: Final[Mapping[str, str]] = MappingProxyType({})
# A merge needs its part twice in memory for a moment. So: no larger ones than this many postings, but not
# more parts than this many of that size either.
_LARGEST, _FEWEST = 2_000_000, 8
_LIVING_SHARE = 0.7  # of a part's windows; with fewer it is made anew
_FEW_WORDS = 10_000  # of a vocabulary: fewer are not looked through
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
    sizes: Sizes  # `bm25.sizes_of(segment, alive)`
    names: Names

    @property
    def documents(self) -> int:
        return len(self.sizes)


def part_of(segment: Segment, entries: Sequence[Entry], first: Sequence[int] | Ints, names: Names) -> Part:
    """A part of which every document lives."""
    alive = np.ones(len(segment.lengths), bool)
    sizes = segment.lengths.astype(np.float32)
    return Part(segment, tuple(entries), np.asarray(first, np.int32), alive, sizes, names)


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """Everything a query reads, as one immutable value.

    `vocabulary` is shared with the writer and, as long as it is, only ever grows: numbers beyond `corpus.frequency`
    are of later snapshots and mean nothing here.
    """

    parts: tuple[Part, ...]
    corpus: Corpus
    vocabulary: Mapping[str, int]
    files: Mapping[str, Entry]
    paths: Paths

    def definitions(self, name: str, limit: int = 40) -> list[tuple[Entry, int]]:
        """(file, row) of the definitions of a name, in the order of their paths; none for a name with more
        than `limit`: what is defined everywhere says nothing.
        """
        number, mark = self.vocabulary.get(name.strip("_").lower(), -1), symbols.name_mark(name)
        # In the arrays' own type: for any other, numpy copies the whole array at every call.
        bounds = np.array([number, number + 1], np.int32)
        spans = [part.names.terms.searchsorted(bounds).tolist() for part in self.parts]
        if number < 0 or sum(high - low for low, high in spans) > limit:
            return []
        found: list[tuple[Entry, int]] = []
        for part, (low, high) in zip(self.parts, spans, strict=True):
            for place in range(low, high):
                entry, row = part.entries[int(part.names.owners[place])], int(part.names.rows[place])
                if entry.symbols[row, 10] == mark and self.files.get(entry.path) is entry:
                    found.append((entry, row))
        return sorted(found, key=lambda pair: (pair[0].path, pair[1]))


NOTHING: Final = Library((), bm25.EMPTY, MappingProxyType({}), MappingProxyType({}), NO_PATHS)


class Builder:
    """The writer's side of the index. All methods belong to one thread. A library has one writer."""

    def __init__(self, library: Library = NOTHING, *, over: bool = False) -> None:
        """Go on from a library, as its one writer; `over`: beside its writer, what is added here stays here."""
        known = library.vocabulary
        self._vocabulary: dict[str, int] | Above = known if isinstance(known, dict) else dict(known)
        if over:
            self._vocabulary = Above(known, len(library.corpus.frequency))
        self._lexer = Lexer(self._vocabulary)
        self._parts: list[Part] = list(library.parts)
        self._files: dict[str, Entry] = dict(library.files)
        self._frequency = library.corpus.frequency.copy()  # may be longer than the vocabulary
        self._documents, self._total_length = library.corpus.documents, library.corpus.total_length
        self._last = library  # the latest snapshot
        self._touched: set[str] = set()  # paths put in or taken out since
        self._words_enough = max(_FEW_WORDS, len(known) * 4 // 3)

    @property
    def files(self) -> Mapping[str, Entry]:
        """The files as they are now; changes with every update."""
        return self._files

    def update(
        self, entries: Iterable[Entry], removed: Iterable[str] = (), texts: Mapping[str, str] = _NO_TEXTS
    ) -> None:
        """Put files in (in place of those of the same path) and take files out.

        `texts` are those of the entries, by path, where they are at hand: saves unpacking them.
        """
        fresh = {entry.path: entry for entry in entries}
        gone = {path for path in (*removed, *fresh) if path in self._files}
        self._touched |= gone | fresh.keys()
        if gone:
            self._bury([self._files.pop(path) for path in sorted(gone)])
        if fresh:
            self._parts.append(self._part_of(list(fresh.values()), texts))
            self._files.update(fresh)

    def snapshot(self) -> Library:
        """The present state as a value. Copies tables of all files and terms: milliseconds in a large workspace."""
        old = self._last.files
        files, paths = old, self._last.paths
        if self._touched:
            files = dict(self._files)
            added = [path for path in self._touched if path in files and path not in old]
            lost = [path for path in self._touched if path not in files and path in old]
            paths = paths.changed(added, lost) if added or lost else paths
        frequency = self._grown_frequency()[: len(self._vocabulary)].copy()
        segments, sizes = (
            tuple(part.segment for part in self._parts),
            tuple(part.sizes for part in self._parts),
        )
        corpus = Corpus(segments, sizes, frequency, self._documents, self._total_length)
        self._last = Library(tuple(self._parts), corpus, self._vocabulary, files, paths)
        self._touched.clear()
        return self._last

    def rest(self) -> None:
        """Nothing is read for a while: forget what only makes reading faster."""
        self._lexer.rest()

    def _part_of(self, entries: list[Entry], texts: Mapping[str, str]) -> Part:
        terms: list[Ints] = []
        docs: list[Ints] = []
        lengths: list[Ints] = []
        first = [0]
        names: list[tuple[int, int, int]] = []
        for owner, entry in enumerate(entries):
            text = texts.get(entry.path)
            lines = split_lines(entry.text() if text is None else text)
            ids, windows, counts = self._lexer.windows(lines)
            terms.append(ids)
            docs.append(windows + np.int32(first[-1]))
            lengths.append(counts)
            first.append(first[-1] + len(counts))
            names += self._names_of(owner, entry, lines)
        segment = bm25.build_segment(np.concatenate(terms), np.concatenate(docs), np.concatenate(lengths))
        self._count(segment.terms, np.diff(segment.offsets), len(segment.lengths), int(segment.lengths.sum()))
        table = _names(np.array(names, np.int32).reshape(-1, 3))
        return part_of(segment, entries, first, table)

    def _names_of(self, owner: int, entry: Entry, lines: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """(term, owner, row) of what other files can name; names that are no terms are left out."""
        known = self._vocabulary.get
        for row in symbols.visible(entry.symbols).tolist():
            number = known(symbols.name_at(entry.symbols, row, lines).strip("_").lower())
            if number is not None:
                yield number, owner, row

    def _count(self, terms: Ints, change: npt.NDArray[np.int64], documents: int, length: int) -> None:
        """Keep the statistics: so many more documents have these terms; so many more documents and terms."""
        self._grown_frequency()[terms] += change.astype(np.int32)
        self._documents += documents
        self._total_length += length

    def _grown_frequency(self) -> Ints:
        if len(self._frequency) < len(self._vocabulary):
            grown = np.zeros(len(self._vocabulary) * 5 // 4, np.int32)
            grown[: len(self._frequency)] = self._frequency
            self._frequency = grown
        return self._frequency

    def _bury(self, entries: list[Entry]) -> None:
        """Mark a file's windows dead and take their terms out of the statistics."""
        wanted = {id(entry) for entry in entries}
        for number, part in enumerate(self._parts):
            dead = [n for n, entry in enumerate(part.entries) if id(entry) in wanted]
            if not dead:
                continue
            alive, sizes = part.alive.copy(), part.sizes.copy()
            for n in dead:
                alive[part.first[n] : part.first[n + 1]] = False
            sizes[~alive] = np.inf
            self._parts[number] = replace(part, alive=alive, sizes=sizes)
        for entry in entries:
            terms, windows, lengths = self._lexer.windows(split_lines(entry.text()))
            pairs = np.unique(windows.astype(np.int64) << 32 | terms)
            found, counts = np.unique((pairs & 0xFFFFFFFF).astype(np.int32), return_counts=True)
            self._count(found, -counts, -len(lengths), -int(lengths.sum()))

    def tidy(self) -> None:
        """Merge small parts, and drop what is dead in parts that are full of it, and words that are in none. Seldom
        takes long, but may: call it when nobody waits for what was updated.
        """
        self._merge_parts()
        if isinstance(self._vocabulary, dict) and len(self._vocabulary) > self._words_enough:
            self._forget_words()
            self._words_enough = max(_FEW_WORDS, len(self._vocabulary) * 4 // 3)

    def _forget_words(self) -> None:
        """Give those that are left new numbers, if many are gone: every saved file leaves half-typed words behind."""
        held = [terms for part in self._parts for terms in (part.segment.terms, part.names.terms)]
        used = np.unique(np.concatenate(held)) if held else np.zeros(0, np.int32)
        if len(used) > _LIVING_SHARE * len(self._vocabulary):
            return
        words = list(self._vocabulary)  # in the order of their numbers
        self._frequency = self._grown_frequency()[used]
        # Others read the old vocabulary with the snapshots that they have: it stays as it is.
        self._vocabulary = {words[old]: new for new, old in enumerate(used.tolist())}
        self._lexer = Lexer(self._vocabulary)
        self._parts = [_renumbered(part, used) for part in self._parts]

    def _merge_parts(self) -> None:
        for number, part in enumerate(self._parts):
            if np.count_nonzero(part.alive) < _LIVING_SHARE * part.documents:
                self._parts[number] = _merge([part], self._files)
        sizes = [len(part.segment.docs) + 1000 for part in self._parts]
        largest = max(_LARGEST, sum(sizes) // _FEWEST)
        start, total = len(sizes), 0
        while start > 0 and (not total or sizes[start - 1] < total * _FANOUT):
            start -= 1
            total += sizes[start]
            if total > largest:
                return
            if len(sizes) - start >= _FANOUT:
                self._parts[start:] = [_merge(self._parts[start:], self._files)]
                self._merge_parts()
                return


def _renumbered(part: Part, used: Ints) -> Part:
    """The same part, where the term `used[i]` has the number `i`."""
    segment = replace(part.segment, terms=used.searchsorted(part.segment.terms).astype(np.int32))
    names = replace(part.names, terms=used.searchsorted(part.names.terms).astype(np.int32))
    return replace(part, segment=segment, names=names)


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
    return part_of(segment, entries, first, merged)
