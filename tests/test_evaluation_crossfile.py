"""CrossCodeEval with a model: how answers are compared, kept and reported. Cases worked by hand."""

import json
from pathlib import Path

import pytest
from test_retrieval_evaluation import write_rows

from abacus_lsp.completion.pipeline import Model
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.evaluation import crossfile_model
from abacus_lsp.evaluation.answers import Answers, kept
from abacus_lsp.evaluation.crossfile_model import Run, chosen_tasks, measure
from abacus_lsp.evaluation.html import page
from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.evaluation.statements import first_statement, identifiers, score
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.settings import Settings
from abacus_lsp.window import Counter

PRICE = "def net_price(gross_price, tax_rate):\n    '''没有税的价格。'''\n    return gross_price / (1 + tax_rate)\n"


@pytest.mark.parametrize(
    ("answer", "truth", "language", "expected"),
    [
        ("a.b(c)", "a.b(c)", "python", (1, 1, 1, 1)),
        ("a.b(c)  # 说明", " a.b(c)\n", "python", (1, 1, 1, 1)),
        ("f(\n  a,\n  b)", "f(\n    a,\n    b)", "python", (1, 0.86, 1, 1)),  # 2·12 / (12 + 16)
        ("abcd", "abce", "java", (0, 0.75, 0, 0)),
        ("a(b)", "a(c)", "java", (0, 0.75, 0, 0.5)),
        ("b(a)", "a(b)", "java", (0, 0.5, 0, 1)),
        ("", "x", "typescript", (0, 0, 0, 0)),
        ('log("one");', 'log("two");', "csharp", (0, 0.82, 1, 1)),  # 2·9 / 22
        ("return this;", "return new;", "csharp", (0, 0.7, 1, 1)),  # 2·8 / 23
    ],
)
def test_scores(answer: str, truth: str, language: str, expected: tuple[float, ...]) -> None:
    found = score(answer, truth, language)
    figures = (found.exact_match, found.edit_similarity, found.identifier_match, found.identifier_f1)
    assert figures == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(
    ("prompt", "answer", "language", "expected"),
    [
        ("int x = ", "f(1); int y = 2;", "java", "f(1);"),
        ("if (", "a) { b(); }", "typescript", "a) {"),
        ("x", "y", "csharp", "y"),
        ("x = ", "f(1)\ny = 2\n", "python", "f(1)"),
        ("x = ", "f(\n    1,\n)\ny = 2\n", "python", "f(\n    1,\n)"),
        ("def f(:\n    x = ", "1\n    y = 2\n", "python", "1\n    y = 2\n"),
        ("x = ", "f(", "python", "f("),
    ],
)
def test_an_answer_ends_with_its_first_statement(
    prompt: str, answer: str, language: str, expected: str
) -> None:
    assert first_statement(prompt, answer, language) == expected


def test_identifiers_are_neither_strings_nor_keywords() -> None:
    assert identifiers('return 价格(self.x, \'text\', "a\\"b") if None else y2', "python") == [
        "价格",
        "self",
        "x",
        "y2",
    ]


def test_answers_are_kept_and_belong_to_one_run(tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    with kept(file, {"model": "m"}) as rows:
        rows.add("a", {"text": "答案"})
    file.write_bytes(file.read_bytes() + b'{"key": "b", "ro')
    with kept(file, {"model": "m"}) as rows:
        assert rows.get("a") == {"text": "答案"}
        assert rows.get("b") is None
        rows.add("b", {"text": ""})
    assert [json.loads(line).get("key") for line in file.read_text("utf-8").splitlines()] == [None, "a", "b"]
    with pytest.raises(CannotMeasure, match="another run"), kept(file, {"model": "n"}):
        pass


@pytest.fixture
def data(tmp_path: Path) -> Path:
    item: dict[str, object] = {
        "prompt": "from price import net_price\nx = net_price(",
        "groundtruth": "gross_price=3)",
        "right_context": "\nprint(x)\n",
        "language": "python",
        "metadata": {"file": "app.py", "repository": "r", "task_id": "t/1"},
    }
    other = item | {
        "prompt": "y = 1\nx = net_price(",
        "metadata": {"file": "b.py", "repository": "r", "task_id": "t/2"},
    }
    write_rows(tmp_path / "items.jsonl.gz", [item, other])
    files: list[dict[str, object]] = [
        {"path": "price.py", "content": PRICE},
        {"path": "app.py", "content": str(item["prompt"]) + "gross_price=3)\nprint(x)\n"},
    ]
    write_rows(tmp_path / "repos" / "r.jsonl.gz", files)
    return tmp_path


def model(asked: list[str]) -> Model:
    def script(prompt: Prompt) -> str:
        asked.append(prompt.text)
        return "gross_price=3)\n" if "def net_price" in prompt.text else "1)\n"

    engine = ScriptedEngine(script)
    return Model(engine, PROFILES["plain"], "as the test says", Counter(engine.count), Trees())


def test_a_model_answers_with_and_without_other_files(data: Path) -> None:
    asked: list[str] = []
    tasks = chosen_tasks(data, None, 0)
    rows = Answers({})
    ticks: list[int] = []
    suite = measure(tasks, Run(data, model(asked), Settings(), rows), lambda: ticks.append(1))
    ways = suite.metrics["ways"]
    assert {way: figures["exact_match"] for way, figures in ways.items()} == {
        "in-file": 0.0,
        "retrieved": 100.0,
        "oracle": 100.0,
    }
    assert suite.metrics["gain_over_in_file"]["retrieved"]["exact_match"] == 100.0
    assert len(ticks) == len(asked) == len(tasks) * len(crossfile_model.WAYS)
    assert not any("gross_price=3" in prompt for prompt in asked), "the truth is in no prompt"
    again = measure(tasks, Run(data, model(asked), Settings(), rows), lambda: None)
    assert len(asked) == len(ticks), "what was answered is not asked again"
    assert again.as_json() == suite.as_json()
    assert "in-file" in suite.table()
    drawn = crossfile_model.plots(suite.metrics)
    assert [bar.value for bar in drawn[0].bars] == [0.0, 100.0, 100.0]
    assert "Exact match" in page(suite, drawn)


def test_the_same_seed_gives_the_same_tasks(data: Path) -> None:
    assert [task.id for task in chosen_tasks(data, 1, 3)] == [task.id for task in chosen_tasks(data, 1, 3)]
    assert len(chosen_tasks(data, 9, 0)) == 2
