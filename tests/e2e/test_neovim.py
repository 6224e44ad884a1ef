"""Neovim, the real program: 0.12 with its own inline completion, 0.11 and 0.10 with grey text that our module draws.

The set-up is the one of the page (`editors/neovim/README.md`), executed as it stands there.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT, Find
from neovim import Neovim
from pages import block
from terminal import Terminal
from world import World, wait_until

VERSIONS = ["nvim-0.12", "nvim-0.11", "nvim-0.10"]
PAGE = ROOT / "editors" / "neovim" / "README.md"
HERE = "/path/to/abacus-lsp"
PLUGIN = block(PAGE, "lua", "plugin").replace(HERE, str(ROOT))
AREA = "def area(w, h):\n    "
Open = Callable[..., Neovim]


@pytest.fixture(params=VERSIONS)
def program(request: pytest.FixtureRequest, find: Find) -> Path:
    return find(request.param)


@pytest.fixture
def editor(program: Path, world: World) -> Iterator[Open]:
    """Opens the project's `a.py` with the given text, the cursor behind it, in insert mode, with this script."""
    held: list[Neovim] = []

    def start(text: str = "", init: str = PLUGIN, **answers: str | list[str]) -> Neovim:
        if answers:
            world.answers({key.replace("_", " "): answer for key, answer in answers.items()})
        world.write("a.py", text)
        held.append(Neovim(program, world, init, "a.py"))
        held[0].ready()
        held[0].keys("G$a" if text else "i")
        return held[0]

    yield start
    for each in held:
        each.close()


@pytest.fixture
def scripted(world: World, editor: Open) -> Callable[..., Neovim]:
    """The same, with answers by the ends of prompts."""

    def start(answers: dict[str, str | list[str]] | None, text: str = "", init: str = PLUGIN) -> Neovim:
        if answers is not None:
            world.answers(answers)
        return editor(text, init)

    return start


def test_all_of_it_with_undo(scripted: Open):
    nvim = scripted({AREA: "area = w * h\n    return area"})
    nvim.keys("def area(w, h):<CR>")
    nvim.wait_ghost("area = w * h\n    return area")
    nvim.keys("<Tab>")
    nvim.wait_text(f"{AREA}area = w * h\n    return area")
    assert nvim.cursor == (3, len("    return area"))
    nvim.keys("<Esc>u")
    assert nvim.text == AREA
    nvim.keys("<C-r>")
    assert nvim.text == f"{AREA}area = w * h\n    return area"


def test_word_by_word_then_a_line_then_the_rest(scripted: Open):
    nvim = scripted({AREA: "both = (w, h)\n    return w * h"})
    nvim.keys("def area(w, h):<CR>")
    nvim.wait_ghost("both = (w, h)\n    return w * h")
    nvim.keys("<M-Right>")
    nvim.wait_text(f"{AREA}both")
    nvim.wait_ghost(" = (w, h)\n    return w * h")
    nvim.keys("<M-Right>")
    nvim.wait_text(f"{AREA}both =")
    nvim.wait_ghost(" (w, h)\n    return w * h")
    nvim.keys("<M-C-Right>")
    nvim.wait_text(f"{AREA}both = (w, h)")
    nvim.wait_ghost("\n    return w * h")
    nvim.keys("<Tab>")
    nvim.wait_text(f"{AREA}both = (w, h)\n    return w * h")


def test_what_is_typed_through_is_not_inserted_twice(scripted: Open):
    """Tab in the very moment after a key, before the server has answered for it."""
    nvim = scripted({"x = ": "total(items)"})
    nvim.keys("x = ")
    nvim.wait_ghost("total(items)")
    nvim.keys("tot<Tab>")
    nvim.wait_text("x = total(items)")


def test_typed_through_it_stays_and_what_does_not_fit_goes(scripted: Open):
    nvim = scripted({"x = ": "total(items)", "x = tz": "info"})
    nvim.keys("x = ")
    nvim.wait_ghost("total(items)")
    nvim.keys("t")
    nvim.wait_ghost("otal(items)")
    nvim.keys("z")
    nvim.wait_ghost("info")


def test_others_are_cycled_through(scripted: Open):
    nvim = scripted({"x = ": ["one()", "two()", "three()"]})
    nvim.keys("x = ")
    nvim.wait_ghost("one()")
    nvim.keys("<M-]>")
    nvim.wait_ghost("two() (2/3)")
    nvim.keys("<M-]>")
    nvim.wait_ghost("three() (3/3)")
    nvim.keys("<M-[>")
    nvim.wait_ghost("two() (2/3)")
    nvim.keys("<Tab>")
    nvim.wait_text("x = two()")


def test_dismissed_it_does_not_come_back_there(scripted: Open, world: World):
    nvim = scripted({"x = ": "one()", "y = ": "two()"})
    nvim.keys("x = ")
    nvim.wait_ghost("one()")
    nvim.keys("<C-]>")
    nvim.wait_ghost("")
    nvim.keys("<BS> ")  # there again
    wait_until(lambda: nvim.lua("return vim.g.abacus.reason.code") == "rejected", "a silence that says why")
    assert nvim.ghost == ""
    nvim.keys("<CR>y = ")
    nvim.wait_ghost("two()")


def test_tab_is_the_tab_it_was_where_nothing_is_shown(scripted: Open):
    nvim = scripted({}, init=f"vim.keymap.set('i', '<Tab>', 'mine')\n{PLUGIN}")
    nvim.keys("a <Tab>")
    nvim.wait_text("a mine")


def test_tab_indents_where_nothing_is_shown_and_nothing_was_mapped(scripted: Open):
    nvim = scripted({}, init=f"vim.o.expandtab = false\n{PLUGIN}")
    nvim.keys("<Esc>:setlocal noexpandtab<CR>ia<Tab>b")
    nvim.wait_text("a\tb")


def test_beside_an_open_popup_menu(scripted: Open):
    """Completion of words by Neovim itself: grey text stays, and Tab takes it."""
    nvim = scripted({"x = to": "mato.slice()"}, "tomato = 1\ntorso = 2")
    nvim.keys("<CR>x = to")
    nvim.wait_ghost("mato.slice()")
    nvim.keys("<C-x><C-n>")
    wait_until(lambda: nvim.lua("return vim.fn.pumvisible()") == 1, "a popup")
    nvim.wait_ghost(".slice()")
    nvim.keys("<Tab>")
    nvim.wait_text("tomato = 1\ntorso = 2\nx = tomato.slice()")


def test_chinese_in_every_place(scripted: Open):
    """Wide characters before the cursor, in the answer, taken clause by clause, with columns in bytes."""
    nvim = scripted({"# 计算": "购物车的总价，含税。"})
    nvim.keys("标题 = '𠮷'<CR># 计算")
    nvim.wait_ghost("购物车的总价，含税。")
    nvim.keys("<M-Right>")
    nvim.wait_text("标题 = '𠮷'\n# 计算购物车的总价，")
    nvim.wait_ghost("含税。")
    nvim.keys("<Tab>")
    nvim.wait_text("标题 = '𠮷'\n# 计算购物车的总价，含税。")


def test_over_the_closers_that_a_pairing_plugin_typed(scripted: Open):
    nvim = scripted({"x = ": "total(items, 1)"}, init=f"{PLUGIN}\nvim.keymap.set('i', '(', '()<Left>')")
    nvim.keys("x = ")
    nvim.wait_ghost("total(items, 1)")
    nvim.keys("total(")
    assert nvim.text == "x = total()"
    nvim.wait_ghost("items, 1)")
    nvim.keys("<Tab>")
    nvim.wait_text("x = total(items, 1)")


def test_another_file(scripted: Open, world: World):
    world.write("b.py", "")
    nvim = scripted({"x = ": "one()", "y = ": "two()"})
    nvim.keys("x = ")
    nvim.wait_ghost("one()")
    nvim.keys("<Esc>:edit! b.py<CR>")
    wait_until(lambda: nvim.name.endswith("b.py"), "the other file")
    nvim.wait_ghost("")
    nvim.keys("iy = ")
    nvim.wait_ghost("two()")
    nvim.keys("<Tab>")
    nvim.wait_text("y = two()")


def test_killed_it_comes_back_and_nothing_is_lost(scripted: Open, world: World):
    nvim = scripted({"x = ": "one()", "y = ": "two()"})
    nvim.keys("x = ")
    nvim.wait_ghost("one()")
    assert world.kill_servers() >= 2  # what Neovim started, and the daemon
    nvim.keys("1<CR>y = ")
    assert nvim.text == "x = 1\ny = "
    nvim.wait_ghost("two()")  # no key more: what was typed while it was away is asked again
    nvim.keys("<Tab>")
    nvim.wait_text("x = 1\ny = two()")


def test_a_docstring_and_a_summary(scripted: Open):
    nvim = scripted({"": " Area of a rectangle."}, "def area(w, h):\n    return w * h\n")
    nvim.keys("<Esc>gg:Abacus docstring<CR>")
    wait_until(lambda: '"""' in nvim.text, lambda: f"a docstring, {nvim.messages}")
    assert nvim.text.startswith('def area(w, h):\n    """')
    nvim.keys("u")
    assert nvim.text == "def area(w, h):\n    return w * h"
    nvim.keys(":Abacus comment<CR>")
    wait_until(lambda: nvim.text.startswith("# "), lambda: f"a summary above, {nvim.messages}")
    nvim.keys("u:Abacus summarise<CR>")
    wait_until(lambda: "rectangle" in nvim.messages, lambda: f"a message, {nvim.messages}")


def test_a_docstring_on_the_line_below_its_quotes(scripted: Open):
    nvim = scripted({}, "def area(w):\n    print(w)\n")
    nvim.keys('<Esc>ggo"""<CR>')
    said = 'Area.\n\n    Args:\n        w: The w.\n    """'
    nvim.wait_ghost(said)
    nvim.keys("<Tab>")
    nvim.wait_text(f'def area(w):\n    """\n    {said}\n    print(w)')


def test_status_why_and_prompt(scripted: Open):
    nvim = scripted({"x = ": "one()"})
    nvim.keys("x = ")
    nvim.wait_ghost("one()")
    assert nvim.lua("return require('abacus').status()") == "珠算 ready scripted"
    nvim.keys("<Esc>:Abacus why<CR>")
    wait_until(lambda: '"ok"' in nvim.messages, lambda: nvim.messages)
    nvim.keys(":Abacus prompt<CR>")
    wait_until(lambda: nvim.name.endswith("prompt.txt"), "a page with the prompt")


def test_snoozed_it_says_nothing_unasked(scripted: Open):
    nvim = scripted({"x = ": "one()"})
    nvim.keys("<Esc>:Abacus snooze 60<CR>ax = ")
    wait_until(
        lambda: nvim.lua("return (vim.g.abacus.reason or {}).code") == "snoozed", lambda: nvim.messages
    )
    assert nvim.ghost == ""


def test_checkhealth(scripted: Open):
    nvim = scripted({})
    nvim.keys("<Esc>:checkhealth abacus<CR>")
    wait_until(lambda: "abacus: keys" in nvim.text, lambda: nvim.text)
    assert "ERROR" not in nvim.text
    assert "WARN" not in nvim.text
    for wanted in ("abacus-lsp 0.1.0", "ready: scripted", "Take the completion", "columns in utf-"):
        assert wanted in nvim.text


CHINESE = {"LANG": "zh_CN.UTF-8", "LC_ALL": ""}


def test_in_chinese(scripted: Open, world: World):
    """What a user reads, by the environment's language: the server's sentences, and the few of the plugin's own."""
    world.environment |= CHINESE
    nvim = scripted({"x = ": "one()"})
    nvim.keys("x = ")
    nvim.wait_ghost("one()")
    nvim.keys("<Esc>:Abacus why<CR>")
    wait_until(lambda: "已给出补全。" in nvim.messages, lambda: nvim.messages)
    nvim.keys(":Abacus snooze 60<CR>ax = ")
    wait_until(
        lambda: nvim.lua("return (vim.g.abacus.reason or {}).message") == "补全已暂停（abacus.snooze）。",
        lambda: nvim.messages,
    )
    nvim.keys("<Esc>:Abacus nonsense<CR>")
    wait_until(lambda: "应为以下之一：" in nvim.messages, lambda: nvim.messages)
    nvim.keys(":checkhealth abacus<CR>")
    wait_until(lambda: "abacus：按键" in nvim.text, lambda: nvim.text)
    for wanted in ("正在为 1 个缓冲区运行", "最近一次回答：snoozed: 补全已暂停", "接受内联建议的下一个词"):
        assert wanted in nvim.text
    for english in ("the last answer", "Take the completion", "runs for", "ERROR", "WARNING"):
        assert english not in nvim.text
    listed = nvim.call("nvim_exec2", "command Abacus", {"output": True})["output"]
    assert "生成代码摘要" in listed


def test_a_docstring_in_chinese(scripted: Open, world: World):
    world.environment |= CHINESE
    nvim = scripted({"": ""}, "def area(w, h):\n    return w * h\n")
    nvim.keys("<Esc>gg:Abacus docstring<CR>")
    wait_until(lambda: "参数 w" in nvim.text, lambda: f"a docstring, {nvim.messages}")
    assert "模型的文字不可用" in nvim.messages


@pytest.mark.parametrize("chosen", ["server", "setup"])
def test_the_setting_goes_before_the_environment(scripted: Open, world: World, chosen: str):
    """In the server's own file, or in what `setup` is given; the environment is English here."""
    init = PLUGIN
    script = world.answers({"x = ": "one()"})
    if chosen == "server":
        world.settings(engine="scripted", model=str(script), language="zh")
    else:
        own = "{ server = { settings = { abacus = { language = 'zh' } } } }"
        init = PLUGIN.replace("setup()", f"setup({own})")
    nvim = scripted(None, init=init)
    nvim.keys("<Esc>:checkhealth abacus<CR>")
    wait_until(lambda: "abacus：按键" in nvim.text, lambda: nvim.text)


def test_without_a_server_in_chinese(program: Path, world: World):
    """Nobody else could say it: the program is not there."""
    world.environment |= CHINESE
    world.write("a.py", "")
    init = PLUGIN.replace("setup()", "setup({ server = { cmd = { '/no/abacus-lsp' } } })")
    nvim = Neovim(program, world, init, "a.py")
    try:
        nvim.keys(":Abacus why<CR>")
        wait_until(lambda: "此缓冲区没有服务器" in nvim.messages, lambda: nvim.messages)
        nvim.keys(":checkhealth abacus<CR>")
        wait_until(lambda: "PATH 中没有" in nvim.text, lambda: nvim.text)
    finally:
        nvim.close()


def test_help(scripted: Open):
    nvim = scripted({})
    nvim.keys("<Esc>")
    nvim.call("nvim_command", f"helptags {ROOT / 'editors' / 'neovim' / 'doc'}")
    for tag in ("abacus", "abacus-keys", "abacus-cmp", ":Abacus", "abacus.setup()"):
        nvim.call("nvim_command", f"help {tag}")
        assert nvim.name.endswith("abacus.txt")
        nvim.call("nvim_command", f"help {tag}@cn")
        assert nvim.name.endswith("abacus.cnx")


def test_through_vim_pack(program: Path, editor: Open, world: World):
    """From a repository in git; Neovim 0.12 asks nothing and clones it."""
    if program.name != "nvim-0.12":
        pytest.skip("vim.pack is new in Neovim 0.12")
    repository = world.folder / "abacus-lsp"
    shutil.copytree(ROOT / "editors" / "neovim", repository / "editors" / "neovim")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *words], cwd=repository, env=world.environment, check=True)
    nvim = editor("", block(PAGE, "lua", "pack").replace(HERE, str(repository)), **{"x = ": "one()"})
    assert "site/pack/core/opt/abacus-lsp/editors/neovim" in nvim.lua("return vim.o.rtp")
    nvim.keys("x = ")
    nvim.wait_ghost("one()")


def test_natively_without_the_plugin(program: Path, world: World, editor: Open):
    if program.name != "nvim-0.12":
        pytest.skip("vim.lsp.inline_completion is new in Neovim 0.12")
    native = block(PAGE, "lua", "native")
    assert native in (ROOT / "README.md").read_text("utf-8")
    status = "vim.lsp.handlers['$/abacus/status'] = function(_, status) vim.g.abacus = status end"
    nvim = editor("", f"{native}\n{status}", **{"x = ": "one()"})
    nvim.keys("x = ")
    nvim.wait_ghost("one()")
    nvim.keys("<Tab>")
    nvim.wait_text("x = one()")


def test_options(scripted: Open):
    options = block(PAGE, "lua", "options")
    nvim = scripted({"x = ": "one()"}, init=f"{PLUGIN.splitlines()[0]}\n{options}")
    assert nvim.lua("return vim.lsp.get_clients()[1].config.settings.abacus.completion.maxLines") == 4
    assert nvim.lua("return vim.fn.maparg('<C-]>', 'i')") == ""
    nvim.keys("x = ")
    nvim.wait_ghost("one()")
    nvim.keys("<C-l>")
    nvim.wait_text("x = one()")


def test_a_mapping_of_the_buffers_own_may_ask_first(scripted: Open):
    """What nvim-cmp and blink.cmp do: they map Tab in the buffer, over ours."""
    own = """
    vim.api.nvim_create_autocmd('InsertEnter', { callback = function()
      vim.keymap.set('i', '<Tab>', function()
        return require('abacus').accept() and '' or 'theirs'
      end, { buffer = 0, expr = true })
    end })"""
    nvim = scripted({"x = ": "one()"}, init=f"{PLUGIN}{own}")
    nvim.keys("x = ")
    nvim.wait_ghost("one()")
    nvim.keys("<Tab>")
    nvim.wait_text("x = one()")
    nvim.keys("<CR>#<Tab>")
    nvim.wait_text("x = one()\n#theirs")


@pytest.mark.model
def test_the_real_model(program: Path, real_world: World, terminal: Terminal):
    """The trial model completes the body of a function, in a real terminal; the picture of the README."""
    before = (ROOT / "tests" / "e2e" / "cart.py.txt").read_text("utf-8")
    real_world.write("cart.py", before)
    init = f"vim.o.number = true\nvim.o.termguicolors = true\nvim.o.laststatus = 2\n{PLUGIN}\n{LOOKS}"
    nvim = Neovim(program, real_world, init, "cart.py", terminal=terminal)
    try:
        nvim.ready()
        nvim.keys("Go")
        nvim.keys("def total_price(items: list[Item]) -> float:<CR>")
        # The first lines come first, and the rest when the model has written it.
        wait_until(
            lambda: nvim.state() == "ready" and nvim.ghost == nvim.offered != "", "all of it in grey", 120
        )
        ghost = nvim.ghost
        terminal.wait_for(ghost.splitlines()[0].strip())
        terminal.capture("ghost", picture="neovim" if program.name == "nvim-0.12" else "")
        typed = nvim.text
        nvim.keys("<Tab>")
        # It may have grown meanwhile; it begins with what was shown.
        wait_until(lambda: nvim.text.startswith(typed + ghost), lambda: f"{ghost!r} in {nvim.text!r}")
    finally:
        nvim.close()


LOOKS = """
vim.api.nvim_set_hl(0, 'ComplHint', { fg = '#868c97', italic = true })  -- Neovim's own is dim for a picture
vim.o.statusline = " %f %=%{%v:lua.require'abacus'.status()%} "
"""
