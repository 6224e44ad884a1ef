"""The real server with the real embedded model, as an editor would use it."""

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from lsp_client import Client
from models_here import gguf
from tiny_models import smollm2_as_minicpm

pytestmark = pytest.mark.model

PYTHON = '''\
import json


def read_settings(path):
    """Return the settings stored in a JSON file."""
    with open(path) as file:
        return json.'''

JAVASCRIPT = """\
const fs = require('fs');

function readSettings(path) {
  const text = fs.readFileSync(path, 'utf-8');
  return JSON."""

CHINESE = '''\
# 商店𠮷：计算价格 😀
def 总价(单价, 数量):
    """返回单价乘以数量的结果。"""
    return 单'''

FILES = [("python", PYTHON), ("javascript", JAVASCRIPT), ("python", CHINESE)]


@pytest.fixture(scope="module", params=["utf-8", "utf-16", "utf-32"])
def client(request: pytest.FixtureRequest):
    options = {"model": str(gguf("gemma")), "completion": {"debounceMs": 0, "deadlineMs": 120_000}}
    with Client() as client:
        result = client.initialize(options=options, encodings=[request.param])
        assert result["capabilities"]["positionEncoding"] == request.param
        client.encoding = request.param
        yield client
        assert client.leave() == 0


@pytest.mark.parametrize(("language", "text"), FILES, ids=["python", "javascript", "chinese"])
def test_an_inline_completion_of_a_real_model(client, language: str, text: str) -> None:
    uri = f"file:///work/{language}{len(text)}.txt"
    client.open(uri, text, language)
    head = text.rsplit("\n", maxsplit=1)[-1]
    codec, width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[
        client.encoding
    ]
    line, column = text.count("\n"), len(head.encode(codec)) // width
    items = client.inline(uri, line, column, kind=1)
    assert items, client.notifications[-1]
    assert items[0]["insertText"].strip()
    assert items[0]["range"]["start"] == {"line": line, "character": column}


def test_the_same_text_in_every_encoding(client) -> None:
    """Offsets, not columns, reach the model: the answer does not depend on the encoding."""
    uri = "file:///work/same.py"
    client.open(uri, PYTHON)
    first = client.inline(uri, PYTHON.count("\n"), len("        return json."), kind=1)
    assert first[0]["insertText"].startswith("load")


def test_status_names_the_trial_model(client) -> None:
    ready = client.wait_status("ready")
    assert ready["engine"] == "llama.cpp"
    assert ready["device"] == "cpu"
    assert Path(ready["model"]).name


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A model's file by its name; "minicpm" is SmolLM2 in MiniCPM's architecture."""

    @cache
    def found(name: str) -> Path:
        if name != "minicpm":
            return gguf(name)
        return smollm2_as_minicpm(gguf("smollm2"), tmp_path_factory.mktemp("minicpm"))

    return found


@pytest.mark.parametrize(
    ("name", "profile"),
    [("gemma", ""), ("smollm2", "chat"), ("minicpm", "abacus")],
    ids=lambda told: told or "plain",
)
@pytest.mark.parametrize("comment", ["# 返回两数之和", "# return the sum of a and b", '"""返回两数之和。"""'])
def test_a_comment_becomes_code(
    weights: Callable[[str], Path], name: str, profile: str, comment: str
) -> None:
    """By going on with the text, through the model's own chat form, and through `<用户>…<AI>` on MiniCPM's
    architecture: what is offered parses and is code only."""
    options = {
        "model": str(weights(name)),
        "profile": profile,
        "completion": {"debounceMs": 0, "deadlineMs": 120_000},
    }
    text = f"def add(a, b):\n    {comment}\n    "
    with Client() as client:
        client.initialize(options=options)
        client.open("file:///work/shop/add.py", text)
        items = client.inline("file:///work/shop/add.py", 2, 4)
        assert items, client.notifications[-1]
        ast.parse(text + items[0]["insertText"])
        assert "```" not in items[0]["insertText"]
        assert client.leave() == 0
