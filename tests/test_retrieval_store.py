"""The index on disk: what is saved is what is loaded, and damage is not an index."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval import Index, Indexer, Problem, Query
from retrieval.builder import Builder
from retrieval.entries import read_entry
from retrieval.store import load, save, store_path

TEXTS = {
    "shop/price.py": "def net_price(gross):\n    return gross / 1.19\n",
    "shop/empty.py": "",
    "shop/nothing.py": "",
    "notes.txt": "no definitions here\n",
    "中/文.py": "# 计算净价\nclass Kasse:\n    summe = 0\n",
    "odd.py": "name = '\udc80'\n",
}


def saved_library(path: Path) -> Builder:
    builder = Builder()
    builder.update(read_entry(key, text, (5, len(text))) for key, text in TEXTS.items())
    builder.update([read_entry("odd.py", "other_name = 1\n", (6, 1))], ["shop/empty.py"])
    builder.tidy()
    assert save(path, builder.snapshot())
    return builder


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.idx"
    before = saved_library(path).snapshot()
    after = load(path)
    assert after is not None
    assert {k: (e.text(), e.stamp) for k, e in after.files.items()} == {
        k: (e.text(), e.stamp) for k, e in before.files.items()
    }
    query = Query("app.py", "from shop.price import net_price\nx = net_price(", 45)
    one, two = Index(before).search(query, 500), Index(after).search(query, 500)
    assert one.snippets == two.snippets
    assert any(snippet.kind == "signature" for snippet in one.snippets)
    builder = Builder(after)
    builder.update([read_entry("new.py", "fresh_name = 2\n", (7, 1))])
    assert "new.py" in builder.snapshot().files


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "format", "text"])
def test_damage_is_no_index(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.idx"
    saved_library(path)
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(
        {
            "cut": data[:middle],
            "flip": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
            "empty": b"",
            "format": data.replace(b'"format": 4', b'"format": 3'),
            "text": b"not an index at all, just text",
        }[damage]
    )
    assert load(path) is None
    assert load(tmp_path / "none.idx") is None


def test_reopening_reads_only_what_changed(tmp_path: Path) -> None:
    project, cache = tmp_path / "project", tmp_path / "cache"
    project.mkdir()
    for name in "abc":
        (project / f"{name}.py").write_text(f"name_{name * 3} = 1\n")
    with Indexer([project], cache=cache) as indexer:
        indexer.change("c.py", "unsaved_text = 1\n")
        assert indexer.wait(20)
    assert store_path(cache, indexer.workspace.roots).exists()
    (project / "b.py").write_text("name_new = 12345\n")
    seen: list[Index] = []
    with Indexer([project], cache=cache, on_change=seen.append) as indexer:
        assert indexer.wait(20)
    first, last = seen[0].library.files, seen[-1].library.files
    assert set(first) == {"a.py", "b.py", "c.py"}
    assert last["a.py"] is first["a.py"]
    assert last["b.py"].text() == "name_new = 12345\n"
    assert last["c.py"].text() == "name_ccc = 1\n"


def test_a_cache_that_cannot_be_written_is_survived(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "a.py").write_text("alpha = 1\n")
    with Indexer([tmp_path], cache=tmp_path / "file") as indexer:
        assert indexer.wait(20)
        assert set(indexer.index.library.files) == {"a.py"}


def test_a_damaged_cache_is_made_anew_in_silence(tmp_path: Path) -> None:
    project, cache = tmp_path / "project", tmp_path / "cache"
    project.mkdir()
    (project / "a.py").write_text("alpha = 1\n")
    path = store_path(cache, [project])
    path.parent.mkdir(parents=True)
    told: list[Problem] = []
    for damage in (b"", b"abacusix" + bytes(100), os.urandom(5000)):
        path.write_bytes(damage)
        with Indexer([project], cache=cache, on_problem=told.append) as indexer:
            assert indexer.wait(20)
            assert set(indexer.index.library.files) == {"a.py"}
        library = load(path)
        assert library is not None
        assert set(library.files) == {"a.py"}
    assert told == []


_PROCESS = """
import sys
from pathlib import Path
from retrieval import Indexer
project, cache = map(Path, sys.argv[1:])
with Indexer([project], cache=cache, on_problem=print) as indexer:
    assert indexer.wait(60)
    indexer.change("own.py", "own = 1")
    assert indexer.wait(60)
    print(len(indexer.index.library.files))
"""


@pytest.mark.slow
def test_several_processes_share_one_workspace(tmp_path: Path) -> None:
    project, cache = tmp_path / "project", tmp_path / "cache"
    project.mkdir()
    for number in range(250):  # enough to be saved while all are running
        (project / f"f{number}.py").write_text(f"name_{number} = 1\n")
    command = [sys.executable, "-c", _PROCESS, str(project), str(cache)]
    root = str(Path(__file__).parents[1])
    processes = [
        subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=60) for process in processes] == [("251\n", "")] * 3
    library = load(store_path(cache, [project]))
    assert library is not None
    assert len(library.files) >= 250
    assert len(list((cache / "index").iterdir())) == 1  # nothing half written is left
