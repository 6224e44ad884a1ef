"""The process an editor starts: hands messages on between its standard input and output and the daemon.

Knows threads, pipes and when to try again; what must be kept of the session is `mirror`'s. A daemon that dies is
started again and told everything; meanwhile the editor's requests get empty answers. If none can be had, a server
of this process's own takes its place.
"""

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from abacus_lsp.daemon.framing import Frames, Malformed, framed
from abacus_lsp.daemon.mirror import Mirror, Moves
from abacus_lsp.daemon.reaching import Unreachable

log = logging.getLogger(__name__)

_PARENT_CHECK_S: Final = 2.0
_MOST_DEATHS: Final = 3  # of servers, in
_DEATHS_S: Final = 60.0
_LAST_ANSWER_S: Final = 2.0
_GIVE_UP: Final = 6  # then there is none to be had, and the editor should know


class Server(Protocol):
    """Where messages go: the daemon, or a process of our own."""

    def read(self) -> bytes:
        """What arrives next; empty at the end."""
        ...

    def write(self, data: bytes) -> None:
        """Send; errors are noticed by `read`."""
        ...

    def close(self) -> None:
        """Let it go."""
        ...


Connect = Callable[[], Server]
"""A daemon's line. Raises `Unreachable`."""


class Proxy:
    """One editor's go-between.

    Args:
        connect: reaches the daemon, again when it was lost.
        mirror: what is known of the session.
        source, sink: descriptors of the editor's ends.
    """

    def __init__(self, connect: Connect, mirror: Mirror, source: int, sink: int) -> None:
        self._connect = connect
        self._mirror = mirror
        self._source, self._sink = source, sink
        self._server: Server | None = None
        self._deaths: list[float] = []
        self._turn = (
            threading.Condition()
        )  # of the mirror, and of the order in which both sides are written to
        self._watched = False
        self._leaving = False

    def run(self, server: Server) -> int:
        """Hand on until the editor leaves. 0 after `shutdown` and `exit`, 1 when it just went away."""
        self._server = server
        threading.Thread(target=self._listen, args=(server,), name="from-server", daemon=True).start()
        frames = Frames()
        try:
            while not self._mirror.left and (data := os.read(self._source, 1 << 16)):
                for body in frames.feed(data):
                    self._from_client(body)
        except (OSError, Malformed) as error:
            log.warning("the editor's side ends: %s", error)
        with self._turn:
            if self._mirror.left:  # some say `exit` in one breath with `shutdown`
                self._turn.wait_for(lambda: not self._mirror.owes_shutdown, _LAST_ANSWER_S)
            self._leaving = True
            server = self._server or server
            server.close()
        return 0 if self._mirror.left and self._mirror.shut_down else 1

    def _from_client(self, body: bytes) -> None:
        with self._turn:
            self._move(self._mirror.from_client(body))
        parent = self._mirror.process_id
        if parent and not self._watched:
            self._watched = True
            threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()

    def _listen(self, server: Server | None) -> None:
        while server is not None:
            frames = Frames()
            try:
                while data := server.read():
                    bodies = frames.feed(data)
                    with self._turn:
                        for body in bodies:
                            self._move(self._mirror.from_server(body))
                        self._turn.notify_all()
            except Malformed as error:
                log.warning("the daemon does not speak the protocol: %s", error)
            server.close()
            server = self._next()

    def _next(self) -> Server | None:
        """Another server, told everything; None when the editor is leaving."""
        with self._turn:
            if self._leaving:
                return None
            self._move(self._mirror.lost())
            self._turn.notify_all()
            if self._mirror.shut_down:
                return None
        server = self._another()
        with self._turn:
            if self._has_left():
                server.close()
                return None
            self._server = server
            self._move(self._mirror.found())
        return server

    def _has_left(self) -> bool:
        return self._leaving  # asked again: it may have changed while another server was looked for

    def _another(self) -> Server:
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < _DEATHS_S] + [now]
        if len(self._deaths) > _GIVE_UP:
            log.error("no server stays alive: giving up, so that the editor can tell")
            os._exit(1)
        if len(self._deaths) <= _MOST_DEATHS:
            try:
                log.warning("the daemon is gone: starting it again")
                return self._connect()
            except Unreachable as error:
                log.warning("no daemon: %s", error)
        log.warning("going on with a server of this editor's own")
        return OwnProcess()

    def _move(self, moves: Moves) -> None:
        if moves.to_client:
            _write(self._sink, b"".join(framed(body) for body in moves.to_client))
        if moves.to_server and self._server is not None:
            self._server.write(b"".join(framed(body) for body in moves.to_server))


class OwnProcess:
    """`abacus-lsp serve --no-daemon` in a child, for an editor whose daemon cannot be had any more."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "abacus_lsp", "serve", "--no-daemon"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def read(self) -> bytes:
        """What arrives next; empty at the end."""
        assert self._process.stdout is not None
        return os.read(self._process.stdout.fileno(), 1 << 16)

    def write(self, data: bytes) -> None:
        """Send; errors are noticed by `read`."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            _write(self._process.stdin.fileno(), data)

    def close(self) -> None:
        """End it; it holds nothing that is not in the mirror."""
        self._process.kill()
        self._process.wait()


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _watch(parent: int) -> None:
    """Leave when the editor is gone, even if it left our standard input open in another child."""
    while _alive(parent):
        time.sleep(_PARENT_CHECK_S)
    log.warning("the parent process %d is gone", parent)
    os._exit(1)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's: it lives
        return True
    return True
