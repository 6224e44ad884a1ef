"""A router on the way: nginx with `hash`, as docs/endpoints.md has it, in front of real (loopback) servers."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from engine_contract import ask
from loopback import loopback
from test_pooled import questions, serving, writes

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines.base import Sampling
from abacus_lsp.engines.endpoint import connect
from abacus_lsp.prompts.prompt import Part, Prompt
from abacus_lsp.settings import EndpointSettings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed"),
]
DOCS = Path(__file__).parent.parent / "docs" / "endpoints.md"


@contextmanager
def nginx(servers: Sequence[str], folder: Path) -> Iterator[str]:
    """nginx with the page's own configuration, but for addresses and TLS."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    page = re.search(r"```nginx\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert page is not None
    text = re.sub(r"^    server 10\..*\n", "", page[1], flags=re.MULTILINE)
    text = re.sub(r"^ *ssl_.*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    upstream = "".join(f"    server {server.removeprefix('http://')};\n" for server in servers)
    text = re.sub(r"(hash .*\n)", lambda found: found[1] + upstream, text, count=1)
    written = folder / "nginx.conf"
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    written.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{ access_log off; {places}\n{text} }}\n"
    )
    with subprocess.Popen(["nginx", "-p", folder, "-c", written], stderr=subprocess.PIPE) as process:
        try:
            _await_port(port, process, folder)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _await_port(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        assert time.monotonic() < deadline, (folder / "error.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            continue
        return


def prompt_of(path: str) -> Prompt:
    return Prompt((Part("x = ", "prefix"),), slot=f"code:repo/{path}")


def test_a_document_stays_with_one_server_and_documents_are_shared_out(tmp_path: Path) -> None:
    with (
        serving(writes("a")) as a,
        serving(writes("b")) as b,
        nginx([a.url, b.url], tmp_path) as router,
    ):
        engine = connect(EndpointSettings(url=router, kind="openai"), {})
        for number in range(12):
            before = len(questions(a)), len(questions(b))
            for _ in range(2):
                ask(engine, prompt_of(f"file_{number}.py"))
            assert sorted((len(questions(a)) - before[0], len(questions(b)) - before[1])) == [0, 2]
        assert questions(a)
        assert questions(b)
        engine.close()


def test_a_cancelled_request_ends_behind_the_router(tmp_path: Path) -> None:
    import threading

    reached, gone = threading.Event(), threading.Event()

    def waits(request) -> None:
        if request.path.endswith("/models"):
            request.answer({"data": [{"id": "m"}]})
            return
        request.begin()
        request.event({"choices": [{"text": "x", "finish_reason": None}]})
        reached.set()
        request.wait_for_hang_up()
        gone.set()

    with loopback(waits) as server, nginx([server.url], tmp_path) as router:
        engine = connect(EndpointSettings(url=router, kind="openai"), {})
        stream = engine.stream(prompt_of("a.py"), Sampling(), CancelToken())
        assert next(stream).text == "x", "pieces come as they are written"
        assert reached.wait(20)
        stream.close()
        assert gone.wait(20)
        engine.close()
