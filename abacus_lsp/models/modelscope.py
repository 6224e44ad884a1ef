"""Listing a model on ModelScope 魔搭 over its plain HTTP interface; MODELSCOPE_ENDPOINT names another server.

Its own library is not needed for two GET requests, and would bring dozens of packages.
"""

import os
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

import httpx2

from abacus_lsp.models.errors import SourceError
from abacus_lsp.models.rows import ModelScopeSource
from abacus_lsp.models.sources import Listing, wanted
from abacus_lsp.models.transfer import RemoteFile


def endpoint() -> str:
    """The server's address, with its scheme."""
    base = os.environ.get("MODELSCOPE_ENDPOINT", "").rstrip("/") or "https://modelscope.cn"
    return base if "://" in base else f"https://{base}"


def list_files(http: httpx2.Client, source: ModelScopeSource) -> Listing:
    """The files of the repository that the row wants. Raises SourceError."""
    root = f"{endpoint()}/api/v1/models/{quote(source.repo)}/repo"
    host = urlsplit(root).hostname
    try:
        response = http.get(f"{root}/files", params={"Revision": source.revision, "Recursive": "true"})
    except httpx2.TransportError as error:
        raise SourceError(f"{host} cannot be reached ({error or type(error).__name__}).") from error
    if response.status_code != 200:
        raise SourceError(f"{host} answered HTTP {response.status_code} for {source.repo}.")
    try:
        entries = cast("list[dict[str, Any]]", response.json()["Data"]["Files"])
        files = [_file(root, source, entry) for entry in entries if entry.get("Type") != "tree"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(f"{host} gave no list of files: is it a ModelScope server?") from error
    return Listing(wanted(files, source.patterns), source.revision)


def _file(root: str, source: ModelScopeSource, entry: dict[str, Any]) -> RemoteFile:
    path = str(entry["Path"])
    query = urlencode({"Revision": source.revision, "FilePath": path})
    return RemoteFile(path, f"{root}?{query}", int(entry["Size"]), str(entry.get("Sha256") or "") or None)
