"""`abacus-lsp bench SUITE`: how fast and how small it is. A suite is a row of `SUITES`."""

import argparse
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from abacus_lsp.cli import bench_daemon, bench_typing
from abacus_lsp.cli.suites import (
    EXIT_CODES,
    USAGE,
    Misuse,
    SuiteRow,
    add_suites,
    at_least_one,
    counting,
    defaults_of,
    run_rows,
)

if TYPE_CHECKING:
    from abacus_lsp.evaluation.report import Suite

_START = """\
What an editor and a disk notice before any model is loaded:
  version_ratio       `abacus-lsp --version` against `python -c "import asyncio, json"`, medians of interleaved runs
  initialize_ratio    from spawning the server until `initialize` is answered, against the same
  base_installed_mb   files of abacus-lsp and everything it requires without extras; no model, no Python"""


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "bench",
        help="measure how fast and how small it is",
        description="Measure how fast and how small abacus-lsp is on this machine. Results go to standard output, "
        "progress to standard error.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("--all", action="store_true", help="run every suite with its defaults")
    parser.add_argument(
        "--json", action="store_true", help="with --all: print one JSON object for all of them"
    )
    add_suites(parser, SUITES)
    parser.set_defaults(run=run, row=None, parser=parser)


def run(args: argparse.Namespace) -> int:
    """Run the suite named, or all. 0: the checks hold, 1: one does not, 2: nothing to run was named."""
    if args.all and args.row is None:
        return run_rows([(row, defaults_of(row)) for row in SUITES], "all", as_json=args.json)
    if args.all or args.row is None:
        if args.all:
            print("abacus-lsp: name a suite or say --all, not both", file=sys.stderr)
        else:
            args.parser.print_help(sys.stderr)
        return USAGE
    return run_rows([(args.row, args)], args.row.name, as_json=args.json)


def _start_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--runs", type=at_least_one, default=15, metavar="N", help="of each kind (default: %(default)s)"
    )


def _start(args: argparse.Namespace) -> "Suite":
    from abacus_lsp.evaluation import start

    with counting("start", args.runs) as tick:
        return start.measure(args.runs, tick)


_INDEX = """\
What the index costs on real files, copied to a temporary folder:
  first_index_s, reopen_s    10,000 files read the first time; the same opened again, until the first answer
  query_p99_ms, update_ms    at 200,000 windows: query building, imports, BM25 and packing; one changed file
  memory_mb                  growth of this process by the index at 200,000 windows
  loop_delay_p99_ms          what an event loop in the same process feels while it is built"""


def _index_arguments(parser: argparse.ArgumentParser) -> None:
    default = Path(sysconfig.get_path("purelib"))
    parser.add_argument(
        "--source", type=Path, default=default, metavar="DIR", help="real source files (default: %(default)s)"
    )


def _index(args: argparse.Namespace) -> Mapping[str, Any]:
    from abacus_lsp.evaluation.bench_index import bench_index

    if not args.source.is_dir():
        raise Misuse(f"{args.source} is not a folder")
    return bench_index(args.source)


SUITES: Final = (
    SuiteRow("start", "time until it answers, size installed", _START, _start_arguments, _start),
    SuiteRow("index", "what the workspace index costs", _INDEX, _index_arguments, _index),
    bench_typing.ROW,
    bench_daemon.ROW,
)
