"""The KV cache of one slot in transformers: kept between answers, cut back to what the next prompt shares.

Invariant: `tokens` are exactly the ones whose keys and values are in the cache, whatever interrupted the work.
"""

from inspect import signature
from typing import Any

from abacus_lsp.cancel import CancelToken

PREFILL_BATCH = 128  # tokens between two looks at the cancel token; smaller ones cost CPU (64: a third more)


class KvCache:
    """One prompt's keys and values.

    Args:
        model: a causal language model of transformers.
        rewinds: the model's cache can be cut back (attention can, recurrent state cannot).
    """

    def __init__(self, model: Any, *, rewinds: bool, narrow: bool) -> None:
        self._model = model
        self._rewinds = rewinds
        self._narrow = narrow
        # transformers 5.24 gave the argument its present name.
        self._argument = "cache" if "cache" in signature(model.forward).parameters else "past_key_values"
        self.tokens: list[int] = []
        self._cache: Any = None

    def rewind(self, ids: list[int]) -> int:
        """Keep what `ids` shares with the last prompt, but its last token; returns how many tokens that is."""
        shared = 0
        for mine, wanted in zip(self.tokens, ids[:-1], strict=False):
            if mine != wanted:
                break
            shared += 1
        return self.cut(shared)

    def cut(self, length: int) -> int:
        """Forget all but the first `length` tokens; returns how many are left (none where it cannot be cut)."""
        surplus = len(self.tokens) - length
        if self._cache is None or not length or (surplus and not self._rewinds):
            self.clear()
            return 0
        if surplus:
            self._cache.crop(-surplus)
            del self.tokens[length:]
        return length

    def feed(self, ids: list[int], cancel: CancelToken, rows: int = 1) -> Any:
        """Read `ids` (at least one), batch by batch; the logits after the last `rows`, as float32 on the device.

        `rows` may not be more than a batch holds.

        Raises:
            Cancelled: between two batches; what was read stays.
        """
        import torch  # noqa: PLC0415  (only this engine needs it)

        logits: Any = None
        for start in range(0, len(ids), PREFILL_BATCH):
            cancel.check()
            batch = ids[start : start + PREFILL_BATCH]
            with torch.inference_mode():
                logits = self._forward(torch.tensor([batch], device=self._model.device), rows)
            self.tokens.extend(batch)
        return logits

    def clear(self) -> None:
        """Forget everything."""
        self.tokens = []
        self._cache = None

    def _forward(self, ids: Any, rows: int) -> Any:
        if self._cache is None:
            self._cache = _fresh(self._model, rewinds=self._rewinds)
        # All logits of a long prompt would be gigabytes with a large vocabulary.
        last = {"logits_to_keep": rows} if self._narrow else {}
        try:
            answer = self._model(input_ids=ids, use_cache=True, **{self._argument: self._cache}, **last)
        except BaseException:
            # Some layers may have the new tokens and some not.
            self.clear()
            raise
        return answer.logits[0, -rows:].float()


def _fresh(model: Any, *, rewinds: bool) -> Any:
    from transformers import DynamicCache  # noqa: PLC0415

    # Without the config every layer keeps all tokens; sliding-window layers could not be cut back otherwise.
    return DynamicCache() if rewinds else DynamicCache(config=model.config)
