"""VS Code as it comes: grey text, all of it, parts, typing through, other answers, undo, another file, Chinese."""

from vscode_fixtures import Page, extensions, page, parts, shared
from world import wait_until

__all__ = ["extensions", "page", "parts", "shared"]

AREA = "def area(w, h):\n    "
BODY = "size = w * h\n    print(size)\n    return size"
ANSWERS = {
    AREA: BODY,
    "def twice(x):\n    ": "return x * 2",
    "def choose(x):\n    ": ["return x + 1", "return x - 1", "return x * 3"],
    "# 把购物车里所有商品的": "价格加起来，得到总价",
    "# 按 id 去重并保持顺序\n": "kept = list(dict.fromkeys(ids))",
    "总价 = '𠮷😀' + pri": "ce(单价)",
}


def test_grey_text_all_of_it_and_undo(page: Page) -> None:
    code = page.code
    code.type(AREA.strip() + "\n")
    assert code.ghost(BODY) == BODY
    code.press("Tab")
    page.holds(AREA + BODY)
    code.press("Control+z")
    page.holds(AREA)


def test_typing_through_what_is_shown(page: Page) -> None:
    code = page.code
    code.type(AREA.strip() + "\n")
    code.ghost(BODY)
    code.type("size = w")
    rest = BODY.removeprefix("size = w")
    assert code.ghost(rest) == rest
    code.type(" + h")  # another way: what was offered is gone
    assert code.ghost("") == ""
    page.holds(AREA + "size = w + h")


def test_by_word_by_line_and_dismissed(page: Page) -> None:
    code = page.code
    code.type(AREA.strip() + "\n")
    code.ghost(BODY)
    code.press("Control+ArrowRight")
    rest = BODY.removeprefix("size")
    assert code.ghost(rest) == rest
    code.press("Control+Alt+ArrowRight")
    rest = BODY.removeprefix("size = w * h\n")
    assert code.ghost(rest) == rest
    page.holds(AREA + "size = w * h\n")
    code.press("Escape")
    assert code.ghost("") == ""
    # What was dismissed does not come back by itself at its place.
    code.type("x")
    code.press("Backspace")
    assert code.ghost(seconds=1.5) == ""


def test_other_answers(page: Page) -> None:
    code = page.code
    code.type("def choose(x):\n")
    first = "return x + 1"
    assert code.ghost(first) == first
    code.press("Alt+]")
    second = code.do("ghostIs", text=first, **{"not": True}, ms=20_000)
    assert second in ("return x - 1", "return x * 3")
    code.press("Alt+[")
    assert code.ghost(first) == first


def test_another_file_and_back(page: Page) -> None:
    code = page.code
    code.type(AREA.strip() + "\n")
    code.ghost(BODY)
    code.switch("second.py")
    code.type("def twice(x):\n")
    assert code.ghost("return x * 2") == "return x * 2"
    code.press("Tab")
    code.holds("second.py", "def twice(x):\n    return x * 2")
    code.switch(page.name)
    code.palette("Suggest here")
    assert code.ghost(BODY) == BODY


def test_chinese(page: Page) -> None:
    code = page.code
    comment, rest = "# 把购物车里所有商品的", "价格加起来，得到总价"
    code.do("commit", text=comment)
    assert code.ghost(rest) == rest
    code.press("Control+ArrowRight")  # one word of it, though there is no blank in it
    assert code.ghost("加起来，得到总价") == "加起来，得到总价"
    code.press("Control+ArrowRight")
    left = wait_until(
        lambda: code.do("ghost") if code.do("ghost") not in ("", "加起来，得到总价") else "", "a word less"
    )
    assert "加起来，得到总价".endswith(left)
    code.press("Tab")
    page.holds(comment + rest)
    code.press("Enter", "Enter")
    code.do("commit", text="# 按 id 去重并保持顺序")
    code.press("Enter")
    assert code.ghost("kept = list(dict.fromkeys(ids))") == "kept = list(dict.fromkeys(ids))"
    code.press("Tab", "Enter")
    code.do("commit", text="总价 = '𠮷😀' + pri")
    assert code.ghost("ce(单价)") == "ce(单价)"
    code.press("Tab")
    whole = f"{comment}{rest}\n\n# 按 id 去重并保持顺序\nkept = list(dict.fromkeys(ids))\n总价 = '𠮷😀' + price(单价)"
    page.holds(whole)
