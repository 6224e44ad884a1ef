"""Four people type for half an hour through one daemon: memory stays, no descriptor and no thread is left behind."""

import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
import pytest
from lsp_client import Client
from trust.length import LONG, many
from trust.typist import Typist

pytestmark = [pytest.mark.slow, pytest.mark.trust]

ROOT = Path(__file__).parents[2]
CLIENTS = 4
MINUTES = many(0.4, 30)
GROWTH = (
    1.05  # memory at the end against memory half-way, when the caches of answers, counts and windows are full
)
LINES = 120  # of a file, then the next one is opened


@dataclass(frozen=True)
class Sample:
    """Of all processes together: bytes not shared with others, descriptors, threads."""

    memory: int
    descriptors: int
    threads: int

    @classmethod
    def of(cls, processes: list[psutil.Process]) -> "Sample":
        return cls(
            sum(process.memory_full_info().uss for process in processes),
            sum(process.num_fds() for process in processes),
            sum(process.num_threads() for process in processes),
        )


def texts() -> Iterator[tuple[str, list[str]]]:
    """Real files to type, again and again."""
    files = sorted((ROOT / "abacus_lsp").rglob("*.py"))
    while True:
        for file in files:
            yield file.name, file.read_text(encoding="utf-8").splitlines(keepends=True)[:LINES]


def person(client: Client, number: int, over: threading.Event, counts: list[int]) -> None:
    """Types file after file with a rhythm, takes what is offered now and then, jumps and deletes."""
    chance, encoding = random.Random(number), ("utf-8", "utf-16", "utf-32", "utf-16")[number]
    for name, lines in texts():
        typist = Typist(client, encoding, f"file:///work/{number}/{name}", "# 价格\n")
        for line in lines:
            for char in line:
                if over.wait(chance.uniform(0.03, 0.15)):  # the typist's rhythm
                    break
                typist.type(char)
                if chance.random() < 0.5:
                    typist.ask_at_end()
                counts[number] += 1
            if chance.random() < 0.1:
                typist.accept(chance)
            if chance.random() < 0.05:
                typist.edit(chance)
            typist.settle()
            typist.check()
            client.forget()
            client.answered.clear()
            if over.is_set():
                typist.close()
                return
        typist.close()


def test_an_afternoon_of_typing(tmp_path: Path) -> None:
    script = tmp_path / "answers.json"
    script.write_text(
        json.dumps({"answers": {"": "total = sum(价格)\n    return total\n"}}), encoding="utf-8"
    )
    options = {"engine": "scripted", "model": str(script), "completion": {"debounceMs": 0}}
    environment = {"ABACUS_HOME": str(tmp_path / "home")}
    over, counts = threading.Event(), [0] * CLIENTS
    clients = [Client(["serve", "--daemon-idle", "0.05"], env=environment) for _ in range(CLIENTS)]
    people: list[threading.Thread] = []
    try:
        for number, client in enumerate(clients):
            client.initialize(encodings=[("utf-8", "utf-16", "utf-32", "utf-16")[number]], options=options)
            people.append(threading.Thread(target=person, args=(client, number, over, counts)))
        processes = [psutil.Process(client.pid) for client in clients] + daemons(tmp_path)
        assert len(processes) == CLIENTS + 1
        for each in people:
            each.start()
        samples = watch(processes, people)
    finally:
        over.set()
        for each in people:
            each.join(60)
        for client in clients:
            client.__exit__(None, None, None)
    tell(samples, counts)
    first, last = samples[len(samples) // 6 : len(samples) // 3], samples[-len(samples) // 6 :]
    assert median(each.descriptors for each in last) <= median(each.descriptors for each in first)
    assert median(each.threads for each in last) <= median(each.threads for each in first)
    if LONG:  # half a minute is all start
        assert median(each.memory for each in last) <= GROWTH * median(each.memory for each in first)


def watch(processes: list[psutil.Process], people: list[threading.Thread]) -> list[Sample]:
    """A sample twelve times a minute or more, for as long as everybody types."""
    samples, end, pause = [], time.monotonic() + MINUTES * 60, min(5.0, MINUTES)
    while (left := end - time.monotonic()) > 0:
        people[0].join(min(pause, left))
        assert all(each.is_alive() for each in people), "a typist met an error"
        samples.append(Sample.of(processes))
    return samples


def daemons(home: Path) -> list[psutil.Process]:
    """The daemon of this home."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if "abacus_lsp" in " ".join(process.info["cmdline"] or ())
        and (process.info["environ"] or {}).get("ABACUS_HOME") == str(home / "home")
        and "serve" not in (process.info["cmdline"] or ())
    ]


def tell(samples: list[Sample], counts: list[int]) -> None:
    for at in range(0, len(samples), max(1, len(samples) // 12)):
        each = samples[at]
        print(f"{each.memory / 1e6:8.1f} MB  {each.descriptors:4} descriptors  {each.threads:4} threads")
    print(f"{sum(counts)} keys by {CLIENTS} clients in {MINUTES:g} minutes")
