"""The engine for safetensors folders (and GGUF files) in this process: transformers' forward pass, our own loop.

The loop is ours because a completion engine needs what `generate` does not give: a KV cache kept between
answers and cut back to the shared tokens, a cancel between any two tokens, text that never splits a character.
torch and transformers are imported when a model is loaded, not when this module is.
"""

import codecs
import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import psutil

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines import hf_loading
from abacus_lsp.engines.answer import Stops, Unhealed, check_fit
from abacus_lsp.engines.base import (
    EngineError,
    Finish,
    ModelError,
    ModelInfo,
    Piece,
    Sampling,
    Usage,
    Vocabulary,
)
from abacus_lsp.engines.hf_loading import Plan
from abacus_lsp.engines.hf_vocabulary import HfVocabulary
from abacus_lsp.engines.kv import KvCache
from abacus_lsp.prompts import healing
from abacus_lsp.prompts.encode import encode_segments
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.settings import LocalSettings

# Layers whose cache can be cut back to any length when it is kept whole.
_REWINDING: Final = frozenset({"full_attention", "sliding_attention", "chunked_attention"})


class TransformersEngine:
    """A loaded model. `load` makes one.

    Args:
        model, tokenizer: of transformers.
        info: what to show.
    """

    def __init__(self, model: Any, tokenizer: Any, info: ModelInfo) -> None:
        config = model.config.get_text_config()
        self.info = info
        self._vocabulary = HfVocabulary(tokenizer, str(model.config.model_type), int(config.vocab_size))
        self._ends = self._vocabulary.ends() | _ids(getattr(model.generation_config, "eos_token_id", None))
        self._rewinds = set(getattr(config, "layer_types", None) or ()) <= _REWINDING
        self._narrow = "logits_to_keep" in inspect.signature(model.forward).parameters
        self._model: Any = model
        self._slots: dict[str, KvCache] = {}

    @property
    def vocabulary(self) -> Vocabulary | None:
        return self._vocabulary

    def count(self, text: str) -> int:
        return len(self._vocabulary.encode(text)) if text else 0

    def can_heal(self) -> bool:
        return True

    def stream(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        try:
            yield from self._once(prompt, sampling, cancel)
        except Unhealed:
            # The vocabulary cannot spell the healed text; nothing was shown yet.
            yield from self._once(healing.unhealed(prompt), sampling, cancel)

    def close(self) -> None:
        self._slots.clear()
        self._model = None

    def _once(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        if self._model is None:
            raise ModelError(f"{self.info.name} was unloaded: load it again.")
        cancel.check()
        ids = encode_segments(prompt, self._vocabulary)
        check_fit(len(ids), sampling, self.info)
        cache = self._cache(prompt.slot)
        reused = cache.rewind(ids)
        fresh = ids[reused:] or [self._first()]
        run = _Run(
            stops=Stops(prompt.stops),
            ends=self._ends,
            stop_ids=frozenset(
                index
                for each in prompt.stop_markers
                if (index := self._vocabulary.token_id(each)) is not None
            ),
            remaining=prompt.heal.encode("utf-8", "replace"),
        )
        choose = _chooser(sampling, self._model.device)
        made, prefilled = 0, len(ids) - reused
        while run.finish is None:
            logits = _guarded(cache, fresh, cancel)
            cancel.check()
            token, logprob = choose(logits, self._allowed(run))
            if not made:
                yield Piece("", usage=Usage(len(ids), reused, prefilled, 0))
            made += 1
            piece = run.take(token, self._vocabulary.bytes_of[token], logprob)
            if made >= sampling.max_tokens and run.finish is None:
                run.finish = "length"
            if piece is not None:
                yield piece
            fresh = [token]
        yield Piece(run.stops.flush(), usage=Usage(len(ids), reused, prefilled, made), finish=run.finish)

    def _allowed(self, run: "_Run") -> list[int] | None:
        if not run.remaining:
            return None
        found = self._vocabulary.candidates(run.remaining)
        if not found:
            raise Unhealed(run.remaining.decode("utf-8", "replace"))
        return found

    def _cache(self, slot: str) -> KvCache:
        if slot not in self._slots:
            self._slots[slot] = KvCache(self._model, rewinds=self._rewinds, narrow=self._narrow)
        return self._slots[slot]

    def _first(self) -> int:
        """An empty prompt still needs one token to start from."""
        return self._vocabulary.bos if self._vocabulary.bos is not None else min(self._ends, default=0)


@dataclass(slots=True)
class _Run:
    """One answer in the making: from tokens to text, up to its end."""

    stops: Stops
    ends: frozenset[int]
    stop_ids: frozenset[int]
    remaining: bytes  # of the healed text, not yet written
    finish: Finish | None = None
    decoder: Any = field(default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace"))

    def take(self, token: int, written: bytes, logprob: float) -> Piece | None:
        """The piece that `token` adds, None while the healed text is being written and at the end."""
        if token in self.stop_ids or token in self.ends:
            self.finish = "stop" if token in self.stop_ids else "eos"
            return None
        healed = len(self.remaining)
        self.remaining = self.remaining[len(written) :]
        if healed and len(written) <= healed:
            return None
        text = self.stops.feed(self.decoder.decode(written[healed:]))
        if self.stops.stopped:
            self.finish = "stop"
        return Piece(text, logprob=logprob)


def load(path: Path, settings: LocalSettings, name: str = "", *, trial: bool = False) -> TransformersEngine:
    """Load a model folder (safetensors) or a GGUF file.

    Args:
        path: on this machine; nothing is fetched.
        settings: device, dtype, context, threads, remote code.
        name: how the user calls it; "" takes the file's.
        trial: a model to try the product with.

    Raises:
        ModelError: refused, does not fit, damaged, or the [transformers] extra is missing.
    """
    if not path.exists():
        raise ModelError(f"there is no {path}: check abacus.model, or `abacus-lsp models list`.")
    try:
        plan = hf_loading.plan(path, settings)
        model, tokenizer = _load(plan, settings)
    except ImportError as error:
        raise ModelError(
            f"transformers cannot be used here ({error}): pip install 'abacus-lsp[transformers]'"
        ) from error
    detail = (
        f"{plan.dtype}, attention {getattr(model.config, '_attn_implementation', None) or 'eager'}, "
        f"about {plan.need / 1e9:.1f} GB with context {plan.context}"
    )
    info = ModelInfo(name or path.name, "transformers", plan.device, plan.context, detail, trial)
    return TransformersEngine(model, tokenizer, info)


def _load(plan: Plan, settings: LocalSettings) -> tuple[Any, Any]:
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415
    from safetensors import SafetensorError  # noqa: PLC0415

    cast(Any, transformers.utils.logging).disable_progress_bar()
    if plan.device == "cpu":
        torch.set_num_threads(settings.threads or _threads())
    where: dict[str, Any] = {"local_files_only": True, "trust_remote_code": plan.remote_code}
    if plan.gguf_file:
        where["gguf_file"] = plan.gguf_file
    try:
        tokenizer = cast(Any, transformers.AutoTokenizer).from_pretrained(plan.folder, **where)
        if plan.gguf_file:
            # Otherwise the blocks stay packed, and transformers fetches a kernel for them from the network.
            where["quantization_config"] = cast(Any, transformers).GgufConfig(dequantize=True)
        model = cast(Any, transformers.AutoModelForCausalLM).from_pretrained(
            plan.folder, **where, use_safetensors=True, dtype=getattr(torch, plan.dtype)
        )
        return model.to(plan.device).eval(), tokenizer
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        said = " ".join(str(error).split())[:300]
        raise ModelError(
            f"transformers cannot load {plan.folder / plan.gguf_file}: {said}. If the files are whole "
            "(`abacus-lsp doctor`), the architecture may be newer than the installed transformers; a GGUF file runs "
            "with llama.cpp."
        ) from error


def _threads() -> int:
    """Physical cores less one, for the editor; but two where there are two."""
    cores = psutil.cpu_count(logical=False) or 2
    return min(cores, max(cores - 1, 2))


def _guarded(cache: KvCache, ids: list[int], cancel: CancelToken) -> Any:
    """`feed`, with torch's errors (out of memory above all) as ours."""
    try:
        return cache.feed(ids, cancel)
    except RuntimeError as error:
        said = " ".join(str(error).split())[:200]
        raise EngineError(
            f"the model's computation failed ({said}): if memory ran out, lower abacus.local.contextTokens or "
            "choose a smaller model"
        ) from error


def _chooser(sampling: Sampling, device: Any) -> Callable[[Any, list[int] | None], tuple[int, float]]:
    """(logits, allowed ids or None) → (token, its logarithmic probability before any constraint)."""
    import torch  # noqa: PLC0415

    generator = (
        torch.Generator(device=device).manual_seed(sampling.seed) if sampling.temperature > 0 else None
    )

    def choose(logits: Any, allowed: list[int] | None) -> tuple[int, float]:
        free = logits
        if allowed is not None:
            free = torch.full_like(logits, -math.inf)
            free[allowed] = logits[allowed]
        if generator is None:
            token = int(free.argmax())
        else:
            token = _draw(free / sampling.temperature, sampling.top_p, generator)
        return token, float(logits[token] - logits.logsumexp(-1))

    return choose


def _draw(logits: Any, top_p: float, generator: Any) -> int:
    """One token out of the nucleus: the fewest likeliest ones that hold `top_p` of the probability."""
    import torch  # noqa: PLC0415

    chances, order = logits.softmax(-1).sort(descending=True)
    before = chances.cumsum(-1) - chances
    chances[before >= top_p] = 0.0
    return int(order[torch.multinomial(chances, 1, generator=generator)])


def _ids(told: object) -> frozenset[int]:
    if isinstance(told, int):
        return frozenset({told})
    return frozenset(cast(list[int], told)) if isinstance(told, list) else frozenset()
