"""`eval outputs`: the ways of cutting on hand-worked rows; and, where the recordings are, the stopping rules on them."""

import gzip
import json
import os
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from abacus_lsp import cli
from abacus_lsp.completion.postprocess import ended, run
from abacus_lsp.evaluation import outputs
from abacus_lsp.evaluation.outputs import Output, Task
from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.parsing import Trees

DATA = (
    Path(os.environ.get("ABACUS_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")) / "model-outputs"
)

JAVA = Task(
    "t/java",
    "java",
    "class A {\n  void f() {\n    for (int i : ",
    "\n      g(i);\n    }\n  }\n}\n",
    "items) {",
)
PYTHON = Task(
    "t/python", "python", "def f(a):\n    b = a.", "\n    return b\n", "sum(\n        axis=1)  # total"
)
ROWS = [
    # (task, output, finished, {way: right})
    (JAVA, "items) {\n      g(i);\n    }\n", True, {"none": 0, "suffix": 1, "statement": 1, "ours": 1, "oracle": 1}),
    (JAVA, "items) {\n      h(i);\n    }\n", True, {"none": 0, "suffix": 0, "statement": 1, "ours": 1, "oracle": 1}),
    (JAVA, "others) {", True, {"none": 0, "suffix": 0, "statement": 0, "ours": 0, "oracle": 0}),
    (PYTHON, "sum(\n        axis=1)", True, {"none": 1, "suffix": 1, "statement": 1, "ours": 1, "oracle": 1}),
    (PYTHON, "sum(\n        axis=1)\n    c = 1\n", False, {"none": 0, "suffix": 0, "statement": 1, "ours": 1, "oracle": 1}),
    (PYTHON, "sum(\n        axis=1", False, {"none": 0, "suffix": 0, "statement": 0, "oracle": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("task", "text", "finished", "right"), ROWS)
def test_one_output_under_every_way(task: Task, text: str, finished: bool, right: dict[str, int]) -> None:
    trees = Trees()
    found = outputs.score(task, Output(task.id, text, finished), outputs.ending_of(task, trees), trees)
    assert {way: found.exact[way] for way in right} == right


def test_edit_similarity_is_of_the_whole_text() -> None:
    trees = Trees()
    found = outputs.score(JAVA, Output(JAVA.id, "items) {\nx", True), outputs.ending_of(JAVA, trees), trees)
    assert found.similar["none"] == 89  # 2 * 8 / (8 + 10)
    assert found.similar["ours"] == 100


def test_the_gap_is_closed_by_what_ours_has_over_none() -> None:
    suite = outputs.measure(
        {t.id: t for t in (JAVA, PYTHON)}, [Output(t.id, x, f) for t, x, f, _ in ROWS], lambda: None
    )
    checks = {check.name: check for check in suite.checks}
    assert suite.metrics["exact_match"]["all"]["none"] == pytest.approx(100 / 6)
    assert checks["gap_closed"].value == pytest.approx(1.0)
    assert checks["best_of_three.java"].value == 0
    assert suite.ok


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = [
        {
            "task_id": t.id,
            "language": t.language,
            "prefix": t.prefix,
            "suffix": t.suffix,
            "groundtruth": t.truth,
        }
        for t in (JAVA, PYTHON)
    ]
    rows = [{"task_id": t.id, "output": x, "stop_reason": "eos" if f else "length"} for t, x, f, _ in ROWS]
    for name, objects in (("tasks", tasks), ("outputs", rows)):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(one) + "\n" for one in objects)
    page = tmp_path / "page.html"
    assert cli.run(["eval", "outputs", "--data", str(tmp_path), "--json", "--html", str(page)]) == 0
    assert "Exact match, java" in page.read_text("utf-8")
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert report["suite"] == "outputs"
    assert report["metrics"]["outputs"] == len(ROWS)


@pytest.mark.parametrize("arguments", [[], ["--data", "no-such-folder"]])
def test_without_data_it_says_what_to_give(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["eval", "outputs", *arguments]) == 2
    assert "--data" in capsys.readouterr().err


def test_another_layout_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotMeasure, match=r"tasks\.jsonl\.gz"):
        outputs.load(tmp_path)


@pytest.mark.skipif(not DATA.is_dir(), reason="no recorded outputs: name their folder in ABACUS_TEST_DATA")
@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 16])
def test_recorded_outputs_end_at_the_same_place_in_any_pieces(size: int) -> None:
    tasks, found = outputs.load(DATA)
    trees = Trees()
    endings = {task.id: outputs.ending_of(task, trees) for task in tasks.values()}
    for output in found[:: 4 if size > 1 else 1]:
        end = endings[output.task]
        whole = run(output.text, end, finished=output.finished)
        pieces = [output.text[at : at + size] for at in range(0, len(output.text), size)]
        streamed = next((text for text in accumulate(pieces) if ended(text, end)), None)
        if streamed is not None:
            assert run(streamed, end, finished=False) == whole, output.task
