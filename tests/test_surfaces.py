"""What this machine and the network can reach or see: sockets, ports, processes, logs."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import models_here
import pytest
from loopback import Request, loopback
from lsp_client import INLINE, Client

from abacus_lsp.daemon import rendezvous

pytestmark = pytest.mark.trust

HERE = Path(__file__).parent
SOURCE, KEY = "CANARY_IN_THE_SOURCE_4711", "CANARY-IN-THE-KEY-4711-abcdefgh"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """One session with a local model in a network namespace of its own; see `inside_namespace`."""
    model = models_here.gguf("gemma")
    if (
        sys.platform != "linux"
        or subprocess.run(("unshare", "-rn", "true"), capture_output=True, check=False).returncode
    ):
        pytest.skip("this system gives no network namespace")
    command = ("unshare", "-rn", sys.executable, str(HERE / "inside_namespace.py"), str(model))
    done = subprocess.run(
        (*command, str(tmp_path_factory.mktemp("w"))),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.model
def test_with_a_local_model_nothing_leaves_the_machine(told: dict) -> None:
    assert told["control"] == 2  # what wants out is seen
    assert told["sent"] == 0
    assert told["answers"] > 0
    assert told["connected"] == ["127.0.0.1"]


@pytest.mark.model
def test_the_only_port_is_the_models_on_loopback(told: dict) -> None:
    ((host, port),) = told["listening"]
    assert host == "127.0.0.1"
    assert port in told["ports"]


@pytest.mark.model
@pytest.mark.parametrize("way", ["refused", "wrong"])
def test_the_port_answers_nothing_without_this_runs_key(told: dict, way: str) -> None:
    assert set(told[way].values()) <= {401, 403, 404}, told[way]
    assert told[way]["/completion"] == 401


@pytest.mark.model
def test_the_models_process_dies_with_a_server_that_is_killed(told: dict) -> None:
    assert told["children"] == 1
    assert told["alive"] == 0


@pytest.mark.model
def test_the_key_is_not_among_the_arguments(told: dict) -> None:
    assert all(line.endswith("abacus_lsp.engines.llama_child") for line in told["arguments"])


_KNOCK = """
import os, socket, sys
os.setgid(65534); os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
try:
    s.connect(sys.argv[1])
    print("in" if s.recv(1) else "hung up")
except OSError as error:
    print(type(error).__name__)
"""


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="needs root to become another user")
def test_another_user_does_not_reach_the_daemons_socket(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder.is_relative_to("/tmp/pytest-of-root"):
            folder.chmod(0o755)  # only the daemon's own folder stands in the way
    at = rendezvous.rendezvous({"ABACUS_HOME": str(tmp_path / "h")})
    rendezvous.prepare(at.socket.parent)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(at.socket))
        listener.listen()
        told = subprocess.run(
            (sys.executable, "-c", _KNOCK, str(at.socket)), capture_output=True, text=True, check=False
        )
        assert told.stdout.strip() == "PermissionError", told


def failing(request: Request) -> None:
    """Every kind of trouble, one after another; it repeats what it was sent, as servers do."""
    body = json.dumps(request.body)
    if request.path.endswith("/models"):
        request.answer({"data": [{"id": "m"}]})
    elif "garbage" in body:
        request.begin()
        request.send(f"data: {body}\n\n".encode())
    elif "refused" in body:
        request.answer(
            {"error": {"message": f"bad key {request.headers.get('authorization')}"}},
            status="401 Unauthorized",
        )
    else:
        request.answer({"error": body}, status="500 Internal Server Error")


@pytest.mark.slow
def test_no_source_and_no_key_in_logs_messages_or_explanations(tmp_path: Path) -> None:
    log = tmp_path / "abacus.log"
    with loopback(failing) as server:
        options = {
            "endpoint": {
                "url": server.url, "kind": "openai", "profile": "qwen", "keyEnv": "CANARY_KEY",
                "key": KEY, "apiKey": {"secret": KEY},
            },
            "completion": {"debounceMs": 0},
        }  # fmt: skip
        args = ["serve", "--no-daemon", "--log-file", str(log), "--log-level", "info"]
        with Client(args, env={"CANARY_KEY": KEY, "ABACUS_HOME": str(tmp_path)}) as client:
            client.initialize(options=options, capabilities=INLINE)
            for number, trouble in enumerate(("garbage", "refused", "failure")):
                uri = f"file:///{trouble}.py"
                text = f"# {trouble}\n{SOURCE} = 1\nb = "
                client.open(uri, text)
                assert client.inline(uri, 2, 4, kind=1) == []
                client.notify(
                    "textDocument/didChange", {"textDocument": {"uri": uri}, "contentChanges": number}
                )
            story = client.request(
                "workspace/executeCommand", {"command": "abacus.explainLast", "arguments": []}
            )
            assert any("Bearer" in request.headers.get("authorization", "") for request in server.seen)
            assert client.leave() == 0
            stderr, messages = client.stderr, json.dumps(client.notifications)
    logged = log.read_text()
    assert "INFO" in logged
    for where in (logged, stderr, messages, json.dumps(story)):
        assert KEY not in where
        assert SOURCE not in where
