"""How and where a model is run: on this machine, or behind an endpoint; and what the server beside it may take."""

from typing import Annotated, Literal

from msgspec import Struct, structs

from abacus_lsp.settings.field import described


class LocalSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """How a model is run on this machine."""

    threads: Annotated[
        int,
        described(
            "CPU threads; 0: physical cores less one.", "CPU 线程数；0 表示物理核数减一。", ge=0, le=512
        ),
    ] = 0
    gpu_layers: Annotated[
        int,
        described(
            "Layers offloaded to the GPU by llama.cpp; -1: as many as fit.",
            "llama.cpp 放到 GPU 的层数；-1 表示尽量多。",
            ge=-1,
            le=999,
        ),
    ] = -1
    context_tokens: Annotated[
        int,
        described(
            "Context length to reserve; 0: decided from the model and free memory.",
            "预留的上下文长度；0 表示按模型和可用内存决定。",
            ge=0,
            le=131_072,
        ),
    ] = 0
    device: Annotated[
        str,
        described(
            'transformers: "auto", "cpu", "cuda", "cuda:1", "mps".',
            "transformers 使用的设备。",
            pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        ),
    ] = "auto"
    dtype: Annotated[
        Literal["auto", "float32", "float16", "bfloat16"],
        described("transformers: number format of the weights.", "transformers 权重的数值格式。"),
    ] = "auto"
    trust_remote_code: Annotated[
        bool,
        described(
            "Run Python code that a model brings along. Needs `revision`.",
            "允许运行模型自带的 Python 代码，需同时设置 revision。",
        ),
    ] = False
    revision: Annotated[
        str, described("The model's revision (commit) to use.", "使用的模型版本（提交号）。")
    ] = ""
    reuse: Annotated[
        bool,
        described(
            "Start from what the model has read already; off only for measuring what that gains.",
            "沿用模型已读取的上下文（KV 缓存）；仅在测量时关闭。",
        ),
    ] = True
    lookup: Annotated[
        bool,
        described(
            "Guess the next tokens from the context and check several at once; the text stays the same.",
            "从上下文猜测后续 token 并一次验证多个；输出文本不变。",
        ),
    ] = True
    unload_after_minutes: Annotated[
        int,
        described(
            "Free the model's memory after this many idle minutes; 0: never.",
            "空闲多少分钟后释放模型；0 表示从不。",
            ge=0,
            le=10_080,
        ),
    ] = 0


class LimitsSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What the server takes of this machine, the model not counted."""

    memory_mb: Annotated[
        int,
        described(
            "Memory of the server's process in MB, without the model. Beyond it caches go, then indexes that wait, then indexing stops.",
            "服务器进程的内存上限（MB，不含模型）。超出时依次释放缓存、闲置的索引，最后停止索引。",
            ge=64,
            le=1_048_576,
        ),
    ] = 2048


class ReplicaSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """One of several servers of the same model; what is not set here is as in `endpoint`."""

    url: Annotated[str, described("Base address.", "推理服务地址。", pattern=r"^https?://")]
    key_env: Annotated[
        str, described("Environment variable that holds its API key.", "保存其 API 密钥的环境变量名。")
    ] = ""
    timeout_seconds: Annotated[
        float,
        described(
            "Longest wait for the next piece; 0: as set above.",
            "等待下一段回答的最长秒数；0 表示同上。",
            ge=0,
            le=600,
        ),
    ] = 0.0
    requests_per_minute: Annotated[
        int,
        described(
            "Most requests that are sent to it in a minute; 0: any number.",
            "每分钟最多请求数；0 表示不限。",
            ge=0,
            le=100_000,
        ),
    ] = 0


class EndpointSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The server or servers that run the model. Where none is named nothing leaves this machine."""

    whose: Annotated[
        Literal["auto", "mine", "third-party"],
        described(
            "Whose server it is. third-party: secrets are masked, private files stay here; auto: mine on this machine.",
            "服务归谁所有；third-party：屏蔽机密，私密文件不发送；auto：本机的服务视为自己的。",
        ),
    ] = "auto"
    allow_http: Annotated[
        bool,
        described(
            "Send without encryption (http) beyond this machine, over a network that you trust.",
            "允许在可信网络上以未加密的 http 访问其他机器。",
        ),
    ] = False

    url: Annotated[
        str,
        described(
            "Base address, e.g. http://127.0.0.1:8000.",
            "推理服务地址，例如 http://127.0.0.1:8000。",
            pattern=r"^$|^https?://",
        ),
    ] = ""
    replicas: Annotated[
        tuple[ReplicaSettings, ...],
        described(
            "More servers of the same model: a list of url, keyEnv, timeoutSeconds, requestsPerMinute.",
            "同一模型的其他服务：列表，每项含 url、keyEnv、timeoutSeconds、requestsPerMinute。",
        ),
    ] = ()
    kind: Annotated[
        Literal["auto", "openai", "llama-server", "ollama", "mistral", "deepseek"],
        described("What it speaks; auto: ask it.", "服务的接口类型；auto 表示自动探测。"),
    ] = "auto"
    model: Annotated[
        str,
        described("The model's name on the server; empty: its first.", "服务器上的模型名；为空则取第一个。"),
    ] = ""
    profile: Annotated[
        str,
        described(
            "Prompt format, for servers that do not tell their tokenizer.",
            "提示词格式，用于不提供分词器的服务。",
        ),
    ] = ""
    key_env: Annotated[
        str,
        described(
            "Environment variable that holds the API key; its name, never the key itself.",
            "保存 API 密钥的环境变量名（是名称，不是密钥本身）。",
            pattern=r"^([A-Za-z_][A-Za-z0-9_]{0,63})?$",
        ),
    ] = ""
    ca_file: Annotated[str, described("Certificate authority file of your own.", "自有 CA 证书文件。")] = ""
    proxy: Annotated[
        str, described("Proxy address; empty: as the environment says.", "代理地址；为空则按环境变量。")
    ] = ""
    timeout_seconds: Annotated[
        float,
        described(
            "Longest wait for the next piece of an answer.", "等待下一段回答的最长秒数。", gt=0, le=600
        ),
    ] = 10.0
    context_tokens: Annotated[
        int,
        described(
            "The server's context length, where it does not tell.",
            "服务的上下文长度（服务不提供时）。",
            ge=256,
            le=1_048_576,
        ),
    ] = 4096
    slow_seconds: Annotated[
        float,
        described(
            "Wait for a first piece from which answers get shorter; twice this: one line; four times: on request; 0: never.",
            "首段回答的等待秒数达到此值时缩短回答，达两倍时只给一行，达四倍时仅按需补全；0 表示不调整。",
            ge=0,
            le=600,
        ),
    ] = 1.5

    @property
    def servers(self) -> tuple[ReplicaSettings, ...]:
        """All servers, the one of `url` first; empty: nothing leaves this machine."""
        first = (ReplicaSettings(self.url),) if self.url else ()
        named = {each.url: each for each in (*first, *self.replicas)}
        return tuple(
            structs.replace(
                each,
                key_env=each.key_env or self.key_env,
                timeout_seconds=each.timeout_seconds or self.timeout_seconds,
            )
            for each in named.values()
        )
