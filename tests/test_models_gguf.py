"""The GGUF reader against the reference library, against every truncation, and against hostile numbers."""

import struct
from pathlib import Path

import pytest
from model_hub import gguf
from models_here import gguf as real_model

from abacus_lsp.models.errors import ModelFileError
from abacus_lsp.models.gguf import read_header


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    return path


def test_what_a_head_tells(tmp_path: Path) -> None:
    data = gguf({
        "general.architecture": "gemma3",
        "general.name": "珠算",
        "gemma3.context_length": 32768,
        "gemma3.block_count": 3,
        "gemma3.embedding_length": 640,
        "gemma3.attention.head_count": 4,
        "gemma3.attention.head_count_kv": [1, 2, 1],
        "gemma3.attention.key_length": 256,
        "gemma3.attention.sliding_window": 512,
        "tokenizer.chat_template": "{{ messages }}",
    }, tokens=("<bos>", "你", "好"))  # fmt: skip
    info = read_header(written(tmp_path, data))
    assert (info.architecture, info.name, info.quantisation) == ("gemma3", "珠算", "Q4_K_M")
    assert (info.context_length, info.block_count, info.sliding_window) == (32768, 3, 512)
    assert (info.head_count, info.head_count_kv) == (4, (1, 2, 1))
    assert (info.key_length, info.value_length) == (256, 160)
    assert (info.tokenizer, tuple(info.tokens)) == ("gpt2", ("<bos>", "你", "好"))
    assert info.chat_template == "{{ messages }}"
    assert (info.size, info.tensor_bytes, info.layer_bytes) == (len(data), 4096, 4096)


@pytest.mark.slow
def test_every_truncation_is_told(tmp_path: Path) -> None:
    data = gguf(tensor_bytes=64)
    for length in range(len(data)):
        with pytest.raises(ModelFileError, match=r"truncated|no GGUF") as caught:
            read_header(written(tmp_path, data[:length]), "tiny")
        assert "run `abacus-lsp models pull tiny` again" in str(caught.value)
    assert read_header(written(tmp_path, data)).size == len(data)


def test_the_message_counts_bytes(tmp_path: Path) -> None:
    data = gguf(tensor_bytes=4096)
    with pytest.raises(ModelFileError) as caught:
        read_header(written(tmp_path, data[:-7]), "gemma3-270m")
    assert str(caught.value) == (
        f"model.gguf is truncated: expected {len(data)} bytes, has {len(data) - 7}; "
        "run `abacus-lsp models pull gemma3-270m` again."
    )


def head(keys: int = 0, tensors: int = 0, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys)


KEY = struct.pack("<Q", 1) + b"k"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "has 0 bytes"),
        (b"<!DOCTYPE html><html>log in</html>", "a web page"),
        (b"PK\x03\x04" + bytes(100), "something else"),
        (head(version=1) + bytes(100), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "version 50331648"),
        (head(keys=2**63) + bytes(100), "claims 9223372036854775808 keys"),
        (head(tensors=2**40) + bytes(100), "claims 1099511627776 tensors"),
        (head(keys=1) + struct.pack("<Q", 2**62) + bytes(100), "bytes in one text"),
        (head(keys=1) + struct.pack("<Q", 10**6) + bytes(100), "truncated"),
        (head(keys=1) + KEY + struct.pack("<I", 77) + bytes(100), "unknown type 77"),
        (head(keys=1) + KEY + struct.pack("<IIQ", 9, 4, 2**60) + bytes(100), "values in one list"),
        (head(keys=1) + KEY + struct.pack("<IIQ", 9, 4, 10**6) + bytes(100), "truncated"),
        (head(keys=1) + KEY + struct.pack("<IIQ", 9, 8, 3) + bytes(9), "truncated"),
        (head(keys=1) + KEY + struct.pack("<IIQQ", 9, 8, 1, 2**50) + bytes(9), "bytes in one text"),
        (head(keys=1) + KEY + struct.pack("<IIQQ", 9, 8, 1, 99) + bytes(9), "truncated"),
        (
            head(keys=9) + (KEY + struct.pack("<IIQ", 9, 7, 2_000_000) + bytes(2_000_000)) * 9,
            "lists are too long",
        ),
        (head(keys=1) + KEY + struct.pack("<IIQ", 9, 9, 3) + bytes(100), "list of unknown type 9"),
        (head(tensors=1) + KEY + struct.pack("<I", 9999) + bytes(100), "9999 dimensions"),
        (head(tensors=1) + KEY + struct.pack("<IQIQ", 1, 2**60, 0, 0) + bytes(100), "truncated"),
        (head(tensors=1) + KEY + struct.pack("<IQIQ", 1, 8, 0, 2**63) + bytes(100), "truncated"),
        (gguf({"general.alignment": 0}), "alignment is 0"),
        (gguf({"general.alignment": 3_000_000_000}), "alignment is 3000000000"),
    ],
)
def test_hostile_heads_are_refused(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(ModelFileError, match=message):
        read_header(written(tmp_path, data))


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "no.gguf", tmp_path):
        with pytest.raises(ModelFileError):
            read_header(path)


def test_odd_values_do_not_break_the_facts(tmp_path: Path) -> None:
    data = gguf({"general.architecture": 7, "tokenizer.ggml.tokens": "none", "general.file_type": "?"})
    info = read_header(written(tmp_path, data))
    assert (info.architecture, tuple(info.tokens), info.quantisation, info.key_length) == ("", (), "", 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gemma", "smollm2"])
def test_real_models_against_the_reference_reader(name: str) -> None:
    reference = pytest.importorskip("gguf")
    path = real_model(name)
    info, theirs = read_header(path), reference.GGUFReader(path)
    assert info.tensor_count == len(theirs.tensors)
    last = max(theirs.tensors, key=lambda tensor: tensor.data_offset)
    assert theirs.data_offset + info.tensor_bytes == last.data_offset + int(last.n_bytes) == info.size
    for key, value in info.metadata.items():
        theirs_value = theirs.fields[key].contents()
        assert (list(value) if isinstance(value, tuple) else value) == theirs_value
