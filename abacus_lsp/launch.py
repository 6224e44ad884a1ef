"""From a run to a job on the engine's thread: where the loop thread's values are handed to the pipeline.

Knows hosts, runs and the pipeline; must not know clients' requests. What a job tells comes back on the loop thread.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable

from abacus_lsp.cancel import Cancelled
from abacus_lsp.completion import pipeline, strain
from abacus_lsp.completion.pace import Rhythm
from abacus_lsp.completion.pipeline import Completion, Model, Request, Retrieve
from abacus_lsp.engines.base import EngineError
from abacus_lsp.flight import Run
from abacus_lsp.host import Host
from abacus_lsp.turns import Rank

Grew = Callable[[Run, str, str], None]
"""(the run, what was written so far, its whole lines in the file's line ending if they could be shown already)."""


def debounce(request: Request, rhythm: Rhythm, model: Model) -> float:
    """Seconds to wait for the next key before the model runs."""
    if request.explicit:
        return 0.0
    most = request.settings.completion.debounce_ms / 1000
    return rhythm.wait(most, time.monotonic(), strain.of(model.engine, request.settings).pause_s)


def completing(  # noqa: PLR0913  (a job and all it is told with)
    run: Run, host: Host, client: object, retrieve: Retrieve, *, grew: Grew, rank: Rank
) -> "asyncio.Future[Completion]":
    """Complete what the run asks for when it is its turn; `grew` is called on the loop thread."""
    loop, eol = asyncio.get_running_loop(), run.request.cursor.snapshot.eol

    def told(made: str, whole: str) -> None:
        loop.call_soon_threadsafe(grew, run, made, whole.replace("\n", eol))

    def work(model: Model) -> Completion:
        run.began = time.monotonic()
        return pipeline.complete(run.request, model, retrieve, run.token, time.perf_counter, grew=told)

    return host.run(client, work, run.token, rank)


def reading(run: Run, host: Host, client: object, retrieve: Retrieve) -> "asyncio.Future[None]":
    """Read the prompt of what the run would ask for, when nobody wants anything else."""

    def work(model: Model) -> None:
        run.began = time.monotonic()
        with contextlib.suppress(Cancelled, EngineError):  # whoever asks in earnest is told
            pipeline.prefill(run.request, model, retrieve, run.token, time.perf_counter)

    return host.run(client, work, run.token, Rank.IDLE)
