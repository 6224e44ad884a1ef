"""The row of `abacus-lsp eval outputs`. Knows its arguments; the measuring is `evaluation.outputs`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from abacus_lsp.cli import eval_options
from abacus_lsp.cli.suites import Misuse, SuiteRow, counting

if TYPE_CHECKING:
    from abacus_lsp.evaluation.report import Suite

_DESCRIPTION = """\
What post-processing makes of recorded model outputs, without a model. Exact match and edit similarity as
CrossCodeEval defines them, by language, of: the output as it is (none), cut before the first line below the cursor
(suffix), cut as CrossCodeEval does (statement), and cut as the editor does (ours: the same trigger, stopping rules
and filters). "oracle" counts an output when any cut of it is right: nothing that only cuts can do better.
gap_closed is the share of the way from none to oracle that ours goes; it is also given for two halves of the tasks.

--data is a folder with tasks.jsonl.gz (task_id, language, prefix, suffix, groundtruth) and outputs.jsonl.gz
(task_id, output, stop_reason: "length" when the budget ended the output)."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="tasks and recorded outputs (required)")
    parser.add_argument(
        "--limit", type=int, default=0, metavar="N", help="only the first N outputs (default: all)"
    )
    eval_options.add_html(parser)


def _run(args: argparse.Namespace) -> "Suite":
    from abacus_lsp.evaluation import outputs

    if args.data is None or not args.data.is_dir():
        raise Misuse("say --data DIR: a folder with tasks.jsonl.gz and outputs.jsonl.gz")
    tasks, found = outputs.load(args.data)
    chosen = found[: args.limit] if args.limit > 0 else found
    with counting("outputs", len(chosen)) as tick:
        suite = outputs.measure(tasks, chosen, tick)
    return eval_options.finished(args, suite, outputs.plots(suite.metrics))


OUTPUTS: Final = SuiteRow(
    "outputs", "what post-processing makes of recorded model outputs", _DESCRIPTION, _arguments, _run
)
