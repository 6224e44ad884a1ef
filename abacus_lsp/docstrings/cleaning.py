"""A model's line made fit for a docstring, or refused.

Knows text. Must not know models or items. A line that is refused is replaced by a phrase from the syntax tree, so
what a small model writes can be dull but never breaks the file.
"""

import re
import unicodedata
from typing import Final

from abacus_lsp.docstrings.phrases import Tongue

_LONGEST = 160  # characters
_BREAKING = ('"""', "'''", "*/", "/*", "```", "\\", "<|", "|>", "</", "://", "<用户>", "<AI>", "<s>")
_CODE = re.compile(
    r"[{};]|==|:=|=>|->|\breturn\s|\bdef\s|\bfunction\s*\(|^\s*(?:if|for|while|import|from)\b.*[:(]"
)
_LEAD = re.compile(r"^(?:[-*•>#\s]+|\d+[.)]\s+)")
_ECHO = re.compile(
    r"^(?:summary|description|returns?|raises?|yields?|parameters?|摘要|概要|返回值?|参数|说明|描述)\s*[:：]\s*",
    re.IGNORECASE,
)
_TAGGED = re.compile(r"^[@:]\w+")
_SENTENCE = re.compile(r"^(.{4,}?[.!?])(?:\s+[A-Z].*|\s*)$")
_SENTENCE_ZH = re.compile(r"^(.{2,}?[。！？]).*$")
_HAN = re.compile("[\u3400-\u9fff]")
_WIDE: Final = str.maketrans("，；：（）“”‘’！？、　", ",;:()\"\"''!?, ")
_NARROW: Final = {",": "，", ";": "；", "?": "？", "!": "！", ":": "：", ".": "。"}
_IN_HAN: Final = "[\u3400-\u9fff“”（）]"
# Behind Chinese, and before it where a blank follows; a point ends a sentence only between Chinese characters.
_MARK = re.compile(
    rf"(?:(?<={_IN_HAN})\s*(?=[,;?!:])|(?=[,;:]\s+{_IN_HAN})|(?<={_IN_HAN})(?=\.{_IN_HAN}))([,;?!:.])\s*"
)
_BRACKETS = re.compile("(?<=[\u3400-\u9fff”])\\s*\\(([^()]*[\u3400-\u9fff][^()]*)\\)")
_PAIR = re.compile(r'"([^"]+)"')


def cleaned(text: str, tongue: Tongue, name: str = "", *, whole: bool = True) -> str:
    """One sentence in the language asked for; "" when the line is of no use.

    Args:
        text: what the model wrote for one field.
        tongue: what it was asked to write in.
        name: of the field, which models repeat.
        whole: the model ended the line itself; else it was cut off.
    """
    line = _first_line(text)
    line = _stripped(line, name)
    line = (_PAIR.sub(r"“\1”", line) if tongue == "zh" else line).replace('"', "'")
    if (
        not line
        or line[-1] in ":：?？"
        or any(mark in line for mark in _BREAKING)
        or _CODE.search(line)
        or _TAGGED.match(line)
    ):
        return ""
    line, ended = _one_sentence(line, tongue)
    if not (whole or ended) or len(line) > _LONGEST or _circles(line):
        return ""
    return _finished(line, tongue) if _speaks(line, tongue) else ""


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = lines[0] if lines else ""
    return "".join(
        char
        for char in line
        if unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cn", "Cs") and char != "\ufffd"
    )


def _stripped(line: str, name: str) -> str:
    """Without list marks, quotes around it, and the field's name repeated."""
    line = _LEAD.sub("", line).strip()
    line = _ECHO.sub("", line)
    if name:
        line = re.sub(rf"^[`*\"']*{re.escape(name)}[`*\"']*\s*(?:\([^)]*\))?\s*(?:[:：]|[-–—])\s*", "", line)
    while len(line) > 1 and line[0] in "\"'`*“”「" and line[-1] in "\"'`*“”」":
        line = line[1:-1].strip()
    return line.strip(" '`*") if line.count('"') > 1 else line.strip(" \"'`*")


def _one_sentence(line: str, tongue: Tongue) -> tuple[str, bool]:
    match = (_SENTENCE_ZH if tongue == "zh" else _SENTENCE).match(line)
    return (match.group(1), True) if match else (line, line[-1:] in ".。!！?？")


def _speaks(line: str, tongue: Tongue) -> bool:
    """Whether it is in that language, and says anything at all."""
    han = len(_HAN.findall(line))
    letters = sum(char.isalpha() for char in line)
    if tongue == "zh":
        return han >= 2 and han * 3 >= letters
    return han == 0 and letters >= 3 and " " in line and letters * 2 >= len(line)


def _circles(line: str) -> bool:
    """A model that goes round: the same few words, or the same few characters, again and again."""
    found = line.lower().split()
    if len(found) > 5:
        triples = list(zip(found, found[1:], found[2:], strict=False))
        if len(set(triples)) < len(triples) - 1 or len(set(found)) * 3 < len(found):
            return True
    return re.search(r"(.{2,12}?)\1{2,}", line) is not None


def _finished(line: str, tongue: Tongue) -> str:
    if tongue == "zh":
        body = line.rstrip(" .。!！?？,，;；:：、")
        body = _BRACKETS.sub(r"（\1）", body)
        return f"{_MARK.sub(lambda match: _NARROW[match.group(1)], body)}。"
    body = line.translate(_WIDE).replace("。", ".").rstrip(" .,;:!?-")
    return f"{body[:1].upper()}{body[1:]}."
