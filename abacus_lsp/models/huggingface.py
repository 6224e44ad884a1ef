"""Listing a model on Hugging Face, or on the mirror named by HF_ENDPOINT, with huggingface_hub.

The library knows the login (HF_TOKEN), the endpoint and the offline switch; the bytes are moved by `transfer`,
as from everywhere else. A file that is already in the Hugging Face cache is taken from there.
"""

import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from abacus_lsp.models.errors import SourceError
from abacus_lsp.models.rows import HfSource
from abacus_lsp.models.sources import Listing, wanted
from abacus_lsp.models.transfer import RemoteFile

TIMEOUT_SECONDS = 10.0


def endpoint() -> str:
    """The hub's address: HF_ENDPOINT, else huggingface.co."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def offline() -> bool:
    """Whether HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) forbids asking the hub."""
    words = (os.environ.get(name, "") for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))
    return any(word.strip().upper() in {"1", "ON", "YES", "TRUE"} for word in words)


def list_files(source: HfSource) -> Listing:
    """The files of the repository that the row wants, at one commit. Raises SourceError."""
    if offline():
        raise SourceError(
            "HF_HUB_OFFLINE is set. Unset it, or bring the files with `abacus-lsp models import`."
        )
    import httpx2  # noqa: PLC0415  both take long to import, and only a pull needs them
    from huggingface_hub import HfApi, hf_hub_url, try_to_load_from_cache  # noqa: PLC0415
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError  # noqa: PLC0415
    from huggingface_hub.utils import build_hf_headers  # pyright: ignore[reportUnknownVariableType]  # noqa: PLC0415

    base = endpoint()
    host = urlsplit(base).hostname
    try:
        api = HfApi(endpoint=base)
        info = api.model_info(
            source.repo, revision=source.revision, files_metadata=True, timeout=TIMEOUT_SECONDS
        )
    except HfHubHTTPError as error:
        status = error.response.status_code
        raise SourceError(f"{host} answered HTTP {status} for {source.repo}.{_advice(status)}") from error
    except (httpx2.HTTPError, HFValidationError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceError(f"{host} gave no list of files ({type(error).__name__}: {error}).") from error
    commit = info.sha or source.revision
    headers = tuple(build_hf_headers(library_name="abacus-lsp").items())
    files = [
        RemoteFile(
            sibling.rfilename,
            hf_hub_url(source.repo, sibling.rfilename, revision=commit, endpoint=base),
            sibling.size,
            sibling.lfs.sha256 if sibling.lfs is not None else None,
            headers,
        )
        for sibling in info.siblings or []
    ]
    chosen = wanted(files, source.patterns)
    cached = [try_to_load_from_cache(source.repo, file.path, revision=commit) for file in chosen]
    paths = [Path(path) if isinstance(path, str) else None for path in cached]
    return Listing(tuple(replace(f, cached=path) for f, path in zip(chosen, paths, strict=True)), commit)


def _advice(status: int) -> str:
    if status in {401, 403}:
        return " Accept the model's terms on its page and set HF_TOKEN, or check the name."
    return " Where the hub is blocked, set HF_ENDPOINT to a mirror." if status >= 500 else ""
