"""How each model family wants to be asked: one row a family, facts only.

Knows markers, order, head lines, stops. Must not know documents, tokens or how a row is filled in (`render`).
A new model is a new row; nothing else has to change. `profile` says what the columns and slots mean.
"""

from abacus_lsp.prompts.profile import Profile

__all__ = ["PROFILES", "Profile"]

_PIPE = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
_PIPE_PSM = "{snippets}<|fim_prefix|>{above}<|fim_suffix|>{suffix}<|fim_middle|>{line}"
_STAR = ("<fim_prefix>", "<fim_suffix>", "<fim_middle>")
_AIX = ("▁<AIX-SPAN-PRE>", "▁<AIX-SPAN-POST>", "▁<AIX-SPAN-MIDDLE>")
_AIX_STOPS = ("</s>", "<s>", *_AIX)

_ROWS = (
    Profile(
        "aixcoder",
        "spm",
        "{snippets}▁<AIX-SPAN-PRE>▁<AIX-SPAN-POST>{suffix}▁<AIX-SPAN-MIDDLE>{head}{prefix}",
        bare="{snippets}{head}{prefix}",
        markers=(*_AIX, "<s>", "</s>"),
        snippet="<s>{head}{code}</s>",
        headings=("Global Declarations:", "Similar Code Snippets:"),
        joint="<s>",
        stop_markers=_AIX_STOPS,
        bos=True,
        context=32_768,
    ),
    Profile(
        # What its published FIM numbers used: the language line alone, no path.
        "aixcoder-psm",
        "psm",
        "{snippets}▁<AIX-SPAN-PRE>{tag}{above}▁<AIX-SPAN-POST>{suffix}▁<AIX-SPAN-MIDDLE>{line}",
        bare="{snippets}{head}{prefix}",
        markers=(*_AIX, "<s>", "</s>"),
        snippet="<s>{head}{code}</s>",
        headings=("Global Declarations:", "Similar Code Snippets:"),
        joint="<s>",
        stop_markers=_AIX_STOPS,
        bos=True,
        explicit=True,
        context=32_768,
    ),
    Profile(
        # MiniCPM-2B's tokenizer. `<用户>` and `<AI>` are text of several tokens, so they are stop strings.
        "abacus",
        "prefix",
        "{snippets}{prefix}",
        stops=("<用户>", "<AI>"),
        stop_markers=("</s>",),
        architectures=("minicpm",),
        hints=("abacus", "minicpm-2b"),
        shared=True,
        chat="<用户>{text}<AI>",
        context=4096,
    ),
    Profile(
        "qwen",
        "psm",
        _PIPE_PSM,
        markers=(*_PIPE, "<|repo_name|>", "<|file_sep|>"),
        files="<|repo_name|>{repo}\n{snippets}<|file_sep|>{path}\n"
        "<|fim_prefix|>{above}<|fim_suffix|>{suffix}<|fim_middle|>{line}",
        snippet="<|file_sep|>{path}\n{code}\n",
        stop_markers=(
            "<|endoftext|>",
            *_PIPE,
            "<|fim_pad|>",
            "<|repo_name|>",
            "<|file_sep|>",
            "<|im_end|>",
        ),
        context=32_768,
    ),
    Profile(
        "codegemma",
        "psm",
        _PIPE_PSM,
        markers=(*_PIPE, "<|file_separator|>"),
        snippet="{path}\n{code}\n<|file_separator|>",
        stop_markers=("<|file_separator|>", "<end_of_turn>", "<eos>", *_PIPE),
    ),
    Profile(
        # Also the row for any other vocabulary that has these three and nothing more.
        "granite4",
        "psm",
        _PIPE_PSM,
        markers=_PIPE,
        stop_markers=("<|end_of_text|>", "<|fim_pad|>", "<|endoftext|>", "<|im_end|>", *_PIPE),
        context=32_768,
    ),
    Profile(
        "starcoder2",
        "psm",
        "{snippets}<fim_prefix>{above}<fim_suffix>{suffix}<fim_middle>{line}",
        markers=(*_STAR, "<repo_name>", "<file_sep>"),
        files="<repo_name>{repo}{snippets}<file_sep><fim_prefix>{path}\n{above}<fim_suffix>{suffix}<fim_middle>{line}",
        snippet="<file_sep>{path}\n{code}",
        stop_markers=("<file_sep>", "<|endoftext|>", "<repo_name>", *_STAR),
        architectures=("starcoder2",),
        context=16_384,
    ),
    Profile(
        # StarCoder 1, stable-code, Granite code and 3.x, CodeQwen1.5. Its own several-files form is not
        # confirmed (`<reponame>R<filename>F`): snippets are comments in front of the prefix.
        "starcoder",
        "psm",
        "<fim_prefix>{snippets}{above}<fim_suffix>{suffix}<fim_middle>{line}",
        markers=_STAR,
        stop_markers=("<|endoftext|>", "<|end_of_text|>", "<filename>", "<file_sep>", *_STAR),
    ),
    Profile(
        "mellum",
        "spm",
        "{snippets}<filename>{path}\n<fim_suffix>{suffix}<fim_prefix>{prefix}<fim_middle>",
        markers=(*_STAR, "<filename>"),
        snippet="<filename>{path}\n{code}\n\n",
        stop_markers=("<|endoftext|>", "<filename>", *_STAR),
        hints=("mellum",),
        shared=True,
        verified=False,
    ),
    Profile(
        "refact",
        "spm",
        "<fim_suffix>{suffix}<fim_prefix>{snippets}{prefix}<fim_middle>",
        markers=_STAR,
        stop_markers=("<|endoftext|>", *_STAR),
        architectures=("refact", "gpt_refact"),
        hints=("refact",),
        shared=True,
        context=4096,
    ),
    Profile(
        "santacoder",
        "psm",
        "<fim-prefix>{snippets}{above}<fim-suffix>{suffix}<fim-middle>{line}",
        markers=("<fim-prefix>", "<fim-suffix>", "<fim-middle>"),
        stop_markers=("<|endoftext|>", "<fim-prefix>", "<fim-suffix>", "<fim-middle>"),
        context=2048,
    ),
    Profile(
        "deepseek",
        "psm",
        "<｜fim▁begin｜>{snippets}{above}<｜fim▁hole｜>{suffix}<｜fim▁end｜>{line}",
        markers=("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
        snippet="#{path}\n{code}\n",
        joint="#{path}\n",
        stop_markers=(
            "<｜end▁of▁sentence｜>",
            "<|EOT|>",
            "<｜fim▁begin｜>",
            "<｜fim▁hole｜>",
            "<｜fim▁end｜>",
        ),
        context=16_384,
    ),
    Profile(
        # The pieces contain the blank in front (▁); the one after <PRE> is text.
        "codellama",
        "psm",
        "▁<PRE> {snippets}{above}▁<SUF>{suffix}▁<MID>{line}",
        markers=("▁<PRE>", "▁<SUF>", "▁<MID>"),
        stop_markers=("▁<EOT>", "</s>", "▁<PRE>", "▁<SUF>", "▁<MID>"),
        bos=True,
        context=16_384,
    ),
    Profile(
        "codestral",
        "spm",
        "[SUFFIX]{suffix}[PREFIX]{snippets}{prefix}",
        markers=("[SUFFIX]", "[PREFIX]"),
        snippet="+++++ {path}\n{code}\n\n",
        joint="+++++ {path}\n",
        stops=("\n+++++ ",),
        stop_markers=("[PREFIX]", "[SUFFIX]", "</s>"),
        bos=True,
        context=32_768,
    ),
    Profile(
        "seed-coder",
        "spm",
        "<[fim-suffix]>{suffix}<[fim-prefix]>{snippets}{prefix}<[fim-middle]>",
        markers=("<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>"),
        stop_markers=("<[end▁of▁sentence]>", "<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>"),
        context=32_768,
    ),
    Profile(
        "codegeex4",
        "spm",
        "<|user|>\n{snippets}###PATH:{path}\n###LANGUAGE:{language}\n###MODE:BLOCK\n"
        "<|code_suffix|>{suffix}<|code_prefix|>{prefix}<|code_middle|><|assistant|>\n",
        markers=("<|user|>", "<|assistant|>", "<|code_suffix|>", "<|code_prefix|>", "<|code_middle|>"),
        snippet="###REFERENCE:\n###PATH:{path}\n{code}\n",
        stop_markers=("<|user|>", "<|endoftext|>", "<|observation|>"),
        context=32_768,
    ),
    Profile(
        # Models without FIM tokens: Gemma 3, SmolLM2, Yi-Coder, OpenCoder …
        "plain",
        "prefix",
        "{snippets}{below}{prefix}",
        stop_markers=("<|endoftext|>", "<|im_end|>", "<|im_start|>", "<end_of_turn>", "<eos>", "<file_sep>"),
        explicit=True,
    ),
    Profile(
        "chat",
        "chat",
        "",
        stop_markers=("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<end_of_turn>", "</s>"),
        explicit=True,
    ),
)

PROFILES: dict[str, Profile] = {row.name: row for row in _ROWS}
