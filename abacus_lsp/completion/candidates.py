"""Several texts for one place, for somebody who asked and may choose: the best one, then others that differ from it.

Core: asks the engine again with chance in its choices. The prompt has been read by then, so each costs its own tokens.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion import confidence, postprocess, stream
from abacus_lsp.completion.stream import Question
from abacus_lsp.engines.base import EngineError

_TEMPERATURE: Final = 0.8
_TOP_P: Final = 0.95
_TRIES: Final = 2  # for each text that is wanted: the same one often comes again


def others(
    question: Question, first: str, wanted: int, cancel: CancelToken, in_time: Callable[[], bool]
) -> tuple[str, ...]:
    """Up to `wanted` texts beside `first`, the likeliest first; what there is when the time runs out.

    Args:
        question: what was asked for `first`.
        first: is not offered again.
        wanted: how many.
        cancel: of the request.
        in_time: whether somebody who waits for all of them may still wait for one more.

    Raises:
        Cancelled: nobody wants them any more.
    """
    seen = {_key(first)}
    found: list[tuple[float, str]] = []
    for seed in range(1, _TRIES * wanted + 1):
        if len(found) == wanted or not in_time():
            break
        sampling = replace(question.sampling, temperature=_TEMPERATURE, top_p=_TOP_P, seed=seed)
        try:
            written = stream.read(replace(question, sampling=sampling), cancel)
        except EngineError:  # the first text is good all the same
            break
        if written.finish == "timed-out":
            break
        text, code = postprocess.run(written.text, question.end, finished=written.finished)
        if code == "ok" and _key(text) not in seen:
            seen.add(_key(text))
            sure = confidence.of(written.marks, written.text, text)
            found.append((sure.mean if sure is not None else 0.0, text))
    return tuple(text for _, text in sorted(found, key=lambda pair: -pair[0]))


def _key(text: str) -> str:
    """Texts that differ in blanks alone are one."""
    return "".join(text.split())
