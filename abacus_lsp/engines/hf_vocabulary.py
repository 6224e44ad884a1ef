"""A tokenizer of transformers as a `Vocabulary`, and the bytes that each of its tokens stands for.

Knows tokenizers' pieces (byte-level BPE, sentencepiece). Must not know models. Bytes, because a token may end
inside a character; text is only ever made of whole ones.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from abacus_lsp.engines.marker_shape import could_be_marker, is_control
from abacus_lsp.prompts import healing

# sentencepiece puts a space in front of the first word; this character goes first and is dropped again.
_ANCHOR: Final = "☺"
_BYTE: Final = re.compile(r"<0x([0-9A-F]{2})>")


class HfVocabulary:
    """The facts of one tokenizer.

    Args:
        tokenizer: of `transformers.AutoTokenizer`.
        architecture: the config's `model_type`.
        size: rows of the model's output, which may be more than the tokenizer has tokens.
    """

    def __init__(self, tokenizer: Any, architecture: str, size: int) -> None:
        self._tokenizer = tokenizer
        self._ids: dict[str, int] = tokenizer.get_vocab()
        self._size = max(size, len(tokenizer))
        self.architecture = architecture
        template = tokenizer.chat_template
        self.chat_template = template if isinstance(template, str) else ""
        self.bos: int | None = tokenizer.bos_token_id
        self.add_bos = self._begins_with_bos()
        self.add_space = self._piece_of("x").startswith("▁")
        added: Mapping[int, Any] = tokenizer.added_tokens_decoder
        self._control = {
            str(token): index for index, token in added.items() if token.special or is_control(str(token))
        }
        longest_first = sorted(self._control, key=len, reverse=True)
        self._in_text = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def token_id(self, piece: str) -> int | None:
        if piece in self._control:
            return self._control[piece]
        index = self._ids.get(piece)
        return index if index is not None and could_be_marker(piece) else None

    def encode(self, text: str) -> list[int]:
        """Ids of plain text: cut inside everything that the tokenizer would take for a control token."""
        cuts = [0, *(each.start() + 1 for each in self._in_text.finditer(text)), len(text)]
        return [each for start, end in pairwise(cuts) if end > start for each in self._plain(text[start:end])]

    def ends(self) -> frozenset[int]:
        """The tokenizer's own end of text."""
        return (
            frozenset() if self._tokenizer.eos_token_id is None else frozenset({self._tokenizer.eos_token_id})
        )

    @cached_property
    def bytes_of(self) -> list[bytes]:
        """What each token writes; empty for control tokens. About a second for 150,000 tokens."""
        byte_level = "ByteLevel" in str(getattr(self._tokenizer.backend_tokenizer, "decoder", ""))
        alphabet = _alphabet() if byte_level else {}
        table = [b""] * self._size
        for piece, index in self._ids.items():
            if index < self._size and piece not in self._control:
                table[index] = _byte_level(piece, alphabet) if byte_level else _sentencepiece(piece)
        for index, token in self._tokenizer.added_tokens_decoder.items():
            if str(token) not in self._control:
                table[index] = str(token).encode()
        return table

    def candidates(self, remaining: bytes, barred: str = "") -> list[int]:
        """The tokens that may come next while `remaining` of the healed text is not yet written.

        `barred` as in `Prompt`: what a token holds beyond the healed text must not begin so.
        """
        table, length = self.bytes_of, len(remaining)
        group = self._by_first_byte[remaining[0]] if remaining else range(self._size)
        found = [each for each in group if healing.allowed(table[each], remaining)]
        return [each for each in found if healing.begins(table[each], length, barred)] if barred else found

    @cached_property
    def _by_first_byte(self) -> Mapping[int, list[int]]:
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for index, written in enumerate(self.bytes_of):
            if written:
                groups[written[0]].append(index)
        return groups

    def _plain(self, text: str) -> list[int]:
        if self.add_space:
            anchor = self._raw(_ANCHOR)
            ids = self._raw(_ANCHOR + text)
            if ids[: len(anchor)] == anchor:
                return ids[len(anchor) :]
        return self._raw(text)

    def _raw(self, text: str) -> list[int]:
        whole = text.encode("utf-8", "replace").decode()  # an editor may send half a surrogate pair
        return list(self._tokenizer.encode(whole, add_special_tokens=False))

    def _begins_with_bos(self) -> bool:
        ids = self._tokenizer.encode("x")
        return self.bos is not None and len(ids) > 1 and ids[0] == self.bos

    def _piece_of(self, text: str) -> str:
        return str(self._tokenizer.convert_ids_to_tokens(self._raw(text))[0])


def _alphabet() -> dict[str, int]:
    """Byte-level BPE writes each byte as one visible character: printable Latin-1 as itself, the rest from U+0100."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {chr(0x100 + at): byte for at, byte in enumerate(hidden)}


def _byte_level(piece: str, alphabet: Mapping[str, int]) -> bytes:
    if all(character in alphabet for character in piece):
        return bytes(alphabet[character] for character in piece)
    return piece.encode()


def _sentencepiece(piece: str) -> bytes:
    single = _BYTE.fullmatch(piece)
    return bytes([int(single[1], 16)]) if single else piece.replace("▁", " ").encode()
