"""`abacus-lsp bench start`: how long an editor waits before there is a server, and how large the installation is.

Knows processes, clocks and installed distributions. Must not know models: none is loaded, none is counted.
Times are compared with a bare interpreter on the same machine at the same time, so a busy one changes little.
"""

import contextlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import IO, Any, Final

from abacus_lsp.evaluation.metrics import median
from abacus_lsp.evaluation.report import CannotMeasure, Check, Suite

OWN: Final = "abacus-lsp"
BASELINE: Final = (sys.executable, "-c", "import asyncio, json")
MOST_RATIO: Final = 3.0
MOST_MB: Final = 300.0
_WAIT_S = 60.0
_HELLO: Final[dict[str, Any]] = {"processId": None, "rootUri": None, "capabilities": {}}
_REQUIREMENT = re.compile(r"\s*(?P<name>[\w.-]+)\s*(?:\[(?P<extras>[^\]]*)\])?[^;]*(?:;(?P<marker>.*))?")
_EXTRA = re.compile(r"""\bextra\s*==\s*['"]([^'"]+)['"]""")


def measure(runs: int, tick: Callable[[], None]) -> Suite:
    """Time `runs` starts of each kind, interleaved, and add up the installation.

    Args:
        runs: of each kind; medians are reported.
        tick: called after every round.

    Raises:
        CannotMeasure: something does not start, or abacus-lsp is not installed (its size is then unknown).
    """
    own = command()
    sizes = installed_sizes(OWN)
    kinds: dict[str, Callable[[], float]] = {
        "python": lambda: ran(BASELINE),
        "version": lambda: ran((*own, "--version")),
        "initialize": lambda: initialized((*own, "serve", "--no-daemon")),
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(runs):
        for kind, run in kinds.items():
            times[kind].append(run())
        tick()
    return report({kind: median(found) for kind, found in times.items()}, sizes, runs)


def report(medians: dict[str, float], sizes: dict[str, int], runs: int) -> Suite:
    """The suite from seconds for "python", "version", "initialize" and bytes by distribution."""
    bare = medians["python"]
    total = sum(sizes.values()) / 1e6
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:8]
    metrics: dict[str, Any] = {
        "runs": runs,
        "baseline": "python -c 'import asyncio, json'",
        "median_ms": {kind: 1000 * seconds for kind, seconds in medians.items()},
        "initialize_ratio": medians["initialize"] / bare,
        "distributions": len(sizes),
        "largest_mb": {name: sizes[name] / 1e6 for name in largest},
    }
    checks = (
        Check("version_ratio", medians["version"] / bare, at_most=MOST_RATIO),
        Check("base_installed_mb", total, at_most=MOST_MB),
    )
    return Suite("start", metrics, checks)


def command() -> tuple[str, ...]:
    """How this installation is started: its script beside the interpreter, else as a module."""
    script = shutil.which(OWN, path=str(Path(sys.executable).parent))
    return (script,) if script else (sys.executable, "-m", "abacus_lsp")


def ran(args: Sequence[str]) -> float:
    """Seconds from start to end.

    Raises:
        CannotMeasure: it cannot be run, or its exit code is not 0.
    """
    start = time.perf_counter()
    try:
        subprocess.run(args, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=_WAIT_S)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", b"") or b""
        raise CannotMeasure(f"{' '.join(args)}: {error} {said.decode(errors='replace')[-500:]}") from error
    return time.perf_counter() - start


def initialized(args: Sequence[str]) -> float:
    """Seconds from start until `initialize` is answered; the server is then told to leave.

    The settings are the defaults, whatever the user's file says.

    Raises:
        CannotMeasure: it ends, or says something else.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        args,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "ABACUS_CONFIG": os.devnull},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(framed({"id": 1, "method": "initialize", "params": _HELLO}))
        process.stdin.flush()
        while (answer := message(process.stdout)).get("id") != 1:
            pass
        taken = time.perf_counter() - start
        if "result" not in answer:
            raise CannotMeasure(f"{' '.join(args)}: initialize was answered with {answer}")
        process.stdin.write(framed({"id": 2, "method": "shutdown"}) + framed({"method": "exit"}))
        process.stdin.close()
        process.wait(_WAIT_S)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise CannotMeasure(f"{' '.join(args)} does not speak the protocol: {error}") from error
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        with contextlib.suppress(OSError):  # what it would not read is still to be flushed
            process.stdin.close()
    return taken


def framed(body: dict[str, Any]) -> bytes:
    """A message as it goes over the wire."""
    data = json.dumps({"jsonrpc": "2.0", **body}).encode()
    return b"Content-Length: %d\r\n\r\n" % len(data) + data


def message(stream: IO[bytes]) -> dict[str, Any]:
    """The next message; raises ValueError at the end of the stream or on anything else."""
    length = 0
    while (header := stream.readline()).strip():
        name, _, value = header.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    if not length:
        raise ValueError("it ended without an answer")
    return json.loads(stream.read(length))


# --- size


def installed_sizes(name: str) -> dict[str, int]:
    """Bytes on disk of a distribution and all it requires without extras, by distribution.

    A requirement for another platform or Python counts when it is installed all the same: rather too much than
    too little.

    Raises:
        CannotMeasure: `name` is not installed.
    """
    sizes: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(name, "")]
    while waiting:
        each, extra = waiting.pop()
        if (_normal(each), extra) in seen:
            continue
        seen.add((_normal(each), extra))
        try:
            found = metadata.distribution(each)
        except metadata.PackageNotFoundError as error:
            if each == name:
                raise CannotMeasure(
                    f"{name} runs from a folder and is not installed, so its size is unknown: pip install -e ."
                ) from error
            continue
        sizes[_normal(each)] = _size(found)
        for requirement in found.requires or ():
            waiting.extend(required(requirement, extra))
    return sizes


def required(requirement: str, extra: str) -> list[tuple[str, str]]:
    """(distribution, extra) pairs that a line of metadata asks for while `extra` is wanted; "" is no extra."""
    found = _REQUIREMENT.match(requirement)
    if found is None:
        return []
    wanted: list[str] = _EXTRA.findall(found["marker"] or "")
    if wanted and extra not in wanted:
        return []
    extras = [each.strip() for each in (found["extras"] or "").split(",") if each.strip()]
    return [(found["name"], each) for each in ("", *extras)]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _size(found: metadata.Distribution) -> int:
    """Bytes of the files it installed; for an editable installation of our own, of the packages' folders."""
    files = {Path(str(found.locate_file(file))) for file in found.files or ()}
    if _normal(found.metadata["Name"]) == OWN:
        for package in ("abacus_lsp", "retrieval"):
            spec = importlib.util.find_spec(package)
            for folder in (spec.submodule_search_locations if spec else None) or ():
                files.update(Path(folder).rglob("*"))
    return sum(file.stat().st_size for file in {path.resolve() for path in files} if file.is_file())
