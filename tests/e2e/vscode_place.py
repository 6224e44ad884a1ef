"""A real VS Code (code-server) with our packaged extension, in a real browser, in a user's private world.

`vscode/driver.mjs` knows the page; here is how the two processes are started, spoken to and ended.
"""

import json
import re
import shutil
import socket
import subprocess
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
from vscode_parts import DRIVER, Parts
from world import WAIT_S, World, wait_until

STATUS = '.statusbar-item[id="abacus-lsp.abacus-lsp.abacus"] a'
NO_GALLERY = '{"serviceUrl":""}'
# Nothing here touches suggestions: what a user who never set anything has.
QUIET = {
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "telemetry.telemetryLevel": "off",
    "security.workspace.trust.enabled": False,
    "chat.disableAIFeatures": True,
    "git.enabled": False,
    "files.hotExit": "off",
    "extensions.ignoreRecommendations": True,
    "editor.minimap.enabled": False,
    "workbench.activityBar.location": "hidden",
    "workbench.layoutControl.enabled": False,
    "window.commandCenter": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
}
FLAGS = (
    "--auth",
    "none",
    "--disable-telemetry",
    "--disable-update-check",
    "--disable-getting-started-override",
)


class Failed(AssertionError):
    """The driver could not do it; the message is the browser's."""


def install(parts: Parts, folder: Path) -> Path:
    """The VSIX installed the way a user does it; the folder of extensions."""
    extensions = folder / "extensions"
    command = [parts.node, parts.code_server, "--config", _config(folder), "--user-data-dir", folder / "none"]
    command += ["--extensions-dir", extensions, "--install-extension", parts.vsix]
    done = subprocess.run(command, env=parts.environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return extensions


class VsCode:
    """One window on the world's project.

    Args:
        settings: the user's, over `QUIET`.
        machine: those of machine scope: behind a remote connection, VS Code keeps them in a file of their own.
        environment: over the world's.
    """

    def __init__(
        self,
        parts: Parts,
        extensions: Path,
        world: World,
        *,
        settings: dict[str, Any] | None = None,
        machine: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.world = world
        self._parts = parts
        self._data = world.folder / "code"
        shutil.rmtree(self._data, ignore_errors=True)
        self._write("User", QUIET | (settings or {}))
        self._write("Machine", machine or {})
        held = world.environment | (environment or {})
        # VS Code takes PATH from a login shell, as on a user's machine.
        (world.home / ".profile").write_text(f"export PATH='{held['PATH']}'\n", encoding="utf-8")
        self.port = _free_port()
        self.log = world.folder / "code-server.log"
        self._out = self.log.open("wb")
        command = [
            parts.node,
            parts.code_server,
            "--config",
            _config(world.folder),
            *FLAGS,
        ]
        command += ["--bind-addr", f"127.0.0.1:{self.port}", "--user-data-dir", self._data]
        command += ["--extensions-dir", extensions]
        self._server = subprocess.Popen(
            list(map(str, command)),
            env=held | {"EXTENSIONS_GALLERY": NO_GALLERY, "SHELL": "/bin/bash"},
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )
        self._driver = subprocess.Popen(
            [parts.node, DRIVER / "driver.mjs"],
            env=parts.environment | {"PLAYWRIGHT": str(parts.playwright), "CHROMIUM": str(parts.browser)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"
        wait_until(self._is_up, lambda: f"code-server: {self.log.read_text(errors='replace')[-2000:]}")

    def do(self, action: str, **given: Any) -> Any:
        """One action of the driver; its result."""
        assert self._driver.stdin is not None
        self._driver.stdin.write(json.dumps({"action": action, **given}) + "\n")
        self._driver.stdin.flush()
        return self._answer()

    def open(self, name: str, *, line: int = 0, column: int = 0) -> None:
        """Open a file of the project in the window, the cursor at a place (counted from 1; 0: where it is)."""
        path = self.world.project / name
        host = f"vscode-remote://127.0.0.1:{self.port}"
        target = f"{host}{path}" + (f":{line}:{column}" if line else "")
        options = [["openFile", target]] + ([["gotoLineMode", "true"]] if line else [])
        payload = quote(json.dumps(options))
        self.do("open", url=f"http://127.0.0.1:{self.port}/?folder={self.world.project}&payload={payload}")
        self.do("editor")

    def switch(self, name: str) -> None:
        """To another file, as a user does: by its name."""
        self.press("Control+p")
        self.do("waitFor", selector=".quick-input-widget input")
        self.type(name)
        self.do("waitFor", selector=f'.quick-input-list .monaco-list-row.focused:has-text("{name}")')
        self.press("Enter")
        # The tab is there before the text has the focus.
        self.do("waitFor", selector=f'.monaco-editor.focused[data-uri$="/{name}"]')

    def type(self, text: str, delay: int = 0) -> None:
        self.do("type", text=text, delay=delay)

    def press(self, *keys: str) -> None:
        self.do("press", keys=keys)

    def palette(self, title: str) -> None:
        """Run a command by its title, without the category."""
        self.do("palette", title=title)

    def menu(self, entry: str) -> None:
        """Click our item in the status bar, pick an entry, go back to the text."""
        self.do("click", selector=STATUS)
        self.do("pick", text=entry)
        self.do("editor")

    def ghost(self, text: str | None = None, seconds: float = 30) -> str:
        """The grey text: once it is `text`, or once there is some."""
        if text is None:
            return self.do("ghostIs", text="", **{"not": True}, ms=seconds * 1000)
        return self.do("ghostIs", text=text, ms=seconds * 1000)

    def holds(self, name: str, text: str) -> None:
        """Save, and see that this is what the file holds."""
        path = self.world.project / name
        self.press("Control+s")
        wait_until(
            lambda: path.read_text(encoding="utf-8") == text,
            lambda: f"{name} to hold {text!r}; it holds {path.read_text(encoding='utf-8')!r}",
            20,
        )

    def status(self, icon: str = "check", seconds: float = WAIT_S) -> dict[str, str]:
        """Our item in the status bar, once it shows this icon (a regular expression)."""

        def shown() -> dict[str, str] | None:
            held = self.do("status")
            return held if held and re.fullmatch(icon, held["icon"]) else None

        return wait_until(shown, lambda: f"{icon} in the status bar: {self.do('status')}", seconds)

    def user_settings(self, which: str = "User") -> dict[str, Any]:
        return json.loads((self._data / which / "settings.json").read_text("utf-8"))

    def picture(self, path: Path) -> None:
        self.do("screenshot", path=str(path))

    def close(self) -> None:
        """End what was started here: the browser, VS Code and its children."""
        with self._out, self._driver, self._server:
            try:
                self.do("close")
                self._driver.wait(20)
            finally:
                self._driver.kill()
                held = [psutil.Process(self._server.pid)]
                held += held[0].children(recursive=True)
                self._server.terminate()
                _, alive = psutil.wait_procs(held, timeout=15)
                for process in alive:
                    process.kill()

    def _answer(self) -> Any:
        assert self._driver.stdout is not None
        line = self._driver.stdout.readline()
        held = json.loads(line) if line else {"error": "the driver has ended"}
        if "error" in held:
            raise Failed(held["error"])
        return held["result"]

    def _is_up(self) -> bool:
        assert self._server.poll() is None, self.log.read_text(errors="replace")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                return True
        except OSError:
            return False

    def _write(self, which: str, settings: dict[str, Any]) -> None:
        path = self._data / which / "settings.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(settings), encoding="utf-8")


def _config(folder: Path) -> Path:
    path = folder / "code-server.yaml"
    path.write_text("auth: none\ncert: false\n", encoding="utf-8")
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
