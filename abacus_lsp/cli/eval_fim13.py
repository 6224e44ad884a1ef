"""`abacus-lsp eval fim13`: the row of the suite; arguments, and the parts put together."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from abacus_lsp.cli import eval_options
from abacus_lsp.cli.suites import Misuse, SuiteRow, at_least_none, counting

if TYPE_CHECKING:
    from abacus_lsp.evaluation.report import Suite

_DESCRIPTION = """\
Completions at thirteen kinds of places of a real repository: method signature, method body, single line, method with
comment, empty (nothing is missing), body top, mid and bottom, if, for, while, try, switch. Holes are cut by the syntax
tree (Python, Java, C, C++, C#, JavaScript, TypeScript, Go, Rust) and filled by the pipeline that editors use, with the
automatic trigger and the repository as workspace. Besides, the rests of lines cut at random places, against the bare
model and against token healing alone.

Exact match, BLEU-4 and edit similarity in percent, over all cases: a silence where text is due scores nothing.
length_ratio is characters shown to characters due, over the answers shown. Intervals are for 95 %.

examples:
  abacus-lsp eval fim13 src                              30 cases of each category, 500 lines
  abacus-lsp eval fim13 . --limit 5 --lines 20 --json    a quick look
  abacus-lsp eval fim13 . --resume fim13.jsonl --html fim13.html
  abacus-lsp eval fim13 . --lsp                          through a server on standard input and output"""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files and folders to take cases from (default: the standard library of this Python); the folder around "
        "them is the workspace",
    )
    parser.add_argument(
        "--lines",
        type=at_least_none,
        default=500,
        metavar="N",
        help="rests of lines to compare (default: %(default)s; 0: none)",
    )
    parser.add_argument(
        "--category",
        action="append",
        metavar="NAME",
        help="only these places, e.g. empty; may be given several times (default: all thirteen)",
    )
    eval_options.add(parser, limit=30, limit_help="cases of each category")


def _run(args: argparse.Namespace) -> "Suite":
    from abacus_lsp.evaluation import fim13, fim13_cases, fim13_lines, places
    from abacus_lsp.evaluation.report import Suite

    settings = eval_options.settings_of(args)
    paths = [path.resolve() for path in args.paths] or [places.standard_library()]
    try:
        files = places.source_files(paths)
    except FileNotFoundError as error:
        raise Misuse(str(error)) from error
    wanted = args.category or fim13_cases.CATEGORIES
    if unknown := set(wanted) - set(fim13_cases.CATEGORIES):
        known = ", ".join(fim13_cases.CATEGORIES)
        raise Misuse(f"there is no category {', '.join(sorted(unknown))}; there are {known}")
    cases = [case for case in fim13_cases.build(files, args.limit, args.seed) if case.category in wanted]
    lines = places.pick(files, args.lines, args.seed)
    if not cases:
        where = ", ".join(map(str, args.paths))
        raise Misuse(f"no code to cut holes into in {where}: name source files, or folders that hold some")
    with (
        eval_options.asking(args, settings, "fim13", workspace_of(paths)) as asking,
        counting("fim13", len(cases) + len(lines)) as tick,
    ):
        answered = fim13.answer(cases, asking.route, asking.kept, tick)
        ways = fim13_lines.Ways(asking.route, asking.model, settings)
        rests = fim13_lines.answer(lines, ways, asking.kept, tick)
    metrics = {
        **asking.about,
        "seed": args.seed,
        "files": len({case.path for case in cases}),
        **fim13.figures(answered, args.seed),
        **(fim13_lines.figures(rests, args.seed) if rests else {}),
    }
    checks = (
        *fim13.checks(answered, args.seed),
        *(fim13_lines.checks(rests, args.seed) if rests else ()),
    )
    return eval_options.finished(args, Suite("fim13", metrics, checks), fim13.plots(metrics))


def workspace_of(paths: list[Path]) -> Path:
    """The folder to index: the one named, or the one around all that was named."""
    folders = [path if path.is_dir() else path.parent for path in paths]
    return Path(os.path.commonpath(folders))


ROW: Final = SuiteRow(
    "fim13", "thirteen kinds of places of a repository, and rests of lines", _DESCRIPTION, _arguments, _run
)
