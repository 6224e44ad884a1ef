r"""From what the model wrote to what is shown: where the answer ends, then filters over it.

Core: pure functions of the text so far. An answer is decided at complete lines, at control tokens and at circles,
each at a fixed place, so that one piece and a hundred give the same text; `Ending` holds all that the rules need
to know of the place. Line endings are "\n" here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

from abacus_lsp.brackets import CLOSING
from abacus_lsp.completion.ending import Ending, Sound
from abacus_lsp.completion.extent import extent, last_whole
from abacus_lsp.completion.filters import chatter, duplicates, layout, repetition, unwrap

__all__ = ["FILTERS", "Ending", "Sound", "ended", "once_more", "rejection", "run", "sound_at_end"]

_TRIES: Final = 6  # texts the parser is asked about
_IDLE: Final = 6  # lines of comments alone, where a block of code is due, after which none is expected
_LONGEST: Final = 4000  # characters of answer; more is never shown

Filter = Callable[[str, Ending], str]


@dataclass(frozen=True, slots=True)
class Row:
    """A filter, and the reason code when it leaves nothing."""

    filter: Filter
    reason: str


FILTERS: Final[tuple[Row, ...]] = (
    Row(chatter.cut_prose, "prose"),
    Row(chatter.keep_in_comment, "blank-answer"),
    Row(chatter.keep_language, "other-language"),
    Row(layout.start_on_this_line, "blank-answer"),
    Row(layout.narrow_punctuation, "blank-answer"),
    Row(duplicates.cut_line_head, "blank-answer"),
    Row(duplicates.cut_wide_closers, "repeats-below"),
    Row(duplicates.cut_rest_of_line, "repeats-below"),
    Row(duplicates.cut_what_follows, "repeats-below"),
    Row(duplicates.cut_surplus_closers, "repeats-below"),
    Row(duplicates.cut_copy_of_above, "repeats-above"),
    Row(layout.fit_indentation, "blank-answer"),
    Row(layout.start_depth, "blank-answer"),
    Row(layout.drop_bodyless, "blank-answer"),
    Row(layout.strip_end, "blank-answer"),
)
"""In this order; each is pure and may return an empty text."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """The text up to where it ends; `sure` when more pieces would change nothing; `seen`: what had come by then."""

    text: str
    sure: bool
    seen: str


def ended(text: str, end: Ending) -> bool:
    """Whether what is there is all that will be shown: the stream may stop."""
    if end.after is not None and _breaks(text):
        return ended(text, end.after)
    return _answer(text, end).sure


def run(raw: str, end: Ending, *, finished: bool) -> tuple[str, str]:
    """(text to show, reason code). An empty text comes with the reason of the silence.

    `finished`: the model ended by itself; otherwise the last line of a block may be half written and goes.
    """
    if not raw:
        return "", "empty-answer"
    if end.after is not None and _breaks(raw):
        return run(raw, end.after, finished=finished)
    answer = _answer(raw, end)
    text = answer.text if answer.sure else _rest(raw, end, finished=finished)
    if not text.strip():
        return "", "line-complete" if "\n" in answer.seen and end.line_head.strip() else "blank-answer"
    for row in FILTERS:
        text = row.filter(text, end)
        if not text.strip():
            return "", row.reason
    half = (
        not answer.sure and not finished and "\n" not in text and not end.block
    )  # a long line, cut by the budget: of use as it is
    # What was dropped for its syntax may have been the body of a header, or what a comment announced.
    text = text if half else layout.drop_last_comments(layout.drop_bodyless(_sound(text, end), end), end)
    if not text:
        return "", "breaks-syntax"
    if _says_nothing(text, end):
        return "", "blank-answer"
    if end.rejected and rejection(end.line_head, text) in end.rejected:
        return "", "rejected"
    return end.lead + text, "ok"


def once_more(raw: str, end: Ending, *, finished: bool) -> tuple[str, str]:
    """(the start of the answer that stays, what must not come behind it) where it is worth to ask again; else "", "".

    A small model often goes on with comments ("# your code here"), or with blank lines, and never gets to the code;
    or it counts for ever. Where it ended by itself without a word, nothing is due.
    """
    broken = end.after is not None and _breaks(raw)
    end = end.after if end.after is not None and broken else end
    answer = _answer(raw, end)
    silent = finished and not answer.text.strip()
    if not silent and _says_nothing(answer.text, end):
        return end.lead if broken else "", end.language.line_comment[:1]
    counts = end.block and end.code and raw.startswith(answer.seen)
    ladder = repetition.ladder_at(answer.seen, end.above) if counts else None
    if ladder is None or len(answer.text) != ladder[0]:
        return "", ""
    rung = answer.seen[ladder[0] + 1 :].partition("\n")[0]
    begins = rung.lstrip()[:1]
    return (answer.text + "\n" + _blank(rung), begins) if begins.isalpha() else ("", "")


def header(raw: str, end: Ending) -> tuple[str, str]:
    """As `run`: the line that opens a block, while its body is being written; nothing may be shown of it at the end."""
    line, newline, _ = raw.partition("\n")
    if not (
        newline
        and end.blocks
        and end.code
        and end.language.indented
        and re.search(end.language.opens, line.rstrip())
    ):
        return "", "blank-answer"
    return run(line + newline, replace(end, block=False, blocks=False, sound=None), finished=False)


def sound_at_end(end: Ending, errors: Callable[[str], int | None]) -> Sound:
    """At the end of a file, where braces stay open until they are typed: sound with all that is open closed.

    A parser takes one missing brace for as bad as two, and a statement broken by it for a part of the same error.
    """
    known: list[int | None] = []

    def sound(text: str) -> bool:
        if "{" in end.opened(text) or (end.sound is not None and not end.sound(text)):
            return False
        if not known:
            known.append(errors(_closing("", end)))
        found = errors(text + _closing(text, end))
        return known[0] is None or (found is not None and found <= known[0])

    return sound


def _closing(text: str, end: Ending) -> str:
    return "".join(f"\n{CLOSING[bracket]}" for bracket in reversed(end.lacking(text)[0]))


def _says_nothing(text: str, end: Ending) -> bool:
    """Where a block of code is due, comments alone ("# your code here") are none, nor are the brackets that close it."""
    mark, block = end.language.line_comment, end.language.block_comment
    if not (end.block and end.code and mark):
        return False
    if block is not None:
        text = re.sub(rf"{re.escape(block[0])}.*?(?:{re.escape(block[1])}|$)", mark, text, flags=re.DOTALL)
    bare = [line.strip() for line in text.split("\n") if line.strip()]
    told = [line for line in bare if not line.startswith(mark)]
    return not told or (len(told) < len(bare) and all(not line.strip("})];") for line in told))


def _idle(text: str, end: Ending) -> int | None:
    """Where a block has begun with so many comments or blank lines that no code is expected any more."""
    lines = text.split("\n", _IDLE)
    if len(lines) <= _IDLE:
        return None
    start = "\n".join(lines[:_IDLE])
    return len(start) + 1 if _says_nothing(start, end) else None


def rejection(line_head: str, text: str) -> str:
    """The key under which a text turned down at a place is remembered."""
    return blake2b(f"{line_head}\0{text}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _breaks(text: str) -> bool:
    """The answer begins with a line break: it does not go on with the comment."""
    return text.lstrip(" \t").startswith("\n")


def _begun(raw: str, end: Ending, *, final: bool) -> str:
    """The answer without what comes before it, as if written at the cursor."""
    start = chatter.answer_start(raw, end, final=final)
    fenced = raw[:start].rstrip().rpartition("\n")[2].lstrip().startswith(chatter.FENCES)
    return unwrap.unwrapped(raw[start:], end, fenced=fenced, final=final)


def _answer(raw: str, end: Ending) -> _Answer:
    text = _begun(raw, end, final=False)
    seen_at = (chatter.stop_at(text, end), repetition.circles_at(text), repetition.ladder_at(text, end.above))
    stops = [found for found in seen_at if found is not None]
    idle = _idle(text, end)
    if idle is not None:
        stops.append((idle, idle))
    if len(text) > _LONGEST:
        stops.append((_LONGEST, _LONGEST))
    # What was seen first decides, as it would have while streaming.
    stop, seen = min(stops, key=lambda found: found[1], default=(len(text), len(text)))
    at = extent(text[:seen], end)
    return _Answer(text[: stop if at is None else at], bool(stops) or at is not None, text[:seen])


def _rest(raw: str, end: Ending, *, finished: bool) -> str:
    """Of a text that ended before its end was sure."""
    text = _begun(raw, end, final=True)
    if finished:
        # What came is whole: the line after it, whatever it would be, settles what was waiting for it.
        at = extent(text + "\n", end)
        if at is None:
            at = extent(text + "\n\n\n", end)
        return text[:at] if at is not None else text[: last_whole(text, end)]
    text = _whole_lines(text, end)
    text = layout.drop_half_statement(text, end) if end.block and end.code else text
    return text[: last_whole(text, end)]


def _whole_lines(text: str, end: Ending) -> str:
    """Without a last line that the budget cut off; a single line is kept, it may still be of use."""
    head, newline, _ = text.rpartition("\n")
    return head if newline and (end.block or head.strip()) else text


def _sound(text: str, end: Ending) -> str:
    """The text, or the nearest one to it that leaves the file no worse than it was; "" when there is none."""
    if end.sound is None or end.place != "code" or (end.sound(text) and not _dangles(text, end)):
        return text
    for candidate in _repaired(text, end)[:_TRIES]:
        if candidate.strip() and candidate != text and end.sound(candidate) and not _dangles(candidate, end):
            return candidate
    return ""


def _dangles(text: str, end: Ending) -> bool:
    """It leaves a parenthesis open that nothing closes: where a file is broken already, its parser does not tell."""
    lacks = end.lacking(text)[0]
    return any(bracket in lacks for bracket in end.opened(text) if bracket != "{")


def _balanced(text: str, end: Ending) -> str:
    """The longest start, in whole lines, that leaves none of its own brackets open."""
    lines = text.split("\n")
    whole = [n for n in range(1, len(lines)) if not end.opened("\n".join(lines[:n]))]
    return "\n".join(lines[: whole[-1]]).rstrip() if whole else ""


def _repaired(text: str, end: Ending) -> list[str]:
    """With the brackets closed that it leaves open, without its last closers, without its last lines."""
    opened = end.opened(text)
    lines = text.split("\n")
    shorter = ["\n".join(lines[:count]).rstrip() for count in range(len(lines) - 1, 0, -1)]
    found: list[str] = []
    if "{" in opened and not end.language.indented:
        found = [closed for cut in [text, *shorter[:2]] if (closed := _with_braces(cut, end))]
        found.append(_balanced(text, end))
    elif opened and "{" not in opened:
        found.append(text + "".join(CLOSING[bracket] for bracket in reversed(opened)))
    bare = text
    bares: list[str] = []
    while bare and bare[-1] in ")]};,:":
        bare = bare[:-1].rstrip()
        bares.append(bare)
    return [*found, *bares[: 3 - len(found)], *shorter]


def _with_braces(text: str, end: Ending) -> str:
    """A block that was cut off, closed: each brace under the line that opened it. "" when more than braces is open."""
    lines = text.split("\n")
    starts: list[int] = []
    for number in range(len(lines)):
        opened = end.opened("\n".join(lines[: number + 1]))
        starts = [*starts[: len(opened)], *[number] * (len(opened) - len(starts))]
    if not starts or set(end.opened(text)) != {"{"} or starts[-1] == len(lines) - 1:
        return ""
    whole = [end.line_head + lines[0], *lines[1:]]
    return "\n".join([text, *(f"{_blank(whole[start])}}}" for start in reversed(starts))])


def _blank(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
