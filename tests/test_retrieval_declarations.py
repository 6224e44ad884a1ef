"""Imports, receivers and names lead to definitions, in every language that is read."""

import pytest

from retrieval import Query, Snippet, index_texts
from retrieval.context import context_at, type_names
from retrieval.entries import read_entry
from retrieval.imports import imports_of
from retrieval.render import shortened, signature

PYTHON = {
    "src/shop/__init__.py": "from .price import net_price as net, Price\nfrom .loop import *\n",
    "src/shop/price.py": (
        "class Base:\n    def inherited(self): ...\n\n"
        "class Price(Base):\n    '''含税价格。'''\n    rate: float = 0.19\n\n"
        "    def __init__(self, gross: float):\n        self.gross = gross\n\n"
        "    def net(self,\n            digits: int = 2) -> float:\n        return 1.0\n\n"
        "def net_price(gross, rate):\n    '''Price without tax.'''\n    return gross\n\n"
        "def make_price(gross):\n    price = Price(gross)\n    return price\n"
    ),
    "src/shop/loop.py": "from shop import *\nfrom .loop import nothing\n",
    "src/shop/util.py": "def clamp(low, high): ...\n",
}


def signatures(texts: dict[str, str], path: str, marked: str) -> list[Snippet]:
    text, offset = marked.replace("‸", ""), marked.index("‸")
    result = index_texts(texts).search(Query(path, text, offset), 600)
    return [snippet for snippet in result.snippets if snippet.kind == "signature"]


@pytest.mark.parametrize(
    ("marked", "first", "holds"),
    [
        ("from shop import net\nx = ‸", "def net_price(gross, rate):", "Price without tax"),
        ("from shop.price import (\n    net_price,  # the net\n)\nx = ‸", "def net_price(gross, rate):", ""),
        ("from shop import util\nx = util.‸", "def clamp(low, high):", ""),
        ("import shop.util as u\nx = u.‸", "def clamp(low, high):", ""),
        (
            "from shop import Price\np = Price(3)\np.‸",
            "class Price(Base):",
            "def net(self, digits: int = 2) -> float",
        ),
        ("from shop import Price\ndef f(p: Price):\n    p.‸", "class Price(Base):", "self.gross = gross"),
        ("from shop.price import make_price\np = make_price(1)\np.‸", "class Price(Base):", "rate: float"),
        (
            "from shop import Price\nclass Mine(Price):\n    def f(self):\n        self.‸",
            "class Price(Base):",
            "def net",
        ),
        ("from shop.price import net_price\nnet_price(‸", "def net_price(gross, rate):", ""),
    ],
)
def test_python(marked: str, first: str, holds: str) -> None:
    found = signatures(PYTHON, "src/app.py", marked)
    assert found[0].text.split("\n")[0] == first
    assert holds in found[0].text


def test_base_classes_come_along() -> None:
    found = signatures(PYTHON, "src/app.py", "from shop import Price\np = Price(3)\np.‸")
    assert any("def inherited(self)" in snippet.text for snippet in found)


def test_relative_imports_and_cycles() -> None:
    found = signatures(
        PYTHON, "src/shop/app.py", "from .util import clamp\nfrom . import loop\nfrom .loop import gone\n‸"
    )
    assert found[0].text.startswith("def clamp(low, high):")


@pytest.mark.parametrize(
    ("texts", "path", "marked", "holds"),
    [
        ({"lib/user.ts": "export interface User {\n  name: string;\n}\nexport function load(id: number): User { return null }\n"},
         "app.ts", "import { load } from './lib/user';\nconst u = ‸", "function load(id: number): User"),
        ({"lib/user.ts": "export class User {\n  rename(to: string): void {}\n}\n", "lib/index.ts": "export * from './user';\n"},
         "app.ts", "import { User } from './lib';\nconst u = new User();\nu.‸", "rename(to: string): void"),
        ({"src/lib/user.js": "export function load(id) { return 1 }\n"},
         "src/app.js", "import { load } from '@/lib/user';\n‸", "function load(id)"),
        ({"com/shop/Price.java": "package com.shop;\npublic class Price {\n  public int net(int rate) { return 1; }\n}\n"},
         "com/app/App.java", "import com.shop.Price;\nclass App {\n  void f(Price p) {\n    p.‸", "public int net(int rate)"),
        ({"shop/Price.cs": "namespace Shop {\n  public class Price {\n    public int Net(int rate) { return 1; }\n  }\n}\n"},
         "app/App.cs", "using Shop;\nclass App {\n  void F(Price p) {\n    p.‸", "public int Net(int rate)"),
        ({"inc/price.h": "int net_price(int gross, int rate);\nstruct price { int gross; };\n"},
         "app.c", '#include "inc/price.h"\nint main() {\n  net_price(‸', "int net_price(int gross, int rate)"),
        ({"inc/price.hpp": "class Price {\n public:\n  int net(int rate) { return 1; }\n};\n"},
         "app.cpp", '#include "inc/price.hpp"\nint main() {\n  Price p;\n  p.‸', "int net(int rate)"),
        ({"shop/price.go": "package shop\n\nfunc NetPrice(gross int) int {\n\treturn 1\n}\n"},
         "main.go", 'package main\n\nimport "example.com/x/shop"\n\nfunc main() {\n\tshop.‸', "func NetPrice(gross int) int"),
        ({"src/price.rs": "pub fn net_price(gross: u32) -> u32 {\n    1\n}\n"},
         "src/main.rs", "use crate::price::net_price;\nfn main() {\n    net_price(‸", "pub fn net_price(gross: u32) -> u32"),
        ({"shop/Price.kt": "package shop\nclass Price(val gross: Int) {\n  fun net(rate: Int): Int = 1\n}\n"},
         "App.kt", "import shop.Price\nfun main() {\n  val p = Price(1)\n  p.‸", "fun net(rate: Int): Int"),
        ({"src/Models/Price.php": "<?php\nclass Price {\n  public function net($rate) { return 1; }\n}\n"},
         "app.php", "<?php\nuse App\\Models\\Price;\n$p = new Price(1);\n$p->‸", "public function net($rate)"),
        ({"lib/price.rb": "class Price\n  def net(rate)\n    1\n  end\nend\n"},
         "app.rb", "require_relative 'lib/price'\np = Price.new(1)\nPrice.‸", "def net(rate)"),
        ({"src/util/index.ts": "export function clamp(low: number): number { return low }\n"},
         "src/app.ts", "import * as util from './util';\nutil.‸", "function clamp(low: number)"),
        ({"a.js": "export * from './b';\n", "b.js": "export * from './a';\nexport { deep } from './c.js';\n",
          "c.js": "export function deep(level) {}\n"},
         "app.js", "import { deep, gone } from './a';\ndeep(‸", "function deep(level)"),
        ({"lib/user.js": "module.exports = { load };\nfunction load(id) {}\n"},
         "app.js", "const { load } = require('./lib/user');\nload(‸", "function load(id)"),
        ({"com/shop/Price.java": "package com.shop;\npublic class Price {\n  public int net(int rate) { return 1; }\n}\n"},
         "com/app/App.java", "import com.shop.*;\nclass App extends Price {\n  void f() {\n    this.‸", "public int net(int rate)"),
        ({"inc/a.h": '#include "b.h"\n', "inc/b.h": '#include "a.h"\nint net_price(int gross, int rate);\n'},
         "app.c", '#include "inc/a.h"\nint main() {\n  net_price(‸', "int net_price(int gross, int rate)"),
        ({"src/shop/mod.rs": "pub mod price;\n", "src/shop/price.rs": "pub struct Price { gross: u32 }\nimpl Price {\n"
          "    pub fn net(&self, rate: u32) -> u32 { 1 }\n}\n"},
         "src/shop/order.rs", "use super::price::Price;\nfn f(p: Price) {\n    p.‸", "pub fn net(&self, rate: u32)"),
        ({"shop/Price.kt": "package shop\nfun netPrice(gross: Int, rate: Int): Int = 1\n"},
         "app/App.kt", "package app\nimport shop.*\nfun main() {\n  netPrice(‸", "fun netPrice(gross: Int, rate: Int)"),
        ({"lib/price.php": "<?php\nfunction net_price($gross, $rate) { return 1; }\n"},
         "app.php", "<?php\nrequire_once __DIR__ . '/lib/price.php';\nnet_price(‸", "function net_price($gross, $rate)"),
        ({"Shop/Tax.cs": "namespace Shop {\n  public static class Tax {\n    public static int Net(int gross) { return 1; }\n  }\n}\n"},
         "App.cs", "using T = Shop.Tax;\nclass App {\n  int F() => T.‸", "public static int Net(int gross)"),
    ],
)  # fmt: skip
def test_other_languages(texts: dict[str, str], path: str, marked: str, holds: str) -> None:
    found = signatures(texts, path, marked)
    assert any(holds in snippet.text for snippet in found), [snippet.text for snippet in found]


TOOL_A = "namespace Aa {\n  public class Tool {\n    public int Same() { return 1; }\n  }\n}\n"
ACCOUNT = "package %s;\npublic class Acct {\n  public int id() { return 1; }\n}\n"
JAVA = {"aaa/Acct.java": ACCOUNT % "aaa", "zzz/Acct.java": ACCOUNT % "zzz"}
KOTLIN = {
    "aa/A.kt": "package aa\nfun clampIt(wrong: Int) = 1\n",
    "zz/Z.kt": "package zz\nfun clampIt(low: Int) = 1\n",
}
STACK = "class Stack\n  def push(item)\n  end\nend\n"
MATRIX = "class Matrix {\n public:\n  int det() { return 1; }\n};\n"


@pytest.mark.parametrize(
    ("texts", "path", "marked", "first"),
    [
        ({"aa/first.hpp": "int det_of(int wrong);\n", "nn/n.hpp": "int det_of(char c, char d);\n"},
         "main.cpp", '#include "nn/n.hpp"\nint main() {\n  det_of(‸', "nn/n.hpp"),
        ({"aa/first.hpp": MATRIX, "zz/other.hpp": MATRIX},
         "main.cpp", '#include "zz/other.hpp"\nint main() {\n  Matrix m;\n  m.‸', "zz/other.hpp"),
        (JAVA, "app/App.java", "package app;\nimport zzz.*;\nclass App {\n  void f(Acct a) {\n    a.‸", "zzz/Acct.java"),
        (JAVA, "zzz/App.java", "package zzz;\nclass App {\n  void f(Acct a) {\n    a.‸", "zzz/Acct.java"),
        (KOTLIN, "app/App.kt", "package app\nimport zz.clampIt\nfun main() {\n  clampIt(‸", "zz/Z.kt"),
        (KOTLIN, "zz/App.kt", "package zz\nfun main() {\n  clampIt(‸", "zz/Z.kt"),
        ({"src/aa.rs": "pub fn clamp_it(wrong: u32) {}\n", "src/zz.rs": "pub fn clamp_it(low: u32) {}\n"},
         "src/main.rs", "mod aa; mod zz;\nfn main() {\n    zz::clamp_it(‸", "src/zz.rs"),
        ({"aa/A.cs": TOOL_A, "zz/Z.cs": TOOL_A.replace("Aa", "Zz")},
         "App.cs", "using Zz;\nclass App {\n  void F(Tool tool) {\n    tool.‸", "zz/Z.cs"),
        ({"other.rb": STACK, "stack.rb": STACK}, "app.rb", "require_relative 'stack'\nStack.‸", "stack.rb"),
    ],
    ids=["c++ call", "c++ type", "java import", "java package", "kotlin import", "kotlin package", "rust", "c#", "ruby"],
)  # fmt: skip
def test_of_homonyms_the_imported_one_comes_first(
    texts: dict[str, str], path: str, marked: str, first: str
) -> None:
    assert signatures(texts, path, marked)[0].path == first


@pytest.mark.parametrize(
    ("family", "text", "modules"),
    [
        ("python", "from ..a.b import c\nimport x.y as z", [(".", "..", "a", "b"), ("x", "y")]),
        ("python", "from a import (b,", [("a",)]),
        ("js", "export { a } from '../y'\nconst q = require('./z')", [("..", "y"), (".", "z")]),
        (
            "rust",
            "use crate::a::{B as C, class::{self, D}};\nmod z;",
            [("a",), ("a", "class"), ("a", "class"), (".", "z")],
        ),
        ("go", 'import (\n\t"fmt"\n\tx "a.com/b"\n)', [("fmt",), ("a.com", "b")]),
        ("csharp", "using A.B;\nusing X = A.C;", [("A", "B"), ("A",)]),
        ("nothing", "import a", []),
    ],
)
def test_imports(family: str, text: str, modules: list[tuple[str, ...]]) -> None:
    assert [statement.module for statement in imports_of(family, text)] == modules


@pytest.mark.parametrize(
    ("text", "name", "first"),
    [
        ("user: User = x", "user", "User"),
        ("self.user = shop.User(1)", "user", "User"),
        ("const user = new User<T>(1)", "user", "User"),
        ("User<T> user;", "user", "User"),
        ("with User(1) as user:", "user", "User"),
        ("st = User.new", "st", "User"),
        ("@st ||= Shop::User.new", "st", "User"),
        ("function f(User $m) {", "m", "User"),
        ("function f(?User &$m) {", "m", "User"),
        ("$m = new Shop\\User;", "m", "User"),
        ("nothing here", "net_price", "NetPrice"),
    ],
)
def test_types_of_names(text: str, name: str, first: str) -> None:
    assert type_names(text, len(text), name)[0] == first


def test_the_receiver_is_what_stands_before_the_dot() -> None:
    assert context_at("x = self.user.", 14).receiver == "self.user"
    assert context_at("p->", 3).receiver == "p"
    assert context_at("a.b(c).d", 8).receiver
    assert context_at("x = 1", 5).receiver == ""


USER = {"packages/core/src/user.ts": "export function load(id: number): string { return '' }\n",
        "packages/other/user.ts": "export function load(wrong: boolean) {}\n",
        "packages/web/user.ts": "export function load(near: boolean) {}\n"}  # fmt: skip


@pytest.mark.parametrize(
    ("configs", "module"),
    [
        ({"packages/web/tsconfig.json": '{"compilerOptions": {"paths": {"@core/*": ["../core/src/*"]}}}'},
         "@core/user"),
        ({"packages/web/tsconfig.json": '// c\n{"compilerOptions": {/* "paths": 1 */ "baseUrl": "..", "paths": '
          '{"core/*": ["core/src/*",], "*": ["nowhere/*"]},},}'}, "core/user"),
        ({"packages/web/tsconfig.json": '{"extends": "../../tsconfig.base"}',
          "tsconfig.base.json": '{"compilerOptions": {"paths": {"user-model": ["packages/core/src/user.ts"]}}}'},
         "user-model"),
        ({"packages/web/tsconfig.json": '{"files": [], "references": [{"path": "./tsconfig.app.json"}]}',
          "packages/web/tsconfig.app.json": '{"compilerOptions": {"paths": {"#/*": ["../core/src/*"]}}}'}, "#/user"),
        ({"jsconfig.json": '{"compilerOptions": {"baseUrl": "./packages/core"}}'}, "src/user"),
        ({"packages/web/tsconfig.json": '{"extends": "./tsconfig.json", "compilerOptions": {"paths": '
          '{"@/*": ["../none/*", "../core/*"]}}}'}, "@/src/user"),
    ],
    ids=["paths", "comments", "extends", "references", "base", "itself"],
)  # fmt: skip
def test_modules_mean_what_the_project_says(configs: dict[str, str], module: str) -> None:
    marked = f"import {{ load }} from '{module}';\nconst u = load(‸"
    found = signatures(USER | configs, "packages/web/src/app.ts", marked)
    assert "load(id: number)" in found[0].text


@pytest.mark.parametrize(
    "config", ["", "{", "[]", '{"compilerOptions": 3, "references": [1]}', '{"extends": 5}']
)
def test_a_broken_configuration_says_nothing(config: str) -> None:
    marked = "import { load } from '@/core/src/user';\nconst u = load(‸"
    found = signatures(USER | {"tsconfig.json": config}, "packages/web/src/app.ts", marked)
    assert "load(id: number)" in found[0].text


TYPING = {
    "shop/typing.py": "class Any:\n    wrong = 1\n",
    "shop/lines.py": "class Lines:\n    def join(self, wrong): ...\n\ndef isinstance(wrong): ...\n",
    "shop/util.py": "def clamp(low, high): ...\n\ndef total(lines): ...\n",
    "other/Shop.py": "class Shop:\n    wrong = 2\n",
}


@pytest.mark.parametrize(
    "marked",
    [
        "from typing import Any\n\ndef f(x: Any) -> Any:\n    return ‸",  # Python's own, not a file of that name
        "from attrs import Lines\n\ndef f(x: Lines) -> Lines:\n    return ‸",  # from outside the workspace
        "def f(x):\n    return isinstance(‸",
        "class Shop:\n    pass\n\ndef f(x: Shop) -> Shop:\n    return ‸",  # defined here
    ],
)
def test_a_name_of_something_else_brings_nothing(marked: str) -> None:
    texts = TYPING | {"app.py": marked.replace("‸", "")}
    found = signatures(texts, "app.py", marked)
    assert not [snippet for snippet in found if "wrong" in snippet.text or "Any" in snippet.text]


PACKAGE = {
    "p/__init__.py": "from .core import make_engine\nfrom . import util as tools\n",
    "p/core.py": "def make_engine(url, echo): ...\n",
    "p/util.py": "def clamp(low, high): ...\n",
    "core.py": "def make_engine(wrong): ...\n",
}


@pytest.mark.parametrize(
    ("marked", "first"),
    [
        ("import p\np.make_engine(‸", "def make_engine(url, echo):"),
        ("import p as pp\npp.‸", "def make_engine(url, echo):"),
        ("import p as pp\nx = pp.make_engine('a')\ny = ‸", "def make_engine(url, echo):"),
        ("import p\np.util.‸", "def clamp(low, high):"),
        ("import p\np.tools.clamp(‸", "def clamp(low, high):"),
        ("import p.core\np.core.make_engine(‸", "def make_engine(url, echo):"),
        ("import p.core\np.core.‸", "def make_engine(url, echo):"),
        ("import p.core\np.‸", "def make_engine(url, echo):"),
    ],
)
def test_what_a_package_hands_on_is_reached_behind_its_dot(marked: str, first: str) -> None:
    assert signatures(PACKAGE, "app.py", marked)[0].text == first


def test_a_module_in_a_module_of_another_language() -> None:
    texts = {
        "lib/index.ts": "export * as dates from './dates';\n",
        "lib/dates.ts": "export function day(n: number) {}\n",
    }
    found = signatures(texts, "app.ts", "import * as lib from './lib';\nlib.dates.‸")
    assert "function day(n: number)" in found[0].text


def test_a_method_behind_an_unknown_dot_is_a_guess() -> None:
    [found] = signatures(TYPING, "app.py", "x = ', '.join(‸")
    assert (found.why, found.score) == ("call of join", 1.2)
    assert signatures(TYPING, "app.py", "join(‸") == []


def test_of_a_module_the_names_behind_its_dot_are_meant() -> None:
    found = signatures(TYPING, "app.py", "from shop import util\ntotal = util.clamp(1, 2)\nx = ‸")
    assert [snippet.text for snippet in found if snippet.path == "shop/util.py"] == ["def clamp(low, high):"]


@pytest.mark.parametrize(
    ("text", "name", "short"),
    [
        ("def total_price(items: list, rate: float = 0.19) -> float:", "total_price", "def total_price(items: list, …)"),
        ("func (s *Server) Handle(w http.ResponseWriter, r *http.Request)", "Handle", "func (s *Server) Handle(…)"),
        ("def everything_that_there_is_about(x, y):", "everything_that_there_is_about",
         "def everything_that_there_is_about(…)"),
        ("def f(a: dict[str, Callable[[int], str]], b: int, c):", "f", "def f(…)"),
        ("int put(std::map<int, long> all, int n, int m)", "put", "int put(std::map<int, long> all, …)"),
        ("class Price extends Base implements Third", "Price", "class Price extends Base …"),
        ("RATES = {'a': 1, 'b': 2, 'c': 3, 'd': 4}", "RATES", "RATES = {'a': 1, 'b': 2, 'c': …"),
        ("def f(a, b, c):", "f", "def f(a, b, c):"),
    ],
)  # fmt: skip
def test_a_signature_is_cut_between_parameters(text: str, name: str, short: str) -> None:
    assert shortened(text, name, 32) == short


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("v.hpp", "#pragma once\nstruct Vec { int x; };\n", ""),
        ("v.h", "#include <math.h>\nstruct Vec { int x; };\n", ""),
        ("v.cs", "#region Vectors\nclass Vec { }\n", ""),
        ("v.hpp", "// A vector.\nstruct Vec { int x; };\n", "    // A vector."),
        ("v.rs", "/// A vector.\n#[derive(Debug)]\nstruct Vec { x: u32 }\n", "    // A vector."),
        ("v.rb", "# A vector.\nclass Vec\nend\n", "    # A vector."),
        ("v.py", "#!/usr/bin/env python\nclass Vec:\n    pass\n", ""),
    ],
)
def test_directives_document_nothing(path: str, text: str, said: str) -> None:
    assert "".join(signature(read_entry(path, text, (0, 0)), 0)[1:]) == said


PRICES = "".join(
    f'def price_of_{name}(items: list, rate: float = 0.19) -> float:\n    """The {name} price."""\n\n'
    for name in ("all", "one", "two", "new", "old", "net", "low", "top")
)


def test_definitions_come_whole_where_there_is_room() -> None:
    text = "from price import price_of_all, price_of_one\n\nx = price_of_one([])\ny = "
    found = signatures({"price.py": PRICES}, "app.py", text + "‸")
    assert [snippet.text.split("\n")[0] for snippet in found if "one" in snippet.text] == [
        "def price_of_one(items: list, rate: float = 0.19) -> float:"
    ]
    assert all("price." in snippet.text for snippet in found)


def test_definitions_that_compete_are_cut_between_parameters() -> None:
    names = ["all", "one", "two", "new", "old", "net", "low", "top"]
    text = f"from price import {', '.join(f'price_of_{name}' for name in names)}\n\nx = "
    filler = {f"other{n}.py": "\n".join(f"x = price({n}, {k})" for k in range(40)) for n in range(9)}
    found = index_texts({"price.py": PRICES, **filler}).search(Query("app.py", text, len(text)), 600)
    texts = [snippet.text for snippet in found.snippets if snippet.kind == "signature"]
    assert "def price_of_two(items: list, …)" in texts or "def price_of_top(items: list, …)" in texts
    assert all(one.split("\n")[0].endswith((":", "…)")) for one in texts)


def test_many_imported_names_are_in_reach() -> None:
    names = [f"net_price_number_{n}" for n in range(9)]
    body = "".join(
        f'def {n}(gross, rate, digits, currency, rounding):\n    """{n} of it."""\n\n' for n in names
    )
    found = signatures(
        {"price.py": body}, "app.py", f"from price import {', '.join(names)}\n\nx = {names[3]}(1)\ny = ‸"
    )
    assert [snippet.text.split("(")[0] for snippet in found][:1] == [f"def {names[3]}"]
    assert found[0].text.endswith(f"# {names[3]} of it.")  # near: with what it says of itself
    assert len(found) >= 6
