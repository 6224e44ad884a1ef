"""How a download tells where it is, and how it is told to stop.

Values and one counter; no drawing (the command line draws, the server sends `$/progress`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from abacus_lsp.models.errors import PullCancelledError


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes done of all bytes (None while unknown), and what is being done, fit to show."""

    done_bytes: int
    total_bytes: int | None
    label: str


def _silent(_progress: Progress) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(slots=True)
class Job:
    """One pull: whom to tell, whether to stop, and the bytes counted so far over all its files.

    `report` is called from the thread that pulls; `cancelled` is asked at every block.
    """

    report: Callable[[Progress], None] = _silent
    cancelled: Callable[[], bool] = _never
    total_bytes: int | None = None
    done_bytes: int = field(default=0)

    def advance(self, count: int, label: str) -> None:
        """Count bytes (negative when a file starts over), tell, and stop here if that is wanted."""
        self.done_bytes += count
        self.report(Progress(self.done_bytes, self.total_bytes, label))
        self.check()

    def say(self, label: str) -> None:
        """Tell what is being done, without counting."""
        self.advance(0, label)

    def check(self) -> None:
        """Raise PullCancelledError when the pull is no longer wanted."""
        if self.cancelled():
            raise PullCancelledError(
                "Stopped. What has arrived is kept: the same command goes on from there."
            )
