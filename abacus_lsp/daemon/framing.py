"""Messages in a stream of bytes: `Content-Length` headers and bodies. No input or output here.

Knows the framing of LSP's base protocol, as forgiving as a server must be; must not know JSON. Whoever reads
feeds what has arrived, in pieces of any size.
"""

from typing import Final

MOST_BODY: Final = 512 << 20  # bytes; no document is that large
MOST_HEADER: Final = 64 << 10  # bytes of one line


class Malformed(Exception):
    """The stream cannot be read any further."""


def framed(body: bytes) -> bytes:
    """One message as it goes over the wire."""
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


class Frames:
    """Takes bytes, gives bodies. Lines that are no header are skipped."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._seen = 0  # bytes of `_held` that are known to hold no line's end
        self._length: int | None = None  # of the body whose headers are being read, or which is awaited
        self._in_body = False

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that are complete with `data`.

        Raises:
            Malformed: a header line or a body beyond every reason.
        """
        self._held += data
        bodies: list[bytes] = []
        while True:
            if self._in_body:
                body = self._body()
                if body is None:
                    return bodies
                bodies.append(body)
            elif not self._header():
                return bodies

    def _body(self) -> bytes | None:
        length = self._length or 0
        if len(self._held) < length:
            return None
        body = bytes(self._held[:length])
        del self._held[:length]
        self._in_body, self._length = False, None
        return body

    def _header(self) -> bool:
        """Take one line; False when it has not arrived yet."""
        end = self._held.find(b"\n", self._seen)
        if end < 0:
            self._seen = len(self._held)
            if self._seen > MOST_HEADER:
                raise Malformed(f"a header line of more than {MOST_HEADER} bytes")
            return False
        line = bytes(self._held[:end]).strip()
        del self._held[: end + 1]
        self._seen = 0
        if not line:
            self._in_body = self._length is not None
            return True
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            self._length = int(value)
            if self._length > MOST_BODY:
                raise Malformed(f"a message of {self._length} bytes")
        return True
