"""The editor's process, watched: a server does not outlive the editor that started it."""

import asyncio
import logging
import os
from typing import Final

import psutil

log = logging.getLogger(__name__)

_CHECK_S: Final = 2.0


async def leave_with(parent: int) -> None:
    """Leave when the editor is gone, even if it left our standard input open in another child."""
    while psutil.pid_exists(parent):  # noqa: ASYNC110  (no event says that a process is gone)
        await asyncio.sleep(_CHECK_S)
    log.warning("the parent process %d is gone", parent)
    os._exit(1)
