"""What is not code: fences, greetings, prose, tokens that steer a model.

Knows the text and its place. Must not know which model wrote it: a code model copies chat from its training, too.
"""

import re
from typing import Final

from abacus_lsp.completion.ending import PROSE, Ending

_MARKER = re.compile(
    r"<\|[a-z_]+(?:▁[a-z_]+)*\|>|<｜[^｜<>\n]{1,24}｜>|</?s>(?=\s|\Z)|<eos>|<bos>|<(?:start|end)_of_turn>|<EOT>"
    r"|<fim[_-][a-z]+>|<(?:PRE|SUF|MID)>|▁<(?:PRE|SUF|MID|EOT)>|\[/?INST\]|<file_sep>|<filename>|<reponame>"
    r"|<repo_name>|<gh_stars>|<issue_start>|<jupyter_[a-z]+>|<AIX-SPAN-[A-Z]+>|</?FILL>|<HOLE/>|<pad>"
)
FENCES: Final = ("```", "~~~")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_GREETING = re.compile(
    r"\s*(?:sure|certainly|of course|okay|ok|here(?:'s| is| are)|the (?:following|answer|code)|below is|this (?:code|function)"
    r"|to (?:complete|fill)|i (?:will|would|have|can)|好的|当然|以下|下面|这是|这里是|代码如下|答案)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.:!?。：！？]\s*$")
_CODE = re.compile(r"""[=(){}\[\];<>"'_+*/\\|@#$%^&~`]|->|\w\.\w|\bimport\b|\breturn\b|\bfrom\b""")
_ENGLISH: Final = re.compile(r"\b(?:the|a|an|is|are|this|that|it|we|you|will|should|to|of)\b", re.IGNORECASE)
_TELLING: Final = re.compile(r"\b(?:the|this|that|it|we|you|will|should|are)\b", re.IGNORECASE)
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_FOREIGN: Final = 3  # words from which on they are no names in a Chinese comment
_BEFORE_FENCE: Final = 3  # lines after a first sentence in which a fence makes it an introduction
_WORDS, _IDEOGRAPHS = 6, 6  # in a line without any sign of code: from here on it is prose


def answer_start(raw: str, end: Ending, *, final: bool) -> int:
    """Where the answer begins behind a greeting and an opening fence; looks at complete lines unless `final`."""
    if end.language.id in PROSE or end.place != "code":
        return 0
    lines = raw.split("\n")
    known = lines if final else lines[:-1]
    at, start = 0, 0
    for number, line in enumerate(known):
        bare = line.strip()
        at += len(line) + 1
        if bare.startswith(FENCES):
            following = next((one.strip() for one in known[number + 1 :] if one.strip()), "")
            if bare in FENCES and following.startswith(FENCES):  # closed and opened anew
                continue
            return min(at, len(raw))
        if bare and not start and is_prose(line, end):
            near = known[number + 1 : number + 1 + _BEFORE_FENCE]
            if any(each.strip().startswith(FENCES) for each in near):
                continue
            return start if final or len(near) == _BEFORE_FENCE else len(raw)
        if bare and not (_GREETING.match(line) and _SENTENCE_END.search(line)):
            return start
        if bare:
            start = at
        if number > 3:
            break
    return min(start, len(raw))


def stop_at(text: str, end: Ending) -> tuple[int, int] | None:
    """(where something begins that no file should get, where it was seen): a steering token, a fence; else None.

    What the file itself has around the cursor is text there and no accident.
    """
    own = end.line_head + end.rest + end.below
    found = [match.span() for match in _MARKER.finditer(text) if match.group() not in own]
    fence = _FENCE.search(text) if end.code else None
    if (
        fence and text[: fence.start()].strip()
    ):  # one at the start opens the answer: `answer_start` takes it away
        found.append(fence.span())
    return min(found, key=lambda span: span[1], default=None)


def cut_prose(text: str, end: Ending) -> str:
    """Up to the line that is a sentence where code is due."""
    if not end.code:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        whole = end.line_head + line if number == 0 else line
        if is_prose(whole, end):
            return "\n".join(lines[:number])
    return text


def is_prose(line: str, end: Ending) -> bool:
    """A sentence in English or Chinese, without any sign of code and no comment."""
    bare = line.strip()
    comment = end.language.line_comment
    if not bare or _CODE.search(bare) or (comment and bare.startswith(comment)):
        return False
    if len(_CHINESE.findall(bare)) >= _IDEOGRAPHS:
        return True
    english = len(_ENGLISH.findall(bare)) > 1 and _TELLING.search(bare) is not None
    return english and len(bare.split()) >= _WORDS


def keep_in_comment(text: str, end: Ending) -> str:
    """Inside a comment: up to the comment's end, which goes where the file has it already."""
    block = end.language.block_comment
    if end.place not in ("comment", "docstring") or block is None or block[1] not in text:
        return text
    inside = text[: text.index(block[1])].rstrip()
    after = end.rest + end.below
    closes, opens = after.find(block[1]), after.find(block[0])
    return inside if closes >= 0 and (opens < 0 or closes < opens) else f"{inside} {block[1]}".lstrip()


def keep_language(text: str, end: Ending) -> str:
    """A Chinese comment goes on in Chinese; a name or two in it may be of any language."""
    if end.place not in ("comment", "docstring") or not _CHINESE.search(end.line_head):
        return text
    return "" if not _CHINESE.search(text) and len(text.split()) >= _FOREIGN else text
