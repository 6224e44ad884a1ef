"""Names, paths, imports and removals, in folders of the test's own."""

import json
import struct
from pathlib import Path

import pytest
from model_hub import gguf, sha256, wheel

from abacus_lsp.models import catalogue
from abacus_lsp.models.errors import ModelError, ModelFileError, NotInstalledError, UnknownModelError
from abacus_lsp.models.importing import clean_name, import_path
from abacus_lsp.models.rows import HfSource, ModelScopeSource, PypiSource
from abacus_lsp.models.store import installed, models_dir, remove, resolve
from abacus_lsp.models.verify import check_model

MODEL = gguf(tensor_bytes=256)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ABACUS_HOME", str(tmp_path / "家"))
    return tmp_path / "家" / "models"


def safetensors(data: bytes = bytes(8)) -> bytes:
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, len(data)]}}).encode()
    return struct.pack("<Q", len(header)) + header + data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model for transformers, with a pickle that nobody should touch."""
    folder = tmp_path / "tiny-hf"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(safetensors())
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    return folder


def test_where_models_live(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert models_dir() == home
    monkeypatch.delenv("ABACUS_HOME")
    assert models_dir().parts[-2:] == ("abacus-lsp", "models")


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", UnknownModelError, "models list"),
        ("gemma3-270m", NotInstalledError, "abacus-lsp models pull gemma3-270m"),
        ("GEMMA3-270M", NotInstalledError, "abacus-lsp models pull gemma3-270m"),
        ("gema3-270m", UnknownModelError, "Did you mean gemma3-270m"),
        ("没有", UnknownModelError, "no model or file"),
        ("../..", ModelFileError, "holds no model"),
    ],
)
def test_what_cannot_be_resolved_says_what_to_do(
    text: str, error: type[ModelError], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    with pytest.raises(error, match=message):
        resolve(text)


def test_paths_are_models_too(tmp_path: Path, folder: Path) -> None:
    file = tmp_path / "模型 一.gguf"
    file.write_bytes(MODEL)
    assert (resolve(str(file)).path, resolve(str(file)).kind) == (file, "gguf")
    assert (resolve(str(folder)).path, resolve(str(folder)).kind) == (folder, "hf")
    lone = tmp_path / "lone"
    lone.mkdir()
    (lone / "x.gguf").write_bytes(MODEL)
    assert resolve(str(lone)).path == lone / "x.gguf"
    (lone / "y.gguf").write_bytes(MODEL)
    with pytest.raises(ModelFileError, match="several GGUF"):
        resolve(str(lone))
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelFileError, match="Pickled weights"):
        resolve(str(folder))
    with pytest.raises(ModelFileError, match=r"not a \.gguf"):
        resolve(str(folder / "config.json"))


def test_import_of_a_file(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "My Model (1).gguf"
    file.write_bytes(MODEL)
    model = import_path(file)
    assert model.name == "my-model-1"
    assert resolve("My-Model-1") == model
    assert model.path.parent == home / "my-model-1"
    assert model.manifest is not None
    assert (model.manifest.files[0].sha256, model.manifest.source) == (sha256(MODEL), f"import {file}")
    file.unlink()
    assert model.path.read_bytes() == MODEL
    assert [one.name for one in installed()] == ["my-model-1"]


def test_import_of_a_folder_leaves_pickles_behind(folder: Path) -> None:
    model = import_path(folder, "Tiny")
    assert {path.name for path in model.path.iterdir()} == {
        "config.json",
        "model.safetensors",
        "manifest.json",
    }
    check_model(model)


@pytest.mark.parametrize("length", [0, 4, 10, 30, len(safetensors()) - 1])
def test_truncated_safetensors_are_told(folder: Path, length: int) -> None:
    (folder / "model.safetensors").write_bytes(safetensors()[:length])
    with pytest.raises(ModelFileError, match=r"truncated|not a readable"):
        import_path(folder)
    assert installed() == ()


def test_missing_shards_are_told(folder: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelFileError, match="lacks model-00002-of-00002"):
        import_path(folder)


def test_import_refuses_what_is_no_model(tmp_path: Path) -> None:
    file = tmp_path / "x.gguf"
    file.write_bytes(MODEL[:100])
    with pytest.raises(ModelFileError, match="truncated"):
        import_path(file)
    with pytest.raises(UnknownModelError, match="does not exist"):
        import_path(tmp_path / "nothing.gguf")
    (tmp_path / "other_thing-1.0-py3-none-any.whl").write_bytes(wheel("other-thing", "1.0", {}))
    with pytest.raises(ModelError, match=r"docs/offline\.md"):
        import_path(tmp_path / "other_thing-1.0-py3-none-any.whl")


@pytest.mark.parametrize(
    ("text", "name"), [("A B", "a-b"), ("模型", "模型"), ("..", ""), ("/", ""), ("x:y", "x-y")]
)
def test_names(text: str, name: str) -> None:
    if name:
        assert clean_name(text) == name
    else:
        with pytest.raises(ModelError, match="--name"):
            clean_name(text)


def test_remove(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(MODEL)
    import_path(file)
    assert remove("tiny") > len(MODEL)
    assert file.read_bytes() == MODEL
    for name in ("tiny", "gemma3-270m"):
        with pytest.raises(NotInstalledError, match="no model"):
            remove(name)
    for name in ("..", "../x", "/", "a/b", "", ".partial", "C:"):
        with pytest.raises(UnknownModelError):
            remove(name)
    assert home.is_dir()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": "tiny"}', '{"files": [1]}'])
def test_a_damaged_manifest_is_no_model(tmp_path: Path, home: Path, text: str) -> None:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(MODEL)
    import_path(file)
    (home / "tiny" / "manifest.json").write_text(text)
    assert installed() == ()
    with pytest.raises(UnknownModelError):
        resolve("tiny")


def test_the_catalogue_is_consistent() -> None:
    names = [row.name for row in catalogue.CATALOGUE]
    assert len(set(names)) == len(names)
    for row in catalogue.CATALOGUE:
        assert row.name == row.name.lower() == clean_name(row.name)
        assert row.sources
        assert 0 < row.size < row.memory
        assert bool(row.licence.note) == bool(row.licence.note_zh)
        assert row.approximate != any(isinstance(source, PypiSource) for source in row.sources)
        patterns = [p for s in row.sources if isinstance(s, HfSource | ModelScopeSource) for p in s.patterns]
        assert (
            not [pattern for pattern in patterns if pattern.endswith((".bin", ".pt", "*"))]
            or row.kind == "hf"
        )
        assert ("*.py" in patterns) == row.needs_remote_code
    assert {
        "abacus", "abacus-gguf", "abacus-gguf-q8", "aixcoder-7b", "starcoder2-3b", "deepseek-coder-1.3b", "mellum-4b",
        "seed-coder-8b", "granite-3b-code", "gemma3-270m", "smollm2-135m",
    } <= set(names)  # fmt: skip
    assert catalogue.find(catalogue.DEFAULT) is not None
