"""`abacus-lsp eval SUITE`: how good the completions are, measured on real code. A suite is a row of `SUITES`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from abacus_lsp.cli import eval_docstrings, eval_fim13, eval_intents, eval_options, eval_programs
from abacus_lsp.cli.eval_outputs import OUTPUTS
from abacus_lsp.cli.suites import (
    EXIT_CODES,
    USAGE,
    Misuse,
    SuiteRow,
    add_suites,
    at_least_one,
    counting,
    run_rows,
)

if TYPE_CHECKING:
    from abacus_lsp.evaluation.report import Suite

_HEALING = """\
What token healing gains. Real lines are cut at random places; everything behind the cut is hidden; the model
completes each line twice, with the half-typed word taken out of the prompt and forced back (as in an editor), and
with the text as it stands. Greedy, 384 tokens of prefix, cut at the line's end. Places are strictly inside a line
of code: blank lines, comments and docstrings are left out.

Exact match (the whole rest of the line) and edit similarity in percent, differences in points, intervals 95 %.

examples:
  abacus-lsp eval healing                            300 places of Python's standard library
  abacus-lsp eval healing src --limit 100 --json     of a folder of your own
  abacus-lsp eval healing --seed 1 --set local.threads=1"""


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "eval",
        help="measure how good the completions are",
        description="Measure how good the completions are, on real code and with the model that is configured. "
        "The same seed gives the same places. Results go to standard output, progress to standard error.",
        epilog=EXIT_CODES,
    )
    add_suites(parser, SUITES)
    parser.set_defaults(run=run, row=None, parser=parser, json=False)


def run(args: argparse.Namespace) -> int:
    """Run the suite named. 0: its checks hold, 1: not, 2: none was named or its arguments are wrong."""
    if args.row is None:
        import sys

        args.parser.print_help(sys.stderr)
        return USAGE
    return run_rows([(args.row, args)], args.row.name, as_json=args.json)


def _healing_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files and folders to take lines from (default: the standard library of this Python)",
    )
    parser.add_argument(
        "--limit", type=at_least_one, default=300, metavar="N", help="places (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="which places (default: %(default)s)"
    )
    parser.add_argument("--model", metavar="NAME", help="instead of the model that is configured")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a setting, e.g. local.threads=1",
    )


def _healing(args: argparse.Namespace) -> "Suite":
    from abacus_lsp.cli import compose, report
    from abacus_lsp.evaluation import healing, places

    settings = report.settings_of(args)
    if settings is None:
        raise Misuse
    try:
        files = places.source_files(args.paths or [places.standard_library()])
    except FileNotFoundError as error:
        raise Misuse(str(error)) from error
    chosen = places.pick(files, args.limit, args.seed)
    if not chosen:
        where = ", ".join(map(str, args.paths))
        raise Misuse(f"no line of code in {where}: name source files, or folders that hold some")
    with compose.loaded(settings) as model, counting("healing", len(chosen)) as tick:
        return healing.measure(chosen, model, args.seed, tick)


_CROSSFILE = """\
What other files bring. A model completes the tasks of CrossCodeEval three ways that differ in nothing but the snippets:
without any (in-file), with those an editor would get (retrieved), and with those found by somebody who knows the
answer (oracle). Exact match, edit similarity and identifiers of the first statement, in percent, with intervals (95 %).

With --retrieval-only no model runs: the share of the identifiers of the true text that occur nowhere in the window but
in other files, found within 1,024 tokens of snippets, beside the BM25 recipe of CrossCodeEval; with --packages, how
often the definition of an imported name is within reach, and the same recall on random lines; with --chinese, whether
the first line of a Chinese docstring finds its function.

--data is a folder with items.jsonl.gz (prompt, groundtruth, right_context, metadata, language) and
repos/NAME.jsonl.gz (path, content), the layout of CrossCodeEval with its repositories.

examples:
  abacus-lsp eval crossfile --data DIR --limit 30                  with the model that is configured
  abacus-lsp eval crossfile --data DIR --resume run.jsonl          goes on where it was interrupted
  abacus-lsp eval crossfile --data DIR --retrieval-only --json"""


def _crossfile_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="tasks and repositories (required)")
    parser.add_argument(
        "--retrieval-only", action="store_true", help="measure retrieval alone, without a model"
    )
    packages, chinese = "unpacked Python packages", "unpacked packages with Chinese docstrings"
    parser.add_argument("--packages", type=Path, nargs="*", default=[], metavar="DIR", help=packages)
    parser.add_argument("--chinese", type=Path, nargs="*", default=[], metavar="DIR", help=chinese)
    beside = "more of these, in the same index, about which nothing is asked"
    parser.add_argument("--beside", type=Path, nargs="*", default=[], metavar="DIR", help=beside)
    parser.add_argument("--limit", type=at_least_one, metavar="N", help="tasks for a model (default: all)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which tasks (default: %(default)s)")
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="keep each answer here, and ask for none that is here"
    )
    parser.add_argument("--model", metavar="NAME", help="instead of the model that is configured")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a setting, e.g. context.workspace_tokens=1024",
    )
    eval_options.add_html(parser)


def _crossfile(args: argparse.Namespace) -> "Suite":
    from abacus_lsp.evaluation.crossfile import retrieval_only
    from abacus_lsp.evaluation.report import Suite, joined

    if args.data is None or not (args.data / "items.jsonl.gz").is_file():
        raise Misuse("say --data DIR: a folder with items.jsonl.gz and repos/")
    for folder in (*args.packages, *args.chinese, *args.beside):
        if not folder.is_dir():
            raise Misuse(f"{folder} is no folder: unpack the package and name the folder with its sources")
    if not args.retrieval_only:
        return _crossfile_with_model(args)
    reports = retrieval_only(args.data, args.packages, args.chinese, beside=args.beside)
    suite = joined("crossfile", [Suite.from_json(report) for report in reports])
    return eval_options.finished(args, suite)


def _crossfile_with_model(args: argparse.Namespace) -> "Suite":
    import msgspec

    from abacus_lsp.cli import compose, report
    from abacus_lsp.evaluation import answers, crossfile_model

    settings = report.settings_of(args)
    if settings is None:
        raise Misuse
    tasks = crossfile_model.chosen_tasks(args.data, args.limit, args.seed)
    with compose.loaded(settings) as model:
        stamp = {
            "suite": "crossfile.model",
            "model": model.engine.info.name,
            "profile": model.profile.name,
            "context": msgspec.to_builtins(settings.context),
            "completion": msgspec.to_builtins(settings.completion),
        }
        with (
            answers.kept(args.resume, stamp) as rows,
            counting("crossfile", len(tasks) * len(crossfile_model.WAYS)) as tick,
        ):
            run = crossfile_model.Run(args.data, model, settings, rows, args.seed)
            suite = crossfile_model.measure(tasks, run, tick)
    return eval_options.finished(args, suite, crossfile_model.plots(suite.metrics))


SUITES: Final = (
    SuiteRow("healing", "what token healing gains", _HEALING, _healing_arguments, _healing),
    SuiteRow(
        "crossfile", "what context from other files brings", _CROSSFILE, _crossfile_arguments, _crossfile
    ),
    OUTPUTS,
    eval_fim13.ROW,
    *eval_programs.ROWS,
    eval_docstrings.ROW,
    eval_intents.ROW,
)
