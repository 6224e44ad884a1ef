"""Text to search terms: identifiers whole and split, Chinese as bigrams.

Knows: how code and Chinese are cut into terms. Must not know: files, documents, scores.
A term is lower case. Case is used for splitting and then forgotten, so `userName`, `user_name` and
`UserName` meet. Terms of one ASCII character and bare numbers say next to nothing and are left out.
"""

import re
from collections.abc import Iterator

# Han with its extensions, kana and hangul: scripts written without blanks between words.
CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\U00020000-\U0003134f"
WORD = re.compile(rf"[{CJK}]+|[^\W\d{CJK}][^\W{CJK}]*")
# The same for ASCII texts, in a third of the time; words of one character have no terms.
_ASCII_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]+")
_IS_CJK = re.compile(rf"[{CJK}]")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PLAIN = re.compile(r"[a-z]{2,64}")
# Longer "identifiers" are hashes and base64, never asked for.
MAX_WORD = 64


def terms(text: str) -> list[str]:
    """All terms of `text` in reading order, repeats kept.

    >>> terms("getUserName(user_id) 获取用户")
    ['getusername', 'get', 'user', 'name', 'user_id', 'user', 'id', '获取', '取用', '用户']
    """
    return [term for word in words(text) for term in word_terms(word)]


def words(text: str) -> list[str]:
    """What `word_terms` is to be asked about: identifiers and runs of CJK, in reading order."""
    return (_ASCII_WORD if text.isascii() else WORD).findall(text)


def word_terms(word: str) -> tuple[str, ...]:
    """The terms of one of `words`: whole and parts of an identifier, bigrams of a CJK run."""
    if _PLAIN.fullmatch(word):  # most of all words
        return (word,)
    if _IS_CJK.match(word):
        return tuple(word[i : i + 2] for i in range(len(word) - 1)) or (word,)
    if len(word) > MAX_WORD:
        return ()
    whole = word.strip("_").lower()
    parts = list(_parts(word))
    kept = [part for part in parts if len(part) > 1 and part != whole]
    return (whole, *kept) if len(whole) > 1 else tuple(kept)


def _parts(word: str) -> Iterator[str]:
    if not word.isascii():  # é and its like: only underscores part such words
        yield from (part for part in word.lower().split("_") if part)
        return
    for part in _PART.findall(word):
        yield part.lower()
