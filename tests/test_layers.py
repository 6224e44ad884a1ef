"""The shape of the house, checked: imports point down, modules fit on a few screens, imports do nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS: list[set[str]] = [
    {"retrieval"},
    {"languages", "document", "cancel", "settings", "schema", "translations"},
    {
        "configuration",
        "narrowing",
        "site",
        "parsing",
        "leaves",
        "brackets",
        "indentation",
        "offside",
        "syntax",
        "window",
        "outline",
        "fitting",
        "columns",
        "intent",
    },
    {"prompts", "engines", "models", "turns", "ledger", "meter"},
    {"completion", "docstrings", "workspace", "indexes", "shared_index", "ceiling"},
    {"proto", "session", "background", "uses", "flight", "hesitation", "launch", "host", "status"},
    {"server", "evaluation", "daemon"},
    {"cli", "__main__"},
]
MODULES = sorted((ROOT / "abacus_lsp").rglob("*.py")) + sorted((ROOT / "retrieval").rglob("*.py"))
LONGEST_MODULE = 300


def layer(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if name in names)


def imported(path: Path) -> set[str]:
    """Absolute names that a module imports, in functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            names.update(
                {f"{module}.{alias.name}" for alias in node.names} if module == "abacus_lsp" else {module}
            )
    return names


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_imports_point_down(path: Path) -> None:
    parts = path.relative_to(ROOT).with_suffix("").parts
    own = parts[0] if parts[0] == "retrieval" else parts[1]
    if own == "__init__":
        return
    for name in imported(path):
        top, _, rest = name.partition(".")
        if top == "retrieval":
            assert own == "retrieval" or layer(own) >= layer("retrieval")
        elif top == "abacus_lsp":
            assert own != "retrieval", f"retrieval stands alone, but imports {name}"
            other = rest.split(".")[0]
            assert other == "__version__" or layer(other) <= layer(own), f"{ids(path)} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_only_the_border_knows_lsp(path: Path) -> None:
    if path.name == "proto.py" or path.parent.name == "server":
        return
    assert not {name for name in imported(path) if name.split(".")[0] in ("pygls", "lsprotocol")}


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_a_module_fits_on_a_few_screens(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_MODULE, f"{ids(path)} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_modules_say_what_they_are(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert path.stat().st_size == 0 or ast.get_docstring(tree), f"{ids(path)} has no charter"


def test_starting_the_server_imports_no_engine() -> None:
    code = (
        "import sys; import abacus_lsp.server, abacus_lsp.session, abacus_lsp.cli.compose;"
        "heavy = {'torch', 'transformers', 'xllamacpp', 'huggingface_hub', 'rich'} & set(sys.modules);"
        "print(*sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == ""
