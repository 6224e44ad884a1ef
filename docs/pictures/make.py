"""Makes docs/pictures/neovim.svg: real ghost text, by the real model, in a real Neovim 0.12 in a real terminal.

    python docs/pictures/make.py [--nvim PATH] [OUT.svg]

Needs `abacus-lsp` with a model, `nvim` 0.12 and `tmux` on PATH, and `rich` (a dependency of abacus-lsp). Nothing
is drawn by hand: the terminal's cells are captured with their colours and written down as SVG.
"""

import argparse
import io
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

HERE = Path(__file__).parent
EDITOR_SETUP = HERE.parent.parent / "editors" / "neovim" / "abacus.lua"
COLUMNS, ROWS = 84, 19
MOST_SECONDS = 180.0

BEFORE = """\
from dataclasses import dataclass


@dataclass
class Item:
    name: str
    price: float
    count: int


# 计算购物车里所有商品的总价
"""
TYPED = "def total_price(items: list[Item]) -> float:"

INIT = """\
vim.o.termguicolors = true
vim.o.number = true
vim.o.laststatus = 2
dofile(vim.env.ABACUS_EDITOR_SETUP)
vim.api.nvim_set_hl(0, 'ComplHint', { fg = '#868c97', italic = true })  -- Neovim's own is too dim for a picture
vim.o.statusline = " %f %=%{%'abacus: '..get(get(g:, 'abacus', {}), 'model', '')..' '..get(get(g:, 'abacus', {}), 'state', '')%} "
"""
GHOST = "len(nvim_buf_get_extmarks(0, nvim_create_namespace('nvim.lsp.inline_completion'), 0, -1, {}))"
READY = "get(get(g:, 'abacus', {}), 'state', '') ==# 'ready'"

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, MARGIN = 9.0, 20.0, 15.0, 12.0
THEME = TerminalTheme(
    (20, 22, 27),
    (224, 226, 234),
    [(7, 8, 13), (255, 192, 185), (179, 246, 192), (252, 224, 148), (166, 219, 255), (255, 202, 255), (140, 248, 247),
     (238, 241, 248)],
)  # fmt: skip  # Neovim's own dark colours, for cells that leave theirs to the terminal


class Editor:
    """A Neovim in a private tmux: keys in, cells out."""

    def __init__(self, nvim: str, folder: Path) -> None:
        self._nvim = nvim
        self._socket = folder / "nvim.sock"
        self._tmux = ["tmux", "-S", str(folder / "tmux.sock"), "-f", "/dev/null"]
        init = folder / "init.lua"
        init.write_text(INIT, encoding="utf-8")
        project = folder / "shop"
        (project / ".git").mkdir(parents=True)
        (project / "cart.py").write_text(BEFORE, encoding="utf-8")
        command = [
            nvim,
            "--clean",
            "-n",
            "-i",
            "NONE",
            "-u",
            str(init),
            "--listen",
            str(self._socket),
            "cart.py",
        ]
        self.tmux(
            *("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "-c", str(project)),
            *("-e", f"ABACUS_EDITOR_SETUP={EDITOR_SETUP}", shlex.join(command)),
            *(";", "set", "-g", "status", "off"),
        )

    def tmux(self, *words: str) -> str:
        return subprocess.run([*self._tmux, *words], check=True, capture_output=True, text=True).stdout

    def keys(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", text)

    def wait(self, expression: str) -> None:
        """Until Neovim says that a Vim expression is true."""
        end = time.monotonic() + MOST_SECONDS
        while time.monotonic() < end:
            command = [self._nvim, "--server", str(self._socket), "--remote-expr", expression]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode == 0 and done.stdout.strip() not in ("", "0"):
                return
            time.sleep(0.2)
        sys.exit(
            f"waited {MOST_SECONDS:.0f} s for {expression}; the screen:\n{self.tmux('capture-pane', '-p')}"
        )

    def close(self) -> None:
        self.tmux("kill-server")


def capture(nvim: str) -> tuple[str, int, int]:
    """The terminal with ghost text in it, as text with colour escapes; the cursor's column and row."""
    with tempfile.TemporaryDirectory(prefix="abacus-picture-") as held:
        editor = Editor(nvim, Path(held))
        try:
            editor.wait(READY)
            editor.keys("G", "o")
            editor.type(TYPED)
            editor.keys("Enter")
            editor.wait(f"{GHOST} && {READY}")
            column, row = editor.tmux("display-message", "-p", "#{cursor_x} #{cursor_y}").split()
            return editor.tmux("capture-pane", "-e", "-N", "-p"), int(column), int(row)
        finally:
            editor.close()


def svg(captured: str, column: int, row: int) -> str:
    """The captured cells as SVG. (rich has an SVG export; it squeezes Chinese into half its width.)"""
    width, height = COLUMNS * CELL_WIDTH + 2 * MARGIN, ROWS * CELL_HEIGHT + 2 * MARGIN
    cursor = _rectangle(column, row, 2, "#e0e2ea")
    body = "\n".join([*_cells(captured), cursor])
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">
<!-- Made by docs/pictures/make.py: a capture, not a drawing. -->
<style>text {{ font: {FONT_SIZE:g}px "DejaVu Sans Mono", "SFMono-Regular", Menlo, Consolas, "Noto Sans Mono CJK SC",
"Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", monospace; white-space: pre }}</style>
<rect width="{width:g}" height="{height:g}" rx="8" fill="{THEME.background_color.hex}"/>
{body}
</svg>
"""


def _cells(captured: str) -> Iterator[str]:
    console = Console(width=COLUMNS, color_system="truecolor", file=io.StringIO())
    text = Text.from_ansi(captured.rstrip("\n"), no_wrap=True, overflow="crop")
    for y, line in enumerate(console.render_lines(text, pad=False)[:ROWS]):
        x = 0
        for piece in line:
            yield from _run(piece, x, y)
            x += piece.cell_length


def _run(piece: Segment, x: int, y: int) -> Iterator[str]:
    style = piece.style or Style()
    front = style.color.get_truecolor(THEME).hex if style.color else THEME.foreground_color.hex
    back = (
        style.bgcolor.get_truecolor(THEME, foreground=False).hex
        if style.bgcolor
        else THEME.background_color.hex
    )
    if style.reverse:
        front, back = back, front
    if back != THEME.background_color.hex:
        yield _rectangle(x, y, piece.cell_length * CELL_WIDTH, back)
    for word, at in _words(piece.text, x):
        looks = ' font-weight="bold"' * bool(style.bold) + ' font-style="italic"' * bool(style.italic)
        left, base = MARGIN + at * CELL_WIDTH, MARGIN + y * CELL_HEIGHT + 0.75 * CELL_HEIGHT
        long = cell_len(word) * CELL_WIDTH
        yield f'<text x="{left:g}" y="{base:g}" textLength="{long:g}" fill="{front}"{looks}>{escape(word)}</text>'


def _words(text: str, x: int) -> Iterator[tuple[str, int]]:
    """Each word with its column: a viewer whose font is wider or narrower still keeps the columns."""
    at = x
    for number, word in enumerate(text.split(" ")):
        at += number > 0
        if word:
            yield word, at
        at += cell_len(word)


def _rectangle(x: int, y: int, width: float, colour: str) -> str:
    left, top = MARGIN + x * CELL_WIDTH, MARGIN + y * CELL_HEIGHT
    return f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{CELL_HEIGHT:g}" fill="{colour}"/>'


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nvim", default="nvim", help="the Neovim 0.12 to use")
    parser.add_argument("out", nargs="?", type=Path, default=HERE / "neovim.svg")
    args = parser.parse_args()
    args.out.write_text(svg(*capture(args.nvim)), encoding="utf-8")
    sys.stdout.write(json.dumps({"written": str(args.out)}) + "\n")


if __name__ == "__main__":
    main()
