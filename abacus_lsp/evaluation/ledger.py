"""What has been measured so far, kept in a file, so that an interrupted run goes on where it stopped.

One JSON object a line: the first says what the run is (its stamp), the others are rows by key. Another stamp (other
settings, another model, other cases, changed code) starts the file anew: figures of two kinds never mix. Must not
know what is measured.
"""

import contextlib
import hashlib
import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from abacus_lsp.evaluation.report import CannotMeasure

Row = Mapping[str, Any]


class Ledger:
    """Rows by key, each written to the file (if there is one) as soon as it is known.

    Args:
        rows: what an earlier run left.
        file: open for appending; None keeps nothing beyond this run.
    """

    def __init__(self, rows: Mapping[str, Row], file: IO[str] | None = None) -> None:
        self._rows = dict(rows)
        self._file = file

    def get(self, key: str) -> Row | None:
        """The row of `key`, if it was measured."""
        return self._rows.get(key)

    def add(self, key: str, row: Row) -> Row:
        """Keep a row; gives it back."""
        self._rows[key] = row
        if self._file is not None:
            self._file.write(json.dumps({"key": key, "row": row}, ensure_ascii=False) + "\n")
            self._file.flush()
        return row


@contextlib.contextmanager
def ledger(path: Path | None, stamp: Row) -> Generator[Ledger]:
    """The ledger in a file, or one in memory alone.

    Args:
        path: where; made when absent.
        stamp: all that decides the figures, in values JSON has; `code_version` is added here.

    Raises:
        CannotMeasure: the file is something else, and is better not overwritten.
    """
    if path is None:
        yield Ledger({})
        return
    head = {"stamp": {**stamp, "code": code_version()}}
    rows = _read(path, head)
    if rows is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(head, ensure_ascii=False) + "\n", encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        yield Ledger(rows or {}, file)


def code_version() -> str:
    """A digest of our own sources: what a change in them makes of old rows nobody knows."""
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent
    for folder in (root, root.parent / "retrieval"):
        for source in sorted([*folder.rglob("*.py"), *folder.rglob("*.scm")]):
            digest.update(source.relative_to(root.parent).as_posix().encode() + b"\0")
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _read(path: Path, head: Row) -> dict[str, Row] | None:
    """The rows of a file with this head; None: there is none yet, or it belongs to another run.

    A last line that an interruption cut in half is taken out of the file.
    """
    if not path.exists() or not path.stat().st_size:
        return None
    whole, _, torn = path.read_bytes().rpartition(b"\n")
    objects = [_object(line) for line in whole.split(b"\n")]
    if not objects or objects[0] is None or "stamp" not in objects[0]:
        raise CannotMeasure(f"{path} is no file of an earlier run: name another one after --resume")
    if torn:
        path.write_bytes(whole + b"\n")
    if objects[0] != json.loads(json.dumps(head)):
        return None
    return {row["key"]: row["row"] for row in objects[1:] if row is not None and "key" in row}


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found: object = json.loads(line)
    except ValueError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None
