"""Whether and how a model folder or GGUF file may be loaded with transformers: formats, foreign code, memory.

Knows files, the config's facts and what is free on a device. Everything that is refused is refused here,
before gigabytes are read. GPU lines could not be run where this was written; the arithmetic is tested.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import psutil

from abacus_lsp.engines.base import ModelError
from abacus_lsp.models import gguf, memory
from abacus_lsp.models.errors import ModelFileError
from abacus_lsp.models.memory import Shape
from abacus_lsp.settings import LocalSettings

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_MOST_CONTEXT: Final = 16_384  # tokens when nothing is set
_LEAST_CONTEXT: Final = 1024
_FREE_SHARE: Final = 0.8  # of the memory that is free now
_BYTES: Final = {"float32": 4, "float16": 2, "bfloat16": 2}


@dataclass(frozen=True, slots=True)
class Plan:
    """How a model will be loaded.

    Attributes:
        folder, gguf_file: what transformers is told; `gguf_file` is "" for a folder.
        context: tokens of prompt and answer together.
        need: bytes, weights and KV cache for that context.
    """

    folder: Path
    gguf_file: str
    device: str
    dtype: str
    context: int
    need: int
    remote_code: bool


def plan(path: Path, settings: LocalSettings) -> Plan:
    """Decide everything about loading `path`, or refuse.

    Raises:
        ModelError: wrong format, foreign code, not enough memory, no such device.
    """
    is_file = path.suffix.lower() == ".gguf"
    remote_code = False if is_file else check_folder(path, settings)
    device = _device(settings.device)
    dtype = _dtype(settings.dtype, device)
    shape = _shape(path, _BYTES[dtype])
    free = free_bytes(device)
    context = fitting_context(
        path.name,
        shape,
        wanted=settings.context_tokens,
        free=free,
        device=device,
        number_bytes=_BYTES[dtype],
    )
    need = memory.estimate(shape, context, _BYTES[dtype]).total
    folder, file = (path.parent, path.name) if is_file else (path, "")
    return Plan(folder, file, device, dtype, context, need, remote_code)


def check_folder(path: Path, settings: LocalSettings) -> bool:
    """Whether the folder is a model that may be loaded; returns whether its own Python code will run.

    Raises:
        ModelError: not a model, weights that could run code when read, or code that was not allowed.
    """
    config = _config(path)
    if not any(path.glob("*.safetensors")):
        pickled = [*path.glob("*.bin"), *path.glob("*.pt"), *path.glob("*.pth")]
        if pickled:
            raise ModelError(
                f"{path} holds only {pickled[0].name}: such files can run any code when they are read. Fetch the "
                "model's safetensors or GGUF version."
            )
        raise ModelError(f"{path} holds no *.safetensors: fetch the model again, or name its GGUF file.")
    if not config.get("auto_map"):
        return False
    if not settings.trust_remote_code:
        return _native_or_refuse(path, str(config.get("model_type") or ""))
    if not _COMMIT.fullmatch(settings.revision):
        raise ModelError(
            f"{path.name} brings Python code of its own. To run it, set abacus.local.revision to the 40 characters "
            "of the commit that was looked at: a branch name may mean other code tomorrow."
        )
    if _COMMIT.fullmatch(path.name) and path.name != settings.revision:
        raise ModelError(
            f"{path} is commit {path.name}, abacus.local.revision allows {settings.revision}: fetch that one."
        )
    return True


def fitting_context(  # noqa: PLR0913  (facts, each with a name)
    name: str, shape: Shape, *, wanted: int, free: int, device: str, number_bytes: int
) -> int:
    """Tokens of context: `wanted`, or (0) what the model was trained for, as far as `free` bytes reach.

    Raises:
        ModelError: it does not fit; the message holds the arithmetic.
    """
    trained = shape.context or 4096
    fitting = memory.largest_window(shape, free, number_bytes)
    least = wanted or min(_LEAST_CONTEXT, trained)
    if fitting < least:
        need = memory.estimate(shape, least, number_bytes)
        raise ModelError(
            f"{name} needs {need.total / 1e9:.1f} GB on {device} ({need.weights / 1e9:.1f} weights, "
            f"{need.kv_cache / 1e9:.1f} KV cache for {least} tokens, {need.scratch / 1e9:.1f} working memory) and "
            f"{free / 1e9:.1f} GB are to be had: choose a smaller model or a GGUF (`abacus-lsp models list`), "
            "lower abacus.local.contextTokens, or close something."
        )
    return wanted or min(trained, fitting, _MOST_CONTEXT)


def free_bytes(device: str) -> int:
    """What may be used on `device` now."""
    free = psutil.virtual_memory().available
    if device.startswith("cuda"):
        import torch  # noqa: PLC0415

        free = cast(Any, torch.cuda).mem_get_info(device)[0]
    return int(free * _FREE_SHARE)


def _native_or_refuse(path: Path, model_type: str) -> bool:
    """A model with code of its own may still be one that transformers knows itself."""
    from transformers import CONFIG_MAPPING  # noqa: PLC0415

    if model_type in cast(Any, CONFIG_MAPPING):
        return False
    raise ModelError(
        f"{path.name} brings Python code of its own, which is not run unless you allow it: prefer its GGUF version, "
        "or set abacus.local.trustRemoteCode together with abacus.local.revision."
    )


def _config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path} is no model folder ({error}): name a folder with config.json, or a GGUF file."
        ) from error
    if not isinstance(config, dict):
        raise ModelError(f"{path / 'config.json'} is not a model's description. Fetch the model again.")
    return cast(dict[str, Any], config)


def _shape(path: Path, number_bytes: int) -> Shape:
    """The shape with the weights as wide as they will be in memory."""
    try:
        if path.suffix.lower() == ".gguf":
            header = gguf.read_header(path)
            shape = memory.shape_of_gguf(header)
            parameters = shape.weight_bytes * 8 // _bits(header.quantisation)
        else:
            shape = memory.shape_of_folder(path)
            stored = (
                4 if str(_config(path).get("dtype") or _config(path).get("torch_dtype")) == "float32" else 2
            )
            parameters = shape.weight_bytes // stored
    except ModelFileError as error:
        raise ModelError(str(error)) from error
    wider = parameters * number_bytes / max(shape.weight_bytes, 1)
    return Shape(
        weight_bytes=parameters * number_bytes,
        layer_bytes=int(shape.layer_bytes * wider),
        layers=shape.layers,
        kv_heads=shape.kv_heads,
        key_length=shape.key_length,
        value_length=shape.value_length,
        context=shape.context,
        vocabulary=shape.vocabulary,
    )


def _bits(quantisation: str) -> int:
    """Bits per weight, rounded down, of "Q4_K_M", "IQ3_XS", "F16" …; transformers unpacks all of them."""
    width = re.search(r"\d+", quantisation)
    return max(2, int(width.group())) if width else 4


def _device(wanted: str) -> str:
    import torch  # noqa: PLC0415

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if wanted == "auto":
        return "cuda:0" if cuda else "mps" if mps else "cpu"
    if (wanted.startswith("cuda") and not cuda) or (wanted == "mps" and not mps):
        raise ModelError(
            f"this machine (or this build of torch) has no {wanted} device: set abacus.local.device to auto or cpu."
        )
    if wanted.startswith("cuda"):
        index = int(wanted.partition(":")[2] or 0)
        if index >= torch.cuda.device_count():
            raise ModelError(f"there is no {wanted}: the last is cuda:{torch.cuda.device_count() - 1}.")
        return f"cuda:{index}"
    return wanted


def _dtype(wanted: str, device: str) -> str:
    """float32 on a CPU: there bfloat16 decodes fifteen times slower (measured with SmolLM2, 28 against 1.7)."""
    if wanted != "auto":
        return wanted
    if device.startswith("cuda"):
        import torch  # noqa: PLC0415

        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    return "float16" if device == "mps" else "float32"
