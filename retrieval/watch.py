"""Changes on disk for editors that do not report them. Needs the optional package `watchfiles`.

Knows: watchfiles, the indexer's door for changes. Must not know: what is indexed, or how.
"""

import importlib
import importlib.util
import threading
from collections.abc import Iterable
from typing import Any

from retrieval.files import indexable
from retrieval.indexer import Indexer


def available() -> bool:
    """Whether `watchfiles` is installed."""
    return importlib.util.find_spec("watchfiles") is not None


def watch(indexer: Indexer, stop: threading.Event) -> threading.Thread:
    """Tell the indexer of changes below its roots, in a thread of its own, until `stop` is set.

    Raises ImportError without `watchfiles`: install `abacus-lsp[watch]`.
    """
    watchfiles: Any = importlib.import_module("watchfiles")
    roots = [str(root) for root in indexer.workspace.roots]

    def run() -> None:
        for changes in watchfiles.watch(*roots, stop_event=stop, raise_interrupt=False):
            report(indexer, (path for _, path in changes))

    thread = threading.Thread(target=run, name="retrieval-watch", daemon=True)
    thread.start()
    return thread


def report(indexer: Indexer, paths: Iterable[str]) -> None:
    """Pass on changed paths. A changed ignore file or a vanished folder asks for a new listing."""
    keys = [key for path in paths if (key := indexer.workspace.key(path))]
    if any(key.endswith(("ignore", ".git/HEAD")) for key in keys):
        indexer.rescan()
    indexer.disk_changed(key for key in keys if indexable(key))
