"""Typing real code, key by key: the snippets stay what they are until something material changes.

The buffer's new text is indexed after every key, as in an editor, so the index is another one each time.
"""

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


@pytest.mark.slow
def test_half_typed_lines_and_a_look_elsewhere_change_no_snippet(tmp_path: Path) -> None:
    """They stand at the start of the prompt: another one, and the model reads all of it again."""
    for path in ROOT.glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), encoding="utf-8")
    place = tmp_path / "find.py"
    head, tail = place.read_text("utf-8").split("def rank(")
    signature, body = tail.split(":\n", 1)
    head += f"def rank({signature}:"
    folders, trees, windows = Folders(print), Trees(), Windows()
    folders.open([tmp_path])
    assert folders.wait(60)

    def shown(before: str, offset: int) -> list[Snippet]:
        text = f"{before}\n{body}"
        folders.changed(place, text)
        assert folders.wait(60)
        cursor = Cursor(Snapshot(place.as_uri(), "python", text, path=place), offset)
        site = site_at(cursor, trees)
        view = windows.around(cursor, site, Budget(300, 60), tokens)
        return list(folders.retrieve(cursor, site, view, 500, tokens))

    try:
        first = shown(head, len(head))
        assert first
        for count in range(0, len(HALF_TYPED), 3):
            typed = head + HALF_TYPED[:count]
            assert shown(typed, len(typed)) == first, HALF_TYPED[:count]
        far = head.index("\n", len(head) // 8)
        assert shown(head + HALF_TYPED, far) != first
        assert shown(head + HALF_TYPED, len(head + HALF_TYPED)) == first
    finally:
        folders.close()


def tokens(text: str) -> int:
    return len(text) // 3
