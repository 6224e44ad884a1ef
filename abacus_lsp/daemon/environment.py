"""Which of an editor's environment a daemon depends on, and what it is given.

A daemon serves editors that were started in different ways. What decides which files, servers and devices it
works with is part of its name (`rendezvous`): another value, another daemon. All else is left out of its environment,
so that it is the same whoever starts it; what counts per client (API keys, language, settings file, working
folder) comes with each greeting.
"""

import re
from collections.abc import Mapping
from typing import Final

_DECIDES: Final = re.compile(
    r"""(?x)
    HOME | USER | LOGNAME | XDG_(CONFIG|DATA|CACHE|STATE|RUNTIME)_(HOME|DIR)     # where files are
    | ABACUS_\w+                                                                 # our own
    | (HF|HUGGINGFACE|TRANSFORMERS|MODELSCOPE|PIP|UV|OLLAMA|LLAMA|GGML|TORCH|PYTORCH)_\w+
    | (CUDA|HIP|ROCR|HSA|NVIDIA|MKL|OMP|GOMP|KMP|OPENBLAS|VECLIB|MALLOC)_\w+      # devices and threads
    | (HTTPS?|ALL|NO)_PROXY | SSL_CERT_(FILE|DIR) | (REQUESTS|CURL)_CA_BUNDLE     # the network
    | PYTHON\w+ | VIRTUAL_ENV | (LD|DYLD)_\w+                                    # which code runs
    """,
    re.IGNORECASE,
)
_PER_CLIENT: Final = frozenset({"ABACUS_CONFIG"})
_ALSO_GIVEN: Final = (
    "PATH",
    "TMPDIR",
    "TZ",
)  # to find git and a place for temporary files: the first editor's will do


def deciding(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that make it another daemon."""
    return {
        name: value
        for name, value in sorted(environment.items())
        if _DECIDES.fullmatch(name) and name not in _PER_CLIENT
    }


def given(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment a daemon is started with."""
    also = {name: environment[name] for name in _ALSO_GIVEN if name in environment}
    return deciding(environment) | also | {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}


def locale(environment: Mapping[str, str]) -> str:
    """The client's language, as the environment names it; "" when it does not."""
    return environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
