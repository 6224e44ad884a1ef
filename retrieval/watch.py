"""Changes on disk for editors that do not report them. Needs the optional package `watchfiles`.

Knows: watchfiles, the indexer's door for changes. Must not know: what is indexed, or how.
"""

import importlib
import importlib.util
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from retrieval.files import Problem, indexable, skipped_folder
from retrieval.indexer import Indexer


def available() -> bool:
    """Whether `watchfiles` is installed."""
    return importlib.util.find_spec("watchfiles") is not None


def watch(indexer: Indexer, stop: threading.Event) -> threading.Thread:
    """Tell the indexer of changes below its roots, in a thread of its own, until `stop` is set.

    Where the system refuses to watch, that is told as a problem and the index stays as it is.
    Raises ImportError without `watchfiles`: install `abacus-lsp[watch]`.
    """
    watchfiles: Any = importlib.import_module("watchfiles")
    roots = [str(root) for root in indexer.workspace.roots if root.is_dir()]

    def run() -> None:
        if not roots:
            return
        try:
            for changes in watchfiles.watch(*roots, stop_event=stop, raise_interrupt=False):
                report(indexer, [path for _, path in changes])
        except (OSError, RuntimeError) as error:  # too many folders for the system, a root that vanished
            indexer.tell(Problem(roots[0], f"changes on disk are not followed: {error}"))

    thread = threading.Thread(target=run, name="retrieval-watch", daemon=True)
    thread.start()
    return thread


def report(indexer: Indexer, paths: Iterable[str]) -> None:
    """Pass on changed paths. A changed ignore file, and a folder that came or went, ask for a new listing."""
    keys = {key: path for path in paths if (key := indexer.workspace.key(path))}
    files = [key for key in keys if indexable(key)]
    others = [key for key in keys.keys() - set(files) if not skipped_folder(key)]
    known = indexer.index.library.paths.folders
    if any(
        key.endswith(("ignore", ".git/HEAD")) or Path(keys[key]).is_dir() or _is_folder(key, known)
        for key in others
    ):
        indexer.rescan()
    indexer.disk_changed(files)


def _is_folder(key: str, folders: Iterable[str]) -> bool:
    """Whether there were files below it when it was last looked at."""
    return any(folder == key or folder.startswith(f"{key}/") for folder in folders)
