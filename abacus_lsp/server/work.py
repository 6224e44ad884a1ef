"""Other work than completions on the engine's thread: the one place that knows how a session runs it."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion.pipeline import Model
from abacus_lsp.session import Session

T = TypeVar("T")


async def on_engine(session: Session, job: Callable[[Model, CancelToken], T]) -> T | None:
    """Run `job` with the model when its turn comes; None when no model is loaded.

    The job's token is cancelled when the caller is.

    Raises:
        Cancelled, EngineError: the job's.
    """
    model, token = session._model, CancelToken()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    if model is None:
        return None
    loop, thread = asyncio.get_running_loop(), session._thread  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    try:
        return await loop.run_in_executor(thread, job, model, token)
    except asyncio.CancelledError:
        token.cancel("cancelled")
        raise
