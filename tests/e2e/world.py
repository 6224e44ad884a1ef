"""A user's private world: home, settings, a project, and the server's processes in it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import psutil

WAIT_S = float(
    os.environ.get("ABACUS_E2E_WAIT_S", "60")
)  # a deadline, not a pace: how long a slow machine may take
_KEPT = ("PATH", "TMPDIR", "SSL_CERT_FILE", "LD_LIBRARY_PATH")


class World:
    """Folders of one user, who has never run an editor before.

    Args:
        folder: an empty one of this world's own.
        house: what it shares with worlds before it: the daemon, so that not every test waits for one to start.

    Attributes:
        project: a project in git.
        environment: all of it; nothing else of the environment of the tests comes in.
        server: the command of the language server, as a name on the PATH.
    """

    server = "abacus-lsp"

    def __init__(self, folder: Path, house: Path) -> None:
        self.folder = folder
        self.project = folder / "shop"
        self.home = house / "home"
        shutil.rmtree(self.home, ignore_errors=True)
        self.config = folder / "config.toml"
        for made in (self.project, self.home, house / "run", house / "abacus"):
            made.mkdir(parents=True, exist_ok=True)
        (house / "run").chmod(0o700)
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        held = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.environment = held | {
            "PATH": programs,
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_DATA_HOME": str(self.home / ".local" / "share"),
            "XDG_STATE_HOME": str(self.home / ".local" / "state"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_RUNTIME_DIR": str(house / "run"),
            "ABACUS_HOME": str(house / "abacus"),
            "ABACUS_CONFIG": str(self.config),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }
        # A real one: Emacs asks git for a project's files.
        subprocess.run(["git", "init", "-q", self.project], check=True, env=self.environment)
        self.answers({})

    def answers(self, answers: Mapping[str, str | list[str]], seconds: float = 0) -> Path:
        """From now on the server answers by this script (`engines/scripted.py`): {end of prompt: text}."""
        path = self.folder / "script.json"
        held = {"answers": answers, "seconds": seconds}
        path.write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")
        self.settings(engine="scripted", model=str(path), completion={"debounceMs": 0})
        return path

    def settings(self, **settings: object) -> None:
        """The user's settings file."""
        held = {name: value for name, value in settings.items() if not isinstance(value, dict)}
        lines = [f"{name} = {json.dumps(value)}" for name, value in held.items()]
        for name, section in settings.items():
            if isinstance(section, dict):
                lines += [
                    "",
                    f"[{name}]",
                    *(f"{key} = {json.dumps(value)}" for key, value in section.items()),
                ]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def write(self, name: str, text: str) -> Path:
        """A file of the project."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def processes(self) -> Iterator[psutil.Process]:
        """The server's processes in this world."""
        for process in psutil.process_iter():
            try:
                if process.environ().get("ABACUS_HOME") != self.environment["ABACUS_HOME"]:
                    continue
                words = process.cmdline()
            except psutil.Error:
                continue
            if any(
                Path(word).name in ("abacus-lsp", "abacus_lsp") or word == "abacus_lsp" for word in words[:4]
            ):
                yield process

    def ready(self) -> bool:
        """Whether the daemon serves a client in this project with a model that is there."""
        command = [sys.executable, "-m", "abacus_lsp", "daemon", "status", "--json"]
        done = subprocess.run(command, env=self.environment, capture_output=True, check=False, text=True)
        told = json.loads(done.stdout)[0] if done.returncode == 0 and done.stdout.strip("[] \n") else {}
        here = any(client["folder"] == str(self.project) for client in told.get("clients", ()))
        return here and any(
            model["state"] == "ready" and model["clients"] for model in told.get("models", ())
        )

    def kill_servers(self, *, daemon: bool = False) -> int:
        """All of them at once, as a crash would, or the daemon alone; how many there were."""
        held = [process for process in self.processes() if not daemon or "daemon" in process.cmdline()]
        for process in held:
            process.kill()
        # Dead is enough: an editor may not ask for a long time how its server ended (Helix).
        wait_until(lambda: not any(map(_lives, held)), "the killed servers' end")
        return len(held)

    def close_house(self) -> None:
        """End what still runs: the daemon, politely first."""
        command = [sys.executable, "-m", "abacus_lsp", "daemon", "stop"]
        subprocess.run(command, env=self.environment, capture_output=True, check=False, timeout=WAIT_S)
        self.kill_servers()


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


T = TypeVar("T")


def wait_until(condition: Callable[[], T], what: str | Callable[[], str], seconds: float = WAIT_S) -> T:
    """Ask until the answer is true.

    Raises:
        AssertionError: it did not become so in time; says what was waited for.
    """
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s for {what() if callable(what) else what}")
        time.sleep(0.02)
