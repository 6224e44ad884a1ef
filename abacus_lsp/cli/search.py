"""`abacus-lsp search`: what the index finds for words, or would give a completion at a place."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from abacus_lsp.cli import speaking
from abacus_lsp.cli.place import Place, parse_place
from abacus_lsp.translations import spoken

_INDEX_WAIT_S = 120.0


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "search",
        help="what other files would give to a completion",
        description=(
            "With words: the definitions they speak of, best first; Chinese words find English code too. With --at: "
            "the snippets of other files that a completion at that place would see, in that order, why, with scores and "
            "tokens (estimated: no model is loaded)."
        ),
    )
    parser.add_argument("path", type=Path, metavar="PATH", help="the project's folder")
    parser.add_argument("words", nargs="?", default="", metavar="WORDS")
    parser.add_argument(
        "--at", type=parse_place, metavar="FILE:LINE:COL", help="a place in a file of the project"
    )
    parser.add_argument(
        "--tokens", type=int, default=1024, metavar="N", help="budget of --at (default: %(default)s)"
    )
    parser.add_argument(
        "--limit", type=int, default=10, metavar="N", help="most results for words (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON array")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Search once. 0: something was found, 1: nothing, 2: the arguments are wrong."""
    from abacus_lsp.workspace import index_cache
    from retrieval import Indexer

    if not args.path.is_dir():
        speaking.complain(f"{args.path} is not a folder")
        return 2
    if bool(args.words) == (args.at is not None):
        speaking.complain("give either words or --at FILE:LINE:COL")
        return 2
    try:
        with Indexer([args.path], cache=index_cache()) as indexer:
            indexer.wait(_INDEX_WAIT_S)
            rows = (
                _at(indexer, _inside(args.at, args.path), args.tokens)
                if args.at
                else _words(indexer, args.words, args.limit)
            )
    except (OSError, ValueError) as error:
        said = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        speaking.complain(said)
        return 2
    if args.json:
        print(json.dumps(rows, ensure_ascii=False))
    else:
        _print(rows)
    if not rows:
        speaking.complain("nothing found")
    return 0 if rows else 1


def _print(rows: list[dict[str, Any]]) -> None:
    language = speaking.language()
    for row in rows:
        if "text" not in row:
            told = f"{row['name']}  score {row['score']}"
            print(f"{row['place']}  {spoken(told, language)}")
            continue
        told = f"{row['kind']}: {row['why']}  score {row['score']}, {row['tokens']} tokens"
        print(f"{row['place']}  {spoken(told, language)}")
        print("\n".join(f"    {line}" for line in row["text"].splitlines()))
    if rows and "tokens" in rows[0]:
        told = f"{len(rows)} snippets, {sum(row['tokens'] for row in rows)} tokens"
        print(spoken(told, language), file=sys.stderr)


def _inside(place: Place, project: Path) -> Place:
    """A place whose file is named from here, else from the project's folder."""
    inside = project / place.file
    return place if Path(place.file).exists() or not inside.exists() else replace(place, file=str(inside))


def _words(indexer: Any, words: str, limit: int) -> list[dict[str, Any]]:
    return [
        {"place": f"{found.path}:{found.start_line + 1}", "name": found.name, "score": round(found.score, 2)}
        for found in indexer.index.find(words, limit)
    ]


def _at(indexer: Any, place: Place, tokens: int) -> list[dict[str, Any]]:
    from abacus_lsp import syntax, window
    from abacus_lsp.cli.report import cursor_at
    from abacus_lsp.parsing import Trees
    from abacus_lsp.workspace import query_at
    from retrieval.pack import estimate_tokens

    cursor = cursor_at(place, None)
    key = indexer.workspace.key(Path(place.file).resolve())
    if key is None:
        raise ValueError(f"{place.file} is not in the project")
    # The shares that a completion uses: what its window shows is not retrieved. No model is loaded to count.
    budget = window.Budget(tokens * 9 // 4, tokens * 2 // 3)
    site = syntax.site_at(cursor, Trees())
    view = window.around(cursor, site, budget, estimate_tokens)
    query = query_at(key, cursor, site, view)
    return [
        {
            "place": f"{found.path}:{found.start_line + 1}",
            "kind": found.kind,
            "why": found.why,
            "score": round(found.score, 2),
            "tokens": found.tokens,
            "text": found.text,
        }
        for found in indexer.index.search(query, tokens).snippets
    ]
