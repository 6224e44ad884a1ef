"""A plain LSP client over standard input and output, for tests that start the real server.

Nothing of pygls here: what is on the wire is what an editor sees.
"""

import itertools
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

WAIT_S = 120.0
INLINE = {"textDocument": {"inlineCompletion": {"dynamicRegistration": False}}}


class LspError(Exception):
    """The server answered with an error; `args[0]` is its object."""


class Client:
    """Starts `abacus-lsp` and speaks to it. Use as a context manager. Without arguments: no daemon, all in one."""

    def __init__(
        self, args: list[str] | None = None, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "abacus_lsp", *(["--no-daemon"] if args is None else args)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            cwd=cwd or Path(__file__).parent.parent,
        )
        self._ids = itertools.count(1)
        self._answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self.answered: list[int] = []
        self.notifications: list[dict[str, Any]] = []
        self._questions: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self.configuration: dict[str, Any] | None = None
        self.refused = ""  # a method of the server's that this client answers with an error
        self.process_id = os.getpid()
        self._stderr: list[bytes] = []
        self._threads = [
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._drain, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> str:
        """The latest state that the server told."""
        with self._news:
            states = [m["params"]["state"] for m in self.notifications if m["method"] == "$/abacus/status"]
        return states[-1] if states else ""

    def wait(self, timeout: float = 30) -> int:
        """The process's exit code, once it leaves by itself."""
        return self._process.wait(timeout)

    @property
    def stderr(self) -> str:
        return b"".join(self._stderr).decode(errors="replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream:
                stream.close()
        for thread in self._threads:
            thread.join(5)

    def initialize(
        self,
        *,
        encodings: list[str] | None = None,
        options: Mapping[str, Any] | None = None,
        folder: Path | None = None,
        capabilities: Mapping[str, Any] | None = None,
        locale: str = "",
        wait: bool = True,
    ) -> dict[str, Any]:
        """Handshake; with `wait`, until the model is ready (or failed)."""
        held = dict(capabilities if capabilities is not None else INLINE)
        if encodings:
            held["general"] = {"positionEncodings": encodings}
        if self.configuration is not None:
            held["workspace"] = {"configuration": True}
        result = self.request(
            "initialize",
            {
                "processId": self.process_id,
                "rootUri": None,
                "capabilities": held,
                "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}] if folder else None,
                "initializationOptions": dict(options or {}),
                **({"locale": locale} if locale else {}),
            },
        )
        self.notify("initialized", {})
        if wait:
            self.wait_status("ready", "error")
        return result

    def open(self, uri: str, text: str, language: str = "python") -> None:
        self.notify(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": language, "version": 1, "text": text}},
        )

    def inline(self, uri: str, line: int, character: int, kind: int = 2) -> list[dict[str, Any]]:
        """Items of one inline completion request (kind 1: invoked, 2: automatic)."""
        return self.request("textDocument/inlineCompletion", place(uri, line, character, kind))["items"]

    def start(self, method: str, params: Any) -> int:
        """Send a request without waiting for its answer."""
        number = next(self._ids)
        self._answers[number] = queue.Queue()
        self._send({"id": number, "method": method, "params": params})
        return number

    def result(self, number: int, timeout: float = WAIT_S) -> Any:
        """The answer to `start`. Raises LspError."""
        message = self._answers[number].get(timeout=timeout)
        if "error" in message:
            raise LspError(message["error"])
        return message.get("result")

    def request(self, method: str, params: Any, timeout: float = WAIT_S) -> Any:
        return self.result(self.start(method, params), timeout)

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def wait_status(self, *states: str, timeout: float = WAIT_S) -> dict[str, Any]:
        """The next (or latest) `$/abacus/status` in one of these states."""
        return self.wait_for(
            lambda message: message["method"] == "$/abacus/status" and message["params"]["state"] in states,
            timeout,
        )["params"]

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], timeout: float = WAIT_S) -> dict[str, Any]:
        """The first notification that fits, past ones included."""

        def found() -> dict[str, Any] | None:
            return next((message for message in self.notifications if wanted(message)), None)

        with self._news:
            if not self._news.wait_for(lambda: found() is not None, timeout):
                raise TimeoutError(
                    f"nothing of that kind in {self.notifications}; stderr: {self.stderr[-2000:]}"
                )
            message = found()
        assert message is not None
        return message

    def asked(self, method: str, timeout: float = WAIT_S) -> dict[str, Any]:
        """Parameters of the first request of this kind that the server made."""

        def found() -> dict[str, Any] | None:
            return next((each["params"] for each in self._questions if each["method"] == method), None)

        with self._news:
            if not self._news.wait_for(lambda: found() is not None, timeout):
                raise TimeoutError(f"the server asked only {self._questions}")
            params = found()
        assert params is not None
        return params

    def forget(self) -> None:
        """Drop the notifications seen so far."""
        with self._news:
            self.notifications.clear()

    def leave(self) -> int:
        """`shutdown`, `exit`; the process's exit code."""
        self.request("shutdown", None)
        self.notify("exit", None)
        return self._process.wait(30)

    def hang_up(self) -> int:
        """Close the pipe, as a dying editor does; the process's exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(30)

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                assert value, f"not the protocol on standard output: {header!r}"
                if name.lower() == b"content-length":
                    length = int(value)
                header = stream.readline()
            self._took(json.loads(stream.read(length)))

    def _took(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            self.answered.append(message["id"])
            self._answers[message["id"]].put(message)
        elif "id" in message:
            with self._news:
                self._questions.append(message)
                self._news.notify_all()
            self._answer(message)
        else:
            with self._news:
                self.notifications.append(message)
                self._news.notify_all()

    def _answer(self, message: dict[str, Any]) -> None:
        result: Any = None
        if message["method"] == self.refused:
            self._send({"id": message["id"], "error": {"code": -32603, "message": "Internal error"}})
            return
        if message["method"] == "workspace/configuration":
            result = [self.configuration for _ in message["params"]["items"]]
        if message["method"] == "workspace/applyEdit":
            result = {"applied": True}
        self._send({"id": message["id"], "result": result})

    def _drain(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._stderr.append(line)


def place(uri: str, line: int, character: int, kind: int = 2) -> dict[str, Any]:
    """Parameters of an inline completion request."""
    return {
        "textDocument": {"uri": uri},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": kind},
    }
