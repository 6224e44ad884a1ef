"""Ollama: `/api/generate` with `raw: true`, so that no template of its own comes between.

Knows its fields and the GGUF keys it shows. It has a vocabulary to look into but no way to ask its tokenizer:
prompts go as text, token counts are estimates.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from abacus_lsp.engines.base import Finish, Sampling, Usage
from abacus_lsp.engines.dialects import Event, HealMode, Reading, Server, sendable_stops
from abacus_lsp.engines.slots import Slots
from abacus_lsp.engines.transport import Transport
from abacus_lsp.prompts.prompt import Prompt

_FINISH: Final[Mapping[str, Finish]] = {"stop": "stop", "length": "length"}
_TEXT_TYPES: Final = frozenset({1, 2, 6})  # GGUF token types: normal, unknown, byte


class Ollama:
    """The dialect of one model in a running Ollama.

    Args:
        server: what was learned; its vocabulary, if any, only serves to find the prompt format.
    """

    name = "ollama"
    health = "/api/version"

    def __init__(self, server: Server) -> None:
        self.server = server
        # Its prompt cache makes the second question cheap when the first one was answered with another word.
        self.heals: HealMode = "checked"
        self.prefills = False
        self.slots: Slots | None = None

    def request(
        self,
        prompt: Prompt,
        ids: list[int] | None,  # noqa: ARG002  (the protocol's; this server takes text)
        sampling: Sampling,
    ) -> tuple[str, dict[str, Any]]:
        options: dict[str, Any] = {
            "num_predict": sampling.max_tokens,
            "num_ctx": self.server.context,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed,
            "repeat_penalty": 1.0,
            "stop": [*sendable_stops(prompt), *prompt.stop_markers],
        }
        if sampling.temperature <= 0:
            options["top_k"] = 1
        return "/api/generate", {
            "model": self.server.model,
            "prompt": prompt.text,
            "raw": True,
            "stream": True,
            "options": options,
        }

    def read(self, event: Event) -> Reading:
        if event.get("error"):
            return Reading(failure=str(event["error"]))
        text = str(event["response"])
        if not event["done"]:
            return Reading(text, tokens=1)
        usage = Usage(event.get("prompt_eval_count"), generated=event.get("eval_count"))
        return Reading(text, finish=_FINISH.get(str(event.get("done_reason")), "stop"), usage=usage)


class ShownVocabulary:
    """The token list that Ollama shows: exact for markers, a guess for text (the longest token that fits)."""

    def __init__(self, model_info: Mapping[str, Any], template: str) -> None:
        tokens = cast(list[str], model_info["tokenizer.ggml.tokens"])
        types = cast(list[int], model_info.get("tokenizer.ggml.token_type") or [1] * len(tokens))
        self._ids = {piece: index for index, piece in enumerate(tokens)}
        self._markers = {
            piece: index
            for index, (piece, kind) in enumerate(zip(tokens, types, strict=False))
            if kind not in _TEXT_TYPES
        }
        self.architecture = str(model_info.get("general.architecture") or "")
        self.chat_template = template if "{%" in template else ""  # Ollama's own are Go templates
        bos = model_info.get("tokenizer.ggml.bos_token_id")
        self.bos = None if bos is None else int(bos)
        self.add_bos = bool(model_info.get("tokenizer.ggml.add_bos_token", self.architecture == "llama"))
        self.add_space = bool(model_info.get("tokenizer.ggml.add_space_prefix", False))

    def token_id(self, piece: str) -> int | None:
        return self._markers.get(piece)

    def encode(self, text: str) -> list[int]:
        ids: list[int] = []
        rest = text.replace(" ", "▁") if "▁" in self._ids else text.replace(" ", "Ġ").replace("\n", "Ċ")
        while rest:
            size = next((size for size in range(min(24, len(rest)), 1, -1) if rest[:size] in self._ids), 1)
            ids.append(self._ids.get(rest[:size], 0))
            rest = rest[size:]
        return ids


def learn(transport: Transport, model: str, context: int) -> Ollama:
    """Ask Ollama about `model` ("" takes the first it has); `context` is the longest to ask for, in tokens.

    Raises:
        EngineError: it does not answer, or does not have the model.
    """
    if not model:
        tags = transport.get("/api/tags")
        try:
            model = str(tags["models"][0]["name"])
        except (KeyError, IndexError, TypeError) as error:
            raise transport.garbage(
                "a list of models (run `ollama pull` first)", str(tags).encode()
            ) from error
    shown = transport.post("/api/show", {"model": model, "verbose": True})
    if not (isinstance(shown, dict) and isinstance(cast(Any, shown).get("model_info", {}), dict)):
        raise transport.garbage("Ollama's /api/show", str(cast(Any, shown)).encode())
    fields = cast(dict[str, Any], shown)
    info = cast(dict[str, Any], fields.get("model_info") or {})
    trained = info.get(f"{info.get('general.architecture')}.context_length")
    if isinstance(trained, int):
        context = min(context, trained)
    has_tokens = isinstance(info.get("tokenizer.ggml.tokens"), list)
    lookup = ShownVocabulary(info, str(fields.get("template") or "")) if has_tokens else None
    return Ollama(Server(model, context, lookup, "Ollama", sends_text=True))
