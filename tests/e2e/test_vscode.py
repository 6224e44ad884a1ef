"""VS Code with its default settings: grey text, the whole of it, parts, typing through, Chinese."""

from collections.abc import Callable, Iterator
from pathlib import Path

import fetch
import pytest
import vscode_parts
from vscode_place import VsCode, install
from world import World


@pytest.fixture(scope="session")
def parts() -> vscode_parts.Parts:
    try:
        return vscode_parts.parts()
    except fetch.Missing as missing:
        pytest.skip(f"vscode: {missing}")


@pytest.fixture(scope="session")
def extensions(parts: vscode_parts.Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(parts, tmp_path_factory.mktemp("vscode"))


Start = Callable[..., VsCode]


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
            (artefacts / "output.log").write_text(code.output(), "utf-8")
        finally:
            code.close()


def test_grey_text_and_all_of_it(start: Start, world: World) -> None:
    world.answers({"def area(w, h):\n    ": "return w * h"})
    world.write("a.py", "")
    code = start()
    code.open("a.py")
    assert code.status()["text"].endswith("scripted")
    code.type("def area(w, h):\n")
    assert code.ghost("return w * h") == "return w * h"
    code.press("Tab")
    code.holds("a.py", "def area(w, h):\n    return w * h")
