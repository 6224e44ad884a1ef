"""The other way to ask: a real `abacus-lsp serve` on standard input and output, as an editor has it.

Knows processes and the few messages an editor sends; JSON by hand, so that what is on the wire is what is measured.
Must not know suites. Positions are in UTF-32: columns are code points.
"""

import contextlib
import itertools
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import msgspec

from abacus_lsp.document import line_of
from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.route import Answer, Spot
from abacus_lsp.evaluation.start import command, framed, message
from abacus_lsp.settings import Settings

_SETTLE_S: Final = 0.25
"""From opening a file to asking: the index is to have the text of the editor by then, not the one on disk."""
_INVOKED, _AUTOMATIC = 1, 2
_CAPABILITIES: Final[dict[str, Any]] = {
    "general": {"positionEncodings": ["utf-32"]},
    "textDocument": {"inlineCompletion": {"dynamicRegistration": False}},
}


class LspRoute:
    """A server of our own for the time of one measurement. Use as a context manager.

    Args:
        settings: sent as `initializationOptions`.
        root: the workspace folder; None for single files.
    """

    def __init__(self, settings: Settings, root: Path | None = None) -> None:
        self._settings, self._root = settings, root
        self._ids = itertools.count(1)
        self._code = ""

    def __enter__(self) -> Self:
        """Start it and wait until its model is ready.

        Raises:
            CannotMeasure: it does not start, or it has no model.
        """
        # What it logs goes nowhere: a pipe that nobody reads would stop it.
        self._process = subprocess.Popen(
            (*command(), "serve", "--no-daemon"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        folders = [{"uri": self._root.as_uri(), "name": self._root.name}] if self._root else None
        asked: dict[str, Any] = {
            "processId": None,
            "rootUri": None,
            "capabilities": _CAPABILITIES,
            "workspaceFolders": folders,
            "initializationOptions": msgspec.to_builtins(self._settings),
        }
        try:
            answer = self._request("initialize", asked)
            self._notify("initialized", {})
            self._until_ready()
        except BaseException:
            self._end()
            raise
        if answer["capabilities"]["positionEncoding"] != "utf-32":
            self._end()
            raise CannotMeasure("the server does not speak UTF-32")
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # what it would not read is still to be flushed
                    stream.close()

    def ask(self, spot: Spot, *, explicit: bool = False) -> Answer:
        """See `route.Route`; the reason is the one the server's status tells.

        Raises:
            CannotMeasure: the server ends, or answers with an error.
        """
        document = {"uri": spot.path.as_uri()}
        opened = {**document, "languageId": spot.language, "version": 1, "text": spot.text}
        self._notify("textDocument/didOpen", {"textDocument": opened})
        time.sleep(_SETTLE_S)
        context = {"triggerKind": _INVOKED if explicit else _AUTOMATIC}
        self._code = ""
        start = time.perf_counter()
        params = {"textDocument": document, "position": position(spot), "context": context}
        found = self._request("textDocument/inlineCompletion", params)
        taken = time.perf_counter() - start
        self._notify("textDocument/didClose", {"textDocument": document})
        items: list[dict[str, Any]] = found["items"] if found else []
        text = inserted(spot, items[0]) if items else ""
        return Answer(text, "ok" if text else self._code, taken)

    def _until_ready(self) -> None:
        while True:
            status = self._next()
            if status.get("method") != "$/abacus/status":
                continue
            if status["params"]["state"] == "error":
                told = status["params"].get("reason", {}).get("message")
                raise CannotMeasure(told or "the server has no model")
            if status["params"]["state"] == "ready":
                return

    def _request(self, method: str, params: Any) -> Any:
        number = next(self._ids)
        self._send({"id": number, "method": method, "params": params})
        while True:
            found = self._next()
            if found.get("id") == number and "method" not in found:
                break
        if "error" in found:
            raise CannotMeasure(f"{method}: {found['error'].get('message')}")
        return found.get("result")

    def _next(self) -> dict[str, Any]:
        """The next message; questions are answered with nothing, the status is kept."""
        assert self._process.stdout is not None
        try:
            found = message(self._process.stdout)
        except ValueError as error:
            raise CannotMeasure(f"the server ended: {error}") from error
        if "method" in found and "id" in found:
            self._send({"id": found["id"], "result": None})
        elif found.get("method") == "$/abacus/status":
            self._code = found["params"].get("reason", {}).get("code", self._code)
        return found

    def _notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, body: dict[str, Any]) -> None:
        stream: IO[bytes] | None = self._process.stdin
        assert stream is not None
        try:
            stream.write(framed(body))
            stream.flush()
        except OSError as error:
            raise CannotMeasure(f"the server does not listen any more: {error}") from error


def position(spot: Spot) -> dict[str, int]:
    r"""Line and column of the cursor, both from 0; lines end at "\n", "\r\n" or "\r"."""
    before = spot.text[: spot.offset].replace("\r\n", "\n").replace("\r", "\n")
    return {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}


def inserted(spot: Spot, item: dict[str, Any]) -> str:
    """What an item adds at the cursor: its text less what of the line it replaces."""
    text = item["insertText"]
    value: str = text if isinstance(text, str) else text["value"]
    held = item.get("range")
    if held is None:
        return value
    at = position(spot)["character"]
    line = spot.text[: spot.offset].replace("\r", "\n").rpartition("\n")[2] + line_of(spot.text, spot.offset)
    before, after = line[held["start"]["character"] : at], line[at : held["end"]["character"]]
    return value.removeprefix(before).removesuffix(after) if after else value.removeprefix(before)
