"""A server's address: how it is shown, and whether it is this machine. Pure: nothing is looked up or connected."""

import ipaddress
from urllib.parse import urlsplit

from abacus_lsp.engines.base import EndpointRefused


def is_loopback(url: str) -> bool:
    """Whether `url` names this machine itself."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def shown(url: str) -> str:
    """The address for people. Secrets in it are refused: addresses are logged, by the library too."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise EndpointRefused("abacus.endpoint.url is no valid address") from error
    if parts.username or parts.password or parts.query:
        raise EndpointRefused(
            "abacus.endpoint.url must not hold a user, a password or a query: put the key into an environment "
            "variable and name that in abacus.endpoint.keyEnv"
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path}"
