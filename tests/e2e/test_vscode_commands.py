"""VS Code: docstrings, summaries, the reasons, keys of endpoints, and the pictures of the documentation."""

import os
import shutil
from pathlib import Path

import pytest
from loopback import Request, loopback
from vscode_fixtures import Page, Start, extensions, page, parts, shared, start
from world import World, wait_until

__all__ = ["extensions", "page", "parts", "shared", "start"]

PICTURES = Path(__file__).parents[2] / "editors" / "vscode" / "media"
AREA = "def area(w, h):\n    "
BODY = "return w * h"
CART = """\
from dataclasses import dataclass


@dataclass
class Item:
    name: str
    price: float
    count: int


# 计算购物车里所有商品的总价
"""
ANSWERS = {AREA: BODY, "# 按 id 去重并保持顺序\n": "kept = list(dict.fromkeys(ids))"}


def test_a_docstring_and_a_summary(page: Page) -> None:
    code = page.code
    code.type(AREA.strip() + "\n" + BODY)
    code.palette("Write docstring")
    path = code.world.project / page.name
    code.do("waitFor", selector='.view-line:has-text("Args:")')
    code.press("Control+s")
    wait_until(lambda: "Args:" in path.read_text("utf-8"), "the docstring on disk")
    written = path.read_text("utf-8")
    assert written.startswith('def area(w, h):\n    """')
    assert written.endswith(BODY)
    assert {"w:", "h:"} <= set(written.split())
    code.palette("Summarise")
    code.do("waitFor", selector='.notification-toast:has-text("area")')
    code.palette("Notifications: Clear All Notifications")


def test_code_for_the_comment(page: Page) -> None:
    code = page.code
    code.do("commit", text="# 按 id 去重并保持顺序")
    code.press("Control+Alt+Enter")
    assert code.ghost("kept = list(dict.fromkeys(ids))") == "kept = list(dict.fromkeys(ids))"
    code.press("Tab")
    page.holds("# 按 id 去重并保持顺序\nkept = list(dict.fromkeys(ids))")


def test_why_the_prompt_and_the_statistics(page: Page) -> None:
    code = page.code
    code.type(AREA.strip() + "\n")
    code.ghost(BODY)
    code.menu("Why is there nothing?")
    code.do("waitFor", selector=".notification-toast:has-text('Everything')")
    code.do("click", selector=".notification-toast .monaco-text-button:has-text('Everything')")
    code.do("waitFor", selector=".monaco-editor.focused[data-uri*='last-answer.json']")
    code.switch(page.name)
    code.palette("Show the last prompt")
    code.do("waitFor", selector=".monaco-editor.focused[data-uri*='prompt.txt']")
    code.do("waitFor", selector='.view-line:has-text("area")')
    code.switch(page.name)
    code.palette("Statistics of this machine")
    code.do("waitFor", selector=".monaco-editor.focused[data-uri*='stats.txt']")


def test_models_are_offered_with_size_and_licence(page: Page) -> None:
    code = page.code
    code.palette("Choose or download a model")
    row = '.quick-input-list .monaco-list-row:has-text("gemma3-270m")'
    code.do("waitFor", selector=row)
    assert "253 MB" in code.do("text", selector=".quick-input-list")
    code.do("click", selector=row)
    code.do("waitFor", selector=".monaco-dialog-box:has-text('Gemma')")
    code.press("Escape")
    code.do("waitFor", selector=".monaco-dialog-box", state="detached")
    assert code.status()["text"].endswith("scripted")  # nothing was downloaded or changed


def test_an_endpoints_key_is_kept_secret_and_reaches_it(start: Start, world: World) -> None:
    seen: list[str] = []

    def answer(request: Request) -> None:
        seen.append(request.headers.get("authorization", ""))
        if request.path.endswith("/models"):
            request.answer({"object": "list", "data": [{"id": "m", "object": "model"}]})
        elif request.path.endswith("/completions"):
            request.answer({"choices": [{"index": 0, "text": BODY, "finish_reason": "stop"}]})
        else:
            request.answer({"error": {"message": "no"}}, "404 Not Found")

    with loopback(answer) as server:
        world.settings(completion={"debounceMs": 0})
        world.write("a.py", "")
        code = start(
            machine={
                "abacus.engine": "http",
                "abacus.endpoint.url": server.url,
                "abacus.endpoint.kind": "openai",
            }
        )
        code.open("a.py")
        wait_until(lambda: seen, "a question to the endpoint")
        assert set(seen) == {""}
        code.palette("Set the endpoint's API key")
        code.do("waitFor", selector=".quick-input-widget input[type=password]")
        code.type("sk-4711")
        code.press("Enter")
        wait_until(lambda: "Bearer sk-4711" in seen, lambda: f"the key at the endpoint: {seen}")
    held = [
        path
        for path in (world.folder / "code").rglob("*.json")
        if "4711" in path.read_text("utf-8", "replace")
    ]
    assert held == []
    assert not [word for process in world.processes() for word in process.cmdline() if "4711" in word]


@pytest.mark.model
def test_the_real_model_and_the_pictures(start: Start, real_world: World, artefacts: Path) -> None:
    """The trial model under a Chinese comment. With UPDATE_PICTURES=1 the documentation's pictures are taken."""
    world = real_world
    world.write("cart.py", CART)
    world.write(
        "area.py",
        "import math\n\n\nclass Circle:\n    def __init__(self, radius):\n        self.radius = radius\n\n",
    )
    code = start(settings={"editor.fontSize": 16, "workbench.reduceMotion": "on"})
    code.open("cart.py")
    assert "gemma-3-270m" in code.status(seconds=180)["text"]
    code.press("Control+b", "Control+End")
    code.type("def total_price(items: list[Item]) -> float:\n")
    assert code.ghost(seconds=120).strip()
    # The first lines are shown while the rest is being written; then it is all there, without another key.
    text = wait_until(
        lambda: code.do("ghost") if "return" in code.do("ghost") else "", "the whole block", 120
    )
    code.picture(artefacts / "chinese.png")
    code.press("Tab")
    path = world.project / "cart.py"
    code.press("Control+s")
    wait_until(lambda: text.splitlines()[0] in path.read_text("utf-8"), "the accepted text on disk")
    code.switch("area.py")
    code.press("Control+End")
    code.type("    def area(self):\n")
    assert code.ghost(seconds=120).strip()
    code.status(seconds=120)
    code.picture(artefacts / "ghost.png")
    code.press("Escape")
    code.do("click", selector='.statusbar-item[id="abacus-lsp.abacus-lsp.abacus"] a')
    code.do("waitFor", selector=".quick-input-list .monaco-list-row")
    code.picture(artefacts / "menu.png")
    code.press("Escape")
    if os.environ.get("UPDATE_PICTURES"):
        for name in ("chinese.png", "ghost.png", "menu.png"):
            shutil.copy(artefacts / name, PICTURES / name)
