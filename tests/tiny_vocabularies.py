"""Vocabularies of the tiny models: small, but with the peculiar pieces of the models they stand for."""

import io
import re
from pathlib import Path

AIXCODER_PIECES = ("▁<AIX-SPAN-PRE>", "▁<AIX-SPAN-POST>", "▁<AIX-SPAN-MIDDLE>")
QWEN_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
)
# Of MiniCPM-2B: the pieces of its chat markers.
MINICPM_PIECES = {1786: "▁<", 4194: "用户", 10850: "AI", 95388: ">", 95396: "<"}
MINICPM_SIZE = 122_753


def minicpm_vocabulary() -> tuple[list[str], list[float], list[int]]:
    import gguf

    types = gguf.TokenType
    pieces = [f"<unused_{index}>" for index in range(MINICPM_SIZE)]
    kinds = [int(types.UNUSED)] * MINICPM_SIZE
    for index, (piece, kind) in enumerate(
        (("<unk>", types.UNKNOWN), ("<s>", types.CONTROL), ("</s>", types.CONTROL))
    ):
        pieces[index], kinds[index] = piece, int(kind)
    for byte in range(256):
        pieces[3 + byte], kinds[3 + byte] = f"<0x{byte:02X}>", int(types.BYTE)
    placed = dict(MINICPM_PIECES)
    taken = set(placed.values())
    words = [word for word in _words() if word not in taken]
    free = (index for index in range(300, MINICPM_SIZE) if index not in placed)
    placed.update(zip(free, words, strict=False))
    for index, piece in placed.items():
        pieces[index], kinds[index] = piece, int(types.NORMAL)
    # As in sentencepiece's BPE: earlier pieces merge first.
    scores = [-float(index) for index in range(MINICPM_SIZE)]
    return pieces, scores, kinds


def _words() -> list[str]:
    """Pieces for ordinary text: every character, and every prefix of the words, so that merges reach them."""
    text = _corpus().replace(" ", "▁")
    pieces = dict.fromkeys(text.replace("\n", ""))
    for word in re.findall(r"▁?\w+", text):
        pieces.update(dict.fromkeys(word[:length] for length in range(2, len(word) + 1)))
    return [piece for piece in pieces if piece not in AIXCODER_PIECES]


def _corpus() -> str:
    """This file, and some Chinese."""
    chinese = (
        "请用 Python 写一个快速排序 计算两个数的最大公约数 用户 注释 已有代码 代码直接接在后面 不要解释\n"
    )
    return Path(__file__).read_text(encoding="utf-8") + chinese * 4


def train_sentencepiece(path: Path) -> int:
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(_corpus().splitlines()),
        model_writer=model,
        model_type="bpe",
        vocab_size=900,
        byte_fallback=True,
        character_coverage=1.0,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=True,
        user_defined_symbols=list(AIXCODER_PIECES),
        num_threads=1,
        minloglevel=2,
    )
    path.write_bytes(model.getvalue())
    return sentencepiece.SentencePieceProcessor(model_file=str(path)).get_piece_size()


def byte_level():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1000,
        special_tokens=list(QWEN_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus().splitlines(keepends=True), trainer)
    return tokenizer
