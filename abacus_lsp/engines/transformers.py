"""The engine for safetensors folders (and GGUF files) in this process: transformers' forward pass, our own loop.

The loop is ours because a completion engine needs what `generate` does not give: a KV cache kept between
answers and cut back to the shared tokens, a cancel between any two tokens, text that never splits a character.
torch and transformers are imported when a model is loaded, not when this module is.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import psutil

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines import hf_loading
from abacus_lsp.engines.answer import Decoding, Stops, Unhealed, check_fit
from abacus_lsp.engines.base import (
    EngineError,
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
from abacus_lsp.engines.lookup import Lookup
from abacus_lsp.engines.sampling import chooser
from abacus_lsp.engines.slots import Slots
from abacus_lsp.prompts import healing
from abacus_lsp.prompts.encode import encode_segments
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.settings import LocalSettings

SLOTS: Final = 4
"""KV caches kept apart: the current file, the one before, less context, and everything else."""

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
        self._slots = Slots(SLOTS)
        self._caches: dict[int, KvCache] = {}

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

    def can_prefill(self) -> bool:
        return True

    def prefill(self, prompt: Prompt, cancel: CancelToken) -> Usage:
        # All but the last token: its logits are what the answer starts from, and recurrent models cannot go back.
        ids = encode_segments(prompt, self._vocabulary)[:-1]
        check_fit(len(ids), Sampling(max_tokens=1), self.info)
        cache = self._cache(prompt.slot, ids)
        reused = cache.rewind([*ids, -1])
        if ids[reused:]:
            _guarded(cache, ids[reused:], cancel, 1)
        return Usage(len(ids), reused, len(ids) - reused, 0)

    def unread(self, prompt: Prompt) -> int | None:
        return self._told_slots().unread(prompt.slot, encode_segments(prompt, self._vocabulary))

    def close(self) -> None:
        self._caches.clear()
        self._model = None

    def _once(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        cancel.check()
        ids = encode_segments(prompt, self._vocabulary)
        check_fit(len(ids), sampling, self.info)
        cache = self._cache(prompt.slot, ids)
        reused = cache.rewind(ids) if sampling.reuse else cache.cut(0)
        told = Usage(len(ids), reused, len(ids) - reused, 0)
        run, made = self._run(prompt), 0
        draw = chooser(sampling, self._model.device)
        lookup = Lookup(ids) if sampling.lookup and self._rewinds else None
        steps = _Steps(cache, cancel, lambda row: draw(row, self._allowed(run)), lookup)
        for token, logprob, margin in steps.after(ids[reused:] or [self._first()]):
            if not made:
                yield Piece("", usage=told)
            made += 1
            piece = run.take(token, self._vocabulary.bytes_of[token], logprob, margin)
            if made >= sampling.max_tokens and run.finish is None:
                run.finish = "length"
            if piece is not None:
                yield piece
            if run.finish is not None:
                break
        yield Piece(run.stops.flush(), usage=replace(told, generated=made), finish=run.finish)

    def _run(self, prompt: Prompt) -> Decoding:
        found = map(self._vocabulary.token_id, prompt.stop_markers)
        return Decoding(
            stops=Stops(prompt.stops),
            ends=self._ends,
            stop_ids=frozenset(each for each in found if each is not None),
            remaining=prompt.heal.encode("utf-8", "replace"),
            barred=prompt.barred,
        )

    def _allowed(self, run: Decoding) -> list[int] | None:
        told = run.remaining or run.barred
        found = self._vocabulary.candidates(run.remaining, run.barred) if told else None
        if found == []:
            raise Unhealed(run.remaining.decode("utf-8", "replace"))
        return found

    def _told_slots(self) -> Slots:
        for number, cache in self._caches.items():
            self._slots.holds(number, cache.tokens)
        return self._slots

    def _cache(self, slot: str, ids: list[int]) -> KvCache:
        if self._model is None:
            raise ModelError(f"{self.info.name} was unloaded: load it again.")
        number = self._told_slots().number(slot, ids)
        if number not in self._caches:
            self._caches[number] = KvCache(self._model, rewinds=self._rewinds, narrow=self._narrow)
        return self._caches[number]

    def _first(self) -> int:  # an empty prompt still needs one token to start from
        return self._vocabulary.bos if self._vocabulary.bos is not None else min(self._ends, default=0)


@dataclass(slots=True)
class _Steps:
    """The loop: read, choose, guess what comes, read that too.

    `choose` gives (token, its logarithmic probability, nats before the runner-up) for a row of logits.
    """

    cache: KvCache
    cancel: CancelToken
    choose: Callable[[Any], tuple[int, float, float]]
    lookup: Lookup | None

    def after(self, fresh: list[int]) -> Iterator[tuple[int, float, float]]:
        """The model's tokens after `fresh`, without end: whoever reads them stops."""
        guess = list[int]()
        while True:
            rows = _guarded(self.cache, [*fresh, *guess], self.cancel, len(guess) + 1)
            right = -1
            for row, guessed in zip(rows, [*guess, None], strict=True):
                self.cancel.check()
                chosen = self.choose(row)
                right += 1
                if self.lookup is not None:
                    self.lookup.append(chosen[0])
                yield chosen
                fresh = [chosen[0]]
                if chosen[0] != guessed:
                    break
            if right < len(guess):
                self.cache.cut(len(self.cache.tokens) - len(guess) + right)
            if self.lookup is not None:
                self.lookup.judge(len(guess), right)
                guess = self.lookup.guess()


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


def _guarded(cache: KvCache, ids: list[int], cancel: CancelToken, rows: int) -> Any:
    """`feed`, with torch's errors (out of memory above all) as ours."""
    try:
        return cache.feed(ids, cancel, rows)
    except RuntimeError as error:
        said = " ".join(str(error).split())[:200]
        raise EngineError(
            f"the model's computation failed ({said}): if memory ran out, lower abacus.local.contextTokens or "
            "choose a smaller model"
        ) from error


def _ids(told: object) -> frozenset[int]:
    if isinstance(told, int):
        return frozenset({told})
    return frozenset(cast(list[int], told)) if isinstance(told, list) else frozenset()
