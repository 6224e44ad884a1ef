"""`$/progress` bars: begun when there is something to show, moved, ended once."""

import itertools
from collections.abc import Callable

from lsprotocol import types

Step = types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd


class Bar:
    """One bar at a time under one title. `send` takes a token and a step; on the loop thread."""

    def __init__(self, send: Callable[[str, Step], None], title: str) -> None:
        self._send = send
        self._title = title
        self._numbers = itertools.count(1)
        self._token = ""
        self._last: tuple[str, int | None] = ("", None)

    def show(self, message: str, share: float | None) -> None:
        """Begin or move the bar; what has not changed is not said again."""
        percent = None if share is None else min(int(share * 100), 100)
        if not self._token:
            self._token = f"abacus-{id(self):x}-{next(self._numbers)}"
            self._send(
                self._token,
                types.WorkDoneProgressBegin(self._title, message=message, percentage=percent or 0),
            )
        elif (message, percent) != self._last:
            self._send(self._token, types.WorkDoneProgressReport(message=message, percentage=percent))
        self._last = (message, percent)

    def end(self) -> None:
        """End the bar, if one is shown."""
        if self._token:
            self._send(self._token, types.WorkDoneProgressEnd())
            self._token = ""
