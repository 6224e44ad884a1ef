"""The second opinion on docstrings finds what is missing in every language; the command says so and ends with 1."""

import json
from pathlib import Path

import pytest

from abacus_lsp.cli import build_parser
from abacus_lsp.docstrings import items, write
from abacus_lsp.docstrings.choose import Manner
from abacus_lsp.docstrings.styles import STYLE_OF
from abacus_lsp.document import Snapshot
from abacus_lsp.evaluation import docstrings, oracle
from abacus_lsp.evaluation.claims import Claims, claims_of

JUDGED = [
    (
        "python",
        (
            'def f(first, other):\n    """D.\n\n    Args:\n        first: A.\n        other: B.\n\n    Returns:\n'
            '        C.\n\n    Raises:\n        KeyError: D.\n    """\n    if first:\n        raise KeyError\n    return 1\n'
        ),
    ),
    (
        "javascript",
        (
            "/**\n * D.\n *\n * @param {*} first - A.\n * @param {*} other - B.\n * @returns {*} C.\n * @throws {KeyError} D.\n"
            " */\nfunction f(first, other = 'x, )') {\n  g(function () { return 2; });\n"
            "  if (first) throw new KeyError('}');\n  return /[)}]/;\n}\n"
        ),
    ),
    (
        "typescript",
        (
            "/**\n * D.\n *\n * @param first - A.\n * @param other - B.\n * @returns C.\n * @throws {KeyError} D.\n */\n"
            "export function f<T extends {a: 1}>(this: T, first: Map<string, (x: T) => T>, ...other: T[]): { a: T } {\n"
            "  throw new KeyError();\n}\n"
        ),
    ),
    (
        "java",
        (
            "/**\n * D.\n *\n * @param <T> T.\n * @param first A.\n * @param other B.\n * @return C.\n"
            ' * @throws KeyError D.\n */\n@Deprecated(since = "1")\npublic <T extends Comparable<T>> List<T> f('
            "final Map<String, T> first, int... other) throws a.b.KeyError {\n    return null;\n}\n"
        ),
    ),
    (
        "go",
        (
            "package a\n\n// f is one.\n//\n// Parameters:\n//   - first: A.\n//   - other: B.\n//\n// Returns:\n//   - n: C.\n"
            "func (r *T) f(first, other map[string]func(x int) int) (n int, err error) { return }\n"
        ),
    ),
    (
        "rust",
        (
            "/// D.\n///\n/// # Arguments\n///\n/// * `first` - A.\n/// * `other` - B.\n///\n/// # Returns\n///\n/// C.\n///\n"
            "/// # Errors\n///\n/// E.\n#[inline]\npub fn f<'a, T>(&'a self, first: &'a str, mut other: Vec<(T, T)>)"
            " -> Result<T, KeyError> { Err(KeyError) }\n"
        ),
    ),
    (
        "c",
        (
            "/**\n * @brief D.\n *\n * @param first A.\n * @param other B.\n * @return C.\n */\n"
            "static char *f(const char *first, void (*other)(int unused)) { return 0; }\n"
        ),
    ),
    (
        "cpp",
        (
            "/**\n * @brief D.\n *\n * @tparam T T.\n * @param first A.\n * @param other B.\n * @return C.\n * @throws KeyError D.\n"
            " */\ntemplate <typename T> T f(const std::map<int, T>& first, int other = g(1, 2)) { throw KeyError(1); }\n"
        ),
    ),
]
GONE = ("first", "other", "return", "raise")


def judged(language: str, text: str) -> list[str] | None:
    """What the second opinion misses of the function `f`."""
    (item,) = [one for one in items.items_in(Snapshot("", language, text)) if one.name == "f"]
    if language == "python":
        return oracle.lacking(text, text, "f", item.span.start, method=False)
    return oracle.lacking_in_text(language, text, item.span.start, item.name)


@pytest.mark.parametrize(("language", "text"), JUDGED, ids=[row[0] for row in JUDGED])
def test_what_is_complete_is_found_complete(language: str, text: str):
    assert judged(language, text) == []


@pytest.mark.parametrize("gone", GONE)
@pytest.mark.parametrize(("language", "text"), JUDGED, ids=[row[0] for row in JUDGED])
def test_what_is_gone_is_missed(language: str, text: str, gone: str):
    marks = {
        "first": ("first: A", "first A", "first - A", "first` - A"),
        "other": ("other: B", "other B", "other - B", "other` - B"),
        "return": ("@returns", "@return", "Returns:", "# Returns"),
        "raise": ("@throws", "KeyError: D", "# Errors"),
    }
    lines = [line for line in text.split("\n") if not any(mark in line for mark in marks[gone])]
    if lines == text.split("\n"):
        assert gone == "raise"
        assert language in ("go", "c")
        return
    told = judged(language, "\n".join(lines)) or []
    wanted = {"return": ("return", "Returns"), "raise": ("raise", "Errors", "KeyError")}.get(
        gone, (f"{gone}",)
    )
    assert len(told) == 1
    assert any(word in told[0] for word in wanted)


UNSURE = [
    ("cpp", "bool operator<(A a, A b) { return 1; }", "operator<"),
    ("javascript", "const f = memo((a) => a)", "f"),
    ("javascript", "const o = { ['f']() {} }", "['f']"),
    ("c", "static int\n#ifdef A\nf(int a)\n#else\nf(int a, int b)\n#endif\n{ return 1; }", "f"),
    ("go", "package a\nfunc f(a int", "f"),
]


@pytest.mark.parametrize(("language", "text", "name"), UNSURE)
def test_what_it_is_not_sure_of_is_not_judged(language: str, text: str, name: str):
    assert claims_of(language, text, 0, name) is None


CLAIMED = [
    ("javascript", "f = function* ({a}, [b], c) { try { throw 1 } catch {} }", Claims(("c",))),
    ("javascript", "f: async x => x + 1", Claims(("x",), returns=True)),
    ("typescript", "f(a?: number): Promise<void> { const o = { g() { return 1 } } }", Claims(("a",))),
    ("typescript", "const f: A<B> = (x, y): y is Z => true", Claims(("x", "y"), returns=True)),
    ("java", "void f() { run(() -> { throw new A(); }); new B() { int g() { return 1; } }; }", Claims()),
    ("go", "func f(chan int, func(a int) int)", Claims()),
    ("go", "func f[T any](_ int, a, b T) interface{} { return 1 }", Claims(("a", "b"), returns=True)),
    ("rust", "unsafe fn f((a, b): (u8, u8), _: u8) -> io::Result<()> { g(|x| { panic!() }); }",
     Claims(raises=("",), unsafe=True)),
    ("rust", "fn f() { match x { 1 => { assert!(true) } } }", Claims(panics=True)),
    ("cpp", "API_EXPORT(1) static void f(int, const Foo &, std::string b, int c[3]) {}", Claims(("b", "c"))),
    ("cpp", "auto f(R (C::*method)(int)) -> void;", Claims(("method",))),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "claims"), CLAIMED)
def test_a_signature_read_by_words_and_brackets(language: str, text: str, claims: Claims):
    assert claims_of(language, text, 0, "f") == claims


def test_an_edit_that_forgets_a_parameter_is_no_success():
    text = "/**\n * D.\n *\n * @param {*} a - A.\n */\nfunction f(a, b) { }\n"
    snapshot = Snapshot("", "javascript", text)
    (item,) = items.items_in(snapshot)
    edit = write.edit_of(snapshot, item, Manner(STYLE_OF["javascript"], "en"))
    assert edit is not None
    assert oracle.lacking_in_text("javascript", edit.applied(text), len(edit.text) + 1, "f") == []
    assert oracle.lacking_in_text("javascript", text, item.span.start, "f") == ["param b (text)"]


def corpus(folder: Path) -> Path:
    """A file of every language."""
    endings = {
        "python": "py",
        "javascript": "js",
        "typescript": "ts",
        "java": "java",
        "go": "go",
        "rust": "rs",
    }
    for language, text in JUDGED:
        ending = endings.get(language, language)
        whole = f"class A {{\n{text}}}\n" if language == "java" else text
        (folder / f"a.{ending}").write_text(whole, encoding="utf-8")
    return folder


def test_the_command_counts_who_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    args = build_parser().parse_args(["eval", "docstrings", str(corpus(tmp_path)), "--json"])
    assert args.run(args) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["metrics"]["functions"] == len(JUDGED) == told["metrics"]["judged_independently"]
    by_language = told["metrics"]["by_language"]
    assert {key: row.get("judged_by_ast", row.get("judged_by_text")) for key, row in by_language.items()} == {
        language: 1 for language, _ in JUDGED
    }
    assert all(check["ok"] for check in told["checks"]), told


def test_the_command_ends_with_1_when_something_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    # Types in JavaScript, which its grammar cannot read: the parameter is lost.
    forgotten = "const o = {\n  f: function (options: {debug?: boolean, ...}) {\n  },\n};\n"
    (tmp_path / "a.js").write_text(forgotten, encoding="utf-8")
    args = build_parser().parse_args(["eval", "docstrings", str(tmp_path), "--json"])
    assert args.run(args) == 1
    told = json.loads(capsys.readouterr().out)
    assert "lacks" in told["metrics"]["failure_kinds"]
    assert "param options (text)" in told["metrics"]["failures"][0]


def test_a_folder_without_functions_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    args = build_parser().parse_args(["eval", "docstrings", str(tmp_path)])
    assert args.run(args) != 0
    assert "no function in these files: name sources" in "".join(capsys.readouterr())


def test_a_wrong_option_and_a_missing_folder_end_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(["eval", "docstrings", "--style", "epytext"])
    assert ended.value.code == 2
    args = build_parser().parse_args(["eval", "docstrings", str(tmp_path / "nowhere")])
    assert args.run(args) == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_flow_is_not_taken_for_javascript(tmp_path: Path):
    file = tmp_path / "a.js"
    file.write_text("/** @flow */\nfunction f(a: ?T) {}\n", encoding="utf-8")
    assert docstrings.pick([file], 5, 0) == []
