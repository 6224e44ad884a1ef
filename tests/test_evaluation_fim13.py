"""Holes of thirteen kinds cut out of real code, the figures over answers to them, and the command end to end."""

import json
import os
from pathlib import Path

import pytest

from abacus_lsp.cli import run
from abacus_lsp.completion.pipeline import Model
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.evaluation import fim13, fim13_lines
from abacus_lsp.evaluation.fim13 import Answered
from abacus_lsp.evaluation.fim13_cases import CATEGORIES, MOST_CHARACTERS, Case, build, cases_of
from abacus_lsp.evaluation.fim13_lines import Line, Ways
from abacus_lsp.evaluation.ledger import Ledger
from abacus_lsp.evaluation.lsp_route import LspRoute
from abacus_lsp.evaluation.places import Place, source_files
from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.route import Answer, PipelineRoute, Spot
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.settings import CompletionSettings, Settings
from abacus_lsp.site import Span
from abacus_lsp.window import Counter

HERE = Path(__file__).parent.parent / "abacus_lsp"
PYTHON = '''\
def plain(a, b):
    total = a + b
    if total > 3:
        total = 3
    for x in range(3):
        total += x
    while total > 9:
        total -= 1
    try:
        total = int(total)
    except ValueError:
        pass
    match total:
        case 1:
            return 0
    return total


def documented(a):
    """Adds one."""
    return a + 1


# Doubles it.
def commented(a):
    return 2 * a
'''
JAVA = """\
class A {
  /** Adds. */
  int add(int a, int b) {
    int total = a + b;
    if (total > 3) { total = 3; }
    for (int i = 0; i < 3; i++) { total += i; }
    while (total > 9) { total--; }
    try { total = run(total); } catch (Exception e) { total = 0; }
    switch (total) { case 1: return 0; }
    return total;
  }
}
"""
TYPESCRIPT = """\
// Adds.
function add(a: number, b: number): number {
  let total = a + b;
  if (total > 3) { total = 3; }
  for (const x of [1]) { total += x; }
  while (total > 9) { total--; }
  try { total = run(total); } catch { total = 0; }
  switch (total) { case 1: return 0; }
  return total;
}
"""
CPP = """\
// Adds.
int add(int a, int b) {
  int total = a + b;
  if (total > 3) { total = 3; }
  for (int x : list) { total += x; }
  while (total > 9) { total--; }
  try { total = run(total); } catch (...) { total = 0; }
  switch (total) { case 1: return 0; }
  return total;
}
"""


def holes(name: str, text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for case in cases_of(Path("/repo") / name, text):
        assert case.spot.filled(case.truth) == text
        found.setdefault(case.category, []).append(case.truth)
    return found


def test_python_holes():
    found = holes("a.py", PYTHON)
    assert set(found) == set(CATEGORIES)
    assert found["method signature"] == ["def plain(a, b):", "def documented(a):", "def commented(a):"]
    assert found["method with comment"] == ["return a + 1", "def commented(a):\n    return 2 * a"]
    assert found["method body"] == ["return 2 * a"], (
        "the long body is too long, the documented one is the other kind"
    )
    assert found["if"] == ["if total > 3:\n        total = 3"]
    assert found["while"] == ["while total > 9:\n        total -= 1"]
    assert found["switch"] == ["match total:\n        case 1:\n            return 0"]
    assert found["try"][0].startswith("try:")
    assert found["body top"] == ["total = a + b\n    if total > 3:\n        total = 3"]
    assert found["body bottom"][0].endswith("return total")
    assert "total = a + b" not in found["single line"], "the first statement of a body is not one of many"
    assert found["single line"] == ["return total"]
    assert set(found["empty"]) == {""}


@pytest.mark.parametrize(
    ("name", "text", "signature"),
    [
        ("A.java", JAVA, "int add(int a, int b)"),
        ("a.ts", TYPESCRIPT, "function add(a: number, b: number): number"),
        ("a.js", TYPESCRIPT.replace(": number", ""), "function add(a, b)"),
        ("a.cpp", CPP, "int add(int a, int b)"),
    ],
)
def test_every_category_in_other_languages(name: str, text: str, signature: str):
    found = holes(name, text)
    assert found["method signature"] == [signature]
    assert found["switch"] == ["switch (total) { case 1: return 0; }"]
    assert found["for"][0].startswith("for (")
    missing = {"method body", "method with comment"}  # this one is too long to be a hole
    assert set(CATEGORIES) - set(found) <= missing


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.py", "def f(:\n"), ("a.py", ""), ("a.txt", PYTHON), ("a.md", "# x\n"), ("a.py", "x = 1\n")],
)
def test_broken_and_foreign_files_have_no_cases(name: str, text: str):
    assert cases_of(Path("/repo") / name, text) == []


def test_empty_is_behind_a_complete_line_with_code_below():
    for case in cases_of(Path("/repo/a.py"), PYTHON):
        if case.category == "empty":
            assert case.spot.text == PYTHON
            assert case.spot.cursor.line_rest == ""
            assert case.spot.cursor.line_head.strip()
            assert case.spot.cursor.after.strip()


@pytest.mark.slow
def test_cases_are_deterministic_spread_and_short():
    files = source_files([HERE])
    first = build(files, 5, 3)
    assert first == build(files, 5, 3)
    assert first != build(files, 5, 4)
    for category in ("method signature", "method body", "single line", "empty", "if", "for"):
        some = [case for case in first if case.category == category]
        assert len(some) == 5
        assert len({case.path for case in some}) >= 3
    assert all(len(case.truth.strip()) <= MOST_CHARACTERS for case in first)
    assert len({case.key for case in first}) == len(first)


def case(category: str, truth: str) -> Case:
    text = f"x = {truth}\ny = 2\n"
    return Case(category, Path("/repo/a.py"), text, Span(4, 4 + len(truth)))


def answered(category: str, truth: str, text: str) -> Answered:
    return Answered(case(category, truth), text, "ok" if text else "empty-answer", 0.5)


def test_figures_by_hand():
    rows = [
        answered("single line", "total", "total"),
        answered("single line", "total", "totals and more"),
        answered("single line", "total", ""),
        answered("if", "ab", " ab \n"),
        answered("empty", "", ""),
        answered("empty", "", "noise"),
    ]
    found = fim13.figures(rows, 0)
    line = found["categories"]["single line"]
    assert line["cases"] == 3
    assert line["exact_match"] == pytest.approx(100 / 3)
    assert line["shown"] == pytest.approx(200 / 3)
    assert line["length_ratio"] == pytest.approx((5 + 15) / 10)
    assert line["edit_similarity"] == pytest.approx(100 * (1 + 10 / 20 + 0) / 3)
    assert found["length_ratio"][0] == pytest.approx((5 + 15 + 2) / (5 + 5 + 2))
    assert found["categories"]["empty"]["exact_match"] == 50
    assert found["categories"]["empty"]["length_ratio"] == 0
    assert found["empty_silent"][0] == 0.5
    assert found["due_shown"][0] == 0.75
    assert found["reasons"] == {"ok": 4, "empty-answer": 2}
    checks = {check.name: (check.value, check.ok) for check in fim13.checks(rows, 0)}
    assert checks["due_shown"] == (0.75, True)
    assert checks["empty_silent"] == (0.5, False)
    assert checks["length_ratio.most"][1] is False


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x = 1\n```", "fence"),
        ("x<|im_end|>", "marker"),
        ("Here is the code:", "chatter"),
        ("x = 1  # 好的", ""),
    ],
)
def test_text_that_no_source_has_is_counted(text: str, kind: str):
    found = fim13.figures([answered("if", "ab", text)], 0)["foreign"]
    assert sum(found.values()) == (1 if kind else 0)
    assert not kind or found[kind] == 1
    assert fim13.foreign([answered("if", text, text)]) == [], "the file itself has it"


def test_silence_alone_does_not_win():
    rows = [answered("if", "ab", ""), answered("empty", "", "")]
    checks = {check.name: check.ok for check in fim13.checks(rows, 0)}
    assert checks["empty_silent"]
    assert not checks["due_shown"]
    assert not checks["length_ratio"]


def line(truth: str, pipeline: str, healed: str, bare: str, suffix: str = "") -> Line:
    return Line(Place(Path("/repo/a.py"), f"x = {truth}\n", 4), pipeline, suffix, healed, bare)


def test_line_figures_by_hand():
    lines = [
        line("one", "one", "one", "two"),
        line("two", "two ", "2", "2", "two"),
        line("six", "", "six", "si"),
    ]
    found = fim13_lines.figures(lines, 0)
    assert found["lines"]["pipeline"]["exact_match"] == pytest.approx(200 / 3)
    assert found["lines"]["bare"]["exact_match"] == 0
    assert found["lines"]["pipeline"]["silent"] == pytest.approx(100 / 3)
    assert found["line_gain"]["pipeline_over_bare"]["em_points"] == pytest.approx(200 / 3)
    assert found["line_gain"]["pipeline_over_healed"]["em_points"] == 0
    assert found["line_gain"]["pipeline_over_healed"]["only_pipeline_right"] == 1
    assert found["line_gain"]["pipeline_over_healed"]["only_healed_right"] == 1
    low, high = found["line_gain"]["pipeline_over_healed"]["em_interval"]
    assert low < 0 < high
    assert found["line_gain"]["suffix_over_healed"]["em_points"] == pytest.approx(-100 / 3)
    assert [check.name for check in fim13_lines.checks(lines, 0)] == [
        "em_over_bare",
        "em_over_healed",
        "foreign_lines",
        "line_places",
    ]


@pytest.mark.parametrize(
    ("truth", "answer", "count"), [("one", "<|im_end|>", 1), ("<eos>", "<eos>", 0), ("one", "two", 0)]
)
def test_foreign_text_in_lines_is_counted(truth: str, answer: str, count: int):
    assert fim13_lines.foreign([line(truth, answer, "", "")]) == count


def test_what_is_shown_while_a_line_is_typed():
    place = Place(Path("/repo/a.py"), "a = 1\nb = two + 2\nc = 3\n", 10)
    assert fim13_lines.spot(place) == Spot(place.path, "a = 1\nb = \nc = 3\n", 10)


class Told:
    """A route that notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Spot, bool]] = []

    def ask(self, spot: Spot, *, explicit: bool = False) -> Answer:
        self.asked.append((spot, explicit))
        return Answer("answer", "ok", 0.1)


def test_the_automatic_trigger_decides_and_nothing_is_asked_twice():
    route, kept, ticks = Told(), Ledger({}), list[int]()
    cases = cases_of(Path("/repo/a.py"), PYTHON)
    first = fim13.answer(cases, route, kept, lambda: ticks.append(1))
    assert fim13.answer(cases, route, kept, lambda: ticks.append(1)) == first
    assert len(route.asked) == len(cases)
    assert len(ticks) == 2 * len(cases)
    assert not any(explicit for _, explicit in route.asked)
    assert all(case.truth not in spot.text[spot.offset - 1 :] or not case.truth
               for case, (spot, _) in zip(cases, route.asked, strict=True) if case.category == "method signature")  # fmt: skip


def test_bare_and_healed_see_the_prefix_and_nothing_else_and_suffix_what_is_below():
    seen: list[Prompt] = []

    def script(prompt: Prompt) -> str:
        seen.append(prompt)
        return "x\ny"

    engine = ScriptedEngine(script)
    model = Model(engine, PROFILES["plain"], "for a test", Counter(engine.count), Trees())
    place = Place(Path("/repo/a.py"), "alpha = 1\nbeta = alphabet\ngamma = 3\n", 22)
    lines = fim13_lines.answer([place], Ways(Told(), model, Settings()), Ledger({}), lambda: None)
    assert lines[0] == Line(place, "answer", "x", "x", "x")
    bare, below, healed = sorted(seen, key=lambda prompt: (len(prompt.heal), "gamma" not in prompt.text))
    assert bare.text == "alpha = 1\nbeta = alpha"
    assert bare.heal == ""
    assert healed.text + healed.heal == bare.text
    assert healed.heal == below.heal == " alpha"
    assert "gamma = 3" in below.text
    assert below.text.endswith("alpha = 1\nbeta =")
    assert "phabet" not in below.text, "the truth"


def test_the_workspace_shows_the_file_as_it_is_in_the_editor(tmp_path: Path):
    """What is cut out must not come back from the disk by way of retrieval."""
    seen: list[str] = []

    def script(prompt: Prompt) -> str:
        seen.append(prompt.text)
        return "x"

    engine = ScriptedEngine(script)
    model = Model(engine, PROFILES["plain"], "for a test", Counter(engine.count), Trees())
    secret = "    quite_unusual_name = other_helper(first_argument, second_argument)\n"
    text = f"def one(first_argument, second_argument):\n{secret}    return 1\n"
    (tmp_path / "a.py").write_text(text)
    (tmp_path / "b.py").write_text("def other_helper(first_argument, second_argument):\n    return 1\n")
    start = text.index(secret) + 4
    settings = Settings(completion=CompletionSettings(max_tokens=16))
    with PipelineRoute(model, settings, tmp_path) as route:
        got = route.ask(Spot(tmp_path / "a.py", text.replace(secret.strip(), ""), start))
    assert got.reason == "ok"
    assert "quite_unusual_name" not in seen[0]
    assert "other_helper" in seen[0]


COMMAND = ["eval", "fim13"]


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("ABACUS_CONFIG", os.devnull)
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"answers": {"": "total"}}), encoding="utf-8")
    return ["--model", str(script), "--set", "engine=scripted", "--set", "profile=plain"]


@pytest.mark.slow
def test_the_command_end_to_end(scripted: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source = tmp_path / "src"
    source.mkdir()
    (source / "a.py").write_text(PYTHON, encoding="utf-8")
    resume, page = tmp_path / "run.jsonl", tmp_path / "out" / "page.html"
    command = [*COMMAND, str(source), "--limit", "2", "--lines", "4", *scripted]
    command += ["--json", "--resume", str(resume), "--html", str(page)]
    assert run(command) == 1, "one word everywhere is not good enough"
    first = capsys.readouterr()
    found = json.loads(first.out)
    assert found["suite"] == "fim13"
    assert found["metrics"]["route"] == "pipeline"
    assert found["metrics"]["categories"]["method body"]["cases"] == 1
    assert set(found["metrics"]["lines"]) == set(fim13_lines.WAYS)
    assert {check["name"] for check in found["checks"]} == {
        "empty_silent", "due_shown", "length_ratio", "length_ratio.most", "foreign_text", "foreign_lines", "em_over_bare", "em_over_healed",
        "line_places",
    }  # fmt: skip
    assert "<svg" in page.read_text(encoding="utf-8")
    rows = resume.read_text(encoding="utf-8").splitlines()
    assert run(command) == 1
    assert json.loads(capsys.readouterr().out) == found
    assert resume.read_text(encoding="utf-8").splitlines() == rows, "nothing was asked again"


@pytest.mark.parametrize(
    "more",
    [["nowhere"], ["--category", "loop"], ["--limit", "0"], ["--lines", "-1"], ["--set", "nonsense=1"]],
)
def test_wrong_arguments_are_two(more: list[str], monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setenv("ABACUS_CONFIG", os.devnull)
    try:
        code = run([*COMMAND, *more])
    except SystemExit as left:
        code = left.code
    assert code == 2
    assert capsys.readouterr().err


def test_a_folder_without_code_is_told(tmp_path: Path, scripted: list[str], capsys):
    (tmp_path / "empty.py").write_text("\n# nothing\n")
    assert run([*COMMAND, str(tmp_path), *scripted]) == 2
    assert "no code" in capsys.readouterr().err


@pytest.mark.slow
def test_the_server_answers_as_the_pipeline_does(
    scripted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(HERE.parent)
    settings = Settings(model=scripted[1], engine="scripted", profile="plain")
    root = tmp_path / "project"
    root.mkdir()
    (root / "other.py").write_text("def other(one, two):\n    return one + two\n")
    path = root / "𠮷.py"
    spots = [
        Spot(path, "名 = '𠮷' + \ny = 2\n", 10),
        Spot(path, "x = fo + y\n", 5),
        Spot(path, "f()\n", 2),
    ]
    engine = ScriptedEngine("total")
    model = Model(engine, PROFILES["plain"], "for a test", Counter(engine.count), Trees())
    with LspRoute(settings, root) as server, PipelineRoute(model, settings, root) as pipeline:
        for spot in spots:
            ours, theirs = pipeline.ask(spot), server.ask(spot)
            assert (theirs.text, theirs.reason) == (ours.text, ours.reason)


@pytest.mark.slow
def test_a_server_without_a_model_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(HERE.parent)
    with pytest.raises(CannotMeasure), LspRoute(Settings(model=str(tmp_path / "none.gguf"))):
        pass
