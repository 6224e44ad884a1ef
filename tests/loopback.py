"""Small real HTTP servers that misbehave on purpose: raw sockets on loopback, one thread per connection."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: dict
    socket: socket.socket

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(
        self, body: object, status: str = "200 OK", kind: str = "application/json", more: str = ""
    ) -> None:
        """A whole answer."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n{more}\r\n"
        self.send(head.encode() + data)

    def begin(self) -> None:
        """The head of a stream that ends with the connection."""
        self.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")

    def event(self, data: object) -> None:
        self.send(b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n")

    def wait_for_hang_up(self) -> None:
        """Until the other side closes the connection."""
        with contextlib.suppress(OSError):
            while self.socket.recv(4096):
                pass


Handler = Callable[[Request], None]


@dataclass
class Loopback:
    url: str
    seen: list[Request] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)


@contextmanager
def loopback(handler: Handler, port: int = 0) -> Iterator[Loopback]:
    """A server that gives every request to `handler` and closes the connection after it."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = Loopback(f"http://127.0.0.1:{listener.getsockname()[1]}")
        accepting = threading.Thread(target=_accept, args=(listener, handler, server), daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(listener: socket.socket, handler: Handler, server: Loopback) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, handler, server), daemon=True).start()


def _serve(connection: socket.socket, handler: Handler, server: Loopback) -> None:
    with connection, contextlib.suppress(OSError):
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = connection.recv(65536)
            if not chunk:
                return
            head += chunk
            if head.startswith(b"\x16"):  # a TLS greeting: what a plain server says to it
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return
        head, _, body = head.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        request = Request(first.split()[1], headers, json.loads(body or b"{}"), connection)
        server.seen.append(request)
        handler(request)
