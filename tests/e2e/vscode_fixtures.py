"""Fixtures of the VS Code tests: what they need fetched once, an editor started in the test's world."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import fetch
import pytest
import vscode_parts
from vscode_place import VsCode, install
from world import World

Start = Callable[..., VsCode]


@pytest.fixture(scope="session")
def parts() -> vscode_parts.Parts:
    """Node, code-server, the browser, our VSIX; without them the tests are skipped, and say what is missing."""
    try:
        return vscode_parts.parts()
    except fetch.Missing as missing:
        pytest.skip(f"vscode: {missing}")


@pytest.fixture(scope="session")
def extensions(parts: vscode_parts.Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The VSIX, installed into a fresh folder."""
    return install(parts, tmp_path_factory.mktemp("vscode"))


@pytest.fixture
def start(parts: vscode_parts.Parts, extensions: Path, world: World, artefacts: Path) -> Iterator[Start]:
    """Starts VS Code on the world; the last picture of it is kept."""
    held: list[VsCode] = []

    def started(**options: object) -> VsCode:
        held.append(VsCode(parts, extensions, world, **options))
        return held[-1]

    yield started
    for code in held:
        try:
            code.picture(artefacts / "last.png")
        finally:
            code.close()


@dataclass(frozen=True, slots=True)
class Page:
    """An empty file of its own in an editor that others use too."""

    code: VsCode
    name: str

    def holds(self, text: str) -> None:
        """Save, and see that this is what the file holds."""
        self.code.holds(self.name, text)


@pytest.fixture(scope="module")
def shared(parts: vscode_parts.Parts, extensions: Path, request: pytest.FixtureRequest) -> Iterator[VsCode]:
    """One editor with default settings for a module's tests; its `ANSWERS` are the model's."""
    with tempfile.TemporaryDirectory(prefix="abacus-e2e-") as held:
        world = World(Path(held) / "world", Path(held))
        world.answers(request.module.ANSWERS)
        # All of them before the editor looks: its search remembers which files there were.
        mine = [item.name for item in request.session.items if item.path == request.path]
        for name in ("first", "second", *mine):
            world.write(f"{name}.py", "")
        code = VsCode(parts, extensions, world)
        try:
            code.open("first.py")
            assert code.status()["text"].endswith("scripted")
            yield code
        finally:
            code.close()
            world.close_house()


@pytest.fixture
def page(shared: VsCode, request: pytest.FixtureRequest, artefacts: Path) -> Iterator[Page]:
    """An empty Python file; the last picture is kept."""
    name = f"{request.node.name}.py"
    shared.switch(name)
    yield Page(shared, name)
    shared.picture(artefacts / "last.png")
