"""`abacus-lsp stats`: what became of the answers, from what this machine noted for itself."""

import argparse
import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from abacus_lsp.cli import speaking
from abacus_lsp.translations import spoken

if TYPE_CHECKING:
    from abacus_lsp.ledger import Summary

_DAY_S = 86_400


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "stats",
        help="what was shown, accepted and kept, on this machine",
        description="Counts of answers: shown, accepted, kept after 30 s and 5 min, how long they took, what they took "
        "(the model, an earlier answer …), and why nothing was offered. They hold no source text and never leave this "
        "machine; abacus.completion.statistics = false keeps none.",
    )
    parser.add_argument("--days", type=float, default=30, metavar="N", help="the last N days (default: 30)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the summary. 0, also when there is nothing yet."""
    from abacus_lsp.ledger import read, statistics_folder, summarise

    folder = statistics_folder()
    summary = summarise(read(folder, time.time() - args.days * _DAY_S))
    if args.json:
        print(json.dumps(asdict(summary), ensure_ascii=False))
        return 0
    language = speaking.language()
    print(spoken(f"{folder}, the last {args.days:g} days", language))
    print(_table(summary, language))
    return 0


def _table(summary: "Summary", language: str) -> str:
    """Two columns: what, how much."""
    shown = summary.shown or summary.offered
    p50, p90, p99 = summary.ms
    rows = [
        ("requests", f"{summary.answered}"),
        ("offered a text", _share(summary.offered, summary.answered)),
        ("accepted", _share(summary.accepted, shown)),
        ("accepted in part", _share(summary.partly, shown)),
        ("rejected", _share(summary.rejected, shown)),
        *((f"kept after {after} s", f"{share:.0%}") for after, share in summary.kept.items()),
        ("characters accepted", f"{summary.saved}"),
        ("ms to an offer, p50 p90 p99", f"{p50:.0f}  {p90:.0f}  {p99:.0f}"),
        ("tokens read, written", f"{summary.prefilled}, {summary.generated}"),
        ("model asked, a minute of typing", f"{summary.per_minute:.1f}"),
        ("given up before an answer", _share(summary.given_up, summary.asked)),
        *(
            (f"tokens {what} for an accepted character", f"{each:.1f}")
            for what, tokens in (("read", summary.prefilled), ("written", summary.generated))
            if (each := summary.per_accepted(tokens)) is not None
        ),
        *((f"kept short: {code}", _share(count, summary.offered)) for code, count in summary.less.items()),
        ("CPU seconds, for each text", f"{summary.cpu_s:.0f}, {summary.cpu_s / shown if shown else 0:.2f}"),
        *(
            (f"offers from {source}", _share(count, summary.offered))
            for source, count in summary.sources.items()
        ),
        *((f"silent: {code}", _share(count, summary.answered)) for code, count in summary.reasons.items()),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{speaking.padded(spoken(name, language), width)}  {value}" for name, value in rows)


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else f"{part}"
