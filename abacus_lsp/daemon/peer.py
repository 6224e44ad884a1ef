"""Who is at the other end of a Unix socket, as the kernel says."""

import socket
import struct
import sys
from typing import Final

_UCRED: Final = struct.Struct("3i")  # Linux: process, user, group
_XUCRED: Final = struct.Struct("=II")  # macOS and BSD: version, user; groups follow
_XUCRED_SIZE: Final = 76
_SOL_LOCAL, _LOCAL_PEERCRED = 0, 1


def user_of(connection: socket.socket) -> int | None:
    """The user id of the peer; None where the system does not tell (the folder's permissions then guard alone).

    Raises:
        OSError: the connection is gone.
    """
    if sys.platform == "linux":
        held = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        return _UCRED.unpack(held)[1]
    if sys.platform == "darwin" or "bsd" in sys.platform:
        return xucred_user(connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED_SIZE))
    return None


def xucred_user(held: bytes) -> int | None:
    """The user in a `struct xucred`; None for a version other than 0, whose layout is not known."""
    if len(held) < _XUCRED.size:
        return None
    version, user = _XUCRED.unpack(held[: _XUCRED.size])
    return user if version == 0 else None
