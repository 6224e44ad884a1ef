"""Chat forms: an instruction to a model that speaks chat, and a hole to fill for one that speaks nothing else.

Knows chat templates and the two messages we write. Must not know documents or tokens. The messages are fixed
texts, Chinese when the instruction is.
"""

import re
from dataclasses import dataclass, replace

from abacus_lsp.prompts import healing
from abacus_lsp.prompts.inputs import LanguageLike, WindowLike, in_lines, shown_suffix
from abacus_lsp.prompts.markers import neutralise, split_at
from abacus_lsp.prompts.profiles import Profile
from abacus_lsp.prompts.prompt import Part, Prompt
from abacus_lsp.prompts.template import apply_template

CHATML = "<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"
HOLE, OPEN, CLOSE = "<HOLE/>", "<FILL>", "</FILL>"

_IDEOGRAPH = re.compile("[\u3400-\u9fff]")
_SLOT = re.compile(r"\{(language|path|context|request|below|text)\}")
# `[INST]` is a control token in some vocabularies and text in others that use it: text here.
_CONTROL = re.compile(
    r"<\|[^|<>\s]+\|>|<｜[^｜<>\s]+｜>|<(?:start|end)_of_turn>|<bos>|<eos>|</?s>|\[/?INST\]"
)

_INSTRUCTION_EN = (
    "Write {language} code that does what the comment says. It follows directly after the existing code; do not "
    "repeat that code and do not explain.\n\nExisting code ({path}):\n```\n{context}\n```\n\nComment: {request}\n"
)
_ABOVE = re.compile(r"(?:Existing code|已有代码).*?```\n\n", re.DOTALL)
_BELOW_EN = "\nCode that follows, already written:\n```\n{below}\n```\n"
_BELOW_ZH = "\n其后已有的代码：\n```\n{below}\n```\n"
_INSTRUCTION_ZH = (
    "请用 {language} 编写代码，实现注释描述的功能。代码直接接在已有代码之后；不要重复已有代码，不要解释。\n\n"
    "已有代码（{path}）：\n```\n{context}\n```\n\n注释：{request}\n"
)
_HOLE_TASK = (
    f"Fill the hole {HOLE} in a {{language}} file. Answer with exactly the characters that belong there, between "
    f"{OPEN} and {CLOSE}, nothing else.\n\nExample. After the hole:\n{HOLE}, b):\n    return a + b\n"
    f"Before the hole:\ndef add({HOLE}\nAnswer: {OPEN}a{CLOSE}\n\n"
)
_HOLE_PLACE = "The file {path}. After the hole:\n"


@dataclass(frozen=True, slots=True)
class Instruction:
    """A place in the code that reads like an instruction: usually a comment.

    Attributes:
        text: what is asked for, without comment marks.
        context: the code before it that the model should see: the enclosing signature, the lines above.
        path: of the file.
        below: the code after it, which is not to be written again.
        opening: the code that the answer begins with, already written, up to the cursor.
    """

    text: str
    context: str = ""
    path: str = ""
    below: str = ""
    opening: str = ""


def render_chat(
    profile: Profile,
    instruction: Instruction,
    *,
    language: LanguageLike,
    template: str = "",
    heal: bool = True,
) -> Prompt:
    """The prompt that asks for code in chat form.

    The answer is begun with a code fence and `Instruction.opening`: so the model goes on at the cursor, in the right
    depth and language, where it would else explain, or write the signature again.

    Args:
        profile: its own chat form is used when it has one.
        instruction: what is asked.
        language: in which the code is to be written.
        template: the model's own chat template (Jinja), for profiles without a chat form; ChatML if that is "" or
            cannot be used here.
        heal: take the blanks before the cursor out; the answer must then start with `Prompt.heal`.
    """
    chinese = bool(_IDEOGRAPH.search(instruction.text))
    form = _INSTRUCTION_ZH if chinese else _INSTRUCTION_EN
    if not instruction.context.strip():
        form = _ABOVE.sub("", form)
    if instruction.below.strip():
        form += _BELOW_ZH if chinese else _BELOW_EN
    values = {
        "language": language.name,
        "path": instruction.path,
        "context": instruction.context.strip("\n"),
        "request": instruction.text.strip(),
        "below": instruction.below.strip("\n"),
    }
    asked = _prompt(profile, neutralise(_fill(form, values), profile), template)
    if not instruction.opening:
        return asked
    kept, healed = healing.split(instruction.opening) if heal else (instruction.opening, "")
    begun = (Part(f"```{language.name.lower()}\n", "layout"), Part(neutralise(kept, profile), "prefix"))
    return replace(asked, parts=(*asked.parts, *begun), heal=healed)


def talks(profile: Profile, template: str) -> bool:
    """Whether to ask in chat form: models made for filling in carry templates that they were not trained for."""
    return bool(profile.chat or profile.order == "chat" or (template and not profile.fim))


def render_hole(  # noqa: PLR0913  (as `render.render`)
    profile: Profile,
    window: WindowLike,
    *,
    path: str,
    language: LanguageLike,
    context: str = "",
    template: str = "",
    heal: bool = True,
) -> Prompt:
    """The prompt that asks a chat-only model for what is missing at the cursor.

    What follows the cursor comes first, then the lines above; the cursor's line is the start of the answer, already
    written: so a keystroke changes only the end of the prompt. `context` is text from other files, markers neutralised.
    """
    kept, healed = healing.split(window.prefix) if heal else (window.prefix, "")
    task = _fill(_HOLE_TASK, {"language": language.name})
    place = _clean(_fill(_HOLE_PLACE, {"path": path}), profile)
    above, typed = in_lines(kept)
    suffix, prefix, line = (
        _clean(text, profile) for text in (shown_suffix(window), window.outline + above, typed)
    )
    others = f"Other files of the project:\n{context}\n" if context else ""
    message = f"{task}{others}{place}{HOLE}{suffix}\nBefore the hole:\n{prefix}{HOLE}\n"
    asked = _prompt(profile, message, template)
    parts = (*asked.parts, Part(OPEN, "layout"), Part(line, "prefix"))
    stops = (CLOSE, *profile.stops)[:4]
    return Prompt(parts, healed, stops, asked.stop_markers, asked.bos, f"code:{path}")


def render_message(profile: Profile, message: str, *, template: str = "", opening: str = "") -> Prompt:
    """One message of the caller's in the model's chat form; `opening` is the start of the answer, already written."""
    asked = _prompt(profile, neutralise(message, profile), template)
    return replace(asked, parts=(*asked.parts, Part(neutralise(opening, profile), "layout")))


def _prompt(profile: Profile, message: str, template: str) -> Prompt:
    """The user's text in `message` must be neutralised already."""
    parts = _own_template(template, message) if template and not profile.chat else None
    if parts is None:
        before, _, after = (profile.chat or CHATML).partition("{text}")
        parts = [*_form(before), Part(message, "message"), *_form(after)]
    return Prompt(tuple(parts), stops=profile.stops, stop_markers=profile.stop_markers, slot="chat")


def _own_template(template: str, message: str) -> list[Part] | None:
    rendered = apply_template(template, message)
    if rendered is None:
        return None
    found = set(_CONTROL.findall(template))
    return [
        Part(text, "marker" if marker else "message", marker) for marker, text in split_at(rendered, found)
    ]


def _form(text: str) -> list[Part]:
    """Control tokens as markers. `<用户>` and `<AI>` are several tokens: text."""
    found = set(_CONTROL.findall(text))
    return [Part(run, "marker" if marker else "layout", marker) for marker, run in split_at(text, found)]


def _clean(text: str, profile: Profile) -> str:
    """User text: neither control tokens nor our own tags in it."""
    return re.sub(r"<(?=(?:HOLE/|/?FILL)>)", "< ", neutralise(text, profile))


def _fill(text: str, values: dict[str, str]) -> str:
    """Slots filled in once; braces in the values stay text."""
    return _SLOT.sub(lambda match: values.get(match.group(1), match.group()), text)
