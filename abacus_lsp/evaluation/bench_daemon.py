"""`abacus-lsp bench daemon`: memory and first answers of several editors with one daemon, and with a server each.

Knows processes and their memory, LSP clients. Must not know how a daemon is found or started: `serve` does that.
The figure is PSS: memory that several processes share is counted once, in equal parts. Every process that was
started here is known by a variable in its environment, which a daemon of its own comes with, too.
"""

import asyncio
import contextlib
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import psutil

from abacus_lsp.evaluation.report import CannotMeasure, Check, Suite
from abacus_lsp.evaluation.typing.lsp_client import LspClient
from abacus_lsp.evaluation.typing.screen import Document, Screen

MOST_RATIO: Final = 0.6
MARK: Final = "ABACUS_BENCH_MARK"
_SERVE: Final = (sys.executable, "-m", "abacus_lsp", "serve")
_ANSWER_S: Final = 180.0
_LINES: Final = 400

KINDS: Final[Mapping[str, tuple[str, ...]]] = {"daemon": _SERVE, "separate": (*_SERVE, "--no-daemon")}


def measure(options: Mapping[str, Any], clients: int, folder: Path, tick: Callable[[], None]) -> Suite:
    """Start `clients` editors of each kind, let each have an answer in a file of its own, and add up.

    Args:
        options: `initializationOptions`, with the context given: the KV cache is the same for both kinds.
        clients: at the same time.
        folder: the workspace of all.
        tick: called after each kind.

    Raises:
        CannotMeasure: a server does not come up, or this system does not tell PSS.
    """
    if not sys.platform.startswith("linux"):
        raise CannotMeasure("bench daemon reads PSS, which only Linux tells")
    found: dict[str, dict[str, Any]] = {}
    for kind, command in KINDS.items():
        found[kind] = asyncio.run(_kind(command, options, clients, folder))
        tick()
    return report(found, clients)


def report(found: Mapping[str, Mapping[str, Any]], clients: int) -> Suite:
    """The suite from the rows "daemon" and "separate" with their `pss_mb` and `model_processes`."""
    ratio = found["daemon"]["pss_mb"] / found["separate"]["pss_mb"]
    metrics = {"clients": clients, "memory": dict(found)}
    checks = (
        Check("daemon_memory_ratio", ratio, at_most=MOST_RATIO),
        Check("daemon_model_processes", found["daemon"]["model_processes"], at_most=1),
    )
    return Suite("daemon", metrics, checks)


async def _kind(
    command: tuple[str, ...], options: Mapping[str, Any], clients: int, folder: Path
) -> dict[str, Any]:
    mark = secrets.token_hex(8)
    started = [LspClient(f"client {number}", Screen(time.perf_counter)) for number in range(clients)]
    try:
        # One after the other: what is measured is memory, not the race.
        seconds: list[float] = []
        for number, client in enumerate(started):
            began = time.perf_counter()
            await client.start(options, folder, command, {MARK: mark})
            await _answered(client, document(folder, number))
            seconds.append(round(time.perf_counter() - began, 2))
        processes = marked(mark)
        return {
            "pss_mb": sum(process.memory_full_info().pss for process in processes) / 1e6,
            "first_answer_s": seconds,
            "processes": len(processes),
            "model_processes": sum("llama_child" in " ".join(each.cmdline()) for each in processes),
        }
    finally:
        for client in started:
            await client.end()
        for process in marked(mark):  # a daemon that still waits for the next editor: ours, by its mark
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def document(folder: Path, number: int) -> Document:
    """A file long enough to fill the window, other than every other client's."""
    lines = [f"def step_{number}_{line}(a, b):\n    return a * {line} + b\n" for line in range(_LINES // 2)]
    text = "\n".join(lines) + "\nvalue = "
    path = folder / f"bench_{number}.py"
    return Document(path.as_uri(), str(path), "python", text, len(text), 1)


async def _answered(client: LspClient, state: Document) -> None:
    client.screen.begin(state.version)
    await client.open(state)
    await client.screen.settled(_ANSWER_S)
    if client.failed is not None:
        raise client.failed
    if client.screen.views[state.version].settled is None:
        raise CannotMeasure(f"{client.name} has no answer after {_ANSWER_S:.0f} s")


def marked(mark: str) -> list[psutil.Process]:
    """All processes whose environment carries the mark."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                found.append(process)
    return found
