"""`abacus-lsp bench SUITE`: how fast and how small it is. A suite is a row of `SUITES`."""

import argparse
import sys
import sysconfig
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from abacus_lsp.cli import bench_daemon, bench_team, bench_typing
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
    from abacus_lsp.engines.base import Engine
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
  memory_mb                  largest growth of this process while that index is made, asked and saved
  loop_delay_p99_ms          what an event loop in the same process feels while it is built
With --growth: the time of a query at 1,000, 10,000 and 100,000 small files, most of them synthetic copies."""


def _index_arguments(parser: argparse.ArgumentParser) -> None:
    default = Path(sysconfig.get_path("purelib"))
    parser.add_argument(
        "--source", type=Path, default=default, metavar="DIR", help="real source files (default: %(default)s)"
    )
    parser.add_argument(
        "--growth",
        action="store_true",
        help="measure 1,000, 10,000 and 100,000 files instead (minutes, and 2 GB of temporary files)",
    )


def _index(args: argparse.Namespace) -> Mapping[str, Any]:
    from abacus_lsp.evaluation.bench_index import GROWTH, bench_index, growth

    if not args.source.is_dir():
        raise Misuse(f"{args.source} is not a folder")
    if args.growth:
        with counting("growth", len(GROWTH)) as tick:
            return growth(args.source, tick=tick)
    return bench_index(args.source)


_DECODE = """\
What prompt lookup gains while an answer is written, at places where real code repeats what stands before:
  lookup_speedup     tokens per second with lookup against without, in turns, median of the runs
  largest_gap_nats   where the two texts part: nats between the model's two best tokens there
The checks of further engines carry the engine's name.
Answers that run in circles are left out."""


def _decode_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--run-with",
        action="append",
        metavar="ENGINE=MODEL",
        help="may be given again (default: llama.cpp=gemma3-270m, and transformers=smollm2-135m if it is installed)",
    )
    parser.add_argument("--places", type=at_least_one, default=10, metavar="N", help="default: %(default)s")
    parser.add_argument("--runs", type=at_least_one, default=3, metavar="N", help="default: %(default)s")
    parser.add_argument("--tokens", type=at_least_one, default=48, metavar="N", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=4, help="chooses the places (default: %(default)s)")
    default = Path(sysconfig.get_path("stdlib"))
    parser.add_argument(
        "--source", type=Path, default=default, metavar="DIR", help="real source files (default: %(default)s)"
    )


def _decode(args: argparse.Namespace) -> "Suite":
    from importlib.util import find_spec

    from abacus_lsp import configuration
    from abacus_lsp.cli import compose
    from abacus_lsp.evaluation import decode
    from abacus_lsp.settings import Settings

    named: list[str] = args.run_with or ["llama.cpp=gemma3-270m"]
    if not args.run_with and find_spec("torch") is not None:
        named.append("transformers=smollm2-135m")
    texts = decode.contexts(args.source, args.places, args.seed)
    with ExitStack() as opened:

        def engine(kind: str, model: str, lookup: bool) -> "Engine":
            settings, problems = configuration.from_json(
                {"engine": kind, "model": model, "local": {"lookup": lookup}}, Settings()
            )
            if problems or not model:
                raise Misuse(f"expected ENGINE=MODEL, not {kind}={model}")
            made = compose.open_engine(settings, lambda _what, _share: None)
            opened.callback(made.close)
            return made

        pairs: list[decode.Pair] = []
        for each in named:
            kind, _, model = each.partition("=")
            pairs.append(decode.Pair(kind, engine(kind, model, False), engine(kind, model, True)))
        with counting("decode", len(texts) * len(pairs)) as tick:
            return decode.measure(pairs, texts, args.runs, args.tokens, tick)


_LOOP = """\
Whether the server's event loop stays free while its model works, in the real server process:
  loop_delay_ms_p99   round trip of an empty request while a completion is owed (parse, retrieve, tokenise, decode)
  cancel_idle_ms      by how much a cancel in the middle of an answer delays the next question"""


def _loop_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="gemma3-270m", metavar="NAME", help="default: %(default)s")
    parser.add_argument(
        "--asks", type=at_least_one, default=12, metavar="N", help="completions (default: %(default)s)"
    )
    parser.add_argument(
        "--runs", type=at_least_one, default=5, metavar="N", help="cancels (default: %(default)s)"
    )
    default = Path(sysconfig.get_path("stdlib")) / "argparse.py"
    parser.add_argument(
        "--file", type=Path, default=default, metavar="FILE", help="to complete in (default: %(default)s)"
    )


def _loop(args: argparse.Namespace) -> "Suite":
    import asyncio

    from abacus_lsp.cli import compose
    from abacus_lsp.evaluation import loop
    from abacus_lsp.evaluation.start import command
    from abacus_lsp.settings import Settings

    if not args.file.is_file():
        raise Misuse(f"{args.file} is not a file")
    with counting("loop", args.runs + 1) as tick:
        found = asyncio.run(
            loop.delays((*command(), "serve", "--no-daemon"), args.model, args.file, args.asks)
        )
        tick()
        engine = compose.open_engine(Settings(model=args.model), lambda _what, _share: None)
        try:
            text = args.file.read_text(encoding="utf-8")[:6000]
            return loop.report(found, loop.cancels(engine, text, args.runs, tick))
        finally:
            engine.close()


SUITES: Final = (
    SuiteRow("start", "time until it answers, size installed", _START, _start_arguments, _start),
    SuiteRow("decode", "what prompt lookup gains", _DECODE, _decode_arguments, _decode),
    SuiteRow("loop", "does the server stay responsive", _LOOP, _loop_arguments, _loop),
    SuiteRow("index", "what the workspace index costs", _INDEX, _index_arguments, _index),
    bench_typing.ROW,
    bench_daemon.ROW,
    bench_team.ROW,
)
