"""A real terminal for editors that have no other way in: tmux, keys in, cells out."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

from screenshot import svg
from world import World, wait_until

COLUMNS, ROWS = 100, 24
PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"


class Terminal:
    """A tmux of its own with one program in it.

    Args:
        tmux: the program.
        world: whose environment it gets.
        artefacts: where captures go.
    """

    def __init__(self, tmux: Path, world: World, artefacts: Path) -> None:
        self._tmux = [str(tmux), "-S", str(world.folder / "tmux"), "-f", "/dev/null"]
        self._world = world
        self._artefacts = artefacts
        self._runs = False

    def start(self, *command: str | Path, columns: int = COLUMNS, rows: int = ROWS) -> None:
        """Run a program in the project's folder."""
        words = shlex.join(str(word) for word in command)
        self._run(
            "new-session", "-d", "-x", str(columns), "-y", str(rows), "-c", str(self._world.project), words
        )
        self._runs = True
        self._run("set", "-g", "status", "off")
        self._run("set", "-s", "escape-time", "0")
        self._run("set", "-g", "remain-on-exit", "on")

    def keys(self, *keys: str) -> None:
        """Named keys: Enter, Escape, C-x, Tab."""
        self._run("send-keys", *keys)

    def type(self, text: str) -> None:
        """These characters."""
        self._run("send-keys", "-l", text)

    def screen(self) -> str:
        """What is to be seen, without colours."""
        return self._run("capture-pane", "-p")

    def cursor(self) -> tuple[int, int]:
        """Column and row."""
        column, row = self._run("display-message", "-p", "#{cursor_x} #{cursor_y}").split()
        return int(column), int(row)

    def wait_for(self, wanted: str | Callable[[str], bool]) -> str:
        """Until the screen holds a text, or is as a function says; the screen."""
        holds = wanted if callable(wanted) else lambda screen: wanted in screen
        last = ""

        def there() -> str:
            nonlocal last
            last = self.screen()
            return last if holds(last) else ""

        return wait_until(there, lambda: f"{wanted!r} on the screen:\n{last}")

    def capture(self, name: str, *, picture: str = "") -> None:
        """Keep the screen, as text and as a picture; `UPDATE_PICTURES=1` puts it into the documentation too."""
        (self._artefacts / f"{name}.txt").write_text(self.screen(), encoding="utf-8")
        size = self._run("display-message", "-p", "#{pane_width} #{pane_height}").split()
        cells = self._run("capture-pane", "-e", "-N", "-p")
        drawn = svg(cells, (int(size[0]), int(size[1])), self.cursor())
        (self._artefacts / f"{name}.svg").write_text(drawn, encoding="utf-8")
        if picture and os.environ.get("UPDATE_PICTURES"):
            (PICTURES / f"{picture}.svg").write_text(drawn, encoding="utf-8")

    def close(self) -> None:
        """End it, with its last screen kept."""
        if self._runs:
            self.capture("last")
            self._run("kill-server")

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [*self._tmux, *words], check=False, capture_output=True, text=True, env=self._world.environment
        )
        assert done.returncode == 0, f"tmux {json.dumps(words)}: {done.stderr}"
        return re.sub(r"[ \t]+$", "", done.stdout, flags=re.MULTILINE) if "-e" not in words else done.stdout
