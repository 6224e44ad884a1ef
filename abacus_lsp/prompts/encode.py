"""A prompt as token ids: the one way, for every engine that owns a tokenizer.

1. The beginning-of-text token: as `Prompt.bos` says, or, when it says nothing, as the tokenizer itself would.
2. A marker is its one id. It never goes through the tokenizer as text.
3. Any other run of parts is one plain text, encoded without beginning-of-text token, without the blank that
   sentencepiece puts in front, and with markers in it left as text (`Vocabulary.encode`).
4. Only at the very start of the prompt is that blank put in, as the tokenizer itself would: MiniCPM reads
   `<用户>` there as ▁< 用户 >, and that is the sequence it was trained on.
"""

from collections.abc import Callable

from abacus_lsp.engines.base import ModelError, Vocabulary
from abacus_lsp.prompts.prompt import Prompt

Encode = Callable[[str], list[int]]

# Characters to put in front of a text so that the tokenizer's own blank lands before them, not before the text.
# Several, because one may be a token of its own after which the tokenizer puts a blank again.
_ANCHORS = ("☺", "\n", "\u0002", "§")


def encode_segments(prompt: Prompt, vocabulary: Vocabulary) -> list[int]:
    """Ids in reading order; `Prompt.heal` is not part of them.

    Raises:
        ModelError: the profile uses a marker that this model's vocabulary does not have.
    """
    ids: list[int] = []
    wants_bos = vocabulary.add_bos if prompt.bos is None else prompt.bos
    if wants_bos and vocabulary.bos is not None:
        ids.append(vocabulary.bos)
    for index, (marker, text) in enumerate(prompt.segments):
        if marker:
            ids.append(_marker_id(text, vocabulary))
        else:
            blank = " " if index == 0 and vocabulary.add_space else ""
            ids.extend(vocabulary.encode(blank + text))
    return ids


def without_blank(encode: Encode) -> tuple[Encode, bool]:
    """What `Vocabulary.encode` and `Vocabulary.add_space` should be, from a tokenizer's own way.

    Args:
        encode: the tokenizer, told to add no special tokens and to read none in the text.

    Returns:
        An encoder that puts no blank in front (the same one if it never did), and whether the tokenizer does.

    Raises:
        ModelError: every way to keep the blank out failed.
    """
    for anchor in _ANCHORS:
        before = encode(anchor)
        bare, spaced = encode(f"{anchor}x"), encode(f"{anchor} x")
        if not before or bare[: len(before)] != before or bare == spaced:
            continue
        if encode("x") == bare[len(before) :]:
            return encode, False
        return _behind(anchor, len(before), encode), True
    raise ModelError(
        "This tokenizer puts a blank in front of every text and cannot be kept from it: prompts would be wrong. "
        "Check the model's tokenizer files, or use the model's GGUF."
    )


def _behind(anchor: str, length: int, encode: Encode) -> Encode:
    def plain(text: str) -> list[int]:
        return encode(anchor + text)[length:] if text else []

    return plain


def _marker_id(piece: str, vocabulary: Vocabulary) -> int:
    found = vocabulary.token_id(piece)
    if found is None:
        raise ModelError(
            f"This model's vocabulary has no token {piece}: the prompt format does not fit the model. "
            'Leave the format to detection, or configure "plain".'
        )
    return found
