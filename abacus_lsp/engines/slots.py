"""Which of an engine's KV caches a prompt goes to: files take turns, other work has a cache of its own.

Knows names of slots ("code:repo/path", "chat") and how many caches there are. Must not know what is in them.
"""

from collections import OrderedDict

_FILES = "code"


class Slots:
    """Numbers for the names of slots; a new file takes the place of the one not used for longest.

    Args:
        total: caches; with more than one, the last is for everything that is not a file under the cursor.
    """

    def __init__(self, total: int) -> None:
        self._files = max(total - 1, 1)
        self._rest = max(total - 1, 0)
        self._names: OrderedDict[str, int] = OrderedDict()

    def number(self, name: str) -> int:
        """The cache for `name`, from 0 on."""
        if name.partition(":")[0] != _FILES:
            return self._rest
        if name not in self._names:
            full = len(self._names) >= self._files
            self._names[name] = self._names.popitem(last=False)[1] if full else len(self._names)
        self._names.move_to_end(name)
        return self._names[name]
