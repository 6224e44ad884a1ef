r"""The index a query sees: immutable, so any thread may search it at any time.

    >>> from retrieval import index_texts, Query
    >>> index = index_texts({"shop/price.py": "def net_price(gross):\n    return gross / 1.19\n"})
    >>> cursor = Query("app.py", "total = net_price(", 18)
    >>> [snippet.path for snippet in index.search(cursor, budget_tokens=100).snippets]
    ['shop/price.py']

Knows: a library of parts, how to search it. Must not know: disks, threads, how the library came about.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from retrieval import bm25, languages, render, resolve
from retrieval.builder import Builder, Library, Part
from retrieval.chunks import STRIDE, WINDOW, split_lines, window_lines
from retrieval.context import context_at
from retrieval.declarations import URGENT, Wanted, wanted
from retrieval.entries import Entry, read_entry
from retrieval.find import Found, asked_terms, rank
from retrieval.ordering import Window, best_first, in_order, steadied
from retrieval.pack import Count, Packer, Snippet, estimate_tokens
from retrieval.query import Place, Query, weights, with_heads
from retrieval.siblings import heads, siblings
from retrieval.symbols import Kind

SIGNATURE_SHARE = 0.15
_SIBLING_SHARE = 0.05  # of the budget, for what else the file at hand defines
_URGENT = 2.1  # times that share for what the cursor's line is about
# From this weight on, when it is the first, or when all fit, a definition comes with its documentation, else in one
# short line.
_AT_LENGTH = 2.0
_SIGNATURE = 40  # tokens of a definition with its documentation
_SPARE = 0.25  # of the budget: where similar code leaves that much, short definitions are given at length
_BASE_ROOM = 80  # tokens for the members of a class that the cursor's line does not ask for
_CANDIDATES = 48
_PER_FILE = 3
_RECENT = 5
_GROWN = 0.05  # more of the workspace indexed than that is material
_FIND_WINDOWS, _FIND_FILES = 400, 80
_MOST_POSTINGS = 70_000  # read by one query: about 1 ms
_COMMON_SHARE = 0.15  # terms in a larger share of the windows are the stop words of this workspace
_OTHER_LANGUAGE = 0.5


@dataclass(frozen=True, slots=True)
class Result:
    """What a completion at the cursor should see. `snippets` in the order for a prompt: signatures, the most wanted
    first, then similar code, the most similar last; but first, within each, what was there before.
    `share`: how much of the workspace was indexed, 0 to 1.
    `scope` and `sources` tell whether the result still holds; they mean nothing to others.
    """

    snippets: tuple[Snippet, ...]
    share: float
    scope: int = 0
    sources: tuple[Entry | None, ...] = ()

    @property
    def tokens(self) -> int:
        """Tokens of all snippets, by the count the search was given."""
        return sum(snippet.tokens for snippet in self.snippets)


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """One state of the workspace. `indexed` of `total` known files are in it."""

    library: Library
    indexed: int = 0
    total: int = 0
    version: int = 0

    @property
    def share(self) -> float:
        """How complete the index is, 0 to 1."""
        return min(1.0, self.indexed / self.total) if self.total else 1.0

    def search(
        self,
        query: Query,
        budget_tokens: int,
        count: Count | None = None,
        *,
        previous: Result | None = None,
        signature_share: float = SIGNATURE_SHARE,
    ) -> Result:
        """Snippets of other places that help at the cursor, within `budget_tokens`.

        `count` says how many tokens a text has (default: an estimate). With the `previous` result of the same
        cursor, the very same snippets come back until something material has changed (another word is
        complete, a file shown has changed, the index has grown), and after that those that stay keep their
        order, so that a prompt keeps its beginning. Never waits, never raises.
        """
        signature_share = 0.0 if query.prose else signature_share
        asked, context = weights(query), context_at(query.text, query.offset)
        first, end = query.window_lines()
        scope = hash(
            (
                query.path,
                budget_tokens,
                signature_share,
                context.receiver,
                context.calls,
                frozenset(asked),
                query.recent,
            )
        )
        if previous and previous.scope == scope and self.holds(previous, query):
            return previous
        own = self.library.files.get(query.path)
        asked = with_heads(asked, heads(own, query.line) if own else ())
        packer = Packer(
            budget_tokens, count or estimate_tokens, "\n".join(split_lines(query.text)[first:end])
        )
        packer.block(query.path, first, end)
        found: list[Wanted] = []
        if signature_share:
            found = wanted(self.library, query, context, asked)
            self._pack_signatures(packer, found, int(budget_tokens * signature_share))
            room = min(int(budget_tokens * _SIBLING_SHARE), packer.left)
            self._pack_siblings(packer, query, (first, end), room)
        shown = previous.snippets if previous else ()
        windows = self._with_recent(self.similar(asked, query.path), query.recent)
        self._pack_windows(packer, steadied(windows, shown))
        if packer.left >= budget_tokens * _SPARE:
            _lengthen(packer, found)
        snippets = in_order(packer.taken, shown)
        sources = tuple(self.library.files.get(snippet.path) for snippet in snippets)
        return Result(snippets, self.share, scope, sources)

    def holds(self, result: Result, query: Query) -> bool:
        """Whether what was found is still true for this query, though a search might find more by now."""
        return self.share - result.share < _GROWN and all(
            self.library.files.get(snippet.path) is source
            if snippet.path != query.path  # its own file changes with every key: there, place alone counts
            else query.hardly_shows(snippet.start_line, snippet.end_line)
            for snippet, source in zip(result.snippets, result.sources, strict=True)
        )

    def _with_recent(self, windows: list[Window], places: tuple[Place, ...]) -> list[Window]:
        """Places where the user was lately, beside the second best window and below."""
        score = windows[min(1, len(windows) - 1)].score if windows else 1.0
        recent: list[Window] = []
        for number, place in enumerate(places[:_RECENT]):
            entry = self.library.files.get(place.path)
            if entry is not None and place.line < entry.line_count:
                start = max(0, place.line - STRIDE // 2)
                end = min(entry.line_count, start + WINDOW)
                recent.append(
                    Window(entry, start, end, score * 0.95 / (1 + number), "edited or viewed lately")
                )
        return sorted([*windows, *recent], key=best_first)

    def _pack_signatures(self, packer: Packer, found: list[Wanted], budget: int) -> None:
        """The most wanted definitions, within `budget` tokens."""
        floor, urgent_floor = packer.left - budget, packer.left - int(budget * _URGENT)
        few = len(found) * _SIGNATURE <= budget
        for one in found:
            room = packer.left - (urgent_floor if one.weight >= URGENT else floor)
            if room < 8:
                return
            at_length = few or one.weight >= _AT_LENGTH or one is found[0]
            _pack_definition(packer, one, room, at_length=at_length)

    def _pack_siblings(self, packer: Packer, query: Query, shown: tuple[int, int], room: int) -> None:
        """What else the file at hand defines, in few words."""
        entry = self.library.files.get(query.path)
        found = siblings(entry, query.line, shown) if entry is not None and room >= 8 else None
        if entry is None or found is None:
            return
        text = packer.fitting(found.choices, room)
        if text:
            packer.add_text(
                Snippet(
                    entry.path,
                    found.line,
                    found.line + 1,
                    text,
                    1.0,
                    "signature",
                    "elsewhere in this file",
                    0,
                )
            )

    def find(self, text: str, count: int = 10) -> list[Found]:
        """Definitions that a sentence speaks of, best first: what `abacus-lsp search PATH "text"` shows.

        Takes tens of milliseconds: for people, not for keystrokes.
        """
        asked = asked_terms(text)
        windows = self.similar(asked, count=_FIND_WINDOWS)
        entries = list({window.entry.path: window.entry for window in windows}.values())
        return rank(self.library, asked, entries[:_FIND_FILES], count)

    def similar(self, asked: Mapping[str, float], path: str = "", count: int = _CANDIDATES) -> list[Window]:
        """Windows ranked by BM25 for weighted terms; those in the language family of `path` count more."""
        numbers = self._numbers(asked)
        scores = self.library.corpus.scores(numbers, smooth=True)
        found = [self._window(int(doc), float(scores[doc]), path) for doc in bm25.best(scores, count)]
        return sorted(found, key=best_first)

    def _numbers(self, asked: Mapping[str, float]) -> dict[int, float]:
        """Terms to numbers: the most telling ones first, until they are too many postings to read."""
        corpus, vocabulary = self.library.corpus, self.library.vocabulary
        known = ((vocabulary.get(term, -1), weight) for term, weight in asked.items())
        rated = [
            (corpus.smooth_idf(number) * weight, number, weight) for number, weight in known if number >= 0
        ]
        limit, left = max(_COMMON_SHARE * corpus.documents, 1000), _MOST_POSTINGS
        numbers: dict[int, float] = {}
        for value, number, weight in sorted(rated, reverse=True):
            frequency = int(corpus.frequency[number]) if value else 0
            if 0 < frequency <= min(limit, left):
                numbers[number] = weight
                left -= frequency
        return numbers

    def _window(self, doc: int, score: float, path: str) -> Window:
        part, base = self._part(doc)
        number = int(np.searchsorted(part.first, doc - base, side="right")) - 1
        entry = part.entries[number]
        start, end = window_lines(doc - base - int(part.first[number]), entry.line_count)
        family = languages.family_of(path)
        if family:
            same = languages.family_of(entry.path) == family
            score *= resolve.kinship(path, entry.path) if same else _OTHER_LANGUAGE
        return Window(entry, start, end, score)

    def _part(self, doc: int) -> tuple[Part, int]:
        base = 0
        for part in self.library.parts:
            if doc < base + part.documents:
                return part, base
            base += part.documents
        raise IndexError(doc)

    def _pack_windows(self, packer: Packer, windows: list[Window]) -> None:
        per_file: dict[str, int] = {}
        for window in windows:
            if packer.left < 20:
                return
            path = window.entry.path
            if per_file.get(path, 0) >= _PER_FILE:
                continue
            span = (window.start, window.end)
            if packer.add_window(path, window.entry.lines(), span, window.score, window.why):
                per_file[path] = per_file.get(path, 0) + 1


def _pack_definition(packer: Packer, one: Wanted, room: int, *, at_length: bool) -> None:
    found = render.symbol(one.entry, one.row)
    choices = (render.brief(one.entry, one.row),)
    if at_length:
        whole = render.signature(one.entry, one.row)
        choices = (whole, whole[:1], *choices)
    if one.whole and found.kind is Kind.CLASS:
        choices = render.skeletons(one.entry, one.row)
        if one.weight < URGENT:
            room = min(room, _BASE_ROOM)
    text = packer.fitting(choices, room)
    if text:
        packer.add_text(
            Snippet(one.entry.path, found.line, found.end_line, text, one.weight, "signature", one.why, 0)
        )


def _lengthen(packer: Packer, found: list[Wanted]) -> None:
    """What was shown in short, at length: the small workspace has nothing else to say."""
    for one in found:
        brief = "\n".join(render.brief(one.entry, one.row))
        packer.lengthen(one.entry.path, brief, "\n".join(render.signature(one.entry, one.row)))


def index_texts(texts: Mapping[str, str]) -> Index:
    """An index of texts by key, made at once: for tests, evaluation and small programs."""
    made = Builder()
    made.update(read_entry(path, text, (0, 0)) for path, text in sorted(texts.items()))
    return Index(made.snapshot(), len(texts), len(texts))
