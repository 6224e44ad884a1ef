"""The process that holds the GGUF model: `python -m abacus_lsp.engines.llama_child`.

Reads one JSON line {path, context, slots, threads, gpu_layers, key} from standard input, loads the model,
writes one JSON line {address} or {error} to standard output, and serves llama.cpp's HTTP API on a loopback
port until standard input ends, which it does when the parent goes, however it goes. Everything llama.cpp
prints goes to standard error.

A process of its own because the constructor holds the GIL while it loads (1.2 s measured for 253 MB) and
because a crash in native code must not take the user's documents with it.
"""

import json
import os
import signal
import sys
from typing import Any, cast


def main() -> int:
    """Serve until standard input ends. 0: told to stop, 1: the model could not be loaded."""
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the parent's to handle
    options = json.loads(sys.stdin.readline())
    try:
        server = _serve(options)
    except (RuntimeError, ValueError, OSError) as error:
        print(json.dumps({"error": str(error) or type(error).__name__}), file=protocol, flush=True)
        return 1
    print(json.dumps({"address": server.listening_address}), file=protocol, flush=True)
    sys.stdin.read()
    # llama.cpp's own shutdown waits for connections that a killed parent never closed.
    os._exit(0)


def _serve(options: dict[str, Any]) -> Any:
    import xllamacpp  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  (100 MB: only in this process)

    params = cast(Any, xllamacpp).CommonParams()
    params.model.path = options["path"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [options["key"]]
    params.n_ctx = options["context"]
    params.n_parallel = options["slots"]
    params.kv_unified = True  # slots share one pool of cells: an idle one costs nothing
    params.n_gpu_layers = options["gpu_layers"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options["threads"]
    # Small batches: a cancel is honoured between two of them.
    params.n_batch = params.n_ubatch = options["batch"]
    # Sliding-window models (Gemma 3) otherwise prefill everything again after an edit in the middle.
    params.swa_full = True
    params.cache_ram_mib = 0  # default 8 GB of old prompts in memory
    params.n_ctx_checkpoints = 0
    params.slot_prompt_similarity = 0.0  # slots are ours to choose (Prompt.slot)
    params.fit_params = False  # memory is decided by models.memory, and said
    params.warmup = False
    params.ui = False
    params.verbosity = 1
    return cast(Any, xllamacpp).Server(params)


if __name__ == "__main__":
    raise SystemExit(main())
