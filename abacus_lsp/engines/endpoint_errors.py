"""What goes wrong between us and a server, as rows: the library's exceptions and HTTP's status codes, each
with the error of `base` it becomes and what the user should do.

Knows httpx2's exception classes and status codes; must not know any dialect, nor ever see a key.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast

import httpx2

from abacus_lsp.engines.base import (
    EndpointBusy,
    EndpointDown,
    EndpointError,
    EndpointGarbage,
    EndpointRefused,
    EndpointSlow,
    EngineError,
    PromptTooLong,
)


class UnknownPath(EndpointRefused):
    """404 and the like: the server does not have this, which for a probe is an answer."""


_QUOTE = 200  # characters of a server's own message that are worth showing

# The first row whose class fits wins: particular before general.
_FOREIGN: Final[tuple[tuple[type[Exception], type[EndpointError], str], ...]] = (
    (
        httpx2.ProxyError,
        EndpointDown,
        "the proxy on the way to {address} did not do its part: check abacus.endpoint.proxy, HTTPS_PROXY and NO_PROXY",
    ),
    (
        httpx2.ConnectTimeout,
        EndpointDown,
        "nobody answers at {address}: check abacus.endpoint.url, and that the server runs and may be reached",
    ),
    (
        httpx2.TimeoutException,
        EndpointSlow,
        (
            "{address} sent nothing for {timeout:g} s: it is overloaded or hangs; raise abacus.endpoint.timeoutSeconds "
            "or look at the server's log"
        ),
    ),
    (
        httpx2.UnsupportedProtocol,
        EndpointRefused,
        "{address} is no http:// or https:// address: correct abacus.endpoint.url",
    ),
    (
        httpx2.ConnectError,
        EndpointDown,
        "no connection to {address}: start the server there or correct abacus.endpoint.url",
    ),
    (
        httpx2.LocalProtocolError,
        EndpointRefused,
        "the request to {address} could not be written: check that the key holds only visible ASCII characters",
    ),
    (
        httpx2.RemoteProtocolError,
        EndpointGarbage,
        "{address} broke off its answer or does not speak HTTP: check abacus.endpoint.url and the server's log",
    ),
    (
        httpx2.DecodingError,
        EndpointGarbage,
        "the answer of {address} could not be decompressed: check what stands between us and the server",
    ),
    (httpx2.NetworkError, EndpointDown, "the connection to {address} was lost: is the server still running?"),
    (httpx2.HTTPError, EndpointDown, "the request to {address} failed"),
    (httpx2.InvalidURL, EndpointRefused, "{address} is no valid address: correct abacus.endpoint.url"),
)

# Part of OpenSSL's text → what to do about it.
_TLS: Final[tuple[tuple[str, str], ...]] = (
    (
        "CERTIFICATE_VERIFY_FAILED",
        "the certificate of {address} is not trusted: name your authority's file in abacus.endpoint.caFile",
    ),
    (
        "WRONG_VERSION_NUMBER",
        "{address} does not speak TLS: write http:// instead of https:// in abacus.endpoint.url",
    ),
)

_STATUS: Final[dict[int, tuple[type[EndpointError], str]]] = {
    400: (EndpointRefused, "{address} did not accept the request (400)"),
    401: (
        EndpointRefused,
        (
            "{address} wants another key (401): put it into an environment variable and name that in "
            "abacus.endpoint.keyEnv"
        ),
    ),
    402: (EndpointRefused, "{address} wants to be paid (402): check the account behind the key"),
    403: (
        EndpointRefused,
        "{address} does not allow this (403): check the key's rights (abacus.endpoint.keyEnv) and the proxy",
    ),
    404: (
        UnknownPath,
        (
            "{address} does not know this path or model (404): check abacus.endpoint.url, abacus.endpoint.kind and "
            "abacus.endpoint.model"
        ),
    ),
    405: (
        UnknownPath,
        "{address} does not take this request (405): check abacus.endpoint.url and abacus.endpoint.kind",
    ),
    408: (EndpointSlow, "{address} gave up waiting (408): try again"),
    422: (EndpointRefused, "{address} did not accept the request (422)"),
    429: (EndpointBusy, "{address} has too many requests (429): wait, or ask for a higher limit"),
    500: (EndpointGarbage, "{address} failed inside (500): look at the server's log"),
    501: (UnknownPath, "{address} cannot do this (501): check abacus.endpoint.kind"),
    502: (EndpointGarbage, "a gateway at {address} gets no good answer from the server behind it (502)"),
    503: (
        EndpointBusy,
        "{address} cannot answer now (503): it is loading its model or overloaded; try again",
    ),
    504: (EndpointSlow, "a gateway at {address} waited too long for the server behind it (504)"),
}

# What servers say when the prompt does not fit: llama-server, vLLM, the hosted ones.
_TOO_LONG: Final = (
    "exceed_context_size",
    "maximum context length",
    "context_length_exceeded",
    "exceeds the available context",
    "too long",
    "too large",
    "max_model_len",
)


_TELLING = (
    16  # bytes of a line of the question: shorter ones, such as a field's name, may occur in any answer
)


def from_exception(error: Exception, address: str, timeout: float) -> EndpointError:
    """The error of ours that `error` of httpx2 becomes. `timeout` is in seconds."""
    for part, message in _TLS:
        if part in str(error):
            return EndpointDown(message.format(address=address))
    for foreign, ours, message in _FOREIGN:
        if isinstance(error, foreign):
            return ours(message.format(address=address, timeout=timeout))
    raise TypeError(f"not an error of httpx2: {error!r}")


def from_status(status: int, headers: Mapping[str, str], body: bytes, address: str, key: str) -> EngineError:
    """The error for an answer that is not 200. `body` is its beginning; `key` is kept out of the message."""
    if 300 <= status < 400:
        target = headers.get("location", "elsewhere")
        return EndpointRefused(
            f"{address} redirects to {_short(target, key)} ({status}): set abacus.endpoint.url to the final address"
        )
    said = _said(body)
    if status == 413 or (status in {400, 422, 500} and any(mark in said.lower() for mark in _TOO_LONG)):
        return PromptTooLong(f"the prompt does not fit {address}: {_short(said, key) or status}")
    unknown = (EndpointGarbage, f"{{address}} answered with status {status}")
    ours, message = _STATUS.get(status, unknown)
    text = message.format(address=address) + (f"; it says: {_short(said, key)}" if said else "")
    if ours is EndpointBusy:
        return EndpointBusy(text, retry_after(headers.get("retry-after", "")))
    return ours(text)


def from_event(said: str, address: str, key: str) -> EngineError:
    """The error for a failure that the server reports inside a stream."""
    if any(mark in said.lower() for mark in _TOO_LONG):
        return PromptTooLong(f"the prompt does not fit {address}: {_short(said, key)}")
    return EndpointGarbage(f"{address} failed while answering; it says: {_short(said, key)}")


def not_protocol(address: str, expected: str, body: bytes) -> EndpointGarbage:
    """The error for an answer with status 200 that is not what was asked for."""
    if body.lstrip()[:1] == b"<":
        return EndpointGarbage(
            f"{address} answers with a web page where {expected} was expected: check abacus.endpoint.url "
            "(is it the address of the API?) and whether a login or a proxy is in the way"
        )
    start = body[:60].decode("utf-8", "replace")
    return EndpointGarbage(
        f"{address} answers with {start!r} where {expected} was expected: check abacus.endpoint.url "
        "and abacus.endpoint.kind"
    )


def unrepeated(said: bytes, asked: bytes) -> bytes:
    """A server's words, unless they repeat the question: source has no place in messages and logs.

    `asked` is JSON, so that its lines end in an escaped line break.
    """
    pieces = (piece.strip() for piece in re.split(rb'\\n|\\?"', asked))
    return b"(it repeats the question)" if any(len(p) >= _TELLING and p in said for p in pieces) else said


def message_of(data: object) -> str:
    """The server's words in a decoded error answer, "" if it holds none."""
    if not isinstance(data, dict):
        return data if isinstance(data, str) else ""
    fields = cast(dict[str, Any], data)
    for name in ("error", "message", "detail", "type"):
        if fields.get(name):
            inner = message_of(fields[name])
            return inner or json.dumps(fields[name], ensure_ascii=False)
    return ""


def retry_after(value: str) -> float | None:
    """Seconds from a Retry-After header (a number or a date), None if it holds neither."""
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _said(body: bytes) -> str:
    try:
        return message_of(json.loads(body))
    except ValueError:
        text = body.decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else text


def _short(text: str, key: str) -> str:
    """One line, without the key (some servers repeat it), not longer than a message should be."""
    line = " ".join((text.replace(key, "***") if key else text).split())
    return line if len(line) <= _QUOTE else line[:_QUOTE] + "…"
