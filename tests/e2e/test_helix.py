"""Helix, the real program in a real terminal: popup, code actions, and a server that dies.

The set-up is the one of the page (`editors/helix/README.md`), executed as it stands there. Helix has no inline
completion, no partial accept, and one entry of ours in its popup.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Find
from pages import block
from terminal import Terminal
from world import World, wait_until

PAGE = ROOT / "editors" / "helix" / "README.md"
Start = Callable[..., Terminal]


@pytest.fixture
def helix(terminal: Terminal, world: World, find: Find) -> Start:
    """Opens the project's `a.py` in insert mode, the server ready."""
    program = find("hx")
    held = world.home / ".config" / "helix"
    held.mkdir(parents=True)
    (held / "config.toml").write_text(block(PAGE, "toml", "config"), encoding="utf-8")

    def start(answers: dict[str, str], text: str = "", command: str = "") -> Terminal:
        languages = block(PAGE, "toml", "languages")
        languages = languages.replace('command = "abacus-lsp"', command) if command else languages
        (held / "languages.toml").write_text(languages, encoding="utf-8")
        if answers:
            world.answers(answers)
        world.write("a.py", text)
        terminal.start(program, "a.py")
        terminal.wait_for("a.py")
        ready(world)
        terminal.keys("i")
        terminal.wait_for(" INS ")
        return terminal

    return start


def ready(world: World) -> None:
    """Until this editor's server has its model. Helix shows no status of ours: ask the daemon."""
    wait_until(world.ready, "a daemon with a model and this project's client")


def saved(terminal: Terminal, world: World, name: str = "a.py") -> Callable[[], str]:
    """What Helix writes when it is told to: the text it really holds."""

    def text() -> str:
        terminal.keys("Escape")
        terminal.type(":write!")
        terminal.keys("Enter")
        try:
            return (world.project / name).read_text("utf-8")
        except FileNotFoundError:  # between Helix's two renames
            return ""

    return text


def holds(terminal: Terminal, world: World, wanted: str, name: str = "a.py") -> None:
    """The file has exactly this text."""
    text = saved(terminal, world, name)
    wait_until(lambda: text() == wanted, lambda: f"{wanted!r}, not {text()!r}")


def test_all_of_it_with_undo(helix: Start, world: World):
    hx = helix({"def area(w, h):\n    ": "area = w * h\n    return area"})
    hx.type("def area(w, h):")
    hx.keys("Enter")
    hx.type("    ")
    hx.keys("C-x")
    hx.wait_for("area = w * h…")
    hx.keys("Tab")
    hx.wait_for(
        lambda screen: screen.count("return area") == 2
    )  # in the text, and the whole beside the popup
    hx.capture("popup")
    holds(hx, world, "def area(w, h):\n    area = w * h\n    return area\n")
    hx.type("uu")  # the line end that saving added, then the insertion
    hx.wait_for(lambda screen: "return area" not in screen)


def test_by_hand_after_an_operator_and_typed_through(helix: Start, world: World):
    hx = helix({"x = ": "total(items)"})
    hx.type("x = ")
    hx.keys("C-x")
    hx.wait_for(lambda screen: screen.count("total(items)") >= 1)
    hx.type("tot")
    hx.wait_for(lambda screen: "x = tot" in screen and "total(items)" in screen)
    hx.keys("Tab")
    holds(hx, world, "x = total(items)\n")


def test_chinese(helix: Start, world: World):
    """Wide characters before the cursor and in the answer; Helix counts columns in bytes."""
    hx = helix({"# 计算": "购物车的总价", "甲 = 总": "价(购物车)"})
    hx.type("标题 = '𠮷'")
    hx.keys("Enter")
    hx.type("甲 = 总")
    hx.wait_for("总价(购物车)")
    hx.capture("chinese")
    hx.keys("Tab")
    holds(hx, world, "标题 = '𠮷'\n甲 = 总价(购物车)\n")


def test_another_file(helix: Start, world: World):
    world.write("b.py", "")
    hx = helix({"x = on": "e()", "y = tw": "o()"})
    hx.type("x = on")
    hx.wait_for("one()")
    hx.keys("Escape", "Escape")
    hx.type(":open b.py")
    hx.keys("Enter")
    hx.wait_for("b.py")
    hx.type("iy = tw")
    hx.wait_for("two()")
    hx.keys("Tab")
    holds(hx, world, "y = two()\n", "b.py")


def test_a_docstring_and_a_summary(helix: Start, world: World):
    hx = helix({"": " Area of a rectangle."}, "def area(w, h):\n    return w * h\n")
    hx.keys("Escape")
    hx.wait_for(" NOR ")
    hx.type(" a")
    hx.wait_for("Write docstring")
    hx.capture("actions")
    hx.keys("Enter")
    hx.wait_for('"""Area of a rectangle.')
    hx.type("u")
    hx.wait_for(lambda screen: '"""' not in screen)
    hx.type(" a")
    hx.wait_for("Summarise in a comment")
    hx.keys("Tab", "Tab", "Enter")
    hx.wait_for(lambda screen: "# " in screen and "rectangle" in screen and "Summarise" not in screen)
    hx.type("u a")
    hx.wait_for("Summarise in a comment")
    hx.keys("Tab", "Enter")
    hx.wait_for(lambda screen: "rectangle" in screen.rstrip().splitlines()[-1])


def test_in_chinese(helix: Start, world: World):
    """Helix says nothing of its own about us: titles and messages are the server's, by the environment's language."""
    world.environment |= {"LC_ALL": "", "LC_MESSAGES": "zh_CN.UTF-8"}
    held = helix({}, "def area(w, h):\n    return w * h\n")
    held.keys("Escape")
    held.wait_for(" NOR ")
    held.type(" a")
    held.wait_for("生成文档字符串")
    held.wait_for("生成代码摘要并插入注释")
    held.keys("Enter")
    held.wait_for("参数 w")


def test_a_daemon_that_dies_is_not_noticed(helix: Start, world: World):
    hx = helix({"x = on": "e()", "y = tw": "o()"})
    hx.type("x = on")
    hx.wait_for("one()")
    assert world.kill_servers(daemon=True) == 1
    hx.type("ce")
    hx.keys("Enter")
    hx.wait_for("x = once")
    ready(world)
    hx.type("y = tw")
    hx.wait_for("two()")
    hx.keys("Tab")
    holds(hx, world, "x = once\ny = two()\n")


def test_killed_helix_stays_usable_and_a_restart_brings_it_back(helix: Start, world: World):
    hx = helix({"x = on": "e()", "y = tw": "o()"}, command='command = "abacus-lsp"\ntimeout = 10')
    hx.type("x = on")
    hx.wait_for("one()")
    assert world.kill_servers() >= 2  # :lsp-restart waits so long for the dead one's answer
    hx.type("ce")
    hx.keys("Enter", "Escape")
    hx.wait_for("x = once")
    hx.type(":lsp-restart")
    hx.keys("Enter")
    ready(world)
    hx.type("iy = tw")
    hx.wait_for("two()")
    hx.keys("Tab")
    holds(hx, world, "x = once\ny = two()\n")


@pytest.mark.model
def test_the_real_model(helix: Start, real_world: World):
    """The trial model's words in the popup, whatever they are, inserted as they were shown."""
    before = (Path(__file__).parent / "cart.py.txt").read_text("utf-8")
    hx = helix({}, f"{before}def total_price(items: list[Item]) -> float:\n")
    hx.keys("Escape")
    hx.type("geo")
    hx.type("    tot")

    def entry(screen: str) -> str:
        """The popup's entry, which ends with its kind."""
        lines = [
            line.lstrip(" ~").rstrip() for line in screen.splitlines() if line.rstrip().endswith(" text")
        ]
        return lines[0].removesuffix("text").strip().rstrip("…") if lines else ""

    shown = entry(hx.wait_for(lambda screen: entry(screen) != ""))
    hx.keys("Tab")
    hx.wait_for(lambda screen: f"  {shown}" in screen)
    hx.capture("real-model", picture="helix")
    hx.keys("Escape")
    text = saved(hx, real_world)
    wait_until(lambda: f"    {shown}" in text(), lambda: f"{shown!r} in {text()!r}")
