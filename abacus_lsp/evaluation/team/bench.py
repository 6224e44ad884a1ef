"""`bench team`: typists of one team on the same servers, scheme by scheme, and what happens when servers die.

Knows the order of things: which clients type when, when a server is killed, what is read before and after. Must not
know how figures are made (`figures`). Every scheme types the same traces and begins with empty caches.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.team import figures, replicas, typists
from abacus_lsp.evaluation.team.balancer import round_robin
from abacus_lsp.evaluation.team.counters import Counters
from abacus_lsp.evaluation.team.figures import CACHED, POOL, ROUND_ROBIN, STATELESS, Outage, Phase
from abacus_lsp.evaluation.team.replicas import Replica
from abacus_lsp.evaluation.team.stateless import CompletionsPeer
from abacus_lsp.evaluation.team.typists import Typist
from abacus_lsp.evaluation.typing.bench import Work
from abacus_lsp.evaluation.typing.lsp_client import LspClient
from abacus_lsp.evaluation.typing.screen import Document, Screen
from abacus_lsp.evaluation.typing.stateless import Stateless
from abacus_lsp.settings import Settings

_SPARE: Final = (
    224  # tokens of the context that are no prompt: the longest answer, and what a window may be over by
)
_BEFORE_S: Final = 35.0  # reading the first documents takes a part of it
_STEADY_S: Final = 15.0
_AFTER_S: Final = 30.0
_DOWN_S: Final = 15.0
_BACK_S: Final = 45.0
_ABANDONS: Final = 5
_RUNNING_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Team:
    """What all phases share.

    Attributes:
        replicas: the servers.
        settings: of every language server, but for the endpoint.
        folder: the workspace of all.
        context: of the model, in tokens.
        model: its name on the servers.
    """

    replicas: Sequence[Replica]
    settings: Settings
    folder: Path
    context: int
    model: str

    def options(self, urls: Sequence[str]) -> dict[str, Any]:
        """What a language server is told: these servers, answers with their costs, no prefetch (as for any team)."""
        options: dict[str, Any] = msgspec.to_builtins(self.settings)
        options["completion"] |= {"report": True, "statistics": False, "prefetch": "off"}
        options["endpoint"] |= {"url": "", "model": self.model, "replicas": [{"url": url} for url in urls]}
        return options

    @property
    def urls(self) -> list[str]:
        """Of the servers."""
        return [replica.url for replica in self.replicas]


async def phase(team: Team, people: Sequence[Typist]) -> Phase:
    """All type their traces once, from empty caches."""
    for replica in team.replicas:
        await replica.forget()
    before = await replicas.together(team.replicas)
    seconds = await typists.type_once(people)
    after = await replicas.together(team.replicas)
    return Phase(
        len(people),
        seconds,
        [moment for person in people for moment in person.moments],
        after.since(before),
        _reasons(people),
    )


async def by_sessions(team: Team, urls: Sequence[str], works: Sequence[Sequence[Work]]) -> Phase:
    """Typists whose language servers know these addresses."""
    async with _sessions(team, urls, works) as people:
        return await phase(team, people)


async def routing(team: Team, works: Sequence[Sequence[Work]], tick: Callable[[], None]) -> dict[str, Phase]:
    """The pool, a round robin over the same servers, and a client that keeps nothing."""
    found = {POOL: await by_sessions(team, team.urls, works)}
    tick()
    async with round_robin(team.urls) as balancer:
        found[ROUND_ROBIN] = await by_sessions(team, [balancer], works)
        tick()
        for name, keeps in ((STATELESS, False), (CACHED, True)):
            peers = [CompletionsPeer(balancer, team.model, cached=keeps) for _ in works]
            people = [
                Typist(Stateless(peer, Screen(time.perf_counter), team.context - _SPARE), traces)
                for peer, traces in zip(peers, works, strict=True)
            ]
            found[name] = await phase(team, people)
            await asyncio.gather(*(peer.end() for peer in peers))
            tick()
    return found


async def one_killed(team: Team, works: Sequence[Sequence[Work]]) -> Outage:
    """One server dies while everybody types. It is started again afterwards."""
    victim = _ours(team)[0]
    async with _sessions(team, team.urls, works) as people, typists.typing(people):
        await asyncio.sleep(_BEFORE_S)
        _forget(people)
        killed = time.perf_counter()
        await victim.kill()
        await asyncio.sleep(_AFTER_S)
        found = _outage(people, killed)
    await victim.start()
    return found


async def both_killed(team: Team, works: Sequence[Sequence[Work]]) -> Outage:
    """All servers die while everybody types, and are started again; nobody does anything about it."""
    victims = _ours(team)
    async with _sessions(team, team.urls, works) as people, typists.typing(people):
        await asyncio.sleep(_BEFORE_S)
        _forget(people)
        killed = time.perf_counter()
        await asyncio.gather(*(victim.kill() for victim in victims))
        await asyncio.sleep(_DOWN_S)
        await asyncio.gather(*(victim.start() for victim in victims))
        back = time.perf_counter()
        await asyncio.sleep(_BACK_S)
        found = _outage(people, killed)
        first = [_text_since(each, back) for each in people]
    silent = max(each - back for each in first if each) if all(first) else None
    return replace(found, silent_s=silent)


async def abandoned(team: Team, works: Sequence[Work]) -> float:
    """Requests that the servers still have one second after their documents were closed; the most of some tries."""
    (client,) = await typists.sessions(1, team.options(team.urls), team.folder)
    try:
        return max([await _abandon(team, client, work) for work in works[:_ABANDONS]])
    finally:
        await client.end()


async def _abandon(team: Team, client: LspClient, work: Work) -> float:
    """Ask in a document that no server has read, wait until one works on it, close it, and count a second later."""
    trace = work.trace
    version = client.screen.version + 1
    document = Document(
        f"{trace.path.as_uri()}?{version}", str(trace.path), "python", trace.head, len(trace.head), version
    )
    for replica in team.replicas:
        await replica.forget()
    client.screen.begin(version)
    await client.open(document)
    deadline = time.perf_counter() + _RUNNING_S
    while not _at_work(await replicas.together(team.replicas)):
        if time.perf_counter() > deadline:
            raise CannotMeasure("no server was seen at work on a request: nothing could be abandoned")
        await asyncio.sleep(0.02)
    await client.close(document)
    await asyncio.sleep(1.0)
    return _at_work(await replicas.together(team.replicas))


async def growth(
    team: Team, works: Sequence[Sequence[Work]], sizes: Sequence[int], tick: Callable[[], None]
) -> dict[int, Phase]:
    """Teams of these sizes, one after the other, on the same servers."""
    found: dict[int, Phase] = {}
    for size in sizes:
        found[size] = await by_sessions(team, team.urls, works[:size])
        tick()
    return found


@contextlib.asynccontextmanager
async def _sessions(
    team: Team, urls: Sequence[str], works: Sequence[Sequence[Work]]
) -> AsyncGenerator[list[Typist]]:
    clients = await typists.sessions(len(works), team.options(urls), team.folder)
    try:
        yield [Typist(client, traces) for client, traces in zip(clients, works, strict=True)]
    finally:
        await typists.end(clients)


def _ours(team: Team) -> list[Replica]:
    if not all(replica.ours for replica in team.replicas):
        raise CannotMeasure(
            "servers that were not started here are not killed: name --vllm and --model-folder"
        )
    return list(team.replicas)


def _clients(people: Sequence[Typist]) -> list[LspClient]:
    return [person.client for person in people if isinstance(person.client, LspClient)]


def _reasons(people: Sequence[Typist]) -> Counter[str]:
    return Counter(code for client in _clients(people) for code in client.reasons)


def _forget(people: Sequence[Typist]) -> None:
    """What was told before the outage does not count."""
    for client in _clients(people):
        client.errors.clear()
        client.reasons.clear()


def _outage(people: Sequence[Typist], killed: float) -> Outage:
    moments = [moment for person in people for moment in person.moments]
    # The last state of each may be one that is being answered now: only those that had their time count.
    now = time.perf_counter()
    windows = [killed + number * figures.WINDOW_S for number in range(int((now - killed) / figures.WINDOW_S))]
    return Outage(
        figures.p90(moments, killed - _STEADY_S, killed),
        [figures.p90(moments, begin, begin + figures.WINDOW_S) for begin in windows],
        figures.unanswered(moments, killed),
        max(len(client.errors) for client in _clients(people)),
        _reasons(people),
    )


def _text_since(person: Typist, since: float) -> float | None:
    """When the first text of the model's came that was asked for after `since`."""
    times = [
        moment.view.shown
        for moment in person.moments
        if moment.view.shown is not None and moment.view.began >= since and moment.view.source == "model"
    ]
    return min(times, default=None)


def _at_work(counted: Counters) -> float:
    return counted.running + counted.waiting
