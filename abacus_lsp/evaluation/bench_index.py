"""`abacus-lsp bench index`: how fast, how large and how considerate the index is, on real source files.

Knows: the retrieval package, clocks, this process's memory. All figures of one run come from one machine;
compare figures of one run with each other. The event loop's delay stands for typing: it is the time by
which a timer of a few milliseconds comes late while the index is being made.
"""

import asyncio
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from abacus_lsp.evaluation.crossfile import Report, at_most
from retrieval import Indexer, Query, Workspace
from retrieval.chunks import split_lines, window_count
from retrieval.files import MAX_BYTES, Source, read_source

FILES = 10_000
WINDOWS = 200_000
QUERIES = 300
UPDATES = 40
GROWTH = (1_000, 10_000, 100_000)
GROWTH_BYTES = 4096  # files of the growth table: small ones, so that 100,000 are read in minutes
_GROWTH_QUERIES = 200
_TICK = 0.005
_MEGABYTE = 1 << 20


@dataclass(slots=True)
class Sampler:
    """Loop delays (seconds) and the largest memory (bytes) while it runs."""

    delays: list[float] = field(default_factory=list[float])
    peak: int = 0

    async def run(self, done: Callable[[], bool]) -> None:
        """Sample until `done` says so."""
        process = psutil.Process()
        while not done():
            before = time.perf_counter()
            await asyncio.sleep(_TICK)
            self.delays.append(time.perf_counter() - before - _TICK)
            if len(self.delays) % 10 == 0:
                self.peak = max(self.peak, process.memory_info().rss)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def sample(
    source: Path, target: Path, *, files: int, windows: int, max_bytes: int = MAX_BYTES
) -> tuple[int, int]:
    """Copy files of a folder until either bound is reached; how many files and windows that were."""
    workspace = Workspace((source,))
    taken = covered = 0
    keys = list(workspace.list_files().keys)
    random.Random(0).shuffle(keys)  # noqa: S311 a sample, not a secret
    for key in keys:
        if taken >= files or covered >= windows:
            break
        read = read_source(workspace.path(key), max_bytes)
        if isinstance(read, Source):
            copy = target / key
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(read.text, "utf-8", "surrogateescape")
            taken += 1
            covered += window_count(len(split_lines(read.text)))
    return taken, covered


def first_index(root: Path, cache: Path) -> tuple[Indexer, float, Sampler]:
    """Index a folder; the running indexer, the seconds it took, and what the event loop felt."""
    sampler = Sampler()
    indexer = Indexer([root], cache=cache)
    started = time.perf_counter()
    indexer.start()
    asyncio.run(sampler.run(lambda: indexer.wait(0)))
    return indexer, time.perf_counter() - started, sampler


def query_times(indexer: Indexer, count: int, rng: random.Random) -> list[float]:
    """Milliseconds of whole searches at random cursors of random files."""
    index, times = indexer.index, list[float]()
    entries = [entry for _, entry in sorted(index.library.files.items()) if entry.line_count > 10]
    for _ in range(count):
        entry = rng.choice(entries)
        text = entry.text()
        query = Query(entry.path, text, rng.randrange(len(text)))
        before = time.perf_counter()
        index.search(query, 1024)
        times.append((time.perf_counter() - before) * 1000)
    return times


def update_times(indexer: Indexer, count: int, rng: random.Random) -> list[float]:
    """Milliseconds from a changed buffer to an index that has it."""
    paths = sorted(indexer.index.library.files)
    times: list[float] = []
    for number in range(count):
        path = rng.choice(paths)
        text = indexer.index.library.files[path].text() + f"\nbench_update_{number} = {number}\n"
        before = time.perf_counter()
        indexer.change(path, text)
        indexer.wait(60)
        times.append((time.perf_counter() - before) * 1000)
        if not indexer.index.library.definitions(f"bench_update_{number}") and path.endswith(".py"):
            raise RuntimeError(f"{path}: the update did not arrive")
    return times


def reopen(root: Path, cache: Path) -> tuple[float, float]:
    """Seconds to the first answer of a reopened workspace, and until the disk has been compared."""
    started = time.perf_counter()
    with Indexer([root], cache=cache) as indexer:
        while not indexer.index.library.files and not indexer.wait(0.001):
            pass
        indexer.index.search(Query("", "def main(args):\n    return ", 27), 1024)
        first = time.perf_counter() - started
        indexer.wait(120)
        return first, time.perf_counter() - started


def bench_index(source: Path, scratch: Path | None = None) -> Report:
    """All figures for one folder of real source files (any size; 10,000 files are wanted)."""
    rng = random.Random(0)  # noqa: S311 samples, not secrets
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        small, large, cache = Path(folder, "small"), Path(folder, "large"), Path(folder, "cache")
        _, windows = sample(source, small, files=1 << 30, windows=WINDOWS)
        files, _ = sample(source, large, files=FILES, windows=1 << 30)
        before = psutil.Process().memory_info().rss
        indexer, _, sampler = first_index(small, cache)
        settled = psutil.Process().memory_info().rss - before
        queries, updates = query_times(indexer, QUERIES, rng), update_times(indexer, UPDATES, rng)
        indexer.stop()
        peak = max(sampler.peak, psutil.Process().memory_info().rss) - before
        del indexer
        whole, seconds, felt = first_index(large, cache)
        whole.stop()
        del whole
        first, compared = reopen(large, cache)
    metrics = {
        "windows": windows, "files": files,
        "query_p50_ms": quantile(queries, 0.5), "update_p99_ms": quantile(updates, 0.99),
        "loop_delay_p99_ms": quantile(felt.delays, 0.99) * 1000, "loop_delay_max_ms": max(felt.delays) * 1000,
        "memory_settled_mb": settled / _MEGABYTE, "reopen_compared_s": compared,
    }  # fmt: skip
    checks = [
        at_most("query_p99_ms", quantile(queries, 0.99), 15),
        at_most("first_index_s", seconds, 60),
        at_most("loop_delay_p99_ms", quantile(felt.delays, 0.99) * 1000, 20),
        at_most("reopen_s", first, 0.5),
        at_most("update_ms", quantile(updates, 0.5), 50),
        at_most("memory_mb", peak / _MEGABYTE, 250),
    ]
    return Report(suite="bench.index", metrics={k: round(v, 2) for k, v in metrics.items()}, checks=checks)


def growth(
    source: Path,
    sizes: Sequence[int] = GROWTH,
    scratch: Path | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Report:
    """Query times as the workspace grows: small real files, and beyond them synthetic copies with renamed
    identifiers. `tick` is called after each size.
    """
    rows: dict[str, dict[str, float]] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            rows[str(size)] = _grown(source, Path(folder), size)
        tick()
    pairs = itertools.pairwise(zip(sizes, rows.values(), strict=True))
    slower = [(b["query_p50_ms"] / a["query_p50_ms"]) / (more / files) for (files, a), (more, b) in pairs]
    metrics = {
        "note": f"files of at most {GROWTH_BYTES} bytes; all beyond the real ones are synthetic copies",
        "files": rows,
    }
    checks = [at_most("query_growth_by_file_growth", max(slower, default=0.0), 1)]
    return Report(suite="bench.index.growth", metrics=metrics, checks=checks)


def _grown(source: Path, folder: Path, size: int) -> dict[str, float]:
    """One row of the growth table."""
    root = folder / "files"
    real, _ = sample(source, root, files=size, windows=1 << 30, max_bytes=GROWTH_BYTES)
    _renamed_copies(root, size - real)
    indexer, seconds, felt = first_index(root, folder / "cache")
    times = query_times(indexer, _GROWTH_QUERIES, random.Random(0))  # noqa: S311 samples, not secrets
    updates = update_times(indexer, UPDATES, random.Random(0))  # noqa: S311
    windows = indexer.index.library.corpus.documents
    indexer.stop()
    figures = {
        "first_index_s": seconds, "loop_delay_p99_ms": quantile(felt.delays, 0.99) * 1000,
        "query_p50_ms": quantile(times, 0.5), "query_p99_ms": quantile(times, 0.99),
        "update_p50_ms": quantile(updates, 0.5),
    }  # fmt: skip
    return {"real": real, "windows": windows} | {name: round(value, 2) for name, value in figures.items()}


def _renamed_copies(root: Path, count: int) -> None:
    """Fill a folder with copies whose longer names carry a number, so that they are other names."""
    originals = [path for path in sorted(root.rglob("*")) if path.is_file()]
    for number, path in zip(range(count), _forever(originals), strict=False):
        round_number = number // max(len(originals), 1)
        target = root / f"copy{round_number}" / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text("utf-8", "surrogateescape")
        target.write_text(text.replace("_", f"_{round_number}q"), "utf-8", "surrogateescape")


def _forever(paths: list[Path]) -> Iterator[Path]:
    while paths:
        yield from paths
