"""What a Python docstring must name, by `ast` and plain text search: a second opinion on `docstrings`.

Knows the standard library's parser. Must not know `docstrings`: sharing its code would share its mistakes.
"""

import ast
import textwrap

_NOTHING = ("None", "NoReturn", "Never")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def lacking(before: str, after: str, name: str, source: str, *, method: bool) -> list[str]:
    """What the docstring of the function whose source is `source` does not name.

    Args:
        before: the file as it was: one that never compiled cannot be judged.
        after: the file now.
        name: the function's.
        source: the function now, decorators included.
        method: it stands in a class.
    """
    try:
        ast.parse(before.removeprefix("\ufeff"))
    except (SyntaxError, ValueError):
        return []
    try:
        ast.parse(after.removeprefix("\ufeff"))
        tree = ast.parse(textwrap.dedent(_from_line_start(after, source)))
    except (SyntaxError, ValueError):
        return ["a file that compiles"]
    function = next(
        (node for node in ast.walk(tree) if isinstance(node, _Function) and node.name == name), None
    )
    if function is None:
        return ["the function"]
    doc = ast.get_docstring(function) or ""
    wanted = [*_parameters(function, method=method), *_raises(function)]
    missing = [f"{one} (ast)" for one in wanted if one not in doc]
    if _returns(function) and not any(
        word in doc.lower() for word in ("return", "yield", "返回", "inheritdoc")
    ):
        missing.append("return (ast)")
    return missing


def _from_line_start(text: str, source: str) -> str:
    """With the first line's indentation, so that `dedent` sees it."""
    at = text.find(source)
    start = text.rfind("\n", 0, at) + 1
    head = text[start:at]
    return (head if not head.strip() else "") + source


def _parameters(function: _Function, *, method: bool) -> list[str]:
    held = function.args
    positional = [one.arg for one in (*held.posonlyargs, *held.args)]
    static = any(ast.unparse(one) == "staticmethod" for one in function.decorator_list)
    if positional and method and not static:
        positional = positional[1:]
    rest = [one.arg for one in (held.vararg, held.kwarg) if one is not None]
    return [*positional, *(one.arg for one in held.kwonlyargs), *rest]


def _own(function: _Function) -> list[ast.AST]:
    """The nodes of the body, nested functions and classes left out."""
    found: list[ast.AST] = []
    stack: list[ast.AST] = list(function.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        found.append(node)
        if not isinstance(node, ast.Try) or not node.handlers:
            stack.extend(ast.iter_child_nodes(node))
        else:  # what is raised in a guarded body may be caught: nobody's claim
            found += [each for part in node.body for each in ast.walk(part) if isinstance(each, ast.Return)]
            stack.extend([*node.orelse, *node.finalbody])
    return found


def _raises(function: _Function) -> list[str]:
    """Named error classes that are raised outside `try`."""
    found: list[str] = []
    for node in _own(function):
        if isinstance(node, ast.Raise) and node.exc is not None:
            error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            last = error.attr if isinstance(error, ast.Attribute) else getattr(error, "id", "")
            if last[:1].isupper():
                found.append(last)
    return found


def _returns(function: _Function) -> bool:
    if function.returns is not None:
        told = ast.unparse(function.returns).strip("'\"").rpartition(".")[2]
        return told not in _NOTHING
    values = [node.value for node in _own(function) if isinstance(node, ast.Return)]
    return any(
        value is not None and not (isinstance(value, ast.Constant) and value.value is None)
        for value in values
    )
