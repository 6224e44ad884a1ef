"""Keystroke traces: part of a real file is typed again, key by key, with pauses, slips and cursor jumps.

Knows text and a seed. Must not know clients or clocks. A trace is a plan by place, not a list of events: the
typist (`typist`) may skip strokes by accepting a text, and goes on with the stroke at the place it has come to.
Performing all steps of all strokes gives the file's own text exactly.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from abacus_lsp.document import line_starts
from abacus_lsp.evaluation.typing.rhythm import Rhythm, burst, gap
from retrieval.encodings import decode

Kind = Literal["type", "newline", "dedent", "slip", "fix", "jump", "return"]

LEAST_HEAD: Final = 7000
"""Characters above the place where typing starts: at least 1,500 tokens of code in any tokenizer known here."""
_MOST_HEAD: Final = 60_000
_MOST_TEXT: Final = 400_000
_IME: Final = 3  # Chinese characters that an input method commits at once
_BLOCK = re.compile(r"[:{(\[]\s*$")
_CODE = re.compile(r"[ \t]*[^\s\"']")  # not blank, and not a docstring
_INDENT = re.compile(r"[ \t]*")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_STEP: Final = "    "
_JUMP_MS: Final = 800.0


@dataclass(frozen=True, slots=True)
class Step:
    """One key: what it does to the text at the cursor.

    Attributes:
        kind: what it is.
        gap_ms: time since the key before.
        insert: text that appears at the cursor.
        delete: characters in front of the cursor that disappear.
        target: for a jump, the cursor's new place in `head`.
    """

    kind: Kind
    gap_ms: float
    insert: str = ""
    delete: int = 0
    target: int = 0


@dataclass(frozen=True, slots=True)
class Stroke:
    """What takes the text from `truth[:start]` to `truth[:end]`: one key, or a few around a slip or a line's end."""

    start: int
    end: int
    steps: tuple[Step, ...]

    @property
    def gap_ms(self) -> float:
        """Time before its first key."""
        return self.steps[0].gap_ms


@dataclass(frozen=True, slots=True)
class Trace:
    """A file with a gap, and how the gap is typed.

    Attributes:
        path: of the file, for its name and language.
        head: what stands above, complete.
        truth: what is typed.
        tail: what stands below.
        strokes: in order, without holes.
    """

    path: Path
    head: str
    truth: str
    tail: str
    strokes: tuple[Stroke, ...]

    def from_place(self, done: int) -> Stroke | None:
        """The stroke that goes on at `truth[done]`; the rest of one that an accepted text ended inside of."""
        for stroke in self.strokes:
            if stroke.start >= done and stroke.end > done:
                return stroke
            if stroke.start < done < stroke.end:
                step = Step("type", stroke.gap_ms, self.truth[done : stroke.end])
                return Stroke(done, stroke.end, (step,))
        return None

    def due(self, done: int) -> bool:
        """Whether text is to come on this line: what is next is neither the line's end nor the end of it all."""
        return bool(self.truth[done:].split("\n", 1)[0].strip())


def make(path: Path, text: str, seed: int, keys: int, rhythm: Rhythm) -> Trace | None:
    """Choose a place in `text` and plan about `keys` keys there; None where the text is too short.

    Typing starts below a line that opens a block, with at least `LEAST_HEAD` characters above, and ends at a
    line's end.
    """
    text = text.replace("\r\n", "\n")
    chosen = random.Random(f"{seed}:{path.name}:{len(text)}")  # noqa: S311  (a sample, not a secret)
    starts = line_starts(text)
    fitting = [
        start
        for number, start in enumerate(starts)
        if number
        and LEAST_HEAD <= start <= _MOST_HEAD
        and len(text) - start > keys * 2
        and _opens_code(text[starts[number - 1] : start].rstrip())
        and _CODE.match(text, start)
    ]
    if not fitting:
        return None
    start = chosen.choice(fitting)
    # The cursor stands at the end of the line above: its end is the first key.
    return plan(path, text[: start - 1], text[start - 1 :], chosen, keys, rhythm)


def _opens_code(line: str) -> bool:
    """Whether a block begins below this line; a literal's braces hold data."""
    return line.endswith(":") or (line.endswith("{") and line[:-1].rstrip()[-1:] not in tuple("(=,[:"))


def plan(  # noqa: PLR0913, PLR0917  (a file in two parts, and how it is typed)
    path: Path, head: str, rest: str, chosen: random.Random, keys: int, rhythm: Rhythm
) -> Trace:
    """Type the beginning of `rest` behind `head`: whole lines, at least `keys` strokes if there are as many."""
    strokes: list[Stroke] = []
    place, jump_after = 0, keys // 2
    while place < len(rest):
        if len(strokes) >= keys and rest[place] == "\n":
            break
        if jump_after and len(strokes) >= jump_after and rest[place] == "\n":
            jump_after = 0
            strokes.append(_jump(head, place, chosen, rhythm))
        stroke = _stroke(head, rest, place, chosen, rhythm)
        strokes.append(stroke)
        place = stroke.end
    return Trace(path, head, rest[:place], rest[place:], tuple(strokes))


def _stroke(head: str, rest: str, place: int, chosen: random.Random, rhythm: Rhythm) -> Stroke:
    if rest[place] == "\n":
        return _newline(head, rest, place, chosen, rhythm)
    text = rest[place]
    cjk = _CJK.match(rest, place)
    if cjk:
        text = rest[place : min(place + chosen.randint(1, _IME), cjk.end())]
    wait = gap(rhythm, chosen, _pause_before(head, rest, place, rhythm))
    steps = [Step("type", wait, text)]
    slips, wrong, later, back = (
        chosen.random(),
        chosen.choice("asdfjkl"),
        burst(rhythm, chosen),
        burst(rhythm, chosen),
    )
    if slips < rhythm.slip and text.isalpha() and wrong != text:
        steps = [
            Step("slip", wait, wrong),
            Step("fix", later + rhythm.key_ms, delete=1),
            Step("type", back, text),
        ]
    return Stroke(place, place + len(text), tuple(steps))


def _pause_before(head: str, rest: str, place: int, rhythm: Rhythm) -> float:
    """The probability of a pause before this character."""
    line = (head + rest[:place]).rsplit("\n", 1)[-1]
    if not line.strip():
        return rhythm.line_start
    begins = line[-1] in " ([{,.=" and not rest[place].isspace()
    return rhythm.part if begins else 0.0


def _newline(head: str, rest: str, place: int, chosen: random.Random, rhythm: Rhythm) -> Stroke:
    """The key that ends a line: the editor indents the next one, the typist corrects that.

    A blank line stays empty, as editors leave it.
    """
    wait = gap(rhythm, chosen, rhythm.line_end)
    correction = burst(rhythm, chosen)
    following = rest[place + 1 :].split("\n", 1)[0]
    if not following.strip():
        return Stroke(place, place + 1, (Step("newline", wait, "\n"),))
    before = next((line for line in reversed((head + rest[:place]).split("\n")) if line.strip()), "")
    made = _indent(before) + (_STEP if _BLOCK.search(before) else "")
    true = _indent(following)
    end = place + 1 + len(true)
    if true.startswith(made):
        more = [Step("type", correction, true[len(made) :])] if len(true) > len(made) else []
    elif made.startswith(true):
        missing = [made[len(true) :][n : n + len(_STEP)] for n in range(0, len(made) - len(true), len(_STEP))]
        more = [Step("dedent", correction, delete=len(piece)) for piece in reversed(missing)]
    else:
        more = [Step("dedent", correction, delete=len(made)), Step("type", correction, true)]
    return Stroke(place, end, (Step("newline", wait, "\n" + made), *more))


def _indent(line: str) -> str:
    found = _INDENT.match(line)
    return found.group() if found else ""


def _jump(head: str, place: int, chosen: random.Random, rhythm: Rhythm) -> Stroke:
    """A look at another function, at the end of a line far above, and back."""
    starts = line_starts(head)
    far = starts[1 : max(len(starts) - 30, 2)] or starts
    target = max(chosen.choice(far) - 1, 0)
    there, back = Step("jump", gap(rhythm, chosen, 1), target=target), Step("return", _JUMP_MS)
    return Stroke(place, place, (there, back))


def load(files: Sequence[Path], seed: int, keys: int, rhythm: Rhythm) -> Iterator[Trace]:
    """Traces of files in an order that the seed decides; files that do not fit are passed over."""
    order = sorted(files)
    random.Random(seed).shuffle(order)  # noqa: S311  (a sample, not a secret)
    for path in order:
        decoded = decode(path.read_bytes())
        if decoded is None or len(decoded[0]) > _MOST_TEXT:
            continue
        trace = make(path, decoded[0], seed, keys, rhythm)
        if trace is not None:
            yield trace
