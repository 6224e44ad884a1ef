"""Memory that nobody uses, but which is kept: by the C library, and by what only makes queries faster.

Knows: glibc, and which functions of this package remember. Must not know: what the memory was for.
"""

import ctypes
import functools
import sys


def give_back_memory() -> None:
    """Return what parsing has left free to the system: a third of the process after a first index.

    glibc keeps it otherwise; other C libraries do this by themselves or have no such call.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def forget() -> None:
    """Forget what earlier queries have read and worked out. It holds on to files of indexes that are gone."""
    remembering = type(functools.cache(give_back_memory))
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("retrieval.")]
    for module in modules:
        for held in list(vars(module).values()):
            if isinstance(held, remembering):
                held.cache_clear()
