"""A prompt as token ids: the one way, for every engine that owns a tokenizer.

1. The beginning-of-text token: as `Prompt.bos` says, or, when it says nothing, as the tokenizer itself would.
2. A marker is its one id. It never goes through the tokenizer as text.
3. Any other run of parts is one plain text, encoded without beginning-of-text token, without the blank that
   sentencepiece puts in front, and with markers in it left as text (`Vocabulary.encode`). Where a tokenizer
   cannot be told to leave the blank out, "☺" goes in front of the text and its ids are dropped again.
4. Only at the very start of the prompt is that blank put in, as the tokenizer itself would: MiniCPM reads
   `<用户>` there as ▁< 用户 >, and that is the sequence it was trained on.
"""

from abacus_lsp.engines.base import ModelError, Vocabulary
from abacus_lsp.prompts.prompt import Prompt


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


def _marker_id(piece: str, vocabulary: Vocabulary) -> int:
    found = vocabulary.token_id(piece)
    if found is None:
        raise ModelError(
            f"This model's vocabulary has no token {piece}: the prompt format does not fit the model. "
            'Leave the format to detection, or configure "plain".'
        )
    return found
