"""The command line. Each command is a module with `add_parser(commands)` and `run(args) -> int`.

Exit codes: 0 done, 1 failed (the message says what to do), 2 the command line was wrong, 130 interrupted.
Modules here import only the standard library until their command runs: `--help` and the server's start are
on every user's path.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from abacus_lsp import __version__
from abacus_lsp.cli import (
    bench,
    complete,
    daemon,
    doctor,
    evaluate,
    index,
    models,
    schema,
    search,
    serve,
    speaking,
    stats,
    summarize,
)

_DESCRIPTION = """\
珠算 abacus-lsp brings open code models into any editor, on your own machine.

Without a command it is a language server on standard input and output: point your editor at it.
  abacus-lsp models pull gemma3-270m         fetch the small model that works everywhere
  abacus-lsp complete src/app.py:120:9       what would be offered there
  abacus-lsp doctor                          what is missing, and what to do about it"""


def run(argv: Sequence[str]) -> int:
    """Parse `argv` (without the program's name) and run the command."""
    parser = build_parser()
    args = parser.parse_args(_with_default(argv))
    if args.config is not None:
        os.environ["ABACUS_CONFIG"] = str(args.config)
    try:
        return args.run(args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `abacus-lsp … | head`: the reader had enough. Python would complain again while it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line in the user's language; `--help` is English."""

    def error(self, message: str) -> NoReturn:
        super().error(speaking.said(message))


def build_parser() -> argparse.ArgumentParser:
    """The whole command line (also read by the test that runs every `--help`)."""
    parser = _Parser(
        "abacus-lsp", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-V", "--version", action="version", version=f"abacus-lsp {__version__}")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="settings file instead of the user's own (see `schema`)"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (
        serve,
        complete,
        summarize,
        models,
        daemon,
        doctor,
        index,
        search,
        schema,
        stats,
        evaluate,
        bench,
    ):
        module.add_parser(commands)
    return parser


def _with_default(argv: Sequence[str]) -> list[str]:
    """Editors start us with options only, or with nothing: then `serve` is meant."""
    given = list(argv)
    own = {"-h", "--help", "-V", "--version", "--config"}
    options_only = all(arg.startswith("-") for arg in given) and not own.intersection(given)
    return ["serve", *given] if options_only or (given and given[0] in serve.OPTIONS) else given
