"""`abacus-lsp eval docstrings`: is the structure of docstrings right on real functions? A row for `evaluate.SUITES`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from abacus_lsp.cli.suites import Misuse, SuiteRow, at_least_one, counting

if TYPE_CHECKING:
    from abacus_lsp.evaluation.report import Suite

_ABOUT = """\
Documents real functions one at a time, each in its own file, and looks at the result: is every parameter, return
value and error named, does the file parse as before, does a second run change nothing, are the words of an existing
docstring still there. Completeness is judged twice: Python's also by Python's own parser, that of the others by a
reader of words and brackets, which passes over what it is not sure of. Functions are spread evenly over the languages
found. Without --model only the structure is written; with one, it also writes the prose.

examples:
  abacus-lsp eval docstrings                            500 functions of Python's standard library
  abacus-lsp eval docstrings ~/src --limit 500 --seed 1
  abacus-lsp eval docstrings src --limit 20 --model gemma3-270m --language zh"""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files and folders to take functions from (default: the standard library of this Python)",
    )
    parser.add_argument(
        "--limit", type=at_least_one, default=500, metavar="N", help="functions (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="which functions (default: %(default)s)"
    )
    parser.add_argument(
        "--style",
        choices=("all", "auto", "google", "numpy", "rest"),
        default="all",
        help="of Python docstrings (default: the three in turn)",
    )
    parser.add_argument(
        "--language", choices=("auto", "zh", "en"), default="en", help="of the prose (default: %(default)s)"
    )
    parser.add_argument(
        "--model", metavar="NAME", help="writes the prose (default: no model, structure only)"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a setting, e.g. local.threads=1",
    )


def _run(args: argparse.Namespace) -> "Suite":
    from abacus_lsp.cancel import CancelToken
    from abacus_lsp.cli import compose, report
    from abacus_lsp.docstrings import prose
    from abacus_lsp.evaluation import docstrings, places

    settings = report.settings_of(args)
    if settings is None:
        raise Misuse
    try:
        files = places.source_files(args.paths or [places.standard_library()])
    except FileNotFoundError as error:
        raise Misuse(str(error)) from error
    samples = docstrings.pick(files, args.limit, args.seed)
    with counting("docstrings", len(samples)) as tick:
        if not args.model:
            return docstrings.measure(samples, docstrings.no_prose, args.style, args.language, tick)
        with compose.loaded(settings) as model:
            asking = prose.Asking(model.engine, model.profile, CancelToken())
            return docstrings.measure(
                samples,
                lambda snapshot, item, manner: prose.prose_for(snapshot, item, manner, asking),
                args.style,
                args.language,
                tick,
            )


ROW: Final = SuiteRow("docstrings", "whether docstrings are complete and harmless", _ABOUT, _arguments, _run)
