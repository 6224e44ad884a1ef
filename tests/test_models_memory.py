"""Memory arithmetic, with figures worked out by hand."""

import pytest

from abacus_lsp.models.errors import ModelFileError
from abacus_lsp.models.memory import (
    SCRATCH,
    Shape,
    estimate,
    kv_per_token,
    largest_window,
    layers_that_fit,
    shape_of_config,
)

AIXCODER = Shape(14_900_000_000, 14_000_000_000, 32, (8,), 128, 128, 32_768)
GEMMA = Shape(246_587_904, 68_327_424, 18, (1,), 256, 256, 32_768, 262_144)
UNEVEN = Shape(100, 90, 3, (1, 2, 1), 64, 64, 2_048)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (AIXCODER, 32 * 8 * (128 + 128) * 2),  # 128 KiB
        (GEMMA, 18 * 1 * (256 + 256) * 2),
        (UNEVEN, 4 * 128 * 2),
    ],
)
def test_kv_per_token(shape: Shape, expected: int) -> None:
    assert kv_per_token(shape) == expected


def test_a_window_costs_its_kv_cache() -> None:
    need = estimate(AIXCODER, 16_384)
    assert need.kv_cache == 131_072 * 16_384 == 2 * 1024**3
    assert need.total == need.weights + need.kv_cache + SCRATCH
    assert estimate(AIXCODER, 16_384, kv_bytes=1).kv_cache == 1024**3


@pytest.mark.parametrize(
    ("free", "layers"),
    [
        (0, 0),
        (500_000_000, 0),
        (24_000_000_000, 33),  # all, and the output layer
        (8_000_000_000, 15),  # (8.0 - 0.2) GB at 0.5046 GB a layer
        (SCRATCH + 504_608_864, 1),
    ],
)
def test_layers_that_fit(free: int, layers: int) -> None:
    assert layers_that_fit(AIXCODER, 16_384, free) == layers


def test_more_memory_never_takes_fewer_layers() -> None:
    counts = [layers_that_fit(AIXCODER, 4_096, free) for free in range(0, 20_000_000_000, 250_000_000)]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 33)


def test_the_largest_window() -> None:
    assert largest_window(AIXCODER, 14_000_000_000) == 0
    assert largest_window(AIXCODER, 14_900_000_000 + SCRATCH + 131_072 * 1000) == 1000
    assert largest_window(AIXCODER, 10**12) == 32_768


@pytest.mark.parametrize(
    ("config", "kv_heads", "length", "layers", "context"),
    [
        ({"num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "hidden_size": 4096,
          "max_position_embeddings": 32768, "vocab_size": 49152}, 8, 128, 32, 32768),
        ({"n_layer": 24, "n_head": 16, "n_embd": 2048, "n_positions": 2048, "multi_query": True}, 1, 128, 24, 2048),
        ({"text_config": {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 64, "head_dim": 32}}, 4, 32, 2, 0),
    ],
)  # fmt: skip
def test_configs_of_transformers(
    config: dict[str, object], kv_heads: int, length: int, layers: int, context: int
) -> None:
    shape = shape_of_config(config, 10**9)
    assert (shape.kv_heads, shape.key_length, shape.layers, shape.context) == (
        (kv_heads,),
        length,
        layers,
        context,
    )
    assert shape.layer_bytes <= shape.weight_bytes


@pytest.mark.parametrize(
    "config", [{}, {"num_hidden_layers": "many"}, {"num_hidden_layers": 3, "hidden_size": 9}]
)
def test_a_config_without_a_decoder(config: dict[str, object]) -> None:
    with pytest.raises(ModelFileError):
        shape_of_config(config, 1)
