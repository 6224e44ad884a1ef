"""Two pictures of the answers' times: an HTML page with SVG in it, and a PNG where matplotlib is installed.

Knows milliseconds by client. Must not know how they were measured. The page needs no network and no script.
"""

import html
import importlib
import importlib.util
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from abacus_lsp.evaluation.typing.measures import Typed, looks, shown, wait_ms

_COLOURS: Final = ("#1f6fb2", "#8fb8d8", "#d1772c", "#9a9a9a")
_SOURCES: Final = ("reuse", "in-flight", "prefetch", "model", "unknown")
_SOURCE_COLOURS: Final = ("#2c8c5a", "#7cc29b", "#bcdc8a", "#d1772c", "#cccccc")
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 760, 300, 60, 40
_FROM_MS, _TO_MS = 1.0, 10_000.0
_TICKS_MS: Final = (1, 10, 100, 1000, 10_000)


def write(folder: Path, typed: Sequence[Typed]) -> list[str]:
    """Write typing.html, and typing.png if matplotlib is there; what was written, or why not.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    times, sources = waits(typed), origins(typed)
    page = folder / "typing.html"
    page.write_text(_page(times, sources), encoding="utf-8")
    written = [str(page)]
    if importlib.util.find_spec("matplotlib") is None:
        return [*written, "no typing.png: pip install matplotlib"]
    written.append(str(_png(folder / "typing.png", times)))
    return written


def waits(typed: Sequence[Typed]) -> dict[str, list[float]]:
    """Sorted milliseconds from key to answer at every look, by client."""
    found: dict[str, list[float]] = {}
    for one in typed:
        found.setdefault(one.client, []).extend(wait_ms(moment) for moment in looks(one.moments))
    return {client: sorted(values) for client, values in found.items()}


def origins(typed: Sequence[Typed]) -> dict[str, dict[str, float]]:
    """Share of the visible texts by source, by client."""
    found: dict[str, dict[str, float]] = {}
    for client in dict.fromkeys(one.client for one in typed):
        texts = [moment for one in typed if one.client == client for moment in shown(one.moments)]
        found[client] = {
            source: sum(moment.view.source == source for moment in texts) / max(len(texts), 1)
            for source in _SOURCES
        }
    return found


def steps(values: Sequence[float]) -> list[tuple[float, float]]:
    """(milliseconds, share answered by then): the curve of sorted values, in order."""
    return [(value, (index + 1) / len(values)) for index, value in enumerate(values)]


def _x(milliseconds: float) -> float:
    inside = min(max(milliseconds, _FROM_MS), _TO_MS)
    return _LEFT + (_WIDTH - _LEFT - 10) * math.log10(inside / _FROM_MS) / math.log10(_TO_MS / _FROM_MS)


def _y(part: float) -> float:
    return 10 + (_HEIGHT - _BOTTOM - 10) * (1 - part)


def _curves(times: Mapping[str, Sequence[float]]) -> str:
    lines = [_grid()]
    for number, (client, values) in enumerate(times.items()):
        points = " ".join(f"{_x(value):.1f},{_y(part):.1f}" for value, part in steps(values))
        colour = _COLOURS[number % len(_COLOURS)]
        lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2.5" points="{points}"/>')
        label = f"{html.escape(client)} ({len(values)})"
        lines.append(f'<text x="{_LEFT + 12}" y="{28 + 18 * number}" fill="{colour}">{label}</text>')
    return _svg(_HEIGHT, lines)


def _grid() -> str:
    marks: list[str] = []
    for tick in _TICKS_MS:
        x = _x(tick)
        name = f"{tick} ms" if tick < 1000 else f"{tick // 1000} s"
        marks.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="10" y2="{_y(0):.1f}" stroke="#ddd"/>')
        marks.append(f'<text x="{x:.1f}" y="{_HEIGHT - 15}" text-anchor="middle">{name}</text>')
    for part in (0.0, 0.5, 0.9, 1.0):
        y = _y(part)
        marks.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{part:.0%}</text>'
        )
    return "".join(marks)


def _bars(sources: Mapping[str, Mapping[str, float]]) -> str:
    lines: list[str] = []
    room = _WIDTH - 130
    for row, (client, shares) in enumerate(sources.items()):
        y, x = 10 + 34 * row, 120.0
        lines.append(f'<text x="110" y="{y + 17}" text-anchor="end">{html.escape(client)}</text>')
        for source, colour in zip(_SOURCES, _SOURCE_COLOURS, strict=True):
            width = room * shares[source]
            lines.append(
                f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="24" fill="{colour}">'
                f"<title>{source} {shares[source]:.0%}</title></rect>"
            )
            x += width
    bottom = 34 * len(sources) + 24
    for number, (source, colour) in enumerate(zip(_SOURCES, _SOURCE_COLOURS, strict=True)):
        x = 120 + 110 * number
        lines.append(f'<rect x="{x}" y="{bottom - 10}" width="12" height="12" fill="{colour}"/>')
        lines.append(f'<text x="{x + 18}" y="{bottom}">{source}</text>')
    return _svg(bottom + 16, lines)


def _svg(height: int, lines: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'font-family="sans-serif" font-size="13" fill="#333">{"".join(lines)}</svg>'
    )


def _page(times: Mapping[str, Sequence[float]], sources: Mapping[str, Mapping[str, float]]) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>bench typing</title>'
        '<body style="font-family:sans-serif;max-width:800px;margin:2em auto;color:#333">'
        "<h1>abacus-lsp bench typing</h1>"
        "<h2>From a key to the answer, where the typist looks</h2>"
        "<p>Share of the pauses (500 ms and more, text due) answered within a time; in brackets how many.</p>"
        f"{_curves(times)}<h2>Where visible texts came from</h2>{_bars(sources)}</body></html>\n"
    )


def _png(path: Path, times: Mapping[str, Sequence[float]]) -> Path:
    """The curves, drawn by matplotlib without a display."""
    canvas: Any = importlib.import_module("matplotlib.backends.backend_agg")
    figure: Any = importlib.import_module("matplotlib.figure").Figure(figsize=(8, 3.5))
    canvas.FigureCanvasAgg(figure)
    axes = figure.subplots()
    for number, (client, values) in enumerate(times.items()):
        points = steps([max(value, _FROM_MS) for value in values])
        colour = _COLOURS[number % len(_COLOURS)]
        axes.plot([x for x, _ in points], [y for _, y in points], label=client, color=colour)
    axes.set_xscale("log")
    axes.set_xlim(_FROM_MS, _TO_MS)
    axes.set_xlabel("ms from key to answer, at pauses where text is due")
    axes.set_ylabel("share answered")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    return path
