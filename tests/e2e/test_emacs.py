"""Emacs, the real program in a real terminal: eglot, grey text by completion-preview-mode, and `abacus.el`.

The set-up is the one of the page (`editors/emacs/README.md`), executed as it stands there.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Find
from pages import block
from terminal import Terminal
from world import World, wait_until

SETUP = block(ROOT / "editors" / "emacs" / "README.md", "elisp", "setup").replace(
    "/path/to/abacus-lsp", str(ROOT)
)
AREA = "def area(w, h):\n    "
Start = Callable[..., Terminal]
# Not ours, and only for the tests: no backups, no questions, a quiet screen. Here the server dies within the three
# seconds in which eglot would take it for a failed start.
QUIET = """
(setq make-backup-files nil create-lockfiles nil auto-save-default nil inhibit-startup-screen t
      python-indent-guess-indent-offset nil ring-bell-function #'ignore
      eglot-autoreconnect t)
(setq mode-require-final-newline nil)
(menu-bar-mode -1)
"""


@pytest.fixture
def emacs(terminal: Terminal, world: World, find: Find) -> Start:
    """Opens the project's `a.py`, the server ready, the cursor at the end."""
    program = find("emacs")

    def start(answers: dict[str, str | list[str]], text: str = "") -> Terminal:
        if answers:
            world.answers(answers)
        world.write("a.py", text)
        init = world.folder / "init.el"
        init.write_text(f"{QUIET}{SETUP}", encoding="utf-8")
        terminal.start(program, "-nw", "-Q", "-l", init, "a.py")
        terminal.wait_for("a.py")
        wait_until(world.ready, "a daemon with a model and this project's client")
        terminal.wait_for("珠算:ready")
        terminal.keys("M->")
        return terminal

    return start


def shows(screen: str, text: str) -> bool:
    """Whether these lines are on the screen; Emacs keeps two columns at the left for marks."""
    return text in "\n".join(line[2:] for line in screen.splitlines())


def holds(terminal: Terminal, world: World, wanted: str, name: str = "a.py") -> None:
    """The file, saved, has exactly this text."""
    path = world.project / name

    def text() -> str:
        terminal.keys("C-x", "C-s")
        return path.read_text("utf-8")

    wait_until(lambda: text() == wanted, lambda: f"{wanted!r}, not {text()!r}:\n{terminal.screen()}")


def test_all_of_it_with_undo(emacs: Start, world: World):
    held = emacs({AREA: "area = w * h\n    return area"})
    held.type("def area(w, h):")
    held.keys("Enter")
    held.wait_for(lambda screen: shows(screen, "    area = w * h\n    return area"))
    held.capture("preview")
    held.keys("Tab")
    holds(held, world, f"{AREA}area = w * h\n    return area")
    held.keys("C-x", "u")
    holds(held, world, AREA)


def test_word_by_word_then_a_line_then_the_rest(emacs: Start, world: World):
    held = emacs({AREA: "both = (w, h)\n    return w * h"})
    held.type("def area(w, h):")
    held.keys("Enter")
    held.wait_for(lambda screen: shows(screen, "    both = (w, h)\n    return w * h"))
    held.keys("M-Right")
    held.wait_for(lambda _: held.cursor() == (2 + len("    both"), 1))
    held.keys("M-Right")
    held.wait_for(lambda _: held.cursor() == (2 + len("    both ="), 1))
    held.wait_for(lambda screen: shows(screen, "    both = (w, h)\n    return w * h"))
    held.keys("C-M-Right")
    held.keys("Tab")
    holds(held, world, f"{AREA}both = (w, h)\n    return w * h")


@pytest.mark.parametrize(
    ("keys", "taken"),
    [(["M-Right", "M-Right"], "both ="), (["C-M-Right"], "both = (w, h)")],
    ids=["words", "line"],
)
def test_a_part_alone_is_in_the_file(emacs: Start, world: World, keys: list[str], taken: str):
    held = emacs({AREA: "both = (w, h)\n    return w * h"})
    held.type("def area(w, h):")
    held.keys("Enter")
    held.wait_for("return w * h")
    held.keys(*keys)
    holds(held, world, f"{AREA}{taken}")


def test_typed_through_it_stays_and_what_does_not_fit_goes(emacs: Start, world: World):
    held = emacs({"x = ": "total(items)", "x = tz": "info"})
    held.type("x = ")
    held.wait_for("x = total(items)")
    held.type("t")
    held.wait_for("x = total(items)")
    held.type("z")
    held.wait_for("x = tzinfo")
    held.keys("Tab")
    holds(held, world, "x = tzinfo")


def test_others_are_cycled_through(emacs: Start, world: World):
    held = emacs({"x = ": ["one()", "two()", "three()"]})
    held.type("x = ")
    held.wait_for("x = one()")
    held.keys("M-n")
    held.wait_for("x = two()")
    held.keys("M-n")
    held.wait_for("x = three()")
    held.keys("M-p")
    held.wait_for("x = two()")
    held.keys("Tab")
    holds(held, world, "x = two()")


def test_dismissed_it_does_not_come_back_there(emacs: Start, world: World):
    held = emacs({"x = ": "one()", "y = ": "two()"})
    held.type("x = ")
    held.wait_for("x = one()")
    held.keys("C-]")
    held.wait_for(lambda screen: "one()" not in screen)
    held.keys("BSpace", "Space")
    held.wait_for("珠算:ready rejected")
    assert "one()" not in held.screen()
    held.keys("Enter")
    held.type("y = ")
    held.wait_for("y = two()")


def test_chinese(emacs: Start, world: World):
    """Wide characters before the cursor and in the answer, clause by clause; eglot counts in utf-32."""
    held = emacs({"# 计算": "购物车的总价，含税。"})
    held.type("标题 = '𠮷'")
    held.keys("Enter")
    held.type("# 计算")
    held.wait_for("购物车的总价")
    held.capture("chinese")
    held.keys("M-Right")
    held.wait_for(lambda _: held.cursor() == (2 + 20, 1))  # cells: a Chinese character takes two
    held.wait_for("含税")
    held.keys("Tab")
    holds(held, world, "标题 = '𠮷'\n# 计算购物车的总价，含税。")


def test_another_file(emacs: Start, world: World):
    world.write("b.py", "")
    held = emacs({"x = ": "one()", "y = ": "two()"})
    held.type("x = ")
    held.wait_for("x = one()")
    held.keys("C-x", "C-f")
    held.type("b.py")
    held.keys("Enter")
    held.wait_for("b.py")
    held.type("y = ")
    held.wait_for("y = two()")
    held.keys("Tab")
    holds(held, world, "y = two()", "b.py")


def test_a_docstring_and_a_summary(emacs: Start, world: World):
    held = emacs({"": " Area of a rectangle."}, "def area(w, h):\n    return w * h\n")
    held.keys("M-<")
    command(held, "abacus-docstring")
    held.wait_for('"""Area of a rectangle.')
    held.keys("C-x", "u")
    held.wait_for(lambda screen: '"""' not in screen)
    command(held, "abacus-summarise")
    held.wait_for(lambda screen: "rectangle" in screen.rstrip().splitlines()[-1])
    held.keys("C-u")
    command(held, "abacus-summarise")
    held.wait_for(lambda screen: "# " in screen.splitlines()[0] and "rectangle" in screen.splitlines()[0])


def test_in_chinese(emacs: Start, world: World):
    """The server's sentences by the environment's language, and the few that are ours."""
    world.environment |= {"LC_ALL": "", "LC_MESSAGES": "zh_CN.UTF-8"}
    held = emacs({}, "def area(w, h):\n    return w * h\n")
    command(held, "abacus-next")
    held.wait_for("没有显示内联建议")
    held.keys("M-<")
    command(held, "abacus-docstring")
    held.wait_for("参数 w")
    command(held, "abacus-summarise")
    held.wait_for("定义了 area。")
    command(held, "abacus-snooze")
    held.wait_for("分钟数：")


def command(held: Terminal, name: str) -> None:
    """M-x NAME."""
    held.keys("M-x")
    held.type(name)
    held.keys("Enter")


def test_a_daemon_that_dies_is_not_noticed(emacs: Start, world: World):
    held = emacs({"x = ": "one()", "y = ": "two()"})
    held.type("x = ")
    held.wait_for("x = one()")
    assert world.kill_servers(daemon=True) == 1
    held.type("1")
    held.keys("Enter")
    wait_until(world.ready, "a new daemon with the client")
    held.type("y = ")
    held.wait_for("y = two()")
    holds(held, world, "x = 1\ny = ")


def test_killed_emacs_stays_usable_and_reconnects(emacs: Start, world: World):
    held = emacs({"x = ": "one()", "y = ": "two()"})
    held.type("x = ")
    held.wait_for("x = one()")
    assert world.kill_servers() >= 2
    held.type("1")
    held.keys("Enter")
    held.wait_for("x = 1")
    wait_until(world.ready, "eglot's new server")
    held.wait_for("珠算:ready")
    held.type("y = ")
    held.wait_for("y = two()")
    held.keys("Tab")
    holds(held, world, "x = 1\ny = two()")


@pytest.mark.model
def test_the_real_model(emacs: Start, real_world: World):
    """The trial model's words in grey; all of them inserted as they were shown."""
    held = emacs({}, (Path(__file__).parent / "cart.py.txt").read_text("utf-8"))
    held.keys("Enter")
    typed = "def total_price(items: list[Item]) -> float:"
    held.type(typed)
    held.keys("Enter")

    def below(screen: str) -> str:
        lines = screen.splitlines()
        at = next((number for number, line in enumerate(lines) if typed in line), len(lines))
        return lines[at + 1].strip() if at + 1 < len(lines) else ""

    shown = below(
        held.wait_for(lambda screen: below(screen) not in ("", "-") and "a.py" not in below(screen))
    )
    held.capture("real-model", picture="emacs")
    held.keys("Tab")
    path = real_world.project / "a.py"
    held.keys("C-x", "C-s")
    wait_until(lambda: shown in path.read_text("utf-8"), lambda: f"{shown!r} in {path.read_text('utf-8')!r}")
