"""A llama.cpp server for the peers: `python -m abacus_lsp.evaluation.typing.peer_server`.

Reads one JSON line {path, key, context, threads, gpu_layers}, writes one JSON line {address} or {error}, serves
until standard input ends. Options are llama-server's defaults and what llama.vim's documentation recommends
(cache reuse from 256 tokens on), not those of our engine: a peer is run as its users run it. The file, the
threads and the context are the same as ours.
"""

import json
import os
import sys
from typing import Any, cast


def main() -> int:
    """Serve until standard input ends. 1: the model could not be loaded."""
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    options = json.loads(sys.stdin.readline())
    try:
        server = _serve(options)
    except (RuntimeError, ValueError, OSError, ImportError) as error:
        print(json.dumps({"error": str(error) or type(error).__name__}), file=protocol, flush=True)
        return 1
    print(json.dumps({"address": server.listening_address}), file=protocol, flush=True)
    sys.stdin.read()
    os._exit(0)


def _serve(options: dict[str, Any]) -> Any:
    import xllamacpp  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  (100 MB: only in this process)

    native = cast(Any, xllamacpp)
    params = native.CommonParams()
    params.model.path = options["path"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [options["key"]]
    params.n_ctx = options["context"]
    params.n_parallel = 1
    params.n_cache_reuse = 256
    params.swa_full = True  # sliding-window models can neither keep nor shift their cache otherwise
    params.n_gpu_layers = options["gpu_layers"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options["threads"]
    params.fit_params = False
    params.ui = False
    params.verbosity = 1
    return native.Server(params)


if __name__ == "__main__":
    raise SystemExit(main())
