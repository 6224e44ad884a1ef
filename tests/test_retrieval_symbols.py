"""What files define, also while they do not parse."""

import sys
import threading
from pathlib import Path

import pytest

from retrieval import Indexer
from retrieval.entries import read_entry
from retrieval.languages import BY_NAME, LANGUAGES
from retrieval.parse import grammar_of, parse
from retrieval.symbols import Kind, carried_over, name_at, symbols_of
from retrieval.watch import report

CODE = """class Shop:
    open = True

    def first(self, a,
              b=1) -> int:
        def local(): ...
        self.seen = a

    def second(self):
        return 2

    def third(self):
        return 3

def top():
    pass

价格 = 3
"""


def names(path: str, text: str) -> list[str]:
    rows, _ = symbols_of(path, text)
    return [name_at(rows, number, text.split("\n")) for number in range(len(rows))]


@pytest.mark.parametrize("row", [row for row in LANGUAGES if row.grammar], ids=lambda row: row.name)
def test_every_query_compiles(row: object) -> None:
    assert grammar_of(row) is not None


def test_symbols_and_their_parents() -> None:
    assert names("a.py", CODE) == ["Shop", "open", "first", "local", "seen", "second", "third", "top", "价格"]
    rows, whole = symbols_of("a.py", CODE)
    assert whole
    assert [int(parent) for parent in rows[:, 9]] == [-1, 0, 0, 2, 2, 0, 0, -1, -1]
    assert Kind(rows[4, 0]) is Kind.FIELD


@pytest.mark.parametrize(
    "broken",
    ["        return foo(b, ", '        x = f"{b', "        x = [1, 2", '        """'],
)
def test_what_an_unfinished_line_hides_is_kept(broken: str) -> None:
    edited = "# one more line\n" + CODE.replace("        return 2", broken)
    before = read_entry("a.py", CODE, (1, 1))
    after = read_entry("a.py", edited, (0, 0), before)
    lines = edited.split("\n")
    found = {name_at(after.symbols, n, lines): int(after.symbols[n, 1]) for n in range(len(after.symbols))}
    assert {"Shop", "first", "third", "top"} <= found.keys()
    assert all(name in lines[line] for name, line in found.items())


def test_nothing_is_carried_over_that_is_gone() -> None:
    old, _ = symbols_of("a.py", CODE)
    rest = CODE.replace("def top():\n    pass\n", "")
    new, _ = symbols_of("a.py", rest)
    kept = carried_over(old, CODE, new, rest)
    assert "top" not in [name_at(kept, n, rest.split("\n")) for n in range(len(kept))]


def test_a_large_parse_gives_up_in_time_and_leaks_nothing() -> None:
    grammar = grammar_of(BY_NAME["python"])
    assert grammar is not None
    data = ("x = call(1, 'two')\n" * 40_000).encode()
    assert parse(grammar, data, seconds=0.0) is None
    before = sys.getallocatedblocks()
    for _ in range(5):
        assert parse(grammar, data[:100_000], seconds=10.0) is not None
    assert sys.getallocatedblocks() - before < 60


def test_parsing_lets_other_threads_run() -> None:
    grammar = grammar_of(BY_NAME["python"])
    assert grammar is not None
    data = ("x = call(1, 'two')\n" * 40_000).encode()
    worker = threading.Thread(target=parse, args=(grammar, data), kwargs={"seconds": 30.0})
    worker.start()
    turns = 0
    while worker.is_alive():
        worker.join(0.001)
        turns += 1
    assert turns > 5


def test_watched_paths_become_changes(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("alpha = 1\n")
    with Indexer([tmp_path]) as indexer:
        assert indexer.wait(20)
        (tmp_path / "b.py").write_text("betas = 1\n")
        report(indexer, [str(tmp_path / "b.py"), str(tmp_path / "c.bin"), "/elsewhere/x.py"])
        assert indexer.wait(20)
        assert set(indexer.index.library.files) == {"a.py", "b.py"}
        (tmp_path / ".gitignore").write_text("b.py\n")
        report(indexer, [str(tmp_path / ".gitignore")])
        assert indexer.wait(20)
        assert set(indexer.index.library.files) == {"a.py"}
