"""Answers kept in a file as they come, so that an interrupted run goes on where it stopped.

One JSON object a line: first the stamp (all that decides the answers), then rows by key. Must not know what is asked.
"""

import contextlib
import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import IO, Any

from abacus_lsp.evaluation.report import CannotMeasure


class Answers:
    """Rows by key; each is in the file (if there is one) before the next one is asked for."""

    def __init__(self, rows: Mapping[str, Mapping[str, Any]], file: IO[str] | None = None) -> None:
        self._rows = dict(rows)
        self._file = file

    def get(self, key: str) -> Mapping[str, Any] | None:
        """The row of `key`, if it is there."""
        return self._rows.get(key)

    def add(self, key: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep a row; gives it back."""
        self._rows[key] = row
        if self._file is not None:
            self._file.write(json.dumps({"key": key, "row": row}, ensure_ascii=False) + "\n")
            self._file.flush()
        return row


@contextlib.contextmanager
def kept(path: Path | None, stamp: Mapping[str, Any]) -> Generator[Answers]:
    """The answers in a file (made when absent), or in memory alone without one.

    Raises:
        CannotMeasure: the file holds answers of another run, or something else.
    """
    if path is None:
        yield Answers({})
        return
    rows: dict[str, Mapping[str, Any]] = {}
    head = json.dumps({"stamp": stamp}, ensure_ascii=False)
    if path.exists() and path.stat().st_size:
        whole, _, torn = path.read_bytes().rpartition(b"\n")
        first, *lines = whole.decode("utf-8", "replace").split("\n")
        if first != head:
            raise CannotMeasure(
                f"{path} belongs to another run (model, settings): name another file after --resume."
            )
        rows = {row["key"]: row["row"] for row in map(json.loads, lines)}
        if torn:  # an interruption cut it in half
            path.write_bytes(whole + b"\n")
    else:
        path.write_text(head + "\n", encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        yield Answers(rows, file)
