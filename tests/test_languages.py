import re
from importlib import resources
from pathlib import PurePath

import pytest

from abacus_lsp.languages import LANGUAGES, Language, by_id, by_path
from abacus_lsp.parsing import LEAF_CAPTURES, OUTLINE_CAPTURES, load, queries_for

WITH_GRAMMAR = [language for language in LANGUAGES if language.grammar]


@pytest.mark.parametrize("language", WITH_GRAMMAR, ids=lambda language: language.id)
def test_every_query_compiles_and_keeps_to_the_closed_set(language: Language):
    queries = load(language)
    captures = {queries.outline.capture_name(number) for number in range(queries.outline.capture_count)}
    unknown = {name for name in captures if not name.startswith("_")} - OUTLINE_CAPTURES - LEAF_CAPTURES
    assert not unknown


def test_every_query_file_belongs_to_a_row():
    folder = resources.files("abacus_lsp.languages") / "queries"
    files = {file.name for file in folder.iterdir() if file.name.endswith(".scm")}
    assert files == {language.query_file for language in WITH_GRAMMAR}


def test_the_closed_set_is_documented():
    page = (resources.files("abacus_lsp.languages") / "queries" / "README.md").read_text(encoding="utf-8")
    table = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `@")]
    assert set(re.findall(r"`@([a-z.]+)`", " ".join(table))) == OUTLINE_CAPTURES | LEAF_CAPTURES


def test_no_two_rows_claim_the_same_name():
    names = [name for row in LANGUAGES for name in (row.id, *row.aliases)]
    extensions = [extension for row in LANGUAGES for extension in (*row.extensions, *row.filenames)]
    assert sorted(names) == sorted(set(names))
    assert sorted(extensions) == sorted(set(extensions))
    assert all(text == text.lower() for text in names + extensions)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.id)
def test_opening_patterns_compile_and_match_no_empty_line(language: Language):
    assert not re.search(language.opens, "")


@pytest.mark.parametrize(
    ("language_id", "name"),
    [
        ("python", "Python"),
        ("javascriptreact", "JavaScript"),
        ("typescriptreact", "TSX"),
        ("shellscript", "Bash"),
        ("bash", "Bash"),
        ("cpp", "C++"),
        ("csharp", "C#"),
        ("SQL", "SQL"),
        ("dockerfile", "Dockerfile"),
        ("brainfuck", "brainfuck"),
        ("", "text"),
    ],
)
def test_by_id(language_id: str, name: str):
    assert by_id(language_id).name == name


@pytest.mark.parametrize(
    ("path", "language_id"),
    [
        ("src/a.py", "python"),
        ("a.TSX", "typescriptreact"),
        ("a/b.test.ts", "typescript"),
        ("Makefile", "makefile"),
        ("docker/Dockerfile", "dockerfile"),
        ("张三/CMakeLists.txt", "cmake"),
        ("main.R", "r"),
        ("a.h", "cpp"),
        ("README", ""),
        ("a.unknown", ""),
    ],
)
def test_by_path(path: str, language_id: str):
    assert by_path(PurePath(path)).id == language_id


def test_a_grammar_that_is_missing_or_does_not_fit_is_no_grammar():
    assert queries_for(Language("x", "X", grammar="tree_sitter_no_such:language")) is None
    assert queries_for(Language("x", "X", grammar="tree_sitter_python:no_such")) is None
    assert queries_for(Language("x", "X", grammar="tree_sitter_python:language", query="java.scm")) is None
