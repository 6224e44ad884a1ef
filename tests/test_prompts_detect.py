"""Detection: by the vocabulary, and the name only where two rows share one."""

import pytest

from abacus_lsp.engines.base import ModelError
from abacus_lsp.engines.scripted import ScriptedVocabulary
from abacus_lsp.prompts.detect import MINICPM_MARKERS, detect, self_test
from abacus_lsp.prompts.encode import encode_segments
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.prompts.prompt import Part, Prompt

PIPE = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
STAR = ("<fim_prefix>", "<fim_suffix>", "<fim_middle>")
AIX = ("▁<AIX-SPAN-PRE>", "▁<AIX-SPAN-POST>", "▁<AIX-SPAN-MIDDLE>", "<s>", "</s>")


def vocabulary(*markers: str, architecture: str = "llama") -> ScriptedVocabulary:
    return ScriptedVocabulary({marker: index for index, marker in enumerate(markers)}, architecture)


@pytest.mark.parametrize(
    ("markers", "architecture", "name", "profile"),
    [
        ((*PIPE, "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<|im_end|>"), "qwen2", "x", "qwen"),
        ((*PIPE, "<|repo_name|>", "<|file_sep|>"), "qwen3moe", "starcoder.gguf", "qwen"),
        ((*PIPE, "<|file_separator|>", "<eos>"), "gemma", "", "codegemma"),
        ((*PIPE, "<|fim_pad|>", "<|end_of_text|>"), "granitehybrid", "", "granite4"),
        ((*STAR, "<repo_name>", "<file_sep>"), "starcoder2", "", "starcoder2"),
        ((*STAR, "<filename>", "<reponame>"), "gpt_bigcode", "", "starcoder"),
        ((*STAR, "<filename>", "<reponame>"), "llama", "granite-3b-code-base", "starcoder"),
        ((*STAR, "<filename>", "<reponame>"), "llama", "JetBrains/Mellum-4b-base", "mellum"),
        ((*STAR, "<filename>", "<reponame>"), "refact", "", "refact"),
        ((*STAR, "<filename>"), "gpt_bigcode", "Refact-1_6B-fim", "refact"),
        (("<fim-prefix>", "<fim-suffix>", "<fim-middle>"), "gpt2", "", "santacoder"),
        (("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"), "llama", "qwen", "deepseek"),
        (("▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"), "llama", "", "codellama"),
        (("[PREFIX]", "[SUFFIX]", "[MIDDLE]"), "llama", "", "codestral"),
        (("<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>"), "llama", "", "seed-coder"),
        (
            ("<|user|>", "<|assistant|>", "<|code_suffix|>", "<|code_prefix|>", "<|code_middle|>"),
            "chatglm",
            "",
            "codegeex4",
        ),
        (AIX, "llama", "", "aixcoder"),
        # No FIM tokens, whatever the name says.
        (("<|endoftext|>", "<|im_end|>", "<repo_name>", "<file_sep>"), "llama", "smollm2", "plain"),
        (("<bos>", "<eos>"), "gemma3", "qwen2.5-coder-0.5b", "plain"),
        (AIX[:2], "llama", "aixcoder-7b", "plain"),
        (("<s>", "</s>"), "minicpm", "", "abacus"),
        # MiniCPM 3 and 4 speak ChatML and have FIM tokens.
        (("<|im_start|>", "<|im_end|>"), "minicpm", "abacus", "plain"),
        ((*PIPE, "<|im_start|>", "<|im_end|>"), "minicpm3", "", "granite4"),
    ],
)
def test_detect(markers: tuple[str, ...], architecture: str, name: str, profile: str):
    found = detect(vocabulary(*markers, architecture=architecture), name)
    assert found.profile.name == profile, found.how


def test_the_answer_says_when_the_name_decided():
    shared = vocabulary(*STAR, "<filename>")
    assert "the name decided" in detect(shared, "mellum-4b").how
    unnamed = detect(shared)
    assert "name" not in unnamed.how
    assert any("mellum" in note for note in unnamed.notes)


class MiniCpm(ScriptedVocabulary):
    """Only the two chat markers, with MiniCPM-2B's ids."""

    def encode(self, text: str) -> list[int]:
        return list(MINICPM_MARKERS[text][1]) if text in MINICPM_MARKERS else super().encode(text)


def test_minicpm_is_known_by_its_id_sequences_when_the_architecture_is_not_told():
    found = detect(MiniCpm({}, ""))
    assert found.profile.name == "abacus"
    assert "token ids" in found.how


def test_a_vocabulary_with_chat_template_says_that_chat_can_be_configured():
    model = vocabulary("<|im_end|>")
    model.chat_template = "{{ messages }}"
    assert any("chat" in note for note in detect(model).notes)


@pytest.mark.parametrize("name", [name for name, row in PROFILES.items() if row.markers])
def test_every_row_passes_on_its_own_vocabulary_and_fails_on_an_empty_one(name: str):
    row = PROFILES[name]
    own = vocabulary(*row.markers)
    own.bos = 1
    assert self_test(own, row) == []
    problems = self_test(vocabulary(), row)
    assert len([problem for problem in problems if "not one token" in problem]) == len(row.markers)


class Stripping(ScriptedVocabulary):
    def encode(self, text: str) -> list[int]:
        return super().encode(text.strip())


class Blank(ScriptedVocabulary):
    def encode(self, text: str) -> list[int]:
        return super().encode(" " + text)


class Parsing(ScriptedVocabulary):
    def encode(self, text: str) -> list[int]:
        return [self._markers[piece] for piece in self._markers if piece in text] + super().encode(text)


@pytest.mark.parametrize(
    ("kind", "words"), [(Stripping, "blanks"), (Blank, "in front"), (Parsing, "read as the control token")]
)
def test_the_self_test_finds_a_tokenizer_that_changes_text(kind, words: str):
    own = kind({marker: index for index, marker in enumerate(PIPE)})
    assert any(words in problem for problem in self_test(own, PROFILES["granite4"]))


def test_markers_are_ids_and_text_is_text():
    own = vocabulary(*PIPE)
    parts = (
        Part(PIPE[0], "marker", True),
        Part("a ", "outline"),
        Part(PIPE[1], "prefix"),
        Part(PIPE[1], "m", True),
    )
    assert encode_segments(Prompt(parts), own) == [0, *own.encode("a " + PIPE[1]), 1]


@pytest.mark.parametrize(
    ("asked", "adds", "has", "expected"),
    [
        (None, True, 9, [9]),
        (None, False, 9, []),
        (True, False, 9, [9]),
        (False, True, 9, []),
        (True, True, None, []),
    ],
)
def test_beginning_of_text(asked: bool | None, adds: bool, has: int | None, expected: list[int]):
    own = vocabulary()
    own.bos, own.add_bos = has, adds
    assert encode_segments(Prompt((), bos=asked), own) == expected


def test_the_tokenizers_blank_comes_only_at_the_very_start():
    own = vocabulary(*PIPE)
    own.add_space = True
    text, marker = Part("x", "prefix"), Part(PIPE[0], "marker", True)
    assert encode_segments(Prompt((text, marker, text)), own) == [*own.encode(" x"), 0, *own.encode("x")]
    assert encode_segments(Prompt((marker, text)), own) == [0, *own.encode("x")]


def test_a_format_that_does_not_fit_the_model_is_refused_with_advice():
    with pytest.raises(ModelError, match="plain"):
        encode_segments(Prompt((Part("<fim_prefix>", "marker", True),)), vocabulary(*PIPE))
