"""The background thread: buffers over files, changes, deletions, problems said once, errors survived."""

import threading
from pathlib import Path
from typing import Any, cast

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


def many(root: Path, count: int, word: str, folder: str = "many") -> list[str]:
    (root / folder).mkdir(exist_ok=True)
    keys = [f"{folder}/f{number}.py" for number in range(count)]
    for number, key in enumerate(keys):
        (root / key).write_text(f"{word}_{number} = {number}\n")
    return keys


def test_links_to_nowhere_and_in_circles_are_said_once(project: Path) -> None:
    (project / "one.py").symlink_to(project / "two.py")
    (project / "two.py").symlink_to(project / "one.py")
    (project / "broken.py").symlink_to(project / "nowhere.py")
    (project / "folder.py").symlink_to(project, target_is_directory=True)
    told: list[Problem] = []
    with Indexer([project], on_problem=told.append) as indexer:
        for _ in range(3):
            assert indexer.wait(20)
            indexer.disk_changed(["one.py", "two.py", "broken.py"])
            indexer.rescan()
        assert indexer.wait(20)
        assert set(indexer.index.library.files) == {"a.py", "b.py"}
    assert sorted(problem.path for problem in told) == ["broken.py", "one.py", "two.py"]


def test_files_that_vanish_before_they_are_read_are_no_problem(project: Path) -> None:
    keys = many(project, 150, "name")
    told: list[Problem] = []

    def vanish(index: Index) -> None:
        if index.library.files:  # the first batch is read, the others are listed
            for key in keys[::2]:
                (project / key).unlink(missing_ok=True)

    with Indexer([project], on_change=vanish, on_problem=told.append) as indexer:
        assert indexer.wait(20)
        indexer.rescan()
        assert indexer.wait(20)
        assert set(indexer.index.library.files) == {"a.py", "b.py", *keys[1::2]}
    assert told == []


@pytest.mark.slow
def test_a_switched_branch_does_not_hold_up_an_edit(project: Path) -> None:
    keys = many(project, 600, "before")
    found: list[tuple[int, bool]] = []

    def look(index: Index) -> None:  # queries go on all the while, on the thread that would be slowed most
        found.append((index.indexed, paths(index, "unsaved") == ["a.py"]))

    with Indexer([project], on_change=look) as indexer:
        assert indexer.wait(20)
        many(project, 600, "after")
        found.clear()
        indexer.disk_changed(keys)
        indexer.change("a.py", "unsaved = 1\n")
        assert indexer.wait(20)
        total = indexer.index.total
        assert any(indexed < total and has_edit for indexed, has_edit in found)
        assert all("after" in indexer.index.library.files[key].text() for key in keys)
        assert indexer.index.share == 1.0


@pytest.fixture
def errors(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException]]:
    """What threads died of, instead of in the log."""
    seen: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_type))
    return seen


def test_an_unforeseen_error_is_logged_and_indexing_goes_on(
    project: Path, errors: list[type[BaseException]]
) -> None:
    def fail_once(_index: Index) -> None:
        if not errors:
            raise LookupError

    with Indexer([project], on_change=fail_once) as indexer:
        indexer.change("a.py", "unsaved = 1\n")
        assert indexer.wait(20)
        assert set(indexer.index.library.files) == {"a.py", "b.py"}
        assert paths(indexer.index, "unsaved") == ["a.py"]
        indexer.change("a.py", "later = 1\n")
        assert indexer.wait(20)
        assert paths(indexer.index, "later") == ["a.py"]
    assert errors == [LookupError]


def test_a_text_that_ends_the_thread_is_left_out(project: Path, errors: list[type[BaseException]]) -> None:
    told: list[Problem] = []
    with Indexer([project], on_problem=told.append) as indexer:
        assert indexer.wait(20)
        indexer.change("b.py", cast("Any", 5))
        assert indexer.wait(20)
        (project / "c.py").write_text("gamma = 1\n")
        indexer.rescan()
        assert indexer.wait(20)
        assert paths(indexer.index, "gamma") == ["c.py"]
        assert paths(indexer.index, "alpha") == ["a.py"]
    assert len(errors) == 1
    assert [problem.path for problem in told] == ["b.py"]


def test_after_too_many_errors_the_last_index_stays(project: Path, errors: list[type[BaseException]]) -> None:
    def fail(_index: Index) -> None:
        raise LookupError

    with Indexer([project], on_change=fail) as indexer:
        assert indexer.wait(20)
        assert indexer.wait()
        assert paths(indexer.index, "alpha") == ["a.py"]
        indexer.change("a.py", "unsaved = 1\n")
        assert indexer.wait()
    assert 1 < len(errors) < 10


@pytest.mark.slow
def test_a_folder_of_a_hundred_thousand_files(tmp_path: Path) -> None:
    many(tmp_path, 100_000, "name")
    found: list[float] = []
    with Indexer([tmp_path], on_change=lambda index: found.append(index.share)) as indexer:
        assert indexer.wait(500)
        assert len(indexer.index.library.files) == 100_000
        assert paths(indexer.index, "name_77777") == ["many/f77777.py"]
        (tmp_path / "many/f77777.py").unlink()
        indexer.disk_changed(["many/f77777.py"])
        assert indexer.wait(20)
        assert paths(indexer.index, "name_77777") == []
    assert found == sorted(found)
    assert len(found) < 1000
