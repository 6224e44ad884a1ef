"""`abacus-lsp serve`: the language server over standard input and output, by way of the daemon or alone."""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import Any, Final

from abacus_lsp.cli import speaking

OPTIONS: Final = frozenset({"--daemon-idle", "--log-file", "--log-level", "--no-daemon", "--stdio"})

log = logging.getLogger(__name__)


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "serve",
        help="language server on standard input and output (the default)",
        description="Speak LSP on standard input and output. Nothing else is ever written to standard output. "
        "All editors of one user share one daemon, which holds the model and the indexes: the first editor starts "
        "it, and it ends when no editor has been there for a while. See `abacus-lsp daemon`.",
    )
    parser.add_argument("--stdio", action="store_true", help="accepted for editors that pass it; always so")
    parser.add_argument(
        "--no-daemon", action="store_true", help="run the model for this editor alone, in this process"
    )
    parser.add_argument(
        "--daemon-idle",
        type=_minutes,
        default=10.0,
        metavar="MINUTES",
        help="how long the daemon stays after the last editor (default: %(default)g)",
    )
    parser.add_argument("--log-file", type=Path, metavar="FILE", help="log there instead of standard error")
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="warning",
        help="how much is logged; debug with --no-daemon holds source text; the daemon has a log of its own "
        "(default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until the client leaves. 0 after `shutdown` and `exit`, 1 when the client just went away."""
    try:
        _log_to(args.log_file, args.log_level)
    except OSError as error:
        speaking.complain(f"cannot write the log file: {error}")
        return 2
    if sys.stdin.isatty():
        speaking.complain(
            "a language server, waiting for an editor on standard input. See `abacus-lsp --help`."
        )
    code = None if args.no_daemon else _by_daemon(args.daemon_idle)
    if code is None:
        code = _alone()
    logging.shutdown()
    # Not sys.exit: it waits for the engine's thread, which may be inside native code for a long time.
    os._exit(code)


def _by_daemon(idle_minutes: float) -> int | None:
    """Serve through the daemon; None when there cannot be one."""
    from abacus_lsp.daemon import environment, rendezvous

    if not rendezvous.supported():
        log.info("this system has no daemon: the model runs for this editor alone")
        return None
    from abacus_lsp.daemon import reaching
    from abacus_lsp.daemon.greeting import greeting
    from abacus_lsp.daemon.mirror import Mirror
    from abacus_lsp.daemon.proxy import Proxy

    def connect() -> reaching.Line:
        return reaching.reach(rendezvous.rendezvous(), greeting("serve", idle_minutes))

    try:
        line = connect()
    except reaching.Unreachable as error:
        log.warning("no daemon, so the model runs for this editor alone: %s", error)
        return None
    mirror = Mirror(environment.locale(os.environ))
    return Proxy(connect, mirror, sys.stdin.fileno(), _protocol()).run(line)


def _alone() -> int:
    """Serve in this process."""
    from abacus_lsp import configuration
    from abacus_lsp.ceiling import Ceiling, resident
    from abacus_lsp.cli import compose
    from abacus_lsp.host import Hosts
    from abacus_lsp.indexes import Indexes
    from abacus_lsp.ledger import Ledger, statistics_folder
    from abacus_lsp.meter import Meter
    from abacus_lsp.server import AbacusServer, connection, handlers, room
    from abacus_lsp.session import Session
    from abacus_lsp.workspace import Folders, index_cache

    settings, problems = configuration.from_user_file()
    for problem in problems:
        log.warning("%s", problem)
    hosts = Hosts(compose.load, compose.fetch)
    ceiling = Ceiling(lambda: resident() - hosts.resident)
    tell = logging.getLogger("abacus_lsp.workspace").warning
    indexes = Indexes(tell, index_cache(), ceiling=ceiling)
    folders = Folders(tell, indexes=indexes)
    ledger = Ledger(statistics_folder(), Meter().lap)
    server = AbacusServer(lambda tell, ready: Session(hosts, folders, tell, ready), settings, ledger)
    folders.on_share = server.indexed
    handlers.register(server)
    room.join(server, ceiling)
    sink = os.fdopen(_protocol(), "wb")
    connection.over_stdio(server, sys.stdin.fileno(), sink, beside=lambda: ceiling.keep(indexes))
    server.session.close()
    return 0 if server.left_politely else 1


def _protocol() -> int:
    """The real standard output, for the protocol only; whatever else prints there goes to standard error."""
    protocol = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return protocol


def _minutes(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 10_080:
        raise argparse.ArgumentTypeError(f"expected minutes from 0 to 10080, not {text!r}")
    return number


def _log_to(file: Path | None, level: str) -> None:
    logging.basicConfig(
        filename=file,
        encoding="utf-8" if file else None,
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    if level != "debug":
        # pygls logs whole messages, source text included, also with its errors; those are told by the server itself.
        logging.getLogger("pygls").setLevel(logging.CRITICAL)
