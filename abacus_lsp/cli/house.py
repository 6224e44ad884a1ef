"""The daemon's process: names the concrete parts, keeps its log small, ends for good."""

import asyncio
import faulthandler
import logging
import logging.handlers
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any, Final

import psutil

from abacus_lsp import configuration
from abacus_lsp.ceiling import Ceiling, resident
from abacus_lsp.cli import compose
from abacus_lsp.daemon.greeting import Greeting
from abacus_lsp.daemon.house import House
from abacus_lsp.daemon.models import Models
from abacus_lsp.indexes import Indexes
from abacus_lsp.ledger import Ledger, statistics_folder
from abacus_lsp.meter import Meter
from abacus_lsp.server import AbacusServer, handlers, room
from abacus_lsp.server.connection import converse
from abacus_lsp.session import Session
from abacus_lsp.workspace import Folders, index_cache

_MOST_LOG: Final = 1 << 20  # bytes; one older file is kept
_OLD_LOG_S: Final = 14 * 24 * 3600.0

log = logging.getLogger(__name__)


def run(listener: int, path: Path, lock: Path, log_file: Path) -> int:
    """Be the daemon on the socket behind the descriptor `listener`. Does not return: engines' threads are not waited for."""
    _log_to(log_file)
    try:
        code = asyncio.run(_live(socket.socket(fileno=listener), path, lock, log_file))
    except BaseException:
        log.exception("the daemon ends")
        code = 1
    logging.shutdown()
    os._exit(code)


async def _live(listener: socket.socket, path: Path, lock: Path, log_file: Path) -> int:
    models = Models(compose.load, compose.fetch)
    ceiling = Ceiling(lambda: resident() - models.resident)
    tell = logging.getLogger("abacus_lsp.workspace").warning
    indexes = Indexes(tell, index_cache(), aside=True, ceiling=ceiling)
    meter = Meter()

    async def serve(said: Greeting, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = _server(said, models, indexes, meter)
        room.join(server, ceiling)
        try:
            await converse(server, reader, writer)
        finally:
            room.leave(server, ceiling)

    async def told() -> dict[str, Any]:
        memory = await asyncio.to_thread(_memory)
        held = [
            {"folders": [str(root) for root in roots], "files": files, "clients": clients}
            for roots, files, clients in indexes.told()
        ]
        own = {"counted": ceiling.measure(), "limit": ceiling.bytes}
        return {"models": models.told(), "indexes": held, "memory": memory, "own": own, "log": str(log_file)}

    house = House(listener, path, lock, serve, told)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, house.leave, signal.Signals(number).name)
    log.info("up, process %d, %s", os.getpid(), sys.executable)
    keeping = asyncio.create_task(ceiling.keep(indexes))
    await house.stay()
    keeping.cancel()
    await asyncio.to_thread(indexes.settle)
    return 0


def _server(said: Greeting, models: Models, indexes: Indexes, meter: Meter) -> AbacusServer:
    """A server for one client, over what all share; its settings file and environment are the client's."""
    settings, problems = configuration.from_user_file(said.environment)
    for problem in problems:
        log.warning("client %d: %s", said.pid, problem)
    folders = Folders(log.warning, indexes=indexes)
    hosts = models.of(said.environment, Path(said.folder))
    ledger = Ledger(statistics_folder(), meter.lap)
    server = AbacusServer(lambda tell, ready: Session(hosts, folders, tell, ready), settings, ledger)
    folders.on_share = server.indexed
    handlers.register(server)
    return server


def _memory() -> dict[str, int]:
    """Bytes of this process and its children; PSS (shared pages counted once) where the system tells."""
    own = psutil.Process()
    total: dict[str, int] = {}
    for process in [own, *own.children(recursive=True)]:
        try:
            held = process.memory_full_info()
        except psutil.Error:
            continue
        for name in ("rss", "pss"):
            if hasattr(held, name):
                total[name] = total.get(name, 0) + getattr(held, name)
    return total


class _OwnLog(logging.handlers.RotatingFileHandler):
    """Also takes what native code prints, past the change of files."""

    def doRollover(self) -> None:  # noqa: N802  (logging's name)
        super().doRollover()
        self.take()

    def take(self) -> None:
        """Let standard output and error write to the present file."""
        sys.stdout.flush()
        sys.stderr.flush()
        stream = self._open() if self.stream is None else self.stream  # pyright: ignore[reportUnnecessaryComparison]
        for descriptor in (1, 2):
            os.dup2(stream.fileno(), descriptor)


def _log_to(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _OwnLog(file, maxBytes=_MOST_LOG, backupCount=1, encoding="utf-8")
    handler.take()
    logging.basicConfig(
        handlers=[handler], level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # pygls logs whole messages, source text included, also with its errors; those are told by the server itself.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    faulthandler.enable()
    _sweep(file)


def _sweep(own: Path) -> None:
    """Remove logs of daemons of long ago: every version has its own."""
    for file in own.parent.glob("*.log*"):
        try:
            if file != own and time.time() - file.stat().st_mtime > _OLD_LOG_S:
                file.unlink()
        except OSError:
            continue
