"""The one documented schema: the same keys in `initializationOptions`, `workspace/configuration` (section
`abacus`) and the user's TOML file.

Knows keys, types, defaults, limits. Must not know where values come from (`configuration`). Every field carries its description in English and
Chinese; the JSON schema of the VS Code extension is generated from here.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct


def _doc(english: str, chinese: str, **limits: Any) -> Meta:
    return Meta(description=english, extra_json_schema={"x-description-zh": chinese}, **limits)


class CompletionSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """When to answer and with how much."""

    enabled: Annotated[bool, _doc("Offer completions.", "提供代码补全。")] = True
    popup: Annotated[
        bool,
        _doc(
            "Also answer textDocument/completion for clients that support inline completion.",
            "客户端支持内联建议时，也在补全列表中提供。",
        ),
    ] = False
    max_tokens: Annotated[int, _doc("Longest answer, in tokens.", "回答的最大 token 数。", ge=1, le=2048)] = (
        96
    )
    max_lines: Annotated[int, _doc("Longest answer, in lines.", "回答的最大行数。", ge=1, le=200)] = 16
    deadline_ms: Annotated[
        int,
        _doc(
            "Give what there is after this many milliseconds.",
            "超过该毫秒数后返回已生成的内容。",
            ge=50,
            le=120_000,
        ),
    ] = 8000
    debounce_ms: Annotated[
        int,
        _doc(
            "Wait this long after a keystroke before the model runs.",
            "按键后等待多少毫秒再运行模型。",
            ge=0,
            le=5000,
        ),
    ] = 60
    disabled_languages: Annotated[
        tuple[str, ...],
        _doc("Language identifiers in which nothing is offered.", "不提供补全的语言标识。"),
    ] = ()
    healing: Annotated[
        bool,
        _doc(
            "Take the half-typed word out of the prompt and make the answer start with it.",
            "把未写完的单词移出提示词，并要求回答以它开头。",
        ),
    ] = True


class ContextSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How much the model reads, in its own tokens."""

    prefix_tokens: Annotated[
        int,
        _doc(
            "Most tokens before the cursor; 0: by the model's context.",
            "光标之前的最大 token 数；0 表示按模型决定。",
            ge=0,
            le=131_072,
        ),
    ] = 0
    suffix_tokens: Annotated[
        int,
        _doc(
            "Most tokens after the cursor; 0: by the model's context.",
            "光标之后的最大 token 数；0 表示按模型决定。",
            ge=0,
            le=131_072,
        ),
    ] = 0
    workspace: Annotated[
        bool, _doc("Retrieve context from other files of the workspace.", "从工作区的其他文件检索上下文。")
    ] = True
    workspace_tokens: Annotated[
        int,
        _doc(
            "Most tokens from other files; 0: by the model's context.",
            "其他文件的最大 token 数；0 表示按模型决定。",
            ge=0,
            le=65_536,
        ),
    ] = 0
    max_file_kb: Annotated[
        int,
        _doc(
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
        _doc(
            "Language of docstrings and summaries; auto: as the file's other comments.",
            "文档字符串和摘要的语言；auto 表示与文件中其他注释一致。",
        ),
    ] = "auto"
    style: Annotated[
        Literal["auto", "google", "numpy", "rest"],
        _doc(
            "Style of Python docstrings; auto: as the file's and the project's others, else google.",
            "Python 文档字符串的风格；auto 表示与文件和项目中已有的一致，否则为 google。",
        ),
    ] = "auto"


class LocalSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How a model is run on this machine."""

    threads: Annotated[
        int,
        _doc("CPU threads; 0: physical cores less one.", "CPU 线程数；0 表示物理核数减一。", ge=0, le=512),
    ] = 0
    gpu_layers: Annotated[
        int,
        _doc(
            "Layers offloaded to the GPU by llama.cpp; -1: as many as fit.",
            "llama.cpp 放到 GPU 的层数；-1 表示尽量多。",
            ge=-1,
            le=999,
        ),
    ] = -1
    context_tokens: Annotated[
        int,
        _doc(
            "Context length to reserve; 0: decided from the model and free memory.",
            "预留的上下文长度；0 表示按模型和可用内存决定。",
            ge=0,
            le=131_072,
        ),
    ] = 0
    device: Annotated[
        str,
        _doc(
            'transformers: "auto", "cpu", "cuda", "cuda:1", "mps".',
            "transformers 使用的设备。",
            pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        ),
    ] = "auto"
    dtype: Annotated[
        Literal["auto", "float32", "float16", "bfloat16"],
        _doc("transformers: number format of the weights.", "transformers 权重的数值格式。"),
    ] = "auto"
    trust_remote_code: Annotated[
        bool,
        _doc(
            "Run Python code that a model brings along. Needs `revision`.",
            "允许运行模型自带的 Python 代码，需同时设置 revision。",
        ),
    ] = False
    revision: Annotated[str, _doc("The model's revision (commit) to use.", "使用的模型版本（提交号）。")] = ""
    unload_after_minutes: Annotated[
        int,
        _doc(
            "Free the model's memory after this many idle minutes; 0: never.",
            "空闲多少分钟后释放模型；0 表示从不。",
            ge=0,
            le=10_080,
        ),
    ] = 0


class EndpointSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A server that runs the model. With an empty `url` nothing leaves this machine."""

    url: Annotated[
        str,
        _doc(
            "Base address, e.g. http://127.0.0.1:8000.",
            "推理服务地址，例如 http://127.0.0.1:8000。",
            pattern=r"^$|^https?://",
        ),
    ] = ""
    kind: Annotated[
        Literal["auto", "openai", "llama-server", "ollama", "mistral", "deepseek"],
        _doc("What it speaks; auto: ask it.", "服务的接口类型；auto 表示自动探测。"),
    ] = "auto"
    model: Annotated[
        str, _doc("The model's name on the server; empty: its first.", "服务端的模型名；为空则取第一个。")
    ] = ""
    profile: Annotated[
        str,
        _doc(
            "Prompt format, for servers that do not tell their tokenizer.",
            "提示词格式，用于不提供分词器的服务。",
        ),
    ] = ""
    key_env: Annotated[
        str, _doc("Environment variable that holds the API key.", "保存 API 密钥的环境变量名。")
    ] = ""
    ca_file: Annotated[str, _doc("Certificate authority file of your own.", "自有 CA 证书文件。")] = ""
    proxy: Annotated[
        str, _doc("Proxy address; empty: as the environment says.", "代理地址；为空则按环境变量。")
    ] = ""
    timeout_seconds: Annotated[
        float,
        _doc("Longest wait for the next piece of an answer.", "等待下一段回答的最长秒数。", gt=0, le=600),
    ] = 10.0
    context_tokens: Annotated[
        int,
        _doc(
            "The server's context length, where it does not tell.",
            "服务的上下文长度（服务不提供时）。",
            ge=256,
            le=1_048_576,
        ),
    ] = 4096


class Settings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """All settings; every value has a default that works."""

    model: Annotated[
        str,
        _doc(
            'A catalogue name (`abacus-lsp models list`), a GGUF file, a model folder, or "auto": the best that is here.',
            "模型目录中的名称、GGUF 文件、模型文件夹，或 auto（本机可用的最佳模型）。",
        ),
    ] = "auto"
    engine: Annotated[
        Literal["auto", "llama.cpp", "transformers", "http", "scripted"],
        _doc(
            "What runs the model; scripted: answers from the JSON file that `model` names, to try an editor.",
            "运行模型的引擎；scripted 按 model 指定的 JSON 文件作答，用于试用编辑器。",
        ),
    ] = "auto"
    profile: Annotated[
        str, _doc("Prompt format; empty: derived from the tokenizer.", "提示词格式；为空则由分词器推断。")
    ] = ""
    language: Annotated[Literal["auto", "en", "zh"], _doc("Language of messages.", "消息的语言。")] = "auto"
    completion: CompletionSettings = CompletionSettings()
    context: ContextSettings = ContextSettings()
    docstrings: DocstringsSettings = DocstringsSettings()
    local: LocalSettings = LocalSettings()
    endpoint: EndpointSettings = EndpointSettings()

    @property
    def model_part(self) -> tuple[object, ...]:
        """What decides which model is loaded, and how: only a change here loads it again."""
        return (self.model, self.engine, self.profile, self.local, self.endpoint)


def schema() -> dict[str, Any]:
    """JSON schema (2020-12) of the settings, `$defs` for the sections."""
    return msgspec.json.schema(Settings)


class Row(Struct, frozen=True):
    """One setting, for a table: dotted key as clients write it, default, description in both languages."""

    key: str
    default: Any
    english: str
    chinese: str


def rows() -> list[Row]:
    """Every setting in the order of the schema."""
    return list(_rows(Settings(), ""))


def _rows(section: Struct, at: str) -> Iterator[Row]:
    hints = get_type_hints(type(section), include_extras=True)
    for field, name in zip(section.__struct_fields__, section.__struct_encode_fields__, strict=True):
        value = getattr(section, field)
        if isinstance(value, Struct):
            yield from _rows(value, f"{at}{name}.")
            continue
        meta: Meta = get_args(hints[field])[1]
        extra = meta.extra_json_schema or {}
        yield Row(at + name, value, meta.description or "", str(extra.get("x-description-zh", "")))
