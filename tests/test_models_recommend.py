"""The first start's choice, as a table: what was found, on which machine, gives what."""

from pathlib import Path

import pytest

from abacus_lsp.models import catalogue
from abacus_lsp.models.discover import Found, FoundModel, Origin
from abacus_lsp.models.hardware import Gpu, Hardware
from abacus_lsp.models.local_servers import FoundServer, ServedModel
from abacus_lsp.models.memory import Shape
from abacus_lsp.models.recommend import Served, recommend
from abacus_lsp.models.rows import GB, Kind

LAPTOP = Hardware(16 * GB, 10 * GB, 2)
DESKTOP = Hardware(32 * GB, 24 * GB, 8)
CRAMPED = Hardware(4 * GB, GB // 2, 2)
SERVER = Hardware(64 * GB, 48 * GB, 16, (Gpu("card", 24 * GB, 22 * GB),), transformers=True)
NO_EXTRA = Hardware(64 * GB, 48 * GB, 16, (Gpu("card", 24 * GB, 22 * GB),), transformers=False)


def model(
    name: str, size: float, *, fim: bool = True, origin: Origin = "lmstudio", kind: Kind = "gguf"
) -> FoundModel:
    count = round(size * GB)
    shape = Shape(count, count, 10, (2,), 64, 64, 32_768)
    return FoundModel(name, Path("/m") / name, kind, origin, count, shape, fim, catalogue.find(name))


GEMMA = model("gemma3-270m", 0.25, fim=False, origin="abacus-lsp")
SMOL = model("smollm2-135m", 0.1, fim=False, origin="abacus-lsp")
CODER_HALF = model("qwen2.5-coder-0.5b-q8_0", 0.53)
CODER_1 = model("qwen2.5-coder-1.5b-q8_0", 1.65)
CODER_7 = model("qwen2.5-coder-7b-q8_0", 8.1)
CHAT = model("qwen2.5-1.5b-instruct", 1.6)
LLAMA = model("llama-3-8b-instruct", 4.7, fim=False)
ABACUS = model("abacus-gguf", 1.7, fim=False, origin="abacus-lsp")
ABACUS_CODE = model("abacus", 5.4, fim=False, origin="abacus-lsp", kind="hf")
AIXCODER = model("aixcoder-7b", 14.9, origin="huggingface", kind="hf")
VLLM = FoundServer("vllm", "http://127.0.0.1:8000", (ServedModel("Qwen/Qwen2.5-Coder-7B"),), loaded=True)
CHAT_SERVER = FoundServer("llama.cpp", "http://127.0.0.1:8080", (ServedModel("llama-3-8b"),), loaded=True)
OLLAMA = FoundServer(
    "ollama", "http://127.0.0.1:11434", (ServedModel("qwen2.5-coder:0.5b", GB // 2),), loaded=False
)


@pytest.mark.parametrize(
    ("models", "servers", "hardware", "use", "offer"),
    [
        ([], [], LAPTOP, None, "qwen2.5-coder-0.5b-gguf"),
        ([], [], CRAMPED, None, None),
        ([], [], DESKTOP, None, "qwen2.5-coder-1.5b-gguf"),
        ([], [], SERVER, None, "qwen2.5-coder-7b-gguf"),
        ([GEMMA], [], LAPTOP, "gemma3-270m", "qwen2.5-coder-0.5b-gguf"),
        ([SMOL, GEMMA], [], LAPTOP, "gemma3-270m", "qwen2.5-coder-0.5b-gguf"),
        ([GEMMA, CODER_HALF], [], LAPTOP, "qwen2.5-coder-0.5b-q8_0", None),
        # Too slow for two cores, right for eight.
        ([GEMMA, CODER_1], [], LAPTOP, "gemma3-270m", "qwen2.5-coder-0.5b-gguf"),
        ([GEMMA, CODER_HALF, CODER_1], [], DESKTOP, "qwen2.5-coder-1.5b-q8_0", None),
        ([CODER_HALF, CODER_1, CODER_7], [], SERVER, "qwen2.5-coder-7b-q8_0", None),
        ([CODER_HALF], [], SERVER, "qwen2.5-coder-0.5b-q8_0", "qwen2.5-coder-7b-gguf"),
        # Markers in the vocabulary of a chat model are worth less than a code model.
        ([CHAT, CODER_HALF], [], DESKTOP, "qwen2.5-coder-0.5b-q8_0", "qwen2.5-coder-1.5b-gguf"),
        # No markers and not of the catalogue: not taken unasked.
        ([LLAMA], [], SERVER, None, "qwen2.5-coder-7b-gguf"),
        # Pulled on purpose: used, slow or not, and nothing else is offered.
        ([GEMMA, ABACUS, CODER_HALF], [], LAPTOP, "abacus-gguf", None),
        ([ABACUS], [], CRAMPED, None, None),
        # Code of a model's own runs only on request.
        ([ABACUS_CODE], [], SERVER, None, "qwen2.5-coder-7b-gguf"),
        ([AIXCODER], [], SERVER, "aixcoder-7b", None),
        ([AIXCODER], [], NO_EXTRA, None, "qwen2.5-coder-7b-gguf"),
        ([AIXCODER], [], DESKTOP, None, "qwen2.5-coder-1.5b-gguf"),
        ([GEMMA], [VLLM], LAPTOP, "Qwen/Qwen2.5-Coder-7B", None),
        ([GEMMA], [CHAT_SERVER], LAPTOP, "gemma3-270m", "qwen2.5-coder-0.5b-gguf"),
        ([GEMMA], [OLLAMA], LAPTOP, "qwen2.5-coder:0.5b", None),
        ([GEMMA], [OLLAMA, VLLM], LAPTOP, "Qwen/Qwen2.5-Coder-7B", None),
    ],
)  # fmt: skip
def test_the_choice(
    models: list[FoundModel],
    servers: list[FoundServer],
    hardware: Hardware,
    use: str | None,
    offer: str | None,
) -> None:
    for order in (models, models[::-1]):
        choice = recommend(Found(tuple(order), tuple(servers)), hardware)
        used = choice.use.model.name if isinstance(choice.use, Served) else choice.use and choice.use.name
        assert (used, choice.offer and choice.offer.name) == (use, offer)


def test_the_reasons_say_what_to_do() -> None:
    nothing = recommend(Found(()), LAPTOP)
    assert "abacus-lsp models pull gemma3-270m" in nothing.use_reason
    assert nothing.offer_reason == (
        "Qwen2.5-Coder 0.5B, GGUF Q8_0 (about 0.5 GB, Apache-2.0) would fit this machine and complete better: "
        "abacus-lsp models pull qwen2.5-coder-0.5b-gguf"
    )
    assert "试用" in recommend(Found((GEMMA,)), LAPTOP).use_reason


def test_restricted_models_are_never_offered() -> None:
    for cores in range(1, 33):
        for gpu in (0, 8, 24, 80):
            gpus = (Gpu("card", gpu * GB, gpu * GB),) if gpu else ()
            offer = recommend(Found(()), Hardware(256 * GB, 200 * GB, cores, gpus, transformers=True)).offer
            assert offer is None or not offer.licence.note
