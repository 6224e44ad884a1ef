"""Tasks as benchmarks publish them, programs in the sandbox, forms of answers, and the three suites end to end."""

import gzip
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from abacus_lsp.cli import run
from abacus_lsp.evaluation import programs, sandbox, tasks
from abacus_lsp.evaluation.ledger import Ledger
from abacus_lsp.evaluation.programs import Tried, attempt
from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.route import Answer, Spot
from abacus_lsp.evaluation.sandbox import Limits
from abacus_lsp.evaluation.tasks import Task
from abacus_lsp.evaluation.validity import parses, problem
from abacus_lsp.settings import CompletionSettings, Settings


def published(name: str) -> Path:
    """A benchmark's folder below the one that ABACUS_TEST_DATA names."""
    folder = Path(os.environ.get("ABACUS_TEST_DATA", "no-such-folder"), name)
    if not folder.is_dir():
        pytest.skip(f"set ABACUS_TEST_DATA to a folder with {name}/")
    return folder


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        ("assert 1 + 1 == 2", "passed"),
        ("assert 1 + 1 == 3", "failed"),
        ("x = (", "failed"),
        ("import sys\nsys.exit(0)", "failed"),
        ("import os\nos._exit(0)", "failed"),
        ("print('x' * 100_000)\ninput", "passed"),
        ("input()", "failed"),
        ("名字 = '值'\nassert 名字 == '值'", "passed"),
        ("assert __name__ == '__main__'", "passed"),
        ("import os\nassert 'ABACUS_HOME' not in os.environ", "passed"),
    ],
)
def test_how_programs_end(program: str, outcome: str):
    assert sandbox.run(program, Limits(5)).outcome == outcome


def test_a_program_that_does_not_end_is_ended():
    assert sandbox.run("while True: pass", Limits(0.5)).outcome == "timeout"


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux")
def test_memory_is_limited():
    assert "MemoryError" in sandbox.run("x = bytearray(1 << 30)", Limits(5, 256)).detail


def test_no_network_where_the_system_allows_that():
    if not sandbox.network_is_cut():
        pytest.skip("this system has no namespaces for users")
    code = "import socket\nsocket.create_connection(('127.0.0.1', 9), 1)"
    assert "unreachable" in sandbox.run(code, Limits(5)).detail


def test_files_stay_in_a_folder_that_goes(tmp_path: Path):
    assert sandbox.run("open('x', 'w').write('y')\nimport os\nassert os.listdir('.')", Limits(5)).passed
    too_large = "f = open('x', 'wb')\nf.write(b'0' * (4 << 20))\nf.flush()"
    assert not sandbox.run(too_large, Limits(5)).passed


@pytest.mark.parametrize(
    ("prefix", "answer", "suffix", "language", "found"),
    [
        ("def f():\n", "    return 1", "\n", "python", ""),
        ("def f():\n", "return 1", "\n", "python", "syntax"),
        ("def f():\n    ", "return 1\n\nprint(f())", "\n", "python", "beyond the unit"),
        ("def f():\n", "    return 1\n```", "\n", "python", "fence"),
        ("def f():\n", "    return 1<|im_end|>", "\n", "python", "marker"),
        ("def f():\n", "    这是一个函数", "\n", "python", "chatter"),
        ("def f():\n", "    return (", "\n", "python", "syntax"),
        ("def f():\n", '    x = """\nfree\n"""\n    return x', "\n", "python", ""),
        ("class A:\n    def f(self):\n        ", "return 1\n\n    def g(self):\n        pass", "", "python", "beyond the unit"),
        ("function f() {\n", "  return 1;\n}", "", "javascript", ""),
        ("function f() {\n", "  return 1;", "", "javascript", ""),
        ("function f() {\n", "  return 1;\n}\n\nfunction g() {}", "", "javascript", "beyond the unit"),
        ("function f() {\n", "  return '}';\n}", "", "javascript", ""),
        ("function f() {\n", "  return 1;\n}\nHere is the code", "", "javascript", "syntax"),
        ("const f = function () : boolean {\n", "  return true;\n};", "", "typescript", ""),
        ("class A {\n  int f() {\n", "    return 1;\n  }\n}", "", "java", ""),
        ("class A {\n  int f() {\n", "    return 1;", "", "java", ""),
        ("package main\nfunc f() int {\n", "\treturn 1\n}\nfunc g() {}", "", "go", "beyond the unit"),
    ],
)  # fmt: skip
def test_forms_of_answers(prefix: str, answer: str, suffix: str, language: str, found: str):
    assert problem(prefix, answer, suffix, language) == found


@pytest.mark.parametrize(
    ("text", "language", "holds"),
    [("x = 1\n", "python", True), ("x = \n", "python", False), ("let x = ;", "javascript", False),
     ("anything", "no-such-language", True), ("x = 1\0", "python", False)],
)  # fmt: skip
def test_what_parses(text: str, language: str, holds: bool):
    assert parses(text, language) is holds


HEAD = 'def inc(x):\n    """Adds one."""\n'
ROW = {
    "task_id": "SingleLineInfilling/HumanEval/0/L0",
    "entry_point": "inc",
    "prompt": HEAD,
    "suffix": "    return y\n",
    "canonical_solution": "    y = x + 1\n",
    "test": "def check(candidate):\n    assert candidate(1) == 2\n",
}


def write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder / tasks.SPANS["single"], [ROW])
    whole = {**ROW, "canonical_solution": "    y = x + 1\n    return y\n", "suffix": ""}
    multi = [
        {**ROW, "task_id": "MultiLineInfilling/HumanEval/0/L0_L0"},
        {**whole, "task_id": "MultiLineInfilling/HumanEval/0/L0_L1"},
    ]
    write(folder / tasks.SPANS["multi"], multi)
    inside = {
        **ROW,
        "task_id": "RandomSpan/0",
        "prompt": HEAD + "    y = ",
        "canonical_solution": "x +",
        "suffix": " 1\n    return y\n",
    }
    write(folder / tasks.SPANS["random"], [inside])
    write(folder / "humaneval-xl.python.zh.jsonl.gz", [{**xl(), "prompt": 'def inc(x):\n    """加一。"""\n'}])
    write(folder / "humaneval-xl.python.en.jsonl.gz", [xl()])
    script = {"task_id": "javascript/0", "prompt": "/** 加一。 */\nfunction inc(x) {\n", "test": "throw 1"}
    write(folder / "humaneval-xl.javascript.zh.jsonl.gz", [script])
    write(folder / "humaneval-xl.javascript.en.jsonl.gz", [script])
    cn = {
        "task_id": "Python/0", "prompt": 'def inc(x):\n    """\n    加一。\n    """', "declaration": "def inc(x):\n",
        "text": "    Adds one.", "canonical_solution": "    return x + 1\n",
        "test": "def check(f):\n    assert f(1) == 2\ncheck(inc)",
    }  # fmt: skip
    write(folder / "humaneval-python-cn.jsonl.gz", [cn])
    return folder


def xl() -> dict[str, Any]:
    return {"task_id": "python/0", "prompt": HEAD, "entry_point": "inc", "test": ROW["test"],
            "canonical_solution": "    return x + 1\n"}  # fmt: skip


def test_a_hole_of_lines_has_the_cursor_on_a_line_of_its_own(data: Path):
    (task,) = tasks.infilling(data, "single")
    assert task.prefix + task.suffix == HEAD + "\n    return y\n"
    assert (task.truth, task.explicit) == ("    y = x + 1", False)
    assert sandbox.run(task.program(task.truth)).passed
    assert not sandbox.run(task.program("    y = x")).passed


def test_a_hole_inside_a_line_is_asked_for(data: Path):
    (task,) = tasks.infilling(data, "random")
    assert (task.suffix, task.explicit) == (" 1\n    return y\n", True)
    assert sandbox.run(task.program(task.truth)).passed


def test_the_longest_hole_of_all_is_the_task_of_humaneval(data: Path):
    (task,) = tasks.nl2code(data)
    assert (task.key, task.prefix, task.suffix) == ("HumanEval/0", HEAD, "")
    assert sandbox.run(task.program(task.truth)).passed


def test_mbpp(tmp_path: Path):
    file = tmp_path / "mbpp.jsonl"
    row = {"task_id": 2, "text": "Write a function to add one.", "code": "def inc(x):\n    return x + 1",
           "test_list": ["assert inc(1) == 2", "assert inc(2) == 3"], "test_setup_code": "import math"}  # fmt: skip
    file.write_text(json.dumps(row) + "\n\n", encoding="utf-8")
    (task,) = tasks.nl2code(file)
    assert task.prefix == '"""\nWrite a function to add one.\nassert inc(1) == 2\n"""\n'
    assert sandbox.run(task.program(task.truth)).passed
    assert not sandbox.run(task.program("def inc(x):\n    return 2")).passed


def test_twins(data: Path):
    found = list(tasks.pairs(data))
    assert [(zh.key, en.key) for zh, en in found] == [
        ("javascript/0.zh", "javascript/0.en"),
        ("python/0.zh", "python/0.en"),
        ("Python/0.x.zh", "Python/0.x.en"),
    ]
    assert found[0][0].test == "", "nothing here runs it"
    assert found[2][1].prefix == 'def inc(x):\n    """\n    Adds one.\n    """\n'
    assert all(task.prefix.endswith("\n") for pair in found for task in pair)
    for task in (*found[1], *found[2]):
        assert sandbox.run(task.program(task.truth)).passed
    assert [zh.language for zh, _ in tasks.sample_pairs(found, ["python"], 1, 0)] == ["python"]
    assert tasks.sample_pairs(found, [], None, 0) == found


@pytest.mark.parametrize("content", ["not json\n", "", '{"task_id": 1}\n'])
def test_foreign_files_are_told(tmp_path: Path, content: str):
    file = tmp_path / "tasks.jsonl"
    file.write_text(content)
    with pytest.raises(CannotMeasure):
        tasks.nl2code(file)
    with pytest.raises(CannotMeasure, match="not there"):
        tasks.infilling(tmp_path, "single")
    with pytest.raises(CannotMeasure):
        list(tasks.pairs(tmp_path))


def test_samples_are_the_same_for_the_same_seed():
    many = [Task(str(n), "g", "python", "", "", "", "") for n in range(50)]
    assert tasks.sample(many, 5, 1) == tasks.sample(many, 5, 1) != tasks.sample(many, 5, 2)
    assert tasks.sample(many, None, 1) == many
    assert tasks.sample(many, 500, 1) == many


class Knows:
    """A route that answers from a table, by what stands before the cursor."""

    def __init__(self, answers: dict[str, str]) -> None:
        self._answers = answers
        self.asked: list[tuple[Spot, bool]] = []

    def ask(self, spot: Spot, *, explicit: bool = False) -> Answer:
        self.asked.append((spot, explicit))
        text = self._answers.get(spot.text[: spot.offset], "")
        return Answer(text, "ok" if text else "empty-answer", 0.1)


def test_infilling_figures_by_hand(data: Path):
    (single,), (inside,) = tasks.infilling(data, "single"), tasks.infilling(data, "random")
    silent = Task("silent", "single", "python", "x = ", "\n", "1", "")
    broken = Task("broken", "single", "python", "y = ", "\n", "1", "")
    route = Knows({single.prefix: "    y = 1 + x", inside.prefix: "x +", broken.prefix: "("})
    tried = attempt([single, inside, silent, broken], route, Ledger({}), Limits(5), lambda: None)
    assert [one.outcome for one in tried] == ["passed", "passed", "", ""]
    assert [explicit for _, explicit in route.asked] == [False, True, False, False]
    spans = programs.infilling_figures(tried, 0)["spans"]
    assert spans["single"]["tasks"] == 3
    assert spans["single"]["exact_match"] == 0
    assert spans["single"]["pass_at_1"] == pytest.approx(100 / 3)
    assert spans["single"]["answered"] == pytest.approx(200 / 3)
    assert spans["single"]["parseable"] == 50
    assert spans["random"]["exact_match"] == 100
    checks = {check.name: (check.value, check.ok) for check in programs.infilling_checks(tried)}
    assert checks["answered"] == (pytest.approx(2 / 3), False)
    assert checks["parseable"] == (pytest.approx(2 / 3), False)


def test_interrupted_runs_go_on(data: Path):
    found = tasks.infilling(data, "single")
    route, kept = Knows({found[0].prefix: "    y = x + 1"}), Ledger({})
    first = attempt(found, route, kept, Limits(5), lambda: None)
    assert attempt(found, route, kept, Limits(5), lambda: None) == first
    assert len(route.asked) == 1


def tried(tongue: str, text: str, outcome: str, number: int) -> Tried:
    task = Task(f"{number}.{tongue}", tongue, "python", HEAD, "", "", "test")
    return Tried(task, text, "ok" if text else "empty-answer", outcome, 0.1)


def test_chinese_beside_english_by_hand():
    good = "    return x + 1"
    chinese = [tried("zh", good, "passed", 0), tried("zh", good, "failed", 1), tried("zh", "", "", 2)]
    english = [tried("en", good, "passed", 0), tried("en", good, "passed", 1), tried("en", good, "failed", 2)]
    found = programs.chinese_figures(chinese, english, 0)
    assert found["pass_zh_vs_en"][0] == 0.5
    assert found["tested_pairs"] == 3
    assert found["languages"]["python zh"]["pass_at_1"] == pytest.approx(100 / 3)
    assert found["languages"]["python zh"]["answered"] == pytest.approx(200 / 3)
    assert found["languages"]["python en"]["pass_at_1"] == pytest.approx(200 / 3)
    checks = {check.name: check.ok for check in programs.chinese_checks(chinese, english, 0)}
    assert checks == {"valid_share": True, "answered": False, "pass_zh_vs_en": False}


def test_a_model_that_passes_nothing_shows_nothing_about_languages():
    none = {tongue: [tried(tongue, "    return x", "failed", 0)] for tongue in ("zh", "en")}
    checks = {check.name: check.ok for check in programs.chinese_checks(none["zh"], none["en"], 0)}
    assert checks["pass_zh_vs_en"] is False


def test_room_for_whole_functions_unless_there_is_more():
    assert programs.long_answers(Settings()).completion.max_tokens == 320
    more = Settings(completion=CompletionSettings(max_tokens=500, max_lines=100))
    assert programs.long_answers(more) == more


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("ABACUS_CONFIG", os.devnull)
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"answers": {"": "    return x + 1\n"}}), encoding="utf-8")
    return ["--model", str(script), "--set", "engine=scripted", "--set", "profile=plain", "--json"]


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        (["infilling", "--span", "multi"], ("spans", "multi")),
        (["nl2code"], ("benchmarks", "humaneval")),
        (["chinese", "--language", "python"], ("languages", "python zh")),
    ],
)
def test_the_commands_end_to_end(  # noqa: PLR0917  (fixtures)
    command: list[str],
    rows: tuple[str, str],
    data: Path,
    scripted: list[str],
    tmp_path: Path,
    capsys,
):
    page, resume = tmp_path / "page.html", tmp_path / "run.jsonl"
    more = ["--data", str(data), "--html", str(page), "--resume", str(resume), *scripted]
    assert run(["eval", *command, *more]) in (0, 1)
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert found["suite"] == command[0]
    assert found["metrics"][rows[0]][rows[1]]["pass_at_1"] == 100
    assert found["metrics"]["network_cut"] == sandbox.network_is_cut()
    assert printed.err == ""
    assert "<svg" in page.read_text(encoding="utf-8")
    assert len(resume.read_text(encoding="utf-8").splitlines()) >= 2


@pytest.mark.parametrize("suite", ["infilling", "nl2code", "chinese"])
def test_without_data_the_user_is_told(suite: str, capsys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ABACUS_CONFIG", os.devnull)
    assert run(["eval", suite]) == 2
    assert "--data" in capsys.readouterr().err


def test_published_answers_pass_in_the_sandbox():
    folder = published("infilling")
    for span in tasks.SPANS:
        for task in tasks.sample(tasks.infilling(folder, span), 3, 0):
            assert sandbox.run(task.program(task.truth)).passed
            assert parses(task.file(task.truth), "python")


def test_published_chinese_answers_are_valid():
    folder = published("chinese")
    found = [task for pair in tasks.pairs(folder) for task in pair if task.truth]
    assert len(found) > 200
    wrong = {
        task.key: problem(task.prefix, task.truth.rstrip(), task.suffix, task.language) for task in found
    }
    # The published answer of that one ends in the middle of a string.
    assert {key for key, one in wrong.items() if one} <= {"Python/142.x.zh", "Python/142.x.en"}
