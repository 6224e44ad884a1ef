"""Small random-weight models of the real architectures, and a small safetensors model with real weights.

Neither aiXcoder nor Abacus can be in every test: these have their architecture, their vocabulary's peculiar
pieces and, for MiniCPM, the real ids of its chat markers. Deterministic; each is built in seconds into a given
directory. Weights are noise: outputs mean nothing, token ids do.

    minicpm_gguf(dest)              GGUF, arch minicpm, ids of `<用户>` and `<AI>` as in MiniCPM-2B
    aixcoder_hf(dest)               Hugging Face folder, LlamaForCausalLM, sentencepiece with the three span pieces
    aixcoder_gguf(dest, folder)     the same weights and vocabulary as GGUF, arch llama
    qwen_hf(dest)                   Hugging Face folder, Qwen2ForCausalLM, byte-level BPE with FIM tokens
    smollm2_safetensors(gguf, dest) SmolLM2 from its GGUF as safetensors (needs the model; about 20 s)
    smollm2_as_minicpm(gguf, dest)  SmolLM2 as a GGUF of arch minicpm: that architecture with weights that say something
"""

import json
import re
from pathlib import Path

from tiny_vocabularies import (
    AIXCODER_PIECES,
    QWEN_TOKENS,
    byte_level,
    minicpm_vocabulary,
    train_sentencepiece,
)

WIDTH, HEADS, LAYERS, INNER, CONTEXT = 32, 4, 2, 64, 512
_SEED = 20240914


def minicpm_gguf(dest: Path) -> Path:
    """A GGUF that llama.cpp loads as MiniCPM. About 8 MB."""
    import gguf
    import numpy as np

    dest.mkdir(parents=True, exist_ok=True)
    path = dest / "tiny-minicpm.gguf"
    pieces, scores, types = minicpm_vocabulary()
    writer = gguf.GGUFWriter(str(path), "minicpm")
    _dimensions(writer, len(pieces))
    writer.add_embedding_scale(12.0)
    writer.add_residual_scale(1.4 / LAYERS**0.5)
    writer.add_logit_scale(1.0)
    writer.add_tokenizer_model("llama")
    _vocabulary(writer, pieces, scores, types)
    random = np.random.default_rng(_SEED)
    for name, shape in _shapes(len(pieces)).items():
        weight = random.standard_normal(shape, dtype=np.float32) * 0.1
        wide = name.endswith("norm.weight")
        writer.add_tensor(name, np.ones(shape, np.float32) if wide else weight.astype(np.float16))
    _write(writer)
    return path


def aixcoder_hf(dest: Path) -> Path:
    """A folder that transformers loads as Llama, with aiXcoder's pieces in its sentencepiece model."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    dest.mkdir(parents=True, exist_ok=True)
    size = train_sentencepiece(dest / "tokenizer.model")
    config = {
        "tokenizer_class": "LlamaTokenizer",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "add_bos_token": True,
        "add_eos_token": False,
        "legacy": True,
        "clean_up_tokenization_spaces": False,
    }
    (dest / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    torch.manual_seed(_SEED)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=size,
            hidden_size=WIDTH,
            intermediate_size=INNER,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            num_key_value_heads=HEADS,
            max_position_embeddings=CONTEXT,
            rms_norm_eps=1e-5,
            bos_token_id=1,
            eos_token_id=2,
            tie_word_embeddings=False,
        )
    )
    model.save_pretrained(dest)
    return dest


def aixcoder_gguf(dest: Path, folder: Path) -> Path:
    """`folder` (from `aixcoder_hf`) as a GGUF of arch llama."""
    import gguf
    import numpy as np
    from safetensors.numpy import load_file
    from sentencepiece import SentencePieceProcessor

    dest.mkdir(parents=True, exist_ok=True)
    path = dest / "tiny-aixcoder.gguf"
    spm = SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    count = spm.get_piece_size()
    writer = gguf.GGUFWriter(str(path), "llama")
    _dimensions(writer, count)
    writer.add_tokenizer_model("llama")
    _vocabulary(
        writer,
        [spm.id_to_piece(index) for index in range(count)],
        [spm.get_score(index) for index in range(count)],
        [_token_type(spm, index) for index in range(count)],
    )
    for name, weight in load_file(folder / "model.safetensors").items():
        array = np.asarray(weight, np.float32)
        writer.add_tensor(_gguf_name(name), _rotary(array) if re.search(r"[qk]_proj", name) else array)
    _write(writer)
    return path


def qwen_hf(dest: Path) -> Path:
    """A folder that transformers loads as Qwen2, with FIM tokens as in Qwen2.5-Coder."""
    import torch
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    dest.mkdir(parents=True, exist_ok=True)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=byte_level(), eos_token="<|endoftext|>", pad_token="<|endoftext|>"
    )
    tokenizer.add_special_tokens({"additional_special_tokens": list(QWEN_TOKENS[1:])})
    tokenizer.save_pretrained(dest)
    torch.manual_seed(_SEED)
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=INNER,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            num_key_value_heads=2,
            max_position_embeddings=CONTEXT,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            tie_word_embeddings=True,
        )
    )
    model.save_pretrained(dest)
    return dest


def smollm2_safetensors(gguf_path: Path, dest: Path) -> Path:
    """SmolLM2 from its GGUF, dequantised to bfloat16 (about 270 MB), for servers that read no GGUF."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    dest.mkdir(parents=True, exist_ok=True)
    source = {"pretrained_model_name_or_path": str(gguf_path.parent), "gguf_file": gguf_path.name}
    AutoTokenizer.from_pretrained(**source).save_pretrained(dest)
    # Otherwise transformers keeps the blocks packed (and fetches a kernel for them from the network).
    unpacked = GgufConfig(dequantize=True)
    read = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.bfloat16, quantization_config=unpacked)
    # A model read from a GGUF refuses to be saved; its weights in a fresh one do not.
    model = AutoModelForCausalLM.from_config(read.config, dtype=torch.bfloat16)
    model.load_state_dict(read.state_dict())
    model.save_pretrained(dest)
    return dest


def smollm2_as_minicpm(gguf_path: Path, dest: Path) -> Path:
    """SmolLM2's weights and vocabulary, told as MiniCPM's: about 100 MB, for `<用户>…<AI>` with answers to look at.

    MiniCPM is a Llama with three factors (on embeddings, residuals and logits); with all of them 1 the two are one.
    """
    import gguf

    dest.mkdir(parents=True, exist_ok=True)
    path = dest / "smollm2-as-minicpm.gguf"
    read = gguf.GGUFReader(gguf_path)
    writer = gguf.GGUFWriter(str(path), "minicpm")
    for name, field in read.fields.items():
        if name.startswith("GGUF.") or name in {"general.architecture", "tokenizer.chat_template"}:
            continue
        inner = field.types[1] if len(field.types) > 1 else None
        key = re.sub(r"^llama\.", "minicpm.", name)
        writer.add_key_value(key, field.contents(), field.types[0], inner)
    writer.add_embedding_scale(1.0)
    writer.add_residual_scale(1.0)
    writer.add_logit_scale(1.0)
    for tensor in read.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    _write(writer)
    return path


def _dimensions(writer, size: int) -> None:
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(size)


def _vocabulary(writer, pieces: list[str], scores: list[float], types: list[int]) -> None:
    writer.add_token_list(pieces)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(True)


def _shapes(size: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (size, WIDTH), "output_norm.weight": (WIDTH,)}
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        shapes |= {f"{block}.attn_{name}.weight": (WIDTH, WIDTH) for name in ("q", "k", "v", "output")}
        shapes |= {f"{block}.{name}_norm.weight": (WIDTH,) for name in ("attn", "ffn")}
        shapes |= {f"{block}.ffn_{name}.weight": (INNER, WIDTH) for name in ("gate", "up")}
        shapes[f"{block}.ffn_down.weight"] = (WIDTH, INNER)
    return shapes


def _token_type(spm, index: int) -> int:
    from gguf import TokenType

    if spm.is_unknown(index):
        return int(TokenType.UNKNOWN)
    if spm.is_control(index):
        return int(TokenType.CONTROL)
    if spm.is_byte(index):
        return int(TokenType.BYTE)
    return int(TokenType.USER_DEFINED if spm.id_to_piece(index) in AIXCODER_PIECES else TokenType.NORMAL)


_GGUF_NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def _gguf_name(name: str) -> str:
    stem = name.removesuffix(".weight")
    block = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", stem)
    return f"blk.{block[1]}.{_GGUF_NAMES[block[2]]}.weight" if block else f"{_GGUF_NAMES[stem]}.weight"


def _rotary(weight):
    """Rows in llama.cpp's order of rotary pairs (interleaved), from Hugging Face's (halves)."""
    rows, columns = weight.shape
    halves = weight.reshape(HEADS, 2, rows // HEADS // 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns)


def _write(writer) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
