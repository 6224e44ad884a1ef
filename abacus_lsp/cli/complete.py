"""`abacus-lsp complete FILE:LINE:COL`: the completion an editor would get there, and how it came about."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from abacus_lsp.cli import speaking
from abacus_lsp.cli.place import Place, parse_place


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "complete",
        help="print the completion at a place in a file",
        description=(
            "Print the completion at FILE:LINE:COL, using the workspace around the file. LINE and COL count from 1, "
            "COL in characters, as editors show them: COL 1 is before the first character."
        ),
        epilog="Exit code 0: a completion was printed; 3: there is none (the reason goes to standard error).",
    )
    parser.add_argument("place", type=parse_place, metavar="FILE:LINE:COL")
    parser.add_argument("--stdin", action="store_true", help="take the file's text from standard input")
    parser.add_argument(
        "--explain", action="store_true", help="also print every part of the prompt, token counts and timings"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--model", metavar="NAME", help="instead of the model that is configured")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a setting, e.g. completion.maxLines=4",
    )
    parser.add_argument("--no-daemon", action="store_true", help="load the model for this command alone")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Complete once. 0: text, 3: silence, 1: the model or file cannot be used, 2: wrong place or settings."""
    from abacus_lsp.cli import compose, report
    from abacus_lsp.engines.base import EngineError

    place: Place = args.place
    settings = report.settings_of(args)
    if settings is None:
        return 2
    try:
        cursor = report.cursor_at(place, sys.stdin.buffer.read() if args.stdin else None)
    except (OSError, ValueError) as error:
        said = f"{place.file}: {error.strerror}" if isinstance(error, OSError) else str(error)
        speaking.complain(said, settings)
        return 2
    start = time.perf_counter()
    try:
        with compose.loaded(settings) as model:
            load_ms = (time.perf_counter() - start) * 1000
            completion = compose.complete_once(cursor, settings, model, Path(place.file))
            language = speaking.language(settings)
            explained = report.Explained.of(cursor, completion, model, load_ms, language)
    except EngineError as error:
        speaking.failed(error, settings)
        return 1
    if args.json:
        print(json.dumps(explained.as_json(), ensure_ascii=False))
    else:
        explained.print(explain=args.explain)
    return 0 if completion.text else 3
