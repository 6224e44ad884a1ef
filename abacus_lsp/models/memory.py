"""How much memory a model needs: weights, KV cache for a window, working buffers. Arithmetic only.

Knows the shapes of attention, not of machines: what is free is the caller's to know. Figures are estimates to
decide by, rounded up; the formulas are checked against real model heads in the tests, GPUs have not been.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from abacus_lsp.models.errors import ModelFileError
from abacus_lsp.models.gguf import GgufInfo

SCRATCH = 200_000_000
"""Bytes for activations and the engine itself, at a window of 4,096 tokens; grows little with the window."""
KV_BYTES = 2
"""One number of the KV cache: f16 or bf16."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What memory depends on. `kv_heads`: one number per layer, or one for all; lengths are per head.

    `layer_bytes`: the weights that belong to layers (the part that can be offloaded one by one).
    """

    weight_bytes: int
    layer_bytes: int
    layers: int
    kv_heads: tuple[int, ...]
    key_length: int
    value_length: int
    context: int
    vocabulary: int = 0


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes by purpose."""

    weights: int
    kv_cache: int
    scratch: int

    @property
    def total(self) -> int:
        return self.weights + self.kv_cache + self.scratch


def estimate(shape: Shape, window: int, kv_bytes: int = KV_BYTES) -> Need:
    """The memory for a window of so many tokens.

    A sliding window is counted in full: the cache is kept whole (`swa_full`) so that it can be reused.
    """
    return Need(shape.weight_bytes, kv_per_token(shape, kv_bytes) * window, SCRATCH + shape.vocabulary * 4)


def kv_per_token(shape: Shape, kv_bytes: int = KV_BYTES) -> int:
    """Bytes of KV cache that one token takes over all layers."""
    heads = shape.kv_heads[0] * shape.layers if len(shape.kv_heads) == 1 else sum(shape.kv_heads)
    return heads * (shape.key_length + shape.value_length) * kv_bytes


def layers_that_fit(shape: Shape, window: int, free_bytes: int, kv_bytes: int = KV_BYTES) -> int:
    """How many layers (with their share of the KV cache) go to a device with so many bytes free.

    `shape.layers + 1` means everything, the output layer included: llama.cpp counts it as one more. Zero when
    not even one fits beside the working buffers.
    """
    if shape.layers == 0:
        return 0
    need = estimate(shape, window, kv_bytes)
    if need.total <= free_bytes:
        return shape.layers + 1
    per_layer = -(-(shape.layer_bytes + need.kv_cache) // shape.layers)
    return max(0, min(shape.layers, (free_bytes - need.scratch) // per_layer)) if per_layer else 0


def largest_window(shape: Shape, free_bytes: int, kv_bytes: int = KV_BYTES) -> int:
    """The most tokens of window that fit, at most the trained context; zero when the weights alone do not."""
    room = free_bytes - estimate(shape, 0, kv_bytes).total
    per_token = kv_per_token(shape, kv_bytes)
    if room <= 0:
        return 0
    return min(shape.context or room, room // per_token) if per_token else shape.context


def shape_of_gguf(info: GgufInfo) -> Shape:
    """The shape that a GGUF's head tells."""
    return Shape(
        weight_bytes=info.tensor_bytes,
        layer_bytes=info.layer_bytes,
        layers=info.block_count,
        kv_heads=info.head_count_kv or (0,),
        key_length=info.key_length,
        value_length=info.value_length,
        context=info.context_length,
        vocabulary=len(info.tokens),
    )


def shape_of_config(config: dict[str, Any], weight_bytes: int) -> Shape:
    """The shape that a transformers `config.json` tells; `weight_bytes` are those of the safetensors.

    Raises ModelFileError when the config does not describe a decoder that we can compute.
    """
    config = {**config, **cast("dict[str, Any]", config.get("text_config") or {})}
    layers = _number(config, "num_hidden_layers", "n_layer")
    heads = _number(config, "num_attention_heads", "n_head")
    hidden = _number(config, "hidden_size", "n_embd")
    vocabulary = _number(config, "vocab_size")
    if not (layers and heads and hidden):
        raise ModelFileError(
            "config.json does not tell layers, heads and width: is it a text model's folder?"
        )
    kv_heads = 1 if config.get("multi_query") is True else _number(config, "num_key_value_heads") or heads
    length = _number(config, "head_dim") or hidden // heads
    weights_per_number = 2
    embeddings = (
        vocabulary * hidden * weights_per_number * (1 if config.get("tie_word_embeddings") is True else 2)
    )
    return Shape(
        weight_bytes=weight_bytes,
        layer_bytes=max(0, weight_bytes - embeddings),
        layers=layers,
        kv_heads=(kv_heads,),
        key_length=length,
        value_length=length,
        context=_number(config, "max_position_embeddings", "n_positions"),
        vocabulary=vocabulary,
    )


def shape_of_folder(folder: Path) -> Shape:
    """The shape of a transformers folder on disk. Raises ModelFileError."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelFileError(
            f"{folder / 'config.json'} cannot be read ({error}). Fetch the model again."
        ) from error
    if not isinstance(config, dict):
        raise ModelFileError(f"{folder / 'config.json'} is not a model's description. Fetch the model again.")
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    return shape_of_config(cast("dict[str, Any]", config), weights)


def _number(config: dict[str, Any], *names: str) -> int:
    values = (config.get(name) for name in names)
    return next((value for value in values if isinstance(value, int) and value > 0), 0)
