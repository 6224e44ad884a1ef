"""Programming tasks with tests, as benchmarks publish them: HumanEval, MBPP, HumanEval-Infilling, HumanEval-XL.

Knows files and their layouts. Must not know models. A task says what stands before and after the cursor and which
program decides whether an answer is right.
"""

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from abacus_lsp.evaluation.report import CannotMeasure

SPANS: Final = {
    "single": "HumanEval-SingleLineInfilling.jsonl.gz",
    "multi": "HumanEval-MultiLineInfilling.jsonl.gz",
    "random": "HumanEval-RandomSpanInfillingLight.jsonl.gz",
}
_HOLE = re.compile(r"(?:Single|Multi)LineInfilling/(HumanEval/\d+)/L(\d+)(?:_L(\d+))?$")


@dataclass(frozen=True, slots=True)
class Task:
    """A hole to fill, and how to judge what is filled in.

    Attributes:
        key: its name in the benchmark.
        group: of the benchmark, for the report: "single", "humaneval" …
        language: LSP identifier.
        prefix: before the cursor.
        suffix: after it.
        truth: one right answer, "" where none is published.
        test: what is run after the file; "" when nothing can run it here.
        explicit: the place is one where an editor's user asks by a key press.
    """

    key: str
    group: str
    language: str
    prefix: str
    suffix: str
    truth: str
    test: str
    explicit: bool = False

    def file(self, answer: str) -> str:
        """The source with the answer in it."""
        return self.prefix + answer + self.suffix

    def program(self, answer: str) -> str:
        """What is to run to its end without an error."""
        return f"{self.file(answer)}\n{self.test}"


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines, compressed or not.

    Raises:
        CannotMeasure: it is not such a file.
    """
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as file
        ):
            for line in file:
                if line.strip():
                    yield json.loads(line)
    except (ValueError, EOFError, gzip.BadGzipFile) as error:
        raise CannotMeasure(f"{path} is no file of JSON lines: {error}") from error


def sample(tasks: Sequence[Task], limit: int | None, seed: int) -> list[Task]:
    """`limit` of them, in their own order; the same seed gives the same."""
    if limit is None or limit >= len(tasks):
        return list(tasks)
    chosen = random.Random(seed).sample(range(len(tasks)), limit)  # noqa: S311  (a sample)
    return [tasks[number] for number in sorted(chosen)]


def infilling(data: Path, span: str) -> list[Task]:
    """HumanEval-Infilling: `span` is a key of `SPANS`.

    Where the truth ends its line, the cursor stands on an empty line of its own, as in an editor: the line break that the
    answer need not write is in the suffix. A span that begins or ends inside a line is one that a user asks for.

    Raises:
        CannotMeasure: the file is not there.
    """
    found: list[Task] = []
    for row in rows(_there(data / SPANS[span])):
        truth: str = row["canonical_solution"]
        suffix: str = row["suffix"]
        if truth.endswith("\n"):
            truth, suffix = truth[:-1], "\n" + suffix
        inside = not suffix.startswith("\n") and suffix != ""
        test = f"{row['test']}\ncheck({row['entry_point']})\n"
        found.append(
            Task(row["task_id"], span, "python", row["prompt"], suffix, truth, test, explicit=inside)
        )
    return found


def nl2code(path: Path) -> list[Task]:
    """HumanEval or MBPP from a file of JSON lines, or HumanEval from the folder of HumanEval-Infilling.

    Raises:
        CannotMeasure: the layout is none of these.
    """
    if path.is_dir():
        return _whole_bodies(path)
    found = [_nl2code(row) for row in rows(_there(path))]
    if not found:
        raise CannotMeasure(f"{path} holds no tasks")
    return found


def _nl2code(row: dict[str, Any]) -> Task:
    match row:
        case {"task_id": key, "prompt": str(prompt), "test": str(test), "entry_point": name}:
            ready = f"{test}\ncheck({name})\n"
            return Task(
                str(key), "humaneval", "python", _line(prompt), "", row.get("canonical_solution") or "", ready
            )
        case {"task_id": key, "test_list": [_, *_]}:
            tests: list[str] = row["test_list"]
            asked = str(row.get("text") or row.get("prompt") or "")
            prefix = f'"""\n{asked}\n{tests[0]}\n"""\n'
            setup = "\n".join([row.get("test_setup_code") or "", *(row.get("test_imports") or ())])
            return Task(
                f"MBPP/{key}", "mbpp", "python", prefix, "", row.get("code") or "", "\n".join([setup, *tests])
            )
        case _:
            raise CannotMeasure(
                "expected rows of HumanEval (prompt, test, entry_point) or MBPP (text, test_list)"
            )


def _whole_bodies(data: Path) -> list[Task]:
    """Of every function of HumanEval-Infilling the hole that begins its body: that is HumanEval again.

    Bodies of one line are in the file of single lines only.
    """
    best: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {}
    single = data / SPANS["single"]
    for path in (_there(data / SPANS["multi"]), *([single] if single.is_file() else [])):
        for row in rows(path):
            match = _HOLE.match(row["task_id"])
            if match is None:
                continue
            rank = (-int(match[2]), int(match[3] or match[2]))  # the first line, then the longest hole
            if match[1] not in best or rank > best[match[1]][0]:
                best[match[1]] = rank, row
    found: list[Task] = []
    for name, (_, row) in best.items():
        test = f"{row['test']}\ncheck({row['entry_point']})\n"
        truth = row["canonical_solution"] + row["suffix"]
        found.append(Task(name, "humaneval", "python", _line(row["prompt"].rstrip()), "", truth, test))
    return found


def _line(prompt: str) -> str:
    """The prompt up to a fresh line: that is where an answer to a docstring begins."""
    return prompt if prompt.endswith("\n") else prompt + "\n"


def _there(path: Path) -> Path:
    if not path.is_file():
        raise CannotMeasure(f"{path} is not there: say --data with the folder (or file) of the benchmark")
    return path


def pairs(data: Path) -> Iterator[tuple[Task, Task]]:
    """(Chinese, English) twins of the folder: HumanEval-XL by language, and HumanEval-x with Chinese docstrings.

    Raises:
        CannotMeasure: the folder holds none.
    """
    there = False
    for chinese in sorted(data.glob("humaneval-xl.*.zh.jsonl.gz")):
        language = chinese.name.split(".")[1]
        english = {row["task_id"]: row for row in rows(_there(data / f"humaneval-xl.{language}.en.jsonl.gz"))}
        for row in rows(chinese):
            there = True
            yield _xl(row, language, "zh"), _xl(english[row["task_id"]], language, "en")
    own = data / "humaneval-python-cn.jsonl.gz"
    if own.is_file():
        for row in rows(own):
            there = True
            yield _cn(row, row["prompt"], "zh"), _cn(row, _english(row), "en")
    if not there:
        raise CannotMeasure(f"{data} holds no humaneval-xl.LANGUAGE.zh.jsonl.gz: say --data with that folder")


def _xl(row: dict[str, Any], language: str, tongue: str) -> Task:
    test = f"{row['test']}\ncheck({row['entry_point']})\n" if language == "python" else ""
    truth = row["canonical_solution"] if isinstance(row.get("canonical_solution"), str) else ""
    return Task(f"{row['task_id']}.{tongue}", tongue, language, _line(row["prompt"]), "", truth, test)


def _cn(row: dict[str, Any], prompt: str, tongue: str) -> Task:
    key = f"{row['task_id']}.x.{tongue}"
    return Task(key, tongue, "python", _line(prompt), "", row["canonical_solution"], row["test"])


def _english(row: dict[str, Any]) -> str:
    """Its twin: the same declaration, with the English text that the row brings along."""
    return f'{row["declaration"].rstrip()}\n    """\n    {row["text"].strip()}\n    """\n'


def sample_pairs(
    found: Sequence[tuple[Task, Task]], languages: Sequence[str], limit: int | None, seed: int
) -> list[tuple[Task, Task]]:
    """Up to `limit` pairs of each language named (none named: all), in their own order."""
    chosen: list[tuple[Task, Task]] = []
    for language in dict.fromkeys(chinese.language for chinese, _ in found):
        if languages and language not in languages:
            continue
        twins = {
            chinese.key: (chinese, english) for chinese, english in found if chinese.language == language
        }
        some = sample([chinese for chinese, _ in twins.values()], limit, seed)
        chosen.extend(twins[task.key] for task in some)
    return chosen
