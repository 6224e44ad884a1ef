"""What every end-to-end test of an editor stands on: the editor, a user's private world, a place for captures.

An editor that cannot be had on this machine skips its tests, and the reason says what is missing. `Missing` is
raised by whatever fetches an editor (`fetch.py`, a module of another editor).
"""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import fetch
import pytest
from models_here import gguf
from terminal import Terminal
from world import World

ROOT = Path(__file__).parent.parent.parent
Find = Callable[[str], Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is `e2e`."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def find() -> Find:
    """The program of an editor by its name (`fetch.py`), fetched when it is first asked for."""

    def program(name: str) -> Path:
        try:
            return fetch.editor(name)
        except fetch.Missing as missing:
            pytest.skip(f"{name}: {missing}")

    return program


@pytest.fixture(scope="session")
def house() -> Iterator[Path]:
    """Where the daemon of all tests lives; a test may kill it, the next one starts another."""
    # Short names, for sockets lie below it; not below pytest's own long ones.
    with tempfile.TemporaryDirectory(prefix="abacus-e2e-") as held:
        try:
            yield Path(held)
        finally:
            World(Path(held) / "end", Path(held)).close_house()


@pytest.fixture
def world(house: Path) -> Iterator[World]:
    """A user's private home with a project, and `abacus-lsp` on the PATH."""
    with tempfile.TemporaryDirectory(prefix="abacus-e2e-") as held:
        yield World(Path(held), house)


@pytest.fixture
def real_world(world: World) -> World:
    """The same with the real trial model."""
    world.settings(model=str(gguf("gemma")))
    return world


@pytest.fixture
def artefacts(request: pytest.FixtureRequest) -> Path:
    """Where this test leaves captures and pictures: `ABACUS_E2E_ARTEFACTS`, else build/e2e in the checkout."""
    folder = Path(os.environ.get("ABACUS_E2E_ARTEFACTS") or ROOT / "build" / "e2e")
    folder = folder / re.sub(r"[^\w.-]+", "-", f"{request.node.path.stem}-{request.node.name}").strip("-")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def terminal(world: World, find: Find, artefacts: Path) -> Iterator[Terminal]:
    """A real terminal (tmux); its last screen is kept."""
    made = Terminal(find("tmux"), world, artefacts)
    try:
        yield made
    finally:
        made.close()
