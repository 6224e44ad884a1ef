"""`abacus-lsp index PATH`: build the index of a project and say what is in it."""

import argparse
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abacus_lsp.cli import speaking
from abacus_lsp.translations import spoken

if TYPE_CHECKING:
    from retrieval import Index

_MOST_LINES = 20  # of one look at the disk: a branch that was switched is thousands


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "index",
        help="index a project and say what is in it",
        description=(
            "Index the files of a project as the language server does: git's files, or all but ignored ones; "
            "`.abacusignore` takes out more. The index is kept, so that the next start reads only what has changed."
        ),
    )
    parser.add_argument("path", type=Path, metavar="PATH")
    parser.add_argument(
        "--watch", action="store_true", help="go on following changes until Ctrl-C, a line for each"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object {files, indexed, windows, definitions, terms, "
        "languages, seconds, problems}",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Index once, or until interrupted. 0: done, 2: no such folder."""
    from abacus_lsp.cli.suites import counting
    from abacus_lsp.workspace import index_cache
    from retrieval import Indexer, Problem, watch

    if not args.path.is_dir():
        speaking.complain(f"{args.path} is not a folder")
        return 2
    if args.watch and not watch.available():
        speaking.complain("--watch needs the package watchfiles: pip install 'abacus-lsp[watch]'")
        return 2
    problems: list[Problem] = []
    language = speaking.language()
    start = time.perf_counter()
    with counting("index", 100) as tick:
        done = 0
        shown: Index | None = None  # what the user was told of; None while the first index is made

        def show(index: "Index") -> None:
            nonlocal done, shown
            if shown is not None:
                for line in changes(shown, index):
                    print(f"{time.strftime('%H:%M:%S')}  {spoken(line, language)}", flush=True)
                shown = index
            for _ in range(int(index.share * 100) - done):
                tick()
            done = max(done, int(index.share * 100))

        indexer = Indexer([args.path], cache=index_cache(), on_change=show, on_problem=problems.append)
        with indexer:
            indexer.wait()
            index = indexer.index
            _print(index, time.perf_counter() - start, problems, as_json=args.json)
            if args.watch:
                shown = index
                stop = threading.Event()
                watching = watch.watch(indexer, stop)
                try:
                    watching.join()
                finally:
                    stop.set()
    return 0


def changes(before: "Index", after: "Index") -> Iterator[str]:
    """A line for each file that came, went or has other contents, the first of many; then how much there is now."""
    old, new = before.library.files, after.library.files
    lines = [
        *(f"removed {path}" for path in sorted(old.keys() - new.keys())),
        *(f"added {path}" for path in sorted(new.keys() - old.keys())),
        *(
            f"changed {path}"
            for path in sorted(old.keys() & new.keys())
            if old[path] is not new[path] and old[path].packed != new[path].packed
        ),
    ]
    yield from lines[:_MOST_LINES]
    if lines[_MOST_LINES:]:
        yield f"and {len(lines) - _MOST_LINES} more"
    if lines:
        yield f"{len(new)} files, {after.library.corpus.documents} windows"


def _print(index: Any, seconds: float, problems: list[Any], *, as_json: bool) -> None:
    if as_json:
        told = [{"path": problem.path, "text": problem.text} for problem in problems]
        facts = {
            "files": index.total,
            "indexed": index.indexed,
            **statistics(index),
            "seconds": round(seconds, 2),
            "problems": told,
        }
        print(json.dumps(facts, ensure_ascii=False))
        return
    language = speaking.language()
    print(spoken(f"{index.indexed} of {index.total} files in {seconds:.1f} s", language))
    facts = statistics(index)
    told = f"{facts['windows']} windows, {facts['definitions']} definitions, {facts['terms']} terms"
    print(spoken(told, language))
    print(", ".join(f"{name} {count}" for name, count in facts["languages"].items()))
    for problem in problems:
        print(f"{problem.path}: {spoken(problem.text, language)}", file=sys.stderr)


def statistics(index: Any) -> dict[str, Any]:
    """What an index holds: windows, definitions, terms, and files by language, the most frequent first."""
    from retrieval.languages import language_of

    files = index.library.files
    spoken = Counter(language.name for path in files if (language := language_of(path)) is not None)
    return {
        "windows": index.library.corpus.documents,
        "definitions": sum(len(entry.symbols) for entry in files.values()),
        "terms": len(index.library.corpus.frequency),
        "languages": dict(spoken.most_common()),
    }
