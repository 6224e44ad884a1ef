"""What other programs left on a machine, laid out as they lay it out; and servers on loopback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from model_hub import COMMIT, gguf, sha256

from abacus_lsp.models.discover import Found, Places, discover, places
from abacus_lsp.models.hardware import Gpu, look, parse_nvidia_smi
from abacus_lsp.models.importing import import_path
from abacus_lsp.models.local_servers import FoundServer, Ports, ServedModel, find_servers

FIM = gguf(tokens=("a", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"))
PLAIN = gguf(tokens=("a", "b"), tensor_bytes=512)


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def ollama(root: Path, name: str, tag: str, data: bytes) -> None:
    digest = sha256(data)
    put(root / "blobs" / f"sha256-{digest}", data)
    layers = [
        {"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:" + "1" * 64},
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"},
    ]
    put(root / "manifests/registry.ollama.ai/library" / name / tag, json.dumps({"layers": layers}).encode())


@pytest.fixture
def where(tmp_path: Path) -> Places:
    return Places(
        tmp_path / "ours",
        (tmp_path / "hub",),
        (tmp_path / "lmstudio",),
        (tmp_path / "llama",),
        (tmp_path / "ollama",),
    )


def look_in(where: Places) -> Found:
    return discover(where, ask_servers=False)


def summary(found: Found) -> list[tuple[str, str, bool, str | None]]:
    return [(m.name, m.origin, m.fim, m.row.name if m.row else None) for m in found.models]


def test_an_empty_machine(where: Places) -> None:
    assert look_in(where) == Found(())


def test_every_place(where: Places, tmp_path: Path) -> None:
    import_path(put(tmp_path / "mine.gguf", gguf(tensor_bytes=64)), home=where.models)
    snapshot = where.huggingface[0] / "models--ggml-org--Qwen" / "snapshots" / COMMIT
    put(snapshot / "qwen2.5-coder-0.5b-q8_0.gguf", FIM)
    put(snapshot.parents[1] / "refs/main", COMMIT.encode())
    put(where.lmstudio[0] / "publisher/repo/Abacus-Q4_K_M.gguf", PLAIN)
    put(where.lmstudio[0] / "publisher/repo/abacusai-Smaug.gguf", gguf(tensor_bytes=32))
    put(where.llama_cpp[0] / "ggml-org_StarCoder2-3B.gguf", gguf(tensor_bytes=128, tokens=("<fim_prefix>",)))
    ollama(where.ollama[0], "qwen2.5-coder", "1.5b", gguf(tensor_bytes=256, tokens=("<|fim_prefix|>",)))
    assert summary(look_in(where)) == [
        ("mine", "abacus-lsp", False, None),
        ("qwen2.5-coder-0.5b-q8_0", "huggingface", True, "qwen2.5-coder-0.5b-gguf"),
        ("Abacus-Q4_K_M", "lmstudio", False, "abacus-gguf"),
        ("abacusai-Smaug", "lmstudio", False, None),
        ("ggml-org_StarCoder2-3B", "llama.cpp", True, None),
        ("qwen2.5-coder:1.5b", "ollama", True, "qwen2.5-coder-1.5b-gguf"),
    ]


def test_what_is_no_language_model_is_passed_over(where: Places) -> None:
    folder = where.llama_cpp[0]
    put(folder / "mmproj-model.gguf", PLAIN)
    put(folder / "embed.gguf", gguf({"general.architecture": "nomic-bert"}))
    put(folder / "novocab.gguf", gguf(tokens=()))
    put(folder / "big-00001-of-00002.gguf", FIM)
    put(folder / "big-00002-of-00002.gguf", PLAIN)
    put(folder / "broken.gguf", FIM[:-5])
    put(folder / "page.gguf", b"<html>" * 20)
    found = look_in(where)
    assert [model.name for model in found.models] == ["big-00001-of-00002"]
    assert (found.models[0].local.path, found.models[0].local.kind) == (
        folder / "big-00001-of-00002.gguf",
        "gguf",
    )
    assert len(found.skipped) == 2
    assert "broken.gguf is truncated" in found.skipped[0]


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b'{"layers": 3}',
        b'{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:../../x"}]}',
    ],
)
def test_hostile_manifests_name_nothing(where: Places, manifest: bytes) -> None:
    put(where.ollama[0] / "manifests/registry.ollama.ai/library/x/latest", manifest)
    put(where.ollama[0] / "x", FIM)
    assert look_in(where).models == ()


def test_one_file_under_two_names_is_one_model(where: Places) -> None:
    ollama(where.ollama[0], "qwen2.5-coder", "1.5b", FIM)
    ollama(where.ollama[0], "qwen2.5-coder", "latest", FIM)
    assert [model.name for model in look_in(where).models] == ["qwen2.5-coder:1.5b"]


def test_a_model_of_the_hub_cache_for_transformers(where: Places) -> None:
    snapshot = where.huggingface[0] / "models--bigcode--starcoder2-3b" / "snapshots" / COMMIT
    put(snapshot.parents[1] / "refs/main", COMMIT.encode())
    config = {
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "hidden_size": 64,
        "vocab_size": 10,
    }
    put(snapshot / "config.json", json.dumps(config).encode())
    put(snapshot / "tokenizer.json", b'{"added_tokens": [{"content": "<fim_prefix>"}]}')
    assert look_in(where).models == ()
    put(snapshot / "model.safetensors", (2).to_bytes(8, "little") + b"{}")
    assert summary(look_in(where)) == [("starcoder2-3b", "huggingface", True, "starcoder2-3b")]


def test_where_programs_keep_models(tmp_path: Path) -> None:
    usual = places({}, tmp_path)
    assert usual.ollama[0] == tmp_path / ".ollama/models"
    moved = places({"HF_HOME": "/big/hf", "OLLAMA_MODELS": "/big/o", "LLAMA_CACHE": "/big/l"}, tmp_path)
    assert (moved.huggingface, moved.ollama, moved.llama_cpp) == (
        (Path("/big/hf/hub"),),
        (Path("/big/o"),),
        (Path("/big/l"),),
    )
    assert places({"HF_HUB_CACHE": "/c", "HF_HOME": "/h"}, tmp_path).huggingface == (Path("/c"),)


@contextmanager
def answering(answers: dict[str, bytes]) -> Iterator[int]:
    """A loopback port that gives these answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def models(owner: str, **more: object) -> bytes:
    return json.dumps({"object": "list", "data": [{"id": "qwen-coder", "owned_by": owner, **more}]}).encode()


@pytest.mark.parametrize(
    ("port", "answers", "expected"),
    [
        ("ollama", {"/api/tags": b'{"models": [{"name": "qwen2.5-coder:1.5b", "size": 986}, {"size": 1}]}'},
         ("ollama", "qwen2.5-coder:1.5b", 986, False)),
        ("llama_cpp", {"/v1/models": models("llamacpp", meta={"size": 531})}, ("llama.cpp", "qwen-coder", 531, True)),
        ("vllm", {"/v1/models": models("vllm")}, ("vllm", "qwen-coder", 0, True)),
        ("vllm", {"/v1/models": models("somebody")}, None),
        ("vllm", {"/v1/models": b"<html>my blog</html>"}, None),
        ("llama_cpp", {"/v1/models": b'{"data": "no"}'}, None),
        ("llama_cpp", {"/v1/models": b'{"data": [1, null, {"id": 3}]}'}, None),
        ("ollama", {"/api/tags": b"[" * 100_000}, None),
        ("ollama", {"/api/tags": b'{"models": "' + b"x" * 2_000_000 + b'"}'}, None),
        ("ollama", {}, None),
    ],
)  # fmt: skip
def test_servers_on_loopback(
    port: str, answers: dict[str, bytes], expected: tuple[str, str, int, bool] | None
) -> None:
    with answering(answers) as number:
        ports = Ports(**({"ollama": 9, "llama_cpp": 9, "vllm": 9} | {port: number}))
        found = find_servers(ports)
    if expected is None:
        assert found == ()
    else:
        kind, name, size, loaded = expected
        assert found == (FoundServer(kind, f"http://127.0.0.1:{number}", (ServedModel(name, size),), loaded),)


def test_nvidia_smi_is_read() -> None:
    text = "NVIDIA GeForce RTX 4090, 24564, 23010\nNVIDIA A100, 80GB PCIe, 81920, 100\n[N/A], [N/A], [N/A]\n\nNVIDIA-SMI has failed\n"
    mib = 1 << 20
    assert parse_nvidia_smi(text) == (
        Gpu("NVIDIA GeForce RTX 4090", 24564 * mib, 23010 * mib),
        Gpu("NVIDIA A100, 80GB PCIe", 81920 * mib, 100 * mib),
    )


def test_this_machine_has_memory_and_cores() -> None:
    hardware = look()
    assert 0 < hardware.memory_free <= hardware.memory_total
    assert hardware.cores >= 1
