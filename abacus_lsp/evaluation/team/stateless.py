"""The stateless client of `bench typing`, in front of a server that speaks `/v1/completions`.

Knows how its questions are written there. Unless it is `cached`, each asks vLLM for a cache of its own (`cache_salt`):
what a server remembers by itself would be the server's merit, not the client's.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from abacus_lsp.evaluation.typing.peer import Answer, Peer
from abacus_lsp.evaluation.typing.screen import Cost


class CompletionsPeer(Peer):
    """A vLLM server, asked as `Peer` asks llama.cpp's."""

    def __init__(self, address: str, model: str, *, cached: bool = False) -> None:
        super().__init__(address)
        self._model = model
        self._cached = cached

    async def tokens(self, text: str, *, begin: bool = False) -> list[int]:
        name = "\0" if begin else text
        found = self._ids.get(name)
        if found is None:
            body = {"model": self._model, "prompt": text, "add_special_tokens": begin}
            answer: dict[str, Any] = await self._post("/tokenize", body) if text else {"tokens": []}
            found = self._ids[name] = [int(each) for each in answer["tokens"]]
        return found

    async def complete(self, body: Mapping[str, Any], clock: Callable[[], float]) -> Answer:
        began = clock()
        question: dict[str, Any] = {
            "model": self._model,
            "prompt": body["prompt"],
            "max_tokens": body["n_predict"],
            "temperature": 0.0,
            "stop": body["stop"],
        }
        if not self._cached:
            question["cache_salt"] = secrets.token_hex(8)
        answer = await self._post("/v1/completions", question)
        usage: dict[str, Any] = answer["usage"]
        details: dict[str, Any] = usage.get("prompt_tokens_details") or {}
        reused = int(details.get("cached_tokens") or 0)
        cost = Cost(
            reused, usage["prompt_tokens"] - reused, usage["completion_tokens"], (clock() - began) * 1000
        )
        return Answer(str(answer["choices"][0]["text"]), cost)
