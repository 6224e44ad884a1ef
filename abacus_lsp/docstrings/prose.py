"""The model's part of a docstring: one short line for the summary and for each field, asked for one by one.

Knows engines and prompt formats. Must not know edits or styles' layouts. Each answer is one generation that ends at
the line break and goes through `cleaning`; a line that is refused is left out, and the caller has a phrase for it.
The skeleton grows line by line, so all but the first answer find the prompt in the KV cache (slot "chat": the
cache of completions stays).
"""

from dataclasses import dataclass, replace
from typing import Final

from abacus_lsp.cancel import Cancelled, CancelToken
from abacus_lsp.docstrings.choose import Manner
from abacus_lsp.docstrings.cleaning import cleaned
from abacus_lsp.docstrings.item import Field, Item
from abacus_lsp.docstrings.phrases import Tongue
from abacus_lsp.docstrings.write import SUMMARY, wanted
from abacus_lsp.document import Snapshot, to_newlines
from abacus_lsp.engines.base import Engine, Sampling
from abacus_lsp.prompts import chat, render
from abacus_lsp.prompts.profiles import Profile
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.window import Window
from retrieval import secret_scan

_LINE_TOKENS: Final = 48
_CODE_TOKENS: Final = 1024  # of the item's source that are shown
_ASKED_KINDS: Final = ("param", "return", "yield", "raise", "panic", "safety", "tparam")
_LABELS: Final[dict[Tongue, dict[str, str]]] = {
    "en": {
        "summary": "summary",
        "param": "parameter {name}",
        "tparam": "type parameter {name}",
        "return": "returns",
        "yield": "yields",
        "raise": "raises {name}, if",
        "panic": "panics, if",
        "safety": "the caller must",
    },
    "zh": {
        "summary": "摘要",
        "param": "参数 {name}",
        "tparam": "类型参数 {name}",
        "return": "返回值",
        "yield": "每次产出",
        "raise": "抛出 {name} 的情况",
        "panic": "panic 的情况",
        "safety": "调用者须保证",
    },
}
_EXAMPLE: Final = "def area(width, height=1):\n    return width * height\n"
# Half-width colons in Chinese too: with “：” Gemma 3 270M gave 27 usable lines of 81 instead of 34 (18 functions of the
# standard library, greedy).
_HEAD: Final[dict[Tongue, str]] = {
    "en": f"Python code:\n\n{_EXAMPLE}\nDocumentation, one short English sentence each:\n"
    "summary: Compute the area of a rectangle.\nparameter width: Length of the horizontal side.\n"
    "parameter height: Length of the vertical side.\nreturns: Product of the two sides.\n\n"
    "{language} code:\n\n{code}\n\nDocumentation, one short English sentence each:\n",
    "zh": f"Python 代码：\n\n{_EXAMPLE}\n文档，每项一句简短的中文：\n摘要: 计算矩形的面积。\n参数 width: 水平边的长度。\n"
    "参数 height: 竖直边的长度。\n返回值: 两边的乘积。\n\n"
    "{language} 代码：\n\n{code}\n\n文档，每项一句简短的中文：\n",
}
_MESSAGE: Final[dict[Tongue, str]] = {
    "en": "This is {language} code:\n\n```\n{code}\n```\n\nAnswer in one short English sentence: {question}\n",
    "zh": "这是一段 {language} 代码：\n\n```\n{code}\n```\n\n请用一句简短的中文{question}\n",
}
_QUESTIONS: Final[dict[Tongue, dict[str, tuple[str, str, str]]]] = {
    "en": {
        "summary": ("what does it do?", "This code", ""),
        "param": ("what is the parameter {name}?", "The parameter {name} is", ""),
        "tparam": ("what is the type parameter {name}?", "The type parameter {name} is", ""),
        "return": ("what does it return?", "It returns", ""),
        "yield": ("what does it yield?", "Each time, it yields", ""),
        "raise": ("when does it raise {name}?", "It raises {name} if", "If"),
        "panic": ("when does it panic?", "It panics if", "Panics if"),
        "safety": ("what must its caller guarantee?", "The caller must", "The caller must"),
    },
    "zh": {
        "summary": ("说明它的功能。", "这段代码", ""),
        "param": ("说明参数 {name}。", "参数 {name} 表示", ""),
        "tparam": ("说明类型参数 {name}。", "类型参数 {name} 表示", ""),
        "return": ("说明返回值。", "返回值是", ""),
        "yield": ("说明它每次产出的内容。", "它每次产出", ""),
        "raise": ("说明抛出 {name} 的情况。", "抛出 {name} 的情况是", ""),
        "panic": ("说明 panic 的情况。", "发生 panic 的情况是", ""),
        "safety": ("说明调用者须保证的条件。", "调用者须保证", "调用者须保证"),
    },
}
"""For models that speak chat: the question, the start of the answer, and what of that start is kept. The smallest
models answer a sentence that is begun, where they would repeat a list of fields."""

_COPIED: Final = (
    "area of a rectangle",
    "two sides",
    "horizontal side",
    "vertical side",
    "矩形",
    "水平边",
    "竖直边",
    "乘积",
)


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom to ask; the engine's own thread calls."""

    engine: Engine
    profile: Profile
    cancel: CancelToken

    @property
    def template(self) -> str:
        """The model's own chat template; "" for a base model."""
        vocabulary = self.engine.vocabulary
        return vocabulary.chat_template if vocabulary is not None else ""

    @property
    def talks(self) -> bool:
        """Whether to ask in chat form."""
        return chat.talks(self.profile, self.template)

    def continued(self, text: str) -> Prompt:
        """`text` for a model that just goes on, in the cache of its kind."""
        window = Window("", text, "", "")
        prompt = render.render(self.profile, window, path="", language=_Plain(), heal=False)
        return replace(prompt, slot="chat")

    def message(self, text: str, opening: str) -> Prompt:
        """`text` as the user's message, the answer begun."""
        return chat.render_message(self.profile, text, template=self.template, opening=opening)

    def line(self, prompt: Prompt, tokens: int = _LINE_TOKENS) -> tuple[str, bool]:
        """(the line the model writes, it ended by itself).

        Raises:
            Cancelled: the work is no longer wanted.
            EngineError: the model cannot answer.
        """
        text, whole = "", False
        # No stop string "\n": chat models begin a new line first, and the answer would end before it began.
        pieces = self.engine.stream(prompt, Sampling(tokens), self.cancel)
        try:
            for piece in pieces:
                text += piece.text
                whole = piece.finish in ("eos", "stop")
                if "\n" in text.lstrip():
                    whole = True
                    break
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        line = text.strip().partition("\n")[0]
        return ("", whole) if secret_scan.MASK in line.upper() else (line, whole)  # it stands for a secret

    def fitting(self, code: str, tokens: int = _CODE_TOKENS) -> str:
        """The first lines of the code that fit, half of the model's context at most."""
        budget = min(tokens, self.engine.info.context // 2)
        lines = code.split("\n")
        while len(lines) > 1 and self.engine.count("\n".join(lines)) > budget:
            lines = lines[: max(1, len(lines) * 3 // 4)]
        return "\n".join(lines)[: budget * 8]


@dataclass(frozen=True, slots=True)
class _Plain:
    """Prose has no comment marks."""

    name: str = "text"
    line_comment: str = ""


def prose_for(snapshot: Snapshot, item: Item, manner: Manner, asking: Asking) -> dict[tuple[str, str], str]:
    """What the model says about what the docstring still lacks; unusable lines are left out.

    A deadline ends it with what there is.

    Raises:
        Cancelled: the work is no longer wanted, for another reason than its deadline.
        EngineError: the model cannot answer.
    """
    due = wanted(snapshot, item, manner)
    code = asking.fitting(_source(snapshot, item))
    asked = [*([(SUMMARY, "summary", "")] if due.summary else [])]
    asked += [(field.key, field.kind, field.name or field.type) for field in due.fields if _worth(field)]
    said: dict[tuple[str, str], str] = {}
    skeleton = ""
    for key, kind, name in asked:
        opening = f"{skeleton}{_LABELS[manner.tongue][kind].format(name=name)}:"
        prompt, kept = _prompt(asking, item, manner.tongue, code, (kind, name, opening))
        try:
            text, whole = asking.line(prompt)
        except Cancelled as cancelled:
            if cancelled.reason != "timed-out":
                raise
            break
        blank = " " if kept and manner.tongue == "en" else ""
        line = cleaned(f"{kept}{blank}{text}" if text else "", manner.tongue, name, whole=whole)
        if line and not any(copied in line for copied in _COPIED) and line not in said.values():
            said[key] = line
            skeleton = f"{opening} {line}\n"
    return said


def _prompt(
    asking: Asking, item: Item, tongue: Tongue, code: str, asked: tuple[str, str, str]
) -> tuple[Prompt, str]:
    """(prompt, what the answer begins with although the model does not write it)."""
    kind, name, opening = asked
    names = {"language": item.language.name, "code": code}
    if not asking.talks:
        return asking.continued(_filled(_HEAD[tongue], names) + opening), ""
    question, start, kept = _QUESTIONS[tongue][kind]
    message = _filled(_MESSAGE[tongue], {"question": question.format(name=name), **names})
    return asking.message(message, start.format(name=name)), kept


def _filled(text: str, values: dict[str, str]) -> str:
    """Slots filled in; braces in code stay text. The code comes last: what it holds is not looked at again."""
    for name in sorted(values, key=lambda one: one == "code"):
        text = text.replace("{" + name + "}", values[name])
    return text


def _worth(field: Field) -> bool:
    """Properties of a destructured parameter get phrases, and so does a condition that the tree knows for certain."""
    return field.kind in _ASKED_KINDS and "." not in field.name and not field.when


def _source(snapshot: Snapshot, item: Item) -> str:
    """The item's code without the indentation that all of it has."""
    source = to_newlines(item.span.of(snapshot.text))
    lines = source.split("\n")
    depth = len(item.indent) if item.frame != "quotes" else max(0, len(item.indent) - 4)
    return "\n".join([lines[0], *(line[depth:] if not line[:depth].strip() else line for line in lines[1:])])
