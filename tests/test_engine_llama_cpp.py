"""llama.cpp in our own child process: the contract, and what happens when the process or the file is not well."""

import os
import signal

import psutil
import pytest
from engine_contract import CODE, EngineContract, SmolLm, ask, prompt_of, text_of
from models_here import gguf

from abacus_lsp.cancel import CancelToken
from abacus_lsp.engines.base import EngineCrashed, ModelError, Sampling
from abacus_lsp.engines.llama_cpp import LlamaCppEngine
from abacus_lsp.evaluation.decode import MOST_GAP, parting
from abacus_lsp.settings import LocalSettings

SMALL = LocalSettings(context_tokens=4096)


@pytest.mark.model
class TestSmolLm2(SmolLm, EngineContract):
    switches_lookup = False
    rounds = True
    looks_elsewhere = True

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        engine = LlamaCppEngine(gguf("smollm2"), SMALL, "smollm2-135m")
        yield engine
        engine.close()


@pytest.mark.model
class TestGemma3(EngineContract):
    switches_lookup = False
    rounds = True
    looks_elsewhere = True

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        engine = LlamaCppEngine(gguf("gemma"), SMALL, "gemma3-270m", trial=True)
        yield engine
        engine.close()


@pytest.mark.model
def test_a_killed_process_is_said_and_leaves_nothing_behind():
    engine = LlamaCppEngine(gguf("smollm2"), SMALL, "smollm2-135m")
    [child] = [p for p in psutil.Process().children() if "llama_child" in " ".join(p.cmdline())]
    stream = engine.stream(prompt_of(CODE), Sampling(max_tokens=200), CancelToken())
    next(stream)
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(EngineCrashed, match="process ended"):
        list(stream)
    with pytest.raises(EngineCrashed):
        ask(engine, prompt_of(CODE))
    engine.close()
    assert not psutil.pid_exists(child.pid)


@pytest.mark.model
def test_the_process_leaves_with_its_engine():
    engine = LlamaCppEngine(gguf("smollm2"), SMALL, "smollm2-135m")
    [child] = [p for p in psutil.Process().children() if "llama_child" in " ".join(p.cmdline())]
    assert text_of(ask(engine, prompt_of(CODE)))
    engine.close()
    engine.close()
    assert not psutil.pid_exists(child.pid)


@pytest.mark.model
def test_an_edit_in_the_middle_of_a_sliding_window_model_prefills_only_what_follows_it():
    engine = LlamaCppEngine(gguf("gemma"), SMALL, "gemma3-270m")
    lines = [f"value_{n} = compute({n})\n" for n in range(90)]
    ask(engine, prompt_of("".join(lines)), Sampling(max_tokens=1))
    lines[85] = "changed = True\n"
    usage = ask(engine, prompt_of("".join(lines)), Sampling(max_tokens=1))[-1].usage
    engine.close()
    assert usage.reused > 10 * usage.prefilled


@pytest.mark.model
@pytest.mark.slow
def test_lookup_changes_an_answer_only_where_two_tokens_are_as_good():
    """llama.cpp reads guesses in a batch of another shape, and rounding differs: by half a nat at most."""
    plain = LlamaCppEngine(gguf("smollm2"), LocalSettings(context_tokens=4096, lookup=False), "plain")
    guessing = LlamaCppEngine(gguf("smollm2"), LocalSettings(context_tokens=4096), "guessing")
    repeating = [CODE.replace("with", f"return {name}(path)\n\n\n") * 3 for name in ("read", "列出", "a.b")]
    try:
        for prompt in map(prompt_of, [CODE, *repeating, *(text + "def " for text in repeating)]):
            expected = ask(plain, prompt, Sampling(max_tokens=40))
            gap = parting(expected, ask(guessing, prompt, Sampling(max_tokens=40)))
            assert gap is None or gap <= MOST_GAP
    finally:
        plain.close()
        guessing.close()


@pytest.mark.model
@pytest.mark.parametrize("name", ["gemma", "smollm2"])
def test_backspace_and_another_key_read_only_what_changed(name):
    engine = LlamaCppEngine(gguf(name), SMALL, name)
    code = CODE * 12
    ask(engine, prompt_of(code + " open(path) as fil"), Sampling(max_tokens=1))
    for line in (" open(path) as file", " open(path) as", " open(path) sql"):
        for run in range(2):  # an answer was written meanwhile: it is cut off again
            usage = ask(engine, prompt_of(code + line), Sampling(max_tokens=8))[-1].usage
            assert usage.prefilled <= (6 if not run else 1), line
    engine.close()


@pytest.mark.model
@pytest.mark.parametrize("name", ["gemma", "smollm2"])
def test_a_window_that_begins_later_is_moved_and_not_read_again(name):
    engine = LlamaCppEngine(gguf(name), SMALL, name)
    lines = [f"value_{n} = compute({n})\n" for n in range(90)]
    ask(engine, prompt_of("".join(lines)), Sampling(max_tokens=1))
    usage = ask(engine, prompt_of("".join(lines[30:])), Sampling(max_tokens=1))[-1].usage
    engine.close()
    assert usage.reused > 10 * usage.prefilled


def test_a_truncated_file_is_a_clear_message(tmp_path):
    whole = gguf("smollm2")
    cut = tmp_path / "cut.gguf"
    with whole.open("rb") as source:
        cut.write_bytes(source.read(20_000_000))
    with pytest.raises(ModelError, match="truncated"):
        LlamaCppEngine(cut, SMALL, "cut")


def test_a_file_that_is_no_model_is_a_clear_message(tmp_path):
    file = tmp_path / "a.gguf"
    file.write_bytes(b"<html>not found</html>" * 100)
    with pytest.raises(ModelError, match="GGUF"):
        LlamaCppEngine(file, SMALL, "a")


def test_a_context_that_does_not_fit_says_what_to_do():
    with pytest.raises(ModelError, match="memory"):
        LlamaCppEngine(gguf("gemma"), LocalSettings(context_tokens=131_072 * 100), "gemma3-270m")
