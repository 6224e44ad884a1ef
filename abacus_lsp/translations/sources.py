"""Sources of models that did not deliver."""

from typing import Final

ROWS: Final = (
    ("modelscope: {say}", "modelscope：{say}"),
    ("huggingface: {say}", "huggingface：{say}"),
    ("pypi: {say}", "pypi：{say}"),
    (
        "HF_HUB_OFFLINE is set. Unset it, or bring the files with `abacus-lsp models import`.",
        "已设置 HF_HUB_OFFLINE。请取消该变量，或用 `abacus-lsp models import` 导入文件。",
    ),
    (
        (
            "{host} answered HTTP {status} for {repo}. Accept the model's terms on its page and set "
            "HF_TOKEN, or check the name."
        ),
        "{host} 对 {repo} 返回 HTTP {status}。请在模型页面同意条款并设置 HF_TOKEN，或检查名称。",
    ),
    (
        "{host} answered HTTP {status} for {repo}. Where the hub is blocked, set HF_ENDPOINT to a mirror.",
        "{host} 对 {repo} 返回 HTTP {status}。若无法访问该站点，请将 HF_ENDPOINT 设为镜像。",
    ),
    (
        "{host} answered HTTP {status} for {path}. Try again later, or another source.",
        "{host} 对 {path} 返回 HTTP {status}。请稍后重试，或换用其他来源。",
    ),
    (
        "The package index {host} answered HTTP {status} for {name}.",
        "软件包索引 {host} 对 {name} 返回 HTTP {status}。",
    ),
    ("{host} answered HTTP {status} for {repo}.", "{host} 对 {repo} 返回 HTTP {status}。"),
    (
        "{host} gave no list of files: is it a ModelScope server?",
        "{host} 没有给出文件列表：它是 ModelScope 服务吗？",
    ),
    ("{host} gave no list of files ({error}).", "{host} 没有给出文件列表（{error}）。"),
    ("The package index {host} cannot be reached ({error}).", "无法访问软件包索引 {host}（{error}）。"),
    ("{host} cannot be reached ({error}).", "无法访问 {host}（{error}）。"),
    ("PIP_INDEX_URL names no http address.", "PIP_INDEX_URL 中没有 http 地址。"),
    (
        "{name} {version} is in no folder of PIP_FIND_LINKS, and PIP_NO_INDEX forbids the index.",
        "PIP_FIND_LINKS 的文件夹中没有 {name} {version}，而 PIP_NO_INDEX 禁止使用索引。",
    ),
    ("pip could not fetch {name} {version}: {said}", "pip 无法下载 {name} {version}：{said}"),
    (
        "pip brought no wheel {name} {version}. Check pip's index-url.",
        "pip 没有取得 {name} {version} 的 wheel，请检查 pip 的 index-url。",
    ),
    (
        (
            "The package index {host} has no wheel {name} {version}. A mirror may be behind: set "
            "PIP_INDEX_URL to another one."
        ),
        (
            "软件包索引 {host} 没有 {name} {version} 的 wheel。镜像可能尚未同步，请将 PIP_INDEX_URL 设为其他"
            "索引。"
        ),
    ),
    ("{host} is not a package index. Check PIP_INDEX_URL.", "{host} 不是软件包索引，请检查 PIP_INDEX_URL。"),
    (
        "it has no safetensors or GGUF file that fits ({patterns}); pickled weights are not opened.",
        "其中没有合适的 safetensors 或 GGUF 文件（{patterns}）；pickle 格式的权重不会被打开。",
    ),
    (
        "it lists a file with an unsafe name ({path}); nothing was downloaded.",
        "文件列表中有不安全的文件名（{path}），未下载任何内容。",
    ),
    (
        (
            "{host} would be asked without encryption (http). Name an https address (HF_ENDPOINT, "
            "MODELSCOPE_ENDPOINT, PIP_INDEX_URL)."
        ),
        (
            "将以未加密的 http 访问 {host}，请改用 https 地址（HF_ENDPOINT、MODELSCOPE_ENDPOINT、"
            "PIP_INDEX_URL）。"
        ),
    ),
    (
        (
            "{host} sent a {path} with the wrong checksum (sha256 {digest}…, promised {promised}…). It was "
            "deleted; try again, or another source with --source."
        ),
        (
            "{host} 发送的 {path} 校验和不符（sha256 {digest}…，应为 {promised}…），已删除。请重试，或用 "
            "--source 换用其他来源。"
        ),
    ),
    (
        (
            "{host} refused {path} (HTTP {status}). Accept the model's terms on its page and log in "
            "(HF_TOKEN), or use another source."
        ),
        "{host} 拒绝提供 {path}（HTTP {status}）。请在模型页面同意条款并登录（HF_TOKEN），或换用其他来源。",
    ),
    (
        "{host} has no {path} (HTTP 404). Try another source with --source.",
        "{host} 没有 {path}（HTTP 404），请用 --source 换用其他来源。",
    ),
    (
        (
            "{host} answered with a web page instead of {path}: a login or proxy page? Check the network, "
            "HTTPS_PROXY and HF_ENDPOINT, then try again."
        ),
        (
            "{host} 返回的是网页而不是 {path}：可能是登录页或代理页。请检查网络、HTTPS_PROXY 和 HF_ENDPOINT "
            "后重试。"
        ),
    ),
    (
        (
            "{host} stopped sending {path} ({trouble}). What has arrived is kept: the same command goes on "
            "from there."
        ),
        "{host} 停止发送 {path}（{trouble}）。已下载的部分会保留，再次执行同一命令即可继续。",
    ),
    (
        "{host} broke off {path} {tries} times. Try again later.",
        "{host} 发送 {path} 时中断了 {tries} 次，请稍后重试。",
    ),
    (
        (
            "{host} sent more than the {size} bytes it promised of {path}. Try again, or another source "
            "with --source."
        ),
        "{host} 发送的 {path} 超过所声明的 {size} 字节。请重试，或用 --source 换用其他来源。",
    ),
    (
        "{name} has the wrong checksum ({digest}…, expected {expected}…). {say}",
        "{name} 的校验和不符（{digest}…，应为 {expected}…）。{say}",
    ),
    ("{name} is not a whole wheel ({error}). {say}", "{name} 不是完整的 wheel（{error}）。{say}"),
    (
        "{name} holds {count} files named *{suffix}, not one. {say}",
        "{name} 中有 {count} 个 *{suffix} 文件，应只有一个。{say}",
    ),
    ("{name} holds more than the promised {size} bytes. {say}", "{name} 超过所声明的 {size} 字节。{say}"),
    (
        "Delete the wheels if they came from a folder, and pull again.",
        "若 wheel 来自文件夹，请先删除，再重新下载模型。",
    ),
)
