"""`abacus-lsp bench daemon`: its arguments and its explanation; the measuring is `evaluation.bench_daemon`."""

import argparse
from typing import TYPE_CHECKING, Final

from abacus_lsp.cli.suites import Misuse, SuiteRow, at_least_one, counting

if TYPE_CHECKING:
    from abacus_lsp.evaluation.report import Suite

_DAEMON: Final = """\
Memory of several editors at once, each with an answer in a long file of its own:
  daemon_memory_ratio   `abacus-lsp serve` for each (one daemon holds model and index) against
                        `abacus-lsp serve --no-daemon` for each: PSS of all processes, the same context
  daemon_model_processes  how often the weights are in memory with the daemon
  first_answer_s          (not checked) from starting each editor's server to its first answer"""
_CONTEXT: Final = 8192


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--clients", type=at_least_one, default=4, metavar="N", help="editors (default: %(default)s)"
    )
    parser.add_argument("--model", metavar="NAME", help="instead of the model that is configured")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a setting of the server"
    )


def _run(args: argparse.Namespace) -> "Suite":
    import tempfile
    from pathlib import Path

    import msgspec

    from abacus_lsp.cli import report
    from abacus_lsp.evaluation import bench_daemon

    settings = report.settings_of(args)
    if settings is None:
        raise Misuse
    options = msgspec.to_builtins(settings)
    options["completion"]["statistics"] = False
    options["local"]["contextTokens"] = settings.local.context_tokens or _CONTEXT
    with tempfile.TemporaryDirectory(prefix="abacus-daemon-") as folder, counting("daemon", 2) as tick:
        return bench_daemon.measure(options, args.clients, Path(folder).resolve(), tick)


ROW: Final = SuiteRow("daemon", "memory of several editors that share one model", _DAEMON, _arguments, _run)
