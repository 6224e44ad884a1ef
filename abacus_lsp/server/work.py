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
    host, token = session.host, CancelToken()
    if host.model is None:
        host.wake()
        return None
    try:
        return await host.run(session, lambda model: job(model, token), token)
    except asyncio.CancelledError:
        token.cancel("cancelled")
        raise
