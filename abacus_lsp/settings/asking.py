"""When to answer, with how much, from what context, and how docstrings are written."""

from typing import Annotated, Literal

from msgspec import Struct

from abacus_lsp.settings.field import described


class CompletionSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """When to answer and with how much."""

    enabled: Annotated[bool, described("Offer completions.", "提供代码补全。")] = True
    popup: Annotated[
        bool,
        described(
            "Also answer textDocument/completion for clients that support inline completion.",
            "客户端支持内联建议时，也在补全列表中提供。",
        ),
    ] = False
    max_tokens: Annotated[
        int, described("Longest answer, in tokens.", "回答的最大 token 数。", ge=1, le=2048)
    ] = 96
    max_lines: Annotated[int, described("Longest answer, in lines.", "回答的最大行数。", ge=1, le=200)] = 16
    candidates: Annotated[
        int,
        described(
            "Texts to choose from when a completion is asked for by a key; one is offered while typing.",
            "按键主动请求时可供选择的建议条数；自动触发时只给一条。",
            ge=1,
            le=10,
        ),
    ] = 3
    confidence_gate: Annotated[
        bool,
        described(
            "Show doubtful texts only when you rest, and none that the model is very unsure of.",
            "置信度低的建议等你停顿时才显示，很低的不显示。",
        ),
    ] = True
    deadline_ms: Annotated[
        int,
        described(
            "Give what there is after this many milliseconds.",
            "超过该毫秒数后返回已生成的内容。",
            ge=50,
            le=120_000,
        ),
    ] = 8000
    debounce_ms: Annotated[
        int,
        described(
            "Longest wait for the next keystroke before the model runs; how long depends on how fast you type.",
            "运行模型前最多等待下一次按键的毫秒数；实际等待随打字速度而定。",
            ge=0,
            le=5000,
        ),
    ] = 150
    first_lines_ms: Annotated[
        int,
        described(
            "Show the first lines of a block after this many milliseconds, while the rest is being written.",
            "超过该毫秒数时，先显示代码块已完成的行，其余继续生成。",
            ge=0,
            le=120_000,
        ),
    ] = 300
    reuse: Annotated[
        bool,
        described(
            "Answer from earlier answers while what was shown is being typed; off only to measure what it gains.",
            "输入内容与已显示的建议一致时直接沿用；仅在测量时关闭。",
        ),
    ] = True
    prefetch: Annotated[
        Literal["auto", "on", "off"],
        described(
            "Compute the completion after the one that is shown; auto: if the model runs on this machine.",
            "预先计算接受当前建议之后的补全；auto 表示仅当模型在本机运行时。",
        ),
    ] = "auto"
    statistics: Annotated[
        bool,
        described(
            "Keep counts of what was shown, accepted and kept, on this machine only (`abacus-lsp stats`).",
            "在本机记录显示、接受和保留的次数（`abacus-lsp stats`），不含源代码，不上传。",
        ),
    ] = True
    background_seconds: Annotated[
        int,
        described(
            "CPU seconds per minute for work that nobody waits for yet (prefetch); 0: none.",
            "每分钟可用于预取等后台工作的 CPU 秒数；0 表示不做。",
            ge=0,
            le=6000,
        ),
    ] = 30
    background_on_battery: Annotated[
        bool, described("Do such work on battery too.", "使用电池时也做此类工作。")
    ] = False
    report: Annotated[
        bool,
        described(
            "Tell the client what each answer cost ($/abacus/answered).",
            "向客户端报告每次回答的开销（$/abacus/answered）。",
        ),
    ] = False
    disabled_languages: Annotated[
        tuple[str, ...],
        described("Language identifiers in which nothing is offered.", "不提供补全的语言标识。"),
    ] = ()
    exclude: Annotated[
        tuple[str, ...],
        described(
            "Files in which nothing is offered: patterns for the end of the path, as in secrets/*.yaml.",
            "不提供补全的文件：匹配路径末尾的模式，例如 secrets/*.yaml。",
        ),
    ] = (".env", ".env.*", ".netrc", "*.pem", "*.key")
    healing: Annotated[
        bool,
        described(
            "Take the half-typed word out of the prompt and make the answer start with it.",
            "把未写完的单词移出提示词，并要求回答以它开头。",
        ),
    ] = True


class ContextSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How much the model reads, in its own tokens."""

    prefix_tokens: Annotated[
        int,
        described(
            "Most tokens before the cursor; 0: by the model's context.",
            "光标之前的最大 token 数；0 表示按模型决定。",
            ge=0,
            le=131_072,
        ),
    ] = 0
    suffix_tokens: Annotated[
        int,
        described(
            "Most tokens after the cursor; 0: by the model's context.",
            "光标之后的最大 token 数；0 表示按模型决定。",
            ge=0,
            le=131_072,
        ),
    ] = 0
    workspace: Annotated[
        bool,
        described("Retrieve context from other files of the workspace.", "从工作区的其他文件检索上下文。"),
    ] = True
    workspace_tokens: Annotated[
        int,
        described(
            "Most tokens from other files; 0: by the model's context.",
            "其他文件的最大 token 数；0 表示按模型决定。",
            ge=0,
            le=65_536,
        ),
    ] = 0
    never_send: Annotated[
        tuple[str, ...],
        described(
            "More files that never go to an endpoint, as patterns of .gitignore, beside those known to hold secrets.",
            "除已知的私密文件外，另外不发送给推理服务的文件（.gitignore 格式）。",
        ),
    ] = ()
    max_line_length: Annotated[
        int,
        described(
            "Nothing is offered in lines longer than this many characters: they are data.",
            "超过该字符数的行视为数据，不提供补全。",
            ge=200,
            le=10_000_000,
        ),
    ] = 20_000
    max_file_kb: Annotated[
        int,
        described(
            "Open files larger than this get no completion.",
            "大于此值（KB）的文件不提供补全。",
            ge=1,
            le=65_536,
        ),
    ] = 1024


class DocstringsSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How docstrings and summaries are written."""

    language: Annotated[
        Literal["auto", "zh", "en"],
        described(
            "Language of docstrings and summaries; auto: as the file's other comments.",
            "文档字符串和摘要的语言；auto 表示与文件中其他注释一致。",
        ),
    ] = "auto"
    style: Annotated[
        Literal["auto", "google", "numpy", "rest"],
        described(
            "Style of Python docstrings; auto: as the file's and the project's others, else google.",
            "Python 文档字符串的风格；auto 表示与文件和项目中已有的一致，否则为 google。",
        ),
    ] = "auto"
