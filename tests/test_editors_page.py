"""The pages of editors are in step with the end-to-end tests: the table, and every set-up that claims to be tested.

UPDATE_GOLDEN=1 writes the table of docs/editors.md anew.
"""

import ast
import os
import re
from pathlib import Path

import pytest
from features import EDITORS, FEATURES, NONE

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "editors.md"
E2E = ROOT / "tests" / "e2e"
PAGES = sorted([ROOT / "README.md", *ROOT.glob("editors/*/README.md")])


def names_in(module: str) -> set[str]:
    tree = ast.parse((E2E / module).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def place(test: str, module: str) -> tuple[str, str]:
    """Module and name of a test of the table."""
    other, _, name = test.rpartition("::")
    return other or module, name


def table() -> str:
    head = ["feature 功能", *EDITORS]
    rows = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for english, chinese, tests in FEATURES:
        cells = [f"{english}<br>{chinese}"]
        for editor in EDITORS.values():
            module, test = place(tests[editor], editor)
            title = test.removeprefix("test_").replace("_", " ")
            cells.append("–" if test == NONE else f"[{title}](../tests/e2e/{module})")
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def test_the_table_is_that_of_the_tests():
    text = PAGE.read_text("utf-8")
    held = re.compile(r"^(?:\| feature .*\n(?:\|.*\n)+|TABLE\n)", re.MULTILINE)
    assert len(held.findall(text)) == 1
    wanted = held.sub(lambda _: table(), text)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(wanted, "utf-8")
    assert PAGE.read_text("utf-8") == wanted, f"behind: UPDATE_GOLDEN=1 pytest {__file__}"


@pytest.mark.parametrize("module", EDITORS.values())
def test_every_test_in_the_table_exists(module: str):
    for _, _, tests in FEATURES:
        where, name = place(tests[module], module)
        assert name == NONE or name in names_in(where)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_set_up_that_is_marked_is_executed(page: Path):
    """`<!-- test: NAME -->` above a block: some end-to-end test takes the block of that name from that page."""
    modules = "".join(path.read_text("utf-8") for path in E2E.glob("test_*.py"))
    for name in re.findall(r"^<!-- test: ([\w-]+) -->$", page.read_text("utf-8"), re.MULTILINE):
        assert re.search(rf'block\([^)]*"{name}"\)', modules), name
