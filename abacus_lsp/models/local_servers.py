"""Model servers that already run on this machine: Ollama, llama-server, vLLM, at their usual ports.

Loopback only, GET only, no proxies, no redirects, short timeouts and short answers: whatever else listens on
these ports is left in peace and believed nothing.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, cast

import httpx2

ServerKind = Literal["ollama", "llama.cpp", "vllm"]
CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 0.3, 1.0, 2.0
MAX_ANSWER = 1 << 20


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model a server offers. `size` in bytes, zero when it does not tell."""

    name: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server on loopback: its address and its models. `loaded`: they are in memory already."""

    kind: ServerKind
    url: str
    models: tuple[ServedModel, ...]
    loaded: bool


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to look."""

    ollama: int = 11434
    llama_cpp: int = 8080
    vllm: int = 8000


def find_servers(ports: Ports | None = None) -> tuple[FoundServer, ...]:
    """The servers that answer as themselves, asked at the same time; about a second at worst."""
    ports = ports or Ports()
    with ThreadPoolExecutor(3) as pool:
        asked = [
            pool.submit(_ollama, f"http://127.0.0.1:{ports.ollama}"),
            pool.submit(_openai, f"http://127.0.0.1:{ports.llama_cpp}"),
            pool.submit(_openai, f"http://127.0.0.1:{ports.vllm}"),
        ]
        found = [answer.result() for answer in asked]
    return tuple(server for server in found if server is not None)


def _ollama(url: str) -> FoundServer | None:
    answer = _get(f"{url}/api/tags")
    models = answer.get("models")
    if not isinstance(models, list):
        return None
    served = tuple(
        ServedModel(str(model["name"]), _count(model.get("size")))
        for model in _objects(cast("list[Any]", models))
        if isinstance(model.get("name"), str)
    )
    return FoundServer("ollama", url, served, loaded=False)


def _openai(url: str) -> FoundServer | None:
    answer = _get(f"{url}/v1/models")
    data = answer.get("data")
    if not isinstance(data, list):
        return None
    models = [model for model in _objects(cast("list[Any]", data)) if isinstance(model.get("id"), str)]
    owners = {model.get("owned_by") for model in models}
    kind: ServerKind | None = "llama.cpp" if "llamacpp" in owners else "vllm" if "vllm" in owners else None
    if kind is None:
        return None
    sizes = [cast("dict[str, Any]", model.get("meta") or {}).get("size") for model in models]
    named = zip(models, sizes, strict=True)
    return FoundServer(
        kind, url, tuple(ServedModel(str(m["id"]), _count(size)) for m, size in named), loaded=True
    )


def _get(url: str) -> dict[str, Any]:
    """The JSON object at an address; empty when there is none, for whatever reason."""
    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    body, deadline = b"", time.monotonic() + TOTAL_SECONDS
    try:
        with (
            httpx2.Client(timeout=timeout, trust_env=False, follow_redirects=False) as http,
            http.stream("GET", url) as response,
        ):
            if response.status_code != 200:
                return {}
            for block in response.iter_bytes():
                body += block
                if len(body) > MAX_ANSWER or time.monotonic() > deadline:
                    return {}
        answer = json.loads(body)
    except (httpx2.HTTPError, ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}


def _objects(values: list[Any]) -> list[dict[str, Any]]:
    return [cast("dict[str, Any]", value) for value in values if isinstance(value, dict)]


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
