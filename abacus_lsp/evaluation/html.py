"""A suite's report as one HTML file that needs nothing else: figures, checks, plots drawn as inline SVG.

Knows values and layout. Must not know what was measured, nor files.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final, cast

from abacus_lsp.evaluation.report import Check, Suite, shown

_STYLE: Final = """
:root { color-scheme: light dark; --bar: #3b6ea5; --line: #8888; --bad: #b3261e; --good: #2e7d32 }
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: .5rem 0 1.5rem } th, td { padding: .2rem .7rem; text-align: right }
th:first-child, td:first-child { text-align: left } tr { border-bottom: 1px solid var(--line) }
.ok { color: var(--good) } .failed { color: var(--bad); font-weight: 600 }
figure { margin: 1rem 0 } svg text { fill: currentColor; font-size: 12px }
"""
_WIDTH, _LABEL, _VALUE, _ROW = 760, 170, 70, 22  # pixels


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `low` and `high` draw an interval when they are given."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars with one scale from 0 to `most`; 0 takes the largest value there is."""

    title: str
    unit: str
    bars: tuple[Bar, ...]
    most: float = 0.0


def compared(title: str, unit: str, rows: Mapping[str, Mapping[str, Any]], column: str) -> Plot:
    """A plot of one column of a table: a bar for each row."""
    return Plot(title, unit, tuple(Bar(name, float(row[column])) for name, row in rows.items()))


def page(suite: Suite, plots: Sequence[Plot] = ()) -> str:
    """The whole document."""
    title = escape(f"abacus-lsp eval {suite.suite}")
    body = "\n".join([*_checks(suite.checks), *map(_figure, plots), *_metrics(suite.metrics)])
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body><h1>{title}</h1>\n{body}\n</body></html>\n"
    )


def _checks(checks: Sequence[Check]) -> Iterator[str]:
    if not checks:
        return
    rows = [
        f"<tr><td>{escape(check.name)}</td><td>{escape(shown(check.value))}</td><td>{_bound(check)}</td>"
        f'<td class="{"ok" if check.ok else "failed"}">{"ok" if check.ok else "FAILED"}</td></tr>'
        for check in checks
    ]
    yield "<h2>Checks</h2><table>" + "".join(rows) + "</table>"


def _bound(check: Check) -> str:
    return f"≥ {shown(check.at_least)}" if check.at_least is not None else f"≤ {shown(check.at_most)}"


def _metrics(metrics: Mapping[str, Any]) -> Iterator[str]:
    single = {name: value for name, value in metrics.items() if not isinstance(value, Mapping)}
    yield "<h2>Figures</h2>" + _table({name: {"": value} for name, value in single.items()})
    for name, value in metrics.items():
        if not isinstance(value, Mapping):
            continue
        group = cast("Mapping[str, Any]", value)
        yield f"<h3>{escape(name)}</h3>" + _table({key: _row(row) for key, row in group.items()})


def _row(value: Any) -> Mapping[str, Any]:
    """A mapping is a row of columns, any other value a row of one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {"": value}


def _table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    head = "".join(f"<th>{escape(column)}</th>" for column in ("", *columns))
    body = "".join(
        f"<tr><td>{escape(name)}</td>"
        + "".join(f"<td>{escape(shown(row.get(column, '')))}</td>" for column in columns)
        + "</tr>"
        for name, row in rows.items()
    )
    return f"<table>{f'<tr>{head}</tr>' if any(columns) else ''}{body}</table>"


def _figure(plot: Plot) -> str:
    most = plot.most or max((bar.high or bar.value for bar in plot.bars), default=0.0) or 1.0
    height = _ROW * len(plot.bars) + 6
    bars = "".join(_bar(bar, number, most, plot.unit) for number, bar in enumerate(plot.bars))
    return (
        f"<figure><figcaption><strong>{escape(plot.title)}</strong></figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" '
        f'aria-label="{escape(plot.title)}">{bars}</svg></figure>'
    )


def _bar(bar: Bar, number: int, most: float, unit: str) -> str:
    def place(value: float) -> float:
        return _LABEL + min(max(value / most, 0.0), 1.0) * (_WIDTH - _LABEL - _VALUE)

    top = number * _ROW + 4
    end = place(bar.value)
    drawn = (
        f'<text x="{_LABEL - 8}" y="{top + 13}" text-anchor="end">{escape(bar.label)}</text>'
        f'<rect x="{_LABEL}" y="{top}" width="{end - _LABEL:.1f}" height="{_ROW - 6}" fill="var(--bar)"/>'
    )
    right = end
    if bar.low is not None and bar.high is not None:
        left, right = place(bar.low), max(end, place(bar.high))
        middle = top + (_ROW - 6) / 2
        drawn += (
            f'<line x1="{left:.1f}" x2="{place(bar.high):.1f}" y1="{middle}" y2="{middle}" '
            'stroke="currentColor" stroke-width="2"/>'
        )
    told = f"{bar.value:.3g}{unit and ' ' + unit}"
    return f'{drawn}<text x="{right + 6:.1f}" y="{top + 13}">{escape(told)}</text>'
