"""What a session tells its client, and what it asks of the composition root. Values and signatures only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion.pipeline import Model
from abacus_lsp.engines.base import ModelInfo
from abacus_lsp.settings import Settings

State = Literal["loading", "ready", "busy", "off", "error"]

Report = Callable[[str, float | None], None]
"""(what is being done, share done or None): called from any thread."""

Load = Callable[[Settings, Report, CancelToken], Model]
"""Finds, loads and checks the model the settings name; runs on the engine's thread; raises `EngineError`."""


Fetch = Callable[[str, Report, CancelToken], None]
"""Downloads a model of the catalogue by name; runs on a thread of its own; raises `EngineError`."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that could be downloaded: its name, and its title, size and licence to show in English and Chinese."""

    name: str
    about: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Status:
    """What `$/abacus/status` says. `code` and `message` are those of the last reason or error."""

    state: State
    info: ModelInfo | None = None
    progress: float | None = None
    code: str = ""
    message: str = ""
    offer: Offer | None = None


Tell = Callable[[Status], None]
"""Receives every change of status, on the loop thread."""
