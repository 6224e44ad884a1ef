"""What a comment is for: `purpose`.

Core: the comment as the tree has it (`site.Comment`: its source, whether it documents), the language's row, and a
parser for what may be code. Must not know cursors, models, prompts. A comment that trails code never gets here:
the site has none there.

The kinds in their order: what a tool reads, who owns the file, code that was switched off, a rule or a heading;
what is left is a request if one of its sentences says what to do (`english`, `chinese`), else a remark.
"""

import re
from typing import Final, Literal

from abacus_lsp.intent import chinese, english
from abacus_lsp.intent.traditional import folded
from abacus_lsp.languages import Language
from abacus_lsp.parsing import Trees
from abacus_lsp.site import Comment

Purpose = Literal["request", "directive", "licence", "code", "rule", "remark"]

_MARKS: Final = re.compile(r"^[ \t]*(?:/\*+!?|\*+/|\*(?!\*)|///?!?|#+|--+|;+|%+|<!--|\(\*|\"\"\"|''')+[ \t]?")
_CLOSE: Final = re.compile(r"[ \t]*(?:\*+/|-->|\*\)|\"\"\"|''')[ \t]*$")
_LICENCE: Final = re.compile(
    r"copyright|\(c\)\s*\d|©|licen[sc]ed? |spdx-|all rights reserved|redistribut|apache software|版权|许可证|"
    r"@author|@licen[sc]e|@version|@date\b|@copyright|@file(?:overview)?\b|^author\s*[:：]|^date\s*[:：]|^created (?:on|by)|"
    r"(?:作者|日期|创建时间|修改时间|最后修改)\s*[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_DIRECTIVE: Final = re.compile(
    r"#!|-\*-|\s*(?:(?:en)?coding[:=]|vim:|noqa|type:\s*ignore|pragma:|pylint|ruff:|mypy:|pyright|flake8|isort|yapf|fmt:|nosec|"
    r"eslint|tslint|prettier|jshint|globals?\s|@ts-|istanbul|webpack|@flow|@jsx|go:|\+build|nolint|clang-format|"
    r"NOLINT|region\b|#?endregion|line:|sourceMappingURL|language=|@(?:suppress|override|internal|private|deprecated)\b)",
    re.IGNORECASE,
)
_TAG: Final = re.compile(
    r"\s*[@\\](?:param|returns?|throws|type|property|method|module|example|see|since|link|private|name|category|class|memberof|override|static|\w+_import)\b"
)
_TODO_TAG: Final = re.compile(r"\s*@todo\b\s*", re.IGNORECASE)
_SAYS_TAG: Final = re.compile(r"\s*[@\\](?:summary|description|desc|brief)\b\s*")
_WORDS: Final = re.compile(r"[^\W\d_]")
_RULE: Final = re.compile(r"^\W*$|[-=*#~_+]{4,}")
_RULER: Final = re.compile(r"(?:[-=*#~_+/]\s?){8,}")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_CODE: Final = re.compile(
    r"[=;{}()\[\]]|^\s*(?:import|from|return|raise|pass|break|continue|else|@\w)\b|=>|->"
    r"|^\s*(?:for|while|if|elif|def|class|with|try|except)\b.*:$|^\s*[\w'\"-]+\s*:\s*['\"\d]",
    re.MULTILINE,
)
_LINES: Final = re.compile(
    r"^\s*(?:#\[\w+|(?:pub |async )*fn \w+|def \w+\(|function \w*\()|[;{]\s*\n[^\n]*[;{}]\s*$", re.MULTILINE
)
_SENTENCE: Final = re.compile(r"(?<=[.!?。！？])\s+|\n(?=\s*(?:[-*•]|\d+[.)、])\s)|(?<=[。！？])|\n\s*\n")
_MOST: Final = 4  # sentences that may hold the request


def purpose(
    comment: Comment, language: Language, trees: Trees | None = None, *, heads: bool = False
) -> Purpose:
    """What the comment is for.

    Args:
        comment: from the site.
        language: of its file.
        trees: parsers, to tell code that was switched off; without them every call makes one.
        heads: nothing stands before it in its file.
    """
    lines = folded(text_of(comment.text)).split("\n")
    text = "\n".join(line for line in lines if not _TAG.match(line)).strip()
    if comment.text.startswith("#!") or any(
        _DIRECTIVE.match(line) for line in [one for one in lines if one.strip()][:1]
    ):
        return "directive"
    if _LICENCE.search("\n".join(lines[:8])) and (heads or len(lines) > 1 or not english.asks(text)):
        return "licence"
    if not _WORDS.search(text) or (len(lines) == 1 and _RULE.search(text)) or _banner(comment.text):
        return "rule"
    if is_code(text, language, trees or Trees(), documents=comment.doc):
        return "code"
    return "request" if _asks(text) else "remark"


def worded(source: str, *, heads: bool = False) -> bool:
    """Whether a comment has words of its author: it is no directive, licence or rule, and more than tags.

    Args:
        source: the comment with its marks.
        heads: nothing stands before it in its file.
    """
    lines = folded(text_of(source)).split("\n")
    text = "\n".join(line for line in lines if not _TAG.match(line)).strip()
    if source.startswith("#!") or _DIRECTIVE.match(next((line for line in lines if line.strip()), "")):
        return False
    return not (_LICENCE.search("\n".join(lines[:8])) and (heads or len(lines) > 1)) and bool(
        _WORDS.search(text)
    )


def text_of(source: str) -> str:
    """A comment's words: its marks taken away line by line, "@todo" kept as a word."""
    lines = [_CLOSE.sub("", line) for line in source.split("\n")]
    bare = [_MARKS.sub("", line, count=1).rstrip() for line in lines]
    return "\n".join(_SAYS_TAG.sub("", _TODO_TAG.sub("TODO ", line)) for line in bare).strip("\n")


def _banner(source: str) -> bool:
    """A heading between two rulers, above and below or before and behind it."""
    lines = source.split("\n")
    if len(_RULER.findall(lines[0])) > 1:
        return True
    ruled = [line for line in lines if _RULER.search(line)]
    return len(ruled) > 1 and len(lines) - len(ruled) <= 1


def _asks(text: str) -> bool:
    joined = re.sub(r"(?<=[^\n.。:：!?！？])\n(?!\s*(?:[-*•\n]|\d+[.)、]\s))\s*", " ", text)
    for sentence in [one for one in _SENTENCE.split(joined) if one and one.strip()][:_MOST]:
        asks = chinese.asks if _HAN.search(sentence) else english.asks
        if asks(sentence):
            return True
    return False


def is_code(text: str, language: Language, trees: Trees, *, documents: bool = False) -> bool:
    """Whether the words of a comment are a program: they parse, and hold more than names."""
    if documents or not _CODE.search(text):
        return False
    dedented = (
        "\n".join(line.strip() for line in text.split("\n"))
        if language.indented is False
        else text.strip("\n")
    )
    # Words about the code that was switched off below them.
    above, _, last = dedented.strip().rpartition("\n")
    if above and not _HAN.search(_without_words(last)) and _parses(last.strip(), language, trees):
        return True
    prose = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`", "", dedented)
    if len(_HAN.findall(prose)) * 2 > len(re.findall(r"\w", prose)):
        return False
    if len(text.split("\n")) > 2 and _LINES.search(text):
        return True
    return any(_parses(one, language, trees) for one in _wrapped(dedented, language))


def _wrapped(text: str, language: Language) -> list[str]:
    """As it stands, and as an element of a list or an argument: what was switched off may be a part of something."""
    first = text.split("\n", maxsplit=1)[0]
    found = [text, first] if len(text.split("\n")) > 1 else [text]
    if language.id == "python":
        return [
            *found,
            f"f({text}\n)",
            f"{{{text}\n}}",
            f"{first}\n    pass" if first.rstrip().endswith(":") else first,
        ]
    return [
        *found,
        f"f({text.rstrip(',;')})",
        f"x = {{{text}}}",
        text + "}",
        text + "})",
        "void f() {" + text + "}",
    ]


def _parses(text: str, language: Language, trees: Trees) -> bool:
    parsed = trees.parse("", language, text, keep=False)
    if parsed is None or parsed.root.has_error:
        return False
    return _CODE.search(_without_words(text)) is not None


def _without_words(text: str) -> str:
    """Strings and glosses in brackets are no sign of code."""
    return re.sub(r"\"[^\"\n]*\"|'[^'\n]*'|(?<=\s)\([^()]*\)", "", text)
