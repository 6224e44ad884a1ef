"""Cross-file context for code models: knows nothing of `abacus_lsp`, usable alone.

from pathlib import Path
from retrieval import Indexer, Query

with Indexer([Path("my/project")]) as indexer:      # indexes in the background, never blocks
    indexer.change("app.py", unsaved_text)          # open buffers stand over the files
    indexer.wait(10)                                # for a script; an editor asks what there is by now
    result = indexer.index.search(Query("app.py", unsaved_text, offset), budget_tokens=1024)
    for snippet in result.snippets:
        print(snippet.path, snippet.start_line, snippet.kind, snippet.why, snippet.score)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrieval.files import Problem, Workspace
    from retrieval.index import Index, Result, index_texts
    from retrieval.indexer import Indexer
    from retrieval.pack import Snippet
    from retrieval.query import Place, Query

__all__ = ["Index", "Indexer", "Place", "Problem", "Query", "Result", "Snippet", "Workspace", "index_texts"]

_HOMES = {
    "Index": "index",
    "Indexer": "indexer",
    "Place": "query",
    "Problem": "files",
    "Query": "query",
    "Result": "index",
    "Snippet": "pack",
    "Workspace": "files",
    "index_texts": "index",
}


def __getattr__(name: str) -> Any:
    """Imported when used: numpy takes 180 ms, and a server that only starts needs none of it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'retrieval' has no attribute {name!r}")
    return getattr(import_module(f"retrieval.{_HOMES[name]}"), name)
