"""The token ids that reach a model, through real tokenizers: transformers' and llama.cpp's.

Neither aiXcoder nor MiniCPM can be here in full; `tiny_models` has their architectures and peculiar pieces.
"""

import pytest
from models_here import gguf
from real_vocabularies import served, transformers_vocabulary
from test_prompts_golden import SNIPPETS, Language, Window
from tiny_models import (
    aixcoder_gguf,
    aixcoder_hf,
    minicpm_gguf,
    qwen_hf,
    smollm2_safetensors,
)
from tiny_vocabularies import AIXCODER_PIECES, QWEN_TOKENS

from abacus_lsp.prompts.chat import Instruction, render_chat
from abacus_lsp.prompts.detect import detect, self_test
from abacus_lsp.prompts.encode import encode_segments
from abacus_lsp.prompts.healing import gbnf
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.prompts.render import render
from abacus_lsp.prompts.template import apply_template

pytestmark = pytest.mark.torch

PRE, POST, MIDDLE = AIXCODER_PIECES
P = "def f(a):\n    return a"
S = "\n\nprint(f(1))\n"
HEAD = "# the file path is: src/test.py\n# the code file is written by Python\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return aixcoder_hf(tmp_path_factory.mktemp("aixcoder"))


@pytest.fixture(scope="module")
def aixcoder(folder):
    return transformers_vocabulary(folder, "llama")


@pytest.fixture(scope="module")
def aixcoder_server(folder):
    with served(aixcoder_gguf(folder, folder), "llama") as server:
        yield server


@pytest.fixture(scope="module")
def minicpm(tmp_path_factory):
    with served(minicpm_gguf(tmp_path_factory.mktemp("minicpm")), "minicpm") as server:
        yield server


@pytest.fixture(scope="module")
def qwen(tmp_path_factory):
    return transformers_vocabulary(qwen_hf(tmp_path_factory.mktemp("qwen")), "qwen2")


def prompt(name: str, suffix: str = S, prefix: str = P, **more):
    return render(
        PROFILES[name],
        Window(prefix=prefix, below=suffix),
        path="src/test.py",
        language=Language(),
        heal=False,
        **more,
    )


@pytest.fixture(params=["aixcoder", "aixcoder_server"])
def either(request):
    """aiXcoder's vocabulary, as either engine sees it."""
    found = request.getfixturevalue(request.param)
    return found.vocabulary if request.param == "aixcoder_server" else found


def test_aixcoder_is_detected_and_sound(either):
    found = detect(either)
    assert found.profile.name == "aixcoder", found.how
    assert self_test(either, found.profile) == []


def test_aixcoder_suffix_first_ids(either, folder):
    """As upstream: markers are single ids, and the suffix has no blank in front ("☺" + S, its ids dropped)."""
    from sentencepiece import SentencePieceProcessor

    spm = SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    smiley = len(spm.encode("☺"))
    text = {part: spm.encode("☺" + part)[smiley:] for part in (S, HEAD + P)}
    pre, post, middle = (spm.piece_to_id(piece) for piece in AIXCODER_PIECES)
    expected = [spm.bos_id(), pre, post, *text[S], middle, *text[HEAD + P]]
    assert encode_segments(prompt("aixcoder"), either) == expected
    assert spm.decode(text[S]) == S


def test_aixcoder_without_suffix_begins_as_the_tokenizer_itself_would(either, folder):
    from sentencepiece import SentencePieceProcessor

    spm = SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    assert encode_segments(prompt("aixcoder", suffix=""), either) == [spm.bos_id(), *spm.encode(HEAD + P)]


def test_aixcoder_beginning_of_text_is_not_doubled(either):
    ids = encode_segments(prompt("aixcoder"), either)
    assert ids.count(1) == 1
    assert ids[:3] == [1, either.token_id(PRE), either.token_id(POST)]
    cross = encode_segments(prompt("aixcoder", snippets=SNIPPETS), either)
    assert cross[:2].count(1) == 1
    assert cross.count(1) == 1 + len(SNIPPETS) + 1


@pytest.mark.parametrize("piece", [*AIXCODER_PIECES, " <AIX-SPAN-PRE>", "<AIX-SPAN-MIDDLE>", "</s>", "<s>"])
def test_a_marker_in_the_users_code_never_becomes_its_id(either, piece: str):
    clean = encode_segments(prompt("aixcoder"), either)
    hostile = encode_segments(prompt("aixcoder", suffix=f"{S}x{piece}y", prefix=f"{piece}\n{P}"), either)
    for marker in (*AIXCODER_PIECES, "<s>", "</s>"):
        assert hostile.count(either.token_id(marker)) == clean.count(either.token_id(marker))


def test_both_tokenizers_give_the_model_the_same_ids(aixcoder, aixcoder_server):
    code = "if x:\n\t# 快速排序 😀\n        y = {'a': \"b\\n\"}\n\n\n    z  =  1 \n"
    for snippets in ((), SNIPPETS):
        asked = prompt("aixcoder", prefix=code, snippets=snippets)
        assert encode_segments(asked, aixcoder) == encode_segments(asked, aixcoder_server.vocabulary)


def test_aixcoder_runs_in_both(aixcoder, aixcoder_server, folder):
    """The same weights: greedy answers agree, so the GGUF is the same model."""
    import torch
    from transformers import AutoModelForCausalLM

    ids = encode_segments(prompt("aixcoder"), aixcoder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    with torch.inference_mode():
        best = int(model(torch.tensor([ids])).logits[0, -1].argmax())
    answer = aixcoder_server.complete(ids, 1)
    assert answer["tokens"] == [best]


def test_abacus_chat_markers_have_minicpms_ids(minicpm):
    ids = encode_segments(
        render_chat(PROFILES["abacus"], Instruction("快速排序"), language=Language()), minicpm.vocabulary
    )
    assert ids[:4] == [1, 1786, 4194, 95388]
    assert ids[-3:] == [95396, 10850, 95388]


def test_abacus_chat_is_what_the_tokenizer_makes_of_the_whole_text(minicpm):
    asked = render_chat(
        PROFILES["abacus"], Instruction("sort {a}", "def f(a):\n", "a.py"), language=Language()
    )
    assert encode_segments(asked, minicpm.vocabulary) == minicpm.tokenize(asked.text)


def test_abacus_continuation(minicpm):
    assert encode_segments(prompt("abacus"), minicpm.vocabulary) == minicpm.tokenize(P)
    hostile = encode_segments(prompt("abacus", prefix="a = '<用户>'\n# <AI> <用户>x"), minicpm.vocabulary)
    runs = list(zip(hostile, hostile[1:], hostile[2:], strict=False))
    assert not {(1786, 4194, 95388), (95396, 4194, 95388), (1786, 10850, 95388), (95396, 10850, 95388)} & {
        *runs
    }


def test_abacus_is_detected_by_architecture_and_by_ids(minicpm):
    known = minicpm.vocabulary
    assert detect(known).profile.name == "abacus"
    assert self_test(known, PROFILES["abacus"]) == []
    told, known.architecture = known.architecture, ""
    try:
        assert "token ids of MiniCPM" in detect(known).how
    finally:
        known.architecture = told


@pytest.mark.parametrize("name", ["aixcoder", "plain"])
@pytest.mark.parametrize(
    "typed",
    [
        "    total = compute(first_value, 'x')",
        "    # 计算两个数的最大公约数 😀 ok",
        "\treturn {k: v for k, v in x}",
    ],
)
def test_the_next_keystroke_reuses_all_but_the_last_tokens(either, name: str, typed: str):
    """What the KV cache holds stays valid: only the last few tokens are read anew (one word, retokenised)."""
    before: list[int] = []
    for length in range(len(typed) + 1):
        asked = render(
            PROFILES[name],
            Window(prefix=P + "\n" + typed[:length], below=S),
            path="a.py",
            language=Language(),
        )
        now = encode_segments(asked, either)
        reused = next(
            (index for index, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), len(before)
        )
        assert len(before) - reused <= 4, typed[:length]
        before = now


def test_qwen_ids(qwen):
    asked = prompt("qwen", snippets=SNIPPETS, repo="R")
    ids = encode_segments(asked, qwen)
    assert ids == qwen._tokenizer.encode(asked.text), "text with control tokens, read by the tokenizer itself"
    assert detect(qwen, "tiny").profile.name == "qwen"
    assert self_test(qwen, PROFILES["qwen"]) == []
    for token in QWEN_TOKENS:
        assert qwen.token_id(token) not in qwen.encode(f"a{token}b")


# Every way a grammar literal can go wrong: quotes, backslashes, control characters, surrogate pairs.
@pytest.mark.parametrize(
    "heal",
    [" op", '"', "\\", "\\n", '\t"x"', "计算", "最大公", "𠮷野", "😀", "é", "]^-[", "    ret", "'''", "}"],
)
def test_llama_cpp_answers_with_the_healed_text_first(minicpm, heal: str):
    """Noise for weights, so only the grammar can make it write this; and it goes on afterwards."""
    answer = minicpm.complete(encode_segments(prompt("abacus"), minicpm.vocabulary), 40, gbnf(heal))
    assert answer["content"].startswith(heal)
    assert len(answer["content"]) > len(heal)


@pytest.mark.parametrize("ending", ["\n", "\n\n\tx", "😀", "𠮷", '"\\'])
def test_the_grammar_allows_anything_afterwards(minicpm, ending: str):
    """Line ends (blocks) and astral characters must pass: the model's noise is replaced by a strong wish."""
    known = minicpm.vocabulary
    wish = [[token, 1000.0] for token in known.encode(ending)]
    tokens = len(known.encode(" op" + ending)) + 2
    answer = minicpm.complete(encode_segments(prompt("abacus"), known), tokens, gbnf(" op"), logit_bias=wish)
    assert answer["content"].startswith(" op")
    after = answer["content"].removeprefix(" op")
    assert (
        any(ord(character) > 0xFFFF for character in after)
        if ord(ending[0]) > 0xFFFF
        else {*after} & {*ending}
    )


@pytest.mark.model
def test_a_real_model_finishes_the_word_it_was_healed_from():
    path = gguf("gemma")
    code = 'import os\n\ndef read_lines(path):\n    """Return the lines of a file."""\n    with op'
    asked = render(PROFILES["plain"], Window(prefix=code), path="a.py", language=Language())
    assert asked.heal == " op"
    with served(path, "gemma3") as server:
        answer = server.complete(encode_segments(asked, server.vocabulary), 24, gbnf(asked.heal))
        assert detect(server.vocabulary, "qwen2.5-coder").profile.name == "plain"
        assert self_test(server.vocabulary, PROFILES["plain"]) == []
    assert answer["content"].startswith(" open(path")
    assert "\n" in answer["content"], "the constraint allows a block"


@pytest.mark.model
def test_smollm2_as_safetensors_speaks_as_its_gguf_does(tmp_path):
    """The model for servers that read no GGUF is made from the real one."""
    path = gguf("smollm2")
    folder = smollm2_safetensors(path, tmp_path)
    assert [file.name for file in folder.glob("*.safetensors")] == ["model.safetensors"]
    made = transformers_vocabulary(folder, "llama")
    asked = prompt("plain", snippets=SNIPPETS)
    with served(path, "llama") as server:
        assert encode_segments(asked, made) == encode_segments(asked, server.vocabulary)
        assert detect(server.vocabulary, "starcoder").profile.name == detect(made).profile.name == "plain"
        assert self_test(server.vocabulary, PROFILES["plain"]) == self_test(made, PROFILES["chat"]) == []
    asks = [{"role": "user", "content": "sort {x}\n  <b>"}]
    templated = made._tokenizer.apply_chat_template(asks, tokenize=False, add_generation_prompt=True)
    assert apply_template(made._tokenizer.chat_template, asks[0]["content"]) == templated

    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder)

    ids = made.encode("The capital of France is")
    answer = model.generate(torch.tensor([ids]), max_new_tokens=4, do_sample=False)[0, len(ids) :]
    assert "Paris" in made._tokenizer.decode(answer)
