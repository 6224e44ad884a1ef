r"""Token healing: the half-typed word is taken out of the prompt, and the answer must start with it.

A model was trained on whole words; "op" at the end of a prompt is a token sequence it has hardly seen before
"en(". So the partial word, and the blanks before it (they belong to the word's token), go out of the prompt, and
the answer is constrained to start with them: by a grammar, a regular expression, or a rule on logits.

Punctuation makes tokens, too: after ")" alone a model hardly writes ":", because "):" is one token; "._", "(self"
or ".append" are one in many vocabularies. So punctuation at the end goes out as well, and so does a single mark
before the word (of several marks, the last is rather the end of their own token).

Knows text. Must not know engines or tokenizers.
"""

import re
from dataclasses import replace
from typing import AnyStr

from abacus_lsp.prompts.prompt import Prompt

# Longer runs are data (base64, hashes) or alignment: the model does better with them in sight.
MAX_WORD = 40
MAX_BLANKS = 80
# A token seldom holds more characters than this in languages written without blanks.
MAX_IDEOGRAPHS = 3
# A longer run of punctuation is a ruler or a drawing.
MAX_MARKS = 4
_NOTHING = "\n\r\t "  # may not end a line that is to say something
_REACH = MAX_WORD + MAX_MARKS + MAX_BLANKS + 2

_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_IDEOGRAPH}]+$")
_WORD = re.compile(f"[^\\W{_IDEOGRAPH}]+$")
_MARKS = re.compile(r"[!-/:-@\[-^`{-~]+$")
_BLANKS = re.compile(r"[ \t]+$")


def split(prefix: str) -> tuple[str, str]:
    r"""(what stays in the prompt, what the answer must start with); their sum is `prefix`.

    Never crosses a line: after "\n" there is nothing to heal, and indentation is healed back to the line's
    start at most.
    """
    # Cut first: a search for a run at the end is quadratic on a line of two million blanks.
    line = prefix[-_REACH:].rpartition("\n")[2]
    word = _partial_word(line)
    if word is None:
        return prefix, ""
    before = line[: len(line) - len(word)]
    marks = _marks(before, word)
    blanks = _tail(_BLANKS, before[: len(before) - len(marks)])
    heal = (blanks if len(blanks) <= MAX_BLANKS else "") + marks + word
    return prefix[: len(prefix) - len(heal)], heal


def unhealed(prompt: Prompt) -> Prompt:
    """The same prompt for an engine that cannot constrain its answer: the text is back at the prefix's end."""
    if not prompt.heal:
        return prompt
    last = max(index for index, part in enumerate(prompt.parts) if part.source == "prefix")
    part = prompt.parts[last]
    restored = replace(part, text=part.text + prompt.heal)
    return replace(prompt, parts=(*prompt.parts[:last], restored, *prompt.parts[last + 1 :]), heal="")


def gbnf(heal: str, barred: str = "") -> str:
    """llama.cpp's grammar for: `heal`, then anything, line ends and astral characters included. "" for "".

    With `barred` (see `Prompt`) what comes then is blanks, and a character that is none of these.
    """
    if not (heal or barred):
        return ""
    begun = f'"{"".join(map(_gbnf_character, heal))}" ' if heal else ""
    told = "".join(f"\\U{ord(each):08X}" for each in f"{_NOTHING}{barred}")
    free = f"[ \\t]* [^{told}] " if barred else ""
    return f"root ::= {begun}{free}[\\U00000000-\\U0010FFFF]*"


def regex(heal: str, barred: str = "") -> str:
    r"""The same as a regular expression (vLLM's structured outputs). "" for "".

    Only syntax that Rust's and Python's dialects share: metacharacters behind a backslash, `[\s\S]` for any.
    """
    if not (heal or barred):
        return ""
    free = rf"[ \t]*[^\s{''.join(map(_regex_character, barred))}]" if barred else ""
    return "".join(map(_regex_character, heal)) + free + r"[\s\S]*"


def allowed(token: AnyStr, remaining: AnyStr) -> bool:
    """May this token come next while `remaining` of the healed text is not yet written?

    Give bytes where tokens can end inside a character; text otherwise. A token without text never helps.
    """
    if not remaining:
        return True
    return bool(token) and (remaining.startswith(token) or token.startswith(remaining))


def begins(token: bytes, healed: int, barred: str) -> bool:
    """May this token come next, its first `healed` bytes the end of the healed text, where `barred` is asked (see
    `Prompt`) and only blanks have been written since?
    """
    rest = token[healed:].lstrip(b" \t")
    return bool(token) and not rest.startswith(tuple(each.encode() for each in f"{_NOTHING}{barred}"))


def _partial_word(line: str) -> str | None:
    """The characters at the end of `line` that may be half a token; None when they are too many."""
    ideographs = _tail(_RUN, line)
    if ideographs:
        return ideographs[-MAX_IDEOGRAPHS:]
    word = _tail(_WORD, line)
    return word if len(word) <= MAX_WORD else None


def _marks(before: str, word: str) -> str:
    """The punctuation at the end of `before` that may share a token with what follows.

    None of it where "<" is among it: control tokens begin so, and the constraint must not ask for one.
    """
    if word and _RUN.match(word):
        return ""
    marks = _tail(_MARKS, before)
    return marks if len(marks) <= (1 if word else MAX_MARKS) and "<" not in marks else ""


def _tail(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group() if found else ""


def _gbnf_character(character: str) -> str:
    code = ord(character)
    if character in '"\\' or code < 32 or code > 126:
        return f"\\U{code:08X}"
    return character


def _regex_character(character: str) -> str:
    return f"\\{character}" if character in r"\.^$|?*+()[]{}" else character
