"""Changes on disk that nobody reports: seen by watchfiles, or told in a word what they mean."""

import itertools
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from abacus_lsp.cli.index import changes
from retrieval import Index, Indexer, index_texts, watch

PATIENCE = 20.0  # seconds until a test gives up; none waits that long when all is well


class Seen:
    """Waits for an index of which something is true."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._index: Index | None = None

    def __call__(self, index: Index) -> None:
        with self._changed:
            self._index = index
            self._changed.notify_all()

    def files(self, *names: str, seconds: float = PATIENCE) -> bool:
        """Whether these are all the files, or soon are."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._index is not None and set(self._index.library.files) == set(names), seconds
            )


def test_files_are_followed_on_disk(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles", reason="needs abacus-lsp[watch]")
    (tmp_path / "a.py").write_text("alpha = 1\n")
    seen, stop = Seen(), threading.Event()
    with Indexer([tmp_path], on_change=seen) as indexer:
        assert seen.files("a.py")
        thread = watch.watch(indexer, stop)
        for attempt in range(int(PATIENCE)):  # the system says nothing of what came before it was asked
            (tmp_path / "b.py").write_text(f"betas = {attempt}\n")
            if seen.files("a.py", "b.py", seconds=1):
                break
        (tmp_path / "a.py").unlink()
        assert seen.files("b.py")
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "c.py").write_text("gamma = 1\n")
        assert seen.files("b.py", "sub/c.py")
        (tmp_path / "sub").rename(tmp_path / "other")
        assert seen.files("b.py", "other/c.py")
        shutil.rmtree(tmp_path / "other")
        assert seen.files("b.py")
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_nothing_to_watch(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles", reason="needs abacus-lsp[watch]")
    thread = watch.watch(Indexer([tmp_path / "gone"]), threading.Event())
    thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("changed", "files"),
    [
        (["a.py"], {"a.py", "sub/c.py"}),  # a file: only that one is read again
        ([".gitignore"], {"a.py", "new.py", "sub/c.py"}),
        (["sub"], {"a.py", "new.py", "sub/c.py"}),  # a folder: what is in it is not said
        (["gone"], {"a.py", "new.py", "sub/c.py"}),
        (["node_modules/x", "notes.bin", "/elsewhere/b.py"], {"a.py", "sub/c.py"}),
    ],
)
def test_what_a_changed_path_means(tmp_path: Path, changed: list[str], files: set[str]) -> None:
    for name in ("a.py", "sub/c.py", "gone/d.py", "node_modules/x/y.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    with Indexer([tmp_path]) as indexer:
        assert indexer.wait(PATIENCE)
        shutil.rmtree(tmp_path / "gone")
        (tmp_path / "new.py").write_text("y = 1\n")
        watch.report(indexer, [str(tmp_path / name) for name in changed])
        assert indexer.wait(PATIENCE)
        assert set(indexer.index.library.files) - {"gone/d.py"} == files


def test_what_changed_is_told_file_by_file() -> None:
    before = {"a.py": "a = 1\n", "b.py": "b = 1\n", "sub/c.py": "c = 1\n", "same.py": "d = 1\n"}
    after = {"a.py": "a = 2\n", "moved.py": "b = 1\n", "other/c.py": "c = 1\n", "same.py": "d = 1\n"}
    assert list(changes(index_texts(before), index_texts(after))) == [
        "removed b.py", "removed sub/c.py", "added moved.py", "added other/c.py", "changed a.py", "4 files, 4 windows",
    ]  # fmt: skip
    assert list(changes(index_texts(before), index_texts(before))) == []
    many = index_texts({f"{n}.py": "x = 1\n" for n in range(30)})
    assert list(changes(index_texts({}), many))[20:] == ["and 10 more", "30 files, 30 windows"]


@pytest.mark.slow
def test_the_command_says_what_changed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def a(): pass\n")
    command = [sys.executable, "-m", "abacus_lsp", "index", str(tmp_path), "--watch"]
    environment = os.environ | {"ABACUS_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            assert "1 of 1 files" in process.stdout.readline()
            writing, end = threading.Event(), time.monotonic() + PATIENCE

            def write() -> None:  # until it is seen: when the watcher has begun is not told
                for number in itertools.takewhile(lambda _: not writing.wait(0.2), itertools.count()):
                    (tmp_path / f"b{number}.py").write_text("def b(): pass\n")
                    if time.monotonic() > end:
                        process.kill()
                        return

            writer = threading.Thread(target=write)
            writer.start()
            try:
                line = next(line for line in process.stdout if "files," in line)
            finally:
                writing.set()
                writer.join()
        finally:
            process.kill()
    assert int(line.split()[1]) > 1
