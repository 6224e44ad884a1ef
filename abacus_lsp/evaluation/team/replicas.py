"""Servers of one model for a measurement: given by address, or vLLM processes that are started, killed and started.

Knows processes, vLLM's command line, `/health`, `/metrics`. Must not know typists.
"""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.team import counters
from abacus_lsp.evaluation.team.counters import Counters

_START_S: Final = 300.0
_BLOCK: Final = 32  # tokens; the smallest that vLLM takes on a CPU: what does not fill a block is read again
_QUIET: Final[Mapping[str, str]] = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_SERVER_DEV_MODE": "1",  # /reset_prefix_cache: every scheme begins with empty caches
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",  # otherwise every server binds itself to the first core
}


@dataclass(frozen=True, slots=True)
class Start:
    """How a replica is started.

    Attributes:
        program: `vllm`.
        model: a folder with safetensors.
        context: tokens of prompt and answer.
        kv_tokens: tokens that its KV cache holds.
    """

    program: Path
    model: Path
    context: int
    kv_tokens: int


class Replica:
    """One server. `start` is None for one that is not ours: then it cannot be killed."""

    def __init__(self, url: str, start: Start | None = None, log: IO[bytes] | None = None) -> None:
        self.url = url.rstrip("/")
        self._start = start
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def ours(self) -> bool:
        """Whether it may be killed."""
        return self._start is not None

    async def start(self) -> None:
        """Start the process, if it is ours, and wait until it is well.

        Raises:
            CannotMeasure: it does not come up.
        """
        if self._start is not None:
            self._process = await self._spawn(self._start)
        deadline = time.monotonic() + (_START_S if self.ours else 10)
        while not await self.well():
            if time.monotonic() > deadline or (self._process and self._process.returncode is not None):
                raise CannotMeasure(f"no server answers at {self.url}/health")
            await asyncio.sleep(0.5)  # another process gives no other sign of being ready

    async def _spawn(self, start: Start) -> asyncio.subprocess.Process:
        arguments = (
            "serve", str(start.model), "--served-model-name", start.model.name,
            "--host", "127.0.0.1", "--port", self.url.rpartition(":")[2], "--dtype", "bfloat16", "--enforce-eager",
            "--max-model-len", str(start.context), "--block-size", str(_BLOCK),
            "--num-gpu-blocks-override", str(start.kv_tokens // _BLOCK),
            "--enable-prompt-tokens-details", "--scheduling-policy", "priority",
        )  # fmt: skip
        path = f"{start.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        environment = {**os.environ, **_QUIET, "PATH": path}
        environment.pop("PYTHONPATH", None)
        return await asyncio.create_subprocess_exec(
            start.program, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            env=environment, start_new_session=True,
        )  # fmt: skip

    async def kill(self) -> None:
        """End it at once, as a machine that loses power would."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
            self._process = None

    async def well(self) -> bool:
        """Whether it says so."""
        return await self._get("/health") is not None

    async def counters(self) -> Counters:
        """What it has counted; of one that does not answer: nothing."""
        page = await self._get("/metrics")
        return counters.parse(page) if page else Counters()

    async def forget(self) -> bool:
        """Empty its prefix cache; whether that was possible."""
        return await self._get("/reset_prefix_cache", "POST") is not None

    async def _get(self, path: str, method: str = "GET") -> str | None:
        from httpx2 import AsyncClient, HTTPError  # noqa: PLC0415  (90 ms)

        try:
            async with AsyncClient(timeout=30, trust_env=False) as client:
                response = await client.request(method, self.url + path)
                return response.text if response.status_code == 200 else None
        except HTTPError:
            return None


@contextlib.asynccontextmanager
async def running(urls: Sequence[str], start: Start | None, log: Path) -> AsyncGenerator[list[Replica]]:
    """The replicas at `urls`, or two that are started; what was started ends with the block."""
    with log.open("ab") as output:
        mine = not urls and start is not None
        made = (
            [Replica(f"http://127.0.0.1:{_free_port()}", start, output) for _ in range(2)]
            if mine
            else [Replica(url) for url in urls]
        )
        # Asked to end, as by Ctrl-C: servers that were started would outlive this process.
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
        try:
            await asyncio.gather(*(replica.start() for replica in made))
            yield made
        finally:
            loop.remove_signal_handler(signal.SIGTERM)
            for replica in made:
                await replica.kill()


async def together(replicas: Sequence[Replica]) -> Counters:
    """The counters of all."""
    return counters.total(await asyncio.gather(*(replica.counters() for replica in replicas)))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
