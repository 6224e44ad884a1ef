"""The ways a suite asks for a completion, as an editor would: `Route`, and the one through the pipeline.

Knows the product's front: requests, the pipeline, the open folder. Must not know suites. `lsp_route` has the other way,
through the whole server.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from abacus_lsp import languages, workspace
from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion import pipeline
from abacus_lsp.completion.pipeline import Model, Request
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.settings import Settings

INDEX_WAIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A cursor in an open file.

    Attributes:
        path: of the file, absolute.
        text: as it stands in the editor.
        offset: code points before the cursor.
    """

    path: Path
    text: str
    offset: int

    @property
    def language(self) -> str:
        """The LSP language identifier."""
        return languages.by_path(self.path).id

    @property
    def cursor(self) -> Cursor:
        """As the pipeline wants it."""
        return Cursor(Snapshot(self.path.as_uri(), self.language, self.text, path=self.path), self.offset)

    def filled(self, answer: str) -> str:
        """The file with the answer accepted."""
        return self.text[: self.offset] + answer + self.text[self.offset :]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an editor would show; an empty text is a silence, `reason` its code ("" where the route cannot tell).

    `sure` is the logarithm of its first word's probability, where that is known.
    """

    text: str
    reason: str
    seconds: float
    mode: str = ""
    sure: float | None = None


class Route(Protocol):
    """A way to ask; belongs to one thread."""

    def ask(self, spot: Spot, *, explicit: bool = False) -> Answer:
        """One completion. `explicit`: by the user's own key press; else the automatic trigger decides."""
        ...


class PipelineRoute:
    """`pipeline.complete` with the index of one folder, in this process. Use as a context manager.

    Args:
        model: loaded.
        settings: the user's.
        root: the workspace; None for single files.
    """

    def __init__(self, model: Model, settings: Settings, root: Path | None = None) -> None:
        self._model, self._settings, self._root = model, one_text(settings), root
        self._folders = workspace.Folders(_nothing)

    def __enter__(self) -> Self:
        if self._root is not None and self._settings.context.workspace:
            self._folders.open([self._root])
            if not self._folders.wait(INDEX_WAIT_S):
                raise CannotMeasure(
                    f"{self._root} is not indexed after {INDEX_WAIT_S:.0f} s: name a smaller folder"
                )
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._folders.close()

    def ask(self, spot: Spot, *, explicit: bool = False) -> Answer:
        """See `Route`.

        Raises:
            CannotMeasure: the index does not take the changed text.
        """
        # What is on disk holds the answer; only what the editor shows may be found.
        self._folders.changed(spot.path, spot.text)
        if not self._folders.wait(INDEX_WAIT_S):
            raise CannotMeasure("the index does not follow the changed file")
        request = Request(spot.cursor, self._settings, explicit=explicit, root=self._root)
        start = time.perf_counter()
        got = pipeline.complete(
            request, self._model, self._folders.retrieve, CancelToken(), time.perf_counter
        )
        taken = time.perf_counter() - start
        self._folders.changed(spot.path, None)
        sure = got.explain.confidence
        return Answer(got.text, got.reason, taken, got.explain.mode, sure.first if sure else None)


def one_text(settings: Settings) -> Settings:
    """The first text is what counts: more of them would only take time."""
    return msgspec.structs.replace(
        settings, completion=msgspec.structs.replace(settings.completion, candidates=1)
    )


def _nothing(_problem: str) -> None:
    """Problems of the disk do not stop a measurement."""


Tick = Callable[[], None]
"""Called after every case."""
