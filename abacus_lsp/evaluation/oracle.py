"""What a docstring must name, by `ast` for Python and by words and brackets elsewhere: a second opinion.

Knows the standard library's parser and `claims`. Must not know `docstrings`: sharing its code would share its
mistakes. What it does not judge is said in `claims`.
"""

import ast
import re

from abacus_lsp.evaluation.claims import Claims, claims_of
from abacus_lsp.evaluation.masked import matching

_NOTHING = ("None", "NoReturn", "Never")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def lacking(before: str, after: str, name: str, start: int, *, method: bool) -> list[str] | None:
    """What the docstring of the function at `start` does not name; None when it is not judged.

    Args:
        before: the file as it was: one that never compiled cannot be judged.
        after: the file now.
        name: the function's.
        start: where it begins in `after`, decorators included.
        method: it stands in a class.
    """
    try:
        ast.parse(before.removeprefix("\ufeff"))
    except (SyntaxError, ValueError):
        return None
    try:
        tree = ast.parse(after.removeprefix("\ufeff"))
    except (SyntaxError, ValueError):
        return ["a file that compiles"]
    line = after.count("\n", 0, start) + 1
    named = [node for node in ast.walk(tree) if isinstance(node, _Function) and node.name == name]
    function = min(named, key=lambda node: (node.lineno < line, abs(node.lineno - line)), default=None)
    if function is None:
        return ["the function"]
    doc = ast.get_docstring(function) or ""
    if ":meta private:" in doc:
        return None
    wanted = [*_parameters(function, method=method), *_raises(function)]
    missing = [f"{one} (ast)" for one in wanted if one not in doc]
    said = ("return", "yield", "rtype", "返回", "inheritdoc")
    if _returns(function) and not any(word in doc.lower() for word in said):
        missing.append("return (ast)")
    return missing


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


# --- other languages: words and brackets


def lacking_in_text(language: str, text: str, start: int, name: str) -> list[str] | None:
    """What the comment above the function at `start` does not name; None when it is not judged.

    Args:
        language: any but Python.
        text: the file now.
        start: where the function begins, code points.
        name: the function's.
    """
    claims = claims_of(language, text, start, name)
    doc = comment_above(text, start)
    if claims is None or _ELSEWHERE.search(doc):
        return None
    read = {"go": _go_lacks, "rust": _rust_lacks}.get(language, _tags_lack)
    return [f"{one} (text)" for one in read(claims, doc)]


_ELSEWHERE = re.compile(r"[@{]\s*@?inherit[dD]oc|@see\b.*#")


def comment_above(text: str, at: int) -> str:
    """The comments, annotations and attributes that stand directly before `at`."""
    end = at
    while True:
        before = text[:end].rstrip()
        line = before[before.rfind("\n") + 1 :]
        closed = re.search(r"\*/(?=\s*//[^\n]*\Z)", line)
        if closed:
            end = len(before) - len(line) + closed.end()
        elif before.endswith("*/"):
            end = max(before.rfind("/*"), 0)
        elif line.lstrip().startswith(("//", "#[", "@")):
            end = len(before) - len(line.lstrip())
        elif before.endswith("]") and "#[" in before:
            end = before.rfind("#[")
        else:
            return text[end:at]


def _tag_texts(doc: str, names: str) -> list[str]:
    """What follows each of these tags, without types in braces."""
    found: list[str] = []
    for match in re.finditer(rf"[@\\](?:{names})\b(?=[\s{{\[(:*/]|$)", doc):
        rest = doc[match.end() :]
        while rest.lstrip(" \t*\n").startswith("{"):
            rest = rest.lstrip(" \t*\n")
            end = matching(rest, 0)
            if end < 0:
                break
            found.append(rest[1:end])
            rest = rest[end + 1 :]
        found.append(re.split(r"\n[\s*/]*[@\\]\w", rest)[0].strip(" \t*\n")[:80])
    return found


def _says(texts: list[str], name: str) -> bool:
    return any(re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text) for text in texts)


def _tags_lack(claims: Claims, doc: str) -> list[str]:
    """JSDoc, Javadoc, Doxygen: every name behind its own tag."""
    params = _tag_texts(doc, "param|parameter|arg|argument|tparam|typeparam|template|typeParam")
    throws = _tag_texts(doc, "throws?|exception|raises?|except")
    missing = [f"param {one}" for one in (*claims.params, *claims.tparams) if not _says(params, one)]
    if claims.returns and not re.search(
        r"[@\\](?:returns?|retval|result|yields?)\b|^[\s*/]*Returns?:", doc, re.MULTILINE
    ):
        missing.append("return")
    return missing + [f"raise {one}" for one in claims.raises if not (_says(throws, one) if one else throws)]


def _go_lacks(claims: Claims, doc: str) -> list[str]:
    """Go names parameters in sentences; a single letter must have a line of its own."""
    listed = [
        line.strip("/* \t").removeprefix("- ").partition(":")[0] for line in doc.split("\n") if ":" in line
    ]
    missing = [f"param {one}" for one in claims.params if not _says(listed if len(one) == 1 else [doc], one)]
    told = re.search(r"\b(?:return(?:s|ed|ing)?|reports)\b|返回", doc, re.IGNORECASE)
    return missing if told or not claims.returns else [*missing, "return"]


def _rust_lacks(claims: Claims, doc: str) -> list[str]:
    bullets = [match.group(1) for match in re.finditer(r"^[\s/*!]*[*-] +(\S+)", doc, re.MULTILINE)]
    missing = [f"param {one}" for one in claims.params if not _says(bullets, one)]
    wanted = {
        "Returns?": claims.returns,
        "Errors?": bool(claims.raises),
        "Panics?": claims.panics,
        "Safety": claims.unsafe,
    }
    return missing + [one for one, due in wanted.items() if due and not re.search(rf"#+ {one}\b", doc)]
