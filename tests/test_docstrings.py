"""Docstrings from the syntax tree: every style as a golden file, what is read, what is kept, what is typed.

UPDATE_GOLDEN=1 writes tests/golden/docstrings anew.
"""

import ast
import os
from pathlib import Path

import pytest
from marks import cursor_in

from abacus_lsp.docstrings import inline, items, write
from abacus_lsp.docstrings.choose import Manner, manner_of
from abacus_lsp.docstrings.grammars import GRAMMARS
from abacus_lsp.docstrings.item import Item, fields_of
from abacus_lsp.docstrings.sections import sections
from abacus_lsp.docstrings.styles import STYLE_OF
from abacus_lsp.document import Snapshot
from abacus_lsp.settings import DocstringsSettings
from abacus_lsp.workspace import Folders

GOLDEN = Path(__file__).parent / "golden" / "docstrings"
PYTHON = """\
import asyncio


def fetch(session, user_id: int, *ids: int, retries: int = 3, **options: str) -> dict[str, int]:
    if user_id < 0:
        raise ValueError("negative")
    try:
        raise KeyError
    except KeyError:
        pass
    return {}


class Reader(Base):
    @decorated
    async def rows(self, path, /):
        # read
        yield 1

    @staticmethod
    def size(of: "list[int]" = None): return len(of)
"""
SCRIPT = """\
export class Store {
  @tracked()
  async load(key, { limit = 10, sort: { by } } = {}, ...rest) {
    if (!key) throw new TypeError('key');
    return 1;
  }
}
export const twice = (x) => x * 2;
function* ids() { yield 1; }
"""
JAVA = """\
class Store {
    @Override
    public <T extends Comparable<T>> List<T> load(final String key, int... rest) throws IOException {
        if (key == null) {
            throw new IllegalArgumentException("key");
        }
        return null;
    }

    void close() {}
}
"""
GO = """\
package store

//go:noinline
func (s *Store) Load(key, other string, rest ...int) (n int, err error) {
	return 0, nil
}

type Store struct{}
"""
RUST = """\
impl Store {
    #[inline]
    pub unsafe fn load<T>(&self, key: &str, (low, high): (u8, u8)) -> Result<Vec<T>, Error> {
        assert!(low < high);
        Err(Error)
    }
}
"""
CPP = """\
template <typename T, int N>
T *ns::load(const std::string &key, int count = 3, char *names[]) {
    if (count < 0) throw std::invalid_argument("count");
    return nullptr;
}

struct Store {
    int size() const;
};
"""
STYLED = [
    ("google", "python", PYTHON),
    ("numpy", "python", PYTHON),
    ("rest", "python", PYTHON),
    ("jsdoc", "javascript", SCRIPT),
    ("tsdoc", "typescript", SCRIPT),
    ("javadoc", "java", JAVA),
    ("godoc", "go", GO),
    ("rustdoc", "rust", RUST),
    ("doxygen", "cpp", CPP),
]


def documented(text: str, language: str, manner: Manner) -> str:
    """Every item of the text, last first, so that offsets hold."""
    snapshot = Snapshot("", language, text)
    for item in reversed(items.items_in(snapshot)):
        edit = write.edit_of(snapshot, item, manner)
        if edit is not None:
            text = edit.applied(text)
    return text


def only(text: str, language: str = "python") -> Item:
    (item,) = [one for one in items.items_in(Snapshot("", language, text)) if one.kind != "class"]
    return item


@pytest.mark.parametrize("tongue", ["en", "zh"])
@pytest.mark.parametrize(("style", "language", "text"), STYLED, ids=[row[0] for row in STYLED])
def test_every_style_is_as_its_golden_file(style: str, language: str, text: str, tongue):
    made = documented(text, language, Manner(style, tongue))
    golden = GOLDEN / f"{style}-{tongue}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(made, encoding="utf-8")
    assert made == golden.read_text(encoding="utf-8")
    assert documented(made, language, Manner(style, tongue)) == made
    if language == "python":
        ast.parse(made)


@pytest.mark.parametrize(("style", "language", "text"), STYLED, ids=[row[0] for row in STYLED])
@pytest.mark.parametrize("eol", ["\r\n", "\n"])
def test_line_endings_are_the_files(style: str, language: str, text: str, eol: str):
    made = documented(text.replace("\n", eol), language, Manner(style, "en"))
    assert made.replace(eol, "\n") == documented(text, language, Manner(style, "en"))


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("def f(a, b: int = 1, *, c): ...", "python", ["param a", "param b", "param c"]),
        ("def f() -> None: ...", "python", []),
        ("def f():\n    def g(): return 1\n    raise E", "python", ["raise E"]),
        ("def f():\n    try: x()\n    except (A, m.B) as e: raise", "python", ["raise A", "raise m.B"]),
        ("def f():\n    try: x()\n    except Exception: raise", "python", []),
        ("def f(e):\n    raise e.error", "python", ["param e", "raise Exception"]),
        ("def f(self):\n    raise self.error('x')", "python", ["param self", "raise Exception"]),
        ("def f():\n    raise struct.error('x')", "python", ["raise struct.error"]),
        ("def f():\n    raise errors.make_error('x')", "python", ["raise Exception"]),
        ("def f():\n    e = g()\n    raise e.error", "python", ["raise Exception"]),
        ("def f():\n    raise _Err('x')", "python", ["raise _Err"]),
        ("def f():\n    raise C1.x('s')", "python", ["raise C1.x"]),
        (
            "def f():\n    try: raise ValueError('x')\n    except Exception:\n        log()\n        raise",
            "python",
            ["raise ValueError"],
        ),
        (
            "function f() { try { throw new A() } catch (e) { log(); throw e } }",
            "javascript",
            ["raise A", "raise Error"],
        ),
        ("def f() -> Iterator[tuple[int, str]]:\n    yield 1", "python", ["yield tuple[int, str]"]),
        ("def f(数据): return 数据", "python", ["param 数据", "return"]),
        ("function f({a, b: {c}}, [d], ...e) {}", "javascript", ["root0", "a", "b", "b.c", "root1", "e"]),
        ("function f(this: A, a?: number): void {}", "typescript", ["param a"]),
        ("class A { set x(v) { return 1 } }", "javascript", ["param v"]),
        (
            "class A { int f() throws E { throw new RuntimeException(); } }",
            "java",
            ["return int", "raise E", "raise RuntimeException"],
        ),
        ("class A:\n    if x:\n        def f(self, a): ...", "python", ["param a"]),
        (
            "class A:\n    try:\n        pass\n    except E:\n        @d\n        def f(self, a): ...",
            "python",
            ["param a"],
        ),
        ("function ctrl($scope, _, $1) {}", "javascript", ["param $scope", "param _", "param $1"]),
        ("class A { <T> A(int a) throws E {} }", "java", ["tparam T", "param a", "raise E"]),
        ("package p\nfunc F(int, string) error { return nil }", "go", ["return error"]),
        ("fn f(_: u8, self_: u8) -> Result<(), E> {}", "rust", ["param self_", "raise E"]),
        ("fn f() -> io::Result<u8> {}", "rust", ["return io::Result<u8>", "raise Err"]),
        ("void f(int (*cb)(int), int a[]);", "c", ["param cb", "param a"]),
        ("int main() { Foo bar(x); return 0; }", "cpp", ["return int"]),
    ],
)
def test_what_must_be_said(text: str, language: str, told: list[str]):
    functions = [one for one in items.items_in(Snapshot("", language, text)) if one.kind != "class"]
    item = functions[0]
    found = [f"{one.kind} {one.name or one.type}".strip() for one in fields_of(item)]
    for want in told:
        assert any(want == one or one.endswith(want) for one in found), (want, found)
    assert len(found) == len(told) or "raise E" in text, found


@pytest.mark.parametrize(
    ("text", "language", "when"),
    [
        ("def f(a):\n    if a < 0: raise E", "python", "a < 0"),
        ("def f(a):\n    if a < 0: raise E\n    if a > 9: raise E", "python", ""),
        ("def f(a):\n    if a < 0: raise E\n    raise E", "python", ""),
        ("def f(a):\n    if a < 0: raise E\n    g()\n    if a < 0: raise E", "python", "a < 0"),
        ("function f(a) { if (a < 0) throw new E(); if (a > 9) throw new E() }", "javascript", ""),
    ],
)
def test_one_condition_is_not_named_for_several(text: str, language: str, when: str):
    assert [one.when for one in only(text, language).signature.raises] == [when]


@pytest.mark.parametrize(
    ("marked", "language", "name"),
    [
        ("class A:\n    def f(self):\n        x = ‸1\n", "python", "f"),
        ("class A:\n    ‸x = 1\n", "python", "A"),
        ("@dec‸\ndef f(): pass\n", "python", "f"),
        ("x = ‸1\n", "python", ""),
        ("‸export const f = (a) => a;", "javascript", "f"),
        ("/** ‸old */\nfunction f() {}", "javascript", "f"),
        ("///‸ old\n#[inline]\nfn f() {}", "rust", "f"),
        ("‸typedef struct Foo { int a; } Foo;", "c", "Foo"),
        ("‸typedef struct { int a; } Foo;", "c", "Foo"),
        ("typedef enum { A } ‸Foo;", "c", "Foo"),
        ('‸extern "C" int f();', "cpp", "f"),
        ("package p\ntype (\n\tX int\n\t‸Y string\n)", "go", "Y"),
        ("package p\n‸type X struct{}", "go", "X"),
        ("package p\ntype I interface {\n\t‸F(a int)\n}", "go", "F"),
        ("‸exports.handler = async (event) => {}", "javascript", "handler"),
        ("‸module.exports.x = function (a) {}", "javascript", "x"),
        ("A.‸prototype.go = function (a) {}", "javascript", "go"),
        ("function f(a) {\n  ‸x.y = 1;\n}", "javascript", "f"),
        ("x.y = (a) => {\n  ‸x.z = 1;\n}", "javascript", "y"),
        ("export default ‸class extends B {}", "javascript", ""),
        ("‸export default class extends B {}", "typescript", ""),
        ("‸type X = u8;", "rust", "X"),
        ("‸pub union U { a: u8 }", "rust", "U"),
        ("‸macro_rules! m { () => {} }", "rust", "m"),
        ("def f(:\n    x = ‸(\n", "python", None),
        ("", "python", None),
    ],
)
def test_the_item_at_the_cursor(marked: str, language: str, name: str | None):
    cursor = cursor_in(marked or "‸", language)
    item = items.item_at(cursor.snapshot, cursor.offset)
    assert name is None or (item is not None and item.name == name)


@pytest.mark.parametrize("language", sorted(GRAMMARS))
def test_broken_text_gives_an_answer(language: str):
    for text in ("", "(((", "def f(", "function (", "fn f(a: ", "/** ", "\0\ufeff𠮷", "class {{{ def"):
        snapshot = Snapshot("", language, text)
        for offset in range(len(text) + 1):
            item = items.item_at(snapshot, offset)
            if item is not None:
                write.edit_of(snapshot, item, manner_of(snapshot, DocstringsSettings()))
            inline.due(snapshot, offset)


KEPT = [
    (
        "/**\n * Mine.\n * @param {Object} $scope my scope\n */\nfunction f($scope, $http) {}\n",
        "javascript",
    ),
    ('def f(a, b):\n    """Mine.\n\n    Args:\n        b: my b\n            goes on.\n    """\n', "python"),
    ("def f(a, b):\n    'Mine.'\n", "python"),
    ('def f(a, b):\n    r"""Mine: \\d."""\n', "python"),
    ('def f(a):\n    """Mine.\n\n    :param b: gone\n    """\n    return 1\n', "python"),
    (
        'def f(a):\n    """Mine.\n\n    Parameters\n    ----------\n    z : int\n        My z.\n    """\n',
        "python",
    ),
    ("/** Mine. */\nfunction f(a) {}\n", "javascript"),
    (
        "/**\n * Mine.\n *\n * @param {string} b my b\n * @since 1\n */\nfunction f(a, b) { return 1 }\n",
        "javascript",
    ),
    ("class A {\n\t/**\n\t * Mine.\n\t * @return x\n\t */\n\tint f(int a) { return 1; }\n}\n", "java"),
    ("/// Mine.\n///\n/// # Examples\n///\n/// ```\n/// f(1)\n/// ```\nfn f(a: u8) {}\n", "rust"),
    ("/// \\brief Mine.\n/// \\param b my b\nint f(int a, int b);\n", "cpp"),
    ("package p\n\n// F is mine and returns nothing.\nfunc F(abc int) {}\n", "go"),
]


@pytest.mark.parametrize(("text", "language"), KEPT)
def test_an_existing_docstring_keeps_its_words_and_gets_what_it_lacks(text: str, language: str):
    snapshot = Snapshot("", language, text)
    manner = manner_of(snapshot, DocstringsSettings(language="en"))
    made = documented(text, language, manner)
    item = only(made, language)
    assert item.doc is not None
    doc = item.doc.of(made)
    words = iter(doc.split())
    old = only(text, language)
    assert old.doc is not None
    for word in old.doc.of(text).strip("'\"/*").split():
        assert any(word in other for other in words), (word, made)
    for field in fields_of(item):
        assert field.name in doc
    assert documented(made, language, manner) == made


FOUND = [
    # (docstring of `def f(a, b): return a`, what is in it once, in this order)
    ("Do.\n\n    Args:\n    a: x.\n    b: y.\n\n    Returns:\n    x\n", ["Args:", "a:", "b:", "Returns:"]),
    ("Do.\n\n    Args:\n    a: x\n    goes on.\n\n    Text.\n", ["Args:", "a:", "goes on", "b:", "Returns:", "Text"]),
    ("做。\n\n    参数:\n    a: 第一\n    b: 第二\n\n    返回:\n    它\n", ["参数:", "a:", "b:", "返回:"]),
    ("做。\n\n    参数说明：\n        a: 第一\n\n    返回值：无\n", ["参数说明：", "a:", "b:", "返回值"]),
    ("做。\n\n    入参：\n        a: 第一\n    出参：\n        它\n", ["入参", "a:", "b:", "出参"]),
    ("做。\n\n    參數:\n        a: 第一\n\n    傳回值：\n        它\n", ["參數:", "a:", "b:", "傳回值"]),
    ("做。\n\n    引數：\n        a: 第一\n\n    回傳：它\n", ["引數", "a:", "b:", "回傳"]),
    ("Do.\n\n    Args:\n    - a: x.\n    - c: y.\n", ["Args:", "- a:", "- b:", "- c:", "Returns:"]),
    ("Do.\n\n    Args:\n      * a: x.\n", ["Args:", "* a:", "* b:", "Returns:"]),
    ("Do.\n\n    Args:\n        a: x.\n        b: y.\n\n    Returns: the a.\n", ["Args:", "a:", "b:", "Returns:"]),
    ("Returns: the a.\n\n    More.\n", ["Args:", "a:", "b:", "Returns:", "More."]),
    ("Do.\n\n    :param a:\n        x\n\n        more\n\n    :return: it\n", [":param a:", "more", ":param b:", ":return:"]),
    ("做。\n\n    :param a: 第一\n    :param b：第二\n    :return: 它\n", [":param a:", ":param b：", ":return:"]),
    ("做。\n\n    :param a 第一\n    :return 它\n", [":param a", ":param b:", ":return"]),
    ("Do.\n\n    @param a: x\n    @return: it\n", ["@param a:", "@param b:", "@return:"]),
]  # fmt: skip


@pytest.mark.parametrize(("doc", "parts"), FOUND)
def test_what_is_written_in_another_way_is_found(doc: str, parts: list[str]):
    text = f'def f(a, b):\n    """{doc}    """\n    return a\n'
    manner = manner_of(Snapshot("", "python", text), DocstringsSettings(language="en"))
    made = documented(text, "python", manner)
    told = ast.get_docstring(ast.parse(made).body[0])
    assert told is not None
    places = [told.find(part) for part in parts]
    assert -1 not in places, made
    assert places == sorted(places), made
    marks = ("Args:", "Returns:", "a:", "b:", "参数", "返回", ":return", "@return", ":param", "@param")
    for mark in marks:
        assert told.count(mark) == sum(part.count(mark) for part in parts), (mark, made)
    assert documented(made, "python", Manner("google", "en")) == made


@pytest.mark.parametrize(
    ("doc", "language", "code", "made"),
    [
        (
            "/**\n * @param {Object} opts o\n * @param {number} opts.a a\n */\n",
            "javascript",
            "function f({a, c}, d) {}\n",
            ["opts o", "opts.a a", "opts.c", "d"],
        ),
        ("/**\n * @param {Props} props it\n */\n", "javascript", "function f({a, c}) {}\n", ["props it"]),
        ("/** @param {number} b my b\n */\n", "javascript", "function f(a, b) {}\n", ["a", "b my b"]),
        ("/// @param b my b\n", "cpp", "void f(int a, int b);\n", ["a The a.", "b my b"]),
    ],
)
def test_parameters_stand_in_order_under_the_names_they_have(
    doc: str, language: str, code: str, made: list[str]
):
    manner = manner_of(Snapshot("", language, doc + code), DocstringsSettings(language="en"))
    whole = documented(doc + code, language, manner)
    lines = [line.partition("@param ")[2] for line in whole.splitlines() if "@param" in line]
    assert len(lines) == len(made), whole
    for line, part in zip(lines, made, strict=True):
        assert part in line, whole
    assert whole.startswith(("/**", "/// @param a"))
    assert whole.count("/**") <= 1
    assert whole.endswith(code)
    assert documented(whole, language, manner) == whole


@pytest.mark.parametrize(
    ("text", "language", "made"),
    [
        ("typedef struct Foo {\n  int a;\n} Foo;\n", "c", "/**\n * @brief Foo.\n */\ntypedef struct Foo {"),
        ("typedef struct {\n  int a;\n} Foo;\n", "c", "/**\n * @brief Foo.\n */\ntypedef struct {"),
        ("static struct Foo { int a; } foo;\n", "c", "/**\n * @brief Foo.\n */\nstatic struct Foo {"),
        ('extern "C" void f();\n', "cpp", '/**\n * @brief F.\n */\nextern "C" void f();'),
        ('extern "C" {\nvoid f();\n}\n', "cpp", 'extern "C" {\n/**\n * @brief F.\n */\nvoid f();'),
        ("package p\n\ntype (\n\tX int\n\tY int\n)\n", "go", "type (\n\t// X is a type.\n\tX int\n\t// Y is"),
        ("package p\n\ntype I interface {\n\tF()\n}\n", "go", "{\n\t// F is a method.\n\tF()\n}"),
        ("package p\n\n/* F does x. */\nfunc F(a int) {}\n", "go", "/*\nF does x.\n\nParameters:\n  - a: The a.\n*/\nfunc"),
        ("package p\n\n/*\nF does x.\n*/\nfunc F(a int) {}\n", "go", "/*\nF does x.\n\nParameters:\n  - a: The a.\n*/\nfunc"),
        ("package p\n\n//go:noinline\nfunc F() {}\n", "go", "// F is a function.\n//\n//go:noinline\nfunc F"),
        ("export default class extends B {}\n", "javascript", "/** This class. */\nexport default class extends"),
        ("exports.f = (a) => {};\n", "javascript", "@param {*} a - The a.\n */\nexports.f = "),
        ("#[macro_export]\nmacro_rules! m { () => {} }\n", "rust", "/// M.\n#[macro_export]\nmacro_rules! m"),
    ],
)  # fmt: skip
def test_a_new_docstring_stands_above_the_whole_item(text: str, language: str, made: str):
    manner = manner_of(Snapshot("", language, text), DocstringsSettings(language="en"))
    whole = documented(text, language, manner)
    assert made in whole
    assert documented(whole, language, manner) == whole
    parsed = items.source_of(Snapshot("", language, whole))
    assert parsed is not None
    assert not parsed.parsed.root.has_error


@pytest.mark.parametrize(
    "empty", ["''''''", "''", "r''''''", "'''   '''", "'''\n    '''", '""""""', 'r""""""', '""']
)
def test_an_empty_docstring_is_filled_in_its_own_quotes(empty: str):
    made = documented(f"def f(a):\n    {empty}\n    return a\n", "python", Manner("google", "en"))
    told = ast.get_docstring(ast.parse(made).body[0])
    assert told is not None
    assert "a: The a." in told
    assert documented(made, "python", Manner("google", "en")) == made


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ('def f(a):\n    """One."""  """Two."""\n', "python"),
        ('def f(a):\n    "a" "b"\n', "python"),
        ("class A {\n  /** {@inheritDoc} */\n  int f(int a) { return 1; } }\n", "java"),
        ('#[doc = "x"]\nfn f(a: u8) {}\n', "rust"),
    ],
)
def test_what_is_left_alone(text: str, language: str):
    snapshot = Snapshot("", language, text)
    functions = [one for one in items.items_in(snapshot) if one.kind in ("function", "method")]
    assert [write.edit_of(snapshot, one, Manner("google", "en")) for one in functions] in ([None], [])


def test_new_parameters_stand_where_the_signature_has_them():
    text = 'def f(a, b, c):\n    """Mine.\n\n    Args:\n        a: A.\n        c: C.\n    """\n'
    made = documented(text, "python", Manner("google", "en"))
    found = [
        section
        for section in sections([line.strip("\n")[4:] for line in made.splitlines()[1:]])
        if section.kind
    ]
    assert [entry.names[0] for entry in found[0].entries] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "style", "tongue"),
    [
        ('"""Mod.\n\nArgs:\n    x: y\n"""\n# one\n', "google", "en"),
        (
            'def f(x):\n    """读取。\n\n    Parameters\n    ----------\n    x : int\n        数。\n    """\n',
            "numpy",
            "zh",
        ),
        ('def f(x):\n    """Read.\n\n    :param x: it\n    """\n', "rest", "en"),
        ("x = 1\n", "google", "en"),
        ("# 第一\n# 第二\n# third\nx = 1\n", "google", "zh"),
    ],
)
def test_style_and_language_are_the_files(text: str, style: str, tongue: str):
    found = manner_of(Snapshot("", "python", text), DocstringsSettings())
    assert (found.style, found.tongue) == (style, tongue)
    fixed = manner_of(Snapshot("", "python", text), DocstringsSettings(language="zh", style="numpy"))
    assert (fixed.style, fixed.tongue) == ("numpy", "zh")


@pytest.mark.parametrize(
    ("language", "text", "tongue"),
    [
        ("c", "#include <a.h>\n#include <b.h>\n#include <c.h>\n// 计算总价\nint f();\n", "zh"),
        ("rust", "#[derive(Debug)]\n#[derive(Clone)]\n// 用户\nstruct A;\n", "zh"),
        (
            "javascript",
            "/**\n * 求和\n * @param {number} a\n * @param {number} b\n */\nfunction f(a, b) {}\n",
            "zh",
        ),
        ("java", "/*\n * Copyright 2020 A.\n * Licensed under B.\n */\n// 用户\nclass A {}\n", "zh"),
        (
            "python",
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n# pylint: disable=x\n\n# 读取\nx = 1\n",
            "zh",
        ),
        ("python", 'a = """SELECT one"""\nb = """SELECT two"""\n# 查询\nx = 1\n', "zh"),
        ("go", "//go:generate x\n\n// 读取\nfunc f() {} //nolint\n", "zh"),
        ("python", "# 𠮷\n", "zh"),
        ("python", "# the first\n\nx = 1\n# the second\n\ny = 2\n# 第三\n", "en"),
        ("c", "#include <a.h>\nint f();\n", "zh"),  # no comment: as messages are
    ],
)
def test_the_language_is_that_of_comments_and_nothing_else(language: str, text: str, tongue: str):
    assert manner_of(Snapshot("", language, text), DocstringsSettings(), "zh").tongue == tongue
    if "#include <a.h>\nint" not in text:
        assert manner_of(Snapshot("", language, text), DocstringsSettings(), "en").tongue == tongue


def test_a_file_that_does_not_tell_is_written_as_its_neighbours(tmp_path: Path):
    rest = 'def f(x):\n    """Read.\n\n    :param x: it\n    """\n'
    google = 'def g(x):\n    """Read.\n\n    Args:\n        x: it\n    """\n'
    for name, text in (("a.py", rest), ("b.py", rest), ("c.py", google), ("d.py", "x = 1\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    folders = Folders(print)
    folders.open([tmp_path])
    try:
        beside = folders.beside(tmp_path / "d.py")
        assert len(beside) == 3
        silent = Snapshot("", "python", "x = 1\n")
        assert manner_of(silent, DocstringsSettings(), others=lambda: beside).style == "rest"
        assert (
            manner_of(Snapshot("", "python", google), DocstringsSettings(), others=lambda: beside).style
            == "google"
        )
    finally:
        folders.close()


@pytest.mark.parametrize(
    ("marked", "language", "shown"),
    [
        ('def f(a):\n    """‸\n    return a\n', "python", '"""F.\n\n    Args:\n        a: The a.'),
        (
            'def f(a):\n    """‸"""\n    return a\n\ns = """x"""\n',
            "python",
            'The result.\n    """\n    return a',
        ),
        ('class A:\n    """‸\n', "python", '"""A."""'),
        (
            "class A {\n  /**‸ */\n  f(a) {}\n}\n",
            "javascript",
            "  /**\n   * F.\n   *\n   * @param {*} a - The a.\n   */\n",
        ),
        ("/**‸\nexport const f = (a) => a;\n", "typescript", " */\nexport const f"),
        ("class A {\n  /** ‸\n  @Override\n  int f(int a) {}\n}\n", "java", "@param a The a."),
        (
            "impl A {\n    ///‸\n    #[x]\n    fn f(a: u8) {}\n}\n",
            "rust",
            "/// F.\n    ///\n    /// # Arguments",
        ),
        ("//‸\nfn f(a: u8) {}\n", "rust", "/// F.\n///\n/// # Arguments"),
        (
            "package p\n\n// ‸\nfunc F(a int) {}\n",
            "go",
            "// F is a function.\n//\n// Parameters:\n//   - a: The a.\nfunc",
        ),
        ("/**‸\ntypedef struct { int a; } Foo;\n", "c", "/**\n * @brief Foo.\n */\ntypedef"),
        ("/**‸\nexports.f = (a) => {};\n", "javascript", " * @param {*} a - The a.\n */\nexports.f"),
        (
            "///‸\nint f(int a);\n",
            "cpp",
            "/// @brief F.\n///\n/// @param a The a.\n/// @return The result.\nint",
        ),
    ],
)
def test_while_typing(marked: str, language: str, shown: str):
    cursor = cursor_in(marked, language)
    style = manner_of(cursor.snapshot, DocstringsSettings()).style
    text = inline.inline(cursor.snapshot, cursor.offset, Manner(style, "en"))
    assert text is not None
    whole = cursor.before + text + cursor.after
    assert shown in whole
    after = Snapshot("", language, whole)
    item = items.item_at(after, cursor.offset + len(text))
    assert item is not None
    assert write.edit_of(after, item, Manner(style, "en")) is None


@pytest.mark.parametrize(
    ("marked", "language"),
    [
        ('def f(a):\n    x = 1\n    """‸\n', "python"),
        ('def f(a):\n    """‸\n    Do it.\n    """\n    return a\n', "python"),
        ('def f(a):\n    """‸\n    """\n\ndef g():\n    """G."""\n', "python"),
        ('"""‸\nmodule doc\n"""\n', "python"),
        ('def f(a):\n    """Done."""\n    """‸\n', "python"),
        ('x = """‸\n', "python"),
        ("/**‸\nlet x = 5;\n", "javascript"),
        ("/// Done.\n///‸\nfn f() {}\n", "rust"),
        ("// Done.\n//‸\nfn f() {}\n", "rust"),
        ("// ‸\nfn f() {}\n", "rust"),
        ("// Done.\n//‸\nfunc F() {}\n", "go"),
        ("func F() {\n\t//‸\n\treturn\n}\n", "go"),
        ("//‸\n\nfunc F() {}\n", "go"),
        ("# ‸\ndef f(): pass\n", "python"),
        ("/**‸", "java"),
    ],
)
def test_nothing_is_offered_where_no_docstring_was_opened(marked: str, language: str):
    cursor = cursor_in(marked, language)
    assert inline.inline(cursor.snapshot, cursor.offset, Manner("google", "en")) is None


FROM_SOURCES = [
    (
        "cpp",
        "int g();\nAPI(g)\nvoid f (int a);\n",
        "/**\n * @brief F.\n *\n * @param a The a.\n */\nAPI(g)\n",
    ),
    (
        "c",
        "RAISES static void\nf(int a)\n{\n}\n",
        "/**\n * @brief F.\n *\n * @param a The a.\n */\nRAISES static",
    ),
    ("cpp", "R call(R (C::*method)(int), int n);\n", " * @param method The method.\n"),
    (
        "cpp",
        "template <typename T>\nFORCE inline RETVAL(f, T)\nf(const T& x) {\n  return 1;\n}\n",
        " * @tparam T The type parameter.\n",
    ),
    ("c", "/**\n * f:\n * @a: one\n */\nvoid f(int a, int b) {}\n", " * @a: one\n * @b: The b.\n */"),
    (
        "javascript",
        "// eslint-disable-next-line no-x\nfunction f() {}\n",
        "/** F. */\n// eslint-disable-next-line",
    ),
    ("javascript", "function f() { throw 'x'; }\n", "@throws {string}"),
    (
        "go",
        f"package a\n\nfunc f(num, {', '.join(f'a{n}' for n in range(9))} int) (r int, err E)\n",
        "- num: The",
    ),
    (
        "rust",
        "/// D.\n#[a] // why\nfn f(a: u8) {}\n",
        "/// D.\n///\n/// # Arguments\n///\n/// * `a` - The a.\n#[a]",
    ),
    ("rust", "fn f() -> fmt::Result { }\n", "/// F.\n///\n/// # Errors"),
    ("python", "def f() -> Generator[int, None, str]:\n    yield 1\n    return 'a'\n", "str: The result."),
    (
        "python",
        'def f(a):\n    """D.\n\n    @app.command()\n\n    :param b: B.\n    """\n',
        ":param a: The a.",
    ),
]


@pytest.mark.parametrize(("language", "text", "shown"), FROM_SOURCES)
def test_what_real_sources_showed(language: str, text: str, shown: str):
    manner = Manner({"python": "google"}.get(language, STYLE_OF.get(language, "")), "en")
    made = documented(text, language, manner)
    assert shown in made
    assert documented(made, language, manner) == made


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("cpp", "struct A {\n    T m GUARDED_BY(lock);\n};\n"),
        ("cpp", "EXPORT\ntemplate <typename... A>\nvoid f(S& s, B<w, t<A>...> x, A&&... a) {\n  g();\n}\n"),
        ("c", "#define F(x) \\\n/* set */ \\\n  T g(a, b(1)); \\\n"),
    ],
)
def test_what_only_looks_like_a_function_is_none(language: str, text: str):
    assert not [one for one in items.items_in(Snapshot("", language, text)) if one.kind != "class"]
