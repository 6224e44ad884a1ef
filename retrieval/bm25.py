"""BM25 over numpy postings: exact Okapi scores, cheap updates, immutable snapshots.

Knows: term numbers, document numbers, counts. Must not know: strings, files, languages.
A `Segment` is written once. A `Corpus` is a value: some segments, which of their documents are alive, and
the statistics of the living ones; every change makes a new `Corpus`, so readers need no lock. Scores equal
`rank_bm25.BM25Okapi` over the living documents, its floor for very common terms included.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Counts = npt.NDArray[np.uint16]
Floats = npt.NDArray[np.float64]
Sizes = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

K1: Final = 1.5
B: Final = 0.75
EPSILON: Final = 0.25  # a term in over half of the documents gets this share of the mean idf
_GROUP = 1 << 13  # postings scored at a time: what the processor's cache holds
_BLOCK = 64  # scores per block when the best are searched
_MERGE_SLICE = 1 << 18  # postings moved at a time, bounds the memory of a merge


@dataclass(frozen=True, slots=True)
class Segment:
    """Postings of `len(lengths)` documents: those of `terms[i]` are `[offsets[i], offsets[i + 1])`."""

    terms: Ints  # sorted, unique
    offsets: npt.NDArray[np.int64]
    docs: Ints  # ascending within a term
    counts: Counts  # how often the term occurs in the document
    lengths: Ints  # terms per document


def build_segment(term_ids: Ints, doc_ids: Ints, lengths: Ints) -> Segment:
    """A segment from parallel arrays, one entry per occurrence, in any order."""
    keys = term_ids.astype(np.int64) << 32 | doc_ids
    keys, counts = np.unique(keys, return_counts=True)
    all_terms = (keys >> 32).astype(np.int32)
    terms, starts = np.unique(all_terms, return_index=True)
    offsets = np.append(starts, len(keys)).astype(np.int64)
    docs = (keys & 0xFFFFFFFF).astype(np.int32)
    return Segment(terms, offsets, docs, np.minimum(counts, 65535).astype(np.uint16), lengths)


def merge_segments(segments: Sequence[Segment], alive: Sequence[Flags]) -> Segment:
    """One segment of the living documents, numbered in the order of the segments."""
    renumber: list[Ints] = []
    base = 0
    for flags in alive:
        renumber.append((np.cumsum(flags, dtype=np.int32) + np.int32(base - 1)).astype(np.int32))
        base += int(flags.sum())
    kept = [_living_counts(segment, flags) for segment, flags in zip(segments, alive, strict=True)]
    terms = np.unique(np.concatenate([s.terms[k > 0] for s, k in zip(segments, kept, strict=True)]))
    places = [np.searchsorted(terms, s.terms[k > 0]) for s, k in zip(segments, kept, strict=True)]
    sizes = np.zeros(len(terms), np.int64)
    for place, count in zip(places, kept, strict=True):
        sizes[place] += count[count > 0]
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    docs, counts = np.empty(int(offsets[-1]), np.int32), np.empty(int(offsets[-1]), np.uint16)
    free = offsets[:-1].copy()  # where the next posting of each term goes
    for segment, flags, numbers, place, count in zip(segments, alive, renumber, places, kept, strict=True):
        _copy_postings(segment, flags, numbers, free[place], count, docs, counts)
        free[place] += count[count > 0]
    lengths = np.concatenate([s.lengths[flags] for s, flags in zip(segments, alive, strict=True)])
    return Segment(terms, offsets, docs, counts, lengths)


def _living_counts(segment: Segment, alive: Flags) -> npt.NDArray[np.int64]:
    if alive.all():
        return np.diff(segment.offsets)
    if not len(segment.docs):
        return np.zeros(0, np.int64)
    return np.add.reduceat(alive[segment.docs], segment.offsets[:-1], dtype=np.int64)


def _copy_postings(  # noqa: PLR0913, PLR0917 one inner loop of the merge, called in one place
    segment: Segment,
    alive: Flags,
    renumber: Ints,
    starts: npt.NDArray[np.int64],
    kept: npt.NDArray[np.int64],
    docs: Ints,
    counts: Counts,
) -> None:
    """Scatter one segment's living postings; the places of each term's are consecutive."""
    shift = np.zeros(len(segment.terms), np.int64)
    shift[kept > 0] = starts
    bounds = _slices(segment.offsets)
    for first, last in itertools.pairwise(bounds):
        low, high = int(segment.offsets[first]), int(segment.offsets[last])
        flags = alive[segment.docs[low:high]]
        sizes = kept[first:last]
        ends = np.cumsum(sizes)
        target = np.repeat(shift[first:last] - (ends - sizes), sizes) + np.arange(int(sizes.sum()))
        docs[target] = renumber[segment.docs[low:high][flags]]
        counts[target] = segment.counts[low:high][flags]


def _slices(offsets: npt.NDArray[np.int64]) -> list[int]:
    """Term numbers that part the postings into pieces of about `_MERGE_SLICE`."""
    marks = np.arange(0, int(offsets[-1]) + _MERGE_SLICE, _MERGE_SLICE)
    cuts = np.searchsorted(offsets, marks).clip(0, len(offsets) - 1)
    return sorted({0, *cuts.tolist(), len(offsets) - 1})


@dataclass(frozen=True, slots=True)
class Corpus:
    """Segments and the statistics of their living documents. Document numbers run over all segments.

    Made anew at every change, so nothing in it costs as much as there are documents.
    """

    segments: tuple[Segment, ...]
    sizes: tuple[Sizes, ...]  # terms per document; infinite for dead ones, so that they score 0
    frequency: Ints  # term -> living documents with it
    documents: int
    total_length: int

    def idf(self, term: int) -> float:
        """Okapi's weight of a term, with the floor for terms in more than half of the documents."""
        df = int(self.frequency[term]) if term < len(self.frequency) else 0
        if not df:
            return 0.0
        idf = float(np.log(self.documents - df + 0.5) - np.log(df + 0.5))
        return idf if idf >= 0 else EPSILON * self.mean_idf()

    def mean_idf(self) -> float:
        """The mean over all terms before the floor. Counted when asked for: few queries want it."""
        used = self.frequency[self.frequency > 0]
        sums = np.log(self.documents - used + 0.5) - np.log(used + 0.5)
        return float(sums.mean()) if len(sums) else 0.0

    def smooth_idf(self, term: int) -> float:
        """Like `idf` for rare terms, but never 0: among ten documents Okapi weighs half of the terms 0."""
        df = int(self.frequency[term]) if term < len(self.frequency) else 0
        return math.log(1 + (self.documents - df + 0.5) / (df + 0.5)) if df else 0.0

    def scores(self, weights: Mapping[int, float], *, smooth: bool = False) -> Floats:
        """Score of every document; `weights` says how often (or how much) a term is asked for."""
        asked = np.array(sorted(weights), np.int32)
        idf = self.smooth_idf if smooth else self.idf
        factors = np.array([weights[int(term)] * idf(int(term)) * (K1 + 1) for term in asked])
        asked, factors = asked[factors != 0], factors[factors != 0]
        steepness = K1 * B * self.documents / max(self.total_length, 1)
        scores = np.zeros(sum(map(len, self.sizes)))
        base = 0
        for segment, sizes in zip(self.segments, self.sizes, strict=True):
            part = scores[base : base + len(sizes)]
            base += len(sizes)
            for spans, shares in _groups(segment, asked, factors):
                # Wide indices, arithmetic in place: a third of the time of the plain formula.
                docs = np.concatenate([segment.docs[span] for span in spans], dtype=np.intp)
                share = np.concatenate([segment.counts[span] for span in spans], dtype=np.float64)
                whole = sizes.take(docs).astype(np.float64)
                whole *= steepness
                whole += K1 * (1 - B)
                whole += share
                np.divide(share, whole, out=share)
                share *= shares
                np.add.at(part, docs, share)
        return scores


def _groups(segment: Segment, asked: Ints, factors: Floats) -> Iterator[tuple[list[slice], Floats]]:
    """Where the postings of the asked terms lie, with the factor of each posting.

    Some terms at a time: one by one, the calls take longer than the sums; all at once, fresh memory does.
    """
    if not len(segment.terms):
        return
    places = np.searchsorted(segment.terms, asked).clip(0, len(segment.terms) - 1)
    known = segment.terms[places] == asked
    starts, ends = segment.offsets[places[known]], segment.offsets[places[known] + 1]
    lengths, weights = ends - starts, factors[known]
    spans = [slice(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    groups = np.cumsum(lengths) // _GROUP
    cuts = [0, *(np.flatnonzero(np.diff(groups)) + 1).tolist(), len(spans)]
    for first, last in itertools.pairwise(cuts):
        if first < last:
            yield spans[first:last], np.repeat(weights[first:last], lengths[first:last])


EMPTY: Final = Corpus((), (), np.zeros(0, np.int32), 0, 0)


def sizes_of(segment: Segment, alive: Flags) -> Sizes:
    """Terms per document, infinite for the dead. A float32 holds every whole number below 16 million."""
    sizes = segment.lengths.astype(np.float32)
    sizes[~alive] = np.inf
    return sizes


def corpus_of(segments: Sequence[Segment], alive: Sequence[Flags], frequency: Ints) -> Corpus:
    """A snapshot with its statistics counted. `frequency` must be that of the living documents."""
    documents = sum(int(np.count_nonzero(flags)) for flags in alive)
    total = sum(int(s.lengths[flags].sum()) for s, flags in zip(segments, alive, strict=True))
    sizes = tuple(sizes_of(segment, flags) for segment, flags in zip(segments, alive, strict=True))
    return Corpus(tuple(segments), sizes, frequency, documents, total)


def document_frequency(segments: Sequence[Segment], alive: Sequence[Flags], term_count: int) -> Ints:
    """Count, for every term, the living documents that have it."""
    frequency = np.zeros(term_count, np.int32)
    for segment, flags in zip(segments, alive, strict=True):
        frequency[segment.terms] += _living_counts(segment, flags).astype(np.int32)
    return frequency


def best(scores: Floats, count: int) -> Ints:
    """Numbers of the `count` best documents above 0, best first, ties by number.

    A partition over all scores is slow when most are 0, so a bound is taken from block maxima first:
    the count-th best block maximum is reached by at least `count` documents.
    """
    if len(scores) > 4 * _BLOCK * count:
        whole = len(scores) // _BLOCK * _BLOCK
        tops = scores[:whole].reshape(-1, _BLOCK).max(axis=1)
        bound = max(float(np.partition(tops, -count)[-count]), np.finfo(np.float64).tiny)
        found = np.flatnonzero(scores >= bound)
    else:
        found = np.flatnonzero(scores > 0)
    order = np.lexsort((found, -scores[found]))[:count]
    return found[order].astype(np.int32)
