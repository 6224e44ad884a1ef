"""What the suites of `eval` that run a model share: options, the ledger of `--resume`, the page of `--html`.

Knows arguments and files. Must not know what a suite measures.
"""

import argparse
import contextlib
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abacus_lsp.cli.suites import Misuse, at_least_one

if TYPE_CHECKING:
    from abacus_lsp.evaluation.html import Plot
    from abacus_lsp.evaluation.ledger import Ledger
    from abacus_lsp.evaluation.report import Suite
    from abacus_lsp.settings import Settings


def add(parser: argparse.ArgumentParser, *, limit: int | None, limit_help: str) -> None:
    """Declare --limit, --seed, --model, --set, --resume, --html."""
    default = "all" if limit is None else "%(default)s"
    parser.add_argument(
        "--limit", type=at_least_one, default=limit, metavar="N", help=f"{limit_help} (default: {default})"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="which cases, and of the intervals (default: %(default)s)"
    )
    parser.add_argument("--model", metavar="NAME", help="instead of the model that is configured")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a setting, e.g. local.threads=1"
    )
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="FILE",
        help="keep every answer in FILE and go on from there after an interruption; other settings or another "
        "version of the program start anew",
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report, with plots, as one HTML file")


def settings_of(args: argparse.Namespace) -> "Settings":
    """The user's settings with `--model` and `--set` over them.

    Raises:
        Misuse: one of them is wrong; it was told.
    """
    from abacus_lsp.cli import report

    settings = report.settings_of(args)
    if settings is None:
        raise Misuse
    return settings


@contextlib.contextmanager
def resumed(
    args: argparse.Namespace, settings: "Settings", model: str, suite: str, what: Mapping[str, Any]
) -> "Generator[Ledger]":
    """The ledger that `--resume` names, for exactly this run.

    Args:
        args: with `resume`.
        settings: of the run.
        model: the loaded model's name and how it runs.
        suite: its name.
        what: whatever else decides an answer.
    """
    import msgspec

    from abacus_lsp.evaluation.ledger import ledger

    stamp = {"suite": suite, "model": model, "settings": msgspec.to_builtins(settings), **what}
    with ledger(args.resume, stamp) as kept:
        yield kept


def finished(args: argparse.Namespace, suite: "Suite", plots: "Sequence[Plot]" = ()) -> "Suite":
    """Write the page of `--html`, if it was asked for; the suite as it is."""
    if args.html is not None:
        from abacus_lsp.evaluation.html import page

        args.html.parent.mkdir(parents=True, exist_ok=True)
        args.html.write_text(page(suite, plots), encoding="utf-8")
    return suite
