"""The thirteen places of aiXcoder's benchmark, drawn in five languages: (language, place) → (marked text, mode due)."""

from typing import Final

LANGUAGES: Final = ("python", "java", "cpp", "javascript", "typescript")
PLACES: Final = (
    "method signature", "method body", "single line", "method with comment", "empty", "body top", "body mid",
    "body bottom", "if", "for", "while", "try", "switch",
)  # fmt: skip

_PYTHON: Final = """\
class Cart:
    def add(self, item):
        self.items.append(item)

{signature}{body}
    def clear(self):
        self.items.clear()
"""
_JAVA: Final = """\
class Cart {{
    void add(Item item) {{
        items.add(item);
    }}

{signature}{body}
    void clear() {{
        items.clear();
    }}
}}
"""
_SCRIPT: Final = """\
class Cart {{
    add(item) {{
        this.items.push(item);
    }}

{signature}{body}
    clear() {{
        this.items = [];
    }}
}}
"""
_CPP: Final = """\
class Cart {{
    void add(Item item) {{
        items.push_back(item);
    }}

{signature}{body}
    void clear() {{
        items.clear();
    }}
}};
"""
_FRAMES: Final = {"python": _PYTHON, "java": _JAVA, "cpp": _CPP, "javascript": _SCRIPT, "typescript": _SCRIPT}
_SIGNATURES: Final = {
    "python": "    def total(self, rate):\n",
    "java": "    int total(int rate) {\n",
    "cpp": "    int total(int rate) {\n",
    "javascript": "    total(rate) {\n",
    "typescript": "    total(rate: number): number {\n",
}
_HEADERS: Final = {
    "python": {
        "if": "if rate:",
        "for": "for one in items:",
        "while": "while rate:",
        "try": "try:",
        "switch": "match rate:",
    },
    "javascript": {"for": "for (const one of items) {"},
    "typescript": {"for": "for (const one of items) {"},
    "java": {"for": "for (Item one : items) {"},
    "cpp": {"for": "for (Item one : items) {"},
}
_BRACES: Final = {
    "if": "if (rate > 0) {",
    "while": "while (rate > 0) {",
    "try": "try {",
    "switch": "switch (rate) {",
}


def drawn(language: str, place: str) -> tuple[str, str]:
    """(the text with its cursor, the mode that is due there)."""
    signature, body, mode = _parts(language, place)
    return _FRAMES[language].format(signature=signature, body=body), mode


def _parts(language: str, place: str) -> tuple[str, str, str]:
    python = language == "python"
    signature, close = _SIGNATURES[language], "" if python else "    }\n"
    end = "" if python else ";"
    one, two, three = (f"        {name} = compute({name}){end}\n" for name in ("a", "b", "c"))
    match place:
        case "method signature":
            return "    ‸\n", f"{one}{close}", "line"
        case "method body":
            return signature, f"        ‸\n{close}", "block"
        case "single line":
            return signature, f"{one}        b = ‸\n{three}{close}", "line"
        case "method with comment":
            mark = "#" if python else "//"
            return f"    {mark} 计算总价，税率为 rate\n", "    ‸\n", "block"
        case "empty":
            return signature, f"{one.rstrip()}‸\n{two}{close}", "none"
        case "body top":
            return signature, f"        ‸\n{two}{three}{close}", "block"
        case "body mid":
            return signature, f"{one}        ‸\n{three}{close}", "line"
        case "body bottom":
            return signature, f"{one}{two}        ‸\n{close}", "line"
        case _:
            header = _HEADERS[language].get(place) or _BRACES[place]
            inner = "" if python else "        }\n"
            return signature, f"        {header}\n            ‸\n{inner}{close}", "block"
