"""Typing real code, key by key: the snippets stay what they are until something material changes.

The buffer's new text is indexed after every key, as in an editor, so the index is another one each time.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import retrieval
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.prompt import Snippet
from abacus_lsp.syntax import site_at
from abacus_lsp.window import Budget, Windows
from abacus_lsp.workspace import Folders
from retrieval import Query
from retrieval.builder import Builder
from retrieval.entries import read_entry
from retrieval.index import Index, Result
from retrieval.query import finished

ROOT = Path(retrieval.__file__).parent
TYPED = """
def best_windows(library: Library, asked: dict[str, float]) -> list[Entry]:
    # 最好的窗口所在的文件
    scores = library.corpus.scores(asked)
    return [entry for entry in library.files.values() if entry.windows]
"""


def trace(typed: str) -> list[tuple[str, Result]]:
    """(text up to the cursor, result) for every key."""
    texts = {f"retrieval/{path.name}": path.read_text("utf-8") for path in sorted(ROOT.glob("*.py"))}
    head, tail = texts["retrieval/find.py"].split("def rank(")
    builder = Builder()
    builder.update(read_entry(path, text, (1, 1)) for path, text in texts.items())
    steps: list[tuple[str, Result]] = []
    previous = None
    for count in range(len(typed) + 1):
        before = head + typed[:count]
        text = f"{before}\n\ndef rank({tail}"
        builder.update([read_entry("retrieval/find.py", text, (0, 0))])
        query = Query("retrieval/find.py", text, len(before))
        previous = Index(builder.snapshot()).search(query, 800, previous=previous)
        steps.append((before, previous))
    return steps


def places(result: Result) -> list[tuple[str, str, int]]:
    return [(snippet.kind, snippet.path, snippet.start_line) for snippet in result.snippets]


@pytest.mark.slow
def test_within_a_word_nothing_changes_and_what_stays_keeps_its_order() -> None:
    steps = trace(TYPED)
    changes, words = 0, 0
    for (text, old), (longer, new) in pairwise(steps):
        assert new.snippets
        line, now = text.rpartition("\n")[2], longer.rpartition("\n")[2]
        word_goes_on = longer[-1] != "\n" and finished(line) == finished(now)
        if word_goes_on:
            assert new is old, f"another answer after {now!r}"
            continue
        words += 1
        changes += places(old) != places(new)
        kept = [place for place in places(old) if place in places(new)]
        assert [place for place in places(new) if place in kept] == kept
    assert words > 40
    assert changes < words * 0.6, f"{changes} answers changed in {words} words"


def test_blanks_and_brackets_alone_change_nothing() -> None:
    steps = trace("\nscores = 1" + " " * 4 + "))")
    assert len({id(result) for _, result in steps[-6:]}) == 1


HALF_TYPED = """
    if not asked or isinstance(asked, str):
        for name, weight in asked.items():
            print(f"{name}: {weight:.2f}", (name,
                weight))
"""


class Typist:
    """One file of this package that is being written, the others beside it."""

    def __init__(self, folder: Path, name: str) -> None:
        for path in ROOT.glob("*.py"):
            (folder / path.name).write_text(path.read_text("utf-8"), encoding="utf-8")
        self.place = folder / name
        self.folders, self._trees, self._windows = Folders(print), Trees(), Windows()
        self.folders.open([folder])
        assert self.folders.wait(60)

    def shown(self, text: str, offset: int) -> list[Snippet]:
        """What is retrieved with the cursor at `offset` of the file's text."""
        self.folders.changed(self.place, text)
        assert self.folders.wait(60)
        cursor = Cursor(Snapshot(self.place.as_uri(), "python", text, path=self.place), offset)
        site = site_at(cursor, self._trees)
        view = self._windows.around(cursor, site, Budget(300, 60), tokens)
        return list(self.folders.retrieve(cursor, site, view, 500, tokens))


@pytest.fixture
def typist(tmp_path: Path) -> Iterator[Typist]:
    found = Typist(tmp_path, "find.py")
    yield found
    found.folders.close()


@pytest.mark.slow
def test_half_typed_lines_and_a_look_elsewhere_change_no_snippet(typist: Typist) -> None:
    """They stand at the start of the prompt: another one, and the model reads all of it again."""
    head, tail = typist.place.read_text("utf-8").split("def rank(")
    signature, body = tail.split(":\n", 1)
    head += f"def rank({signature}:"

    def shown(before: str, offset: int) -> list[Snippet]:
        return typist.shown(f"{before}\n{body}", offset)

    first = shown(head, len(head))
    assert first
    for count in range(0, len(HALF_TYPED), 3):
        typed = head + HALF_TYPED[:count]
        assert shown(typed, len(typed)) == first, HALF_TYPED[:count]
    far = head.index("\n", len(head) // 8)
    assert shown(head + HALF_TYPED, far) != first
    assert shown(head + HALF_TYPED, len(head + HALF_TYPED)) == first


@pytest.mark.slow
def test_a_docstring_is_shown_similar_text_and_code_its_signatures(typist: Typist) -> None:
    text = typist.place.read_text("utf-8")
    prose = text.index("The best functions and classes") + 8
    code = text.index("telling = {")
    inside = typist.shown(text, prose)
    assert inside
    assert {snippet.kind for snippet in inside} == {"similar"}
    after = typist.shown(text, code)
    assert "signature" in {snippet.kind for snippet in after}, "what the docstring was shown is not enough"
    assert typist.shown(text, prose) == after, (
        "for a docstring, what the code was shown is good: nothing is read again"
    )


def tokens(text: str) -> int:
    return len(text) // 3
