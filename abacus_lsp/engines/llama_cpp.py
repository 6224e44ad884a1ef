"""GGUF models, run by llama.cpp in a child process of ours (`llama_child`), reached over a per-run key.

Knows processes and memory arithmetic; the talking is `http.HttpEngine` with the llama-server dialect, so that
our own process and a server the user runs are one code path.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

import psutil

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines.base import (
    EndpointError,
    EngineCrashed,
    ModelError,
    ModelInfo,
    Piece,
    Sampling,
    Usage,
    Vocabulary,
)
from abacus_lsp.models import gguf, hardware, memory
from abacus_lsp.models.errors import ModelFileError
from abacus_lsp.models.gguf import GgufInfo
from abacus_lsp.models.hardware import Hardware
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.settings import LocalSettings

SLOTS: Final = 5
"""KV caches kept apart: three places in files, less context, and everything else (docstrings, summaries)."""

_PATIENT: Final = {"GOMP_SPINCOUNT": "1000"}
"""Threads that wait for each other spin briefly, then sleep. Two threads, SmolLM2, tokens/s decoded here:
idle machine 69 (OpenMP's own long spin 62 to 83, sleeping at once 24 to 26); compilers on both cores 10 to 26
(long spin 0.3 to 0.5, sleeping at once 14 to 36)."""

# Tokens prefilled between two looks at a cancel. CPU seconds for 768 tokens of Gemma 3 270M on one thread: 4.2 in
# batches of 256, 4.1 of 64, 4.7 of 32.
_BATCH = 128
_MOST_CONTEXT = 16_384  # tokens reserved when nothing is set: aiXcoder's window
_MOST_CONTEXT_CPU = 8192  # nobody waits for a CPU to read more, and the KV cache takes memory at once
_LEAST_CONTEXT = 1024
_FREE_SHARE = 0.8  # of the memory that is free now; the editor needs some, too
_SILENCE_S = 60.0  # a long prefill on a slow machine says nothing for a while


class LlamaCppEngine:
    """A GGUF file in a llama.cpp process.

    Args:
        path: the file.
        settings: threads, layers on the GPU, context; zeros are decided here and told in `info`.
        name: how the user calls the model.
        trial: a model to try the product with.

    Raises:
        ModelError: the file is damaged, does not fit into memory, or llama.cpp does not know it.
    """

    def __init__(self, path: Path, settings: LocalSettings, name: str, *, trial: bool = False) -> None:
        header = _header(path)
        options = _options(header, settings)
        self._log = tempfile.TemporaryFile(prefix="abacus-llama-")  # noqa: SIM115  (lives as long as the process)
        self._process = self._spawn()
        answer = self._started(options)
        # Here, not at the top: httpx2 takes 90 ms to import, and only a loading model needs it.
        from abacus_lsp.engines.dialect_llama import learn  # noqa: PLC0415
        from abacus_lsp.engines.http import HttpEngine  # noqa: PLC0415
        from abacus_lsp.engines.transport import Transport  # noqa: PLC0415

        transport = Transport(answer["address"], key=options["key"], timeout=_SILENCE_S)
        try:
            dialect = learn(transport, model=name, architecture=header.architecture)
        except EndpointError as error:
            crash = self._crash(error)
            transport.close()
            self._end()
            raise crash from error
        context, detail = dialect.server.context, _detail(header, options, answer)
        self.info = ModelInfo(name, "llama.cpp", answer["device"], context, detail, trial)
        self._http = HttpEngine(transport, dialect, self.info)

    @property
    def vocabulary(self) -> Vocabulary | None:
        return self._http.vocabulary

    def count(self, text: str) -> int:
        try:
            return self._http.count(text)
        except EndpointError as error:
            raise self._crash(error) from error

    def can_heal(self) -> bool:
        return self._http.can_heal()

    def stream(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        try:
            yield from self._http.stream(prompt, sampling, cancel)
        except EndpointError as error:
            raise self._crash(error) from error

    def can_prefill(self) -> bool:
        return self._http.can_prefill()

    def prefill(self, prompt: Prompt, cancel: CancelToken) -> Usage:
        try:
            return self._http.prefill(prompt, cancel)
        except EndpointError as error:
            raise self._crash(error) from error

    def unread(self, prompt: Prompt) -> int | None:
        try:
            return self._http.unread(prompt)
        except EndpointError as error:
            raise self._crash(error) from error

    def close(self) -> None:
        self._http.close()
        self._end()

    def _spawn(self) -> "subprocess.Popen[str]":
        # -P: the working folder is the editor's, often a repository, whose json.py must not be the one that is imported.
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "abacus_lsp.engines.llama_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=_PATIENT | os.environ,
            text=True,
            encoding="utf-8",
        )

    def _started(self, options: dict[str, Any]) -> dict[str, Any]:
        """Wait until the model is loaded; it takes as long as it takes."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(options) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError:
            line = ""
        answer = cast("dict[str, Any]", json.loads(line or "{}"))
        if "address" not in answer:
            said = answer.get("error") or self._last_words()
            self._end()
            raise ModelError(
                f"llama.cpp cannot load {options['path']}: {said}. If the file is whole (`abacus-lsp doctor`), "
                "its architecture may be newer than the installed xllamacpp: pip install -U xllamacpp."
            )
        return answer

    def _crash(self, error: EndpointError) -> EndpointError | EngineCrashed:
        """The process is gone: say that instead of what it looked like from outside."""
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return error
        return EngineCrashed(
            f"the model's process ended (exit code {code}): {self._last_words() or 'no last words'}"
        )

    def _last_words(self) -> str:
        self._log.seek(max(self._log.seek(0, os.SEEK_END) - 2000, 0))
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return " / ".join(line.strip() for line in lines[-3:])

    def _end(self) -> None:
        process = self._process
        if process.poll() is None:
            process.kill()  # it holds nothing worth saving
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        self._log.close()


def _detail(header: GgufInfo, options: dict[str, Any], answer: dict[str, Any]) -> str:
    """What was decided, in one line."""
    told = f"{header.quantisation or 'GGUF'}, context {options['context']}, {options['threads']} threads"
    if answer["device"] != "cpu":
        told += f", {answer['layers']} of {header.block_count + 1} layers on {answer['device']}"
    return f"{told}; {options['path']}"


def _header(path: Path) -> GgufInfo:
    try:
        return gguf.read_header(path)
    except ModelFileError as error:
        raise ModelError(str(error)) from error


def _options(header: GgufInfo, settings: LocalSettings) -> dict[str, Any]:
    context = _context(header, settings)
    return {
        "path": str(header.path),
        "key": secrets.token_urlsafe(24),
        "context": context,
        "slots": SLOTS,
        "threads": settings.threads or _threads(),
        "gpu_layers": settings.gpu_layers,
        "batch": _BATCH,
        "lookup": settings.lookup,
    }


def _threads() -> int:
    """Physical cores less one, for the editor; but two where there are two."""
    cores = psutil.cpu_count(logical=False) or 2
    return min(cores, max(cores - 1, 2))


def _context(header: GgufInfo, settings: LocalSettings) -> int:
    """Tokens to reserve: what was asked for, else what the model was trained for and the memory holds.

    Raises:
        ModelError: not even a small window, or not the window asked for, fits.
    """
    shape = memory.shape_of_gguf(header)
    trained = header.context_length or 4096
    least = settings.context_tokens or min(_LEAST_CONTEXT, trained)
    here = hardware.look()
    free = _free(here)
    need = memory.estimate(shape, least).total
    if need > free:
        raise ModelError(
            f"{header.path.name} with a context of {least} tokens needs about {need / 1e9:.1f} GB of memory and "
            f"{free / 1e9:.1f} GB are to be had: close something, set abacus.local.contextTokens lower, or choose a "
            "smaller model (`abacus-lsp models list`)."
        )
    most = _MOST_CONTEXT if here.gpus else _MOST_CONTEXT_CPU
    return settings.context_tokens or min(trained, memory.largest_window(shape, free), most)


def _free(here: Hardware) -> int:
    """Bytes that weights and KV cache may take, in memory and on GPUs together (llama.cpp splits by layers)."""
    gpus = sum(gpu.free for gpu in here.gpus if not gpu.unified)
    return int(here.memory_free * _FREE_SHARE + gpus * _FREE_SHARE)
