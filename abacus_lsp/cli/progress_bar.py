"""A progress bar on a terminal's stderr, or a line now and then where stderr is a file or a pipe."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from abacus_lsp.models.progress import Progress

PIPE_STEPS = 4
"""Lines told of one download where nobody watches."""


@contextmanager
def drawing(title: str) -> Generator[Callable[[Progress], None]]:
    """A function to report to while the block runs."""
    if not sys.stderr.isatty():
        yield _Lines(title)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    label_column = TextColumn(
        "{task.description}", table_column=Column(max_width=36, no_wrap=True, overflow="ellipsis")
    )
    columns = (label_column, BarColumn(20), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def draw(progress: Progress) -> None:
            label = progress.label or title
            bar.update(task, completed=progress.done_bytes, total=progress.total_bytes, description=label)

        yield draw


class _Lines:
    """Tells each quarter once."""

    def __init__(self, title: str) -> None:
        self._title, self._told = title, 0

    def __call__(self, progress: Progress) -> None:
        if not progress.total_bytes:
            return
        step = min(PIPE_STEPS, progress.done_bytes * PIPE_STEPS // progress.total_bytes)
        if step > self._told:
            self._told = step
            print(f"{self._title}: {100 * step // PIPE_STEPS}%", file=sys.stderr, flush=True)
