"""What a docstring lacks, and where it goes: the lines that are there stay as they are.

Knows sections, fields and styles. Must not know marks or the source. New docstrings come the same way, from
their summary alone; so what is written once is found again, and a second run changes nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from abacus_lsp.docstrings.frames import Line
from abacus_lsp.docstrings.item import Field, FieldKind
from abacus_lsp.docstrings.sections import BULLET, BY_NAME, Section, inherits, sections
from abacus_lsp.docstrings.styles import ORDER, PYTHON_SHAPES, STYLES, Style

_SAME: dict[FieldKind, tuple[FieldKind, ...]] = {
    "tparam": ("tparam", "param"),
    "param": ("param",),
    "yield": ("yield", "return"),
    "return": ("return",),
    "raise": ("raise",),
    "panic": ("panic",),
    "safety": ("safety",),
}

_PARAM = re.compile(r"@param (\w+) (.*)")


def missing(lines: Sequence[str], fields: Sequence[Field], style: Style) -> tuple[Field, ...]:
    """The fields that these lines do not speak of."""
    if inherits(lines):
        return ()
    found = sections(lines)
    told = _as_documented(fields, found)
    return tuple(
        field
        for field, one in zip(fields, told, strict=True)
        if not _spoken_of(one, lines, found, style) and not _whole(one, field, found)
    )


def _as_documented(fields: Sequence[Field], found: Sequence[Section]) -> tuple[Field, ...]:
    """The fields, with the names that the user gave to what the source leaves without one (`root0`)."""
    known = {field.name for field in fields}
    unknown = list(dict.fromkeys(root for name in _documented(found) if (root := _root(name)) not in known))
    names = {f"root{number}": name for number, name in enumerate(unknown)}
    return tuple(
        replace(field, name=names[_root(field.name)] + field.name[len(_root(field.name)) :])
        if field.kind == "param" and _root(field.name) in names
        else field
        for field in fields
    )


def _documented(found: Sequence[Section]) -> list[str]:
    return [entry.names[0] for one in found if one.kind == "param" for entry in one.entries if entry.names]


def _root(name: str) -> str:
    return name.partition(".")[0]


def _whole(one: Field, field: Field, found: Sequence[Section]) -> bool:
    """Whether it is part of a parameter that the user named and documented as a whole."""
    parts = [name for name in _documented(found) if name.startswith(f"{_root(one.name)}.")]
    return one.name != field.name and not parts


def _spoken_of(field: Field, lines: Sequence[str], found: Sequence[Section], style: Style) -> bool:
    by_name = field.kind in ("param", "tparam") or (field.kind == "raise" and style.name != "rustdoc")
    if by_name:
        if any(_said(field.name, kind, found) for kind in _SAME[field.kind]):
            return True
    elif any(section.kind in _SAME[field.kind] for section in found):
        return True
    return style.name == "godoc" and _in_prose(field, lines)


def _said(name: str, kind: FieldKind, found: Sequence[Section]) -> bool:
    last = name.rpartition(".")[2] if kind == "raise" else name
    for section in found:
        for entry in section.entries if section.kind == kind else ():
            for one in entry.names:
                if one == name or (kind == "raise" and one.replace("::", ".").rpartition(".")[2] == last):
                    return True
                if kind == "raise" and name.rpartition("::")[2] == one.rpartition("::")[2]:
                    return True
    return False


def _in_prose(field: Field, lines: Sequence[str]) -> bool:
    """Go's custom: parameters are named in sentences. A name of one letter proves nothing."""
    words = {word.strip(".,;:()[]`*'\"") for line in lines for word in line.split()}
    if field.kind == "param":
        return len(field.name) > 1 and field.name in words
    lowered = {word.lower() for word in words}
    return bool(lowered & {"return", "returns", "returned", "returning", "reports", "返回"})


def merged(lines: Sequence[Line], fields: Sequence[Field], style: Style, *, python: bool) -> tuple[Line, ...]:
    """The lines with what they lack of `fields` (whose texts are set)."""
    whole = list(lines)
    texts = [line.text for line in whole]
    lacking = missing(texts, fields, style)
    told = _as_documented(fields, sections(texts))
    for kind in ORDER:
        wanted = [
            one for one, field in zip(told, fields, strict=True) if field.kind == kind and field in lacking
        ]
        if wanted:
            _add(whole, kind, wanted, told, style, python=python)
    return tuple(whole)


def _add(  # noqa: PLR0913  (what one kind of field consists of)
    whole: list[Line],
    kind: FieldKind,
    wanted: list[Field],
    fields: Sequence[Field],
    style: Style,
    *,
    python: bool,
) -> None:
    found = sections([line.text for line in whole])
    usable = [one for one in found if one.kind in _SAME[kind] and (one.entries or one.kind != kind)]
    usable = [one for one in usable if python or one.style == style.shape]
    if usable and kind in ("param", "tparam", "raise"):
        section = usable[0]
        own = STYLES[PYTHON_SHAPES.get(section.style, style.name)] if python else style
        _into(whole, usable, wanted, fields, own)
    else:
        own = _own_style(found, style, python=python)
        _new_section(whole, kind, wanted, found, own)


def _own_style(found: Sequence[Section], style: Style, *, python: bool) -> Style:
    shapes = [one.style for one in found if one.kind is not None] if python else []
    return STYLES[PYTHON_SHAPES.get(shapes[0], style.name)] if shapes else style


def _into(
    whole: list[Line], usable: Sequence[Section], wanted: list[Field], fields: Sequence[Field], style: Style
) -> None:
    """Each behind the documented field that precedes it in the signature, else in front."""
    entries = [entry for section in usable for entry in section.entries]
    first = usable[0]
    blank, bullet = _lead(whole[entries[0].start].text) if entries else (style.inner, None)
    order = [field.name for field in fields]
    places: list[tuple[int, list[Line]]] = []
    for field in wanted:
        before = set(order[: order.index(field.name)])
        ends = [entry.end for entry in entries if before.intersection(entry.names)]
        starts = [entry.start for entry in entries]
        at = max(ends) if ends else min(starts, default=first.end)
        if field.kind == "raise" and entries:
            at = max(entry.end for entry in entries)
        told = [_like(whole, usable, text) for text in style.entry(field)]
        told[0] = told[0] if bullet is None else bullet + BULLET.sub("", told[0])
        places.append((at, [Line(blank + text) for text in told]))
    for at, new in reversed(places):
        whole[at:at] = new


def _like(whole: Sequence[Line], found: Sequence[Section], text: str) -> str:
    r"""Doxygen's tags may begin with "\" instead of "@", Python's with "@" instead of ":": as those there."""
    if _by_name(whole, found) and (match := _PARAM.match(text)):
        return f"@{match[1]}: {match[2]}"
    # In Python only tags that are known count: `@app.command` in an example is none.
    tags = [one for one in found if one.style == "tag" and (one.kind is not None or text[:1] == "@")]
    mark = next((whole[one.start].text.lstrip()[:1] for one in tags), "")
    fits = mark and text[:1] in "@:" and mark in {"@": "@\\", ":": ":@"}.get(text[:1], "")
    return mark + text[1:] if fits else text


def _by_name(whole: Sequence[Line], found: Sequence[Section]) -> bool:
    """Whether the parameters that are there are written `@name: …`."""
    tags = [one for one in found if one.style == "tag" and one.kind == "param"]
    return bool(tags) and all(BY_NAME.match(whole[one.start].text) for one in tags)


def _lead(text: str) -> tuple[str, str]:
    """(blank space, bullet) that an entry begins with."""
    blank = text[: len(text) - len(text.lstrip())]
    match = BULLET.match(text)
    return blank, match.group()[len(blank) :] if match else ""


def _new_section(
    whole: list[Line], kind: FieldKind, wanted: list[Field], found: Sequence[Section], style: Style
) -> None:
    rank = ORDER.index(kind)
    earlier = [one for one in found if one.kind is not None and ORDER.index(one.kind) <= rank]
    later = [one for one in found if one not in earlier]
    tagged = not style.titles
    title = style.title(kind) or style.title("param")
    new = [*title, *(style.inner + text for field in wanted for text in style.entry(field))]
    if earlier:
        at = max(one.end for one in earlier)
        touches = tagged and max(earlier, key=lambda one: one.end).style == "tag"
        before, after = not touches, not tagged and bool(_rest(whole, at))
    elif later:
        at = min(one.start for one in later)
        before, after = bool(at) and bool(whole[at - 1].text.strip()), not tagged
    else:
        at = _text_end(whole)
        before, after = at > 0, False
    if before and at and not whole[at - 1].text.strip():
        before = False
    if after and at < len(whole) and not whole[at].text.strip():
        after = False
    texts = [*([""] if before else []), *new, *([""] if after else [])]
    whole[at:at] = [Line(_like(whole, found, text)) for text in texts]


def _rest(whole: Sequence[Line], at: int) -> bool:
    return any(line.text.strip() for line in whole[at:])


def _text_end(whole: Sequence[Line]) -> int:
    end = len(whole)
    while end and not whole[end - 1].text.strip():
        end -= 1
    return end


def with_texts(fields: Sequence[Field], texts: dict[tuple[str, str], str]) -> tuple[Field, ...]:
    """The fields with their prose."""
    return tuple(replace(field, text=texts.get(field.key, field.text)) for field in fields)
