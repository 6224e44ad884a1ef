"""llama.cpp's server: `/completion` with token ids, its own prompt cache, grammars, exact accounts.

Knows `/props`, `/tokenize`, `/completion`. The same dialect speaks to a server the user runs and to the
process that this program starts.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from abacus_lsp.engines.base import Finish, Sampling, Usage
from abacus_lsp.engines.dialects import Event, HealMode, Reading, Server, sendable_stops
from abacus_lsp.engines.endpoint_errors import message_of
from abacus_lsp.engines.server_vocabulary import ServerVocabulary
from abacus_lsp.engines.slots import Slots
from abacus_lsp.engines.transport import Transport
from abacus_lsp.prompts import healing
from abacus_lsp.prompts.prompt import Prompt

_FINISH: Final[Mapping[str, Finish]] = {"eos": "eos", "word": "stop", "limit": "length"}


class LlamaServer:
    """The dialect of one running server.

    Args:
        server: what was learned, with a vocabulary.
        slots: how many prompts it keeps apart; 0 lets it choose the slot by itself (shared servers).
        logprobs: ask for them, and for the runner-up's; 2 ms a token with a vocabulary of 262,144, 0.3 ms with 49,152.
    """

    name = "llama-server"
    health = "/health"

    def __init__(self, server: Server, slots: int, *, logprobs: bool = True) -> None:
        self.server = server
        self.heals: HealMode = "constrained"
        self.prefills = True
        self._logprobs = logprobs
        self.slots = Slots(slots) if slots else None

    def request(
        self, prompt: Prompt, ids: list[int] | None, sampling: Sampling
    ) -> tuple[str, dict[str, Any]]:
        body: dict[str, Any] = {
            "prompt": prompt.text if ids is None else ids,
            "stream": True,
            "n_predict": sampling.max_tokens,
            "cache_prompt": sampling.reuse,
            "id_slot": -1 if self.slots is None else self.slots.number(prompt.slot, ids or ()),
            # A marker is control to the tokenizer: it is only matched by `stop` when it is kept as text.
            "stop": [*sendable_stops(prompt), *prompt.stop_markers],
            "preserved_tokens": list(prompt.stop_markers),
            # Signs of life during a long prefill, and the account of an answer that is cut off later.
            "return_progress": True,
            "return_tokens": True,
            "n_probs": 2 * self._logprobs,
            **_sampling(sampling),
        }
        if prompt.heal or prompt.barred:
            body["grammar"] = healing.gbnf(prompt.heal, prompt.barred)
        return "/completion", body

    def read(self, event: Event) -> Reading:
        if event.get("error"):
            return Reading(failure=message_of(dict(event)))
        if progress := cast("dict[str, Any]", event.get("prompt_progress")):
            total, reused = int(progress["total"]), int(progress["cache"])
            return Reading(usage=Usage(total, reused, int(progress["processed"]) - reused))
        if not event["stop"]:
            probabilities: list[Any] = event.get("completion_probabilities") or []
            return Reading(str(event["content"]), len(probabilities), *_certainty(probabilities))
        timings = event["timings"]
        reused, prefilled = int(timings["cache_n"]), int(timings["prompt_n"])
        usage = Usage(reused + prefilled, reused, prefilled, int(event["tokens_predicted"]))
        return Reading(str(event["content"]), finish=_FINISH.get(event["stop_type"], "eos"), usage=usage)


def _certainty(probabilities: list[Any]) -> tuple[float | None, float | None]:
    """(logarithmic probability, nats between the two best); None for tokens that were checked as a guess.

    The server does not tell those: it writes a probability of 1 and no candidates.
    """
    tops = [[float(top["logprob"]) for top in each["top_logprobs"]] for each in probabilities]
    if not tops or not all(tops):
        return None, None
    margins = [top[0] - top[1] for top in tops if len(top) > 1]
    return sum(float(each["logprob"]) for each in probabilities), min(margins, default=None)


def _sampling(sampling: Sampling) -> dict[str, Any]:
    """The chain of samplers written out: llama.cpp's own defaults differ from what `Sampling` says."""
    if sampling.temperature <= 0:
        return {"temperature": 0.0, "top_k": 1, "samplers": ["top_k"]}
    return {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": 256,  # sorting a vocabulary of 262,144 for top_p alone costs 4 ms a token
        "seed": sampling.seed,
        "samplers": ["top_k", "top_p", "temperature"],
    }


def learn(
    transport: Transport, *, model: str = "", architecture: str = "", logprobs: bool = True
) -> LlamaServer:
    """Ask a llama.cpp server what it runs.

    Args:
        transport: where it is.
        model: the name to show; "" takes the server's.
        architecture: where the caller knows it (from the GGUF file); the server does not tell.
        logprobs: see `LlamaServer`.

    Raises:
        EngineError: it does not answer, or it is no llama.cpp server.
    """
    props = transport.get("/props")
    if not is_props(props):
        raise transport.garbage("llama.cpp's /props", str(props).encode())

    def tokenize(text: str, special: bool) -> list[int]:
        answer = transport.post("/tokenize", {"content": text, "parse_special": special})
        return _ids(transport, answer)

    added = _ids(transport, transport.post("/tokenize", {"content": "", "add_special": True}))
    bos = added or tokenize(str(props.get("bos_token") or ""), True)
    vocabulary = ServerVocabulary(
        tokenize,
        bos=bos[0] if len(bos) == 1 else None,
        add_bos=bool(added),
        add_space=_adds_space(transport),
        architecture=architecture,
        chat_template=_template(str(props.get("chat_template") or ""), tokenize),
    )
    context = int(props["default_generation_settings"]["n_ctx"])
    name = model or str(props.get("model_alias") or props.get("model_path") or "model")
    slots = int(props["total_slots"])
    detail = f"llama.cpp, {props.get('model_ftype') or 'unknown quantisation'}, {slots} slots"
    server = Server(name.replace("\\", "/").rsplit("/", 1)[-1], context, vocabulary, detail)
    # On another machine the server is shared: two people pinned to slot 0 would wait for each other.
    return LlamaServer(server, slots if transport.local else 0, logprobs=logprobs)


def is_props(answer: object) -> bool:
    """Whether `answer` is what llama.cpp's server gives at /props."""
    if not isinstance(answer, dict):
        return False
    fields = cast(dict[str, Any], answer)
    settings = fields.get("default_generation_settings")
    return "total_slots" in fields and isinstance(settings, dict) and "n_ctx" in settings


def _ids(transport: Transport, answer: Any) -> list[int]:
    try:
        return [int(each) for each in answer["tokens"]]
    except (KeyError, TypeError, ValueError) as error:
        raise transport.garbage("llama.cpp's /tokenize", str(answer).encode()) from error


def _adds_space(transport: Transport) -> bool:
    answer = transport.post("/tokenize", {"content": "x", "with_pieces": True})
    try:
        piece = answer["tokens"][0]["piece"]
    except (KeyError, TypeError, IndexError) as error:
        raise transport.garbage("llama.cpp's /tokenize", str(answer).encode()) from error
    return isinstance(piece, str) and piece.startswith((" ", "▁"))


def _template(template: str, tokenize: Any) -> str:
    """The model's own template: for a model without one the server shows ChatML, whatever the vocabulary."""
    chatml = "<|im_start|>"
    if chatml in template and len(tokenize(chatml, True)) != 1:
        return ""
    return template
