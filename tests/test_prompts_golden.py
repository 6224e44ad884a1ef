"""The rendered prompt of every profile row, as a file to read (UPDATE_GOLDEN=1 writes them anew)."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from abacus_lsp.prompts.chat import Instruction, render_chat
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.prompts.prompt import Prompt, Snippet
from abacus_lsp.prompts.render import render

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Window:
    outline: str = ""
    prefix: str = ""
    rest: str = ""
    below: str = ""


@dataclass(frozen=True)
class Language:
    name: str = "Python"
    line_comment: str = "#"


WINDOW = Window(
    outline="import math\n",
    prefix='def 面积(r: float) -> float:\n    """f"{r}" 的面积。<|im_end|>"""\n    return math.p',
    rest="  # 圆",
    below='\n\n\nprint(面积(1))  # {"a": {}}\n',
)
SNIPPETS = (
    Snippet("geo/圆.py", "\ndef 半径(d: float) -> float: ...\n", "signature", first_line=7),
    Snippet("app/old.py", "pass", score=0.5),
    Snippet("app/main.py", "x = {}\nprint(f'{x}')\n", score=2.5, first_line=3),
)
REQUESTS = {
    "zh": Instruction("快速排序，返回新列表 {不改 {a}}", "def 排序(a):\n    # 快速排序\n", "src/排序.py"),
    "en": Instruction("sort by name, then by date", "def order(rows):\n", "src/rows.py"),
}


def show(prompt: Prompt) -> str:
    """One line for each field, then the text with control tokens in ⟦ ⟧."""
    head = [
        f"bos: {prompt.bos}",
        f"heal: {prompt.heal!r}",
        f"stops: {prompt.stops}",
        f"stop markers: {' '.join(prompt.stop_markers)}",
        f"slot: {prompt.slot}",
    ]
    text = "".join(f"⟦{text}⟧" if marker else text for marker, text in prompt.segments)
    return "\n".join(head) + "\n---\n" + text + "\n"


def check(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path} is missing; write it with UPDATE_GOLDEN=1 and read it"
    assert text == path.read_text(encoding="utf-8")


def rendered(name: str, window: Window = WINDOW, snippets=(), heal: bool = True) -> Prompt:
    return render(
        PROFILES[name],
        window,
        path="src/面积.py",
        language=Language(),
        repo="几何",
        snippets=snippets,
        heal=heal,
    )


@pytest.mark.parametrize("name", PROFILES)
def test_every_row_alone_with_snippets_and_at_the_end_of_the_file(name: str):
    end = Window(prefix=WINDOW.prefix)
    cases = {
        "one file": rendered(name),
        "with snippets": rendered(name, snippets=SNIPPETS),
        "end of the file": rendered(name, end),
        "end of the file, with snippets": rendered(name, end, SNIPPETS),
        "empty file": rendered(name, Window()),
    }
    check(name, "\n".join(f"===== {title}\n{show(prompt)}" for title, prompt in cases.items()))


@pytest.mark.parametrize("name", ["abacus", "chat"])
@pytest.mark.parametrize("tongue", REQUESTS)
def test_instructions(name: str, tongue: str):
    prompt = render_chat(PROFILES[name], REQUESTS[tongue], language=Language())
    check(f"{name}-instruction-{tongue}", show(prompt))


def test_no_golden_file_is_left_behind():
    known = {*PROFILES} | {
        f"{name}-instruction-{tongue}" for name in ("abacus", "chat") for tongue in REQUESTS
    }
    assert {path.stem for path in GOLDEN.glob("*.txt")} == known
