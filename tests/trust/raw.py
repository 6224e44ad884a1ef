"""A client that may send anything: bytes that are no messages, and messages no editor sends."""

import json
import queue
from typing import Any

from lsp_client import Client


class RawClient(Client):
    """Answers to ids that were never given out, null included, end up in `strays`."""

    def __init__(self, *args: Any, **fields: Any) -> None:
        self.strays: queue.Queue[dict[str, Any]] = queue.Queue()
        super().__init__(*args, **fields)

    def raw(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def message(self, body: bytes | dict[str, Any] | list[Any]) -> None:
        """One framed message."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.raw(b"Content-Length: %d\r\n\r\n" % len(data) + data)

    def stray(self, timeout: float = 20) -> dict[str, Any]:
        return self.strays.get(timeout=timeout)

    def _took(self, message: dict[str, Any]) -> None:
        if "method" not in message and message.get("id") not in self._answers:
            self.strays.put(message)
        else:
            super()._took(message)
