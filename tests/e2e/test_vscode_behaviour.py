"""VS Code: slow answers, the suggest widget, input methods, switches, a server that dies."""

import json
from typing import Any

import pytest
from vscode_fixtures import Start, extensions, parts, start
from vscode_place import VsCode
from world import World

__all__ = ["extensions", "parts", "start"]

AREA = "def area(w, h):\n    "
BODY = "return w * h"
OFF: dict[str, Any] = {"editor.quickSuggestions": False, "editor.wordBasedSuggestions": "off"}
ON: dict[str, Any] = {"editor.quickSuggestions": {"other": "on", "comments": "on", "strings": "on"}}


def begin(start: Start, world: World, text: str = "", **options: Any) -> VsCode:
    """An editor whose model is there, on a file with this text, the cursor at its end."""
    world.write("a.py", text)
    code = start(**options)
    code.open("a.py")
    code.status()
    code.press("Control+End")
    return code


@pytest.mark.parametrize("settings", [{}, ON, OFF], ids=["default", "on", "off"])
def test_an_answer_slower_than_the_editor_waits(start: Start, world: World, settings: dict[str, Any]) -> None:
    """VS Code gives up after 0.7 s, and does not ask again by itself: the text comes all the same."""
    world.answers({AREA: BODY}, seconds=1.6)
    code = begin(start, world, settings=settings)
    code.type(AREA.strip() + "\n")
    assert code.ghost(BODY) == BODY
    code.press("Tab")
    code.holds("a.py", AREA + BODY)


def test_grey_text_beside_an_open_suggest_widget(start: Start, world: World) -> None:
    world.answers({"x = price_total": "(items)"})
    code = begin(start, world, "price_total = sum\n", settings=ON)
    code.type("x = pri", delay=60)
    code.do("waitFor", selector=".suggest-widget.visible .monaco-list-row.focused")
    # It goes on from what is selected there, or the editor would not show it.
    assert code.ghost("ce_total(items)") == "ce_total(items)"
    code.press("Tab")
    assert code.ghost("(items)") == "(items)"
    code.press("Tab")
    code.holds("a.py", "price_total = sum\nx = price_total(items)")


def test_nothing_while_an_input_method_composes(start: Start, world: World) -> None:
    world.answers({"# ji": "XX", "# ji'suan": "XX", "# 计算": "总价"})
    code = begin(start, world)
    code.type("# ")
    # Longer than it takes to show something: see below, where the same letters are typed as letters.
    seen = code.do("compose", steps=["j", "ji", "ji's", "ji'suan"], between=1000)
    assert seen == ["", "", "", ""]
    code.do("commit", text="计算")
    assert code.ghost("总价") == "总价"
    code.press("Tab")
    code.holds("a.py", "# 计算总价")
    code.press("Enter")
    code.type("# ji")
    assert code.ghost("XX") == "XX"


def test_switched_off_and_on(start: Start, world: World) -> None:
    world.answers({AREA: BODY})
    code = begin(start, world)
    for off, on in (("Switch off for python", "Switch on for python"), ("Switch off", "Switch on")):
        code.menu(off)
        assert code.status("circle-slash")
        code.type(AREA.strip() + "\n")
        assert code.ghost(seconds=1.5) == ""
        code.menu(on)
        assert code.status()
        code.press("Control+a", "Delete")
        code.type(AREA.strip() + "\n")
        assert code.ghost(BODY) == BODY
        code.press("Control+a", "Delete")


def test_quiet_for_a_while(start: Start, world: World) -> None:
    world.answers({AREA: BODY})
    code = begin(start, world)
    code.palette("Be quiet for a while")
    code.do("pick", text="5 min")
    assert "5" in code.status("circle-slash")["label"]
    code.do("editor")
    code.type(AREA.strip() + "\n")
    assert code.ghost(seconds=1.5) == ""
    code.palette("Suggest here")  # who asks by hand is answered
    assert code.ghost(BODY) == BODY
    code.palette("Be quiet for a while")
    code.do("pick", text="Not any more")
    assert code.status()


def test_the_editors_own_switch_is_respected(start: Start, world: World) -> None:
    world.answers({AREA: BODY}, seconds=1.0)
    world.write("a.py", "")
    code = start(settings={"editor.inlineSuggest.enabled": False})
    code.open("a.py")
    assert "editor.inlineSuggest.enabled" in code.status("circle-slash")["label"]
    code.type(AREA.strip() + "\n")
    assert code.ghost(seconds=4) == ""  # not by way of a late answer either


def test_a_server_that_is_killed_comes_back(start: Start, world: World) -> None:
    world.answers({AREA: BODY, "y = ": "2", "z = ": "3"})
    code = begin(start, world)
    code.type(AREA.strip() + "\n")
    code.ghost(BODY)
    for key, answer, daemon in (("y = ", "2", False), ("z = ", "3", True)):
        code.press("Control+a", "Delete")
        assert world.kill_servers(daemon=daemon) >= 1
        code.type(key)
        code.holds("a.py", key)  # the editor stays usable
        # What was typed meanwhile is answered when there is a server again, without another key.
        assert code.ghost(answer) == answer


def test_a_server_that_keeps_dying_is_told(start: Start, world: World) -> None:
    program = world.folder / "dies"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    world.write("a.py", "")
    code = start(machine={"abacus.server.path": str(program)})
    code.open("a.py")
    code.status("error")
    code.type("x = 1")
    code.holds("a.py", "x = 1")


def test_a_folder_cannot_name_models_programs_or_servers(start: Start, world: World) -> None:
    world.answers({AREA: BODY})
    held = {
        "abacus.engine": "http",
        "abacus.endpoint.url": "http://127.0.0.1:9",
        "abacus.model": "/etc/passwd",
        "abacus.server.path": "/bin/false",
        "abacus.completion.disabledLanguages": ["lua"],
    }
    world.write(".vscode/settings.json", json.dumps(held))
    world.write("b.lua", "")
    code = begin(start, world)
    assert code.status()["text"].endswith("scripted")
    code.type(AREA.strip() + "\n")
    assert code.ghost(BODY) == BODY
    code.switch("b.lua")  # what concerns the folder alone, it may set
    assert code.status("circle-slash")


def test_a_folder_without_trust_sets_nothing(start: Start, world: World) -> None:
    world.answers({AREA: BODY})
    world.write(".vscode/settings.json", json.dumps({"abacus.completion.disabledLanguages": ["python"]}))
    trust = {"security.workspace.trust.enabled": True, "security.workspace.trust.startupPrompt": "never"}
    code = begin(start, world, settings=trust)
    assert code.do("text", selector="#status\\.workspaceTrust, .statusbar-item[id*='workspaceTrust']")
    code.type(AREA.strip() + "\n")
    assert code.ghost(BODY) == BODY


def test_a_comment_that_the_editor_opened_is_filled(start: Start, world: World) -> None:
    """Enter behind `/**` gives three lines of the editor's: the middle one gets the text, and no end is written twice."""
    area = "function area(w, h) {\n  return w * h;\n}\n"
    world.write("a.js", "\n" + area)
    # The editor's own template would take the Enter key.
    code = start(settings={"javascript.suggest.completeJSDocs": False})
    code.open("a.js")
    code.status()
    code.press("Control+Home")
    code.type("/**\n")
    lines = [" * @param {*} w - The w.", " * @param {*} h - The h.", " * @returns {*} The result."]
    said = "\n".join(["Area.", " *", *lines])
    assert code.ghost(said) == said
    code.press("Tab")
    code.holds("a.js", f"/**\n * {said}\n */\n{area}")
