"""A docstring while typing, in every way that a user or an editor opens one, above every item of real-looking files.

What is accepted never breaks the file, says everything, and is not offered twice.
"""

import ast
from collections.abc import Iterator

import pytest
from marks import cursor_in
from tree_sitter import Node

from abacus_lsp.docstrings import inline, items, write
from abacus_lsp.docstrings.choose import Manner, manner_of
from abacus_lsp.docstrings.item import Item
from abacus_lsp.document import Snapshot
from abacus_lsp.settings import DocstringsSettings

PYTHON = '''\
import re

PATTERN = re.compile(r"""\\d+""")


def fetch(session, user_id: int, *ids: int, retries: int = 3, **options: str) -> dict[str, int]:
    if user_id < 0:
        raise ValueError("negative")
    return {}


class Reader(Base):
    # how much at once
    size = 8

    @decorated
    async def rows(self, path, /, *, sep=","):
        # read
        for row in []:
            yield row

    def documented(self):
        """Says enough."""

    class Inner:
        def g(self): return """x"""


def last(
    a,  # the first
    b,
):
    def within(c): return c
    return within
'''
TABS = "class A:\n\tdef f(self, a):\n\t\tif a:\n\t\t\traise E\n\t\treturn a\n\n\tdef g(self): return 1\n"
TWO = "class A:\n  def f(self, a):\n    if a:\n      raise E\n    return a\n\n\ndef g(a): return 1\n"
SCRIPT = """\
import React from 'react';
const glob = require('glob')('src/**/*.js');

export class Store extends Base {
  static #count = 0;
  async load(key, { limit = 10, sort: { by } } = {}, ...rest) {
    if (!key) throw new TypeError('key');
    return `/* ${key} */`;
  }
  handle = debounce((event) => event.target);
}

export const twice = (x) => x * 2;
const Row = React.memo(function Row({ id, name }) {
  const onClick = useCallback((a) => a + id, [id]);
  return onClick;
});
export const Field = React.forwardRef((props, ref) => null);
export const later = debounce(function (a, b) { return a; }, 300);
exports.handler = async (event) => { return event; };
function* ids() { yield 1; }
let Tag = class extends Store {};
export default class extends Store {}
"""
TYPED = """\
export interface Shape<T> {
  area(scale: number): number;
}
export type Id = string | number;
enum Color { Red }
export abstract class Store<T> {
  @tracked()
  async load<K>(key: K, limit?: number): Promise<T> {
    throw new TypeError('key');
  }
  abstract save(one: T): void;
}
export function twice(x: number): number { return x * 2; }
export declare function declared(x: number): void;
const Button = forwardRef<HTMLButtonElement, Props>((props, ref) => null);
"""
JAVA = """\
package a.b;

public class Store<T> extends Base {
    private int size = 0;

    /* plain */
    @Override
    public <K extends Comparable<K>> List<K> load(final String key, int... rest) throws IOException {
        if (key == null) {
            throw new IllegalArgumentException("key");
        }
        return null;
    }

    Store() {}

    enum Color { RED }
}

record Point(int x, int y) {}
interface Shape { double area(double scale); }
"""
GO = """\
package store

import "fmt"

type Store struct {
	n int
}

type Loader interface {
	Load(key string) (int, error)
}

func (s *Store) Load(key, other string, rest ...int) (n int, err error) {
	fmt.Println(`//`)
	type local []int
	return 0, nil
}

func main() {
	type first []int
}

//go:noinline
func fast() {}
"""
RUST = """\
use std::io;

#[derive(Debug)]
pub struct Store<T> {
    n: T,
}

#[rustc_clean] //~ ERROR
fn checked() {}

pub type Id = u64;

pub union Bits {
    a: u8,
}

#[macro_export]
macro_rules! twice {
    ($x:expr) => { $x * 2 };
}

impl<T> Store<T> {
    #[inline]
    pub unsafe fn load(&self, key: &str, (low, high): (u8, u8)) -> Result<Vec<T>, io::Error> {
        assert!(low < high);
        unimplemented!()
    }
}

pub trait Shape {
    fn area(&self, scale: f64) -> f64;
}

mod inner {
    pub fn f() {}
}
"""
CPP = """\
#include <string>

namespace ns {
template <typename T, int N>
T *load(const std::string &key, int count = 3, char *names[]) {
    if (count < 0) throw std::invalid_argument("*/");
    return nullptr; /* none */
}

struct Store {
    int size() const;
    ~Store();
};

enum Color { RED };

template <class U>
template <class V>
bool Ptr<U>::same(V *other) const {
    return false;
}
}  // namespace ns
"""
C = """\
#include <stdio.h>

typedef struct point {
    int x;
    union {
        int y;
    };
    struct inner {
        int z;
    } one[3];
} point;

static int add(int a, const int *b) {
    return a + *b;
}

void show(const char *text, ...);
"""
TEXTS = {
    "python": ("python", PYTHON),
    "python, tabs": ("python", TABS),
    "python, two blanks": ("python", TWO),
    "javascript": ("javascript", SCRIPT),
    "typescript": ("typescript", TYPED),
    "java": ("java", JAVA),
    "go": ("go", GO),
    "rust": ("rust", RUST),
    "cpp": ("cpp", CPP),
    "c": ("c", C),
}

# "~" is the indentation of the line with the opening mark.
_QUOTES = (
    *('"""‸', "'''‸", '"""‸"""', "'''‸'''", 'r"""‸', "R'''‸", 'r"""‸"""', "u'''‸", '""" ‸'),
    *('"""\n~‸', '"""\n~‸"""', '"""\n~‸\n~"""', "'''\n~‸'''", "r'''\n~‸", 'R"""\n~‸\n~"""'),
    *('"""\n‸', '"""\n‸\n~"""', '"""\n\n~‸\n~"""'),
)
_BLOCK = (
    *("/**‸", "/** ‸", "/**‸ */", "/** ‸ */", "/**‸*/"),
    *("/**\n~ * ‸", "/**\n~ * ‸\n~ */", "/**\n~ *‸", "/**\n~ *‸\n~ */", "/**\n~ * ‸ */", "/**\n~ * ‸*/"),
    *("/**\n~‸", "/**\n~‸\n~ */", "/**\n~ ‸\n~ */", "/**\n‸\n~*/", "/**\n‸", "/**\n~ * \n~ * ‸\n~ */"),
)
_SLASHES = ("///‸", "/// ‸", "///\n~/// ‸", "///\n~///‸", "/// \n~/// \n~/// ‸")
WAYS = {
    "python": _QUOTES,
    "javascript": _BLOCK,
    "typescript": _BLOCK,
    "java": _BLOCK,
    "go": ("//‸", "// ‸", "//\n~// ‸", "// \n~//‸"),
    "rust": (*_SLASHES, "//‸", *_BLOCK),
    "cpp": (*_BLOCK, *_SLASHES),
    "c": (*_BLOCK, *_SLASHES),
}


def opened(text: str, item: Item, way: str) -> str:
    """The text with the marks where the item's docstring belongs; their indentation is that of its lines."""
    place = item.place
    head, tail = text[: place.start], text[place.end :]
    return head + place.before + way.replace("~", item.indent) + place.after + tail


def tokens(text: str, language: str) -> list[str]:
    """All that is no comment; "broken" if it does not parse."""

    def leaves(node: Node) -> Iterator[Node]:
        if "comment" in node.type:
            return
        if not node.children:
            yield node
        for child in node.children:
            yield from leaves(child)

    source = items.source_of(Snapshot("", language, text))
    assert source is not None
    found = [source.of(leaf) for leaf in leaves(source.parsed.root)]
    return ["broken", *found] if source.parsed.root.has_error else [one for one in found if one]


def program(text: str, item: str) -> str:
    """What Python reads, without the docstring of what is called `item`."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == item
        if named and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


def cases() -> Iterator[object]:
    """Of each file one quick one."""
    for name, (language, text) in TEXTS.items():
        own = manner_of(Snapshot("", language, text), DocstringsSettings()).style
        for style in (own, *({"numpy", "rest"} if language == "python" else ())):
            for eol in ("\n", "\r\n"):
                marks = () if (style, eol) == (own, "\n") else pytest.mark.slow
                yield pytest.param(name, style, eol, marks=marks, id=f"{name}-{style}-{len(eol)}")


@pytest.mark.parametrize(("name", "style", "eol"), tuple(cases()))
def test_however_it_is_opened_the_file_stays_whole_and_the_docstring_is_complete(
    name: str, style: str, eol: str
) -> None:
    language, text = TEXTS[name]
    text = text.replace("\n", eol)
    found = [one for one in items.items_in(Snapshot("", language, text)) if one.doc is None]
    assert len(found) >= 3
    for item in found:
        for way in WAYS[language]:
            accept(text, item, way, Manner(style, "en"), eol)


def accept(text: str, item: Item, way: str, manner: Manner, eol: str) -> None:
    language = item.language.id
    cursor = cursor_in(opened(text, item, way).replace("\r\n", "\n").replace("\n", eol), language)
    said = inline.inline(cursor.snapshot, cursor.offset, manner)
    assert said is not None, f"{item.name}: nothing behind {way!r}"
    whole = cursor.before + said + cursor.after
    assert said.replace("\r\n", "").count("\r") == 0
    assert whole.count("\n") == whole.count(eol)
    after = Snapshot("", language, whole)
    assert inline.due(after, cursor.offset + len(said)) is None, f"twice behind {way!r}:\n{whole}"
    if language == "python":
        assert program(whole, item.name) == program(text, item.name), (way, whole)
    else:
        assert tokens(whole, language) == tokens(text, language), f"{way!r}\n{whole}"
    same = [one for one in items.items_in(after) if (one.name, one.kind) == (item.name, item.kind)]
    (now,) = [one for one in same if one.doc is not None]
    assert now.signature == item.signature
    assert write.edit_of(after, now, manner) is None, f"not complete behind {way!r}:\n{whole}"


@pytest.mark.parametrize(
    ("marked", "language", "whole"),
    [
        (
            "/**\n * ‸\n */\nfunction f(a) {}\n",
            "javascript",
            "/**\n * F.\n *\n * @param {*} a - The a.\n */\nfunction f(a) {}\n",
        ),
        (
            "class A {\n  /**\n   * ‸\n  f(a) {}\n}\n",
            "javascript",
            "class A {\n  /**\n   * F.\n   *\n   * @param {*} a - The a.\n   */\n  f(a) {}\n}\n",
        ),
        ("/**\n * ‸\n */\nclass A {}\n", "java", "/**\n * A.\n */\nclass A {}\n"),
        (
            'def f(a):\n    """\n    ‸"""\n    pass\n',
            "python",
            'def f(a):\n    """\n    F.\n\n    Args:\n        a: The a.\n    """\n    pass\n',
        ),
        ('def f():\n    r"""‸\n    pass\n', "python", 'def f():\n    r"""F."""\n    pass\n'),
        ("///\n/// ‸\nfn f() {}\n", "rust", "///\n/// F.\nfn f() {}\n"),
        (
            'class A:\n\tdef f(self, a):\n\t\t"""‸\n\t\tpass\n',
            "python",
            'class A:\n\tdef f(self, a):\n\t\t"""F.\n\n\t\tArgs:\n\t\t\ta: The a.\n\t\t"""\n\t\tpass\n',
        ),
        (
            'class A:\n  def f(self, a):\n    """‸\n    pass\n',
            "python",
            'class A:\n  def f(self, a):\n    """F.\n\n    Args:\n      a: The a.\n    """\n    pass\n',
        ),
        (
            'def f(a):\n  """‸\n  pass\n',
            "python",
            'def f(a):\n  """F.\n\n  Args:\n    a: The a.\n  """\n  pass\n',
        ),
    ],
)
def test_it_looks_as_if_written_by_hand(marked: str, language: str, whole: str) -> None:
    cursor = cursor_in(marked, language)
    manner = manner_of(cursor.snapshot, DocstringsSettings(language="en"))
    said = inline.inline(cursor.snapshot, cursor.offset, manner)
    assert said is not None
    assert cursor.before + said + cursor.after == whole


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("class A:\n\tx = 1\n\n\tdef f(self, a): return a\n", "\n\t\tArgs:\n\t\t\ta: The a.\n\n\t\tReturns:\n\t\t\tThe"),
        ("class A:\n  x = 1\n\n  def f(self, a): pass\n", '\n    """F.\n\n    Args:\n      a: The a.\n    """'),
        ('def f(a):\n\t"""Mine."""\n\treturn a\n', "\n\tArgs:\n\t\ta: The a.\n\n\tReturns:\n\t\tThe result."),
        (
            'def f(a, b):\n\t"""Mine.\n\n\tArgs:\n\t    a: it.\n\t"""\n\treturn a\n',
            "\n\t    a: it.\n\t    b: The b.\n\n\tReturns:\n\t    The",
        ),
    ],
)  # fmt: skip
def test_entries_are_indented_as_the_file_is(text: str, made: str) -> None:
    snapshot = Snapshot("", "python", text)
    for item in items.items_in(snapshot):
        if item.kind == "class":
            continue
        edit = write.edit_of(snapshot, item, Manner("google", "en"))
        assert edit is not None
        whole = edit.applied(text)
        assert made in whole, whole
        ast.parse(whole)


@pytest.mark.parametrize(
    ("marked", "language"),
    [
        ("/**\n * ‸\n * Mine.\n */\nfunction f() {}\n", "javascript"),
        ("/**\n * Mine.\n * ‸\n */\nfunction f() {}\n", "javascript"),
        ("/**\n‸\nfunction old() {}\n*/\nfunction f() {}\n", "javascript"),
        ("/**‸\nfunction old() {}\n*/\nfunction f() {}\n", "javascript"),
        ("/**\n * ‸\n *\nfunction f() {}\n", "javascript"),
        ("/*\n * ‸\n */\nfunction f() {}\n", "javascript"),
        ("/**\n * ‸\n */\nlet x = 5;\n", "javascript"),
        ("/** */\n‸\nfunction f() {}\n", "javascript"),
        ("/**\n * ‸\n */\n\n\n\nfunction f() {}\n", "javascript"),
        ("const x = users.map(\n  /**‸\n  (u) => u.name);\n", "javascript"),
        ('def f():\n    """\n    ‸\n    Mine.\n    """\n', "python"),
        ('def f():\n    """\n    Mine.\n    ‸\n    """\n', "python"),
        ('def f():\n    """\n    ‸\n    """Mine."""\n', "python"),
        ('def f():\n    x = """\n    ‸\n    """\n', "python"),
        ('def f():\n    b"""‸\n', "python"),
        ('def f():\n    f"""‸\n', "python"),
        ('def f():\n    """Mine."""\n    ‸\n', "python"),
        ("/// Mine.\n///\n/// ‸\nfn f() {}\n", "rust"),
        ("///\n/// ‸\n/// Mine.\nfn f() {}\n", "rust"),
        ("//\n//‸\nfn f() {}\n", "rust"),
        ("//\n// ‸\n// Mine.\nfunc F() {}\n", "go"),
    ],
)
def test_what_the_user_wrote_is_not_filled_up(marked: str, language: str) -> None:
    cursor = cursor_in(marked, language)
    assert inline.inline(cursor.snapshot, cursor.offset, Manner("google", "en")) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("‸const A = React.memo(function B(props) { return 1; });\n", "B"),
        ("const A = React.memo(function ‸B(props) { return 1; });\n", "B"),
        ("‸const A = React.forwardRef((props, ref) => 1);\n", "A"),
        ("function C() {\n  ‸const cb = useCallback((a) => a, []);\n}\n", "cb"),
        ("‸export const f = debounce(function (a, b) {});\n", "f"),
        ("export const f = debounce(‸function (a, b) {});\n", "f"),
        ("‸exports.handler = middy(async (event) => {});\n", "handler"),
        ("‸export default React.memo(function A(props) {});\n", "A"),
        ("‸const A = withRouter(memo(forwardRef((props, ref) => 1)));\n", "A"),
        ("function f(users) {\n  ‸const x = users.map((u) => u.name);\n}\n", "f"),
        ("function f() {\n  ‸const x = useMemo(() => 1, []);\n}\n", "f"),
    ],
)
@pytest.mark.parametrize("language", ["javascript", "typescript", "typescriptreact"])
def test_a_function_in_the_call_that_makes_one_of_it(language: str, text: str, name: str) -> None:
    cursor = cursor_in(text, language)
    item = items.item_at(cursor.snapshot, cursor.offset)
    assert item is not None
    assert item.name == name
    edit = write.edit_of(cursor.snapshot, item, Manner("tsdoc", "en"))
    assert edit is not None
    made = edit.applied(cursor.snapshot.text)
    assert "@param" in made or name == "f"
    assert tokens(made, language) == tokens(cursor.snapshot.text, language)
    line = text.replace("‸", "").splitlines()["  " in text]
    assert name == "f" or made.splitlines()[made.splitlines().index(line) - 1].strip() == "*/"
