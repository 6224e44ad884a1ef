"""Answers without a model: what is left of an offer when its reader has moved on."""

import tracemalloc

import pytest

from abacus_lsp.completion.reuse import Answers, Offer, Spot


def spot(marked: str, uri: str = "file:///a.py") -> Spot:
    before, _, after = marked.partition("‸")
    return Spot(uri, before, after)


LEFT = [
    # asked at, offered, now at, what is left (None: nothing fits), characters after the cursor replaced
    ("x = ‸\n", "foo(1)", "x = ‸\n", "foo(1)", 0),
    ("x = ‸\n", "foo(1)", "x = fo‸\n", "o(1)", 0),
    ("x = ‸\n", "foo(1)", "x = foo(‸)\n", "1)", 1),
    ("x = ‸\n", "foo([1])", "x = foo([‸])\n", "1])", 2),
    ("x = ‸\n", 'f("a", 2)', 'x = f("‸")\n', 'a", 2)', 2),
    ("x = ‸\n", "foo(1", "x = foo(‸)\n", None, 0),
    ("x = ‸\n", "foo(1)", "x = bar‸\n", None, 0),
    ("x = ‸\n", "foo(1)", "x = foo(1)‸\n", None, 0),
    ("x = ‸\n", "foo(1)", "x = foo(1).‸\n", None, 0),
    ("x = ‸\n", "foo(1)", "x =‸\n", None, 0),
    ("x = ‸\n", "foo(1)", "x = f‸\ny\n", None, 0),
    ("def f():‸\n", "\n    return 1", "def f():\n    ‸\n", "return 1", 0),
    ("def f():‸\r\n", "\r\n    return 1", "def f():\r\n    r‸\r\n", "eturn 1", 0),
    ("# 打印‸\n", "结果（𠮷）", "# 打印结‸\n", "果（𠮷）", 0),
    ("# 打印‸\n", "结果（甲）", "# 打印结果（‸）\n", "甲）", 1),
    ("a‸ b\n", "cd", "ac‸ b\n", "d", 0),
    ("f(‸)\n", "x)", "f(x‸)\n", ")", 0),
]


@pytest.mark.parametrize(("asked", "offered", "now", "left", "over"), LEFT)
def test_what_is_left_of_an_offer(asked: str, offered: str, now: str, left: str | None, over: int) -> None:
    found = Offer(offered).left(spot(asked), spot(now))
    assert (found and (found.text, found.over)) == (left and (left, over))
    answers = Answers()
    answers.keep(spot(asked), Offer(offered))
    assert answers.find(spot(now)) == found


def test_another_document_has_answers_of_its_own() -> None:
    answers = Answers()
    answers.keep(spot("x = ‸\n"), Offer("1"))
    assert answers.find(spot("x = ‸\n", uri="file:///b.py")) is None


def test_going_back_finds_the_earlier_answer() -> None:
    answers = Answers()
    answers.keep(spot("a = ‸\n"), Offer("alpha()"))
    answers.keep(spot("a = be‸\n"), Offer("ta()"))
    assert answers.find(spot("a = ‸\n")) == Offer("alpha()")
    assert answers.find(spot("a = bet‸\n")) == Offer("a()")


def test_a_silence_is_known_only_where_it_was_heard() -> None:
    answers = Answers()
    answers.keep(spot("a = 1‸\n"), Offer("", reason="line-complete"))
    assert answers.find(spot("a = 1‸\n")) == Offer("", reason="line-complete")
    assert answers.find(spot("a = 12‸\n")) is None


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [("ab", "abc", "abc"), ("ab", "xy", "ab"), ("abc", "ab", "abc"), ("", "a", "a")],
)
def test_what_is_shown_is_replaced_only_by_what_extends_it(first: str, second: str, kept: str) -> None:
    answers = Answers()
    answers.keep(spot("‸"), Offer(first))
    answers.keep(spot("‸"), Offer(second))
    assert answers.find(spot("‸")) == Offer(kept)


def test_old_answers_make_room() -> None:
    answers = Answers()
    for number in range(150):
        answers.keep(spot(f"{number} = ‸\n"), Offer("1"))
    assert answers.find(spot("0 = ‸\n")) is None
    assert answers.find(spot("149 = ‸\n")) == Offer("1")


def test_answers_do_not_hold_on_to_documents() -> None:
    tracemalloc.start()
    try:
        answers = Answers()
        for number in range(4):
            answers.keep(spot("x" * 6_000_000 + f"{number} = ‸\n"), Offer("1"))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 100_000
    assert answers.find(spot("x" * 6_000_000 + "0 = ‸\n")) == Offer("1")


def test_long_answers_make_room() -> None:
    answers = Answers()
    for number in range(4):
        answers.keep(spot(f"{number} = ‸\n"), Offer("1" * 150_000))
    assert answers.find(spot("1 = ‸\n")) is None
    assert answers.find(spot("3 = ‸\n")) is not None


@pytest.mark.parametrize("edit", [0, 500, 999_000])
def test_an_answer_is_of_its_text_only(edit: int) -> None:
    """Another character anywhere, far from the cursor too, and it is another place."""
    answers, text = Answers(), "x" * 1_000_000
    answers.keep(Spot("file:///a.py", text, text), Offer("12"))
    other = text[:edit] + "y" + text[edit + 1 :]
    assert answers.find(Spot("file:///a.py", text + "1", text)) == Offer("2")
    for before, after in ((other, text), (text, other), (other + "1", text), (text + "1", other)):
        assert answers.find(Spot("file:///a.py", before, after)) is None
