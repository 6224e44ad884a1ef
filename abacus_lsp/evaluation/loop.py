"""`abacus-lsp bench loop`: does the server answer while the model works, and how soon does a cancel free the model.

Knows a server process, its protocol's frames, engines and clocks. Must not know how either works inside. A loop
that is free answers a request for an unknown method at once: that round trip, measured by a client in another
process, is the loop's delay and whatever the machine adds to it.
"""

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, Final

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.engines.abilities import Prefilling
from abacus_lsp.engines.base import Engine, Sampling
from abacus_lsp.evaluation.report import CannotMeasure, Check, Suite
from abacus_lsp.prompts.prompt import Part, Prompt

MOST_DELAY_MS: Final = 10.0
MOST_CANCEL_MS: Final = 50.0  # and one token
_PING: Final = "abacus/nothing"
_PAUSE_S = 0.005  # between two pings
_WAIT_S = 120.0


class Client:
    """A language client that asks for completions and, meanwhile, for nothing."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._in, self._out = process, process.stdin, process.stdout
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = 0
        self.state = ""
        self._changed = asyncio.Event()
        self._reader = asyncio.ensure_future(self._read())

    @classmethod
    async def start(cls, command: Sequence[str]) -> "Client":
        """A server with the settings' defaults, whatever the user's file says."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "ABACUS_CONFIG": os.devnull},
        )
        return cls(process)

    def tell(self, method: str, params: Any) -> None:
        """A notification."""
        self._write({"method": method, "params": params})

    async def ask(self, method: str, params: Any) -> dict[str, Any]:
        """A request; the whole answer, errors included."""
        self._ids += 1
        answer = self._waiting[self._ids] = asyncio.get_running_loop().create_future()
        self._write({"id": self._ids, "method": method, "params": params})
        return await asyncio.wait_for(answer, _WAIT_S)

    async def until_ready(self) -> None:
        """Wait for the model.

        Raises:
            CannotMeasure: there is none.
        """
        while self.state not in ("ready", "busy"):
            self._changed.clear()
            await asyncio.wait_for(self._changed.wait(), _WAIT_S)
            if self.state == "error":
                raise CannotMeasure("the server cannot load the model: see `abacus-lsp doctor`")

    async def stop(self) -> None:
        """End the server."""
        self._reader.cancel()
        self._process.kill()
        await self._process.wait()

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._in.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def _read(self) -> None:
        while header := await self._out.readline():
            length = int(header.partition(b":")[2])
            while (await self._out.readline()).strip():
                pass
            message = json.loads(await self._out.readexactly(length))
            if "method" not in message:
                self._waiting.pop(message["id"]).set_result(message)
            elif "id" in message:
                self._write({"id": message["id"], "result": None})
            elif message["method"] == "$/abacus/status":
                self.state = message["params"]["state"]
                self._changed.set()


async def delays(command: Sequence[str], model: str, path: Path, asks: int) -> dict[str, list[float]]:
    """Round trips in milliseconds: "idle", and "busy" while the server owes a completion.

    Every completion is asked at another place of `path`, so that the server parses, retrieves, tokenises, reads
    and writes; its folder is the workspace.

    Raises:
        CannotMeasure: the server does not run the model.
    """
    text = await asyncio.to_thread(path.read_text, encoding="utf-8")
    client = await Client.start(command)
    try:
        return await _delays(client, model, path, text, asks)
    except (TimeoutError, asyncio.IncompleteReadError) as error:
        raise CannotMeasure("the server does not answer") from error
    finally:
        await client.stop()


async def _delays(client: Client, model: str, path: Path, text: str, asks: int) -> dict[str, list[float]]:
    uri = path.as_uri()
    options = {"model": model, "completion": {"debounceMs": 0, "deadlineMs": 20_000}}
    folder = {"uri": path.parent.as_uri(), "name": path.parent.name}
    await client.ask(
        "initialize",
        {
            "processId": None,
            "rootUri": folder["uri"],
            "workspaceFolders": [folder],
            "capabilities": {"general": {"positionEncodings": ["utf-32"]}},
            "initializationOptions": options,
        },
    )
    client.tell("initialized", {})
    document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    client.tell("textDocument/didOpen", {"textDocument": document})
    await client.until_ready()
    idle = [await _ping(client) for _ in range(200)]
    lines = text.split("\n")
    places = [number for number, line in enumerate(lines) if line.startswith("    ") and line.strip()]
    busy: list[float] = []
    for line in places[:: max(len(places) // asks, 1)][:asks]:
        at = {"line": line, "character": len(lines[line])}
        context = {"triggerKind": 1}
        asked = asyncio.ensure_future(
            client.ask(
                "textDocument/inlineCompletion",
                {"textDocument": {"uri": uri}, "position": at, "context": context},
            )
        )
        while not asked.done():
            busy.append(await _ping(client))
            await asyncio.sleep(_PAUSE_S)
        if "error" in asked.result():
            raise CannotMeasure(f"a completion failed: {asked.result()['error']}")
    return {"idle": idle, "busy": busy}


async def _ping(client: Client) -> float:
    began = time.perf_counter()
    await client.ask(_PING, None)
    return (time.perf_counter() - began) * 1000


# --- cancel


def cancels(engine: Engine, text: str, runs: int, tick: Callable[[], None]) -> dict[str, float]:
    """Milliseconds by which a cancel delays the next question, while writing and while reading a long prompt.

    The next question is one token's reading in the same cache, so it waits until the engine is idle; what it
    takes on an idle engine is subtracted. Medians.

    Raises:
        CannotMeasure: the engine cannot be asked for reading alone.
    """
    if not (isinstance(engine, Prefilling) and engine.can_prefill()):
        raise CannotMeasure(f"{engine.info.engine} cannot read without writing")
    reader = engine  # known to read

    def milliseconds(prompt: Prompt) -> float:
        began = time.perf_counter()
        reader.prefill(prompt, CancelToken())
        return (time.perf_counter() - began) * 1000

    known = _prompt(text[: len(text) // 4])
    milliseconds(known)
    token_ms = _token_ms(engine, known)
    alone = median(milliseconds(known) for _ in range(runs))
    writing, reading = list[float](), list[float]()
    for run in range(runs):
        token = CancelToken()
        stream = engine.stream(known, Sampling(400), token)
        for _ in range(6):
            next(stream)
        token.cancel("superseded")
        writing.append(milliseconds(known) - alone)
        token = CancelToken()
        timer = threading.Timer(0.2, token.cancel, ("superseded",))
        timer.start()
        with suppress(Cancelled):
            reader.prefill(_prompt(f"# {run}\n{text}"), token)
        # Its own beginning: what was read of it is there, so one token is to be read here, too.
        reading.append(milliseconds(_prompt(f"# {run}\n")) - alone)
        timer.join()
        milliseconds(known)
        tick()
    return {
        "token_ms": token_ms,
        "cancel_idle_ms": max(median(writing), 0.0),
        "cancel_idle_reading_ms": max(median(reading), 0.0),
    }


def _token_ms(engine: Engine, prompt: Prompt) -> float:
    began = time.perf_counter()
    pieces = list(engine.stream(prompt, Sampling(32, lookup=False), CancelToken()))
    taken = (time.perf_counter() - began) * 1000
    usage = pieces[-1].usage
    return taken / max((usage.generated if usage is not None else None) or 1, 1)


def _prompt(text: str) -> Prompt:
    return Prompt((Part(text, "prefix"),))


def report(found: dict[str, list[float]], cancelled: dict[str, float]) -> Suite:
    """The suite from round trips and from what `cancels` gave."""

    def quantile(name: str, share: float) -> float:
        values = sorted(found[name])
        return values[min(int(len(values) * share), len(values) - 1)]

    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    metrics: dict[str, Any] = {
        "pings": {name: len(values) for name, values in found.items()},
        "round_trip_ms": {
            name: {label: quantile(name, share) for label, share in shares.items()} for name in found
        },
        **cancelled,
    }
    most = cancelled["token_ms"] + MOST_CANCEL_MS
    checks = (
        Check("loop_delay_ms_p99", quantile("busy", 0.99), at_most=MOST_DELAY_MS),
        Check("cancel_idle_ms", cancelled["cancel_idle_ms"], at_most=most),
    )
    return Suite("loop", metrics, checks)
