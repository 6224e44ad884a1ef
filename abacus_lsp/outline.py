"""What lies before a prefix that starts in the middle of a file: its imports and the enclosing signatures.

Knows spans of a text and a function that counts tokens. Must not know cursors, budgets of a whole window, prompts.
"""

from typing import Protocol

from abacus_lsp.fitting import Count
from abacus_lsp.site import Span

_SIGNATURE = 12  # lines; of a longer signature the outline shows the first


class Outlined(Protocol):
    """The text before the cursor, its imports and the signatures around the cursor, outermost first."""

    @property
    def head(self) -> str: ...

    @property
    def imports(self) -> tuple[Span, ...]: ...

    @property
    def headers(self) -> tuple[Span, ...]: ...

    @property
    def comment(self) -> str: ...


def outline(text: Outlined, cut: int, budget: int, count: Count) -> str:
    """Imports and enclosing signatures before `cut` as lines; the imports give way first, the last ones first."""
    headers = [_lines_of(text.head, span) for span in text.headers if span.start < cut]
    imports = [span.of(text.head) for span in text.imports if span.end < cut]
    if not headers and not imports:
        return ""
    while imports and count(_joined(imports, headers, text.comment)) > budget:
        imports = imports[: len(imports) * 3 // 4]
    while headers and count(_joined(imports, headers, text.comment)) > budget:
        headers = headers[1:]
    return _joined(imports, headers, text.comment) if headers or imports else ""


def _lines_of(head: str, span: Span) -> str:
    """The text with its indentation; a very long signature is its first line."""
    start = head.rfind("\n", 0, span.start) + 1
    if head[start : span.start].strip():
        start = span.start
    source = head[start : span.end].rstrip()
    return source if source.count("\n") <= _SIGNATURE else source.partition("\n")[0]


def _joined(imports: list[str], headers: list[str], comment: str) -> str:
    lines = [*imports, *([""] if imports and headers else []), *headers]
    if comment:
        last = headers[-1] if headers else ""
        deeper = last[: len(last) - len(last.lstrip(" \t"))] + "    " if last else ""
        lines.append(f"{deeper}{comment} ...")
    return "\n".join(lines) + "\n"
