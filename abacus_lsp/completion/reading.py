"""A model's answer as it comes: read until it ends, or until what is there is all that will be shown. Core."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.completion import postprocess
from abacus_lsp.engines.base import Engine, Finish, Piece, Sampling, Usage
from abacus_lsp.prompts.prompt import Prompt

Grew = Callable[[str, str], None]
"""(what the model wrote so far, the lines of it that could be shown already or ""): called at each piece."""


def read(  # noqa: PLR0913  (as `pipeline.complete`)
    engine: Engine,
    prompt: Prompt,
    sampling: Sampling,
    end: postprocess.Ending,
    cancel: CancelToken,
    *,
    grew: Grew | None,
) -> tuple[str, Usage, str]:
    """Read the answer until it ends, or until what is there is all that will be shown."""
    text, usage = "", Usage()
    finish: Finish | str = "cut"
    pieces: Iterator[Piece] = engine.stream(prompt, sampling, cancel)
    made = 0
    try:
        for piece in pieces:
            text += piece.text
            made += bool(piece.text)
            if grew is not None and piece.text:
                grew(text, _whole(text, end) if "\n" in piece.text else "")
            usage = piece.usage or usage
            if piece.finish is not None:
                finish = piece.finish
            elif postprocess.ended(text, end):
                break
    except Cancelled as cancelled:
        if cancelled.reason != "timed-out":
            raise
        finish = "timed-out"
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    return text, usage if usage.generated is not None else replace(usage, generated=made), finish


def _whole(raw: str, end: postprocess.Ending) -> str:
    """The lines that are whole, as they would be shown if nothing came after them; "" where a line is all there is."""
    if not end.block:
        return ""
    text, code = postprocess.run(raw, end, finished=False)
    return text if code == "ok" else ""
