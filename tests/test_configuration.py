"""Settings from JSON and TOML: nothing crashes, everything wrong is said."""

from pathlib import Path

import pytest

from abacus_lsp import configuration
from abacus_lsp.completion.reasons import REASONS
from abacus_lsp.schema import rows, schema
from abacus_lsp.settings import Settings


@pytest.mark.parametrize(
    ("given", "key", "words"),
    [
        ({"modle": "x"}, "modle", "did you mean model?"),
        ({"completion": {"maxLines": 0}}, "completion.maxLines", ">= 1"),
        ({"completion.maxTokens": "many"}, "completion.maxTokens", "Expected `int`"),
        ({"completion": 3}, "completion", "expected an object"),
        ({"engine": "magic"}, "engine", "expected one of auto, llama.cpp"),
        ({"endpoint": {"url": "ftp://x"}}, "endpoint.url", "regex"),
        ({"endpoint": {"timeoutSeconds": 0}}, "endpoint.timeoutSeconds", "> 0"),
        ({"local": {"device": "tpu"}}, "local.device", "regex"),
        ([1, 2], "", "expected an object"),
    ],
)
def test_a_bad_value_keeps_its_default_and_is_told(given: object, key: str, words: str) -> None:
    settings, [problem] = configuration.from_json(given)
    assert settings == Settings()
    assert problem.key == key
    assert words in problem.allowed


def test_good_values_in_every_spelling() -> None:
    given = {
        "completion": {"max_lines": 3},
        "completion.popup": True,
        "context.maxFileKb": 7,
        "model": "abacus",
    }
    settings, problems = configuration.from_json(given)
    assert not problems
    assert settings.completion.max_lines == 3
    assert settings.completion.popup is True
    assert settings.context.max_file_kb == 7
    assert settings.model == "abacus"


def test_layers_lie_over_each_other() -> None:
    first, _ = configuration.from_json({"model": "abacus", "completion": {"maxLines": 3}})
    second, _ = configuration.from_json({"completion": {"maxTokens": 7}}, first)
    assert (second.model, second.completion.max_lines, second.completion.max_tokens) == ("abacus", 3, 7)


def test_the_users_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    monkeypatch.setenv("ABACUS_CONFIG", str(file))
    assert configuration.from_user_file()[1][0].allowed == "there is no such settings file"
    file.write_text('model = "abacus"\n[completion]\nmaxLines = 4\n', encoding="utf-8")
    assert configuration.from_user_file()[0].completion.max_lines == 4
    file.write_text("model = ", encoding="utf-8")
    settings, [problem] = configuration.from_user_file()
    assert settings == Settings()
    assert "cannot be read" in problem.allowed


def test_every_setting_is_described_in_both_languages() -> None:
    for row in rows():
        assert row.english.endswith("."), row.key
        assert row.chinese.endswith("。"), row.key


def test_the_schema_is_one_for_json_and_rows() -> None:
    sections = schema()["$defs"]
    names = {name for section in sections.values() for name in section["properties"]}
    assert {row.key.rpartition(".")[2] for row in rows()} <= names


def test_every_reason_speaks_both_languages() -> None:
    for english, chinese in REASONS.values():
        assert english.endswith(".")
        assert chinese.endswith("。")
