"""To the daemon, started if need be: one for ten clients that arrive at once.

Knows sockets, the lock and how the process is started; must not know LSP. Whoever holds the lock looks whether a
daemon answers, else makes the listening socket and hands it to a new process: from then on others connect, and
wait for it to answer.
"""

import contextlib
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import IO, Any, Final

from abacus_lsp.daemon import environment, peer, rendezvous
from abacus_lsp.daemon.framing import Frames, Malformed, framed
from abacus_lsp.daemon.greeting import Greeting, Refused, read_reply
from abacus_lsp.daemon.rendezvous import Rendezvous, Unsafe

_LOCK_S: Final = 10.0  # a starter holds it for some milliseconds
_ANSWER_S: Final = 20.0  # a daemon starts in half a second; ten at once on a busy machine take longer
_SEND_S: Final = 30.0  # a daemon that takes nothing for so long is as good as dead
_TRIES: Final = 3
_BACKLOG: Final = 64


class Unreachable(Exception):
    """No daemon can be had; the message says why."""


class Line:
    """A connection to the daemon, past the greeting. `read` belongs to one thread, `write` to one at a time."""

    def __init__(self, connection: socket.socket, told: dict[str, Any]) -> None:
        self.told = told
        self._socket = connection

    def read(self) -> bytes:
        """What arrives next; empty when the daemon is gone."""
        try:
            return self._socket.recv(1 << 16)
        except OSError:
            return b""

    def write(self, data: bytes) -> None:
        """Send; a daemon that is gone, or takes nothing for long, is noticed by `read`."""
        try:
            self._socket.sendall(data)
        except OSError:
            self.close()

    def close(self) -> None:
        """Hang up. `read` returns."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


def reach(at: Rendezvous, greeting: Greeting) -> Line:
    """A line to the daemon at `at`; one is started if there is none.

    Raises:
        Unreachable: it cannot be started or does not answer.
    """
    problem = "it ended while it was greeted"
    for _ in range(_TRIES):
        try:
            connection = _connected(at.socket) or _started(at)
        except (OSError, subprocess.SubprocessError, Unsafe) as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from error
        try:
            return greet(connection, greeting)
        except TimeoutError as error:  # it is there and hangs: another could not take its place
            raise Unreachable(f"it does not answer; see {at.log}") from error
        except (OSError, EOFError) as error:  # it left just now: the next one is ours to start
            problem = f"{error}"
        except Refused as error:
            raise Unreachable(str(error)) from error
    raise Unreachable(problem)


def ask(socket_path: Path, greeting: Greeting) -> dict[str, Any] | None:
    """What the daemon at this socket answers to a question; None when there is none.

    Raises:
        Unreachable: there is one, and it does not answer as it should.
    """
    try:
        connection = _connected(socket_path)
        if connection is None:
            return None
        with connection:
            return greet(connection, greeting).told
    except (OSError, EOFError, Refused, Unsafe) as error:
        raise Unreachable(str(error)) from error


def greet(connection: socket.socket, greeting: Greeting) -> Line:
    """Greet and wait for the answer. Raises OSError, EOFError when it hangs up, Refused; the socket is then closed."""
    frames = Frames()
    try:
        connection.settimeout(_ANSWER_S)
        connection.sendall(framed(greeting.as_bytes()))
        while data := connection.recv(1 << 16):
            bodies = frames.feed(data)
            if bodies:
                told = read_reply(bodies[0])
                connection.settimeout(None)
                _limit_sending(connection)
                # Nothing follows: the daemon says no more before it is spoken to.
                return Line(connection, told)
    except Malformed as error:
        connection.close()
        raise Refused(str(error)) from error
    except (OSError, Refused):
        connection.close()
        raise
    connection.close()
    raise EOFError("it hung up")


def _limit_sending(connection: socket.socket) -> None:
    """A write that gets nowhere fails after a while; reads wait as long as it takes."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(_SEND_S), 0))


def _connected(path: Path) -> socket.socket | None:
    """A connection to whoever listens there; None when nobody does."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
        user = peer.user_of(connection)
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    except OSError:
        connection.close()
        raise
    if user is not None and user != os.getuid():
        connection.close()
        raise Unsafe(f"{path} is another user's")
    return connection


def _started(at: Rendezvous) -> socket.socket:
    """A connection to the daemon that we, or somebody a moment before us, started."""
    rendezvous.prepare(at.socket.parent)
    with locked(at.lock):
        connection = _connected(at.socket)
        if connection is not None:
            return connection
        at.socket.unlink(missing_ok=True)  # of one that was killed
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(at.socket))
            at.socket.chmod(0o600)
            listener.listen(_BACKLOG)
            _spawn(at, listener.fileno())
        connection = _connected(at.socket)
    if connection is None:
        raise ConnectionRefusedError(f"the daemon does not start; see {at.log}")
    return connection


@contextlib.contextmanager
def locked(path: Path, seconds: float = _LOCK_S) -> Generator[None]:
    """Hold the lock of a rendezvous. Raises TimeoutError (an OSError) when another holds it for long."""
    import fcntl  # noqa: PLC0415  (not on Windows, which has no daemon)

    with path.open("a+b") as file:
        end = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise TimeoutError(f"{path} is held by another process") from None
                time.sleep(0.01)
        yield


def _spawn(at: Rendezvous, listener: int) -> None:
    """Start the daemon with the listening socket, in a session of its own and as nobody's child.

    An editor that ends its children, and theirs, must not end it: the shell starts it and leaves at once.
    """
    at.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "abacus_lsp", "daemon", "run", "--listen-fd", str(listener)]
    command += ["--socket", str(at.socket), "--lock", str(at.lock), "--log-file", str(at.log)]
    with _log(at.log) as log:
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *command],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(listener,),
            start_new_session=True,
            cwd="/",
            env=_environment(os.environ),
        )


def _log(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def _environment(held: Mapping[str, str]) -> dict[str, str]:
    """The daemon's environment; code of a checkout is found where it is."""
    given = environment.given(held)
    if not rendezvous.is_installed():
        paths = [str(rendezvous.code_root()), *filter(None, [given.get("PYTHONPATH")])]
        given["PYTHONPATH"] = os.pathsep.join(paths)
    return given
