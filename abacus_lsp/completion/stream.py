"""Reading one answer from an engine, until it ends or all of it is there that will be shown.

Core: knows pieces, the rules of stopping, how sure the model is. Must not know documents.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.completion import confidence, postprocess
from abacus_lsp.completion.confidence import Mark
from abacus_lsp.document import to_newlines
from abacus_lsp.engines.base import Engine, Finish, Piece, Sampling, Usage
from abacus_lsp.prompts.prompt import Prompt

Grew = Callable[[str, str], None]
"""(what the model wrote so far, the lines of it that could be shown already or ""): called at each piece."""


@dataclass(frozen=True, slots=True)
class Written:
    r"""What came of it.

    Attributes:
        text: before anything is cut; "\n" ends its lines, whatever the model wrote.
        usage: tokens.
        finish: the engine's, "cut" when the rules ended it, "timed-out" when the time did.
        marks: how sure the model was, where it tells.
    """

    text: str
    usage: Usage
    finish: Finish | str
    marks: tuple[Mark, ...] = ()

    @property
    def finished(self) -> bool:
        """The model ended by itself."""
        return self.finish in ("eos", "stop")


@dataclass(frozen=True, slots=True)
class Question:
    """What an engine is asked, and what ends its answer.

    `gated`: lines it is unsure of are not shown early. `begun`: what the answer starts with without the engine:
    the line break after a comment, a body's indentation.
    """

    engine: Engine
    prompt: Prompt
    sampling: Sampling
    end: postprocess.Ending
    gated: bool = False
    begun: str = ""


def read(question: Question, cancel: CancelToken, grew: Grew | None = None) -> Written:
    """Ask. A deadline (a cancel for "timed-out") gives what there is.

    Raises:
        Cancelled: the answer is not wanted any more.
        EngineError: the engine's.
    """
    text, held, usage = question.begun, "", Usage()
    finish: Finish | str = "cut"
    marks: list[Mark] = []
    pieces: Iterator[Piece] = question.engine.stream(question.prompt, question.sampling, cancel)
    made = 0
    try:
        for piece in pieces:
            if piece.logprob is not None and piece.text:
                marks.append((len(text), piece.logprob))
            came, held = _newlines(held + piece.text)
            text += came
            made += bool(piece.text)
            if grew is not None and piece.text:
                grew(text, _early(text, marks, question) if "\n" in came else "")
            usage = piece.usage or usage
            if piece.finish is not None:
                finish = piece.finish
            elif postprocess.ended(text, question.end):
                break
    except Cancelled as cancelled:
        if cancelled.reason != "timed-out":
            raise
        finish = "timed-out"
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    usage = usage if usage.generated is not None else replace(usage, generated=made)
    return Written(text, usage, finish, tuple(marks))


def answer(
    question: Question, cancel: CancelToken, grew: Grew | None = None
) -> tuple[Question, Written, tuple[str, str]]:
    """Ask, and where code is due and nothing but comments came, or endless counting, once more for other code.

    Returns:
        The question that was answered, what came of it, and what `postprocess.run` makes of that.

    Raises:
        Cancelled: the answer is not wanted any more.
        EngineError: the engine's.
    """
    first = read(question, cancel, grew)
    shown = postprocess.run(first.text, question.end, finished=first.finished)
    start, barred = postprocess.once_more(first.text, question.end, finished=first.finished)
    if not barred or first.finish == "timed-out":
        return question, first, shown
    second = _behind(question, start, barred)
    again = read(second, cancel, grew)
    shown_again = postprocess.run(again.text, question.end, finished=again.finished)
    if again.text == second.begun or (shown[0] and not shown_again[0]):
        return question, first, shown
    made = (first.usage.generated or 0) + (again.usage.generated or 0)
    written = replace(again, usage=replace(first.usage, generated=made))
    return second, written, shown_again


def _behind(question: Question, start: str, barred: str) -> Question:
    """The question for what comes behind `start` of the answer, which ends with a line break and blanks or is ""."""
    prompt, begun = question.prompt, question.begun
    if len(start) > len(begun) and start.startswith(begun):
        line = start[len(begun) :].rstrip(" \t")
        prompt = replace(prompt.continued(line), heal=start[len(begun) + len(line) :])
        begun = start
    return replace(question, prompt=replace(prompt, barred=barred), begun=begun)


def _newlines(text: str) -> tuple[str, str]:
    r"""The text with "\n" for every line's end, and a last "\r" held back: the next piece may begin with its "\n"."""
    held = "\r" if text.endswith("\r") else ""
    return to_newlines(text[: len(text) - len(held)]), held


def _bare(text: str) -> str:
    return "".join(text.split())


def _early(raw: str, marks: list[Mark], question: Question) -> str:
    """The lines that are whole, as they would be shown if nothing came after them; of a block at least its first line.

    "" where a line is all there is.
    """
    text, code = postprocess.run(raw, question.end, finished=False) if question.end.block else ("", "")
    if _bare(text) not in _bare(raw):  # brackets were closed that the model is about to close itself
        text = ""
    if not text:
        text, code = postprocess.header(raw, question.end)
    held_back = question.gated and confidence.unsure(confidence.of(marks, raw, text))
    return text if code == "ok" and not held_back else ""
