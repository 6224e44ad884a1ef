"""The languages that retrieval reads: file names, and the grammar with its definitions query.

A table. Must not know: how symbols or imports are found. `grammar` is None where lines are all we use.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Language:
    """`family` groups languages whose files see each other's names (TypeScript and JavaScript)."""

    name: str
    suffixes: tuple[str, ...]
    grammar: tuple[str, str] | None = None  # module and function of the grammar's wheel
    query: str = ""  # file in queries/ without its ending
    family: str = ""


LANGUAGES: Final = (
    Language("python", (".py", ".pyi", ".pyw", ".pyx"), ("tree_sitter_python", "language"), "python"),
    Language("javascript", (".js", ".jsx", ".mjs", ".cjs"), ("tree_sitter_javascript", "language"), "javascript", "js"),
    Language("typescript", (".ts", ".mts", ".cts"), ("tree_sitter_typescript", "language_typescript"), "typescript", "js"),
    Language("tsx", (".tsx",), ("tree_sitter_typescript", "language_tsx"), "typescript", "js"),
    Language("java", (".java",), ("tree_sitter_java", "language"), "java", "jvm"),
    Language("kotlin", (".kt", ".kts"), ("tree_sitter_kotlin", "language"), "kotlin", "jvm"),
    Language("c", (".c", ".h"), ("tree_sitter_c", "language"), "c", "c"),
    Language(
        "cpp", (".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".ipp", ".cu", ".cuh"),
        ("tree_sitter_cpp", "language"), "cpp", "c",
    ),
    Language("csharp", (".cs",), ("tree_sitter_c_sharp", "language"), "csharp"),
    Language("go", (".go",), ("tree_sitter_go", "language"), "go"),
    Language("rust", (".rs",), ("tree_sitter_rust", "language"), "rust"),
    Language("ruby", (".rb", ".rake"), ("tree_sitter_ruby", "language"), "ruby"),
    Language("php", (".php",), ("tree_sitter_php", "language_php"), "php"),
    Language("lua", (".lua",), ("tree_sitter_lua", "language"), "lua"),
    Language("bash", (".sh", ".bash", ".zsh"), ("tree_sitter_bash", "language"), "bash"),
    Language("markdown", (".md", ".markdown", ".mdx"), ("tree_sitter_markdown", "language"), "markdown"),
    Language("html", (".html", ".htm", ".vue", ".svelte")),
    Language("css", (".css", ".scss", ".less")),
    Language("text", (".rst", ".txt", ".toml", ".proto", ".graphql", ".sql", ".cmake")),
    Language("swift", (".swift",)),
    Language("scala", (".scala", ".sc")),
    Language("dart", (".dart",)),
    Language("objc", (".m", ".mm"), family="c"),
    Language("r", (".r",)),
    Language("julia", (".jl",)),
    Language("elixir", (".ex", ".exs")),
    Language("haskell", (".hs",)),
    Language("ocaml", (".ml", ".mli")),
    Language("perl", (".pl", ".pm")),
    Language("powershell", (".ps1",)),
    Language("zig", (".zig",)),
    Language("tsconfig", ()),  # by name, see below: which modules its folder's imports mean
)  # fmt: skip

_CONFIG: Final = re.compile(r"(?:tsconfig|jsconfig)(?:\.[\w.-]+)?\.json")
BY_SUFFIX: Final = MappingProxyType({suffix: row for row in LANGUAGES for suffix in row.suffixes})
BY_NAME: Final = MappingProxyType({row.name: row for row in LANGUAGES})


@lru_cache(maxsize=4096)  # asked for the same paths many times in one query
def language_of(path: str) -> Language | None:
    """The language of a file by its name; None for one that is not indexed."""
    name = path.rpartition("/")[2]
    if _CONFIG.fullmatch(name):
        return BY_NAME["tsconfig"]
    dot = name.rfind(".")
    return BY_SUFFIX.get(name[dot:].lower()) if dot >= 0 else None


@lru_cache(maxsize=4096)
def family_of(path: str) -> str:
    """Files of one family can use each other's definitions."""
    row = language_of(path)
    return (row.family or row.name) if row else ""
