"""Places in real files, and the healing suite end to end on an engine that knows the answers."""

import json
import os
import random
from pathlib import Path

import pytest

from abacus_lsp.cli import run
from abacus_lsp.completion.pipeline import Model
from abacus_lsp.engines.base import ModelError
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.evaluation import healing, places
from abacus_lsp.evaluation.places import KINDS, Place, pick, source_files
from abacus_lsp.models import store
from abacus_lsp.models.errors import ModelError as ModelMissing
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.window import Counter

pytestmark = pytest.mark.slow  # whole runs, some tenths of a second each

HERE = Path(__file__).parent.parent / "abacus_lsp"
SOURCE = '''\
"""A docstring that is prose and never a place."""

# a comment, neither

def area(width, height):  # trailing words are none
    """Prose again."""
    total = width * height
    return total
'''


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "shapes.py"
    file.write_text(SOURCE, encoding="utf-8")
    return file


def model(engine: ScriptedEngine) -> Model:
    return Model(engine, PROFILES["plain"], "for a test", Counter(engine.count), Trees())


def test_places_are_the_same_for_the_same_seed():
    files = source_files([HERE])
    first = pick(files, 40, 5)
    assert len(first) == 40
    assert pick(files, 40, 5) == first
    assert pick(files, 40, 6) != first


def test_places_are_strictly_inside_lines_of_code():
    for place in pick(source_files([HERE]), 60, 1):
        head = place.head.line_head
        assert head.strip()
        assert place.rest.strip()
        assert not head.lstrip().startswith("#")
        assert (head + place.rest) in place.text.splitlines()
        assert place.head.after == ""
        assert place.kind in KINDS


@pytest.mark.slow
def test_comments_and_docstrings_are_passed_over(source: Path):
    found = {place.offset for place in pick([source], 500, 0)}
    lines = SOURCE.splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    def_line, total, result = (
        set(range(starts[4] + 1, starts[4] + len("def area(width, height):  "))),
        set(range(starts[6] + 5, starts[6] + len(lines[6]) - 1)),
        set(range(starts[7] + 5, starts[7] + len(lines[7]) - 1)),
    )
    assert found <= def_line | total | result
    assert len(found & def_line) > 15
    assert found >= total | result, "small enough to find every place"


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("def ar", "ea(w):", "inside a word"),
        ("def area", "(w):", "after a word"),
        ("def ", "area(w):", "after a blank"),
        ("def area(", "w):", "after punctuation"),
        ("x = '计", "算'", "inside a word"),
    ],
)
def test_kinds(before: str, after: str, kind: str):
    assert Place(Path("/a.py"), before + after + "\n", len(before)).kind == kind


def test_files_come_from_folders_without_tests_and_installed_packages(tmp_path: Path):
    for name in ("a.py", "b.txt", "test/c.py", "x/site-packages/d.py", "x/e.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    found = [path.relative_to(tmp_path.resolve()).as_posix() for path in source_files([tmp_path])]
    assert found == ["a.py", "x/e.js"]
    assert source_files([tmp_path / "b.txt"]) == [(tmp_path / "b.txt").resolve()]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        source_files([tmp_path / "nowhere"])


def test_the_standard_library_is_real_code():
    assert (places.standard_library() / "json" / "decoder.py").is_file()


def test_binary_empty_and_huge_files_have_no_places(tmp_path: Path):
    for name, data in (
        ("a.py", b"\0\1\2"),
        ("b.py", b""),
        ("c.py", b"x = 1\n" * 60_000),
        ("d.py", b"y" * 500),
    ):
        (tmp_path / name).write_bytes(data)
    assert pick(source_files([tmp_path]), 5, 0) == []
    assert pick([], 5, 0) == []


def knowing(text: str, *, only_healed: bool) -> ScriptedEngine:
    """Knows the file by heart; stuck at half words unless they are healed."""

    def script(prompt: Prompt) -> str:
        end = text.find(prompt.text + prompt.heal) + len(prompt.text + prompt.heal)
        half = text[end - 1].isalnum() and text[end].isalnum()
        if only_healed and half and not prompt.heal:
            return "?\nmore"
        return text[end:]

    return ScriptedEngine(script)


def test_healing_gains_exactly_where_the_word_was_cut(source: Path):
    chosen = pick([source], 60, 0)
    ticks: list[int] = []
    suite = healing.measure(chosen, model(knowing(SOURCE, only_healed=True)), 0, lambda: ticks.append(1))
    inside = sum(place.kind == "inside a word" for place in chosen)
    assert inside > 20
    assert len(ticks) == len(chosen)
    metrics = suite.metrics
    assert metrics["variants"]["healed"]["exact_match"] == 100
    assert metrics["variants"]["healed"]["edit_similarity"] == 100
    assert metrics["variants"]["plain"]["exact_match"] == pytest.approx(100 * (1 - inside / len(chosen)))
    assert metrics["discordant"] == {"only_healed_right": inside, "only_plain_right": 0}
    assert metrics["gain"]["exact_match"]["points"] == pytest.approx(100 * inside / len(chosen))
    assert metrics["kinds"]["inside a word"]["em_plain"] == 0
    assert metrics["kinds"]["after a blank"]["em_plain"] == 100
    assert [(check.name, check.ok) for check in suite.checks] == [
        ("em_gain_points", True),
        ("em_gain_lower_95", True),
    ]


def test_no_gain_fails_the_checks(source: Path):
    suite = healing.measure(pick([source], 30, 0), model(knowing(SOURCE, only_healed=False)), 0, lambda: None)
    assert suite.metrics["gain"]["exact_match"] == {"points": 0, "interval": [0, 0]}
    assert not suite.ok


def test_both_ways_see_the_same_text_in_alternating_order(source: Path):
    seen: list[Prompt] = []

    def script(prompt: Prompt) -> str:
        seen.append(prompt)
        return "x"

    chosen = pick([source], 20, 2)
    healing.measure(chosen, model(ScriptedEngine(script)), 0, lambda: None)
    pairs = list(zip(seen[::2], seen[1::2], strict=True))
    for number, (first, second) in enumerate(pairs):
        assert first.text + first.heal == second.text + second.heal == SOURCE[: chosen[number].offset]
        assert (second if number % 2 == 0 else first).heal == ""
    assert sum(bool(first.heal) for first, _ in pairs[::2]) > 5
    assert sum(bool(second.heal) for _, second in pairs[1::2]) > 5


def test_the_prefix_is_a_fixed_window():
    seen: list[Prompt] = []

    def script(prompt: Prompt) -> str:
        seen.append(prompt)
        return "x"

    engine = ScriptedEngine(script)
    healing.measure(
        pick(source_files([HERE]), 6, random.Random(1).randrange(99)), model(engine), 0, lambda: None
    )
    assert max(engine.count(prompt.text) for prompt in seen) <= healing.PREFIX_TOKENS


class Blunt(ScriptedEngine):
    """A server that cannot constrain its answers."""

    def can_heal(self) -> bool:
        return False


def test_an_engine_that_cannot_heal_is_told(source: Path):
    with pytest.raises(ModelError, match="no healing"):
        healing.measure(pick([source], 2, 0), model(Blunt("x")), 0, lambda: None)


def test_the_command_end_to_end(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"answers": {"": "total"}}), encoding="utf-8")
    monkeypatch.setenv("ABACUS_CONFIG", os.devnull)
    command = ["eval", "healing", str(source), "--limit", "12", "--model", str(script)]
    command += ["--set", "engine=scripted", "--set", "profile=plain"]
    assert run([*command, "--json"]) == 1, "the same answer both ways gains nothing"
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert list(found) == ["suite", "metrics", "checks"]
    assert (found["suite"], found["metrics"]["places"], found["metrics"]["seed"]) == ("healing", 12, 0)
    assert set(found["metrics"]["variants"]) == {"healed", "plain"}
    assert [check["at_least"] for check in found["checks"]] == [6, 3]
    assert printed.err == ""
    assert run(command) == 1
    assert "em_gain_points" in capsys.readouterr().out


@pytest.mark.parametrize("more", [["nowhere.py"], ["--set", "nonsense=1"], ["--set", "x"]])
def test_wrong_arguments_are_two(more: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setenv("ABACUS_CONFIG", os.devnull)
    assert run(["eval", "healing", *more]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err


def test_files_without_code_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setenv("ABACUS_CONFIG", os.devnull)
    (tmp_path / "empty.py").write_text("\n# nothing\n")
    assert run(["eval", "healing", str(tmp_path)]) == 2
    assert "no line of code" in capsys.readouterr().err


@pytest.mark.model
def test_a_real_model_is_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    try:
        store.resolve("gemma3-270m")
    except ModelMissing:
        pytest.skip("gemma3-270m is not installed: abacus-lsp models pull gemma3-270m")
    monkeypatch.setenv("ABACUS_CONFIG", os.devnull)
    command = ["eval", "healing", str(HERE), "--limit", "6", "--model", "gemma3-270m", "--json"]
    code = run([*command, "--set", "local.contextTokens=1024"])
    found = json.loads(capsys.readouterr().out)
    assert code == (0 if all(check["ok"] for check in found["checks"]) else 1)
    assert found["metrics"]["variants"]["healed"]["edit_similarity"] > 0
