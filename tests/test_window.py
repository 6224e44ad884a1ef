import random
import re
from collections.abc import Callable

import pytest
from marks import CURSOR, cursor_in

from abacus_lsp import fitting, window
from abacus_lsp.document import Cursor, Snapshot, to_newlines
from abacus_lsp.parsing import Trees
from abacus_lsp.syntax import site_at
from abacus_lsp.window import Budget, Counter, Window, Windows, around


def words(text: str) -> int:
    """A tokenizer of the usual density: about 3.5 characters of code, one and a half of Chinese, per token."""
    return len(re.findall(r"[\u4e00-\u9fff]{1,2}|[a-zA-Z_0-9]{1,6}|[ \t]+|\n+|[^\w\s]|\w|\s", text))


def window_at(
    cursor: Cursor, budget: Budget, count: Callable[[str], int] = words, trees: Trees | None = None
) -> Window:
    return around(cursor, site_at(cursor, trees), budget, count)


def drawn(shown: Window) -> str:
    """Everything in the order of the file, the seams marked."""
    return f"{shown.outline}▷{shown.prefix}‸{shown.rest}{shown.below}◁"


SMALL = "import os\n\n\nclass A:\n    def f(self):\n        return ‸1\n\n    def g(self):\n        pass\n"


def test_a_file_that_fits_is_shown_whole():
    assert drawn(window_at(cursor_in(SMALL), Budget(1000, 1000))) == f"▷{SMALL}◁"


@pytest.mark.parametrize("eol", ["\r\n", "\r"])
def test_line_endings_and_bom_do_not_reach_the_model(eol: str):
    cursor = cursor_in("\ufeff" + SMALL.replace("\n", eol))
    assert drawn(window_at(cursor, Budget(1000, 1000))) == f"▷{SMALL}◁"


def test_a_cursor_inside_a_line_break_sees_it_once():
    assert drawn(window_at(cursor_in("a\r‸\nb"), Budget(99, 99))) == "▷a\n‸b◁"


def test_earlier_cells_come_before_the_text():
    shown = window_at(cursor_in("x = ‸", before="import os\r\ny = 1"), Budget(99, 99))
    assert drawn(shown) == "▷import os\ny = 1\nx = ‸◁"


def file_of(methods: int, at: int, line: str = "        value_{n} = self.compute({n}, 'text')\n") -> str:
    """A class of numbered methods of nine lines, the cursor at the end of the one numbered `at`."""
    body = "".join(
        f"    def method_{number}(self, x):\n"
        + "".join(line.format(n=number * 10 + n) for n in range(8))
        + (f"        return{CURSOR}\n\n" if number == at else "\n")
        for number in range(methods)
    )
    return f"import os\nfrom sys import path\n\n\nclass Long(Base):\n    size = 3\n\n{body}"


DRAWN = """\
import os
from sys import path

class Long(Base):
    # ...
▷    def method_39(self, x):
"""


def test_a_long_file_is_cut_at_a_definition_with_its_outline():
    shown = window_at(cursor_in(file_of(80, at=40)), Budget(520, 150))
    text = drawn(shown)
    assert text.startswith(DRAWN)
    assert re.findall(r"def (\w+)", shown.prefix) == ["method_39", "method_40"]
    assert shown.rest == ""
    assert re.findall(r"def (\w+)", shown.below) == ["method_41"]
    assert shown.below.endswith("\n")


def test_long_imports_give_way_before_signatures():
    marked = "".join(f"import module_{n}\n" for n in range(200)) + file_of(40, at=30)
    shown = window_at(cursor_in(marked), Budget(400, 100))
    assert "class Long(Base):\n" in shown.outline
    assert 0 < shown.outline.count("import module_") < 40
    assert words(shown.outline) <= 400 // 5


def test_without_a_comment_syntax_nothing_marks_the_gap():
    marked = "class A {\n" + "  x { y }\n" * 400 + "  z ‸"
    assert "..." not in window_at(cursor_in(marked, "nosuch"), Budget(60, 60)).outline


BUDGETS = [
    Budget(1400, 400),
    Budget(12_000, 4_000),
    Budget(100, 30),
    Budget(10, 3),
    Budget(1, 1),
    Budget(0, 0),
]
TEXTS: dict[str, tuple[str, str]] = {
    "python": ("python", file_of(400, at=300)),
    "chinese": (
        "python",
        file_of(200, at=150, line="        # 第 {n} 步：把数据按编号去重并保持顺序，然后写入表格\n"),
    ),
    "astral": ("python", file_of(100, at=90, line="        s{n} = '𠮷😀👩‍👩‍👧‍👦'\n")),
    "no definitions": (
        "sql",
        "SELECT a, b FROM t WHERE c = 1;\n" * 5000 + "SELECT ‸\n" + "SELECT 1;\n" * 3000,
    ),
    "one line": ("javascript", "a=b(c,1);" * 30_000 + CURSOR + "d=e(f,2);" * 30_000),
    "blank": ("python", "\n" * 30_000 + CURSOR + "\n" * 30_000),
    "blank columns": ("python", " " * 500_000 + CURSOR + " " * 500_000),
    "start": ("python", CURSOR + "x = 1\n" * 20_000),
    "end": ("python", "parts = line.split(sep)\n" * 20_000 + CURSOR),
    "crlf": (
        "csharp",
        "class A {\r\n" + "  int F() { return 1; }\r\n" * 4000 + "  int ‸G() { return 1; }\r\n}\r\n",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_budgets_are_kept_and_the_window_is_the_text(name: str):
    language, marked = TEXTS[name]
    cursor = cursor_in(marked, language)
    site = site_at(cursor)
    head, tail = to_newlines(cursor.before), to_newlines(cursor.after)
    for budget in BUDGETS:
        shown = around(cursor, site, budget, words)
        slack = 2 * 32  # a token or two where two blocks meet
        assert words(shown.outline) + words(shown.prefix) <= budget.prefix + (
            slack if budget.prefix > 64 else 0
        )
        assert words(shown.rest) + words(shown.below) <= budget.suffix + (slack if budget.suffix > 64 else 0)
        assert head[shown.start :] == shown.prefix
        assert tail.startswith(shown.rest + shown.below)


@pytest.mark.parametrize("budget", BUDGETS[:3], ids=str)
@pytest.mark.parametrize("name", ["python", "chinese", "no definitions", "crlf", "end"])
def test_most_of_the_prefix_budget_is_used(name: str, budget: Budget):
    language, marked = TEXTS[name]
    shown = window_at(cursor_in(marked, language), budget)
    assert shown.start == 0 or words(shown.outline) + words(shown.prefix) >= 0.4 * budget.prefix


TYPED = """
        value = self.compute(result, [1, 2, 3])
        # 把结果按编号去重，保持顺序
        for name in names:
            text = f'{name}: {value}'
            print(text, end='', file=self.stream)
        return Result(name, value, 'x')"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("budget", "methods", "at"),
    [(Budget(1400, 400), 40, 20), (Budget(1400, 400), 40, 38), (Budget(12_000, 4_000), 115, 110)],
    ids=str,
)
def test_typing_200_characters_moves_the_start_at_most_once_and_never_inside_a_line(
    budget: Budget, methods: int, at: int
):
    cursor = cursor_in(file_of(methods, at=at), uri="u")
    trees, count = Trees(), Counter(words)
    starts = [window_at(cursor, budget, count, trees).start]
    moved_in_line = 0
    for char in TYPED[:200]:
        text = cursor.before + char + cursor.after
        cursor = Cursor(Snapshot("u", "python", text), cursor.offset + 1)
        starts.append(window_at(cursor, budget, count, trees).start)
        moved_in_line += starts[-1] != starts[-2] and char != "\n"
    assert moved_in_line == 0
    assert len(set(starts)) <= 2
    assert starts == sorted(starts)
    assert starts[0] > 0


@pytest.mark.slow
def test_the_start_moves_about_four_times_per_budget():
    trees, count = Trees(), Counter(words)
    cursor = cursor_in(file_of(200, at=199), uri="u")
    text, starts, typed = cursor.before, [], 0
    while typed < 1400:
        line = f"        value = self.compute({typed}, 'text')\n"
        text, typed = text + line, typed + words(line)
        at = Cursor(Snapshot("u", "python", text), len(text))
        starts.append(window_at(at, Budget(1400, 400), count, trees).start)
    assert starts == sorted(starts)
    assert 3 <= len(set(starts)) <= 8


class Tally:
    """A tokenizer that notes how often and on how much text it was called."""

    def __init__(self) -> None:
        self.calls = 0
        self.characters = 0

    def __call__(self, text: str) -> int:
        self.calls += 1
        self.characters += len(text)
        return words(text)


@pytest.mark.slow
def test_the_next_keystroke_in_a_long_file_costs_few_counts():
    tally = Tally()
    count, trees = Counter(tally), Trees()
    cursor = cursor_in(file_of(1100, at=1000), uri="u")  # 10,000 lines
    window_at(cursor, Budget(12_000, 4_000), count, trees)
    assert tally.calls < 100
    for char in TYPED[1:30]:
        before = tally.calls
        text = cursor.before + char + cursor.after
        cursor = Cursor(Snapshot("u", "python", text), cursor.offset + 1)
        window_at(cursor, Budget(12_000, 4_000), count, trees)
        assert tally.calls - before <= 6
    assert tally.calls < 120


def test_a_gigantic_line_is_not_tokenised_whole():
    tally = Tally()
    cursor = cursor_in("a=b(c,1);" * 120_000 + CURSOR + "d=e(f,2);" * 120_000, "javascript")
    shown = around(cursor, site_at(cursor, Trees(first=0.0)), Budget(1400, 400), tally)
    assert tally.characters < 40_000
    assert len(shown.prefix) > 700
    assert len(shown.rest) > 300


def test_a_counter_remembers_the_most_recent_texts():
    tally = Tally()
    count = Counter(tally, size=2)
    assert [count(text) for text in ("a", "b", "a", "c", "a", "")] == [1, 1, 1, 1, 1, 0]
    assert tally.calls == 3
    count("b")
    assert tally.calls == 4


@pytest.mark.parametrize(
    ("text", "budget", "start", "end"),
    [
        ("", 5, "", ""),
        ("abc", 0, "", ""),
        ("a b c", 9, "a b c", "a b c"),
        ("a+b+c+d", 3, "a+b", "c+d"),
    ],
)
def test_fitting(text: str, budget: int, start: str, end: str):
    assert fitting.fitting(text, budget, words) == start
    assert fitting.fitting(text, budget, words, from_end=True) == end


def test_random_windows_never_fail():
    random_ = random.Random(7)
    alphabet = [
        "\n",
        "\r\n",
        "\r",
        "x = 1",
        "def f(a):",
        "    ",
        "中文",
        "😀",
        "\0",
        "\udc80",
        "import a\n",
        "class B:\n",
        "\n\n",
    ]
    for _ in range(300):
        text = "".join(random_.choices(alphabet, k=random_.randrange(80)))
        cursor = Cursor(
            Snapshot("", random_.choice(["python", "c", "nosuch"]), text, before="a\r\n"),
            random_.randrange(len(text) + 1),
        )
        budget = Budget(random_.randrange(60), random_.randrange(60))
        shown = window_at(cursor, budget)
        assert words(shown.prefix) + words(shown.outline) <= budget.prefix + 32
        assert "\r" not in drawn(shown)


def test_the_window_names_what_callers_need():
    assert set(window.__all__) == {"Budget", "Counter", "Window", "Windows", "around"}


def typed_at(text: str, offset: int, windows: Windows, budget: Budget) -> Window:
    cursor = Cursor(Snapshot("file:///a.py", "python", text), offset)
    return windows.around(cursor, site_at(cursor, Trees()), budget, Counter(words))


def test_an_edit_above_and_a_cursor_that_moves_about_leave_the_start_where_it_was():
    """A moved start makes the model read all of the window again."""
    budget, windows = Budget(1400, 200), Windows()
    at = cursor_in(file_of(60, at=40), uri="u")
    first = typed_at(at.snapshot.text, at.offset, windows, budget)
    assert first.start > 0
    above = "import 新的\n" * 3 + at.snapshot.text
    moved = typed_at(above, at.offset + len("import 新的\n") * 3, windows, budget)
    assert moved.prefix == first.prefix
    assert moved.start == first.start + len("import 新的\n") * 3
    for back in (40, 400, 900):
        place = above.rfind("\n", 0, at.offset - back) + 1
        assert first.prefix.startswith(typed_at(above, place, windows, budget).prefix)


def test_a_look_at_another_place_and_back_moves_nothing():
    budget, windows = Budget(1400, 200), Windows()
    at = cursor_in(file_of(120, at=100), uri="u")
    text, offset = at.snapshot.text, at.offset
    first = typed_at(text, offset, windows, budget)
    far = text.index("\n", len(text) // 4)
    assert typed_at(text, far, windows, budget).start != first.start
    assert typed_at(text, offset, windows, budget) == first
    longer = text[:offset] + "x" + text[offset:]
    assert typed_at(longer, offset + 1, windows, budget).start == first.start


@pytest.mark.parametrize(
    ("change", "frozen"),
    [
        (lambda lines: lines, True),
        (lambda lines: [*lines[:60], "changed()", *lines[61:]], True),
        (lambda lines: [*lines[:60], "one", "more", *lines[60:]], True),
        (lambda lines: [*lines[:2], "changed()", *lines[3:]], False),
        (lambda lines: lines[1:], False),
        (lambda lines: [*lines[:40], *(f"new {n}" for n in range(20)), *lines[60:]], False),
        (lambda lines: lines[:50], False),
    ],
    ids=["same", "one far line", "two more far lines", "near", "moved down", "many", "shorter"],
)
def test_what_follows_stays_as_it_was_read_until_it_changed_materially(change, frozen: bool):
    lines = [f"line_{n} = {n}" for n in range(100)]
    windows, budget = Windows(), Budget(400, 2000)
    before = typed_at("x = 1\n" + "\n".join(lines), 5, windows, budget)
    new = "\n" + "\n".join(change(lines))
    after = typed_at("x = 1" + new, 5, windows, budget)
    assert before.below == "\n" + "\n".join(lines)
    assert after.below == (before.below if frozen else new)


def test_files_have_windows_of_their_own_and_the_oldest_is_forgotten():
    windows, budget = Windows(size=2), Budget(400, 2000)
    far = "\n".join(f"line_{n}" for n in range(100))
    for uri in ("a", "b", "c", "a"):
        changed = far.replace("line_90", f"other_{uri}")
        cursor = Cursor(Snapshot(uri, "python", "x\n" + changed), 1)
        assert (
            f"other_{uri}" in windows.around(cursor, site_at(cursor, Trees()), budget, Counter(words)).below
        )
