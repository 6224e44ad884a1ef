"""`abacus-lsp eval infilling`, `nl2code`, `chinese`: the rows of the suites whose answers are run."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from abacus_lsp.cli import eval_options
from abacus_lsp.cli.suites import Misuse, SuiteRow, at_least_one, counting

if TYPE_CHECKING:
    from abacus_lsp.evaluation.report import Suite
    from abacus_lsp.evaluation.tasks import Task

_SANDBOX = """\
Programs run in a process of their own, with limits on time, memory and file size and without a network where the
system allows that (Linux); the report says whether it did. This stops accidents, not attacks."""

_INFILLING = f"""\
HumanEval-Infilling: holes of a line, of lines, of a random span in 164 functions, filled by the pipeline that editors
use, with the automatic trigger (random spans that end inside a line: by a key press, as a user would). Exact match of
the stripped middle and pass@1 by running the tests, in percent with intervals for 95 %.

{_SANDBOX}

--data is a folder with HumanEval-SingleLineInfilling.jsonl.gz, HumanEval-MultiLineInfilling.jsonl.gz,
HumanEval-RandomSpanInfillingLight.jsonl.gz as published."""

_NL2CODE = f"""\
Functions from a docstring: pass@1 of HumanEval or MBPP, the benchmark of model cards, through the pipeline that editors
use. Answers may have 320 tokens and 60 lines here (--set completion.maxTokens= and maxLines= for more).

{_SANDBOX}

--data is a file of JSON lines (.jsonl or .jsonl.gz) as HumanEval or MBPP publish it, or the folder of
HumanEval-Infilling, whose holes of whole bodies are HumanEval again."""

_CHINESE = f"""\
Chinese docstrings and comments to code, with their English twins beside: HumanEval-XL in Python, JavaScript, TypeScript,
Java and Go, and HumanEval-x Python with Chinese docstrings. Answers may have 320 tokens and 60 lines here.

An answer is valid when the file parses with it (missing closing braces allowed), every line stands in its function, and
there is no fence, no prose, no control token and nothing after the function; tasks whose published solution is not valid
by that (broken_tasks: their prompts are no code) do not count there. pass_zh_vs_en is pass@1 in Chinese over
pass@1 in English, on the Python tasks; pairs are resampled for its interval. Where no task is passed in either language
nothing is shown, and its check fails.

{_SANDBOX}

--data is a folder with humaneval-xl.LANGUAGE.zh.jsonl.gz and .en.jsonl.gz, humaneval-python-cn.jsonl.gz. For the chat
form of an instruct model: --set profile=chat; for <用户>…<AI>: --set profile=abacus."""


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="PATH", help="the benchmark's folder or file (required)")
    parser.add_argument(
        "--seconds",
        type=at_least_one,
        default=10,
        metavar="S",
        help="longest run of a program (default: %(default)s)",
    )
    parser.add_argument(
        "--memory",
        type=at_least_one,
        default=512,
        metavar="MB",
        help="most memory of a program (default: %(default)s)",
    )


def _infilling_arguments(parser: argparse.ArgumentParser) -> None:
    _data(parser)
    parser.add_argument(
        "--span",
        action="append",
        choices=("single", "multi", "random"),
        help="which holes; may be given several times (default: single)",
    )
    eval_options.add(parser, limit=None, limit_help="tasks of each span")


def _nl2code_arguments(parser: argparse.ArgumentParser) -> None:
    _data(parser)
    eval_options.add(parser, limit=None, limit_help="tasks")


def _chinese_arguments(parser: argparse.ArgumentParser) -> None:
    _data(parser)
    parser.add_argument(
        "--language",
        action="append",
        choices=("python", "javascript", "typescript", "java", "go"),
        help="which tasks; may be given several times (default: all)",
    )
    eval_options.add(parser, limit=None, limit_help="pairs of tasks of each language")


def _infilling(args: argparse.Namespace) -> "Suite":
    from abacus_lsp.evaluation import programs, tasks
    from abacus_lsp.evaluation.report import Suite

    data = _named(args, folder=True)
    spans = args.span or ["single"]
    chosen = [
        task for span in spans for task in tasks.sample(tasks.infilling(data, span), args.limit, args.seed)
    ]
    tried, about = _tried(args, "infilling", chosen, long=False)
    metrics = about | programs.infilling_figures(tried, args.seed)
    columns = ("exact_match", "pass_at_1", "answered", "parseable")
    return _finished(args, Suite("infilling", metrics, programs.infilling_checks(tried)), "spans", columns)


def _nl2code(args: argparse.Namespace) -> "Suite":
    from abacus_lsp.evaluation import programs, tasks
    from abacus_lsp.evaluation.report import Suite

    chosen = tasks.sample(tasks.nl2code(_named(args, folder=False)), args.limit, args.seed)
    tried, about = _tried(args, "nl2code", chosen, long=True)
    metrics = about | programs.nl2code_figures(tried)
    columns = ("pass_at_1", "answered", "valid")
    return _finished(args, Suite("nl2code", metrics, programs.nl2code_checks(tried)), "benchmarks", columns)


def _chinese(args: argparse.Namespace) -> "Suite":
    from abacus_lsp.evaluation import programs, tasks
    from abacus_lsp.evaluation.report import Suite

    found = list(tasks.pairs(_named(args, folder=True)))
    chosen = tasks.sample_pairs(found, args.language or (), args.limit, args.seed)
    if not chosen:
        raise Misuse("there are no tasks in these languages")
    tried, about = _tried(args, "chinese", [task for pair in chosen for task in pair], long=True)
    chinese, english = tried[::2], tried[1::2]
    metrics = about | programs.chinese_figures(chinese, english, args.seed)
    checks = programs.chinese_checks(chinese, english, args.seed)
    return _finished(args, Suite("chinese", metrics, checks), "languages", ("pass_at_1", "answered", "valid"))


def _named(args: argparse.Namespace, *, folder: bool) -> Path:
    """Where the benchmark is.

    Raises:
        Misuse: it was not said, or nothing is there.
    """
    path: Path | None = args.data
    kind = "the folder" if folder else "the folder or file"
    if path is not None and not (path.is_dir() if folder else path.exists()):
        raise Misuse(
            f"{path} is not there: say --data with {kind} of the benchmark (see --help for its layout)"
        )
    if path is None:
        raise Misuse(f"say --data with {kind} of the benchmark (see --help for its layout)")
    return path


def _tried(
    args: argparse.Namespace, suite: str, chosen: "list[Task]", *, long: bool
) -> tuple[Any, dict[str, Any]]:
    """Every task answered and run, and what opens the report."""
    from abacus_lsp.evaluation import programs, sandbox

    settings = eval_options.settings_of(args)
    if long:
        settings = programs.long_answers(settings)
    limits = sandbox.Limits(args.seconds, args.memory)
    with eval_options.asking(args, settings, suite) as asking, counting(suite, len(chosen)) as tick:
        tried = programs.attempt(chosen, asking.route, asking.kept, limits, tick)
    about = {**asking.about, "tasks": len(chosen), "seed": args.seed, "network_cut": sandbox.network_is_cut()}
    return tried, about


def _finished(args: argparse.Namespace, suite: "Suite", rows: str, columns: tuple[str, ...]) -> "Suite":
    from abacus_lsp.evaluation.programs import plots

    return eval_options.finished(args, suite, plots(suite.suite, suite.metrics[rows], columns))


ROWS: Final = (
    SuiteRow(
        "infilling",
        "holes in functions, judged by running them",
        _INFILLING,
        _infilling_arguments,
        _infilling,
    ),
    SuiteRow("nl2code", "functions from docstrings: HumanEval, MBPP", _NL2CODE, _nl2code_arguments, _nl2code),
    SuiteRow(
        "chinese", "Chinese docstrings to code, beside English ones", _CHINESE, _chinese_arguments, _chinese
    ),
)
