"""VS Code on a machine without the server: it is installed; without Python: what to do is said."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from vscode_fixtures import Start, extensions, parts, start
from vscode_parts import EXTENSION, Parts
from world import World

from abacus_lsp import __version__

__all__ = ["extensions", "parts", "start"]

AREA = "def area(w, h):\n    "
BODY = "return w * h"
INDEX = ("PIP_", "UV_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def package_index() -> dict[str, str]:
    """How this machine's pip reaches its index, for a user whose home is elsewhere."""
    held = {name: value for name, value in os.environ.items() if name.startswith(INDEX)}
    user = Path.home() / ".config" / "pip" / "pip.conf"
    if user.exists():
        held.setdefault("PIP_CONFIG_FILE", str(user))
    cached = subprocess.run(
        [sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=False
    )
    return held | ({"PIP_CACHE_DIR": cached.stdout.strip()} if cached.returncode == 0 else {})


def bare_path(folder: Path, *programs: str) -> str:
    """A PATH with the system's basic tools and these programs, and no abacus-lsp."""
    made = folder / "bin"
    made.mkdir()
    for program in programs:
        (made / Path(program).name).symlink_to(program)
    return str(made)


def test_types_style_and_parts_of_the_extension(parts: Parts) -> None:
    command = ["npm", "run", "--silent", "check"]
    done = subprocess.run(
        command, cwd=EXTENSION, env=parts.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def test_what_the_package_holds(parts: Parts) -> None:
    with zipfile.ZipFile(parts.vsix) as held:
        names = {name.removeprefix("extension/") for name in held.namelist()}
    wheel = f"server/abacus_lsp-{__version__}-py3-none-any.whl"
    assert {"dist/extension.js", "package.nls.zh-cn.json", "l10n/bundle.l10n.zh-cn.json", wheel} <= names
    assert not [name for name in names if name.startswith(("src/", "test/", "node_modules/"))]


def test_the_first_start_installs_the_server_it_carries(start: Start, world: World) -> None:
    world.answers({AREA: BODY})
    world.write("a.py", "")
    python = Path(sys.base_prefix) / "bin" / "python3"
    if not python.exists():
        pytest.skip(f"{python} is missing")
    path = bare_path(world.folder, "/bin/sh", "/usr/bin/env")
    code = start(environment=package_index() | {"PATH": path}, machine={"abacus.server.python": str(python)})
    code.open("a.py")
    code.do("waitFor", selector=".notification-toast:has-text('installing the server')")
    assert code.status("check|error", seconds=420)["text"].endswith("scripted")
    assert any("server-" in word for process in world.processes() for word in process.cmdline())
    code.type(AREA.strip() + "\n")
    assert code.ghost(BODY) == BODY


@pytest.mark.parametrize(
    ("python", "said"),
    [(None, "No Python was found"), ("echo 3.8 1", "older than 3.11"), ("echo 3.12 0", "python3-venv")],
    ids=["none", "old", "no-venv"],
)
def test_without_a_python_it_says_what_to_do(
    start: Start, world: World, python: str | None, said: str
) -> None:
    world.write("a.py", "")
    path = bare_path(world.folder, "/bin/sh")
    if python is not None:
        program = Path(path) / "python3"
        program.write_text(f"#!/bin/sh\n{python}\n")
        program.chmod(0o755)
    code = start(environment={"PATH": path})
    code.open("a.py")
    assert said in code.status("error")["label"]
    code.do("waitFor", selector=f".notification-toast:has-text({said!r})")
    code.type("x = 1")  # the editor is none the worse
    code.holds("a.py", "x = 1")


def test_a_program_that_is_not_there_is_named(start: Start, world: World) -> None:
    world.write("a.py", "")
    code = start(machine={"abacus.server.path": "/nowhere/abacus-lsp"})
    code.open("a.py")
    assert "/nowhere/abacus-lsp" in code.status("error")["label"]
