"""Which files are indexed, and what a hostile disk does to that."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval import Indexer, Problem
from retrieval.encodings import decode
from retrieval.files import Skipped, Source, Workspace, generated, read_source

_NOBODY = 65534
CHINESE = "# 计算含税价格，返回两位小数\nprice = 1\n"
TRADITIONAL = "# 計算訂單的總價，並且扣除折扣\n# 使用者資料庫連線設定\nx = 1\n"
JAPANESE = "# 注文の合計金額を計算する\n# ユーザーの設定を読み込む\nx = 1\n"


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n", "utf-8")


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (CHINESE.encode(), CHINESE, "utf-8"),
        (b"\xef\xbb\xbf" + CHINESE.encode(), CHINESE, "utf-8-sig"),
        (CHINESE.encode("utf-16"), CHINESE, "utf-16"),
        (("a = 1\n" * 9).encode("utf-16-le"), "a = 1\n" * 9, "utf-16-le"),
        (("a = 1\n" * 9).encode("utf-16-be"), "a = 1\n" * 9, "utf-16-be"),
        (CHINESE.encode("gbk"), CHINESE, "gb18030"),
        ("# déjà vu à l'été".encode("latin-1"), "# déjà vu à l'été", "latin-1"),
        ("# «\xa0déjà\xa0» – vu".encode("cp1252"), "# «\xa0déjà\xa0» – vu", "cp1252"),
        (TRADITIONAL.encode("big5"), TRADITIONAL, "big5"),
        (TRADITIONAL.encode("gbk"), TRADITIONAL, "gb18030"),
        (JAPANESE.encode("cp932"), JAPANESE, "cp932"),
        (JAPANESE.encode("euc_jp"), JAPANESE, "euc_jp"),
        (b"", "", "utf-8"),
    ],
)
def test_encodings(data: bytes, text: str, encoding: str) -> None:
    assert decode(data) == (text, encoding)


def test_what_cannot_be_read_is_left_out() -> None:
    assert decode("# Привет, как дела\n# хорошо\nx = 1\n".encode("cp1251")) is None
    assert decode(JAPANESE.encode("cp932") + b"\xff\x81\x8d\n") is None


def test_binary_is_not_text() -> None:
    assert decode(b"\x7fELF\x02\x00\x00\x01\xff\xfe") is None


@pytest.mark.parametrize("git", [True, False])
def test_ignore_files_are_heard(tmp_path: Path, git: bool) -> None:
    write(
        tmp_path,
        "a.py",
        "build/b.py",
        "sub/c.py",
        "sub/keep.py",
        "own/d.py",
        "own/e.py",
        "data.bin",
        "名/文.py",
    )
    (tmp_path / ".gitignore").write_text("build/\n*.log\n")
    (tmp_path / "sub" / ".gitignore").write_text("*.py\n!keep.py\n")
    (tmp_path / ".abacusignore").write_text("own/*\n!own/e.py\n")
    if git:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    listing = Workspace((tmp_path,)).list_files()
    assert listing.keys == ("a.py", "own/e.py", "sub/keep.py", "名/文.py")
    assert listing.problems == ()


def test_a_folder_that_its_repository_ignores_is_walked(tmp_path: Path) -> None:
    write(tmp_path, "vendor/a.py")
    (tmp_path / ".gitignore").write_text("vendor/\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert Workspace((tmp_path / "vendor",)).list_files().keys == ("a.py",)


def test_repositories_inside_are_listed_too(tmp_path: Path) -> None:
    """A submodule, and a clone nobody registered; each hears its own ignore file and the outer `.abacusignore`."""
    git = ["git", "-c", "protocol.file.allow=always", "-c", "user.name=a", "-c", "user.email=a@b"]
    library, project = tmp_path / "library", tmp_path / "project"
    write(library, "lib.py", "made.py")
    (library / ".gitignore").write_text("made.py\n")
    for folder in (library, project, project / "cloned"):
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
    subprocess.run([*git, "-C", str(library), "add", "."], check=True)
    subprocess.run([*git, "-C", str(library), "commit", "-qm", "1"], check=True)
    subprocess.run(
        [*git, "-C", str(project), "submodule", "--quiet", "add", str(library), "vendor/lib"], check=True
    )
    write(project, "app.py", "cloned/a.py", "cloned/old/b.py")
    (project / ".abacusignore").write_text("cloned/old/\n")
    listing = Workspace((project,)).list_files()
    assert listing.keys == ("app.py", "cloned/a.py", "vendor/lib/lib.py")
    assert listing.problems == ()


def test_links_and_loops(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "broken.py").symlink_to(tmp_path / "nowhere.py")
    assert Workspace((tmp_path,)).list_files().keys == ("a.py", "broken.py")
    skipped = read_source(tmp_path / "broken.py")
    assert isinstance(skipped, Skipped)
    assert skipped.problem


@pytest.fixture
def without_rights() -> Iterator[Path]:
    """A folder seen by somebody who is not root: root may read everything."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        root = os.geteuid() == 0
        if root:
            os.chown(name, _NOBODY, _NOBODY)
            os.seteuid(_NOBODY)
        try:
            yield Path(name)
        finally:
            if root:
                os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX systems")
def test_closed_folders_and_files_are_told_once(without_rights: Path) -> None:
    # Texts: what languages need is imported when first used, and may be closed to somebody who is not root.
    write(without_rights, "a.txt", "closed/b.txt", "c.txt")
    (without_rights / "c.txt").chmod(0)
    (without_rights / "closed").chmod(0)
    told: list[Problem] = []
    try:
        with Indexer([without_rights], on_problem=told.append) as indexer:
            assert indexer.wait(20)
            indexer.rescan()
            assert indexer.wait(20)
            assert set(indexer.index.library.files) == {"a.txt"}
    finally:
        (without_rights / "closed").chmod(0o700)
    assert sorted((Path(problem.path).name, problem.text) for problem in told) == [
        ("c.txt", "Permission denied"),
        ("closed", "Permission denied"),
    ]


def test_a_missing_root_is_told(tmp_path: Path) -> None:
    listing = Workspace((tmp_path / "gone",)).list_files()
    assert [problem.text for problem in listing.problems] == ["no such folder"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# Generated by x. DO NOT EDIT.\n", "generated"),
        ("var a=1;" * 1000, "minified"),
        ("x = 1\n" * 50 + "# do not edit\n", None),
    ],
)
def test_generated_files(text: str, reason: str | None) -> None:
    assert generated(text) == reason


def test_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(CHINESE.encode("gbk"))
    source = read_source(path)
    assert isinstance(source, Source)
    assert source.text == CHINESE
    too_large = read_source(path, max_bytes=10)
    assert isinstance(too_large, Skipped)
    assert not too_large.problem
    directory = read_source(tmp_path)
    assert isinstance(directory, Skipped)


def test_keys_of_several_roots(tmp_path: Path) -> None:
    write(tmp_path, "one/app/a.py", "two/app/b.py")
    workspace = Workspace((tmp_path / "one/app", tmp_path / "two/app"))
    assert workspace.list_files().keys == ("app/a.py", "app~1/b.py")
    for key in workspace.list_files().keys:
        assert workspace.key(workspace.path(key)) == key
    assert workspace.key(tmp_path / "elsewhere.py") is None
    assert Workspace((tmp_path,)).key(tmp_path / "one/app/a.py") == "one/app/a.py"
