"""A llama.cpp server in a child process, and HTTP requests to it: what the peers' clients stand on.

Knows processes, `/completion`, `/tokenize`. Must not know what a client asks or shows.
"""

import asyncio
import contextlib
import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.typing.screen import Cost

_START_S: Final = 180.0
_ANSWER_S: Final = 120.0
# As our own engine's process: without it two threads wait for each other on a busy machine.
_PATIENT: Final = {"GOMP_SPINCOUNT": "1000"}


@dataclass(frozen=True, slots=True)
class Machine:
    """What all clients share: the model file and how it is run.

    Attributes:
        path: the GGUF file.
        threads: of the CPU.
        context: tokens reserved.
        gpu_layers: -1: all that fit.
    """

    path: Path
    threads: int
    context: int
    gpu_layers: int = -1


@dataclass(frozen=True, slots=True)
class Answer:
    """What `/completion` gave."""

    text: str
    cost: Cost


class Peer:
    """A llama.cpp server over HTTP. `started` makes one with its process; tests give an address."""

    def __init__(
        self, address: str, key: str = "", process: asyncio.subprocess.Process | None = None
    ) -> None:
        from httpx2 import AsyncClient, Limits, Timeout  # noqa: PLC0415  (90 ms)

        self._process = process
        self._http: AsyncClient = AsyncClient(
            base_url=address,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=Timeout(_ANSWER_S),
            trust_env=False,
            # A connection of its own for each request: the server may close an idle one at the wrong moment.
            limits=Limits(max_keepalive_connections=0),
        )
        self._ids: dict[str, list[int]] = {}

    @classmethod
    async def started(cls, machine: Machine) -> "Peer":
        """Start the server and wait for its model.

        Raises:
            CannotMeasure: it does not come up.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "abacus_lsp.evaluation.typing.peer_server",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_PATIENT | os.environ,
        )
        key = secrets.token_urlsafe(16)
        options = {
            "path": str(machine.path), "key": key, "context": machine.context,
            "threads": machine.threads, "gpu_layers": machine.gpu_layers,
        }  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(options).encode() + b"\n")
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _START_S)
        except TimeoutError:
            line = b""
        answer: dict[str, Any] = json.loads(line or b"{}")
        if "address" not in answer:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            said = answer.get("error") or "no answer"
            raise CannotMeasure(f"llama.cpp's server does not start with {machine.path}: {said}")
        return cls(answer["address"], key, process)

    @property
    def pid(self) -> int:
        """Of the server; 0 if it is not ours."""
        return self._process.pid if self._process is not None else 0

    async def end(self) -> None:
        """Close connections, end the process."""
        await self._http.aclose()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def tokens(self, text: str, *, begin: bool = False) -> list[int]:
        """Token ids, remembered by text; with `begin` those that start every prompt (the text is then empty)."""
        name = "\0" if begin else text
        found = self._ids.get(name)
        if found is None:
            answer = await self._post("/tokenize", {"content": text, "add_special": begin})
            found = self._ids[name] = [int(each) for each in answer["tokens"]]
        return found

    async def complete(self, body: Mapping[str, Any], clock: Callable[[], float]) -> Answer:
        """One `/completion`; cancelling this hangs up, which ends the server's work."""
        began = clock()
        answer = await self._post("/completion", {**body, "stream": False})
        timings = cast("dict[str, Any]", answer.get("timings") or {})
        cost = Cost(
            timings.get("cache_n"),
            timings.get("prompt_n"),
            answer.get("tokens_predicted"),
            (clock() - began) * 1000,
        )
        return Answer(str(answer.get("content", "")), cost)

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        from httpx2 import HTTPError  # noqa: PLC0415

        try:
            response = await self._http.post(path, json=body)
            response.raise_for_status()
            return response.json()
        except (HTTPError, ValueError) as error:
            raise CannotMeasure(f"llama.cpp's server: {path}: {error}") from error
