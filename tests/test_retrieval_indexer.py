"""The background thread: buffers over files, changes, deletions, problems said once."""

from pathlib import Path

import pytest

from retrieval import Index, Indexer, Problem, Query


def paths(index: Index, word: str) -> list[str]:
    return [s.path for s in index.search(Query("", f"{word} \n", len(word) + 1), 1000).snippets]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("alpha = 1\n")
    (tmp_path / "b.py").write_text("betas = 1\n")
    return tmp_path


def test_first_index_and_changes_on_disk(project: Path) -> None:
    with Indexer([project]) as indexer:
        assert indexer.wait(20)
        assert paths(indexer.index, "alpha") == ["a.py"]
        assert indexer.index.share == 1.0
        (project / "a.py").write_text("gamma = 1\n")
        (project / "b.py").unlink()
        (project / "c.py").write_text("betas = 2\n")
        indexer.disk_changed(["a.py", "b.py", "c.py"])
        assert indexer.wait(20)
        assert paths(indexer.index, "alpha") == []
        assert paths(indexer.index, "gamma") == ["a.py"]
        assert paths(indexer.index, "betas") == ["c.py"]


def test_buffers_stand_over_files(project: Path) -> None:
    with Indexer([project]) as indexer:
        indexer.change("a.py", "unsaved = 1\n")
        assert indexer.wait(20)
        assert paths(indexer.index, "unsaved") == ["a.py"]
        (project / "a.py").write_text("saved = 1\n")
        indexer.disk_changed(["a.py"])
        indexer.rescan()
        assert indexer.wait(20)
        assert paths(indexer.index, "unsaved") == ["a.py"]
        indexer.close("a.py")
        assert indexer.wait(20)
        assert paths(indexer.index, "unsaved") == []
        assert paths(indexer.index, "saved") == ["a.py"]


def test_a_rescan_finds_what_nobody_reported(project: Path) -> None:
    with Indexer([project]) as indexer:
        assert indexer.wait(20)
        (project / "a.py").unlink()
        (project / "sub").mkdir()
        (project / "sub/d.py").write_text("delta = 1\n")
        indexer.rescan()
        assert indexer.wait(20)
        assert paths(indexer.index, "alpha") == []
        assert paths(indexer.index, "delta") == ["sub/d.py"]


def test_problems_are_said_once(project: Path) -> None:
    (project / "broken.py").symlink_to(project / "nowhere.py")
    problems: list[Problem] = []
    with Indexer([project], on_problem=problems.append) as indexer:
        assert indexer.wait(20)
        indexer.rescan()
        assert indexer.wait(20)
    assert [problem.path for problem in problems] == ["broken.py"]


def test_indexes_are_handed_over_and_stay_as_they_are(project: Path) -> None:
    seen: list[Index] = []
    with Indexer([project], on_change=seen.append) as indexer:
        assert indexer.wait(20)
        old = indexer.index
        indexer.change("a.py", "other = 1\n")
        assert indexer.wait(20)
    assert paths(old, "alpha") == ["a.py"]
    assert paths(seen[-1], "other") == ["a.py"]
    assert [index.version for index in seen] == sorted(index.version for index in seen)


def test_an_empty_or_missing_folder(tmp_path: Path) -> None:
    problems: list[Problem] = []
    with Indexer([tmp_path, tmp_path / "gone"], on_problem=problems.append) as indexer:
        assert indexer.wait(20)
        assert paths(indexer.index, "anything") == []
        assert indexer.index.share == 1.0
    assert len(problems) == 1
