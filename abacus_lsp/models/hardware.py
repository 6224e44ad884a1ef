"""What this machine has to run a model on: memory, cores, graphics memory. Loads no machine-learning library.

Asking takes milliseconds (nvidia-smi: tens). Only the CPU path could be tried where this was written; the GPU
lines are read from nvidia-smi's and the system's own words.
"""

import importlib.util
import os
import platform
import subprocess
from dataclasses import dataclass

ASK_SECONDS = 3.0
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Gpu:
    """One graphics device; bytes. `unified`: its memory is the machine's (Apple silicon)."""

    name: str
    total: int
    free: int
    unified: bool = False


@dataclass(frozen=True, slots=True)
class Hardware:
    """Bytes of memory, physical cores, graphics devices, and whether the [transformers] extra is there."""

    memory_total: int
    memory_free: int
    cores: int
    gpus: tuple[Gpu, ...] = ()
    transformers: bool = False


def look() -> Hardware:
    """What is here now."""
    import psutil  # noqa: PLC0415  the server starts without it

    memory = psutil.virtual_memory()
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))  # a container may own fewer than the machine has
    there = all(importlib.util.find_spec(name) is not None for name in ("torch", "transformers"))
    return Hardware(memory.total, memory.available, cores, _gpus(memory.total, memory.available), there)


def parse_nvidia_smi(text: str) -> tuple[Gpu, ...]:
    """Devices out of `nvidia-smi --query-gpu=name,memory.total,memory.free --format=csv,noheader,nounits` (MiB)."""
    gpus: list[Gpu] = []
    for line in text.splitlines():
        fields = [field.strip() for field in line.rsplit(",", 2)]
        if len(fields) == 3 and fields[1].isdigit() and fields[2].isdigit():
            gpus.append(Gpu(fields[0], int(fields[1]) * MIB, int(fields[2]) * MIB))
    return tuple(gpus)


def _gpus(memory_total: int, memory_free: int) -> tuple[Gpu, ...]:
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        # Metal lets one program have about three quarters of the machine's memory.
        return (
            Gpu(
                "Apple silicon", memory_total * 3 // 4, min(memory_free, memory_total * 3 // 4), unified=True
            ),
        )
    command = ["nvidia-smi", "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=ASK_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return parse_nvidia_smi(answer.stdout) if answer.returncode == 0 else ()
