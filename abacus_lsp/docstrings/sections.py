"""What an existing docstring already says: which parameters, returns and errors, and on which lines.

Knows the section headings and tags of every style; reads them all, whatever style the docstring is in. Must not
know items or marks: lines come without them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from abacus_lsp.docstrings.item import FieldKind

_HEADINGS: Final[tuple[tuple[str, FieldKind | None], ...]] = (
    (
        (
            r"args?|arguments?|param(?:eter)?s?|other parameters|keyword arg(?:ument)?s|(?:输入|函数|方法)?参数(?:说明)?|入参"
            r"|(?:輸入|函[數式]|方法)?[參引]數(?:說明)?"
        ),
        "param",
    ),
    (r"type parameters|类型参数|型別參數", "tparam"),
    (
        r"returns?|return value|results?|(?:返回|傳回|回傳)(?:值|结果|結果)?(?:说明|說明)?|出参(?:说明)?",
        "return",
    ),
    (r"yields?|生成|产出|產出|產生", "yield"),
    (
        (
            r"raises|exceptions|excepts?|throws|errors?|(?:抛出)?异常(?:说明)?|抛出|错误"
            r"|(?:[拋丟]出)?(?:異常|例外)(?:說明)?|[拋丟]出|錯誤"
        ),
        "raise",
    ),
    (r"panics?", "panic"),
    (r"safety|安全性?", "safety"),
    (
        r"attributes|examples?|notes?|see also|references|warnings?|warns|todo|methods|receives|usage|示例|注意|範例",
        None,
    ),
)
_WORDS = "|".join(f"(?P<h{number}>{words})" for number, (words, _) in enumerate(_HEADINGS))
_COLON_HEADING = re.compile(rf"^(?:{_WORDS})\s*[:：]\s*$", re.IGNORECASE)
_TOLD_AT_ONCE = re.compile(rf"^(?:{_WORDS})\s*[:：]\s*\S", re.IGNORECASE)
_UNDERLINED = re.compile(rf"^(?:{_WORDS})\s*$", re.IGNORECASE)
_HASHED = re.compile(rf"^#+\s+(?:{_WORDS})\s*:?\s*$", re.IGNORECASE)
_UNDERLINE = re.compile(r"^[-=]{3,}\s*$")
_TAG = re.compile(r"^\s*[@\\:](?P<tag>[A-Za-z_]\w*|[A-Za-z]+)(?P<rest>.*)$")
BY_NAME: Final = re.compile(r"^\s*@[A-Za-z_]\w*:(?:\s|$)")  # gtk-doc, kernel-doc: `@name: what it is`
_TAGS: Final[dict[str, FieldKind]] = {
    "param": "param",
    "parameter": "param",
    "arg": "param",
    "argument": "param",
    "key": "param",
    "keyword": "param",
    "type": "param",
    "tparam": "tparam",
    "typeparam": "tparam",
    "template": "tparam",
    "return": "return",
    "returns": "return",
    "result": "return",
    "retval": "return",
    "rtype": "return",
    "yield": "yield",
    "yields": "yield",
    "raise": "raise",
    "raises": "raise",
    "except": "raise",
    "exception": "raise",
    "throw": "raise",
    "throws": "raise",
}
_LEADING: Final = frozenset(
    (
        *("brief", "short", "description", "desc", "summary", "file", "fileoverview", "details", "ingroup"),
        *(
            "name",
            "class",
            "function",
            "func",
            "fn",
            "method",
            "memberof",
            "memberOf",
            "constructor",
            "module",
        ),
        *("async", "private", "protected", "public", "static", "override", "internal"),
    )
)
"""Tags that belong to the description: what comes first."""

BULLET: Final = re.compile(r"^\s*[-*•]\s+")
_WORD = r"[`\\*.\[]*[^\W\d][\w.$]*[`\]]*"
_ENTRY = re.compile(rf"^(?:[-*•]\s+)?{_WORD}(?:\s*,\s*{_WORD})*\s*(?:[(（].*?[)）])?\s*(?:[:：]|[-–—] )")
_NAME = re.compile(r"\\?\*{0,2}(?:\.\.\.)?\[?((?:[^\W\d]|\$)[\w.$]*)")
_INHERITS = re.compile(r"[@{]\s*@?inherit[dD]oc|@see\b.*#|:meta private:")


@dataclass(frozen=True, slots=True)
class Entry:
    """One documented thing on lines `start` to `end` (not included)."""

    names: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Section:
    """What is said about one kind of field; `style` is how: "google", "numpy", "hash" or "tag"."""

    kind: FieldKind | None
    style: str
    start: int
    end: int
    entries: tuple[Entry, ...] = ()


def inherits(lines: Sequence[str]) -> bool:
    """Whether the docstring says that another one holds."""
    return any(_INHERITS.search(line) for line in lines)


def sections(lines: Sequence[str]) -> tuple[Section, ...]:
    """The sections, in order; tags of one kind that follow each other are one section."""
    found = [*_headed(lines), *_tagged(lines)]
    return tuple(sorted(found, key=lambda section: section.start))


def _headed(lines: Sequence[str]) -> list[Section]:
    starts = [(number, *heading) for number in range(len(lines)) if (heading := _heading(lines, number))]
    found: list[Section] = []
    for index, (number, kind, style, skip) in enumerate(starts):
        limit = starts[index + 1][0] if index + 1 < len(starts) else len(lines)
        tag = next((at for at in range(number, limit) if _tag(lines[at])), limit)
        end = _content_end(lines, number + skip, min(limit, tag), style)
        section = Section(kind, style, number, end)
        found.append(replace(section, entries=tuple(_entries(lines, number + skip, end, style))))
    return found


def _heading(lines: Sequence[str], number: int) -> tuple[FieldKind | None, str, int] | None:
    """(kind, style, lines of the heading)."""
    line = lines[number]
    following = lines[number + 1] if number + 1 < len(lines) else ""
    if _UNDERLINE.match(following) and (match := _UNDERLINED.match(line)):
        return _kind(match), "numpy", 2
    if match := _HASHED.match(line):
        return _kind(match), "hash", 1
    if match := _COLON_HEADING.match(line):
        return _kind(match), "google", 1
    if (match := _TOLD_AT_ONCE.match(line)) and _kind(match) in ("return", "yield"):
        return _kind(match), "google", 1
    return None


def _kind(match: re.Match[str]) -> FieldKind | None:
    number = next(number for number in range(len(_HEADINGS)) if match[f"h{number}"])
    return _HEADINGS[number][1]


def _content_end(lines: Sequence[str], start: int, limit: int, style: str) -> int:
    """Without trailing blank lines; a Google section ends where the text is flush again.

    Where its text is flush from the start, it ends at the first blank line that flush text follows.
    """
    end = start
    loose = start < limit and bool(lines[start].strip()) and not lines[start][:1].isspace()
    for number in range(start, limit):
        line = lines[number]
        if not line.strip():
            loose = False
            continue
        flush = not line[:1].isspace() and not BULLET.match(line)
        if style == "google" and flush and not loose:
            break
        end = number + 1
    return max(end, start)


def _entries(lines: Sequence[str], start: int, end: int, style: str) -> list[Entry]:
    depths = [_depth(line) for line in lines[start:end] if line.strip()]
    depth = min(depths, default=0)
    begins = [
        number
        for number in range(start, end)
        if lines[number].strip() and (_depth(lines[number]) == depth or _bulleted(lines[number], depth))
    ]
    if style == "hash":
        begins = [number for number in begins if BULLET.match(lines[number])]
    if style == "google" and depth == 0:  # a line may go on with what the one above says
        begins = [number for number in begins if number == begins[0] or _ENTRY.match(lines[number])]
    ends = [*begins[1:], end]
    return [
        Entry(_names(lines[first]), first, _without_blanks(lines, first, last))
        for first, last in zip(begins, ends, strict=False)
    ]


def _bulleted(line: str, depth: int) -> bool:
    return _depth(line) <= depth + 2 and BULLET.match(line) is not None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _without_blanks(lines: Sequence[str], start: int, end: int) -> int:
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _names(line: str) -> tuple[str, ...]:
    """The names that an entry is about: `a, b : int`, ``* `x` - …``, `**kwargs: …`."""
    text = BULLET.sub("", line).strip().replace("`", "")
    head = re.split(r"\s*(?::(?!:)|：| [-–—] |\(|（)", text, maxsplit=1)[0]
    names = [match.group(1) for part in head.split(",") if (match := _NAME.match(part.strip()))]
    return tuple(names)


# --- tags


def _tag(line: str) -> tuple[FieldKind | None, str] | None:
    match = _TAG.match(line)
    if match is None:
        return None
    kind = _TAGS.get(match["tag"].lower())
    if kind is None and BY_NAME.match(line):
        return "param", f" {match['tag']}{match['rest']}"
    if kind is None and line.lstrip().startswith(":") and ":" not in match["rest"]:
        return None
    return kind, match["rest"]


def _tagged(lines: Sequence[str]) -> list[Section]:
    found: list[Section] = []
    starts = [(number, *tag) for number in range(len(lines)) if (tag := _tag(lines[number]))]
    for index, (number, kind, rest) in enumerate(starts):
        limit = starts[index + 1][0] if index + 1 < len(starts) else len(lines)
        end = _tag_end(lines, number, limit)
        entry = Entry(_tag_names(rest, lines[number]), number, end)
        if kind is None and (match := _TAG.match(lines[number])) and match["tag"] in _LEADING:
            continue
        last = found[-1] if found else None
        if last is not None and last.kind == kind and kind is not None:
            found[-1] = replace(last, end=end, entries=(*last.entries, entry))
        else:
            found.append(Section(kind, "tag", number, end, (entry,)))
    return found


def _tag_end(lines: Sequence[str], number: int, limit: int) -> int:
    """Behind its last line; a paragraph that stands deeper than the tag is the tag's."""
    end = number + 1
    for at in range(number + 1, limit):
        if lines[at].strip():
            if end < at and _depth(lines[at]) <= _depth(lines[number]):
                break
            end = at + 1
    return end


def _tag_names(rest: str, line: str) -> tuple[str, ...]:
    """`{T} [a=1] …`, `[in] a …`, `<T> …`, `type a: …`."""
    if line.lstrip().startswith(":"):
        head, *told = re.split("[:：]", rest, maxsplit=1)
        words = head.replace("\\", "").replace("*", " ").split()
        return (words[-1] if told else words[0],) if words else ()
    text = re.sub(r"^\[\s*(?:in|out|inout|in\s*,\s*out)\s*\]", "", rest.strip()).strip()
    if text.startswith("{"):
        braced, text = _braced(text)
        link = re.match(r"@link(?:code|plain)?\s+(\S+)", braced)
        first = _NAME.match((link.group(1) if link else braced).strip())
        after = _NAME.match(text)
        return tuple(match.group(1) for match in (after, first) if match)
    text = text.lstrip("<")
    names: list[str] = []
    for part in re.split(r"\s*,\s*", text):
        match = re.match(r"\\?\*{0,2}(?:\.\.\.)?\[?((?:[^\W\d]|\$)[\w.$:]*)", part)
        if match is None:
            break
        names.append(match.group(1).rstrip(":"))
        if len(part.split()) > 1:
            break
    return tuple(names)


def _braced(text: str) -> tuple[str, str]:
    """(inside, what follows) of text that begins with "{"."""
    depth = 0
    for index, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return text[1:index], text[index + 1 :].strip()
    return text[1:], ""
