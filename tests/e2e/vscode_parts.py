"""What the VS Code tests need besides this project: Node, code-server, playwright-core, a browser, our VSIX.

    python tests/e2e/vscode_parts.py      # fetches all of it, and says where it is

npm's and the system's own package managers do the fetching; npm's parts lie in a cache outside the repository. The
browser is the system's: where there is none, it is installed if this process may, else the message says how.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fetch import Missing, cache

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editors" / "vscode"
DRIVER = Path(__file__).parent / "vscode"
NODE, CODE_SERVER = "24.21.0", "4.139.1"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = (
    "chromium",
    "fonts-dejavu-core",
    "fonts-wqy-microhei",
)  # a browser; Latin and Chinese in the pictures


@dataclass(frozen=True, slots=True)
class Parts:
    """Where everything is: programs, the folder of playwright-core's package, the packaged extension."""

    node: Path
    code_server: Path
    playwright: Path
    browser: Path
    vsix: Path

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment with our Node in front."""
        return os.environ | {"PATH": f"{self.node.parent}{os.pathsep}{os.environ['PATH']}"}


def parts() -> Parts:
    """Fetch what is not there yet; build the extension.

    Raises:
        Missing: there is no npm, or no browser and no way to install one.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("npm was not found: install Node.js (Debian: apt-get install npm)")
    node = _package(npm, f"node-{NODE}", {"node": NODE}) / "node" / "bin" / "node"
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    code_server = _code_server(npm, environment)
    wanted: dict[str, Any] = json.loads((DRIVER / "package.json").read_text("utf-8"))["dependencies"]
    playwright = _package(npm, f"playwright-{wanted['playwright-core']}", wanted).parent
    return Parts(node, code_server, playwright, _browser(), _vsix(npm, environment))


def _package(npm: str, name: str, dependencies: dict[str, str], *more: str) -> Path:
    """node_modules with these packages, kept under a name that holds their version."""
    folder = cache() / "vscode" / name
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        held = {"name": "parts", "version": "1.0.0", "private": True, "dependencies": dependencies}
        (folder / "package.json").write_text(json.dumps(held), "utf-8")
        _run([npm, "install", "--no-audit", "--no-fund", *more], folder)
        (folder / "done").touch()
    return folder / "node_modules"


def _code_server(npm: str, environment: dict[str, str]) -> Path:
    # Without scripts: they build native modules that only a password or a remote shell would need.
    program = (
        _package(npm, f"code-server-{CODE_SERVER}", {"code-server": CODE_SERVER}, "--ignore-scripts")
        / "code-server"
    )
    inside = program / "lib" / "vscode"
    if not (inside / "done").exists():
        _run(
            [npm, "install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], inside, environment
        )
        (inside / "done").touch()
    return program


def _browser() -> Path:
    held = _found()
    if held is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _run(["apt-get", "update", "-q"], ROOT)
        _run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES], ROOT)
        held = _found()
    if held is None:
        raise Missing(
            f"no browser was found ({', '.join(BROWSERS)}); Debian: apt-get install {' '.join(PACKAGES)}"
        )
    return held


def _found() -> Path | None:
    named = os.environ.get("ABACUS_TEST_BROWSER")
    held = [named] if named else [shutil.which(name) for name in BROWSERS]
    return next((Path(each) for each in held if each), None)


def _vsix(npm: str, environment: dict[str, str]) -> Path:
    """The extension, built anew whenever something of it, or of the server it carries, changed."""
    out = EXTENSION / "abacus-lsp.vsix"
    sources = [*EXTENSION.glob("*.json"), *EXTENSION.glob("*.mjs"), EXTENSION / "README.md"]
    sources += [
        *EXTENSION.glob("src/*"),
        *EXTENSION.glob("l10n/*"),
        *EXTENSION.glob("media/*"),
        ROOT / "pyproject.toml",
    ]
    sources += [
        *ROOT.glob("abacus_lsp/**/*.py"),
        *ROOT.glob("abacus_lsp/**/*.scm"),
        *ROOT.glob("retrieval/**/*.py"),
    ]
    if not out.exists() or any(each.stat().st_mtime > out.stat().st_mtime for each in sources):
        if not (EXTENSION / "node_modules" / "esbuild").exists():
            _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], EXTENSION, environment)
        # Not `_run`: what cannot be fetched is missing, what cannot be built is broken, and no test may be skipped for it.
        command = [npm, "run", "--silent", "package"]
        subprocess.run(command, cwd=EXTENSION, env=environment | {"PYTHON": sys.executable}, check=True)
    return out


def _run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"{' '.join(command)}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


if __name__ == "__main__":
    try:
        print(parts())
    except Missing as error:
        sys.exit(f"vscode: {error}")
