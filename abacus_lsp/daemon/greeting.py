"""The first message each way between a client process and the daemon: who speaks, what for, in which environment.

Values and their JSON; must not know sockets. The greeting may hold API keys: it crosses a private socket between two
processes of one user, and is never logged.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, cast

from abacus_lsp import __version__

PROTOCOL: Final = 1
Purpose = Literal["serve", "status", "stop"]


class Refused(Exception):
    """The other side is not who was looked for; the message says why."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a client process says first.

    Attributes:
        purpose: to serve an editor (the rest of the stream is LSP), or a question.
        pid: of the client process.
        folder: its working folder; relative paths in settings are seen from there.
        environment: its environment: API keys, and the settings file. Empty for a question.
        idle_minutes: how long the daemon is to stay without clients.
    """

    purpose: Purpose
    pid: int
    folder: str
    environment: dict[str, str] = field(repr=False)
    idle_minutes: float = 10.0
    version: str = __version__
    protocol: int = PROTOCOL

    def as_bytes(self) -> bytes:
        """As a message's body."""
        return json.dumps(asdict(self)).encode()


def greeting(purpose: Purpose, idle_minutes: float = 10.0) -> Greeting:
    """This process's greeting. A relative ABACUS_CONFIG is made absolute: the daemon has another working folder."""
    environment = dict(os.environ) if purpose == "serve" else {}
    if named := environment.get("ABACUS_CONFIG"):
        environment["ABACUS_CONFIG"] = str(Path(named).absolute())
    return Greeting(purpose, os.getpid(), str(Path.cwd()), environment, idle_minutes)


def read_greeting(body: bytes) -> Greeting:
    """What a client said.

    Raises:
        Refused: it is none of ours, or of another version.
    """
    try:
        held = json.loads(body)
        said = Greeting(**held)
    except (ValueError, TypeError) as error:
        raise Refused("not a greeting of abacus-lsp") from error
    if (said.protocol, said.version) != (PROTOCOL, __version__):
        raise Refused(f"the daemon is abacus-lsp {__version__}, the client {said.version}")
    return said


def reply(**told: Any) -> bytes:
    """The daemon's answer to a greeting, as a message's body."""
    return json.dumps({"abacus": PROTOCOL, "version": __version__, "pid": os.getpid(), **told}).encode()


def read_reply(body: bytes) -> dict[str, Any]:
    """What the daemon answered.

    Raises:
        Refused: it does not want us, or it is no daemon of ours.
    """
    try:
        held = json.loads(body)
    except ValueError:
        held = None
    if not isinstance(held, dict) or "abacus" not in held:
        raise Refused("what answers at the socket is no daemon of abacus-lsp")
    told = cast("dict[str, Any]", held)
    if "refused" in told:
        raise Refused(str(told["refused"]))
    return told
