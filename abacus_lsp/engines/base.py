"""What every engine is: a prompt in, pieces of text out; and the one error tree of all engines.

    EngineError             something the user should read; `code` is a reason code, the message says what to do
    ├── ModelError          the model file or folder: missing, truncated, wrong kind, does not fit
    │   └── NoModel         nothing is configured and nothing was found; `offer` names a download
    ├── EngineCrashed       the process that runs the model died
    ├── PromptTooLong       more tokens than the context holds
    └── EndpointError       the configured server
        ├── PrivateFile         somebody else's server must not see this document
        ├── EndpointDown        no connection
        ├── EndpointRefused     401, 403, 404: key, address or model name
        ├── EndpointBusy        429, 503; `retry_after` in seconds when the server said so
        ├── EndpointSlow        no answer within the time allowed
        └── EndpointGarbage     an answer that is not the protocol (HTML, broken JSON, 500)

Foreign exceptions are mapped to these once, where the foreign library is called. An engine sees prompts,
never documents; it is used from one thread at a time and owns its model and KV cache.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from abacus_lsp.cancel import CancelToken
from abacus_lsp.prompts.prompt import Prompt


class EngineError(Exception):
    """The engine cannot answer; the message is for the user."""

    code = "engine-error"


class ModelError(EngineError):
    """The model cannot be used."""

    code = "model-error"


class NoModel(ModelError):
    """Nothing is configured and nothing usable was found.

    `offer` is the catalogue name of a fitting download, `about` its title, size and licence, in English and Chinese.
    """

    code = "no-model"

    def __init__(self, message: str, offer: str, about: tuple[str, str]) -> None:
        super().__init__(message)
        self.offer = offer
        self.about = about


class EngineCrashed(EngineError):
    """The model's process ended by itself."""

    code = "engine-crashed"


class PromptTooLong(EngineError):
    """The prompt and the answer do not fit the model's context."""

    code = "prompt-too-long"


class EndpointError(EngineError):
    """The configured server did not do its part."""

    code = "endpoint-error"


class PrivateFile(EndpointError):
    """The document must not be sent to somebody else's server."""

    code = "private-file"


class EndpointDown(EndpointError):
    """Nobody answers at that address."""

    code = "endpoint-down"


class EndpointRefused(EndpointError):
    """The server said no: key, address or model name."""

    code = "endpoint-refused"


class EndpointBusy(EndpointError):
    """The server has too much to do; `retry_after` is in seconds."""

    code = "endpoint-busy"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EndpointSlow(EndpointError):
    """No answer within the time allowed."""

    code = "endpoint-slow"


class EndpointGarbage(EndpointError):
    """An answer that does not follow the protocol."""

    code = "endpoint-garbage"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to choose tokens. Greedy by default: a completion should be the same twice.

    Attributes:
        max_tokens: the longest answer, in tokens, healed text included.
        temperature: 0 is greedy.
        top_p: nucleus, used when temperature > 0.
        seed: fixed, so that several candidates differ only by it.
        reuse: start from what the KV cache holds; off only to measure what that gains.
        lookup: guess the next tokens from the prompt where the engine can, and check several at once.
        unasked: nobody waits for it yet: a server that ranks requests answers the others first.
    """

    max_tokens: int = 64
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    reuse: bool = True
    lookup: bool = True
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What one answer cost, in tokens. None where the engine does not know (an endpoint that does not say).

    `prompt == reused + prefilled`: reused ones were in the KV cache.
    """

    prompt: int | None = None
    reused: int | None = None
    prefilled: int | None = None
    generated: int | None = None


Finish = Literal["eos", "stop", "length"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A bit of the answer as it streams.

    Attributes:
        text: characters, possibly none (a token that ends inside a character).
        logprob: natural logarithm of the tokens' probability, summed, where the engine knows it.
        usage: what is known so far; that of the last piece is complete.
        finish: on the last piece only; every completed stream has exactly one such piece.
        margin: nats between the best token and the runner-up, the least of its tokens', where the engine knows it.
    """

    text: str
    logprob: float | None = None
    usage: Usage | None = None
    finish: Finish | None = None
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What was loaded, for status lines and `doctor`.

    Attributes:
        name: as the user would name it.
        engine: "llama.cpp", "transformers", "http", "scripted".
        device: "cpu", "cuda:0", "mps", or the endpoint's address.
        context: tokens of prompt and answer together.
        detail: one line: dtype, layers offloaded, attention, threads …
        trial: a model to try the product with, not to keep.
    """

    name: str
    engine: str
    device: str
    context: int
    detail: str = ""
    trial: bool = False


class Vocabulary(Protocol):
    """The tokenizer's facts, from which the prompt format is derived."""

    @property
    def architecture(self) -> str:
        """The model's architecture as its files name it ("llama", "minicpm", "gemma3" …), "" if unknown."""
        ...

    @property
    def chat_template(self) -> str:
        """The Jinja chat template shipped with the model, "" if none."""
        ...

    @property
    def bos(self) -> int | None:
        """The id of the beginning-of-text token, None if there is none."""
        ...

    @property
    def add_bos(self) -> bool:
        """The tokenizer itself would begin a text with `bos`."""
        ...

    @property
    def add_space(self) -> bool:
        """The tokenizer itself would put a blank in front of a text (sentencepiece's dummy prefix)."""
        ...

    def token_id(self, piece: str) -> int | None:
        """The id of `piece` if the vocabulary holds it as exactly one piece that text cannot be, else None.

        Usually a control token; aiXcoder's and CodeLlama's are user-defined pieces, which count.
        """
        ...

    def encode(self, text: str) -> list[int]:
        """Token ids of plain text: no BOS, no space in front, markers in it stay text."""
        ...


class Engine(Protocol):
    """A loaded model (or an endpoint). Used from one thread at a time; `close` from any."""

    @property
    def info(self) -> ModelInfo: ...

    @property
    def vocabulary(self) -> Vocabulary | None:
        """None when an endpoint does not tell: then the profile comes from the configuration."""
        ...

    def count(self, text: str) -> int:
        """Tokens of plain text (an estimate where the engine has no tokenizer)."""
        ...

    def stream(self, prompt: Prompt, sampling: Sampling, cancel: CancelToken) -> Iterator[Piece]:
        """Write the answer, piece by piece. Closing the iterator stops the model's work.

        Raises:
            Cancelled: `cancel` was set; honoured between two tokens and between two prefill batches.
            EngineError: see the tree above.
        """
        ...

    def close(self) -> None:
        """Free the model. Twice is allowed."""
        ...
