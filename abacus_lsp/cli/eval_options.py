"""What the suites of `eval` that run a model share: options, the ledger of `--resume`, the page of `--html`.

Knows arguments and files. Must not know what a suite measures.
"""

import argparse
import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abacus_lsp.cli.suites import Misuse, at_least_one

if TYPE_CHECKING:
    from abacus_lsp.completion.pipeline import Model
    from abacus_lsp.evaluation.html import Plot
    from abacus_lsp.evaluation.ledger import Ledger
    from abacus_lsp.evaluation.report import Suite
    from abacus_lsp.evaluation.route import Route
    from abacus_lsp.settings import Settings


@dataclass(frozen=True, slots=True)
class Asking:
    """What a suite measures with; `about` opens its report."""

    model: "Model"
    route: "Route"
    kept: "Ledger"
    about: dict[str, Any]


def add(parser: argparse.ArgumentParser, *, limit: int | None, limit_help: str) -> None:
    """Declare --limit, --seed, --model, --set, --resume, --lsp, --html."""
    default = "all" if limit is None else "%(default)s"
    parser.add_argument(
        "--limit", type=at_least_one, default=limit, metavar="N", help=f"{limit_help} (default: {default})"
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="which cases, and of the intervals (default: %(default)s)",
    )
    parser.add_argument("--model", metavar="NAME", help="instead of the model that is configured")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a setting, e.g. local.threads=1",
    )
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="FILE",
        help="keep every answer in FILE and go on from there after an interruption; other settings or another "
        "version of the program start anew",
    )
    parser.add_argument(
        "--lsp", action="store_true", help="ask `abacus-lsp serve` as an editor does, end to end"
    )
    add_html(parser)


def add_html(parser: argparse.ArgumentParser) -> None:
    """Declare --html; `finished` follows it."""
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write the report, with plots, as one HTML file"
    )


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
def asking(
    args: argparse.Namespace, settings: "Settings", suite: str, root: Path | None = None
) -> "Generator[Asking]":
    """The model loaded, the way to ask it, and the ledger that `--resume` names for exactly this run.

    Args:
        args: with `resume` and `lsp`.
        settings: of the run.
        suite: its name.
        root: the workspace.
    """
    import msgspec

    from abacus_lsp.cli import compose
    from abacus_lsp.evaluation.ledger import ledger
    from abacus_lsp.evaluation.lsp_route import LspRoute
    from abacus_lsp.evaluation.route import PipelineRoute

    with contextlib.ExitStack() as stack:
        model = stack.enter_context(compose.loaded(settings))
        info = model.engine.info
        told = msgspec.to_builtins(settings)
        stamp = {"suite": suite, "model": [info.name, info.engine, model.profile.name], "settings": told}
        stamp |= {"lsp": args.lsp, "root": str(root or "")}
        kept = stack.enter_context(ledger(args.resume, stamp))
        route: Route = stack.enter_context(
            LspRoute(settings, root) if args.lsp else PipelineRoute(model, settings, root)
        )
        about = {
            "model": info.name,
            "profile": model.profile.name,
            "route": "lsp" if args.lsp else "pipeline",
        }
        yield Asking(model, route, kept, about)


def finished(args: argparse.Namespace, suite: "Suite", plots: "Sequence[Plot]" = ()) -> "Suite":
    """Write the page of `--html`, if it was asked for; the suite as it is."""
    if args.html is not None:
        from abacus_lsp.evaluation.html import page

        args.html.parent.mkdir(parents=True, exist_ok=True)
        args.html.write_text(page(suite, plots), encoding="utf-8")
    return suite
