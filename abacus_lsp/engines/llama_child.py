"""The process that holds the GGUF model: `python -m abacus_lsp.engines.llama_child`.

Reads one JSON line of options (see `llama_cpp._options`) from standard input, loads the model, writes one
JSON line {address, device, layers} or {error} to standard output, and serves llama.cpp's HTTP API on a
loopback port until standard input ends, which it does when the parent goes, however it goes. Everything
llama.cpp prints goes to standard error.

A process of its own because the constructor holds the GIL while it loads (1.2 s measured for 253 MB) and
because a crash in native code must not take the user's documents with it.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, cast

from abacus_lsp.models import gguf, memory

_RUN, _GUESS = 3, 8  # tokens that must agree, tokens guessed then
_GPU_SHARE = 0.9  # of what a GPU says is free; the rest is for what the driver and the screen take


def main() -> int:
    """Serve until standard input ends. 0: told to stop, 1: the model could not be loaded."""
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the parent's to handle
    options = json.loads(sys.stdin.readline())
    try:
        answer, _server = _serve(options)
    except (RuntimeError, ValueError, OSError, ImportError) as error:
        print(json.dumps({"error": str(error) or type(error).__name__}), file=protocol, flush=True)
        return 1
    print(json.dumps(answer), file=protocol, flush=True)
    sys.stdin.read()
    # llama.cpp's own shutdown waits for connections that a killed parent never closed.
    os._exit(0)


def _serve(options: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    import xllamacpp  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  (100 MB: only in this process)

    native = cast(Any, xllamacpp)
    device, free = _gpu(native.get_device_info())
    layers = _layers(options, free) if device else 0
    params = native.CommonParams()
    params.model.path = options["path"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [options["key"]]
    params.n_ctx = options["context"]
    params.n_parallel = options["slots"]
    params.kv_unified = True  # slots share one pool of cells: an idle one costs nothing
    params.n_gpu_layers = layers
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options["threads"]
    # A cancel is honoured between two batches.
    params.n_batch = params.n_ubatch = options["batch"]
    # Sliding-window models (Gemma 3) otherwise prefill everything again after an edit in the middle.
    params.swa_full = True
    params.cache_ram_mib = 0  # by default up to 8 GB of old prompts are kept in memory
    params.n_ctx_checkpoints = 0
    if options["lookup"]:
        _look_up(params.speculative, native.common_speculative_type)
    params.fit_params = False  # memory is decided by models.memory, and said
    params.warmup = False
    params.ui = False
    params.verbosity = 1
    server = native.Server(params)
    return {"address": server.listening_address, "device": device or "cpu", "layers": layers}, server


def _look_up(speculative: Any, kinds: Any) -> None:
    """Prompt lookup (see `engines.lookup`): a run of three tokens seen before brings what followed it."""
    speculative.types = [kinds.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
    speculative.ngram_simple.size_n = _RUN
    speculative.ngram_simple.size_m = _GUESS


def _gpu(devices: list[dict[str, Any]]) -> tuple[str, int]:
    """Name of the first GPU and the bytes free on all; ("", 0) without one (or with a CPU build)."""
    gpus = [device for device in devices if not device["type"].name.endswith(("_CPU", "_ACCEL"))]
    return (str(gpus[0]["name"]), sum(int(gpu["memory_free"]) for gpu in gpus)) if gpus else ("", 0)


def _layers(options: dict[str, Any], free: int) -> int:
    if options["gpu_layers"] >= 0:
        return int(options["gpu_layers"])
    shape = memory.shape_of_gguf(gguf.read_header(Path(options["path"])))
    return memory.layers_that_fit(shape, options["context"], int(free * _GPU_SHARE))


if __name__ == "__main__":
    raise SystemExit(main())
