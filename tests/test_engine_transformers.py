"""The transformers engine: real weights from a GGUF, noise with a FIM vocabulary, and everything it refuses."""

import json
from pathlib import Path

import pytest
from engine_contract import EngineContract, SmolLm, ask, prompt_of
from models_here import gguf

from abacus_lsp.engines.base import ModelError, Sampling
from abacus_lsp.models.memory import Shape
from abacus_lsp.prompts.prompt import Part, Prompt
from abacus_lsp.settings import LocalSettings

torch = pytest.importorskip("torch", reason="needs the [transformers] extra")
pytest.importorskip("transformers", reason="needs the [transformers] extra")

from abacus_lsp.engines import hf_loading  # noqa: E402
from abacus_lsp.engines.hf_vocabulary import HfVocabulary  # noqa: E402
from abacus_lsp.engines.transformers import load  # noqa: E402

pytestmark = pytest.mark.torch

THREADS = LocalSettings(threads=1)  # more wait for each other when another job has a core


@pytest.mark.model
@pytest.mark.slow
class TestSmolLm2FromGguf(SmolLm):
    long_prompt = "import os\n" * 300

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        return load(gguf("smollm2"), LocalSettings(threads=THREADS.threads, context_tokens=2048))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    from tiny_models import qwen_hf

    return qwen_hf(tmp_path_factory.mktemp("qwen"))


class TestTinyQwen(EngineContract):
    """Weights are noise: its answers mean nothing, the loop around them is the same."""

    trained = False
    long_prompt = "import os\n" * 20

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, tiny):
        return load(tiny, THREADS)


@pytest.mark.model
@pytest.mark.slow
def test_greedy_text_is_the_same_with_lookup_and_without():
    """In fp32; on prompts from our own source, where guesses are often right and often wrong."""
    engine = load(gguf("smollm2"), LocalSettings(threads=1, context_tokens=2048, dtype="float32"))
    sources = sorted(Path(hf_loading.__file__).parent.glob("*.py"))
    for path in sources:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        middle = len(lines) // 2
        prompt = prompt_of("".join(lines[max(middle - 25, 0) : middle]), slot=f"code:{path.name}")
        plain, guessed = (ask(engine, prompt, Sampling(24, lookup=lookup)) for lookup in (False, True))
        assert [piece.text for piece in plain] == [piece.text for piece in guessed], path.name
    engine.close()


def test_lookup_on_a_model_that_repeats_itself_reads_many_tokens_at_once(tiny):
    engine = load(tiny, THREADS)
    prompts = [prompt_of(f"{word} = {word}({word})\n" * 20) for word in ("a", "value", "读取", "x.y", "[0]")]
    for prompt in prompts:
        plain, guessed = (ask(engine, prompt, Sampling(40, lookup=lookup)) for lookup in (False, True))
        assert [piece.text for piece in plain] == [piece.text for piece in guessed]
        again = ask(engine, prompt, Sampling(40))
        assert again[-1].usage.prefilled == 1, "wrong guesses left the cache as it was"
    engine.close()


def test_fim_prompt_of_the_tiny_model(tiny):
    """Markers are their one id, user text that looks like them is not, and a marker ends the answer."""
    engine = load(tiny, THREADS)
    parts = (
        Part("<|fim_prefix|>", "marker", marker=True),
        Part("a <|fim_suffix|> b", "prefix"),
        Part("<|fim_suffix|>", "marker", marker=True),
        Part("c", "suffix"),
        Part("<|fim_middle|>", "marker", marker=True),
    )
    from abacus_lsp.prompts.encode import encode_segments

    ids = encode_segments(Prompt(parts), engine.vocabulary)
    markers = [engine.vocabulary.token_id(f"<|fim_{name}|>") for name in ("prefix", "suffix", "middle")]
    assert None not in markers
    assert [each for each in ids if each in markers] == markers
    pieces = ask(engine, Prompt(parts, stop_markers=("<|fim_pad|>",)), Sampling(max_tokens=8))
    assert pieces[-1].finish in {"length", "eos", "stop"}


def test_bytes_of_every_token_spell_the_text(tiny):
    from transformers import AutoTokenizer

    vocabulary = HfVocabulary(AutoTokenizer.from_pretrained(tiny), "qwen2", 0)
    text = "def f(x):\n\treturn 'é 读取 😀 𠮷' # \\ \r\n"
    assert b"".join(vocabulary.bytes_of[each] for each in vocabulary.encode(text)).decode() == text


def test_sentencepiece_spells_the_text_without_a_blank_in_front(tmp_path):
    pytest.importorskip("sentencepiece", reason="needs the [all] extra")
    from tiny_models import aixcoder_hf

    engine = load(aixcoder_hf(tmp_path / "aix"), THREADS)
    vocabulary = engine.vocabulary
    assert vocabulary.add_space
    assert vocabulary.add_bos
    text = "def f(x):\n    return 'é 读取 😀'"
    assert b"".join(vocabulary.bytes_of[each] for each in vocabulary.encode(text)).decode() == text
    assert vocabulary.token_id("▁<AIX-SPAN-PRE>") is not None
    assert vocabulary.token_id("▁<AIX-SPAN-PRE>") not in vocabulary.encode("a <AIX-SPAN-PRE> b")
    assert ask(engine, prompt_of("def f", heal=" 读取"))[-1].finish


def copy_without(folder, dest, pattern):
    dest.mkdir()
    for path in folder.iterdir():
        if not path.match(pattern):
            (dest / path.name).write_bytes(path.read_bytes())
    return dest


def edit_config(folder, **fields):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def refused(path, settings=THREADS) -> str:
    with pytest.raises(ModelError) as caught:
        load(path, settings)
    return str(caught.value)


def test_refuses_what_is_not_there(tmp_path):
    assert "there is no" in refused(tmp_path / "nothing")
    assert "config.json" in refused(tmp_path)


def test_refuses_weights_that_can_run_code(tiny, tmp_path):
    folder = copy_without(tiny, tmp_path / "m", "*.safetensors")
    assert "no *.safetensors" in refused(folder)
    (folder / "pytorch_model.bin").write_bytes(b"\x80")
    assert "can run any code" in refused(folder)


def test_refuses_truncated_weights(tiny, tmp_path):
    folder = copy_without(tiny, tmp_path / "m", "nothing")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert "cannot load" in refused(folder)


def test_refuses_a_truncated_gguf(tmp_path):
    path = tmp_path / "cut.gguf"
    path.write_bytes(b"GGUF\x03\x00\x00\x00")
    assert "cut.gguf" in refused(path)


def test_foreign_code_needs_permission_and_a_commit(tiny, tmp_path):
    folder = copy_without(tiny, tmp_path / "m", "nothing")
    edit_config(folder, model_type="strange", auto_map={"AutoModelForCausalLM": "code.Model"})
    marker = tmp_path / "ran"
    (folder / "code.py").write_text(f"open({str(marker)!r}, 'w')")
    assert "trustRemoteCode" in refused(folder)
    assert "revision" in refused(folder, LocalSettings(threads=1, trust_remote_code=True))
    assert "revision" in refused(folder, LocalSettings(threads=1, trust_remote_code=True, revision="main"))
    assert not marker.exists()


def test_a_known_architecture_runs_without_its_own_code(tiny, tmp_path):
    folder = copy_without(tiny, tmp_path / "m", "nothing")
    edit_config(folder, auto_map={"AutoModelForCausalLM": "code.Model"})
    assert ask(load(folder, THREADS), prompt_of("def f"))[-1].finish


def test_another_commit_than_the_pinned_one_is_refused(tiny, tmp_path):
    folder = copy_without(tiny, tmp_path / ("a" * 40), "nothing")
    edit_config(folder, model_type="strange", auto_map={"AutoModelForCausalLM": "code.Model"})
    settings = LocalSettings(threads=1, trust_remote_code=True, revision="b" * 40)
    assert "a" * 40 in refused(folder, settings)


def test_no_such_device(tiny):
    if torch.cuda.is_available():
        pytest.skip("this machine has one")
    assert "abacus.local.device" in refused(tiny, LocalSettings(device="cuda:1"))


SEVEN_B = Shape(
    weight_bytes=15_200_000_000,
    layer_bytes=13_000_000_000,
    layers=28,
    kv_heads=(4,),
    key_length=128,
    value_length=128,
    context=32_768,
    vocabulary=152_064,
)


@pytest.mark.parametrize(
    ("free_gb", "wanted", "expected"),
    [(24, 0, 16_384), (24, 4096, 4096), (16, 0, range(5_000, 11_000)), (15, 0, None), (16, 32_768, None)],
)
def test_memory_arithmetic(free_gb, wanted, expected):
    def fit() -> int:
        return hf_loading.fitting_context(
            "7b", SEVEN_B, wanted=wanted, free=free_gb * 10**9, device="cuda:0", number_bytes=2
        )

    if expected is None:
        with pytest.raises(ModelError, match=r"7b needs 1\d\.\d GB on cuda:0 .* are to be had"):
            fit()
    else:
        assert fit() in (expected if isinstance(expected, range) else {expected})


def test_unloaded_engine_says_so(tiny):
    engine = load(tiny, THREADS)
    engine.close()
    with pytest.raises(ModelError, match="unloaded"):
        ask(engine, prompt_of("x"))


def test_importing_the_engine_does_not_import_torch():
    import subprocess
    import sys

    code = "import abacus_lsp.engines.transformers, sys; print('torch' in sys.modules, 'transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
