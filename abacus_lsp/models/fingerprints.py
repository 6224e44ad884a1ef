"""The checksum of every model file that was ever run, and whether it still is that file.

Knows the file `known.json` beside the models and how a file is told to be unchanged: its size and times; the time of change
cannot be set back by who writes a file. Only a file that looks changed is read again, so that a start costs nothing.
An installed model must be what its manifest says; a file of the user's own what it was at its first use.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from abacus_lsp.models.copying import sha256_of
from abacus_lsp.models.errors import ModelFileError, told
from abacus_lsp.models.progress import Job
from abacus_lsp.models.store import PULL, LocalModel, models_dir

KNOWN: Final = "known.json"
_PARTS: Final = ("*.safetensors", "*.json", "*.model", "*.py", "*.jinja", "*.txt")

Record = dict[str, Any]  # {"sha256": text, "stamp": [bytes, modified ns, changed ns]}


def check(model: LocalModel, job: Job | None = None, home: Path | None = None) -> None:
    """Raise ModelFileError, with what to do, if a file of the model is not the one that was pulled or first used.

    What is new is recorded. Reading a new file takes a second or two per gigabyte.
    """
    home = home or models_dir()
    known = _read(home)
    news = False
    for path, promised in _files(model):
        stamp = _stamp(path)
        held = known.get(str(path))
        if held is not None and held["stamp"] == stamp:
            continue
        digest = sha256_of(path, job or Job())
        expected = promised or (held["sha256"] if held is not None else digest)
        if digest != expected:
            raise ModelFileError(_changed(model, path, promised=bool(promised)))
        known[str(path)] = {"sha256": digest, "stamp": stamp}
        news = True
    if news:
        _write(home, known)


def trust(model: LocalModel, job: Job | None = None, home: Path | None = None) -> dict[str, str]:
    """Record the model's files as they are now; path -> sha256 of each."""
    home = home or models_dir()
    known = _read(home)
    told_of: dict[str, str] = {}
    for path, _ in _files(model):
        told_of[str(path)] = sha256_of(path, job or Job())
        known[str(path)] = {"sha256": told_of[str(path)], "stamp": _stamp(path)}
    _write(home, known)
    return told_of


def _files(model: LocalModel) -> Iterator[tuple[Path, str]]:
    """(file, the checksum its manifest promises or "")."""
    if model.manifest is not None and model.manifest.files:
        base = model.path if model.kind == "hf" else model.path.parent
        for file in model.manifest.files:
            path = base / file.path
            if path.is_file():
                yield path, file.sha256
    elif model.kind == "gguf":
        yield model.path.resolve(), ""
    else:
        names = {path for pattern in _PARTS for path in model.path.glob(pattern) if path.is_file()}
        yield from ((path, "") for path in sorted(names))


def _changed(model: LocalModel, path: Path, *, promised: bool) -> str:
    if promised:
        again = f"{PULL} {model.name} --force" if model.row is not None else "import it again"
        return f"{path} is not the file that was installed: its checksum is another. Run `{again}`."
    return (
        f"{path} is not the file that was used before: its checksum is another. If you replaced it yourself, run "
        f"`abacus-lsp models trust {model.path}`; otherwise find out who did."
    )


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _read(home: Path) -> dict[str, Record]:
    try:
        held = json.loads((home / KNOWN).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(held, dict):
        return {}
    rows = cast("dict[str, Any]", held)
    return {
        path: row for path, row in rows.items() if isinstance(row, dict) and {"sha256", "stamp"} <= row.keys()
    }


def _write(home: Path, known: dict[str, Record]) -> None:
    """In one step. Records of files that are gone go with them."""
    kept = {path: row for path, row in known.items() if os.path.exists(path)}  # noqa: PTH110 strings of a table
    with told(home):
        home.mkdir(parents=True, exist_ok=True)
        part = home / f"{KNOWN}.{os.getpid()}.part"
        part.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
        part.replace(home / KNOWN)
