"""How each model family wants to be asked: one row a family, facts only.

Knows markers, order, head lines, stops. Must not know documents, tokens or how a row is filled in (`render`).
A new model is a new row in `PROFILES`; nothing else has to change.

Layouts are written as the model reads them. In braces stand slots:

    {prefix} {suffix}   the text before and after the cursor
    {path} {repo}       the file's path in the workspace, the workspace's name
    {language}          the language's display name
    {head} {tag}        aiXcoder's two head lines (path and language), and the language line alone
    {snippets}          cross-file context: every snippet through the row's `snippet` layout, then `joint`
    {code} {commented}  in `snippet` only: the snippet's text, plain or as comment lines
    {comment}           in `snippet` only: the path as a comment line

Everything listed in `markers` that stands in a layout is a control token; the rest is text.
"""

from dataclasses import dataclass
from typing import Literal

Order = Literal["psm", "spm", "prefix", "chat"]


@dataclass(frozen=True, slots=True)
class Profile:
    r"""One way of asking.

    Attributes:
        name: what configuration and `doctor` call it.
        order: "psm" (prefix, suffix, middle), "spm" (suffix first: the growing prefix is last), "prefix"
            (continuation, the suffix is not shown), "chat" (a message with a marked hole).
        layout: one file.
        markers: control tokens in the layouts; each must be exactly one token of the vocabulary.
        files: layout when there are snippets; "" means `layout`.
        bare: layout when nothing follows the cursor; "" means `layout`.
        snippet: how one snippet is written.
        joint: what stands between the last snippet and the file, when there are snippets.
        headings: comment lines above the signatures and above the similar windows; "" for none.
        stops: strings that end the answer. At most four: OpenAI-style servers refuse more.
        stop_markers: control tokens that end the answer, beside the model's own end of text.
        bos: begin with the beginning-of-text token; None as the model's tokenizer would.
        required: further control tokens that must be in the vocabulary, for detection.
        architectures: names that settle which row it is when several fit the vocabulary.
        hints: parts of model names; a tie-break only.
        shared: the vocabulary is another row's too: only an architecture or a hint can choose this row.
        explicit: never detected, only configured.
        chat: the chat form of an instruction, "" when the model has none of its own (slot: {text}).
        context: tokens the family was trained for, when the engine cannot tell.
        verified: False while a detail was not confirmed at a primary source.
    """

    name: str
    order: Order
    layout: str
    markers: tuple[str, ...] = ()
    files: str = ""
    bare: str = ""
    snippet: str = "{comment}{commented}\n"
    headings: tuple[str, str] = ("", "")
    joint: str = ""
    stops: tuple[str, ...] = ()
    stop_markers: tuple[str, ...] = ()
    bos: bool | None = None
    required: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    shared: bool = False
    explicit: bool = False
    chat: str = ""
    context: int = 8192
    verified: bool = True

    @property
    def fim(self) -> bool:
        """The model is shown what follows the cursor through control tokens."""
        return self.order in ("psm", "spm")

    @property
    def needed(self) -> tuple[str, ...]:
        """Control tokens without which this row cannot be used."""
        return tuple(dict.fromkeys(self.markers + self.required))


_PIPE = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
_PIPE_PSM = "{snippets}<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>"
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
        "{snippets}▁<AIX-SPAN-PRE>{tag}{prefix}▁<AIX-SPAN-POST>{suffix}▁<AIX-SPAN-MIDDLE>",
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
        "<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>",
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
        "{snippets}<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>",
        markers=(*_STAR, "<repo_name>", "<file_sep>"),
        files="<repo_name>{repo}{snippets}<file_sep><fim_prefix>{path}\n{prefix}<fim_suffix>{suffix}<fim_middle>",
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
        "<fim_prefix>{snippets}{prefix}<fim_suffix>{suffix}<fim_middle>",
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
        "<fim-prefix>{snippets}{prefix}<fim-suffix>{suffix}<fim-middle>",
        markers=("<fim-prefix>", "<fim-suffix>", "<fim-middle>"),
        stop_markers=("<|endoftext|>", "<fim-prefix>", "<fim-suffix>", "<fim-middle>"),
        context=2048,
    ),
    Profile(
        "deepseek",
        "psm",
        "<｜fim▁begin｜>{snippets}{prefix}<｜fim▁hole｜>{suffix}<｜fim▁end｜>",
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
        "▁<PRE> {snippets}{prefix}▁<SUF>{suffix}▁<MID>",
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
        "{snippets}{prefix}",
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
