"""Memory that the C library keeps although nobody uses it.

Knows: glibc. Must not know: what the memory was for.
"""

import ctypes
import sys


def give_back_memory() -> None:
    """Return what parsing has left free to the system: a third of the process after a first index.

    glibc keeps it otherwise; other C libraries do this by themselves or have no such call.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
