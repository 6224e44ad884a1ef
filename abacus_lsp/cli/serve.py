"""`abacus-lsp serve`: the language server over standard input and output."""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import Any, Final

OPTIONS: Final = frozenset({"--log-file", "--log-level", "--no-daemon", "--stdio"})


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "serve",
        help="language server on standard input and output (the default)",
        description="Speak LSP on standard input and output. Nothing else is ever written to standard output.",
    )
    parser.add_argument("--stdio", action="store_true", help="accepted for editors that pass it; always so")
    parser.add_argument(
        "--no-daemon", action="store_true", help="run the model for this editor alone (today the only way)"
    )
    parser.add_argument("--log-file", type=Path, metavar="FILE", help="log there instead of standard error")
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="warning",
        help="how much is logged; debug holds source text (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until the client leaves. 0 after `shutdown` and `exit`, 1 when the client just went away."""
    try:
        _log_to(args.log_file, args.log_level)
    except OSError as error:
        print(f"abacus-lsp: cannot write the log file: {error}", file=sys.stderr)
        return 2
    if sys.stdin.isatty():
        print(
            "abacus-lsp: a language server, waiting for an editor on standard input. See `abacus-lsp --help`.",
            file=sys.stderr,
        )
    from abacus_lsp import configuration
    from abacus_lsp.cli import compose
    from abacus_lsp.host import Hosts
    from abacus_lsp.ledger import Ledger, statistics_folder
    from abacus_lsp.server import AbacusServer, handlers
    from abacus_lsp.session import Session
    from abacus_lsp.workspace import Folders, index_cache

    settings, problems = configuration.from_user_file()
    for problem in problems:
        logging.getLogger(__name__).warning("%s", problem)
    folders = Folders(logging.getLogger("abacus_lsp.workspace").warning, index_cache())
    hosts = Hosts(compose.load, compose.fetch)
    ledger = Ledger(statistics_folder())
    server = AbacusServer(lambda tell, ready: Session(hosts, folders, tell, ready), settings, ledger)
    folders.on_share = server.indexed
    handlers.register(server)
    # The protocol keeps the real standard output; whatever else prints there goes to standard error.
    protocol = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    server.start_io(stdout=protocol)
    server.session.close()
    logging.shutdown()
    # Not sys.exit: it waits for the engine's thread, which may be inside native code for a long time.
    os._exit(0 if server.left_politely else 1)


def _log_to(file: Path | None, level: str) -> None:
    logging.basicConfig(
        filename=file,
        encoding="utf-8" if file else None,
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    if level != "debug":
        # pygls logs whole messages, source text included, at "info".
        logging.getLogger("pygls").setLevel(logging.WARNING)
