"""Reading the head of a GGUF file: what the model is, and whether the file is whole.

Knows the GGUF format, versions 2 and 3, little-endian. A file is hostile until it has been read: every count
and length in it is checked against a limit and against the file's own size before a byte is allocated for it.
It loads no weights and no library.
"""

import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import cast

from abacus_lsp.models.errors import ModelFileError
from abacus_lsp.models.ggml_types import FILE_TYPES, TENSOR_TYPES

MAGIC = b"GGUF"
MAX_KEYS = 4_096
MAX_TENSORS = 100_000
MAX_STRING = 16 << 20
MAX_ARRAY = 2_000_000
MAX_ELEMENTS = 8_000_000
MAX_DIMENSIONS = 8

Scalar = int | float | bool | str
Value = Scalar | tuple[Scalar, ...]

_FORMATS = MappingProxyType(
    {
        0: "<B",
        1: "<b",
        2: "<H",
        3: "<h",
        4: "<I",
        5: "<i",
        6: "<f",
        7: "<?",
        10: "<Q",
        11: "<q",
        12: "<d",
    }
)
_STRING, _ARRAY = 8, 9


@dataclass(frozen=True, slots=True)
class GgufInfo:
    """What a GGUF's head says. Sizes in bytes; zero or empty where the file does not tell.

    `head_count_kv` has one number per layer when layers differ, else one in all; `sliding_window` in tokens.
    """

    path: Path
    size: int
    version: int
    metadata: dict[str, Value]
    tensor_bytes: int
    tensor_count: int
    layer_bytes: int

    @property
    def architecture(self) -> str:
        return self._text("general.architecture")

    @property
    def name(self) -> str:
        return self._text("general.name")

    @property
    def quantisation(self) -> str:
        """Such as `Q4_K_M`; empty when the file does not say."""
        number = self.metadata.get("general.file_type")
        return FILE_TYPES.get(number, "") if isinstance(number, int) else ""

    @property
    def context_length(self) -> int:
        return self._number("context_length")

    @property
    def block_count(self) -> int:
        return self._number("block_count")

    @property
    def embedding_length(self) -> int:
        return self._number("embedding_length")

    @property
    def head_count(self) -> int:
        return max(self._numbers("attention.head_count"), default=0)

    @property
    def head_count_kv(self) -> tuple[int, ...]:
        return self._numbers("attention.head_count_kv") or self._numbers("attention.head_count")

    @property
    def key_length(self) -> int:
        return self._number("attention.key_length") or self._even_share()

    @property
    def value_length(self) -> int:
        return self._number("attention.value_length") or self._even_share()

    @property
    def sliding_window(self) -> int:
        return self._number("attention.sliding_window")

    @property
    def tokenizer(self) -> str:
        """The tokenizer's family: `llama` (sentencepiece), `gpt2` (byte-level BPE), …"""
        return self._text("tokenizer.ggml.model")

    @property
    def chat_template(self) -> str:
        return self._text("tokenizer.chat_template")

    @property
    def tokens(self) -> Sequence[str]:
        """The vocabulary in id order."""
        value = self.metadata.get("tokenizer.ggml.tokens", ())
        return cast("tuple[str, ...]", value) if isinstance(value, tuple) else ()

    def _text(self, key: str) -> str:
        value = self.metadata.get(key, "")
        return value if isinstance(value, str) else ""

    def _number(self, key: str) -> int:
        return max(self._numbers(key), default=0)

    def _numbers(self, key: str) -> tuple[int, ...]:
        value = self.metadata.get(f"{self.architecture}.{key}", ())
        many = value if isinstance(value, tuple) else (value,)
        return tuple(number for number in many if isinstance(number, int) and number >= 0)

    def _even_share(self) -> int:
        return self.embedding_length // self.head_count if self.head_count else 0


def read_header(path: Path, name: str = "") -> GgufInfo:
    """Read a GGUF's head and check that the file is as long as its tensors need.

    `name`: the catalogue name to put into the advice. Raises ModelFileError.
    """
    again = f"run `abacus-lsp models pull {name}` again" if name else "fetch the file again"
    try:
        size = path.stat().st_size
        if size < 24:
            raise ModelFileError(f"{path.name} is no GGUF file: it has {size} bytes; {again}.")
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            return _read(_Reader(view, path, again), path, size, again)
    except OSError as error:
        raise ModelFileError(
            f"{path} cannot be read ({error.strerror or error}). Check its permissions."
        ) from error


def _read(reader: "_Reader", path: Path, size: int, again: str) -> GgufInfo:
    magic = reader.take(4)
    if magic != MAGIC:
        what = "a web page" if magic.lstrip()[:1] == b"<" else "something else"
        raise ModelFileError(f"{path.name} is no GGUF file but {what} (it starts with {magic!r}); {again}.")
    version = reader.integer("<I")
    if version not in {2, 3}:
        raise ModelFileError(
            f"{path.name} has GGUF version {version}; versions 2 and 3 (little-endian) are known. "
            "Get a newer conversion of the model."
        )
    tensors, keys = reader.count(MAX_TENSORS, "tensors"), reader.count(MAX_KEYS, "keys")
    metadata = {reader.string(): reader.value(reader.integer("<I")) for _ in range(keys)}
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20:
        raise reader.damaged(f"its alignment is {alignment!r}")
    end, layer_bytes = _tensor_end(reader, tensors)
    start = -(-reader.position // alignment) * alignment
    if start + end > size:
        raise ModelFileError(f"{path.name} is truncated: expected {start + end} bytes, has {size}; {again}.")
    return GgufInfo(path, size, version, metadata, end, tensors, layer_bytes)


def _tensor_end(reader: "_Reader", tensors: int) -> tuple[int, int]:
    """Where the last tensor ends after the start of the data, and the bytes of tensors that belong to layers."""
    end = layers = 0
    for _ in range(tensors):
        name = reader.string()
        dimensions = reader.integer("<I")
        if dimensions > MAX_DIMENSIONS:
            raise reader.damaged(f"a tensor has {dimensions} dimensions")
        elements = 1
        for _ in range(dimensions):
            elements *= reader.integer("<Q")
        kind, offset = reader.integer("<I"), reader.integer("<Q")
        block, block_bytes = TENSOR_TYPES.get(kind, (1, 0))
        count = elements // block * block_bytes
        end = max(end, offset + count)
        layers += count if name.startswith("blk.") else 0
    return end, layers


@dataclass(slots=True)
class _Reader:
    """A place in the file. Every read is checked against the file's end first."""

    view: mmap.mmap
    path: Path
    again: str
    position: int = 0
    elements: int = 0

    def damaged(self, what: str) -> ModelFileError:
        return ModelFileError(f"{self.path.name} is damaged: {what}; {self.again}.")

    def take(self, length: int) -> bytes:
        if length > len(self.view) - self.position:
            raise ModelFileError(
                f"{self.path.name} is truncated: expected at least {self.position + length} bytes, has "
                f"{len(self.view)}; {self.again}."
            )
        start, self.position = self.position, self.position + length
        return self.view[start : self.position]

    def integer(self, form: str) -> int:
        return cast("int", struct.unpack(form, self.take(struct.calcsize(form)))[0])

    def count(self, limit: int, what: str) -> int:
        number = self.integer("<Q")
        if number > limit:
            raise self.damaged(f"it claims {number} {what}")
        return number

    def string(self) -> str:
        return self.take(self.count(MAX_STRING, "bytes in one text")).decode("utf-8", "replace")

    def value(self, kind: int) -> Value:
        if kind == _ARRAY:
            inner, length = self.integer("<I"), self.count(MAX_ARRAY, "values in one list")
            return self.array(inner, length)
        return self.scalar(kind)

    def array(self, kind: int, length: int) -> tuple[Scalar, ...]:
        self.elements += length
        if self.elements > MAX_ELEMENTS:
            raise self.damaged("its lists are too long")
        if kind == _STRING:
            return self.strings(length)
        form = _FORMATS.get(kind)
        if form is None:
            raise self.damaged(f"it has a list of unknown type {kind}")
        many = f"<{length}{form[1]}"
        return struct.unpack(many, self.take(struct.calcsize(many)))

    def strings(self, length: int) -> tuple[str, ...]:
        """A list of texts. Written out flat: a vocabulary has hundreds of thousands."""
        view, end, position = self.view, len(self.view), self.position
        unpack = struct.Struct("<Q").unpack_from
        texts: list[str] = []
        for _ in range(length):
            count = cast("int", unpack(view, position)[0]) if position + 8 <= end else MAX_STRING
            if count > end - position - 8:
                self.position = position
                self.string()  # tells exactly what is wrong
            texts.append(view[position + 8 : position + 8 + count].decode("utf-8", "replace"))
            position += 8 + count
        self.position = position
        return tuple(texts)

    def scalar(self, kind: int) -> Scalar:
        if kind == _STRING:
            return self.string()
        form = _FORMATS.get(kind)
        if form is None:
            raise self.damaged(f"it has a value of unknown type {kind}")
        return cast("Scalar", struct.unpack(form, self.take(struct.calcsize(form)))[0])
