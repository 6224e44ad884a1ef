"""A terminal's cells as SVG: captured with their colours, nothing drawn by hand."""

import io
from collections.abc import Iterator
from html import escape

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, MARGIN = 9.0, 20.0, 15.0, 12.0
THEME = TerminalTheme(
    (20, 22, 27),
    (224, 226, 234),
    [(7, 8, 13), (255, 192, 185), (179, 246, 192), (252, 224, 148), (166, 219, 255), (255, 202, 255), (140, 248, 247),
     (238, 241, 248)],
)  # fmt: skip  # Neovim's own dark colours, for cells that leave theirs to the terminal


def svg(captured: str, size: tuple[int, int], at: tuple[int, int]) -> str:
    """The captured cells as SVG, with the cursor `at` (column, row).

    rich has an SVG export; it squeezes Chinese into half its width.
    """
    width, height = size[0] * CELL_WIDTH + 2 * MARGIN, size[1] * CELL_HEIGHT + 2 * MARGIN
    cursor = _rectangle(at[0], at[1], 2, "#e0e2ea")
    body = "\n".join([*_cells(captured, *size), cursor])
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">
<!-- Made by tests/e2e: a capture, not a drawing. -->
<style>text {{ font: {FONT_SIZE:g}px "DejaVu Sans Mono", "SFMono-Regular", Menlo, Consolas, "Noto Sans Mono CJK SC",
"Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", monospace; white-space: pre }}</style>
<rect width="{width:g}" height="{height:g}" rx="8" fill="{THEME.background_color.hex}"/>
{body}
</svg>
"""


def _cells(captured: str, columns: int, rows: int) -> Iterator[str]:
    console = Console(width=columns, color_system="truecolor", file=io.StringIO())
    text = Text.from_ansi(captured.rstrip("\n"), no_wrap=True, overflow="crop")
    for y, line in enumerate(console.render_lines(text, pad=False)[:rows]):
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
