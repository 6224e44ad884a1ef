"""What is asked of the pipeline and what it answers: the values, without the way between them.

Core: a model as the pipeline sees it, a request, a completion and the story of how it came about.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from abacus_lsp.completion import outgoing
from abacus_lsp.completion.confidence import Confidence
from abacus_lsp.completion.reuse import Source
from abacus_lsp.docstrings import choose
from abacus_lsp.docstrings.phrases import Tongue
from abacus_lsp.document import Cursor
from abacus_lsp.engines.base import Engine, Usage
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import Profile
from abacus_lsp.prompts.prompt import Prompt, Snippet
from abacus_lsp.settings import Settings
from abacus_lsp.site import Site
from abacus_lsp.window import Counter, Window, Windows

Retrieve = Callable[[Cursor, Site, Window, int, Callable[[str], int]], Sequence[Snippet]]
"""(cursor, site, window, tokens, count) -> snippets of other files, most stable order, within the tokens."""


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model as the pipeline sees it: what runs, how it is asked, how text is counted.

    `counter`, `trees` and `windows` remember the last keystroke's work; they belong to the engine's thread. `outside`: it is
    somebody else's server, which must not see secrets and private files. `resident`: bytes that it takes in this process.
    """

    engine: Engine
    profile: Profile
    how: str
    counter: Counter
    trees: Trees
    windows: Windows = field(default_factory=Windows)
    outside: bool = False
    resident: int = 0

    def forget(self) -> None:
        """Let go of the work of earlier keystrokes; what the next one needs stays, or is made again."""
        self.counter.forget()
        self.trees.forget()
        self.windows.forget()


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: a place, under which settings, by the user's own key press or not.

    `rejected`: keys (`postprocess.rejection`) of texts that the user turned down and should not see again there.
    `unasked`: nobody waits for it yet. `beside`: texts of the project's other files of this kind; asked only where a docstring is due.
    `hurry`: where the prompt has not been read, answer from less context; somebody will have it read meanwhile.
    `tongue`: of messages; a docstring is in it where the file does not tell.
    `secluded`: whether the file at a path must never be sent to somebody else's server; asked on the engine's thread.
    """

    cursor: Cursor
    settings: Settings
    explicit: bool = False
    root: PurePath | None = None
    rejected: frozenset[str] = frozenset()
    unasked: bool = False
    beside: Callable[[], tuple[str, ...]] = field(default=choose.no_others, compare=False)
    hurry: bool = False
    secluded: Callable[[PurePath], bool] = outgoing.private
    tongue: Tongue = "en"


@dataclass(frozen=True, slots=True)
class Explain:
    """What was decided on the way, for `--explain` and for asking why.

    `timings_ms` are milliseconds per step; `raw` is the answer before anything was cut; `begun` is what of it was not
    left to the model: the indentation of a body. `confidence` is of what is left; `near`: it was written from less context than there is.
    `less`: the reason why less than usual was asked for.
    """

    mode: str = ""
    less: str = ""
    window: Window | None = None
    prompt: Prompt | None = None
    snippets: tuple[Snippet, ...] = ()
    usage: Usage = field(default_factory=Usage)
    finish: str = ""
    raw: str = ""
    begun: str = ""
    near: bool = False
    confidence: Confidence | None = None
    timings_ms: dict[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class Completion:
    """The answer: replace [start, end) (code points) by `text`; an empty text is a silence with a reason.

    `detail` replaces the reason's own sentence (an engine's message); `source` says what the answer took; `others` are
    texts for the same place that somebody who asked may choose instead, the likeliest first. `doubtful`: nobody asked
    for it and it is likelier wrong than right (see `confidence`); `held`: seconds that it was kept back for that.
    """

    text: str
    start: int
    end: int
    reason: str
    detail: str = ""
    explain: Explain = field(default_factory=Explain)
    source: Source = "model"
    others: tuple[str, ...] = ()
    doubtful: bool = False
    held: float = 0.0

    @property
    def told(self) -> str:
        """The reason to show: of a text, why there is less of it than usual."""
        return self.explain.less if self.reason == "ok" and self.explain.less else self.reason
