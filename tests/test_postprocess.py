"""Where an answer ends and what is shown of it: tables of examples, the same for one piece and for many."""

import random
from dataclasses import replace

import pytest
from marks import cursor_in
from test_trigger import ODD

from abacus_lsp import syntax
from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion import trigger
from abacus_lsp.completion.pipeline import Model, Request, complete
from abacus_lsp.completion.postprocess import Ending, ended, rejection, run
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.settings import CompletionSettings, Settings
from abacus_lsp.window import Counter


def at(
    marked: str, language: str = "python", *, most: int = 16, explicit: bool = True, blocks: bool = True
) -> Ending:
    """The ending at a place, as the pipeline makes it."""
    cursor = cursor_in(marked, language)
    trees = Trees()
    site = syntax.site_at(cursor, trees)
    settings = Settings(completion=CompletionSettings(max_lines=most))
    decision = trigger.decide(cursor, site, settings, explicit=True)
    sound = syntax.soundness(cursor, trees)
    return Ending.of(cursor, site, decision, settings, explicit=explicit, blocks=blocks, sound=sound)


JAVA = "class A {\n    int f(List<Item> items) {\n@    }\n}\n"
# Rows: name, the place, its language, what the model wrote, what is shown, the reason.
STATEMENTS = [
    ("one line", "x = ‸", "python", "f(1)\ny = 2\n", "f(1)", "ok"),
    ("blanks at the end", "x = ‸", "python", "f(1)   ", "f(1)", "ok"),
    ("nothing", "x = ‸", "python", "", "", "empty-answer"),
    ("blanks only", "‸", "python", "  \n  ", "", "blank-answer"),
    ("a call over lines", "x = ‸", "python", "f(\n    1,\n    2,\n)\ny = 2\n", "f(\n    1,\n    2,\n)", "ok"),
    ("an open call ends at its bracket", "x = f(‸", "python", "1,\n      2)\ny = 2\n", "1,\n      2)", "ok"),
    ("a string over lines", "x = ‸", "python", '"""a\nb = (\n"""\ny = 2\n', '"""a\nb = (\n"""', "ok"),
    ("brackets in strings do not count", "x = ‸", "python", "f('(')\ny = 2\n", "f('(')", "ok"),
    ("a backslash goes on", "x = ‸", "python", "1 + \\\n    2\ny = 2\n", "1 + \\\n    2", "ok"),
    ("a chain of calls", JAVA.replace("@", "        return ‸\n"), "java",
     "items.stream()\n            .count();\n        int b = 1;\n", "items.stream()\n            .count();", "ok"),
    ("an operator waits", JAVA.replace("@", "        return ‸\n"), "java", "a &&\n            b;\n    }\n",
     "a &&\n            b;", "ok"),
    ("no semicolons", "const a = ‸\n", "javascript", "b\n  .c()\nconst d = 1\n", "b\n  .c()", "ok"),
    ("no semicolons, the next statement", "const a = ‸\n", "javascript", "b()\nconst d = 1\n", "b()", "ok"),
    ("up to the brace that the file lacks", JAVA.replace("@", "        for (Item one : ‸\n            g(one);\n        }\n"),
     "java", "items) {\n            g(one);\n        }\n", "items) {", "ok"),
    ("a brace on a line of its own that the file lacks", "class A\n{\n    void F(‸\n        G();\n    }\n}\n", "csharp",
     "int a, int b)\n    {\n        G();\n", "int a, int b)\n    {", "ok"),
    ("closers that the file lacks", "f(() => {\n  g(‸\n\nh();\n", "javascript", "1);\n});\n\nh();\n", "1);\n});", "ok"),
    ("what the file lacks never comes", "f(() => {\n  g(‸\n\nh();\n", "javascript",
     "1);\n  i();\n  j();\n  k();\n  l();\n  m();\n  n();\n", "1);", "ok"),
    ("after a complete line", "x = f(1)‸\n", "python", "\n\ny = 2\n", "\n\ny = 2", "ok"),
    ("the end of a comment", "x = 1\n# 读取‸\ny = 2\n", "python", "文件，逐行\nx = 1\n", "文件，逐行", "ok"),
]  # fmt: skip
BLOCKS = [
    ("a line that opens a block goes on", "def f(x):\n    if‸\n", "python", " x:\n        return 1\n    z\n",
     " x:\n        return 1", "ok"),
    ("the body is there already", "def f(x):\n    if‸\n        return 1\n", "python", " x:\n        return 1\n    z\n",
     " x:", "ok"),
    ("a block in braces", JAVA.replace("@", "        ‸\n"), "java",
     "if (a) {\n            g();\n        } else {\n            h();\n        }\n        return 1;\n    }\n\n    int z() {\n",
     "if (a) {\n            g();\n        } else {\n            h();\n        }\n        return 1;", "ok"),
    ("a block ends where the indentation does", "def f():‸", "python", "\n    a = 1\n    return a\n\nnext()\n",
     "\n    a = 1\n    return a", "ok"),
    ("inside a body", "def f():\n    ‸\n", "python", "a = 1\n    return a\n\n\ndef g():\n", "a = 1\n    return a", "ok"),
    ("the body of a method ends at its sibling", "class A:\n    def f(self):\n‸\n", "python",
     "        return 1\n\n    @property\n    def g(self):\n", "        return 1", "ok"),
    ("a brace that closes the block", "function f()‸", "javascript", " {\n  return 1;\n}\nfoo();\n",
     " {\n  return 1;\n}", "ok"),
    ("a brace that is there already", "function f() {‸\n}\n", "javascript", "\n  return 1;\n}\n", "\n  return 1;", "ok"),
    ("a brace of its own is no brace of ours", "function f() {\n  ‸\n}\n", "javascript",
     "if (a) {\n    b();\n  }\n  c();\n}\nfoo();\n", "if (a) {\n    b();\n  }\n  c();", "ok"),
    ("code for a Chinese comment", "# 求两数之和\n‸\n", "python", "def add(a, b):\n    return a + b\n\n\nprint(1)\n",
     "def add(a, b):\n    return a + b", "ok"),
    ("labels of a class", "class A {‸\n};\n", "cpp", "\npublic:\n  A();\n\nprivate:\n  int x_;\n};\n\nint main() {}\n",
     "\npublic:\n  A();\n\nprivate:\n  int x_;", "ok"),
    ("a label below members", "class A {\n    ‸\n};\n", "cpp", "int x;\nprivate:\n    void a();\n};\nint g();\n",
     "int x;\nprivate:\n    void a();", "ok"),
    ("labels of the next class", "class A {\n    ‸\n};\n", "cpp", "int x;\n};\nclass B {\npublic:\n    int y;\n};\n",
     "int x;", "ok"),
    ("cases as deep as their switch", "void f(int a) {\n    switch (a) {‸\n    }\n}\n", "cpp",
     "\n    case 1:\n        g();\n    default:\n        h();\n    }\n}\n",
     "\n    case 1:\n        g();\n    default:\n        h();", "ok"),
    ("circles", "def f():‸", "python", "\n    a()\n    a()\n    a()\n    a()\n", "\n    a()", "ok"),
    ("circles of two lines", "def f():‸", "python", "\n    a()\n    b()\n    a()\n    b()\n    a()\n    b()\n    c()\n",
     "\n    a()\n    b()", "ok"),
    ("lines that come again in another order", "class A {‸\n}\n", "csharp",
     ("\n    float first = 0f;\n    float second = 0f;\n    float third = 0f;\n    float second = 0f;\n    float third = 0f;\n"
     "    float first = 0f;\n    float fourth = 0f;\n"),
     "\n    float first = 0f;\n    float second = 0f;\n    float third = 0f;", "ok"),
    ("circles inside a line", "x = ‸", "python", "[" + "0, " * 80, "[0,]", "ok"),
    ("counting for ever", "def f(n):‸", "python",
     "\n" + "".join(f"    if n == {i}:\n        return {i}\n" for i in range(9)),
     "\n    if n == 0:\n        return 0\n    if n == 1:\n        return 1", "ok"),
    ("counting, a first round of its own", "def f(n):‸", "python",
     "\n    if n == 0:\n        return 0\n" + "".join(f"    elif n == {i}:\n        return 2\n" for i in range(1, 9)),
     "\n    if n == 0:\n        return 0\n    elif n == 1:\n        return 2\n    elif n == 2:\n        return 2", "ok"),
    ("counting ever deeper", "def f(s):\n    ‸\n", "python",
     "a = 1\n    if s:\n" + "".join(f"{'    ' * n}# {n}. part\n{'    ' * n}if s[{n}]:\n" for n in range(2, 9)), "a = 1", "ok"),
    ("counting in names", "class A {\n    void f() {‸\n    }\n}\n", "java",
     "\n        int most = 0;\n" + "".join(f"        int most{i} = 0;\n" for i in range(2, 20)),
     "\n        int most = 0;\n        int most2 = 0;\n        int most3 = 0;", "ok"),
    ("counting as the user does", "def f():\n    a(1)\n    a(2)\n    # 调用 3 到 8\n    ‸\n", "python",
     "a(3)\n    a(4)\n    a(5)\n    a(6)\n    a(7)\n    a(8)\n", "a(3)\n    a(4)\n    a(5)\n    a(6)\n    a(7)\n    a(8)", "ok"),
    ("four cases are no counting", "def f(n):‸", "python",
     "\n    a(1)\n    a(2)\n    a(3)\n    a(4)\n    return b\n",
     "\n    a(1)\n    a(2)\n    a(3)\n    a(4)\n    return b", "ok"),
    ("a table of numbers is no counting", "def f():‸", "python",
     "\n    x = [\n" + "".join(f"        [{i}, {i}],\n" for i in range(9)) + "    ]\n    return x\n\n\n",
     "\n    x = [\n" + "".join(f"        [{i}, {i}],\n" for i in range(9)) + "    ]\n    return x", "ok"),
]  # fmt: skip
FILE_HAS_IT = [
    ("the rest of the line", "f(‸)", "python", "a, b)", "a, b", "ok"),
    ("and what ends the statement", "f(‸);\n", "javascript", "a, b);\n", "a, b", "ok"),
    ("a part of the rest", "class A {\n  int k ‸get; private set; }\n}\n", "csharp", "{ get; private set; }\n", "{", "ok"),
    ("the brace of an empty body that is there", "class A {\n    void f() {}\n\n    ‸ {}\n}\n", "java",
     "public void g(int a) {\n        h();\n    }\n", "public void g(int a)", "ok"),
    ("closers that would be doubled", "f(‸)", "python", "g(a))", "g(a)", "ok"),
    ("closers of its own stay", "f(‸)", "python", "g(a)", "g(a)", "ok"),
    ("a quote that would be doubled", "x = '‸'\n", "python", "abc'", "abc", "ok"),
    ("full-width closers count in comments", "# 求和（‸）\n", "python", "a 与 b）", "a 与 b", "ok"),
    ("an opener before the rest of a line is no block", "def f(‸):\n    return a\n", "python", "a: int, b):\n    c\n", "a: int, b", "ok"),
    ("the line below", "x = ‸\nx = 1\n", "python", "1\n", "", "repeats-below"),
    ("the line below, other quotes and blanks", "‸\nx = f('a', 1)\n", "python", 'x = f("a",1)\n', "", "repeats-below"),
    ("the line below, other punctuation", "‸\nself.add(first, second, third);\n", "javascript",
     "self.add([first, second, third]);\n", "", "repeats-below"),
    ("the line below, a letter more", "def f():\n    ‸\n    return self.find(name, items)\n", "python",
     "return self.find(name, item)\n", "", "repeats-below"),
    ("another number is another line", "def f():\n    ‸\n    self.put(first, table, key, 12)\n", "python",
     "self.put(first, table, key, 1)\n", "self.put(first, table, key, 1)", "ok"),
    ("another name is another line", "def f():\n    ‸\n    self.put(table, second, value)\n", "python",
     "self.put(table, first, value)\n", "self.put(table, first, value)", "ok"),
    ("up to the line below", "def f():‸\n    return a\n", "python", "\n    a = 1\n    return a\n", "\n    a = 1", "ok"),
    ("up to two lines further down", "def f():\n    ‸\n    b = 2\n    c = compute(b)\n    return compute(c)\n", "python",
     "a = 1\n    c = compute(b)\n    return compute(c)\n", "a = 1", "ok"),
    ("one line alike is no copy", "def f():\n    ‸\n    b = 2\n    return compute(b)\n", "python",
     "if a:\n        return compute(b)\n", "if a:\n        return compute(b)", "ok"),
    ("branches belong to their header", "def f(a):\n    x = 1\n    ‸\n    return 2\n", "python",
     "if a:\n        b()\n    else:\n        c()\n    d()\n", "if a:\n        b()\n    else:\n        c()", "ok"),
    ("a header without braces", JAVA.replace("@", "        x();\n        ‸\n        h();\n"), "java",
     "if (a)\n            g();\n        i();\n", "if (a)\n            g();", "ok"),
    ("a signature over lines before its body", "class A {\n    ‸ {\n    }\n}\n", "java",
     "@Override\n    public int f(\n        int a\n    ) {\n        return a;\n", "@Override\n    public int f(\n        int a\n    )", "ok"),
    ("the line above again", "def f(self):\n    self.total = 0\n    ‸\n", "python", "self.total = 0\n", "", "repeats-above"),
    ("a short line may come again", "def f():\n    n += 1\n    ‸\n", "python", "n += 1\n", "n += 1", "ok"),
    ("a finished line with more below", "def f():\n    a = foo‸\n    return a\n", "python", "\n    b = 1\n", "", "line-complete"),
    ("after a return nothing comes", "def f():\n    return foo‸\n", "python", "\n    b = 1\n", "", "line-complete"),
]  # fmt: skip
NO_CODE = [
    ("a fence around it", "def f():\n    ‸\n", "python", "```python\nreturn 1\n```\nThis returns one.\n", "return 1", "ok"),
    ("a greeting before it", "def f():\n    ‸\n", "python", "Here is the completed code:\n\n```python\nreturn 1\n```\n", "return 1", "ok"),
    ("a Chinese greeting", "def f():\n    ‸\n", "python", "以下是补全的代码：\n```\nreturn 1\n```", "return 1", "ok"),
    ("a fence of tildes", "def f():\n    ‸\n", "python", "~~~python\nreturn 1\n~~~\nDone.\n", "return 1", "ok"),
    ("a sentence before the fence", "def f():\n    ‸\n", "python",
     "We have to give the number that is wanted by the caller.\n\n```python\nreturn 1\n```\n", "return 1", "ok"),
    ("a Chinese sentence before the fence", "def f():\n    ‸\n", "python",
     "该函数按照要求返回数字一。\n```python\nreturn 1\n```\n", "return 1", "ok"),
    ("a sentence and no fence", "def f():\n    ‸\n", "python",
     "We have to give the number that is wanted by the caller.\n    return 1\n    a()\n    b()\n    c()\n", "", "prose"),
    ("a fence after it", "x = ‸", "python", "1\n```\n", "1", "ok"),
    ("a steering token", "x = ‸", "python", "f(1)<|endoftext|>import os\n", "f(1)", "ok"),
    ("a fill-in-the-middle token", "x = ‸", "python", "f(1)<fim_middle>f(2)\n", "f(1)", "ok"),
    ("a token first", "x = ‸", "python", "<|fim_pad|>", "", "blank-answer"),
    ("DeepSeek's tokens", "x = ‸", "python", "f(1)<｜fim▁end｜>", "f(1)", "ok"),
    ("the file's own token is text", "a = '<eos>'\nb = ‸\nc = '<eos>'\n", "python", "'<eos>'\n", "'<eos>'", "ok"),
    ("prose", "def f():\n    ‸\n", "python", "This is the end of the function that we will use later\n", "", "prose"),
    ("prose after code", "def f():\n    ‸\n", "python", "return 1\n    The function returns one and that is all we need\n", "return 1", "ok"),
    ("Chinese prose", "x = 1\n‸\n", "python", "上面的代码实现了这个功能\n", "", "prose"),
    ("a comment is no prose", "x = 1\n‸\n", "python", "# this is the end of the part that we use\n",
     "# this is the end of the part that we use", "ok"),
    ("words of Python are no prose", "def f(a, b):\n    x = 1\n    ‸\n", "python", "if a is not None and b is None:\n        return x\n",
     "if a is not None and b is None:\n        return x", "ok"),
    ("code behind a comment's end", "/* 读取‸\n", "c", "文件 */ int x;\n", "文件 */", "ok"),
    ("a comment's end that is there", "/* 读取‸ */\nint x;\n", "c", "文件 */ int y;\n", "文件", "ok"),
    ("a Chinese comment goes on in Chinese", "# 读取文件并‸\n", "python", "返回 list 的长度\n", "返回 list 的长度", "ok"),
    ("a name in a Chinese comment", "# 调用 ‸\n", "python", "numpy.sum\n", "numpy.sum", "ok"),
    ("code in a Chinese comment", "# 读取文件并‸\n", "python", "x = open(p)\n", "", "other-language"),
    ("English in a Chinese comment", "# 读取文件并‸\n", "python", "return the list\n", "", "other-language"),
    ("English in an English comment", "# read the file and ‸\n", "python", "return the list\n", "return the list", "ok"),
    ("in Markdown prose is due", "# 珠算\n‸\n", "markdown", "This is the end of the part that we use\n",
     "This is the end of the part that we use", "ok"),
]  # fmt: skip
LAYOUT = [
    ("full-width brackets", "print‸\n", "python", "（a， b）\n", "(a, b)", "ok"),
    ("full-width quotes", "x = ‸\n", "python", "“你好，世界”\n", '"你好，世界"', "ok"),
    ("full-width blanks", "x = ‸\n", "python", "a\u3000+\u3000b\n", "a + b", "ok"),
    ("between tags they stay", "return ‸\n", "javascriptreact", "<p>你好，世界！</p>;\n", "<p>你好，世界！</p>;", "ok"),
    ("between the tags at the cursor", "return <p>‸</p>;\n", "javascriptreact", "你好，世界！\n", "你好，世界！", "ok"),
    ("in a page", "<template>\n<p>‸</p>\n</template>\n", "vue", "你好，世界！\n", "你好，世界！", "ok"),
    ("behind an arrow", "x = ‸\n", "javascript", "(a) => f（值，a）\n", "(a) => f(值,a)", "ok"),
    ("a type's brackets are no tag", "x = ‸\n", "typescript", "foo<T>（值，b）\n", "foo<T>(值,b)", "ok"),
    ("a comparison", "x = ‸\n", "javascript", "a > f（值，b）\n", "a > f(值,b)", "ok"),
    ("words without quotes", "title: ‸\n", "yaml", "你好，世界。\n", "你好，世界。", "ok"),
    ("words of a shell", "echo ‸\n", "shellscript", "你好，世界。\n", "你好，世界。", "ok"),
    ("in a template's hole", "x = `a${‸}`\n", "javascript", "f（a，b）\n", "f(a,b)", "ok"),
    ("in a format's hole", 'x = f"甲，{a}{‸}"\n', "python", "f（a，b）\n", "f(a,b)", "ok"),
    ("behind a format's hole", 'x = f"{a}‸"\n', "python", "，好\n", "，好", "ok"),
    ("in a regular expression", "x = ‸\n", "javascript", "s.replace(/[，。！]/g, '')\n", "s.replace(/[，。！]/g, '')", "ok"),
    ("inside a string they stay", "x = ‸\n", "python", '"你好，世界（1）"\n', '"你好，世界（1）"', "ok"),
    ("inside a comment they stay", "x = ‸\n", "python", "1  # 你好，世界\n", "1  # 你好，世界", "ok"),
    ("inside the string at the cursor", 'x = "你‸"\n', "python", "好，世界\n", "好，世界", "ok"),
    ("tabs in a file with tabs", "def g():\n\tif a:\n\t\tb()\n\ndef f():\n\t‸\n", "python", "if x:\n        y()\n    z()\n",
     "if x:\n\t\ty()\n\tz()", "ok"),
    ("blanks in a file with blanks", "def g():\n    if a:\n        b()\n\ndef f():‸\n", "python", "\n\tif x:\n\t\ty()\n",
     "\n    if x:\n        y()", "ok"),
    ("two blanks where two are used", "function g() {\n  if (a) {\n    b();\n  }\n}\nfunction f() {‸\n}\n", "javascript",
     "\n    if (x) {\n        y();\n    }\n}\n", "\n  if (x) {\n    y();\n  }", "ok"),
    ("aligned arguments stay aligned", "def g():\n    if a:\n        b()\n        c(‸\n", "python",
     "first,\n          second)\n", "first,\n          second)", "ok"),
    ("the width of the nearest code", "def g():\n  if a:\n    b()\n  for a in b:\n    c()\n  ‸\n", "python",
     "if x:\n    y()\n", "if x:\n    y()", "ok"),
    ("a header whose body does not parse", "def f(x):\n    ‸\n", "python",
     "a = 1\n    if x:\n        return = 2\n", "a = 1", "ok"),
    ("a branch whose body does not parse", "def f(x):\n    ‸\n", "python",
     "if x:\n        return 1\n    else:\n        return = 2\n", "if x:\n        return 1", "ok"),
    ("the line once more", "def f():\n    total = ‸\n", "python", "    total = sum(a)\n", "sum(a)", "ok"),
    ("the line once more, behind a fence", "x = ‸\n", "python", "```python\nx = f(1)\n```\n", "f(1)", "ok"),
    ("the line once more, without a blank", "int a =‸\n", "java", "int a = f();\n", " f();", "ok"),
    ("a return once more", "def f(x):\n    return ‸\n", "python", "return x\n", "x", "ok"),
    ("a name that begins as the line does", "def f(x):\n    return ‸\n", "python", "returned\n", "returned", "ok"),
    ("a call in a call", "x = max(‸)\n", "python", "max(a, b), c", "max(a, b), c", "ok"),
    ("a comparison with itself", "ok = x ==‸\n", "python", " x\n", " x", "ok"),
    ("a shallow string in a block", "def f():\n    ‸\n", "python",
     'sql = """\nSELECT 1\n\nFROM a\n"""\n    return sql\nx = 1\n', 'sql = """\nSELECT 1\n\nFROM a\n"""\n    return sql', "ok"),
    ("a shallow template in a block", "function f() {\n  ‸\n}\n", "javascript",
     "const a = `\n<b>\n`;\n  return a;\n}\n", "const a = `\n<b>\n`;\n  return a;", "ok"),
    ("a shallow text block", "class A {\n  String f() {\n    ‸\n  }\n}\n", "java",
     'String a = """\nb\n""";\n    return a;\n  }\n', 'String a = """\nb\n""";\n    return a;', "ok"),
    ("a shallow raw string", "func f() string {\n\t‸\n}\n", "go", "a := `\nb\n`\n\treturn a\n}\n", "a := `\nb\n`\n\treturn a", "ok"),
    ("a shallow list", "def g():\n    ‸\n", "python", "x = [\n1,\n2,\n]\n    return x\nx = 1\n", "x = [\n1,\n2,\n]\n    return x", "ok"),
    ("shallow arguments", "def g():\n    ‸\n", "python", "return foo(\n1,\n2,\n)\n", "return foo(\n1,\n2,\n)", "ok"),
    ("a shallow last argument", "def g():\n    ‸\n", "python", "x = foo(\n  1,\n2)\n    return x\n", "x = foo(\n  1,\n2)\n    return x", "ok"),
    ("comments that announce nothing", "def f():\n    ‸\n", "python",
     "a = 1\n    # and then\n    return a\n\n    # later\n    # and later\n", "a = 1\n    # and then\n    return a", "ok"),
    ("comments that announce nothing, with slashes", "function f() {\n  ‸\n}\n", "javascript",
     "a();\n  // later\n  // later\n  // later\n  // later\n}\n", "a();", "ok"),
    ("comments that announce what does not parse", "def f(x):\n    ‸\n", "python",
     "a = 1\n    # and then\n    if x == = 2:\n        return a\n", "a = 1", "ok"),
    ("comments alone", "def f():\n    ‸\n", "python", "# 1.\n    # 2.\n    # 3.\n    # 4.\n    # 5.\n    # 6.\n    a()\n",
     "", "blank-answer"),
    ("five comments, then code", "def f():\n    ‸\n", "python", "# 1.\n    # 2.\n    # 3.\n    # 4.\n    # 5.\n    a()\n",
     "# 1.\n    # 2.\n    # 3.\n    # 4.\n    # 5.\n    a()", "ok"),
    ("an empty line first", "def f():\n    ‸\n", "python", "\n    a = 1\n    return a\n", "a = 1\n    return a", "ok"),
]  # fmt: skip
TABS = "class A:\n\tdef g(self):\n\t\t‸\n"
UNITS = [
    ("a brace in a shallow template is not the one below", "function f() {\n  ‸\n}\n", "javascript",
     "const a = `\nSELECT 1\n}\n`;\n  return a;\n}\n", "const a = `\nSELECT 1\n}\n`;\n  return a;", "ok"),
    ("a string's blanks are its own", "def g():\n    if a:\n        b()\n\ndef f():\n    ‸\n", "python",
     'if x:\n\t\ty = """\n\tb\n"""\n', 'if x:\n        y = """\n\tb\n"""', "ok"),
    ("blanks in a deep file with tabs", TABS, "python", "a = 1\n        b = 2\n        return 1\n", "a = 1\n\t\tb = 2\n\t\treturn 1", "ok"),
    ("blanks under a header in a deep file with tabs", TABS, "python", "if a:\n            b()\n        return 1\n",
     "if a:\n\t\t\tb()\n\t\treturn 1", "ok"),
    ("two blanks in a deep file with tabs", TABS, "python", "if a:\n      b()\n    return 1\n  def h(self):\n    c()\n",
     "if a:\n\t\t\tb()\n\t\treturn 1", "ok"),
    ("blanks end the body of a method, too", TABS, "python", "return 1\n\n    def h(self):\n        c()\n", "return 1", "ok"),
    ("blanks in braces with tabs", "class A {\n\tint f() {\n\t\t‸\n\t}\n}\n", "java",
     "if (a) {\n            g();\n        }\n        return;\n    }\n", "if (a) {\n\t\t\tg();\n\t\t}\n\t\treturn;", "ok"),
    ("tabs in a deep file with two blanks", "class A:\n  def f(self):\n    a()\n  def g(self):\n    ‸\n", "python",
     "if a:\n\t\t\tb()\n\t\treturn 1\n\n\tdef h(self):\n\t\tc()\n", "if a:\n      b()\n    return 1", "ok"),
    ("tabs in a small file with blanks", "def f():\n    a()\ndef g():\n    ‸\n", "python",
     "if a:\n\t\tb()\n\treturn 1\n", "if a:\n        b()\n    return 1", "ok"),
    ("blanks in a small file with tabs", "def f():\n\ta()\ndef g():\n\t‸\n", "python",
     "if a:\n        b()\n    return 1\n", "if a:\n\t\tb()\n\treturn 1", "ok"),
    ("two blanks in a small file with tabs", "def g():\n\t‸\n", "python", "if a:\n    b()\n  return 1\n",
     "if a:\n\t\tb()\n\treturn 1", "ok"),
]  # fmt: skip
CASES = [*STATEMENTS, *BLOCKS, *FILE_HAS_IT, *NO_CODE, *LAYOUT, *UNITS]
NAMES = [case[0] for case in CASES]


def place(name: str, marked: str, language: str) -> Ending:
    silent = ("line-complete", "a finished line", "after a return")
    return at(marked, language, explicit=not name.startswith(silent))


@pytest.mark.parametrize(("name", "marked", "language", "raw", "text", "code"), CASES, ids=NAMES)
def test_what_is_shown(  # noqa: PLR0917  (a row of the table)
    name: str, marked: str, language: str, raw: str, text: str, code: str
) -> None:
    assert run(raw, place(name, marked, language), finished=True) == (text, code)


@pytest.mark.parametrize(("name", "marked", "language", "raw"), [case[:4] for case in CASES], ids=NAMES)
def test_one_piece_or_many(name: str, marked: str, language: str, raw: str) -> None:
    """Stopping as soon as `ended` says so loses nothing: what comes later would be cut anyway."""
    same_however_it_arrives(raw, place(name, marked, language))


def same_however_it_arrives(raw: str, end: Ending) -> None:
    whole = run(raw, end, finished=True)
    for index in range(len(raw)):
        if ended(raw[: index + 1], end):
            assert run(raw[: index + 1], end, finished=False) == whole
            return


def test_too_many_lines() -> None:
    end = at("def f():‸", most=3)
    assert run("\n    a()\n    b()\n    c()\n    d()\n", end, finished=True) == ("\n    a()\n    b()", "ok")


def test_too_many_lines_in_a_bracket() -> None:
    end = at("def f():\n    ‸\n", most=3)
    assert run("a()\n    x = [\n1,\n2,\n]\n    b()\n", end, finished=True) == ("a()", "ok")


def test_a_half_written_last_line_of_a_block_goes() -> None:
    end = at("def f():‸")
    assert run("\n    a = 1\n    retu", end, finished=False) == ("\n    a = 1", "ok")


def test_a_half_written_call_at_the_end_of_a_block_goes() -> None:
    end = at("def f():‸")
    assert run("\n    a = 1\n    b = g(\n        1,\n        2", end, finished=False) == ("\n    a = 1", "ok")


@pytest.mark.parametrize(
    ("body", "raw", "text"),
    [
        ("        ‸\n", "if (a) {\n            g();\n        } else if (b) {\n            h();\n        } else if (c",
         "if (a) {\n            g();\n        } else if (b) {\n            h();\n        }"),
        ("        ‸\n", "for (Item one : items) {\n            if (one.a()) {\n                g();\n                h(",
         "for (Item one : items) {\n            if (one.a()) {\n                g();\n            }\n        }"),
    ],
)  # fmt: skip
def test_a_block_that_the_budget_cut_off_is_closed(body: str, raw: str, text: str) -> None:
    assert run(raw, at(JAVA.replace("@", body), "java"), finished=False) == (text, "ok")


def test_a_single_half_written_line_stays() -> None:
    assert run("compute(total, ra", at("x = ‸"), finished=False) == ("compute(total, ra", "ok")


def test_a_statement_where_blocks_are_off() -> None:
    end = at("def f(x):\n    ‸\n", blocks=False)
    assert run("if x:\n        return 1\n    return 2\n", end, finished=True) == ("if x:", "ok")


@pytest.mark.parametrize(
    ("marked", "raw", "text", "code"),
    [
        ("a = 1\nx = ‸\nb = 2\n", "f(1))\n", "f(1)", "ok"),  # a bracket too many
        ("a = 1\nx = ‸\nb = 2\n", "f(g(1)", "f(g(1))", "ok"),  # one too few
        ("a = 1\nx = ‸\nb = 2\n", "= = ?\n", "", "breaks-syntax"),
        ("a = (\nx = ‸\nb = 2\n", "f(1)\n", "f(1)", "ok"),  # the file is broken there without us
    ],
)
def test_a_file_that_parses_still_does(marked: str, raw: str, text: str, code: str) -> None:
    assert run(raw, at(marked), finished=True) == (text, code)


def test_what_was_turned_down_is_not_offered_again_there() -> None:
    end = at("total = ‸")
    refused = replace(end, rejected=frozenset((rejection("total = ", "sum(items)"),)))
    assert run("sum(items)\n", refused, finished=True) == ("", "rejected")
    assert run("sum(prices)\n", refused, finished=True) == ("sum(prices)", "ok")
    elsewhere = replace(at("price = ‸"), rejected=refused.rejected)
    assert run("sum(items)\n", elsewhere, finished=True) == ("sum(items)", "ok")


@pytest.mark.parametrize(
    "language", ["python", "java", "typescript", "csharp", "markdown", "no-such-language"]
)
def test_any_answer_anywhere_gives_the_same_text_however_it_arrives(language: str) -> None:
    chosen = random.Random(11)
    for _ in range(60):
        before, after = ("".join(chosen.choices(ODD, k=chosen.randrange(20))) for _ in range(2))
        same_however_it_arrives("".join(chosen.choices(ODD, k=60)), at(f"{before}‸{after}", language))


def test_the_pipeline_hands_in_what_was_turned_down_and_the_parser() -> None:
    def ask(marked: str, answer: str, *rejected: str) -> tuple[str, str]:
        engine = ScriptedEngine(answer)
        model = Model(engine, PROFILES["plain"], "as the test says", Counter(engine.count), Trees())
        request = Request(cursor_in(marked), Settings(), rejected=frozenset(rejected))
        done = complete(request, model, lambda *_: (), CancelToken(), lambda: 0.0)
        return done.text, done.reason

    assert ask("total = ‸\n", "sum(items)\n") == ("sum(items)", "ok")
    assert ask("total = ‸\n", "sum(items)\n", rejection("total = ", "sum(items)")) == ("", "rejected")
    assert ask("total = ‸\nx = 1\n", "= = ?\n") == ("", "breaks-syntax")
    assert ask("total = foo‸\nx = 1\n", "\ny = 2\n") == ("", "line-complete")
