"""One server over HTTP: JSON questions, and answers that stream line by line and can be cut off at once.

Knows httpx2, proxies, certificates, time limits. Must not know what the lines mean (`dialects`). Each stream
has a connection of its own: llama.cpp's server failed 3 times in 20 when the connection of an abandoned
stream was used again. A key is sent, never shown.
"""

import json
import socket
import ssl
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

import httpx2

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines import endpoint_errors
from abacus_lsp.engines.address import is_loopback, shown
from abacus_lsp.engines.base import EndpointDown, EndpointRefused

_CONNECT_SECONDS = 5.0
_LONGEST_LINE = 8 << 20  # bytes; a last event repeats the prompt, but no event is this long
_ERROR_BODY = 64 << 10  # bytes of an error answer that are read


class Transport:
    """A base address with a key.

    Args:
        url: base address, e.g. http://127.0.0.1:8000 or https://api.example.com/v1 (a path is kept).
        key: sent as a bearer token; "" sends none.
        ca_file: PEM file with certificates to trust beside the usual ones.
        proxy: address of a proxy; "" as the environment says. Loopback addresses never go through one.
        timeout: longest silence, in seconds.

    Raises:
        EndpointRefused: a setting cannot be used.
    """

    def __init__(
        self, url: str, *, key: str = "", ca_file: str = "", proxy: str = "", timeout: float = 10.0
    ) -> None:
        self.url = url.rstrip("/")
        self.address = shown(self.url)
        self.timeout = timeout
        self.local = is_loopback(self.url)
        self._key = key
        self._asked = b""  # the last question: what a server says may repeat it
        self._control_socket: socket.socket | None = None
        self._interruptions = 0
        options = self._options(ca_file, proxy)
        self._control = _client(options, httpx2.Limits(max_connections=2, max_keepalive_connections=1))
        self._streams = _client(options, httpx2.Limits(max_keepalive_connections=0))

    def _options(self, ca_file: str, proxy: str) -> dict[str, Any]:
        if not (self._key.isascii() and self._key.isprintable()):
            raise EndpointRefused("the key holds characters that no key holds: check abacus.endpoint.keyEnv")
        headers = {"Accept-Encoding": "identity", "User-Agent": "abacus-lsp"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return {
            "headers": headers,
            "verify": _tls(self.url, ca_file),
            "proxy": None if self.local else proxy or None,
            "trust_env": not self.local,
            "timeout": httpx2.Timeout(self.timeout, connect=min(self.timeout, _CONNECT_SECONDS)),
        }

    def get(self, path: str, timeout: float | None = None) -> Any:
        """The decoded JSON at `path`.

        Raises:
            EngineError: see `endpoint_errors`.
        """
        return self._ask("GET", path, None, timeout)

    def post(self, path: str, body: Any, timeout: float | None = None) -> Any:
        """The decoded JSON answer to `body`; for questions that may be asked twice.

        Raises:
            EngineError: see `endpoint_errors`.
        """
        return self._ask("POST", path, body, timeout)

    @contextmanager
    def lines(
        self, path: str, body: Any, cancel: CancelToken, session: str = ""
    ) -> Generator[Iterator[bytes]]:
        """The answer to `body`, line by line as it comes; `session` (an opaque name) is for routers to go by.

        Leaving the block closes the connection.

        Raises:
            Cancelled: at once, whatever the server does.
            EngineError: see `endpoint_errors`.
        """
        cancel.check()
        self._check_open()
        wire = _Wire()
        self._asked = _encode(body)
        request = self._streams.build_request(
            "POST", self.url + path, content=self._asked, headers=_json_headers(session)
        )
        request.extensions["trace"] = wire.trace
        with cancel.waking(wire.cut), self._mapped(cancel):
            response = self._streams.send(request, stream=True)
            try:
                self._refuse(response)
                yield self._read_lines(response, cancel)
            finally:
                wire.cut()
                response.close()

    def look(self, path: str, seconds: float) -> None:
        """Raise `EngineError` unless `path` answers with status 200 within `seconds`; from any thread."""
        options = {"timeout": httpx2.Timeout(seconds).as_dict()}
        request = self._streams.build_request("GET", self.url + path, extensions=options)
        with self._mapped(None):
            self._check_open()
            self._refuse(self._streams.send(request))

    def interrupt(self) -> None:
        """Wake a thread that waits in `get` or `post`; it gets an EndpointError. From any thread."""
        self._interruptions += 1
        _shutdown(self._control_socket)

    def close(self) -> None:
        """Close every connection. Twice is allowed."""
        self._control.close()
        self._streams.close()

    def garbage(self, expected: str, body: bytes) -> Exception:
        """The error for an answer that is not `expected`."""
        return endpoint_errors.not_protocol(self.address, expected, self._theirs(body))

    def _theirs(self, said: bytes) -> bytes:
        return endpoint_errors.unrepeated(said, self._asked)

    def failure(self, said: str) -> Exception:
        """The error for a failure that the server reported in a stream."""
        words = self._theirs(said.encode()).decode()
        return endpoint_errors.from_event(words, self.address, self._key)

    def _ask(self, method: str, path: str, body: Any, timeout: float | None) -> Any:
        self._check_open()
        content = None if body is None else _encode(body)
        self._asked = content or b""
        request = self._control.build_request(
            method, self.url + path, content=content, headers=_json_headers() if content else None
        )
        request.extensions["trace"] = self._remember_socket
        if timeout is not None:
            request.extensions["timeout"] = httpx2.Timeout(timeout).as_dict()
        before = self._interruptions
        with self._mapped(None):
            try:
                response = self._control.send(request)
            except (httpx2.RemoteProtocolError, httpx2.ReadError):
                # A kept connection may have been closed by the server in the same moment: once more, on a new one.
                if before != self._interruptions:
                    raise
                response = self._control.send(request)
        self._refuse(response)
        try:
            return json.loads(response.content)
        except ValueError as error:
            raise self.garbage("JSON", response.content) from error

    def _check_open(self) -> None:
        if self._control.is_closed:
            raise EndpointDown(f"the connection to {self.address} was closed: connect again")

    def _remember_socket(self, name: str, info: dict[str, Any]) -> None:
        if name.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._control_socket = info["return_value"].get_extra_info("socket")

    @contextmanager
    def _mapped(self, cancel: CancelToken | None) -> Generator[None]:
        try:
            yield
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            if cancel is not None:
                cancel.check()
            raise endpoint_errors.from_exception(error, self.address, self.timeout) from error

    def _refuse(self, response: httpx2.Response) -> None:
        if response.status_code != 200:
            body = self._theirs(_beginning(response))
            raise endpoint_errors.from_status(
                response.status_code, response.headers, body, self.address, self._key
            )

    def _read_lines(self, response: httpx2.Response, cancel: CancelToken) -> Iterator[bytes]:
        """Whole lines without their ends. A drip that never completes a line counts as silence."""
        rest = b""
        silent_since = monotonic()
        for chunk in response.iter_bytes():
            cancel.check()
            *whole, rest = (rest + chunk).split(b"\n")
            if whole:
                silent_since = monotonic()
            elif monotonic() - silent_since > self.timeout:
                raise httpx2.ReadTimeout("no whole line")
            elif len(rest) > _LONGEST_LINE:
                raise self.garbage("a stream of events", rest)
            for line in whole:
                yield line.rstrip(b"\r")
        cancel.check()
        if rest:
            yield rest


class _Wire:
    """The socket under one stream, so that another thread can cut it."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._cut = False

    def trace(self, name: str, info: dict[str, Any]) -> None:
        if name.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")
            # `cut` may have run between connecting and this line.
            if self._cut:
                _shutdown(self._socket)

    def cut(self) -> None:
        self._cut = True
        _shutdown(self._socket)


def _json_headers(session: str = "") -> dict[str, str]:
    return {"Content-Type": "application/json"} | ({"X-Session-Id": session} if session else {})


def _shutdown(sock: socket.socket | None) -> None:
    if sock is not None:
        with suppress(OSError):
            # Of the plain class also for TLS: SSLSocket.shutdown would pull its state from under the reader.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _client(options: dict[str, Any], limits: httpx2.Limits) -> httpx2.Client:
    try:
        return httpx2.Client(**options, limits=limits, follow_redirects=False)
    except (ValueError, httpx2.InvalidURL) as error:
        raise EndpointRefused(f"abacus.endpoint.proxy cannot be used: {error}") from error


def _tls(url: str, ca_file: str) -> ssl.SSLContext | bool:
    if not url.startswith("https:"):
        return False  # building a context takes 20 ms and reads files
    context = httpx2.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise EndpointRefused(
                f"abacus.endpoint.caFile {ca_file} cannot be used ({error}): name a PEM file with certificates"
            ) from error
    return context


def _encode(body: Any) -> bytes:
    # Half a surrogate pair can come from an editor; no server takes it.
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _beginning(response: httpx2.Response) -> bytes:
    if response.is_closed:
        return response.content[:_ERROR_BODY]
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) >= _ERROR_BODY:
            break
    return body
