"""Servers that follow OpenAI's `/v1/completions`: any of them, vLLM with token ids, and the hosted FIM endpoints.

Knows the fields of their questions and events. A plain one gets text; vLLM shows its tokenizer, so that it gets
exact ids, a constraint for token healing, and tells how much of the prompt was cached.
"""

import secrets
from collections.abc import Mapping
from typing import Any, Final, cast

from abacus_lsp.engines.base import EndpointRefused, Finish, Sampling, Usage
from abacus_lsp.engines.dialects import Event, HealMode, Reading, Server, sendable_stops
from abacus_lsp.engines.endpoint_errors import message_of
from abacus_lsp.engines.server_vocabulary import ServerVocabulary
from abacus_lsp.engines.slots import Slots
from abacus_lsp.engines.transport import Transport
from abacus_lsp.prompts import healing
from abacus_lsp.prompts.prompt import Prompt

_FINISH: Final[Mapping[str, Finish]] = {"stop": "stop", "length": "length", "model_length": "length"}

_MOST_STOPS = 4  # more are refused by servers of this family; the rest is applied to what arrives


class OpenAI:
    """Text in, text out."""

    name = "openai"
    health = "/v1/models"

    def __init__(self, server: Server) -> None:
        self.server = server
        self.heals: HealMode = "no"
        self.prefills = False
        self.slots: Slots | None = None

    def request(
        self, prompt: Prompt, ids: list[int] | None, sampling: Sampling
    ) -> tuple[str, dict[str, Any]]:
        stops = [*sendable_stops(prompt), *prompt.stop_markers][:_MOST_STOPS]
        body: dict[str, Any] = {
            "model": self.server.model,
            "prompt": prompt.text if ids is None else ids,
            **_common(sampling),
            "stream_options": {"include_usage": True},
            "seed": sampling.seed,
        }
        return "/v1/completions", body | ({"stop": stops} if stops else {})

    def read(self, event: Event) -> Reading:
        if event.get("error"):
            return Reading(failure=message_of(dict(event)) or "an error")
        usage = _usage(event.get("usage"))
        choices = cast(list[dict[str, Any]], event["choices"])
        if not choices:
            return Reading(usage=usage)
        choice = choices[0]
        return Reading(
            _text(choice),
            *_logprobs(choice.get("logprobs")),
            finish=_finish(choice),
            usage=usage,
        )


class Vllm(OpenAI):
    """vLLM: token ids in, an answer that can be constrained."""

    name = "vllm"
    health = "/health"

    def __init__(self, server: Server, heals: HealMode, *, ranks: bool = False) -> None:
        super().__init__(server)
        self.heals: HealMode = heals
        self._ranks = ranks

    def request(
        self, prompt: Prompt, ids: list[int] | None, sampling: Sampling
    ) -> tuple[str, dict[str, Any]]:
        vocabulary = self.server.vocabulary
        path, body = super().request(prompt, ids, sampling)
        body["stop"] = sendable_stops(prompt, _MOST_STOPS)
        body["logprobs"] = 0  # the chosen token's only
        if self._ranks:
            body["priority"] = int(sampling.unasked)  # the smallest first
        if not sampling.reuse:
            body["cache_salt"] = secrets.token_hex(8)
        if vocabulary is not None:
            found = [vocabulary.token_id(marker) for marker in prompt.stop_markers]
            body["stop_token_ids"] = [each for each in found if each is not None]
        if (prompt.heal or prompt.barred) and self.heals == "constrained":
            body["structured_outputs"] = {"regex": healing.regex(prompt.heal, prompt.barred)}
        return path, body


class DeepSeek(OpenAI):
    """`/beta/completions` with the suffix in a field of its own."""

    name = "deepseek"
    health = ""

    def request(
        self, prompt: Prompt, ids: list[int] | None, sampling: Sampling
    ) -> tuple[str, dict[str, Any]]:
        before, after = apart(prompt)
        _, body = super().request(prompt, ids, sampling)
        del body["seed"]
        return "/beta/completions", body | {"prompt": before, "suffix": after}


class Mistral(OpenAI):
    """`/v1/fim/completions`; a field it does not know is an error there."""

    name = "mistral"
    health = ""

    def request(
        self,
        prompt: Prompt,
        ids: list[int] | None,  # noqa: ARG002  (the protocol's; this server takes text)
        sampling: Sampling,
    ) -> tuple[str, dict[str, Any]]:
        before, after = apart(prompt)
        stops = sendable_stops(prompt, _MOST_STOPS)
        body: dict[str, Any] = {
            "model": self.server.model,
            "prompt": before,
            "suffix": after,
            **_common(sampling),
            "random_seed": sampling.seed,
        }
        return "/v1/fim/completions", body | ({"stop": stops} if stops else {})


def apart(prompt: Prompt) -> tuple[str, str]:
    """What stands before and after the hole. The markers are the server's business."""
    texts = [part for part in prompt.parts if not part.marker]
    before = "".join(part.text for part in texts if part.source != "suffix")
    return before, "".join(part.text for part in texts if part.source == "suffix")


def learn_vllm(transport: Transport, model: str, context: int) -> Vllm:
    """Ask a vLLM server about its tokenizer.

    Raises:
        EngineError: it does not show its tokenizer: then it is to be used like any other.
    """

    def ask(text: str, **options: Any) -> dict[str, Any]:
        answer = transport.post("/tokenize", {"model": model, "prompt": text, **options})
        if not (isinstance(answer, dict) and isinstance(cast(Any, answer).get("tokens"), list)):
            raise transport.garbage("vLLM's /tokenize", str(cast(Any, answer)).encode())
        return cast(dict[str, Any], answer)

    def tokenize(text: str, _special: bool) -> list[int]:
        return [int(each) for each in ask(text, add_special_tokens=False)["tokens"]] if text else []

    plain: dict[str, Any] = ask("x", add_special_tokens=False, return_token_strs=True)
    begun = ask("x", add_special_tokens=True)["tokens"]
    pieces: list[Any] = plain.get("token_strs") or []
    adds_bos = len(begun) > 1 and begun[1:2] == plain["tokens"][:1]
    vocabulary = ServerVocabulary(
        tokenize,
        bos=int(begun[0]) if adds_bos else None,
        add_bos=adds_bos,
        add_space=str(pieces[0]).startswith("▁") if pieces else False,
        parses_markers=True,
    )
    context = int(plain.get("max_model_len") or context)
    heals: HealMode = "constrained" if _constrains(transport, model) else "checked"
    # Refused by a server that was not started with --scheduling-policy priority.
    ranks = _takes(transport, model, {"priority": 1}) is not None
    detail = f"vLLM, healing {heals}" + (", priorities" if ranks else "")
    return Vllm(Server(model, context, vocabulary, detail), heals, ranks=ranks)


def _constrains(transport: Transport, model: str) -> bool:
    """Whether the server takes a regular expression. The first one also makes it prepare its tokenizer."""
    said = _takes(transport, model, {"structured_outputs": {"regex": healing.regex("a")}})
    return said is not None and said[:1] in {"", "a"}


def _takes(transport: Transport, model: str, options: dict[str, Any]) -> str | None:
    """One token written under these options; None where the server does not know them."""
    body = {"model": model, "prompt": "x", "max_tokens": 1, **options}
    try:
        answer = transport.post("/v1/completions", body, timeout=max(60.0, transport.timeout))
        return str(answer["choices"][0]["text"])
    except (EndpointRefused, KeyError, TypeError, IndexError):
        return None


def _common(sampling: Sampling) -> dict[str, Any]:
    return {
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p if sampling.temperature > 0 else 1.0,
        "stream": True,
    }


def _text(choice: Mapping[str, Any]) -> str:
    if "text" in choice:
        return str(choice["text"] or "")
    delta: dict[str, Any] = choice.get("delta") or {}
    return str(delta.get("content") or "")


def _logprobs(found: Any) -> tuple[int, float | None]:
    known: list[float | None] = found.get("token_logprobs") or [] if found else []
    values = [float(each) for each in known if each is not None]
    return len(values), sum(values) if values else None


def _finish(choice: Mapping[str, Any]) -> Finish | None:
    told = choice.get("finish_reason")
    if told is None:
        return None
    if "stop_reason" in choice and choice["stop_reason"] is None and told == "stop":
        return "eos"
    return _FINISH.get(str(told), "stop")


def _usage(told: Any) -> Usage | None:
    if not isinstance(told, dict):
        return None
    fields = cast(dict[str, Any], told)
    prompt, generated = fields.get("prompt_tokens"), fields.get("completion_tokens")
    details = cast(dict[str, Any], fields.get("prompt_tokens_details") or {})
    reused = details.get("cached_tokens", fields.get("prompt_cache_hit_tokens"))
    if prompt is None or reused is None:
        return Usage(prompt, generated=generated)
    return Usage(int(prompt), int(reused), int(prompt) - int(reused), generated)
