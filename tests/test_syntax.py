import random
import tracemalloc

import pytest
from marks import CURSOR, cursor_in, draw

from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.languages import LANGUAGES, by_id
from abacus_lsp.parsing import Offsets, Trees
from abacus_lsp.site import Site
from abacus_lsp.syntax import site_at

# language → (a file whose cursor is in an empty method, the names of its scopes, its imports)
EMPTY_BODIES: dict[str, tuple[str, list[str], list[str]]] = {
    "python": (
        "import os\nfrom a import b\n\n@final\nclass 算盘(A):\n    def add(self, x):\n        ‸\n\n    def b(self): ...\n",
        ["算盘", "add"],
        ["import os", "from a import b"],
    ),
    "javascript": (
        "import a from 'b';\nexport class A {\n  add(x) {\n    ‸\n  }\n}\n",
        ["A", "add"],
        ["import a from 'b';"],
    ),
    "typescript": (
        "import a from 'b';\nexport class A<T> {\n  add(x: T): void {\n    ‸\n  }\n}\n",
        ["A", "add"],
        ["import a from 'b';"],
    ),
    "typescriptreact": ("const App = (p: P) => {\n  ‸\n};\n", ["App"], []),
    "java": (
        "package p;\nimport a.B;\n\nclass A {\n  int add(int x) {\n    ‸\n  }\n}\n",
        ["A", "add"],
        ["package p;", "import a.B;"],
    ),
    "c": ('#include "a.h"\nint *add(int x) {\n  ‸\n}\n', ["add"], ['#include "a.h"']),
    "cpp": (
        "#include <a>\nnamespace n {\ntemplate <class T>\nclass A {\n  int add(T x) {\n    ‸\n  }\n};\n}\n",
        ["n", "A", "add"],
        ["#include <a>"],
    ),
    "csharp": (
        "using A;\nnamespace N {\n  class B {\n    int Add(int x)\n    {\n      ‸\n    }\n  }\n}\n",
        ["N", "B", "Add"],
        ["using A;"],
    ),
    "go": (
        'package p\nimport "a"\nfunc (s *S) Add(x int) int {\n\t‸\n}\n',
        ["Add"],
        ["package p", 'import "a"'],
    ),
    "rust": ("use a::b;\nimpl A {\n    fn add(&self) {\n        ‸\n    }\n}\n", ["A", "add"], ["use a::b;"]),
    "ruby": (
        "require 'a'\nmodule M\n  class A\n    def add(x)\n      ‸\n    end\n  end\nend\n",
        ["M", "A", "add"],
        ["require 'a'"],
    ),
    "php": (
        "<?php\nuse A\\B;\nclass A {\n  function add($x) {\n    ‸\n  }\n}\n",
        ["A", "add"],
        ["use A\\B;"],
    ),
    "kotlin": ("import a.b\nclass A {\n  fun add(x: Int) {\n    ‸\n  }\n}\n", ["A", "add"], ["import a.b"]),
    "shellscript": ("source a.sh\nadd() {\n  ‸\n}\n", ["add"], ["source a.sh"]),
    "lua": (
        'local a = require("a")\nfunction M.add(x)\n  ‸\nend\n',
        ["M.add"],
        ['local a = require("a")'],
    ),
    # without a grammar
    "swift": ("import B\nclass A {\n  func add(x: Int) {\n    ‸\n  }\n}\n", ["A", "add"], ["import B"]),
    "scala": ("object A {\n  def add(x: Int) = {\n    ‸\n  }\n}\n", ["A", "add"], []),
    "perl": ("sub add {\n  ‸\n}\n", ["add"], []),
    "elixir": ("defmodule A do\n  def add(x) do\n    ‸\n  end\nend\n", ["add"], []),
    "brainfuck": ("class A:\n  def add(x):\n    ‸\n", ["A", "add"], []),
}


@pytest.mark.parametrize("language", EMPTY_BODIES)
@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
def test_an_empty_body(language: str, eol: str):
    marked, names, imports = EMPTY_BODIES[language]
    cursor = cursor_in(marked.replace("\n", eol), language)
    site = site_at(cursor)
    assert [scope.name for scope in site.scopes] == names
    assert [span.of(cursor.snapshot.text) for span in site.imports] == imports
    assert (site.place, site.after_header, site.empty_body) == ("code", True, True)
    assert site.parsed == bool(by_id(language).grammar)


def test_every_language_with_a_grammar_for_code_is_in_the_table():
    assert {row.id for row in LANGUAGES if row.grammar} - {"html", "markdown"} <= set(EMPTY_BODIES)


@pytest.mark.parametrize(
    ("language", "marked", "place"),
    [
        ("python", "x = 1  # why ‸", "comment"),
        ("python", "x = 1  # why\n‸", "code"),
        ("python", "x = '# not ‸'", "string"),
        ("python", "x = ''‸", "code"),
        ("python", "x = 'abc‸", "string"),
        ("python", "x = 'abc\ny = ‸", "code"),
        ("python", "f'{a‸}'", "code"),
        ("python", "x = f'{a} ‸'", "string"),
        ("python", 'def f():\n    """做 ‸"""\n', "docstring"),
        ("python", 'def f():\n    """做 ‸', "string"),
        ("python", '"""module ‸"""\nx = 1\n', "docstring"),
        ("javascript", "x = 1; // 中文 ‸", "comment"),
        ("javascript", "x = 1; /* a */‸", "code"),
        ("javascript", "/** a ‸ */\nfunction f() {}", "docstring"),
        ("javascript", "/* a\n b ‸", "comment"),
        ("javascript", "s = `a ${b‸}`", "code"),
        ("javascript", "s = `a ‸ ${b}`", "string"),
        ("javascript", "s = 'http://‸", "string"),
        ("rust", "/// doc ‸\nfn f() {}\n", "docstring"),
        ("rust", "// no doc ‸\nfn f() {}\n", "comment"),
        ("rust", "fn f<'a>(x: &'a str) {‸}\n", "code"),
        ("go", "// c ‸\nfunc f() {}\n", "comment"),
        ("lua", "-- c ‸\n", "comment"),
        ("shellscript", 'echo "a $(b‸)"', "code"),
        ("html", "<!-- ‸ --><p></p>", "comment"),
        ("sql", "SELECT 1 -- 说明 ‸", "comment"),
        ("sql", "SELECT 'a--‸", "string"),
        ("swift", "/* a\n b ‸", "comment"),
        ("swift", "/// doc ‸", "docstring"),
        ("yaml", "a: 1 # ‸", "comment"),
        ("vim", '" c ‸', "comment"),
    ],
)
def test_place(language: str, marked: str, place: str):
    assert site_at(cursor_in(marked, language)).place == place


@pytest.mark.parametrize(
    ("language", "marked", "after_header", "empty"),
    [
        ("python", "def f():‸", True, True),
        ("python", "def f(\n    a,\n) -> int:\n    ‸", True, True),
        ("python", "if a:\n    ‸\nelse:\n    b\n", True, True),
        ("python", "if a:  # why\n    # 做点什么\n    ‸\nb\n", True, True),
        ("python", 'def f():\n    """Do."""\n    ‸', True, True),
        ("python", "def f():\n    ‸\n    return 1\n", True, False),
        ("python", "def f():\n    a = 1\n    ‸\n", False, False),
        ("python", "d = {1:‸", False, False),
        ("python", "f = lambda:‸", False, False),
        ("python", "a[1:‸]", False, False),
        ("python", "x = '''\nif a:\n‸'''", False, False),
        ("javascript", "const x = {‸}", False, False),
        ("javascript", "const f = () => {‸}", True, True),
        ("javascript", "if (a) {‸", True, True),
        ("javascript", "if (a) {\n  ‸\n  b();\n}", True, False),
        ("javascript", "foo({‸", False, False),
        ("java", "int[] a = {‸};", False, False),
        ("java", "class A { void f() { for (;;) {\n‸\n} } }", True, True),
        ("cpp", "struct A {\n  ‸\n};", True, True),
        ("go", "func f() {\n\tx := T{‸}\n}", False, False),
        ("ruby", "xs.each do |x|\n  ‸\nend\n", True, True),
        ("lua", "if a then\n  ‸\nend\n", True, True),
        ("shellscript", "for a in b; do\n  ‸\ndone\n", True, True),
        ("markdown", "# Title\n‸", False, False),
    ],
)
def test_where_a_block_is_due(language: str, marked: str, after_header: bool, empty: bool):
    site = site_at(cursor_in(marked, language))
    assert (site.after_header, site.empty_body) == (after_header, empty)


@pytest.mark.parametrize(
    ("language", "marked", "expected"),
    [
        ("python", "# 为 data 生成一张饼图\n‸", "# 为 data 生成一张饼图"),
        ("python", "    # one\n    # two\n    ‸", "# one\n    # two"),
        ("python", "# one ‸", "# one "),
        ("python", "#按id去重‸", "#按id去重"),
        ("python", "# one\n\n‸", None),
        ("python", "x = 1  # trailing\n‸", None),
        ("python", "# one\nx = ‸", None),
        ("python", 'def f():\n    """求和"""\n    ‸', '"""求和"""'),
        ("javascript", "/* a\n * b */\n‸", "/* a\n * b */"),
        ("javascript", "// a\n// b\nfunction f() {‸", None),
        ("java", "class A {\n  // 按 id 去重\n  ‸\n}", "// 按 id 去重"),
        ("rust", "/// a\n/// b\n‸", "/// a\n/// b"),
        ("sql", "-- 每个部门的人数\n‸", "-- 每个部门的人数"),
        ("swift", "x()\n// a\n‸", "// a"),
    ],
)
def test_the_comment_at_the_cursor(language: str, marked: str, expected: str | None):
    cursor = cursor_in(marked, language)
    comment = site_at(cursor).comment
    assert (comment and comment.text) == expected
    assert comment is None or comment.span.of(cursor.snapshot.text) == comment.text


BROKEN = "class A:\n    def first(self):\n        return 1\n    def second(self, b):\n        {}‸\n    def third(self):\n        pass\ndef top():\n    pass\n"


@pytest.mark.parametrize(
    "typed",
    [
        "self.",
        "if b",
        "x =",
        "x = [1, 2",
        "return foo(b, ",
        'f"{b',
        "'abc",
        '"""doc',
        "lambda",
        "for x in (",
        "d = {1:",
    ],
)
def test_half_typed_code_keeps_its_scopes(typed: str):
    site = site_at(cursor_in(BROKEN.replace("{}", typed)))
    assert [scope.name for scope in site.scopes] == ["A", "second"]


@pytest.mark.parametrize(
    "header", ["def second", "def second(self, b", "def second(self, b):", "async def second(x"]
)
def test_a_half_typed_header_keeps_its_class(header: str):
    marked = f"class A:\n    def first(self):\n        return 1\n    {header}‸\n    def third(self):\n        pass\n"
    assert [scope.name for scope in site_at(cursor_in(marked)).scopes] == ["A", "second"]


@pytest.mark.parametrize(
    ("language", "marked", "names"),
    [
        ("java", "class A {\n  int f() {\n    g(\n    ‸\n", ["A", "f"]),
        ("cpp", "class A {\n  int f(int x) {\n    if (x ‸\n", ["A", "f"]),
        ("javascript", "class A {\n  f(x) {\n    const y = x.map((z) => {‸\n", ["A", "f"]),
        ("go", 'func F() {\n\tx := "abc‸\n}\n', ["F"]),
        ("rust", "impl A {\n    fn f(&self) {\n        let x = vec![‸\n", ["A", "f"]),
    ],
)
def test_half_typed_code_in_brace_languages(language: str, marked: str, names: list[str]):
    assert [scope.name for scope in site_at(cursor_in(marked, language)).scopes] == names


def test_headers_hold_the_whole_signature():
    cursor = cursor_in("@cache\ndef f(\n    a,\n) -> int:\n    # 注释\n    return a‸\n")
    (scope,) = site_at(cursor).scopes
    assert scope.header.of(cursor.snapshot.text) == "@cache\ndef f(\n    a,\n) -> int:"


def test_tops_are_the_line_starts_of_definitions_outside_functions():
    text = "import a\n\nclass A:\n    def f(self):\n        def inner(): pass\n\n    @x\n    def g(self): pass\n\ndef h(): pass\n"
    site = site_at(Cursor(Snapshot("", "python", text), 0))
    lines = [text[top:].partition("\n")[0] for top in site.tops]
    assert lines == ["class A:", "    def f(self):", "    @x", "def h(): pass"]


@pytest.mark.parametrize(
    "text", ["", "\ufeff", "\0", "\ud800", "\r", "\r\n", "𠮷", "\u2028", "\ufeffdef f():\r\n", '"', "/*", "{"]
)
@pytest.mark.parametrize("language", [row.id for row in LANGUAGES] + ["brainfuck", ""])
def test_any_text_gives_a_site(text: str, language: str):
    for offset in range(len(text) + 1):
        check_inside(site_at(Cursor(Snapshot("", language, text), offset)), text)


NASTY = [
    "\n",
    "\r\n",
    "\r",
    '"',
    "'",
    '"""',
    "`",
    "{",
    "}",
    "(",
    "def f(",
    "中文",
    "😀",
    "𠮷",
    "\0",
    "\udc80",
    "\ufeff",
    "/*",
    "#",
    "//",
    "\t",
    ":",
]


@pytest.mark.parametrize("language", EMPTY_BODIES)
def test_random_edits_never_fail_and_reuse_gives_the_same_tree(language: str):
    random_ = random.Random(language)
    trees = Trees()
    text = EMPTY_BODIES[language][0].replace(CURSOR, "x") * 4
    for _ in range(60):
        start = random_.randrange(len(text) + 1)
        end = min(len(text), start + random_.choice([0, 0, 1, 5, 40]))
        text = text[:start] + "".join(random_.choices(NASTY, k=random_.randrange(3))) + text[end:]
        cursor = Cursor(Snapshot("u", language, text), min(start, len(text)))
        site = site_at(cursor, trees)
        check_inside(site, text)
        assert site == site_at(cursor), draw(text, cursor.offset)


def check_inside(site: Site, text: str):
    spans = [*site.imports, *(span for scope in site.scopes for span in (scope.header, scope.span))]
    spans += [site.comment.span] if site.comment else []
    assert all(0 <= span.start <= span.end <= len(text) for span in spans)
    assert all(0 <= top <= len(text) for top in site.tops)
    assert list(site.tops) == sorted(site.tops)


@pytest.mark.parametrize("text", ["plain ascii\n" * 1000, "中文 a𠮷😀 é\n" * 1000, "\udc80x" * 5000, ""])
def test_offsets_there_and_back(text: str):
    data = text.encode("utf-8", "surrogatepass")
    offsets = Offsets(text, data)
    for point in {0, len(text), *(number * len(text) // 97 for number in range(97))}:
        byte = offsets.to_byte(point)
        assert byte == len(text[:point].encode("utf-8", "surrogatepass"))
        assert offsets.to_point(byte) == point


def test_a_spent_budget_gives_a_plain_site():
    cursor = cursor_in("class A:\n    def f(self):\n        ‸\n" + "x = [1, 2, 3]\n" * 20_000, uri="u")
    trees = Trees(first=0.0)
    site = site_at(cursor, trees)
    assert not site.parsed
    assert [scope.name for scope in site.scopes] == ["A", "f"]
    assert trees.parse("u", site.language, "x = 1\n") is not None, (
        "a document that became short is tried again"
    )


def test_as_many_trees_as_wanted_are_kept():
    trees = Trees(keep=2)
    for number in range(5):
        assert trees.parse(f"u{number}", by_id("python"), "x = 1\n") is not None
    assert len(trees._last) == 2


@pytest.mark.parametrize("lines", [100, 4000], ids=["parsed at once", "parsed in turns"])
@pytest.mark.slow
def test_parsing_keeps_no_copies_of_the_text(lines: int):
    """tree-sitter 0.26.1 forgets to drop what its read callback returns: a text for every key that is typed."""
    trees, text = Trees(), "value = compute(1)\n" * lines
    language = by_id("python")
    tracemalloc.start()
    held: list[int] = []
    for key in range(40):
        trees.parse("a", language, text + f"x = {key}\n")
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[-1] - held[9] < 3 * len(text)
