"""The fake for what cannot be in every test: a model. Deterministic, instant, and honest about tokens.

A token is a run of word characters, one CJK character, a run of blanks, or one other character; so that
window budgets, reuse counts and stop rules can be tested exactly.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines.answer import Stops, check_fit
from abacus_lsp.engines.base import Finish, ModelError, ModelInfo, Piece, Sampling, Usage
from abacus_lsp.prompts.prompt import Prompt

_TOKEN = re.compile(r"[\u4e00-\u9fff]|[A-Za-z0-9_]+|[ \t]+|.", re.DOTALL)

Script = Callable[[Prompt], str | Sequence[str]]
"""From a prompt to what is written; of several texts the seed chooses, 0 the first."""


class ScriptedVocabulary:
    """Knows the given control tokens; everything else is text."""

    def __init__(self, markers: Mapping[str, int], architecture: str = "scripted") -> None:
        self._markers = dict(markers)
        self.architecture = architecture
        self.chat_template = ""
        self.bos: int | None = None
        self.add_bos = False
        self.add_space = False

    def token_id(self, piece: str) -> int | None:
        return self._markers.get(piece)

    def encode(self, text: str) -> list[int]:
        """Stable ids beyond the markers' (CRC of the token's text)."""
        from zlib import crc32  # noqa: PLC0415  (only tests come here)

        return [1000 + crc32(token.encode("utf-8", "replace")) % 1_000_000 for token in _TOKEN.findall(text)]


class ScriptedEngine:
    """Answers from a function of the prompt.

    Args:
        script: what the model "writes" after the prompt, or a constant answer. An answer to a healed prompt must
            not include the healed text.
        logprob: of every token, in nats.
        markers: control tokens of the vocabulary, so that profile detection has something to find.
        context: tokens.
        seconds: how long the first token of an answer takes; a cancel is honoured meanwhile.
    """

    def __init__(
        self,
        script: Script | str,
        markers: Mapping[str, int] | None = None,
        context: int = 4096,
        seconds: float = 0.0,
        logprob: float = -0.1,
    ) -> None:
        self._logprob = logprob
        self._script: Script = _constant(script) if isinstance(script, str) else script
        self.info = ModelInfo("scripted", "scripted", "none", context)
        self.vocabulary = ScriptedVocabulary(markers or {})
        self._cached: dict[str, tuple[int, ...]] = {}
        self._seconds = seconds

    def count(self, text: str) -> int:
        return len(_TOKEN.findall(text))

    def can_heal(self) -> bool:
        return True

    def stream(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        cancel.check()
        ids = self._encode(prompt)
        check_fit(len(ids), sampling, self.info)
        stops = Stops([*prompt.stops, *prompt.stop_markers])
        reused = _common(ids, self._cached.get(prompt.slot, ())) if sampling.reuse else 0
        written = self._script(prompt)
        tokens = _TOKEN.findall(
            written if isinstance(written, str) else written[sampling.seed % len(written)]
        )
        made = 0
        yield Piece("", usage=Usage(len(ids), reused, len(ids) - reused))
        finish: Finish = "eos"
        until = time.monotonic() + self._seconds
        while time.monotonic() < until:
            cancel.check()
            time.sleep(0.001)
        for token in tokens:
            cancel.check()
            if made >= sampling.max_tokens:
                finish = "length"
                break
            made += 1
            yield Piece(stops.feed(token), logprob=self._logprob)
            if stops.stopped:
                finish = "stop"
                break
        cancel.check()
        self._cached[prompt.slot] = ids
        usage = Usage(len(ids), reused, len(ids) - reused, made)
        yield Piece(stops.flush(), usage=usage, finish=finish)

    def can_prefill(self) -> bool:
        return True

    def prefill(self, prompt: Prompt, cancel: CancelToken) -> Usage:
        cancel.check()
        ids = self._encode(prompt)
        reused = _common(ids, self._cached.get(prompt.slot, ()))
        self._cached[prompt.slot] = ids
        return Usage(len(ids), reused, len(ids) - reused, 0)

    def close(self) -> None:
        self._cached.clear()

    def _encode(self, prompt: Prompt) -> tuple[int, ...]:
        ids: list[int] = []
        for marker, text in prompt.segments:
            known = self.vocabulary.token_id(text) if marker else None
            ids.extend([known] if known is not None else self.vocabulary.encode(text))
        return tuple(ids)


def from_file(path: Path) -> ScriptedEngine:
    """An engine for trying an editor without a model: a JSON file {"answers": {end of prompt: text}, "seconds": 0}.

    The first key that the prompt (with the healed text) ends with gives the answer; "" fits every prompt. A list of
    texts has one for each candidate; "logprob" is that of every token.

    Raises:
        ModelError: the file is missing or not of that form.
    """
    try:
        held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        answers = {str(end): _texts(text) for end, text in held["answers"].items()}
        seconds, logprob = float(held.get("seconds", 0)), float(held.get("logprob", -0.1))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelError(f'{path} is not a script {{"answers": {{end of prompt: text}}}}: {error}') from error

    def script(prompt: Prompt) -> Sequence[str]:
        text = prompt.text + prompt.heal
        return next((answer for end, answer in answers.items() if text.endswith(end)), ("",))

    return ScriptedEngine(script, seconds=seconds, logprob=logprob)


def _texts(held: Any) -> tuple[str, ...]:
    several: list[Any] = cast("list[Any]", held) if isinstance(held, list) and held else [held]
    return tuple(str(text) for text in several)


def _constant(answer: str) -> Script:
    def script(_prompt: Prompt) -> str:
        return answer

    return script


def _common(left: tuple[int, ...], right: tuple[int, ...]) -> int:
    for index, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return index
    return min(len(left), len(right))
