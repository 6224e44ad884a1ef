"""What a server speaks: how a question is written, how one event of the answer reads, what can be learned.

The protocol that `http.HttpEngine` drives, and the values it uses; one class per kind of server lives in
`dialect_*`. Knows JSON values, no connections' details, no text of the user's beyond the prompt it is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from abacus_lsp.engines.base import Finish, Sampling, Usage, Vocabulary
from abacus_lsp.engines.slots import Slots
from abacus_lsp.prompts.prompt import Prompt

Event = Mapping[str, Any]

# How a server makes an answer start with the text that was taken out of the prompt:
# "constrained": it is told (grammar, regular expression); "checked": it is asked, the answer is checked, and on
# a mismatch it is asked again with the text put back; "no": the text goes back at once.
HealMode = Literal["constrained", "checked", "no"]


@dataclass(frozen=True, slots=True)
class Server:
    """What was learned when the connection was made.

    Attributes:
        model: its name there.
        context: tokens of prompt and answer together.
        vocabulary: None where the server does not tell; prompts are then sent as text.
        detail: one line about it.
        sends_text: the vocabulary can be looked into but not be asked to encode: prompts go as text.
    """

    model: str
    context: int
    vocabulary: Vocabulary | None = None
    detail: str = ""
    sends_text: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One event of an answer.

    Attributes:
        text: characters, possibly none.
        tokens: how many this event stands for, 0 where it does not say.
        logprob: of those tokens, summed, where known.
        margin: see `engines.base.Piece`.
        finish, usage: where the event tells them (a server may tell them in two events).
        failure: the server's words when it failed.
    """

    text: str = ""
    tokens: int = 0
    logprob: float | None = None
    margin: float | None = None
    finish: Finish | None = None
    usage: Usage | None = None
    failure: str = ""


class Dialect(Protocol):
    """One kind of server."""

    @property
    def name(self) -> str:
        """As in `abacus.endpoint.kind`, or the server's own name."""
        ...

    @property
    def heals(self) -> HealMode: ...

    @property
    def prefills(self) -> bool:
        """Whether a question for no token at all only reads the prompt."""
        ...

    @property
    def health(self) -> str:
        """A path that answers with 200 while the server is well, "" where there is none to ask for nothing."""
        ...

    @property
    def server(self) -> Server: ...

    @property
    def slots(self) -> Slots | None:
        """The server's KV caches, where `request` chooses among them; it is told what was read."""
        ...

    def request(
        self, prompt: Prompt, ids: list[int] | None, sampling: Sampling
    ) -> tuple[str, dict[str, Any]]:
        """Path and body of the question. `ids` is the encoded prompt where the vocabulary is known.

        With "constrained", `prompt.heal` is made part of the question.
        """
        ...

    def read(self, event: Event) -> Reading:
        """What one event of the stream says.

        Raises:
            KeyError, TypeError, ValueError, IndexError, AttributeError: it is not an event of this dialect.
        """
        ...


def sendable_stops(prompt: Prompt, most: int | None = None) -> list[str]:
    """The stop strings that a server may apply by itself: at most `most`, none that the healed text holds.

    The others are applied to what arrives.
    """
    stops = [stop for stop in prompt.stops if stop and stop not in prompt.heal]
    return stops[:most]
