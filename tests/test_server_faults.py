"""Endpoints, models and parents that go away: told, survived, and back by themselves."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from loopback import Request, loopback
from lsp_client import INLINE, Client
from models_here import gguf

OTHER = "file:///work/other.py"
URI = "file:///work/a.py"
MODELS = {"data": [{"id": "m", "max_model_len": 4096}]}


def endpoint(url: str) -> dict:
    return {
        "endpoint": {"url": url, "kind": "openai", "profile": "qwen", "timeoutSeconds": 0.5},
        "completion": {"debounceMs": 0},
    }


def good(request: Request) -> None:
    request.begin()
    request.event({"choices": [{"text": "compute()", "finish_reason": None}]})
    request.event({"choices": [{"text": "", "finish_reason": "stop"}]})
    request.send(b"data: [DONE]\n\n")


def stalls(request: Request) -> None:
    request.begin()
    request.wait_for_hang_up()


FAULTS = {
    "endpoint-garbage, 500": lambda request: request.answer({"error": "CUDA error"}, "500 Oops"),
    "endpoint-garbage, HTML": lambda request: request.answer(b"<html>portal</html>", kind="text/html"),
    "endpoint-slow": stalls,
    "endpoint-busy": lambda request: request.answer(
        {"error": "quota"}, "429 Slow", more="Retry-After: 0\r\n"
    ),
    "endpoint-refused": lambda request: request.answer({"error": "no"}, "401 No"),
}


@pytest.mark.slow
def test_an_endpoint_that_fails_is_told_and_the_next_request_is_served() -> None:
    queue = list(FAULTS.values())

    def handler(request: Request) -> None:
        if request.path.endswith("/models"):
            request.answer(MODELS)
        else:
            (queue.pop(0) if queue else good)(request)

    with loopback(handler) as server, Client() as client:
        client.initialize(options=endpoint(server.url))
        client.open(URI, "x = \n")
        for name in FAULTS:
            client.forget()
            assert client.inline(URI, 0, 4) == []
            told = client.wait_for(lambda m: m["params"].get("reason"))["params"]
            assert told["state"] == "ready"
            assert told["reason"]["code"] == name.split(",")[0]
            assert server.url in told["reason"]["message"]
        assert client.inline(URI, 0, 4)[0]["insertText"] == "compute()"


@pytest.mark.slow
def test_an_endpoint_that_was_down_at_the_start_is_found_when_it_is_there(tmp_path: Path) -> None:
    def handler(request: Request) -> None:
        if request.path.endswith("/models"):
            request.answer(MODELS)
        else:
            good(request)

    with loopback(handler) as server:
        port = int(server.url.rpartition(":")[2])
    with Client() as client:
        client.initialize(options=endpoint(f"http://127.0.0.1:{port}"))
        status = client.wait_status("error")
        assert status["reason"]["code"] == "endpoint-down"
        assert "start the server" in status["reason"]["message"]
        client.open(URI, "x = \n")
        assert client.inline(URI, 0, 4) == []
        with loopback(handler, port) as server:
            client.forget()
            while client.status != "ready":
                client.inline(URI, 0, 4)
            assert client.inline(URI, 0, 4)[0]["insertText"] == "compute()"


@pytest.mark.slow
def test_when_all_servers_go_it_is_told_once_and_ends_by_itself() -> None:
    def handler(request: Request) -> None:
        if request.path.endswith("/models"):
            request.answer(MODELS)
        else:
            good(request)

    def errors(client: Client) -> list[str]:
        told = [m["params"] for m in client.notifications if m["method"] == "window/logMessage"]
        return [each["message"] for each in told if each["type"] == 1]

    with Client() as client:
        with loopback(handler) as first, loopback(handler) as second:
            ports = [int(each.url.rpartition(":")[2]) for each in (first, second)]
            replicas = [{"url": each.url} for each in (first, second)]
            options = endpoint("")
            options["endpoint"] |= {"replicas": replicas}
            client.initialize(options=options)
            client.open(URI, "x = \n")
            client.wait_status("ready")
            assert client.inline(URI, 0, 4)[0]["insertText"] == "compute()"
        client.open(OTHER, "total = \n")
        for _ in range(4):
            assert client.inline(OTHER, 0, 8) == []
            assert client.inline(URI, 0, 4)[0]["insertText"] == "compute()", (
                "from memory: nobody is back for that"
            )
        assert len(errors(client)) == 1, errors(client)
        assert "none of 2 servers" in errors(client)[0]
        with loopback(handler, ports[1]):
            while not client.inline(OTHER, 0, 8):
                pass
        assert len(errors(client)) == 1, errors(client)


@pytest.mark.slow
def test_the_server_leaves_when_its_parent_dies(tmp_path: Path) -> None:
    """Even if another process keeps the pipe open: the id in `initialize` is watched."""
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"answers": {"": "1"}}))
    with Client() as client:
        client.process_id = parent.pid
        client.initialize(options={"engine": "scripted", "model": str(script)})
        parent.kill()
        parent.wait()
        assert parent.stdin is not None
        parent.stdin.close()
        assert client.wait() == 1


@pytest.mark.model
def test_a_model_process_that_dies_is_replaced() -> None:
    with Client() as client:
        client.initialize(options={"model": str(gguf("smollm2")), "completion": {"debounceMs": 0}})
        client.open(URI, "import os\n\npath = os.\n")
        assert client.inline(URI, 2, 10, kind=1)
        [child] = psutil.Process(client.pid).children()
        os.kill(child.pid, signal.SIGKILL)
        client.forget()
        client.open(URI, "import sys\n\npath = sys.\n")
        assert client.inline(URI, 2, 11, kind=1) == []
        client.wait_status("ready")
        assert client.inline(URI, 2, 11, kind=1)
        [second] = psutil.Process(client.pid).children()
        assert client.leave() == 0
        with suppress(psutil.NoSuchProcess):
            second.wait(10)
        assert not psutil.pid_exists(second.pid)


@pytest.mark.model
def test_a_killed_server_takes_its_model_process_along() -> None:
    with Client() as client:
        client.initialize(options={"model": str(gguf("smollm2"))})
        [child] = psutil.Process(client.pid).children()
        os.kill(client.pid, signal.SIGKILL)
        with suppress(psutil.NoSuchProcess):
            child.wait(10)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


@pytest.mark.model
def test_unloading_frees_the_model_and_the_next_request_loads_it_again() -> None:
    with Client() as client:
        client.initialize(options={"model": str(gguf("smollm2")), "completion": {"debounceMs": 0}})
        client.open(URI, "import os\n\npath = os.\n")
        [child] = psutil.Process(client.pid).children()
        client.request("workspace/executeCommand", {"command": "abacus.unloadModel"})
        with suppress(psutil.NoSuchProcess):
            child.wait(10)
        client.forget()
        assert client.inline(URI, 2, 10, kind=1) == []
        client.wait_status("ready")
        assert client.inline(URI, 2, 10, kind=1)


def test_a_truncated_model_file_is_told_and_the_server_lives(tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    with gguf("smollm2").open("rb") as source:
        cut.write_bytes(source.read(20_000_000))
    with Client() as client:
        client.initialize(options={"model": str(cut)})
        status = client.wait_status("error")
        assert status["reason"]["code"] == "model-error"
        assert "truncated" in status["reason"]["message"]
        client.open(URI, "x = \n")
        assert client.inline(URI, 0, 4) == []
        assert client.leave() == 0


@pytest.mark.slow
def test_a_client_that_refuses_to_watch_files_is_served_without_a_word(tmp_path: Path) -> None:
    """Emacs does, in a project that its version control cannot list."""
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"answers": {"x = ": "one()"}}), encoding="utf-8")
    with Client() as client:
        client.refused = "client/registerCapability"
        able = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
        options = {"engine": "scripted", "model": str(script)}
        client.initialize(options=options, capabilities=INLINE | able, folder=tmp_path)
        client.open(URI, "x = \n")
        client.asked("client/registerCapability")
        assert [item["insertText"] for item in client.inline(URI, 0, 4)] == ["one()"]
        client.leave()
        assert not [each for each in client.notifications if each["method"] == "window/showMessage"]
