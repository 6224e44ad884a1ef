"""A small server on loopback that speaks the model hubs' and the package index's protocols, and model files to serve.

It can misbehave on demand: cut a connection, stall, answer with a web page. What it was asked is kept.
"""

import hashlib
import io
import json
import random
import struct
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def gguf(
    metadata: dict[str, Any] | None = None, *, tensor_bytes: int = 4096, tokens: tuple[str, ...] = ("a", "b")
) -> bytes:
    """A small whole GGUF: one F32 tensor of noise, a Llama-like description."""
    values: dict[str, Any] = {
        "general.architecture": "llama",
        "general.file_type": 15,
        "llama.context_length": 2048,
        "llama.block_count": 2,
        "llama.embedding_length": 64,
        "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.tokens": list(tokens),
    } | (metadata or {})
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(values))
    for key, value in values.items():
        head += _text(key) + _value(value)
    head += _text("blk.0.w") + struct.pack("<IQIQ", 1, tensor_bytes // 4, 0, 0)
    return head + b"\0" * (-len(head) % 32) + random.Random(1).randbytes(tensor_bytes)


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    if isinstance(value, list):
        if value and isinstance(value[0], int):
            return struct.pack("<IIQ", 9, 4, len(value)) + struct.pack(f"<{len(value)}I", *value)
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(_text(item) for item in value)
    return struct.pack("<II", 4, value)


def wheel(name: str, version: str, members: dict[str, bytes]) -> bytes:
    """A wheel that pip accepts."""
    plain = name.replace("-", "_")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, data in members.items():
            archive.writestr(f"{plain}/{path}", data)
        info = f"{plain}-{version}.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return buffer.getvalue()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Hub:
    """What is served, and how badly. Paths of `repo` are files of the one model; `wheels` those of the index."""

    repo: dict[str, bytes] = field(default_factory=dict)
    wheels: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    """Bytes after which the next answers with a file are cut, one each."""
    promised_sha256: str | None = None
    status: int = 200
    web_page: bool = False
    elsewhere: str = ""
    """Files are answered with a redirection to this server."""
    ignore_range: bool = False
    html_index: bool = False
    stall: threading.Event | None = None
    held_back: str = ""
    held: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    logins: list[str] = field(default_factory=list)
    """Authorization headers that came."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Paths and Range headers, in order."""
    url: str = ""

    def hold(self, path: str) -> None:
        """Send half of that file, say so (`held`), and the rest only after `release`."""
        self.held_back = path

    def ranges(self) -> list[str]:
        return [given for path, given in self.asked if given]


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    class Handler(_Handler):
        served = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        hub.release.set()
        if hub.stall is not None:
            hub.stall.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    served: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub = self.served
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), parse_qs(parts.query)
        hub.asked.append((self.path, self.headers.get("Range", "")))
        if login := self.headers.get("Authorization"):
            hub.logins.append(login)
        if not self._misbehaves(path):
            self._answer(path, query)

    def _misbehaves(self, path: str) -> bool:
        hub = self.served
        if hub.elsewhere and ("/resolve/" in path or path.endswith("/repo")):
            self.send_response(302)
            self.send_header("Location", hub.elsewhere + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif hub.stall is not None:
            hub.stall.wait()
            self.close_connection = True
        elif hub.status != 200:
            self._send(b"no", "text/plain", hub.status)
        else:
            return False
        return True

    def _answer(self, path: str, query: dict[str, list[str]]) -> None:
        hub = self.served
        if "/repo/files" in path:
            self._json({"Code": 200, "Success": True, "Data": {"Files": self._modelscope()}})
        elif path.endswith("/repo"):
            self._file(hub.repo.get(query["FilePath"][0]))
        elif path.startswith("/api/models/"):
            self._json(
                {"id": "org/model", "modelId": "org/model", "sha": COMMIT, "siblings": self._siblings()}
            )
        elif "/resolve/" in path:
            self._file(hub.repo.get(path.rsplit(f"/resolve/{COMMIT}/", maxsplit=1)[-1]))
        elif path.startswith("/simple/"):
            self._index(path.split("/")[2])
        elif path.startswith("/wheels/"):
            self._file(hub.wheels.get(path.removeprefix("/wheels/")))
        else:
            self._send(b"nothing here", "text/plain", 404)

    def _siblings(self) -> list[dict[str, Any]]:
        return [
            {
                "rfilename": name,
                "size": len(data),
                "lfs": {"sha256": self._promised(data), "size": len(data), "pointerSize": 1},
            }
            for name, data in self.served.repo.items()
        ]

    def _modelscope(self) -> list[dict[str, Any]]:
        return [
            {"Path": name, "Name": name, "Type": "blob", "Size": len(data), "Sha256": self._promised(data)}
            for name, data in self.served.repo.items()
        ]

    def _promised(self, data: bytes) -> str:
        return self.served.promised_sha256 or sha256(data)

    def _index(self, project: str) -> None:
        hub = self.served
        files = {n: d for n, d in hub.wheels.items() if n.startswith(project.replace("-", "_") + "-")}
        if hub.html_index:
            links = "".join(
                f'<a href="../../wheels/{n}#sha256={self._promised(d)}">{n}</a>' for n, d in files.items()
            )
            self._send(f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html", 200)
            return
        entries = [
            {"filename": n, "url": f"/wheels/{n}", "hashes": {"sha256": self._promised(d)}, "size": len(d)}
            for n, d in files.items()
        ]
        body = json.dumps({"meta": {"api-version": "1.0"}, "name": project, "files": entries}).encode()
        self._send(body, "application/vnd.pypi.simple.v1+json", 200)

    def _json(self, value: object) -> None:
        self._send(json.dumps(value).encode(), "application/json", 200)

    def _file(self, data: bytes | None) -> None:
        hub = self.served
        if hub.web_page:
            self._send(b"<html>log in first</html>", "text/html; charset=utf-8", 200)
        elif data is None:
            self._send(b"no such file", "text/plain", 404)
        else:
            start = 0
            if (given := self.headers.get("Range")) and not hub.ignore_range:
                start = int(given.removeprefix("bytes=").partition("-")[0])
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("ETag", f'"{sha256(data)}"')
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            if self.command == "HEAD":
                return
            stop = len(data)
            if hub.cuts:
                stop = start + hub.cuts.pop(0)
                self.close_connection = True
            if hub.held_back == self.path and self.command == "GET":
                middle = (start + stop) // 2
                self.wfile.write(data[start:middle])
                self.wfile.flush()
                hub.held.set()
                hub.release.wait()
                start = middle
            with suppress(ConnectionError):  # the client may have been stopped
                self.wfile.write(data[start:stop])

    def _send(self, body: bytes, kind: str, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
