"""What `eval` and `bench` share: a table of suites, and how one is run and told.

Knows arguments, printing, exit codes. Must not know what a suite measures: a suite is a row.
"""

import argparse
import json
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abacus_lsp.evaluation.report import Suite

OK, FAILED, USAGE = 0, 1, 2


class Misuse(Exception):
    """The arguments cannot be followed; the message (if any) says why."""


@dataclass(frozen=True, slots=True)
class SuiteRow:
    """One suite.

    Attributes:
        name: on the command line, and in the report.
        help: one line for the list of suites.
        description: what is measured and how, for its own `--help`.
        arguments: declares its options; every one has a default, so that it can run unasked.
        run: measures. Gives a `Suite`, or a mapping of the JSON shape. May raise `Misuse`, `EngineError`,
            `CannotMeasure`, `OSError`; prints nothing on standard output.
    """

    name: str
    help: str
    description: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], "Suite | Mapping[str, Any]"]


def add_suites(parser: argparse.ArgumentParser, rows: Sequence[SuiteRow]) -> None:
    """Declare one subcommand for each row."""
    commands = parser.add_subparsers(title="suites", metavar="SUITE")
    for row in rows:
        suite: argparse.ArgumentParser = commands.add_parser(
            row.name,
            help=row.help,
            description=row.description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=EXIT_CODES,
        )
        _declare(suite, row)
        suite.set_defaults(row=row)


EXIT_CODES = "Exit code 0: every check holds; 1: one does not, or it could not be measured; 2: wrong usage."


def _declare(parser: argparse.ArgumentParser, row: SuiteRow) -> None:
    row.arguments(parser)
    # Not set when absent: otherwise it would undo a `--json` given before the suite's name.
    parser.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print one JSON object {suite, metrics, checks}",
    )


def defaults_of(row: SuiteRow) -> argparse.Namespace:
    """What the suite is run with when nothing is said."""
    parser = argparse.ArgumentParser()
    _declare(parser, row)
    return parser.parse_args([])


def run_rows(rows: Sequence[tuple[SuiteRow, argparse.Namespace]], name: str, *, as_json: bool) -> int:
    """Measure and print: one row as itself, several as one object called `name`. Returns the exit code.

    Of several, one that cannot be measured does not keep the others from it.
    """
    from abacus_lsp.evaluation.report import joined

    results: list[Suite] = []
    for row, args in rows:
        try:
            result = _measured(row, args)
        except Misuse as error:
            _say(str(error))
            return USAGE
        if result is None:
            continue
        results.append(result)
        if not as_json:
            print(result.table(), flush=True)
    if as_json and results:
        whole = results[0] if name == rows[0][0].name else joined(name, results)
        print(json.dumps(whole.as_json(), ensure_ascii=False))
    complete = len(results) == len(rows)
    return OK if complete and all(result.ok for result in results) else FAILED


def _measured(row: SuiteRow, args: argparse.Namespace) -> "Suite | None":
    """The row's result; None after telling why there is none."""
    from abacus_lsp.engines.base import EngineError
    from abacus_lsp.evaluation.report import CannotMeasure, Suite

    try:
        found = row.run(args)
    except EngineError as error:
        _say(f"{error.code}: {error}")
    except (CannotMeasure, OSError) as error:
        _say(str(error))
    else:
        return found if isinstance(found, Suite) else Suite.from_json(found)
    return None


def _say(message: str) -> None:
    if message:
        print(f"abacus-lsp: {message}", file=sys.stderr)


@contextmanager
def counting(title: str, total: int) -> Generator[Callable[[], None]]:
    """A function to call after each step: a bar on a terminal's standard error, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(30), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)


def at_least_one(text: str) -> int:
    """An argument that counts something."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, not {text!r}")
    return number


def at_least_none(text: str) -> int:
    """An argument that counts something that may be left out."""
    return 0 if text.strip() == "0" else at_least_one(text)
