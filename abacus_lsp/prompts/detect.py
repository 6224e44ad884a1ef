"""Which profile a model wants: read off its vocabulary.

Knows vocabularies and the profile table. Must not know files, engines or documents. A model's name never chooses
a format the vocabulary does not allow; it only decides between rows that share one vocabulary, and then the
answer says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from abacus_lsp.engines.base import Vocabulary
from abacus_lsp.prompts.markers import neutralise
from abacus_lsp.prompts.profiles import PROFILES, Profile

# MiniCPM-2B's id sequences of its chat markers: at the start of a text, and after other text. The first of each
# and `<AI>`'s second are published in fine-tuning code for that model; `<用户>`'s second follows from them (the
# same three pieces without the blank) and was not seen written down.
MINICPM_MARKERS = {
    "<用户>": ((1786, 4194, 95388), (95396, 4194, 95388)),
    "<AI>": ((1786, 10850, 95388), (95396, 10850, 95388)),
}


@dataclass(frozen=True, slots=True)
class Detection:
    """What was chosen and why.

    Attributes:
        profile: the row to use.
        how: one sentence for `doctor` and `--explain`.
        notes: what the user may want to know besides, one sentence each.
    """

    profile: Profile
    how: str
    notes: tuple[str, ...] = ()


def detect(vocabulary: Vocabulary, hint: str = "") -> Detection:
    """The profile for a model.

    Args:
        vocabulary: of its tokenizer.
        hint: the model's name or file name; used only where the vocabulary allows several rows.
    """
    fitting = [
        row for row in PROFILES.values() if row.markers and not row.explicit and _fits(row, vocabulary)
    ]
    if fitting:
        return _choose(fitting, vocabulary, hint)
    if evidence := _minicpm(vocabulary):
        return Detection(
            PROFILES["abacus"],
            f"no FIM tokens; {evidence}: prefix continuation, <用户>…<AI> for instructions",
        )
    return _without_fim(vocabulary)


def self_test(vocabulary: Vocabulary, profile: Profile) -> list[str]:
    """What is wrong with using `profile` on this vocabulary, one sentence each; empty when all is well.

    Takes milliseconds: every marker is one token, no two are the same, text stays text.
    """
    problems = [
        f"{marker} is not one token of this vocabulary, but the format “{profile.name}” needs it."
        for marker in profile.markers
        if vocabulary.token_id(marker) is None
    ]
    ids = {marker: vocabulary.token_id(marker) for marker in profile.markers}
    present = [found for found in ids.values() if found is not None]
    if len(set(present)) < len(present):
        problems.append(f"Several markers of “{profile.name}” are the same token: the tokenizer is damaged.")
    problems.extend(
        f"{marker} in ordinary text is read as the control token: text is not encoded as plain text."
        for marker, found in ids.items()
        if found is not None and found in vocabulary.encode(_in_text(marker, profile))
    )
    problems.extend(_text_problems(vocabulary))
    if profile.bos and vocabulary.bos is None:
        problems.append(f"The format “{profile.name}” begins with a beginning-of-text token; there is none.")
    return problems


def _in_text(marker: str, profile: Profile) -> str:
    """`marker` as it can occur in a prompt's text.

    Sentencepiece always reads its user-defined pieces (they begin with ▁): only `neutralise` keeps them out.
    """
    text = f"a{marker}b"
    return neutralise(text, profile) if marker.startswith("▁") else text


def _text_problems(vocabulary: Vocabulary) -> list[str]:
    """Text must arrive as it is: nothing in front, nothing stripped, every character seen."""
    word, after_line = vocabulary.encode("x"), vocabulary.encode("def\nx")
    if not word or after_line[-len(word) :] != word:
        return ["The tokenizer changes the beginning of a text (a blank in front?)."]
    indented, deeper = vocabulary.encode("    x"), vocabulary.encode("        x")
    if len({tuple(ids) for ids in (word, indented, deeper)}) < 3:
        return ["The tokenizer drops blanks: indentation would be lost."]
    if vocabulary.encode("例") == vocabulary.encode("子"):
        return ["The tokenizer does not know Chinese characters: comments would be lost."]
    return []


def _fits(row: Profile, vocabulary: Vocabulary) -> bool:
    return all(vocabulary.token_id(piece) is not None for piece in row.markers)


def _choose(fitting: list[Profile], vocabulary: Vocabulary, hint: str) -> Detection:
    by_architecture = [row for row in fitting if vocabulary.architecture in row.architectures]
    if by_architecture:
        row = _most_specific(by_architecture)
        return Detection(row, f"{_tokens(row)}, architecture {vocabulary.architecture}", _notes(row))
    by_name = [row for row in fitting if row.shared and _named(row, hint)]
    if by_name:
        row = _most_specific(by_name)
        others = ", ".join(other.name for other in fitting if other is not row)
        return Detection(
            row, f"{_tokens(row)}; the vocabulary also fits {others}, the name decided", _notes(row)
        )
    own = [row for row in fitting if not row.shared]
    row = _most_specific(own or fitting)
    rivals = [other.name for other in fitting if other.shared and len(other.markers) >= len(row.markers)]
    doubt = (
        (f"The same vocabulary could be {' or '.join(rivals)}; configure it if this is one.",)
        if rivals
        else ()
    )
    return Detection(row, _tokens(row), (*_notes(row), *doubt))


def _without_fim(vocabulary: Vocabulary) -> Detection:
    notes = ["The model cannot see what follows the cursor; what would repeat or collide with it is cut."]
    if vocabulary.chat_template:
        notes.append("It has a chat template: the format “chat” can be configured.")
    return Detection(PROFILES["plain"], "no FIM tokens in the vocabulary: prefix continuation", tuple(notes))


def _minicpm(vocabulary: Vocabulary) -> str:
    """Evidence that the chat markers are `<用户>` and `<AI>`, "" if none. Later MiniCPMs speak ChatML."""
    if vocabulary.token_id("<|im_start|>") is not None:
        return ""
    if "<用户>" in vocabulary.chat_template:
        return "its chat template uses <用户>"
    for marker, sequences in MINICPM_MARKERS.items():
        if tuple(vocabulary.encode(marker)) in sequences:
            return f"{marker} has the token ids of MiniCPM-2B"
    return "architecture minicpm" if vocabulary.architecture in PROFILES["abacus"].architectures else ""


def _most_specific(rows: Iterable[Profile]) -> Profile:
    return max(rows, key=lambda row: len(row.markers))


def _named(row: Profile, hint: str) -> bool:
    return any(part in hint.lower() for part in row.hints)


def _tokens(row: Profile) -> str:
    return f"{', '.join(row.markers)} are single tokens"


def _notes(row: Profile) -> tuple[str, ...]:
    return () if row.verified else (f"A detail of the format “{row.name}” is not confirmed by its maker.",)
