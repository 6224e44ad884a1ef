"""Terms and windows."""

import pytest

from retrieval.chunks import chunks, split_lines, window_count
from retrieval.terms import terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("getUserName", ["getusername", "get", "user", "name"]),
        ("user_id", ["user_id", "user", "id"]),
        ("HTTPResponse2xx", ["httpresponse2xx", "http", "response", "xx"]),
        ("parse_utf16", ["parse_utf16", "parse", "utf", "16"]),
        ("__init__", ["init"]),
        ("_x", []),
        ("x = 3 + 42", []),
        ("été_jour", ["été_jour", "été", "jour"]),
        ("计算净价", ["计算", "算净", "净价"]),
        ("价", ["价"]),
        ("获取data列表", ["获取", "data", "列表"]),
        ("# 价格: net_price", ["价格", "net_price", "net", "price"]),
        ("カナ한국", ["カナ", "ナ한", "한국"]),
        ("𠮷野家", ["𠮷野", "野家"]),
        ("a" * 65, []),
        ("", []),
        ("\ud800 lone", ["lone"]),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("count", "spans"),
    [
        (0, []),
        (1, [(0, 1)]),
        (20, [(0, 20)]),
        (21, [(0, 20), (10, 21)]),
        (45, [(0, 20), (10, 30), (20, 40), (30, 45)]),
    ],
)
def test_windows_cover_every_line(count: int, spans: list[tuple[int, int]]) -> None:
    text = "\n".join(f"line {n}" for n in range(count))
    found = chunks("a.py", text)
    assert [(chunk.start_line, chunk.end_line) for chunk in found] == spans
    assert window_count(count) == len(spans)
    assert all(chunk.text.split("\n")[0] == f"line {chunk.start_line}" for chunk in found)


def test_lines_end_where_editors_end_them() -> None:
    assert split_lines("a\r\nb\x0cc\u2028d\ne\n") == ["a", "b\x0cc\u2028d", "e"]


@pytest.mark.parametrize(
    "text",
    [
        "getUserName(user_id)",
        "x = _ __ a1 1a 0xff _x x_ 9",
        "def f(self): return 'it's'",
        "__init__",
        "a" * 70,
        "",
    ],
)
def test_ascii_texts_have_the_terms_that_they_have_among_others(text: str) -> None:
    assert terms(text) == terms(f"{text} 好")[: len(terms(text))]
    assert terms(f"{text} 好") == [*terms(text), "好"]
