"""What a measurement says: figures, and checks that hold or not; as a table or as one JSON object.

Knows values and layout. Must not know what was measured. The JSON shape is {suite, metrics, checks: [{name,
value, at_least | at_most, ok}]}; a check is a line that was promised.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast


class CannotMeasure(Exception):
    """Something a measurement needs is not there or does not work; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Check:
    """A figure and its bound: exactly one of `at_least`, `at_most` is given."""

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"check {self.name}: give one of at_least and at_most")

    @property
    def ok(self) -> bool:
        """Whether the value as measured (not as rounded for showing) keeps to the bound."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.at_most is not None and self.value <= self.at_most

    def as_json(self) -> dict[str, Any]:
        """The object in `checks`."""
        bound = {"at_least": self.at_least} if self.at_least is not None else {"at_most": self.at_most}
        return {"name": self.name, "value": _rounded(self.value), **bound, "ok": self.ok}


@dataclass(frozen=True, slots=True)
class Suite:
    """The result of one suite.

    Attributes:
        suite: its name, "healing" …
        metrics: figures by name: numbers, texts, lists, and mappings of such.
        checks: what was promised.
    """

    suite: str
    metrics: Mapping[str, Any]
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return all(check.ok for check in self.checks)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Suite":
        """From a mapping of the JSON shape; `ok` is worked out anew."""
        checks = tuple(
            Check(row["name"], row["value"], row.get("at_least"), row.get("at_most"))
            for row in found["checks"]
        )
        return cls(found["suite"], found["metrics"], checks)

    def as_json(self) -> dict[str, Any]:
        """The object of `--json`."""
        return {
            "suite": self.suite,
            "metrics": _rounded(self.metrics),
            "checks": [check.as_json() for check in self.checks],
        }

    def table(self) -> str:
        """For people: single figures first, then one table for each group, then the checks."""
        single = {name: value for name, value in self.metrics.items() if not isinstance(value, Mapping)}
        groups: dict[str, Mapping[str, Any]] = {
            name: value for name, value in self.metrics.items() if isinstance(value, Mapping)
        }
        lines = [self.suite, *_aligned([[f"  {name}", shown(value)] for name, value in single.items()])]
        for name, value in groups.items():
            lines += ["", *_group(name, value)]
        lines += ["", *_aligned([self._row(check) for check in self.checks])] if self.checks else []
        return "\n".join(lines)

    @staticmethod
    def _row(check: Check) -> list[str]:
        sign = "≥" if check.at_least is not None else "≤"
        bound = check.at_least if check.at_least is not None else check.at_most
        verdict = "ok" if check.ok else "FAILED"
        return [f"  {verdict}", check.name, shown(check.value), f"{sign} {shown(bound)}"]


def joined(name: str, suites: Sequence[Suite]) -> Suite:
    """Several suites as one object of the same shape; checks are named "suite.check"."""
    checks = tuple(
        Check(f"{one.suite}.{check.name}", check.value, check.at_least, check.at_most)
        for one in suites
        for check in one.checks
    )
    return Suite(name, {one.suite: one.metrics for one in suites}, checks)


def _group(name: str, group: Mapping[str, Any]) -> Iterator[str]:
    """A mapping of mappings is a table with their keys as columns; any other is names and values."""
    rows = [cast("Mapping[str, Any]", row) for row in group.values() if isinstance(row, Mapping)]
    if len(rows) != len(group):
        return iter([f"  {name}", *_aligned([[f"    {key}", shown(value)] for key, value in group.items()])])
    columns = list(dict.fromkeys(key for row in rows for key in row))
    head = [f"  {name}", *columns]
    body = [
        [f"    {key}", *(shown(row.get(column, "")) for column in columns)]
        for key, row in zip(group, rows, strict=True)
    ]
    return iter(_aligned([head, *body]))


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def shown(value: Any) -> str:
    """A value in a table; a list of numbers is an estimate or an interval."""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(shown(one) for one in cast('Sequence[Any]', value))}]"
    return str(value)


def _rounded(value: Any) -> Any:
    """Four digits after the point are more than any of these figures knows."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(one) for one in cast("Sequence[Any]", value)]
    return value
