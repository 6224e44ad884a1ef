"""A model file is the one that was pulled or first used; anything else is refused until the user says so."""

import json
import os
from pathlib import Path

import pytest
from model_hub import gguf

from abacus_lsp.cli import compose
from abacus_lsp.engines.base import ModelError as EngineModelError
from abacus_lsp.models import fingerprints
from abacus_lsp.models.errors import ModelFileError
from abacus_lsp.models.gguf import read_header
from abacus_lsp.models.importing import import_path
from abacus_lsp.models.progress import Job
from abacus_lsp.models.store import at_path, resolve
from abacus_lsp.models.verify import MAX_CONFIG, check_model
from abacus_lsp.prompts.template import apply_template
from abacus_lsp.settings import Settings

pytestmark = pytest.mark.trust

MODEL, OTHER = gguf(tensor_bytes=256), gguf(tensor_bytes=512)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ABACUS_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "models"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.gguf"
    path.write_bytes(MODEL)
    return path


def test_the_first_use_is_recorded_and_the_next_reads_nothing(home: Path, file: Path) -> None:
    read: list[str] = []
    job = Job(lambda progress: read.append(progress.label))
    fingerprints.check(at_path(file), job)
    assert read
    read.clear()
    fingerprints.check(at_path(file), job)
    assert not read
    (row,) = json.loads((home / fingerprints.KNOWN).read_text()).values()
    assert len(row["sha256"]) == 64


def test_a_file_that_was_replaced_is_refused_until_it_is_trusted(file: Path) -> None:
    fingerprints.check(at_path(file))
    before = file.stat()
    file.write_bytes(OTHER)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # the time of change cannot be set back
    with pytest.raises(ModelFileError, match="models trust"):
        fingerprints.check(at_path(file))
    with pytest.raises(EngineModelError, match="checksum"):
        compose.open_engine(Settings(model=str(file)), lambda _what, _share: None)
    fingerprints.trust(at_path(file))
    fingerprints.check(at_path(file))


def test_a_file_that_was_only_touched_is_read_again_and_taken(file: Path) -> None:
    fingerprints.check(at_path(file))
    file.touch()
    fingerprints.check(at_path(file))


def test_an_installed_model_must_be_what_its_manifest_says(file: Path) -> None:
    installed = import_path(file, name="mine")
    fingerprints.check(installed)
    installed.path.unlink()
    installed.path.write_bytes(OTHER)
    with pytest.raises(ModelFileError, match="not the file that was installed"):
        fingerprints.check(resolve("mine"))
    fingerprints.trust(resolve("mine"))
    installed.path.touch()
    with pytest.raises(ModelFileError, match="not the file that was installed"):
        fingerprints.check(resolve("mine"))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', "\0"])
def test_a_broken_record_is_begun_anew(home: Path, file: Path, text: str) -> None:
    home.mkdir(parents=True)
    (home / fingerprints.KNOWN).write_text(text)
    fingerprints.check(at_path(file))


def test_files_that_no_parser_should_see(tmp_path: Path) -> None:
    folder = tmp_path / "hf"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"\x02" + bytes(7) + b"{}")
    check_model(at_path(folder))
    (folder / "special_tokens_map.json").write_bytes(b" " * (MAX_CONFIG + 1))
    with pytest.raises(ModelFileError, match="more than"):
        check_model(at_path(folder))


@pytest.mark.parametrize("suffix", [".bin", ".pt", ".pth", ".ckpt", ".pkl", ".onnx", ""])
def test_pickles_and_other_formats_are_not_opened(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR.")
    with pytest.raises(ModelFileError, match=r"not a \.gguf file"):
        at_path(path)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / f"pytorch_model{suffix or '.bin'}").write_bytes(path.read_bytes())
    with pytest.raises(ModelFileError, match=r"no \*\.safetensors"):
        at_path(folder)


@pytest.mark.parametrize("count", [1 << 60, 5_000_000])
def test_a_gguf_that_claims_too_much_is_refused_before_memory_is_taken(tmp_path: Path, count: int) -> None:
    import struct

    path = tmp_path / "hostile.gguf"
    key = b"tokenizer.ggml.tokens"
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", len(key)) + key
    path.write_bytes(head + struct.pack("<IIQ", 9, 8, count) + bytes(64))
    with pytest.raises(ModelFileError, match=r"claims|truncated"):
        read_header(path)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.__init__.__globals__ }}",
        "{{ raise_exception.__globals__['__builtins__']['open']('/etc/passwd').read() }}",
        "{{ cycler.__init__.__globals__.os.popen('touch pwned').read() }}",
        "{% for x in range(999999999) %}{% endfor %}",
        "{% for x in range(9999) %}{% for y in range(9999) %}{% endfor %}{% endfor %}",
        "{% for x in 'aaaaaaaaaaaaaaa' * 9999 %}{% for y in 'aaaaaaaaaaaaaaa' * 9999 %}{% endfor %}{% endfor %}",
        "{{ 'a' * 10 ** 10 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ '%0999999999d' % 1 }}",
        "{{ 'a'.ljust(10 ** 10) }}{{ 'a'.ljust(9999999999) }}",
        "{{ 'a'|center(9999999999) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "{% for x in ['a', 'b'] recursive %}{{ loop(['a', 'b']) }}{% endfor %}",
        "{{ messages.append(1) }}",
    ],
)
def test_a_hostile_chat_template_gets_nothing(template: str) -> None:
    pytest.importorskip("jinja2")
    said = apply_template(template, "hello")
    assert said is None or ("root:" not in said and "class" not in said)
