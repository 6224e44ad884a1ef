"""CrossCodeEval's own BM25, re-made: the yardstick that retrieval is measured against.

Knows: how that benchmark cut files into chunks and ranked them. Ten lines without blanks, no overlap, the
last ten lines before the cursor as the query, and of each hit the chunk that follows it is shown.
"""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from retrieval import bm25

_LINES = 10
_MOST_CHUNKS = 1000
_WORD = re.compile(r"\w+")
# What its tokenizer does to English contractions changes word boundaries, so it is done here, too.
_CONTRACTION = re.compile(r"(?i)(?<=\w)(n't|'s|'m|'d|'ll|'re|'ve)\b|\b(can)(?=not\b)")


def words(text: str) -> list[str]:
    """The recipe's tokens."""
    return _WORD.findall(_CONTRACTION.sub(lambda match: f" {match[0]} ", text))


def ranked_chunks(files: Mapping[str, str], path: str, prompt: str) -> Iterator[str]:
    """What the recipe would show for a prompt at the end of the file `path`, best first."""
    chunks: list[tuple[str, str]] = []
    ending = posixpath.splitext(path)[1]
    others = sorted(
        (_distance(path, other), other) for other in files if other != path and other.endswith(ending)
    )
    for _, other in others:
        lines = [line for line in files[other].split("\n") if line.strip()]
        chunks += [(other, "\n".join(lines[n : n + _LINES])) for n in range(0, len(lines), _LINES)]
    chunks = chunks[:_MOST_CHUNKS]
    query = "\n".join([line for line in prompt.split("\n") if line.strip()][-_LINES:])
    seen: set[int] = set()
    for best in _ranking([text for _, text in chunks], query):
        follower = best + 1 if best + 1 < len(chunks) and chunks[best + 1][0] == chunks[best][0] else best
        if follower not in seen:
            seen.add(follower)
            yield chunks[follower][1]


def filled(texts: Iterator[str], budget: int, count: Callable[[str], int]) -> str:
    """Texts in order until the budget is full, the last one cut by lines."""
    shown: list[str] = []
    left = budget
    for text in texts:
        lines = text.split("\n")
        while lines and count("\n".join(lines) + "\n") > left:
            lines.pop()
        left -= count("\n".join(lines) + "\n") if lines else 0
        shown += lines
        if left < 8 or not lines:
            break
    return "\n".join(shown)


def _ranking(texts: list[str], query: str) -> list[int]:
    numbers: dict[str, int] = {}
    documents = [[numbers.setdefault(word, len(numbers)) for word in words(text)] for text in texts]
    if not any(documents):
        return []
    terms = np.array([term for document in documents for term in document], np.int32)
    docs = np.array([n for n, document in enumerate(documents) for _ in document], np.int32)
    segment = bm25.build_segment(terms, docs, np.array([len(document) for document in documents], np.int32))
    alive = [np.ones(len(documents), bool)]
    corpus = bm25.corpus_of([segment], alive, bm25.document_frequency([segment], alive, len(numbers)))
    asked: dict[int, float] = {}
    for word in words(query):
        if word in numbers:
            asked[numbers[word]] = asked.get(numbers[word], 0.0) + 1.0
    scores = corpus.scores(asked)
    return np.argsort(-scores, kind="stable").tolist()


def _distance(path: str, other: str) -> int:
    """Steps in the tree of folders from one file to another."""
    one, two = path.split("/"), other.split("/")
    shared = 0
    while shared < min(len(one), len(two)) and one[shared] == two[shared]:
        shared += 1
    return len(one) + len(two) - 2 * shared
