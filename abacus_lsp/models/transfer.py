"""One file over HTTP: resumed, counted, checked, and only then given its name.

Knows HTTP and hashes, nothing of models or hubs. Bytes land in `NAME.part`; a connection that breaks is taken
up again with a Range request as long as each try brings something; the file gets its name only when its size
and sha256 are what the source promised.
"""

import errno
import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx2

from abacus_lsp.engines.address import is_loopback
from abacus_lsp.models.errors import NoSpaceError, SourceError
from abacus_lsp.models.progress import Job
from abacus_lsp.models.store import StoredFile

BLOCK = 1 << 20
FRUITLESS_TRIES = 3
"""Tries in a row that brought no byte before the source is given up."""
TRIES = 100
"""All tries for one file: a server that drops us after every few bytes must not keep us for ever."""
STALL_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that a source offers. `path` is where it goes in the model's folder; None means not told.

    `cached`: the same file on this machine already.
    """

    path: str
    url: str
    size: int | None = None
    sha256: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    cached: Path | None = None


def open_client(stall_seconds: float = STALL_SECONDS) -> httpx2.Client:
    """A client that honours HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR; the caller closes it."""
    timeout = httpx2.Timeout(stall_seconds, connect=min(10.0, stall_seconds))
    headers = {"User-Agent": "abacus-lsp", "Accept-Encoding": "identity"}
    hooks: dict[str, list[Any]] = {"request": [_only_over_tls]}
    return httpx2.Client(timeout=timeout, follow_redirects=True, headers=headers, event_hooks=hooks)


def _only_over_tls(request: httpx2.Request) -> None:
    """Redirects included: what comes unencrypted can be exchanged on the way, and not every hub tells a checksum."""
    if request.url.scheme != "https" and not is_loopback(str(request.url)):
        raise SourceError(
            f"{request.url.host} would be asked without encryption (http). Name an https address (HF_ENDPOINT, "
            "MODELSCOPE_ENDPOINT, PIP_INDEX_URL)."
        )


def fetch(http: httpx2.Client, remote: RemoteFile, folder: Path, job: Job) -> StoredFile:
    """Bring one file into `folder`; returns what was stored. A leftover `.part` is continued.

    Raises SourceError when the source does not deliver the promised bytes, NoSpaceError when the disk is full,
    PullCancelledError when the job is stopped (the part stays, for the next time).
    """
    target = folder / remote.path
    target.parent.mkdir(parents=True, exist_ok=True)
    part = _Part.open(target.with_name(target.name + ".part"), remote)
    job.advance(part.size, remote.path)
    _receive_all(http, remote, part, job)
    digest = part.hash.hexdigest()
    if remote.sha256 is not None and digest != remote.sha256.lower():
        job.advance(-part.size, remote.path)
        part.path.unlink()
        raise SourceError(
            f"{_host(remote.url)} sent a {remote.path} with the wrong checksum (sha256 {digest[:12]}…, "
            f"promised {remote.sha256[:12]}…). It was deleted; try again, or another source with --source."
        )
    part.path.replace(target)
    return StoredFile(remote.path, part.size, digest)


@contextmanager
def writing(path: Path) -> Generator[None]:
    """Map a full disk to our own error; `path` is what was being written."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoSpaceError(
                f"The disk is full ({path.parent}). Free some space, or set ABACUS_HOME to a folder on a larger "
                "disk; what has arrived is kept."
            ) from error
        raise


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


@dataclass(slots=True)
class _Part:
    """A file under way. Invariant: `hash` is that of the `size` bytes on disk."""

    path: Path
    size: int
    hash: _Hash
    etag: str | None = None

    @classmethod
    def open(cls, path: Path, remote: RemoteFile) -> "_Part":
        """Continue a leftover only when a checksum will tell whether it belonged to the same file."""
        part = cls(path, 0, hashlib.sha256())
        if remote.sha256 is None or not path.exists():
            path.write_bytes(b"")
            return part
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                part.hash.update(block)
                part.size += len(block)
        if remote.size is not None and part.size > remote.size:
            part.restart()
        return part

    def restart(self) -> None:
        """Forget the bytes."""
        with writing(self.path):
            self.path.write_bytes(b"")
        self.size, self.hash = 0, hashlib.sha256()


def _receive_all(http: httpx2.Client, remote: RemoteFile, part: _Part, job: Job) -> None:
    fruitless = 0
    for _ in range(TRIES):
        before = part.size
        try:
            if part.size == remote.size or _receive(http, remote, part, job):
                return
            trouble = "the connection closed early"
        except (httpx2.TransportError, httpx2.StreamError) as error:
            trouble = str(error) or type(error).__name__
        fruitless = 0 if part.size > before else fruitless + 1
        if fruitless >= FRUITLESS_TRIES:
            raise SourceError(
                f"{_host(remote.url)} stopped sending {remote.path} ({trouble}). What has arrived is kept: "
                "the same command goes on from there."
            )
        job.say(f"{remote.path}: going on after a break")
    raise SourceError(f"{_host(remote.url)} broke off {remote.path} {TRIES} times. Try again later.")


def _receive(http: httpx2.Client, remote: RemoteFile, part: _Part, job: Job) -> bool:
    """One request. True when the file is complete as far as anybody knows."""
    headers = dict(remote.headers)
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
        if part.etag:
            headers["If-Range"] = part.etag
    with http.stream("GET", remote.url, headers=headers) as response:
        _check_answer(response, remote)
        if part.size and not _continues(response, part.size):
            job.advance(-part.size, remote.path)
            part.restart()
            if response.status_code != 200:
                return False
        part.etag = _strong_etag(response)
        _write(response, remote, part, job)
        return part.size == remote.size if remote.size is not None else _whole(response, part)


def _write(response: httpx2.Response, remote: RemoteFile, part: _Part, job: Job) -> None:
    encoded = response.headers.get("Content-Encoding", "identity") != "identity"
    blocks = response.iter_bytes(BLOCK) if encoded else response.iter_raw()
    with writing(part.path), part.path.open("ab") as file:
        for block in blocks:
            if remote.size is not None and part.size + len(block) > remote.size:
                raise SourceError(
                    f"{_host(remote.url)} sent more than the {remote.size} bytes it promised of {remote.path}. "
                    "Try again, or another source with --source."
                )
            file.write(block)
            part.hash.update(block)
            part.size += len(block)
            job.advance(len(block), remote.path)


def _check_answer(response: httpx2.Response, remote: RemoteFile) -> None:
    status, host = response.status_code, _host(remote.url)
    if status in {401, 403}:
        raise SourceError(
            f"{host} refused {remote.path} (HTTP {status}). Accept the model's terms on its page and log in "
            "(HF_TOKEN), or use another source."
        )
    if status == 404:
        raise SourceError(f"{host} has no {remote.path} (HTTP 404). Try another source with --source.")
    continuing = "Range" in response.request.headers
    if status != 200 and not (continuing and status in {206, 416}):
        raise SourceError(
            f"{host} answered HTTP {status} for {remote.path}. Try again later, or another source."
        )
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise SourceError(
            f"{host} answered with a web page instead of {remote.path}: a login or proxy page? Check the network, "
            "HTTPS_PROXY and HF_ENDPOINT, then try again."
        )


def _continues(response: httpx2.Response, offset: int) -> bool:
    given = response.headers.get("Content-Range", "")
    return response.status_code == 206 and given.startswith(f"bytes {offset}-")


def _whole(response: httpx2.Response, part: _Part) -> bool:
    """Without a promised size, the answer's own length decides; without that, its orderly end does."""
    given = response.headers.get("Content-Range", "").rpartition("/")[2]
    if given.isdigit():
        return part.size == int(given)
    length = response.headers.get("Content-Length", "")
    encoded = response.headers.get("Content-Encoding", "identity") != "identity"
    return encoded or not length.isdigit() or part.size == int(length)


def _strong_etag(response: httpx2.Response) -> str | None:
    etag = response.headers.get("ETag")
    return etag if etag and not etag.startswith("W/") else None


def _host(url: str) -> str:
    """The host alone: an address may carry a password."""
    return httpx2.URL(url).host or "the source"
