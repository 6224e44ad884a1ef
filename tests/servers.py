"""Real servers for tests: llama.cpp's in a child process, and vLLM's when ABACUS_TEST_VLLM names its bin folder.

Each is a context manager that yields the address; leaving it ends the process that was started, no other.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEY = "test-key-4711"

_LLAMA = """
import json, os, sys
protocol = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
import xllamacpp
options = json.loads(sys.stdin.readline())
params = xllamacpp.CommonParams()
params.model.path = options["path"]
params.hostnames = ["127.0.0.1"]
params.port = 0
params.api_keys = [options["key"]]
params.n_ctx = options["context"]
params.n_parallel = 2
params.kv_unified = True
params.n_batch = params.n_ubatch = 128
params.swa_full = True
params.cache_ram_mib = 0
params.n_ctx_checkpoints = 0
params.n_gpu_layers = 0
# One: with two, llama.cpp's threads wait for each other for whole time slices when another job has a core.
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
params.fit_params = False
params.warmup = False
params.ui = False
params.verbosity = 1
server = xllamacpp.Server(params)
print(server.listening_address, file=protocol, flush=True)
sys.stdin.read()
os._exit(0)
"""


@contextmanager
def llama_server(model: Path, context: int = 4096) -> Iterator[str]:
    """llama.cpp's server with `KEY` as its key; it ends with the block, and with this process."""
    with subprocess.Popen(
        [sys.executable, "-c", _LLAMA],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(json.dumps({"path": str(model), "key": KEY, "context": context}) + "\n")
            child.stdin.flush()
            ready, _, _ = select.select([child.stdout], [], [], 60)
            address = child.stdout.readline().strip() if ready else ""
            assert address, "llama.cpp's server did not start"
            yield address
        finally:
            child.kill()


@contextmanager
def vllm_server(model: Path, log: Path) -> Iterator[str]:
    """vLLM on the CPU, one minute to start."""
    home = Path(os.environ["ABACUS_TEST_VLLM"])
    port = _free_port()
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "OMP_NUM_THREADS": "1",
        "PATH": f"{home}{os.pathsep}{os.environ['PATH']}",
    }
    environment.pop("PYTHONPATH", None)
    arguments = ["--host", "127.0.0.1", "--port", str(port), "--dtype", "float32", "--enforce-eager"]
    arguments += ["--max-model-len", "2048", "--api-key", KEY, "--enable-prompt-tokens-details"]
    arguments += ["--scheduling-policy", "priority"]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [home / "vllm", "serve", str(model), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        ) as child,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            _await_health(address, child, log)
            yield address
        finally:
            os.killpg(child.pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await_health(address: str, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 300
    while True:
        assert child.poll() is None, log.read_text(errors="replace")[-2000:]
        assert time.monotonic() < deadline, log.read_text(errors="replace")[-2000:]
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return
        except OSError:
            # A server in another process gives no other sign of being ready.
            select.select([], [], [], 0.5)
