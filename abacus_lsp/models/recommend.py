"""Which model to use at the first start, and which download to offer. Pure: what was found in, a choice out.

The order, best first: what the person pulled on purpose, a code model trained to fill in the middle, then any model of the catalogue, and among
equals the larger one, as long as it fits and answers in time. Nothing fitting: the embedded default.
"""

import re
from dataclasses import dataclass
from types import MappingProxyType

from abacus_lsp.models import catalogue
from abacus_lsp.models.discover import Found, FoundModel
from abacus_lsp.models.hardware import Hardware
from abacus_lsp.models.local_servers import FoundServer, ServedModel
from abacus_lsp.models.memory import estimate
from abacus_lsp.models.rows import GB, ModelRow

WINDOW = 4_096
MEMORY_SHARE = 0.6
"""Of the free memory: the editor, the browser and the language's own server want some too."""
GPU_SHARE = 0.9
BYTES_PER_CORE = GB * 3 // 10
"""Weights that one core reads in time for a suggestion. Measured: 0.25 GB decode 46 tokens/s on two cores, and
decoding slows in proportion, so two cores and 0.6 GB still give about 20 tokens/s."""
CPU_MOST = 4 * GB

_CODE_WORDS = re.compile(r"code|coder|starcoder|mellum|codestral|devstral|abacus|santa|refact", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Served:
    """One model of a server that runs already."""

    server: FoundServer
    model: ServedModel


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`use`: what to run now (None: nothing is here, pull `catalogue.DEFAULT`). `offer`: a better download.

    Both reasons are sentences to show.
    """

    use: FoundModel | Served | None
    use_reason: str
    offer: ModelRow | None
    offer_reason: str


def recommend(found: Found, hardware: Hardware) -> Recommendation:
    """The choice for this machine."""
    ranked = sorted(_usable(found, hardware), key=lambda one: one[0], reverse=True)
    use = ranked[0][1] if ranked else None
    offer = _offer(ranked[0][0] if ranked else _Rank(), hardware)
    if use is None:
        reason = f"No usable model was found on this machine. Get the trial model: {_pull(catalogue.DEFAULT)}"
    else:
        reason = f"Using {_called(use)}."
    told = "" if offer is None else _offered(offer)
    return Recommendation(use, reason, offer, told)


def budget(hardware: Hardware) -> int:
    """Bytes of memory a model may take here, on the device it would run on."""
    return max(
        [round(hardware.memory_free * MEMORY_SHARE), *(round(gpu.free * GPU_SHARE) for gpu in hardware.gpus)]
    )


def comfortable_weights(hardware: Hardware) -> int:
    """Bytes of weights that still answer in time: as many as fit on a GPU, few on a CPU."""
    on_gpu = max((round(gpu.free * GPU_SHARE) for gpu in hardware.gpus), default=0)
    return max(on_gpu, min(CPU_MOST, hardware.cores * BYTES_PER_CORE))


@dataclass(frozen=True, slots=True, order=True)
class _Rank:
    """Compared field by field.

    `chosen`: the person pulled or imported it with our command. `loaded`: another program holds it in memory.
    """

    chosen: bool = False
    code_with_fim: bool = False
    fim: bool = False
    known: bool = False
    loaded: bool = False
    size: int = 0
    nearness: int = 0


_NEARNESS = MappingProxyType({"abacus-lsp": 5, "huggingface": 4, "llama.cpp": 3, "lmstudio": 2, "ollama": 1})
"""Among copies of one model, the one whose life we control."""


def _usable(found: Found, hardware: Hardware) -> list[tuple[_Rank, FoundModel | Served]]:
    usable: list[tuple[_Rank, FoundModel | Served]] = []
    for model in found.models:
        known, code = model.row is not None, bool(_CODE_WORDS.search(model.name))
        if (known or model.fim) and _fits(model, hardware):
            chosen = _ours(model) and not _trial(model)
            rank = _Rank(
                chosen, model.fim and code, model.fim, known, False, model.size, _NEARNESS[model.origin]
            )
            usable.append((rank, model))
    for server in found.servers:
        for served in server.models:
            # A server does not tell its vocabulary: only a name that speaks of code is trusted this far.
            fits = server.loaded or 0 < served.size <= comfortable_weights(hardware)
            if _CODE_WORDS.search(served.name) and fits:
                usable.append(
                    (_Rank(False, True, True, False, server.loaded, served.size), Served(server, served))
                )
    return usable


def _fits(model: FoundModel, hardware: Hardware) -> bool:
    if model.kind == "hf" and not (hardware.transformers and hardware.gpus):
        return False
    if model.row is not None and model.row.needs_remote_code and model.kind == "hf":
        return False  # its own Python code runs only when the person says so
    small_enough = _ours(model) or model.size <= comfortable_weights(
        hardware
    )  # slow is their choice, if theirs
    return small_enough and estimate(model.shape, WINDOW).total <= budget(hardware)


def _ours(model: FoundModel) -> bool:
    return model.origin == "abacus-lsp"


def _trial(model: FoundModel) -> bool:
    return model.row is not None and model.row.trial


def _offer(best: _Rank, hardware: Hardware) -> ModelRow | None:
    """The largest code model with an unrestricted licence that fits, if it beats what is here."""
    fitting = [
        row
        for row in catalogue.CATALOGUE
        if row.kind == "gguf"
        and row.fim
        and not row.licence.note
        and row.memory <= budget(hardware)
        and row.size <= comfortable_weights(hardware)
    ]
    offer = max(fitting, key=lambda row: row.size, default=None)
    if (
        offer is None
        or best.chosen
        or (best.code_with_fim and (best.loaded or best.size * 5 // 4 >= offer.size))
    ):
        return None
    return offer


def _called(use: FoundModel | Served) -> str:
    if isinstance(use, Served):
        return f"{use.model.name} of the {use.server.kind} server at {use.server.url}"
    trial = " (trial model 试用)" if _trial(use) else ""
    return f"{use.name}{trial} from {use.path}"


def _offered(row: ModelRow) -> str:
    about = "about " if row.approximate else ""
    facts = f"{about}{row.size / GB:.1f} GB, {row.licence.name}"
    return f"{row.title} ({facts}) would fit this machine and complete better: {_pull(row.name)}"


def _pull(name: str) -> str:
    return f"abacus-lsp models pull {name}"
