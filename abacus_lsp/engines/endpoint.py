"""From settings to connected servers: which kind of server is each, which model, which key.

Knows the settings of the endpoint and the table of dialects. The key comes from the environment variable that
the settings name, goes into the transport, and is not kept here.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, cast

from abacus_lsp.engines import dialect_llama, dialect_ollama
from abacus_lsp.engines.address import is_loopback, shown
from abacus_lsp.engines.base import EndpointDown, EndpointRefused, EndpointSlow, EngineError
from abacus_lsp.engines.dialect_openai import DeepSeek, Mistral, OpenAI, learn_vllm
from abacus_lsp.engines.dialects import Dialect, Server
from abacus_lsp.engines.endpoint_errors import UnknownPath
from abacus_lsp.engines.http import HttpEngine
from abacus_lsp.engines.pool import Pool
from abacus_lsp.engines.pooled import PooledEngine
from abacus_lsp.engines.seats import Seat
from abacus_lsp.engines.transport import Transport
from abacus_lsp.settings import EndpointSettings, ReplicaSettings

_PROBE_SECONDS = 2.0

# Paths that the dialects write themselves; people copy addresses with them.
_TAILS: Final = (
    "/v1/fim/completions",
    "/v1/completions",
    "/beta/completions",
    "/v1/chat/completions",
    "/v1",
    "/beta",
)


def connect(settings: EndpointSettings, environment: Mapping[str, str]) -> PooledEngine:
    """The engine for the configured server, or servers.

    Raises:
        EngineError: no server, no key, no such model; the message says what to do.
    """
    servers = settings.servers
    if not servers:
        raise EndpointRefused("no server is named: set abacus.endpoint.url")
    addresses = [shown(_base(each.url)) for each in servers]
    for server, address in zip(servers, addresses, strict=True):
        if server.url.startswith("http:") and not (is_loopback(server.url) or settings.allow_http):
            raise EndpointRefused(
                f"{address} (abacus.endpoint.url) is http, so others on the way could read your code: use https, or "
                "set abacus.endpoint.allowHttp if you trust the network"
            )
    seats = [
        Seat(address, partial(_connect, settings, server, environment))
        for address, server in zip(addresses, servers, strict=True)
    ]
    limits = [server.requests_per_minute for server in servers]
    return PooledEngine(seats, Pool(addresses, limits, settings.slow_seconds or math.inf))


def _connect(
    settings: EndpointSettings, server: ReplicaSettings, environment: Mapping[str, str]
) -> HttpEngine:
    transport = Transport(
        _base(server.url),
        key=_key(server, environment),
        ca_file=settings.ca_file,
        proxy=settings.proxy,
        timeout=server.timeout_seconds,
    )
    try:
        kind = probe(transport) if settings.kind == "auto" else settings.kind
        return HttpEngine(transport, _LEARN[kind](transport, settings))
    except EngineError:
        transport.close()
        raise


def probe(transport: Transport) -> str:
    """The kind of server behind an address, as in `abacus.endpoint.kind`: asked for what only one kind answers.

    Raises:
        EndpointDown, EndpointSlow: nobody answers.
    """
    seconds = min(_PROBE_SECONDS, transport.timeout)
    for kind, path, recognised in _PROBES:
        try:
            if recognised(transport.get(path, seconds)):
                return kind
        except (EndpointDown, EndpointSlow):
            raise
        except EngineError:
            continue  # another kind of server: it does not know this path
    return "openai"


def _is_version(answer: object) -> bool:
    return isinstance(answer, dict) and "version" in answer


_PROBES: Final[tuple[tuple[str, str, Callable[[object], bool]], ...]] = (
    ("llama-server", "/props", dialect_llama.is_props),
    ("ollama", "/api/version", _is_version),
)


def _openai(transport: Transport, settings: EndpointSettings) -> Dialect:
    listed = _models(transport, settings)
    chosen = next((each for each in listed if each.get("id") == settings.model), None)
    if settings.model and listed and chosen is None:
        have = ", ".join(str(each.get("id")) for each in listed[:5])
        raise EndpointRefused(
            f"{transport.address} has no model {settings.model!r}: set abacus.endpoint.model to one of {have}"
        )
    entry = chosen or (listed[0] if listed else {})
    model = settings.model or str(entry.get("id") or "")
    if not model:
        raise EndpointRefused(f"{transport.address} lists no models: set abacus.endpoint.model")
    context = int(entry.get("max_model_len") or settings.context_tokens)
    if entry.get("owned_by") == "vllm":
        with suppress(EndpointRefused):  # a balancer may hide /tokenize: then text, as to any other
            return learn_vllm(transport, model, context)
    return OpenAI(Server(model, context))


def _models(transport: Transport, settings: EndpointSettings) -> list[dict[str, Any]]:
    """What /v1/models lists. Not every server has it; then the settings must name the model."""
    try:
        answer = transport.get("/v1/models")
        entries = cast(list[Any], answer["data"])
        return [cast(dict[str, Any], each) for each in entries if isinstance(each, dict)]
    except UnknownPath:
        if settings.model:
            return []
        raise
    except (KeyError, TypeError) as error:
        raise transport.garbage("a list of models", str(error).encode()) from error


def _ollama(transport: Transport, settings: EndpointSettings) -> Dialect:
    return dialect_ollama.learn(transport, settings.model, settings.context_tokens)


def _llama(transport: Transport, settings: EndpointSettings) -> Dialect:
    return dialect_llama.learn(transport, model=settings.model)


def _mistral(_transport: Transport, settings: EndpointSettings) -> Dialect:
    return Mistral(Server(settings.model or "codestral-latest", settings.context_tokens))


def _deepseek(_transport: Transport, settings: EndpointSettings) -> Dialect:
    return DeepSeek(Server(settings.model or "deepseek-chat", settings.context_tokens))


_LEARN: Final[Mapping[str, Callable[[Transport, EndpointSettings], Dialect]]] = {
    "openai": _openai,
    "llama-server": _llama,
    "ollama": _ollama,
    "mistral": _mistral,
    "deepseek": _deepseek,
}


def _base(url: str) -> str:
    base = url.rstrip("/")
    for tail in _TAILS:
        base = base.removesuffix(tail)
    return base


def _key(settings: ReplicaSettings, environment: Mapping[str, str]) -> str:
    if not settings.key_env:
        return ""
    key = environment.get(settings.key_env, "").strip()
    if not key:
        raise EndpointRefused(
            f"the environment variable {settings.key_env} is empty or missing where the server was started: "
            "put the key there, or clear abacus.endpoint.keyEnv"
        )
    return key
