"""The engine that asks a server: encode the prompt, stream the answer, cut it off at once when told.

Knows prompts, pieces and the `Dialect` protocol; must not know any single server's fields, nor keys.
"""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines.answer import Healed, Stops, Unhealed, check_fit
from abacus_lsp.engines.base import (
    EndpointDown,
    EndpointError,
    Finish,
    ModelInfo,
    Piece,
    Sampling,
    Usage,
    Vocabulary,
)
from abacus_lsp.engines.dialects import Dialect, Event, Reading
from abacus_lsp.engines.pool import rank
from abacus_lsp.engines.transport import Transport
from abacus_lsp.prompts import healing
from abacus_lsp.prompts.encode import encode_segments
from abacus_lsp.prompts.prompt import Prompt

_CHARACTERS_PER_TOKEN = 3.2  # code in the usual vocabularies; only where the server has no tokenizer

_HEALTH_SECONDS = 5.0  # a server that works hard may be slow to say that it is well


class HttpEngine:
    """A model behind a server.

    Args:
        transport: the connection; closed with the engine.
        dialect: what the server speaks and what was learned about it.
        info: what to show; by default made from the dialect.
    """

    def __init__(self, transport: Transport, dialect: Dialect, info: ModelInfo | None = None) -> None:
        server = dialect.server
        self._transport = transport
        self._dialect = dialect
        self._vocabulary = server.vocabulary
        self._encoder = None if server.sends_text else server.vocabulary
        self.info = info or ModelInfo(
            server.model, "http", transport.address, server.context, server.detail or dialect.name
        )

    @property
    def vocabulary(self) -> Vocabulary | None:
        return self._vocabulary

    def count(self, text: str) -> int:
        if not text:
            return 0
        if self._encoder is None:
            return estimate(text)
        return len(self._encoder.encode(text))

    def can_heal(self) -> bool:
        return self._dialect.heals != "no"

    def stream(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Generator[Piece]:
        if prompt.barred and self._dialect.heals != "constrained":
            yield Piece("", finish="eos")
            return
        if prompt.heal and not self.can_heal():
            prompt = healing.unhealed(prompt)
        try:
            yield from self._once(prompt, sampling, cancel)
        except Unhealed:
            # Nothing was shown yet: `Healed` lets no text through before all of the healed text has come.
            yield from self._once(healing.unhealed(prompt), sampling, cancel)

    def can_prefill(self) -> bool:
        return self._dialect.prefills

    def prefill(self, prompt: Prompt, cancel: CancelToken) -> Usage:
        if not self.can_prefill():
            return Usage()
        usage = Usage()
        for piece in self._once(replace(prompt, heal=""), Sampling(max_tokens=0), cancel):
            usage = piece.usage or usage
        return replace(usage, generated=0)  # llama.cpp chooses one token all the same, and forgets it

    def unread(self, prompt: Prompt) -> int | None:
        if self._dialect.slots is None or self._encoder is None:
            return None
        return self._dialect.slots.unread(prompt.slot, encode_segments(prompt, self._encoder))

    def look(self) -> None:
        """Ask the server whether it is well; from any thread.

        Raises:
            EngineError: it is not, or does not say so in time.
        """
        if not self._dialect.health:
            return
        try:
            self._transport.look(self._dialect.health, _HEALTH_SECONDS)
        except RuntimeError as error:  # httpx2's own: closed by another thread in the same moment
            raise EndpointDown(f"the connection to {self._transport.address} was closed") from error

    def close(self) -> None:
        self._transport.close()

    def _once(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        ids = self._encode(prompt, cancel)
        if ids == []:
            # The first word of an empty file, and a vocabulary without a beginning: servers refuse an empty prompt.
            if prompt.heal:
                raise Unhealed(prompt.heal)
            yield Piece("", usage=Usage(0, 0, 0, 0), finish="eos")
            return
        if ids is None:
            check_fit(estimate(prompt.text), sampling, self.info, estimated=True)
        else:
            check_fit(len(ids), sampling, self.info)
        path, body = self._dialect.request(prompt, ids, sampling)
        healed, stops = Healed(prompt.heal), Stops([*prompt.stops, *prompt.stop_markers])
        finish: Finish | None = None
        usage = Usage(prompt=None if ids is None else len(ids))
        # Hosted services (none has a health to ask for) need no name for a document.
        session = rank("", prompt.slot).hex() if self._dialect.health else ""
        with self._transport.lines(path, body, cancel, session) as lines:
            for reading in self._readings(lines):
                cancel.check()
                finish, usage = reading.finish or finish, reading.usage or usage
                self._note(reading, usage)
                fresh = healed.complete
                text = stops.feed(healed.feed(reading.text))
                if text or reading.usage or (fresh and reading.tokens and not stops.stopped):
                    yield Piece(text, reading.logprob, reading.usage and usage, margin=reading.margin)
                if stops.stopped and reading.finish is None:
                    finish = "stop"
                    break
        cancel.check()
        if finish is None:
            raise self._transport.garbage("the end of the answer", b"nothing more")
        if not healed.complete and self._dialect.heals == "checked":
            raise Unhealed(prompt.heal)
        yield Piece(stops.flush(), usage=usage, finish="stop" if stops.stopped else finish)

    def _note(self, reading: Reading, usage: Usage) -> None:
        """What the server's cache holds by now."""
        if self._dialect.slots is not None and reading.usage:
            self._dialect.slots.read((usage.reused or 0) + (usage.prefilled or 0))

    def _encode(self, prompt: Prompt, cancel: CancelToken) -> list[int] | None:
        if self._encoder is None:
            return None
        with cancel.waking(self._transport.interrupt), cancelled_first(cancel):
            ids = encode_segments(prompt, self._encoder)
        if ids or self._encoder.bos is None:
            return ids
        return [self._encoder.bos]

    def _readings(self, lines: Iterator[bytes]) -> Iterator[Reading]:
        for line in lines:
            event = self._event(line)
            if event is None:
                continue
            if not event:
                return
            try:
                reading = self._dialect.read(event)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
                raise self._transport.garbage(f"an event of {self._dialect.name}", line) from error
            if reading.failure:
                raise self._transport.failure(reading.failure)
            yield reading

    def _event(self, line: bytes) -> Event | None:
        """The JSON object of a line (server-sent events or one object per line); {} at the end, None: no event."""
        for field in (b"data:", b"error:"):
            line = line.removeprefix(field)
        line = line.strip()
        if not line or line.startswith((b":", b"event:", b"id:", b"retry:")):
            return None
        if line == b"[DONE]":
            return {}
        try:
            event: Any = json.loads(line)
        except ValueError as error:
            raise self._transport.garbage(f"a stream of {self._dialect.name}", line) from error
        if not isinstance(event, dict):
            raise self._transport.garbage(f"a stream of {self._dialect.name}", line)
        return cast(Event, event)


def estimate(text: str) -> int:
    """Tokens of `text` where no tokenizer can be asked: a CJK character is about one, other text a third each."""
    wide = sum(1 for character in text if character > "\u2e7f")
    return wide + -(-(len(text) - wide) * 10 // int(_CHARACTERS_PER_TOKEN * 10))


@contextmanager
def cancelled_first(cancel: CancelToken) -> Generator[None]:
    """An error that our own interruption caused is a cancellation."""
    try:
        yield
    except EndpointError:
        cancel.check()
        raise
