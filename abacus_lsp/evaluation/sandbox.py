"""Runs a program that a model wrote, where it can do little harm: `run`.

A process of its own in an empty folder, with limits on time, memory, file size and processes, an empty environment,
nothing on standard input, and no network where the system lets us take it away (Linux namespaces). This stops accidents, not
attacks: files that the user may read stay readable. Knows processes. Must not know benchmarks.
"""

import contextlib
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Outcome = Literal["passed", "failed", "timeout", "unavailable"]

SECONDS: Final = 10.0
MEMORY_MB: Final = 512
_PASSED: Final = 77
"""The exit code of a program that ran to its end; a program that leaves early, with any other, did not pass."""

_RUNNER: Final = """\
import os, sys
try:
    import resource
except ImportError:
    resource = None
seconds, memory = int(sys.argv[1]), int(sys.argv[2])
def limit(name, value):
    what = getattr(resource, name, None)
    if what is not None:
        try:
            resource.setrlimit(what, (value, value))
        except (OSError, ValueError):
            pass
limit("RLIMIT_CPU", seconds + 1)
limit("RLIMIT_AS", memory)
limit("RLIMIT_DATA", memory)
limit("RLIMIT_FSIZE", 1 << 20)
limit("RLIMIT_CORE", 0)
limit("RLIMIT_NOFILE", 64)
source = open(sys.argv[3], encoding="utf-8").read()
sys.argv = ["program.py"]
sys.path = [each for each in sys.path if each not in ("", os.getcwd())]
exec(compile(source, "program.py", "exec"), {"__name__": "__main__"})
os._exit(77)
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` of wall clock (and of CPU), `memory_mb` of address space."""

    seconds: float = SECONDS
    memory_mb: int = MEMORY_MB


@dataclass(frozen=True, slots=True)
class Result:
    """How a program ended; `detail` is the end of what it complained."""

    outcome: Outcome
    detail: str = ""

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


def run(program: str, limits: Limits = Limits()) -> Result:
    """Run a Python program; "passed" when it came to its end without an error."""
    with tempfile.TemporaryDirectory(prefix="abacus-sandbox-") as folder:
        source = Path(folder, "program.py")
        source.write_text(program, "utf-8", "surrogateescape")
        numbers = (str(max(int(limits.seconds), 1)), str(limits.memory_mb << 20))
        args = (sys.executable, "-I", "-S", "-B", "-c", _RUNNER, *numbers, str(source))
        return ran(args, folder, limits.seconds, success=_PASSED)


def ran(
    args: Sequence[str],
    folder: str,
    seconds: float,
    *,
    success: int = 0,
    env: Mapping[str, str] | None = None,
) -> Result:
    """Run any command in the folder, cut off from the network where that is possible."""
    process = subprocess.Popen(
        (*_alone(), *args),
        cwd=folder,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": folder, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=os.name == "posix",
    )
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return Result("timeout", f"more than {seconds:g} s")
    finally:
        _end(process)
    detail = said.decode("utf-8", "replace").strip()[-500:]
    return Result("passed" if process.returncode == success else "failed", detail)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """The process and all that it started."""
    if os.name == "posix":
        import signal  # noqa: PLC0415  (SIGKILL is not there on Windows)

        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
    process.wait()
    if process.stderr is not None:
        process.stderr.close()


@functools.cache
def _alone() -> tuple[str, ...]:
    """The command in front that takes the network (and sight of other processes' signals) away; () where none works."""
    tool = shutil.which("unshare")
    if tool is None or sys.platform != "linux":
        return ()
    args = (tool, "--user", "--map-root-user", "--net", "--ipc")
    try:
        done = subprocess.run((*args, "true"), capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return args if done.returncode == 0 else ()


def network_is_cut() -> bool:
    """Whether programs run here have no network: told in the report."""
    return bool(_alone())
