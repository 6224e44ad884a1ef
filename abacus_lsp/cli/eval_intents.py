"""`abacus-lsp eval intents`: is a comment that asks for code told from one that does not? A row for `evaluate.SUITES`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from abacus_lsp.cli.suites import Misuse, SuiteRow

if TYPE_CHECKING:
    from abacus_lsp.evaluation.report import Suite

_ABOUT = """\
Comments of real packages, in Chinese and English, labelled by a reader: does the comment ask for code ("request"), is
it what a request must be told from ("other": licence and file headers, switched-off code, rules and banners, directives
for tools, comments that trail code), or neither ("remark": an explanation or a name on a line of its own)? Some of them
were labelled after the rules were fixed; the checks are about those.

precision: of the comments called requests, remarks apart, the share that are. recall: of the requests, the share that
are called so. strict_precision counts remarks as errors. Intervals are for 95 %. No model runs.

--data is a file of JSON lines {tongue, language, text, heads, label, hidden, source}; the project's own is
tests/data/comment_intents.jsonl, whose README says where the comments are from."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="FILE", help="labelled comments (required)")


def _run(args: argparse.Namespace) -> "Suite":
    from abacus_lsp.evaluation import intents

    if args.data is None:
        raise Misuse("say --data with a file of labelled comments (see --help)")
    return intents.measure(intents.read(args.data))


ROW: Final = SuiteRow("intents", "whether comments that ask for code are known", _ABOUT, _arguments, _run)
