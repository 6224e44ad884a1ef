"""One daemon for all editors: the real processes, with scripted answers. Each test has a home, and so a daemon, of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from lsp_client import INLINE, Client, place
from models_here import gguf

from abacus_lsp.daemon.framing import framed

ROOT = Path(__file__).parent.parent
URI = "file:///work/shop/a.py"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no daemon")


class Home:
    """A folder with its own daemons; ends them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"ABACUS_HOME": str(folder), "LANG": "C.UTF-8", "LC_ALL": ""}
        folder.mkdir(exist_ok=True)

    def client(self, *args: str, **environment: str) -> Client:
        return Client(["serve", *args], env=self.environment | environment)

    def run(self, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "abacus_lsp", "daemon", *args],
            env=os.environ | self.environment | environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def status(self) -> list[dict[str, Any]]:
        done = self.run("status", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def only(self) -> dict[str, Any]:
        [told] = self.status()
        return told

    def options(self, seconds: float = 0, **answers: str) -> dict[str, Any]:
        """Scripted answers; `_` in a name stands for a space."""
        held = {name.replace("_", " "): text for name, text in answers.items()}
        file = self.folder / f"script-{seconds}-{'-'.join(answers)}.json"
        file.write_text(json.dumps({"answers": held, "seconds": seconds}), encoding="utf-8")
        completion = {"debounceMs": 0, "prefetch": "off", "reuse": False}
        return {"engine": "scripted", "model": str(file), "completion": completion}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    held = Home(tmp_path / "家")
    yield held
    assert held.run("stop").returncode == 0
    assert held.status() == []


def texts(items: list[dict[str, Any]]) -> list[str]:
    return [item["insertText"] for item in items]


def replace(client: Client, start: int, end: int, text: str, version: int) -> None:
    """Edit the first line of the document."""
    places = [{"line": 0, "character": column} for column in (start, end)]
    change = {"range": {"start": places[0], "end": places[1]}, "text": text}
    document = {"uri": URI, "version": version}
    client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})


def until(what: Any, seconds: float = 20) -> None:
    """Other processes give no event; this looks again and again."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow
def test_editors_share_the_model_but_not_their_documents(home: Home) -> None:
    options = home.options(one="1", two="2")
    with home.client() as a, home.client() as b:
        for client in (a, b):
            client.initialize(options=options, folder=ROOT / "docs")
        a.open(URI, "one\n")
        b.open(URI, "two\n")
        assert texts(a.inline(URI, 0, 3)) == ["1"]
        assert texts(b.inline(URI, 0, 3)) == ["2"]
        told = home.only()
        assert {client["pid"] for client in told["clients"]} == {a.pid, b.pid}
        assert [(model["clients"], model["state"]) for model in told["models"]] == [(2, "ready")]
        assert [(index["clients"], index["folders"]) for index in told["indexes"]] == [
            (2, [str(ROOT / "docs")])
        ]
        assert told["memory"]["rss"] > 1 << 20
        assert Path(told["log"]).read_text(encoding="utf-8").count("came") == 2
        folder = Path(told["socket"]).parent
        assert (folder.stat().st_mode & 0o777, Path(told["socket"]).stat().st_mode & 0o777) == (0o700, 0o600)
        assert a.leave() == 0
        assert texts(b.inline(URI, 0, 3)) == ["2"]
        assert b.hang_up() == 1
    until(lambda: not home.only()["clients"])
    assert [model["clients"] for model in home.only()["models"]] == [0]  # warm for who comes back


@pytest.mark.slow
def test_where_one_editor_allows_little_memory_an_index_is_put_away_until_it_is_asked_for(home: Home) -> None:
    def files() -> int:
        [index] = home.only()["indexes"]
        return index["files"]

    options = home.options(start="s")
    with home.client() as a:
        a.initialize(options=options, folder=ROOT / "docs")
        until(lambda: files() > 0)
        before = home.only()["own"]["counted"]
        with home.client() as b:
            b.initialize(options=options | {"limits": {"memoryMb": 64}})
            assert home.only()["own"]["limit"] == 64 << 20
            until(lambda: files() == 0)
            assert home.only()["own"]["counted"] < before
            assert b.hang_up() == 1
        until(lambda: home.only()["own"]["limit"] == 2048 << 20)
        a.open((ROOT / "docs" / "new.py").as_uri(), "start\n")
        assert texts(a.inline((ROOT / "docs" / "new.py").as_uri(), 0, 5)) == ["s"]
        until(lambda: files() > 0)


@pytest.mark.slow
def test_a_daemon_that_dies_is_replaced_and_no_text_is_lost(home: Home) -> None:
    options = home.options(seconds=0.4, xy="z", start="s")
    with home.client() as client:
        client.initialize(options=options)
        client.open(URI, "start\n")
        assert texts(client.inline(URI, 0, 5)) == ["s"]
        replace(client, 0, 5, "x", 2)
        first = home.only()["pid"]
        client.forget()
        waiting = client.start("textDocument/inlineCompletion", place(URI, 0, 1))
        os.kill(first, signal.SIGKILL)
        assert client.result(waiting, 20)["items"] == []
        client.wait_status("loading")
        replace(client, 1, 1, "y", 3)
        until(lambda: client.status == "ready")
        assert texts(client.inline(URI, 0, 2)) == ["z"]
        assert home.only()["pid"] != first
        assert client.leave() == 0


@pytest.mark.slow
def test_ten_editors_at_once_start_one_daemon(home: Home) -> None:
    options = home.options(one="1")
    clients = [home.client() for _ in range(10)]
    try:
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda client: client.initialize(options=options), clients))
        told = home.only()
        assert len(told["clients"]) == 10
        assert [model["clients"] for model in told["models"]] == [10]
        log = Path(told["log"]).read_text(encoding="utf-8")
        assert log.count(" up, process ") == 1
        daemons = [
            process
            for process in psutil.process_iter(["cmdline"])
            if told["socket"] in (process.info["cmdline"] or ())
        ]
        assert len(daemons) == 1
    finally:
        for client in clients:
            client.__exit__(None, None, None)


@pytest.mark.slow
def test_ten_editors_are_replayed_to_one_new_daemon(home: Home) -> None:
    options = home.options(one="1")
    clients = [home.client() for _ in range(10)]
    try:
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda client: client.initialize(options=options), clients))
            for client in clients:
                client.open(URI, "one\n")
                client.forget()
            os.kill(home.only()["pid"], signal.SIGKILL)
            list(pool.map(lambda client: client.wait_status("ready"), clients))
            for client in clients:
                assert texts(client.inline(URI, 0, 3)) == ["1"]
        assert len(home.only()["clients"]) == 10
    finally:
        for client in clients:
            client.__exit__(None, None, None)


@pytest.mark.slow
def test_a_client_that_is_killed_takes_nothing_along(home: Home) -> None:
    options = home.options(seconds=0.2, one="1")
    with home.client() as a, home.client() as b:
        for client in (a, b):
            client.initialize(options=options)
            client.open(URI, "one\n")
        a.start("textDocument/inlineCompletion", place(URI, 0, 3))
        os.kill(a.pid, signal.SIGKILL)
        assert texts(b.inline(URI, 0, 3)) == ["1"]
        until(lambda: [client["pid"] for client in home.only()["clients"]] == [b.pid])
        assert b.leave() == 0


@pytest.mark.slow
def test_one_that_asks_without_end_does_not_keep_another_waiting(home: Home) -> None:
    options = home.options(seconds=0.3, one="1", two="2")
    with home.client() as a, home.client() as b:
        for client in (a, b):
            client.initialize(options=options)
            client.open(URI, "one\ntwo\n")
        asked = [a.start("textDocument/inlineCompletion", place(URI, n % 2, 3)) for n in range(60)]
        began = time.monotonic()
        assert texts(b.inline(URI, 0, 3)) == ["1"]
        assert time.monotonic() - began < 3
        answers = [a.result(number)["items"] for number in asked]
        assert texts(answers[-1]) == ["2"]  # the newest; those before were superseded
        assert sum(bool(items) for items in answers) < 5


@pytest.mark.slow
def test_it_leaves_when_nobody_is_there(home: Home) -> None:
    with home.client("--daemon-idle", "0.005") as client:
        client.initialize(options=home.options(one="1"))
        pid = home.only()["pid"]
        assert (
            len(home.only()["clients"]) == 1
        )  # not while somebody is there, whom two commands took longer than that
        assert client.leave() == 0
    until(lambda: not psutil.pid_exists(pid))
    assert not list((home.folder / "daemon").glob("*.sock"))


@pytest.mark.slow
def test_who_comes_while_it_leaves_gets_the_next_one(home: Home) -> None:
    options = home.options(one="1")

    def visit(_: int) -> str:
        with home.client("--daemon-idle", "0") as client:
            client.initialize(options=options)
            client.open(URI, "one\n")
            assert texts(client.inline(URI, 0, 3)) == ["1"]
            assert client.leave() == 0
            return client.stderr

    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(visit, range(15)))
    assert not any("no daemon" in each for each in told), told


@pytest.mark.slow
def test_stopped_under_an_open_editor_it_is_started_again(home: Home) -> None:
    with home.client() as client:
        client.initialize(options=home.options(one="1"))
        client.open(URI, "one\n")
        client.forget()
        done = home.run("stop")
        assert "1 editors are open" in done.stdout
        client.wait_status("ready")
        assert texts(client.inline(URI, 0, 3)) == ["1"]
        assert client.leave() == 0
    done = home.run("status")
    assert "scripted" in done.stdout, done.stdout + done.stderr
    assert "socket" in done.stdout


def test_without_a_place_for_the_socket_the_editor_has_its_own_server(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "daemon").write_text("a file where a folder should be")
    with home.client() as client:
        client.initialize(options=home.options(one="1"))
        client.open(URI, "one\n")
        assert texts(client.inline(URI, 0, 3)) == ["1"]
        assert client.leave() == 0
        assert "no daemon, so the model runs for this editor alone" in client.stderr


@pytest.mark.slow
def test_a_daemon_that_cannot_start_is_done_without(home: Home) -> None:
    """Its process ends at once; the editor's own goes on."""
    broken = home.folder / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text("import sys\nif 'daemon' in sys.argv: sys.exit(3)\n")
    with home.client(PYTHONPATH=str(broken)) as client:
        client.initialize(options=home.options(one="1"))
        client.open(URI, "one\n")
        assert texts(client.inline(URI, 0, 3)) == ["1"]
        assert client.leave() == 0
        assert "no daemon" in client.stderr


@pytest.mark.slow
def test_another_environment_has_another_daemon_and_a_long_home_has_one(home: Home, tmp_path: Path) -> None:
    options = home.options(one="1")
    with home.client(HF_HOME=str(tmp_path / "a")) as a, home.client(HF_HOME=str(tmp_path / "b")) as b:
        a.initialize(options=options)
        b.initialize(options=options)
        assert len(home.status()) == 2
    long = Home(tmp_path / ("长" * 60))
    with long.client() as client:
        client.initialize(options=options)
        told = long.only()
        assert len(os.fsencode(told["socket"])) <= 103
        assert client.leave() == 0
    assert long.run("stop").stdout.startswith(f"Stopped the daemon {told['pid']}")
    shutil.rmtree(Path(told["socket"]).parent)  # too long a home has its socket in /tmp


@pytest.mark.slow
def test_language_settings_file_and_folder_are_each_clients_own(home: Home, tmp_path: Path) -> None:
    """The daemon is started by an English editor elsewhere."""
    (tmp_path / "shop").mkdir()
    script = {"answers": {"": "own"}}
    (tmp_path / "own.json").write_text(json.dumps(script), encoding="utf-8")
    config = tmp_path / "config.toml"
    config.write_text('engine = "scripted"\nmodel = "./own.json"\n', encoding="utf-8")
    with home.client(ABACUS_CONFIG=os.devnull) as english:
        english.initialize(options=home.options(one="1"))
        chinese = Client(
            ["serve"],
            env=home.environment | {"LANG": "zh_CN.UTF-8", "ABACUS_CONFIG": "config.toml"},
            cwd=tmp_path,
        )
        with chinese:
            chinese.initialize()
            for client in (english, chinese):
                client.open(URI, "value = some_name\n")
                client.forget()
                client.inline(URI, 0, 12)
            assert english.wait_status("ready")["reason"]["message"] == "The cursor is inside a word."
            assert chinese.wait_status("ready")["reason"]["message"] == "光标位于单词中间。"
            assert texts(chinese.inline(URI, 0, 17)) == ["own"]
        assert len(home.only()["models"]) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00" * 100_000,
        framed(b"{}"),
        framed(b"[]"),
        framed(b'{"purpose": "serve"}'),
        b"Content-Length: 99999999999\r\n\r\n",
    ],
    ids=lambda data: repr(data[:20]),
)
def test_rubbish_at_the_socket_harms_nobody(home: Home, rubbish: bytes) -> None:
    with home.client() as client:
        client.initialize(options=home.options(one="1"))
        client.open(URI, "one\n")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(home.only()["socket"])
            connection.sendall(rubbish)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(10)
            assert b'"refused"' in connection.recv(4096) or not rubbish.startswith(b"Content-Length: 2\r")
        assert texts(client.inline(URI, 0, 3)) == ["1"]
        assert client.leave() == 0


@pytest.mark.slow
def test_a_configuration_that_is_asked_for_is_asked_for_again(home: Home) -> None:
    with home.client() as client:
        client.configuration = home.options(one="1")
        client.initialize(capabilities=INLINE)
        client.open(URI, "one\n")
        assert texts(client.inline(URI, 0, 3)) == ["1"]
        client.configuration = home.options(one="2")
        client.forget()
        os.kill(home.only()["pid"], signal.SIGKILL)
        client.wait_status("ready")
        assert texts(client.inline(URI, 0, 3)) == ["2"]
        assert client.leave() == 0


@pytest.mark.slow
def test_shutdown_is_answered_even_if_exit_follows_at_once(home: Home) -> None:
    with home.client() as client:
        client.initialize(options=home.options(one="1"))
        last = client.start("shutdown", None)
        client.notify("exit", None)
        assert client.result(last, 20) is None
        assert client.wait() == 0


def test_nothing_to_tell_and_nothing_to_stop(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.run("status").stdout == "No daemon is running. The next editor starts one.\n"
    assert home.run("stop").stdout == "No daemon is running.\n"
    assert home.status() == []


@pytest.mark.model
def test_a_real_model_is_loaded_once_and_goes_with_its_daemon(home: Home) -> None:
    options = {"model": str(gguf("gemma")), "completion": {"debounceMs": 0, "deadlineMs": 120_000}}
    text = 'import json\n\n\ndef read_settings(path):\n    """Read a JSON file."""\n    with open(path) as file:\n'
    with home.client() as a, home.client() as b:
        for number, client in enumerate((a, b)):
            client.initialize(options=options)
            client.open(URI, f"# {number}\n{text}        return json.")
            assert client.inline(URI, 7, 20, kind=1)
        pid = home.only()["pid"]
        [child] = psutil.Process(pid).children()
        assert "llama_child" in " ".join(child.cmdline())
        os.kill(pid, signal.SIGKILL)
        child.wait(30)
        for client in (a, b):
            until(lambda client=client: client.status == "ready", 120)
            assert client.inline(URI, 7, 20, kind=1)
        assert len(psutil.Process(home.only()["pid"]).children()) == 1
        child = psutil.Process(home.only()["pid"]).children()[0]
        os.kill(child.pid, signal.SIGKILL)  # the model alone: the daemon starts it again
        until(lambda: any(client.inline(URI, 7, 20, kind=1) for client in (a, b)), 120)
        assert (a.leave(), b.leave()) == (0, 0)
