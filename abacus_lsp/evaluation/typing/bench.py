"""`bench typing`: the same traces typed into several clients, side by side, in the order A B A B.

Knows which clients there are, how they are started, and in which order; their processes' CPU time and memory.
Must not know what is asked or how figures are made. One event loop, one client typing at a time; the others'
servers stay loaded and idle.
"""

import contextlib
import math
import os
import random
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from abacus_lsp.evaluation import places
from abacus_lsp.evaluation.ledger import Ledger
from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.typing import promises, traces
from abacus_lsp.evaluation.typing.llama_vim import LlamaVim
from abacus_lsp.evaluation.typing.lsp_client import LspClient
from abacus_lsp.evaluation.typing.measures import Typed
from abacus_lsp.evaluation.typing.peer import Machine, Peer
from abacus_lsp.evaluation.typing.rhythm import RHYTHMS
from abacus_lsp.evaluation.typing.ring import Ring
from abacus_lsp.evaluation.typing.screen import Screen
from abacus_lsp.evaluation.typing.stateless import Stateless
from abacus_lsp.evaluation.typing.traces import Trace
from abacus_lsp.evaluation.typing.typist import Client, replay
from abacus_lsp.settings import Settings
from retrieval.encodings import decode

CLIENTS: Final = (promises.OWN, promises.OFF, promises.VIM, promises.STATELESS)
_SLOW: Final = frozenset({promises.OFF, promises.STATELESS})
_NEIGHBOURS: Final = 8
_VISITED: Final = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be typed into whom.

    Attributes:
        clients: names out of `CLIENTS`.
        runs: how often; each run has traces of its own.
        files: traces in a run.
        keys: strokes in a trace.
        rhythm: a name out of `RHYTHMS`.
        seed: decides places, times, slips.
        cancels: the editor cancels the request before at every key (VS Code), else never (Neovim).
        everything: type every trace into the slow clients too, not one in each run.
    """

    clients: tuple[str, ...] = CLIENTS
    runs: int = 3
    files: int = 3
    keys: int = 60
    rhythm: str = "normal"
    seed: int = 0
    cancels: bool = False
    everything: bool = False

    def types(self, client: str, run: int, number: int) -> bool:
        """Whether the client gets this trace: those without reuse need 6 s for an answer on two cores."""
        return self.everything or client not in _SLOW or number == run % self.files


@dataclass(frozen=True, slots=True)
class Work:
    """A trace in a workspace, and the files visited before."""

    run: int
    number: int
    trace: Trace
    visited: tuple[str, ...]


def prepare(sources: Sequence[Path], plan: Plan, workspace: Path) -> list[Work]:
    """Choose the traces, and make a workspace of their neighbours without the traced files themselves.

    The sources take turns, so that each is typed from.

    Raises:
        CannotMeasure: there is not enough to type.
        FileNotFoundError: a source is not there.
    """
    rhythm = RHYTHMS[plan.rhythm]
    lists = [places.source_files([source]) for source in sources]
    streams = [traces.load(files, plan.seed, plan.keys, rhythm) for files in lists]
    chosen: list[Trace] = []
    while streams and len(chosen) < plan.runs * plan.files:
        stream = streams.pop(0)
        trace = next(stream, None)
        if trace is not None:
            chosen.append(trace)
            streams.append(stream)
    if len(chosen) < plan.runs * plan.files:
        raise CannotMeasure(
            f"only {len(chosen)} of {plan.runs * plan.files} files are long enough to type in: at least "
            f"{traces.LEAST_HEAD} characters above a place; name larger folders, or ask for fewer --runs or --files"
        )
    typed = {trace.path for trace in chosen}
    works: list[Work] = []
    for index, trace in enumerate(chosen):
        visited = _neighbours(trace.path, typed, workspace, random.Random(plan.seed))  # noqa: S311  (a sample)
        path = workspace / trace.path.parent.name / trace.path.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(trace.head + trace.tail, encoding="utf-8")
        run, number = divmod(index, plan.files)
        works.append(Work(run, number, replace(trace, path=path), visited))
    return works


def _neighbours(path: Path, typed: set[Path], workspace: Path, chosen: random.Random) -> tuple[str, ...]:
    """Copy files of the same folder and kind; the texts of those that the typist visited."""
    others = sorted(each for each in path.parent.glob(f"*{path.suffix}") if each not in typed)
    chosen.shuffle(others)
    texts: list[str] = []
    for other in others[:_NEIGHBOURS]:
        decoded = decode(other.read_bytes())
        if decoded is not None:
            target = workspace / path.parent.name / other.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(decoded[0], encoding="utf-8")
            texts.append(decoded[0])
    return tuple(texts[:_VISITED])


def options_of(settings: Settings, machine: Machine | None, *, reuse: bool) -> dict[str, Any]:
    """What the server is told: the user's settings, what all clients share, answers with their costs."""
    options: dict[str, Any] = msgspec.to_builtins(settings)
    options["completion"]["report"] = True
    options["completion"]["statistics"] = False  # what a measurement accepts says nothing about the user
    if machine is not None:
        options["model"] = str(machine.path)
        options["local"] |= {"threads": machine.threads, "contextTokens": machine.context}
    if not reuse:
        options["completion"]["reuse"] = False
        options["local"]["reuse"] = False
    return options


@contextlib.asynccontextmanager
async def running(
    plan: Plan, settings: Settings, machine: Machine | None, workspace: Path
) -> AsyncGenerator[dict[str, Client]]:
    """All clients of the plan, with their servers; ended together."""
    async with contextlib.AsyncExitStack() as stack:
        clients: dict[str, Client] = {}
        for name in plan.clients:
            screen = Screen(time.perf_counter)
            if name in (promises.OWN, promises.OFF):
                client = LspClient(name, screen, cancels=plan.cancels)
                stack.push_async_callback(client.end)
                reuse = name == promises.OWN
                await client.start(options_of(settings, machine, reuse=reuse), workspace)
            else:
                if machine is None:
                    raise CannotMeasure(f"{name} needs a GGUF model: say --clients abacus,'no reuse'")
                peer = await Peer.started(machine)
                stack.push_async_callback(peer.end)
                client = (
                    Stateless(peer, screen)
                    if name == promises.STATELESS
                    else LlamaVim(peer, screen, Ring(plan.seed))
                )
            clients[name] = client
        yield clients


async def measure(  # noqa: PLR0913, PLR0917  (what is typed into whom, and how far)
    plan: Plan,
    works: Sequence[Work],
    clients: Mapping[str, Client],
    tick: Callable[[], None],
    kept: Ledger,
    until: float = math.inf,
) -> list[Typed]:
    """Type every trace into every client that gets it; `tick` is called after each.

    Args:
        plan: which client gets which trace.
        works: the traces.
        clients: by name, in their order.
        tick: for progress.
        kept: what was typed before is not typed again.
        until: when to begin no more traces, in seconds of the monotonic clock.

    Raises:
        CannotMeasure: a server has gone.
    """
    found: list[Typed] = []
    for work in works:
        for name, client in clients.items():
            if not plan.types(name, work.run, work.number):
                continue
            key = f"{work.run}.{work.number}.{name}"
            row = kept.get(key)
            if row is None:
                if time.monotonic() >= until:
                    continue
                row = kept.add(key, msgspec.to_builtins(await _type(work, name, client)))
            found.append(msgspec.convert(row, Typed))
            tick()
    return found


async def _type(work: Work, name: str, client: Client) -> Typed:
    if isinstance(client, LspClient):
        client.loop_ms = []
    if isinstance(client, LlamaVim):
        client.visit(work.visited)
    before, cancelled, busy = _cpu_s(client.pid), client.cancelled, _Busy()
    typed = await replay(work.trace, client)
    if typed.document.text != work.trace.head + work.trace.truth + work.trace.tail:
        raise CannotMeasure(f"{work.trace.path.name}: what was typed is not the file; please report this")
    own = isinstance(client, LspClient)
    return Typed(
        work.run,
        work.number,
        name,
        typed.moments,
        _cpu_s(client.pid) - before,
        _memory_mb(client.pid),
        client.cancelled - cancelled,
        client.reported if own else True,
        tuple(client.loop_ms) if own else (),
        busy.others(),
    )


def expected(plan: Plan, works: Sequence[Work]) -> int:
    """How many times a trace is typed."""
    return sum(plan.types(name, work.run, work.number) for work in works for name in plan.clients)


class _Busy:
    """How much of the machine programs other than this one and its children use from now on."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._start = self._used()

    def others(self) -> float:
        """In cores, on average."""
        return max(self._used() - self._start, 0.0) / max(time.monotonic() - self._began, 1e-3)

    def _used(self) -> float:
        spent = psutil.cpu_times()
        idle = spent.idle + getattr(spent, "iowait", 0.0)
        # Virtual machines count what a guest uses twice; Linux alone has these two.
        twice = getattr(spent, "guest", 0.0) + getattr(spent, "guest_nice", 0.0)
        return sum(spent) - idle - twice - _cpu_s(os.getpid())


def _processes(pid: int) -> list[psutil.Process]:
    if not pid:
        return []
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess as error:
        raise CannotMeasure(f"the process {pid} has ended") from error


def _cpu_s(pid: int) -> float:
    times = [process.cpu_times() for process in _processes(pid)]
    return sum(each.user + each.system for each in times)


def _memory_mb(pid: int) -> float:
    return sum(process.memory_info().rss for process in _processes(pid)) / 1e6
