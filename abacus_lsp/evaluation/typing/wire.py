"""The Language Server Protocol as a client sees it, over the pipes of a child process.

Knows frames, ids, processes. Must not know completions. Everything happens on the event loop that started it.
"""

import asyncio
import contextlib
import itertools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from abacus_lsp.evaluation.report import CannotMeasure

_WAIT_S: Final = 180.0

Heard = Callable[[str, dict[str, Any]], None]


class LspFailed(Exception):
    """The server answered with an error; `args[0]` is its object."""


class Wire:
    """A running server. `open` makes one; `end` kills it."""

    def __init__(self, process: asyncio.subprocess.Process, heard: Heard) -> None:
        self._process = process
        self._heard = heard
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, command: Sequence[str], env: Mapping[str, str], heard: Heard) -> "Wire":
        """Start a server.

        Args:
            command: program and arguments.
            env: added to this process's environment.
            heard: receives every notification (method, params).
        """
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, **env},
            limit=1 << 24,
        )
        return cls(process, heard)

    @property
    def pid(self) -> int:
        """Of the server's process."""
        return self._process.pid

    def notify(self, method: str, params: Any) -> None:
        """Send and forget."""
        self._send({"method": method, "params": params})

    def start(self, method: str, params: Any) -> tuple[int, asyncio.Future[Any]]:
        """Send a request: its id, and the answer to come (or `LspFailed`)."""
        number = next(self._ids)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        self._send({"id": number, "method": method, "params": params})
        return number, answer

    async def request(self, method: str, params: Any) -> Any:
        """Send a request and wait.

        Raises:
            LspFailed: it was answered with an error.
            CannotMeasure: the server does not answer.
        """
        _, answer = self.start(method, params)
        try:
            return await asyncio.wait_for(answer, _WAIT_S)
        except TimeoutError as error:
            raise CannotMeasure(f"the server did not answer {method} within {_WAIT_S:.0f} s") from error

    async def end(self) -> None:
        """Leave politely; kill what does not go."""
        with contextlib.suppress(CannotMeasure, LspFailed, OSError, TimeoutError):
            await asyncio.wait_for(self.request("shutdown", None), 10)
            self.notify("exit", None)
            await asyncio.wait_for(self._process.wait(), 10)
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        try:
            while header := await stream.readline():
                length = 0
                while header.strip():
                    name, _, value = header.partition(b":")
                    if name.strip().lower() == b"content-length":
                        length = int(value)
                    header = await stream.readline()
                self._take(json.loads(await stream.readexactly(length)))
        finally:
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(CannotMeasure("the server has gone"))
                    answer.exception()  # it is no fault of the loop's if nobody waits for it any more

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            answer = self._waiting.pop(message["id"], None)
            if answer is None or answer.done():
                return
            if "error" in message:
                answer.set_exception(LspFailed(message["error"]))
                answer.exception()
            else:
                answer.set_result(message.get("result"))
        elif "id" in message:
            self._send({"id": message["id"], "result": None})
        else:
            self._heard(message["method"], message.get("params") or {})
