"""`abacus-lsp summarize FILE[:START-END]`: what a file, or lines of it, does, in Chinese or English."""

import argparse
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abacus_lsp.cli import speaking

if TYPE_CHECKING:
    from abacus_lsp.document import Snapshot
    from abacus_lsp.site import Span

_LINES = re.compile(r"(?P<file>.+):(?P<start>\d+)-(?P<end>\d+)$")


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines `start` to `end` of a file, both included, counted from 1; all of it when both are 0."""

    file: str
    start: int = 0
    end: int = 0


def parse_lines(text: str) -> Lines:
    """Read FILE or FILE:START-END.

    Raises:
        argparse.ArgumentTypeError: with what is wrong.
    """
    match = _LINES.match(text)
    if match is None:
        return Lines(text)
    start, end = int(match["start"]), int(match["end"])
    if not 1 <= start <= end:
        raise argparse.ArgumentTypeError(
            f"lines {start}-{end} of {text!r}: START counts from 1 and is not after END"
        )
    return Lines(match["file"], start, end)


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "summarize",
        help="say what a file, or lines of it, does",
        description="Say in a sentence what FILE, or its lines START to END, does. Long code is summarised by its "
        "definitions first.",
        epilog="Exit code 0: done; 1: the model cannot be used, so only names are told; 2: no such file or lines.",
    )
    parser.add_argument("place", type=parse_lines, metavar="FILE[:START-END]")
    parser.add_argument(
        "--lang",
        choices=("auto", "zh", "en"),
        default="auto",
        help="language of the summary (default: as the file's comments)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object {text, parts, rest, asked}"
    )
    parser.add_argument("--model", metavar="NAME", help="instead of the model that is configured")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a setting")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Summarise once. 0: done, 1: the model cannot be used (names are told), 2: wrong place or settings."""
    from abacus_lsp.cancel import CancelToken
    from abacus_lsp.cli import compose, report
    from abacus_lsp.cli.suites import counting
    from abacus_lsp.docstrings import choose, prose, summary
    from abacus_lsp.engines.base import EngineError

    if args.lang != "auto":
        args.set = [*args.set, f"docstrings.language={args.lang}"]
    settings = report.settings_of(args)
    if settings is None:
        return 2
    try:
        snapshot, span = _read(args.place)
    except (OSError, ValueError) as error:
        said = f"{args.place.file}: {error.strerror}" if isinstance(error, OSError) else str(error)
        speaking.complain(said, settings)
        return 2
    tongue = choose.manner_of(snapshot, settings.docstrings, speaking.language(settings)).tongue
    try:
        with (
            compose.loaded(settings) as model,
            counting("summarize", len(summary.parts_of(snapshot, span)[: summary.MOST_PARTS])) as step,
        ):
            asking = prose.Asking(model.engine, model.profile, CancelToken())
            found = summary.summarise(snapshot, span, tongue, asking, lambda _done, _all: step())
        code = 0
    except EngineError as error:
        speaking.failed(error, settings)
        found, code = summary.without_model(snapshot, span, tongue), 1
    if not found.asked and not code:
        speaking.complain("the model's words were of no use; this comes from the syntax tree", settings)
    if args.json:
        parts = [{"name": name, "text": text} for name, text in found.parts]
        told = {"text": found.text, "parts": parts, "rest": found.rest, "asked": found.asked}
        print(json.dumps(told, ensure_ascii=False))
    else:
        print("\n".join(found.lines))
    return code


def _read(place: Lines) -> "tuple[Snapshot, Span | None]":
    from abacus_lsp import languages
    from abacus_lsp.document import Snapshot, line_starts
    from abacus_lsp.site import Span
    from retrieval.encodings import decode

    path = Path(place.file).resolve()
    decoded = decode(path.read_bytes())
    if decoded is None:
        raise ValueError(f"{place.file} is not text in any encoding known here")
    snapshot = Snapshot(path.as_uri(), languages.by_path(path).id, decoded[0], path=path)
    if not place.start:
        return snapshot, None
    starts = [*line_starts(snapshot.text), len(snapshot.text)]
    if place.end >= len(starts):
        raise ValueError(f"{place.file} has {len(starts) - 1} lines, not {place.end}")
    return snapshot, Span(starts[place.start - 1], starts[place.end])
