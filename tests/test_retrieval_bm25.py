"""BM25 against rank_bm25 as oracle, through updates and merges."""

import random

import numpy as np
import pytest
from rank_bm25 import BM25Okapi

from retrieval import bm25
from retrieval.bm25 import Corpus, Segment


def segment_of(documents: list[list[int]]) -> Segment:
    terms = np.array([t for doc in documents for t in doc], np.int32)
    docs = np.array([n for n, doc in enumerate(documents) for _ in doc], np.int32)
    return bm25.build_segment(terms, docs, np.array([len(doc) for doc in documents], np.int32))


def corpus_with(parts: list[list[list[int]]], dead: set[int], term_count: int) -> Corpus:
    segments = [segment_of(part) for part in parts]
    flags, base = [], 0
    for part in parts:
        flags.append(np.array([base + n not in dead for n in range(len(part))]))
        base += len(part)
    return bm25.corpus_of(segments, flags, bm25.document_frequency(segments, flags, term_count))


def random_documents(rng: random.Random, count: int) -> list[list[int]]:
    return [[min(int(rng.expovariate(0.05)), 199) for _ in range(rng.randint(1, 60))] for _ in range(count)]


def weights_of(query: list[int]) -> dict[int, float]:
    return {term: float(query.count(term)) for term in set(query)}


@pytest.mark.parametrize("seed", range(8))
def test_scores_equal_the_oracle(seed: int) -> None:
    rng = random.Random(seed)
    parts = [random_documents(rng, rng.randint(1, 40)) for _ in range(4)]
    documents = [doc for part in parts for doc in part]
    dead = set(rng.sample(range(len(documents)), len(documents) // 4))
    corpus = corpus_with(parts, dead, 200)
    living = [n for n in range(len(documents)) if n not in dead]
    oracle = BM25Okapi([documents[n] for n in living])
    for _ in range(10):
        query = [rng.randint(0, 250) for _ in range(20)]
        expected = oracle.get_scores(query)
        scores = corpus.scores(weights_of(query))
        assert np.allclose(scores[living], expected, rtol=1e-12)
        assert not scores[sorted(dead)].any()
        top = bm25.best(scores, 10)
        assert sorted(scores[top], reverse=True) == pytest.approx(sorted(expected[expected > 0])[::-1][:10])


@pytest.mark.parametrize("seed", range(4))
def test_a_merge_changes_no_score(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bm25, "_MERGE_SLICE", 50)
    rng = random.Random(seed)
    parts = [random_documents(rng, rng.randint(1, 30)) for _ in range(3)]
    total = sum(map(len, parts))
    dead = set(rng.sample(range(total), total // 3)) | set(range(len(parts[0]) if seed == 0 else 0))
    before = corpus_with(parts, dead, 200)
    merged = bm25.merge_segments(before.segments, [np.isfinite(sizes) for sizes in before.sizes])
    flags = [np.ones(len(merged.lengths), bool)]
    after = bm25.corpus_of([merged], flags, bm25.document_frequency([merged], flags, 200))
    living = [n for n in range(total) if n not in dead]
    query = weights_of([rng.randint(0, 199) for _ in range(30)])
    assert np.allclose(before.scores(query)[living], after.scores(query))
    assert (before.frequency == after.frequency).all()


def test_best_is_a_sort() -> None:
    rng = np.random.default_rng(1)
    scores = rng.random(5000) * (rng.random(5000) < 0.03)
    scores[[7, 4000]] = 2.0
    expected = sorted(np.flatnonzero(scores), key=lambda n: (-scores[n], n))[:10]
    assert bm25.best(scores, 10).tolist() == expected
    assert bm25.best(np.zeros(5000), 10).tolist() == []


def test_nothing_indexed_finds_nothing() -> None:
    assert bm25.best(bm25.EMPTY.scores({1: 1.0}), 5).tolist() == []
