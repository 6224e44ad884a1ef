"""The models of the daemon as each client sees them: its API key, its working folder, and whoever else is there.

Knows hosts and who uses them; must not know connections. The last model stays loaded after its last client: an
editor that is started again within the daemon's idle time finds it warm.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion.pipeline import Model
from abacus_lsp.host import Host, Hosts
from abacus_lsp.settings import Settings
from abacus_lsp.status import Fetch, Load, Report, Status, Tell

LoadWith = Callable[[Settings, Report, CancelToken, Mapping[str, str]], Model]
"""As `status.Load`, with the environment that holds API keys."""


@dataclass(slots=True)
class _Use:
    hosts: Hosts
    clients: set[object] = field(default_factory=set[object])


class Models:
    """All models of this process. Belongs to the loop thread.

    Args:
        load: makes a `Model` (the composition root's).
        fetch: downloads one (the composition root's).
    """

    def __init__(self, load: LoadWith, fetch: Fetch) -> None:
        self._load = load
        self._fetch = fetch
        self._by_key: dict[tuple[tuple[str, str], ...], Hosts] = {}
        self._uses: dict[Host, _Use] = {}

    def of(self, environment: Mapping[str, str], folder: Path) -> "ClientHosts":
        """The models for a client with this environment and working folder."""
        return ClientHosts(self, environment, folder)

    @property
    def resident(self) -> int:
        """Bytes that models take in this process; from any thread."""
        return sum(hosts.resident for hosts in list(self._by_key.values()))

    def attach(self, client: object, settings: Settings, tell: Tell, environment: Mapping[str, str]) -> Host:
        """The host of these settings. Clients whose API keys differ share no connection to an endpoint."""
        names = dict.fromkeys(each.key_env for each in settings.endpoint.servers if each.key_env)
        key = tuple((name, environment.get(name, "")) for name in names)
        hosts = self._by_key.get(key)
        if hosts is None:
            hosts = self._by_key[key] = Hosts(_with(self._load, dict(key)), self._fetch)
        host = hosts.attach(client, settings, tell)
        self._uses.setdefault(host, _Use(hosts)).clients.add(client)
        for kept in [each for each in self._uses if self in self._uses[each].clients]:
            self._release(self, kept)
        return host

    def detach(self, client: object, host: Host) -> None:
        """The client needs it no more. The last model of all stays, if it works."""
        others = any(use.clients - {client} for use in self._uses.values())
        if not others and host.status.state in ("ready", "busy"):
            host.attach(self, _unheard)
            self._uses[host].clients.add(self)
        self._release(client, host)

    def told(self) -> list[dict[str, Any]]:
        """Name, engine, state and clients of each, for people."""
        return [_told(host, len(use.clients - {self})) for host, use in self._uses.items()]

    def _release(self, client: object, host: Host) -> None:
        use = self._uses[host]
        use.clients.discard(client)
        use.hosts.detach(client, host)
        if not use.clients:
            del self._uses[host]
            used = [each.hosts for each in self._uses.values()]
            self._by_key = {key: hosts for key, hosts in self._by_key.items() if hosts in used}


class ClientHosts(Hosts):
    """The shared models, as one client's session asks for them."""

    def __init__(self, models: Models, environment: Mapping[str, str], folder: Path) -> None:
        self._models = models
        self._environment = environment
        self._folder = folder

    def attach(self, client: object, settings: Settings, tell: Tell) -> Host:
        return self._models.attach(client, anchored(settings, self._folder), tell, self._environment)

    def detach(self, client: object, host: Host) -> None:
        self._models.detach(client, host)


def anchored(settings: Settings, folder: Path) -> Settings:
    """The settings with relative paths seen from the client's working folder, which is not the daemon's."""
    model, ca_file = settings.model, settings.endpoint.ca_file
    if ("/" in model or Path(model).suffix) and (folder / model).exists():
        settings = msgspec.structs.replace(settings, model=str(folder / model))
    if ca_file and not Path(ca_file).expanduser().is_absolute():
        endpoint = msgspec.structs.replace(settings.endpoint, ca_file=str(folder / ca_file))
        settings = msgspec.structs.replace(settings, endpoint=endpoint)
    return settings


def _with(load: LoadWith, environment: Mapping[str, str]) -> Load:
    return lambda settings, report, cancel: load(settings, report, cancel, environment)


def _told(host: Host, clients: int) -> dict[str, Any]:
    info = host.status.info
    return {
        "name": info.name if info is not None else host.settings.model,
        "engine": info.engine if info is not None else host.settings.engine,
        "state": host.status.state,
        "clients": clients,
    }


def _unheard(_status: Status) -> None:
    """Nobody is told."""
