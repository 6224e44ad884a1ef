"""Where snippets come from beside imports and likeness: tests and their subjects, this file's rest, places visited."""

from pathlib import Path

import pytest
from marks import cursor_in

from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.parsing import Trees
from abacus_lsp.site import Site
from abacus_lsp.syntax import site_at
from abacus_lsp.window import Window
from abacus_lsp.workspace import Folders, visited
from retrieval import Place, Query, index_texts
from retrieval.resolve import is_test, kinship, subject


@pytest.mark.parametrize(
    ("path", "about", "test"),
    [
        ("tests/test_price.py", "price", True),
        ("shop/price_test.go", "price", True),
        ("src/price.spec.ts", "price", True),
        ("src/PriceTest.java", "Price", True),
        ("src/PriceTests.cs", "Price", True),
        ("shop/price.py", "price", False),
        ("shop/latest.py", "latest", False),
        ("测试/test_价格.py", "价格", True),
        ("test.py", "test", False),
    ],
)
def test_what_a_file_is_about(path: str, about: str, *, test: bool) -> None:
    assert (subject(path), is_test(path)) == (about, test)


def test_a_test_and_its_subject_are_kin() -> None:
    assert kinship("tests/test_price.py", "shop/price.py") > 1
    assert kinship("shop/price.py", "tests/test_price.py") > 1
    assert kinship("shop/price.py", "shop/order.py") == kinship("a/price.py", "b/price.py") == 1


def test_the_subject_counts_more_than_its_equal() -> None:
    code = "def net_of(order, rate):\n    return order.gross / rate\n"
    texts = {"a_stranger.py": code.replace("net_of", "net_by"), "price.py": code}
    query = Query("test_price.py", "x = order.gross / rate\n", 23)
    found = [snippet.path for snippet in index_texts(texts).search(query, 300).snippets]
    assert found == ["a_stranger.py", "price.py"]  # the best is last, next to the prefix


def test_a_place_is_noted_once_and_the_latest_comes_first() -> None:
    places: tuple[Place, ...] = ()
    for key, line in [("a.py", 3), ("b.py", 9), ("a.py", 12), ("a.py", 300)]:
        places = visited(places, key, line)
    assert places == (Place("a.py", 300), Place("a.py", 12), Place("b.py", 9))
    for number in range(40):
        places = visited(places, f"{number}.py", 0)
    assert len(places) <= 12


def test_where_the_user_was_is_offered_in_other_files(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "notes.py").write_text("\n".join(f"unrelated_{n} = {n}" for n in range(60)))
    (tmp_path / "app.py").write_text("x = 1\n")
    folders = Folders(lambda _problem: None)
    folders.open([tmp_path])
    try:
        assert folders.wait(20)
        folders.visit(tmp_path / "notes.py", 30)
        folders.visit(Path("/elsewhere/x.py"), 3)
        folders.visit(None, 3)
        cursor = Cursor(Snapshot("", "python", "x = ", path=tmp_path / "app.py"), 4)
        found = folders.retrieve(cursor, _site(), Window("", "x = ", "", ""), 400, len)
    finally:
        folders.close()
    assert [(snippet.path, snippet.why) for snippet in found] == [("notes.py", "edited or viewed lately")]


def _site() -> Site:
    return site_at(cursor_in("x = ‸"), Trees())


LONG = "\n\n".join(
    ["LIMIT = 3", "class Shop:", *(f"    def sell_{n}(self, price, rate={n}):\n        return price" for n in range(9)), "def top(x):\n    return x"]
)  # fmt: skip


def test_what_else_the_file_defines_is_named() -> None:
    offset = LONG.index("def sell_4")
    shown = (LONG.index("    def sell_3"), LONG.index("    def sell_6"))
    found = index_texts({"shop.py": LONG}).search(Query("shop.py", LONG, offset, shown), 1400).snippets
    [rest] = [snippet for snippet in found if snippet.why == "elsewhere in this file"]
    assert rest.text.split("\n")[:2] == ["class Shop:", "    def sell_0(self, price, rate=0):"]
    assert rest.text.split("\n")[-1] == "# LIMIT, top"
    assert "sell_4" not in rest.text
    assert "sell_8" in rest.text


def test_with_little_room_names_are_enough() -> None:
    offset = LONG.index("def sell_4")
    shown = (offset, offset + 20)
    found = index_texts({"shop.py": LONG}).search(Query("shop.py", LONG, offset, shown), 800).snippets
    [rest] = [snippet for snippet in found if snippet.why == "elsewhere in this file"]
    assert rest.text.startswith("class Shop:\n    # sell_0, sell_1, sell_2")
    assert rest.tokens <= 40


def test_a_file_that_is_shown_as_a_whole_has_no_rest() -> None:
    found = index_texts({"shop.py": LONG}).search(Query("shop.py", LONG, 40, (0, len(LONG))), 400).snippets
    assert found == ()
