"""What goes wrong around the server: processes that die, disks that fill, files that are rubbish, storms of files."""

import ast
import json
import resource
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from lsp_client import Client
from models_here import gguf

pytestmark = [pytest.mark.slow, pytest.mark.trust]

URI = "file:///work/a.py"
ROOT = Path(__file__).parents[2]
WALL_CLOCK = {
    # Dates of events and files; nothing that waits, retries or ages in memory.
    "abacus_lsp/ledger.py",
    "abacus_lsp/cli/stats.py",
    "abacus_lsp/cli/house.py",
    "abacus_lsp/models/store.py",
    "abacus_lsp/engines/endpoint_errors.py",  # Retry-After may be a date
    "retrieval/store.py",
}


@pytest.fixture
def scripted(tmp_path: Path) -> dict[str, Any]:
    script = tmp_path / "answers.json"
    script.write_text(json.dumps({"answers": {"": "f(1)"}}))
    return {"engine": "scripted", "model": str(script), "completion": {"debounceMs": 0}}


def answers(client: Client, uri: str = URI) -> None:
    client.open(uri, "x = \n")
    assert client.inline(uri, 0, 4, 1)[0]["insertText"] == "f(1)"


@pytest.mark.model
@pytest.mark.parametrize("how", ["SIGSEGV", "SIGABRT", "SIGKILL", "no memory", "stopped"])
def test_a_model_process_that_fails_takes_no_text_along(how: str) -> None:
    with Client() as client:
        client.initialize(options={"model": str(gguf("smollm2")), "completion": {"debounceMs": 0}})
        client.open(URI, "import os\n\npath = os.\n")
        [child] = psutil.Process(client.pid).children()
        if how == "no memory":
            child.rlimit(psutil.RLIMIT_AS, (1 << 20, 1 << 20))
            client.inline(URI, 2, 10, kind=1)  # most die of it; one may get through without asking for more
            with suppress(psutil.NoSuchProcess):
                child.kill()
        elif how == "stopped":
            child.suspend()
            child.kill()
        else:
            child.send_signal(getattr(signal, how))
        with suppress(psutil.NoSuchProcess):
            child.wait(20)
        client.forget()
        client.inline(URI, 2, 10, kind=1)
        client.wait_status("ready")
        assert client.inline(URI, 2, 10, kind=1)
        [second] = psutil.Process(client.pid).children()
        assert second.pid != child.pid
        assert client.leave() == 0


def test_a_disk_that_is_full(scripted: dict[str, Any], tmp_path: Path) -> None:
    """No file may grow past a page: the index, the statistics and the log are lost, the answers are not."""
    project = tmp_path / "project"
    project.mkdir()
    for number in range(200):
        (project / f"m{number}.py").write_text(f"def f{number}(价格):\n    return 价格 * {number}\n" * 20)
    with Client(env={"ABACUS_HOME": str(tmp_path / "home")}) as client:
        psutil.Process(client.pid).rlimit(psutil.RLIMIT_FSIZE, (4096, 4096))
        client.initialize(options=scripted, folder=project)
        for number in range(20):
            answers(client, (project / f"new{number}.py").as_uri())
        assert client.leave() == 0
        assert "Traceback" not in client.stderr


def test_a_home_that_cannot_be_written(scripted: dict[str, Any], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file where a folder should be")
    with Client(env={"ABACUS_HOME": str(home)}) as client:
        client.initialize(options=scripted, folder=tmp_path)
        answers(client)
        assert client.leave() == 0
        assert "Traceback" not in client.stderr


@pytest.mark.parametrize(
    "content",
    [b"\x00\xff" * 500, b"", b"model = [", b"[[model]]\nx = 1\n", b"# \xe9\n", b"x = 1\n" * 50_000, None],
)
def test_rubbish_in_the_settings_file(
    scripted: dict[str, Any], tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "config.toml"
    file.mkdir() if content is None else file.write_bytes(content)
    with Client(env={"ABACUS_CONFIG": str(file)}) as client:
        client.initialize(options=scripted)
        answers(client)
        assert client.leave() == 0
        assert "Traceback" not in client.stderr


@pytest.fixture
def storm(tmp_path: Path) -> Iterator[Path]:
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    yield project
    shutil.rmtree(project)


def test_ten_thousand_files_change_at_once(scripted: dict[str, Any], storm: Path) -> None:
    """A branch is switched while somebody types: every request is answered, the new files are found."""
    options = scripted | {"context": {"workspace": True}}
    with Client(env={"ABACUS_HOME": str(storm.parent / "home")}) as client:
        client.initialize(options=options, folder=storm)
        for number in range(10_000):
            (storm / "src" / f"m{number}.py").write_text(f"def 函数_{number}():\n    return {number}\n")
        changes = [{"uri": (storm / "src" / f"m{n}.py").as_uri(), "type": 1} for n in range(10_000)]
        client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        for number in range(200):
            answers(client, (storm / f"open{number}.py").as_uri())
        shutil.rmtree(storm / "src")
        client.notify(
            "workspace/didChangeWatchedFiles", {"changes": [change | {"type": 3} for change in changes]}
        )
        for number in range(200, 400):
            answers(client, (storm / f"open{number}.py").as_uri())
        assert client.leave() == 0
        assert "Traceback" not in client.stderr


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_NOFILE"), reason="needs limits on descriptors")
def test_too_few_descriptors(scripted: dict[str, Any], tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"m{number}.py").write_text("x = 1\n")
    with Client(env={"ABACUS_HOME": str(tmp_path / "home")}) as client:
        held = psutil.Process(client.pid).num_fds()
        psutil.Process(client.pid).rlimit(psutil.RLIMIT_NOFILE, (held + 24, held + 24))
        client.initialize(options=scripted, folder=tmp_path)
        answers(client)
        assert client.leave() == 0


def test_no_timer_asks_what_time_it_is() -> None:
    """A clock that jumps delays nothing: whatever waits, retries or ages counts on the monotonic clock."""
    asking = set()
    for folder in ("abacus_lsp", "retrieval"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and ast.unparse(node) in ("time.time", "datetime.now"):
                    asking.add(path.relative_to(ROOT).as_posix())
    assert asking == WALL_CLOCK
