"""A model that cannot be loaded, or cannot answer."""

from typing import Final

ROWS: Final = (
    (
        (
            "{name} with a context of {least} tokens needs about {need} GB of memory and {free} GB are to be "
            "had: close something, set abacus.local.contextTokens lower, or choose a smaller model (`abacus-lsp "
            "models list`)."
        ),
        (
            "{name} 以 {least} token 的上下文运行约需 {need} GB 内存，可用 {free} GB：请关闭一些程序，调低 abacus"
            ".local.contextTokens，或选择更小的模型（`abacus-lsp models list`）。"
        ),
    ),
    (
        (
            "{name} needs {need} GB on {device} ({weights} weights, {cache} KV cache for {least} tokens, "
            "{scratch} working memory) and {free} GB are to be had: choose a smaller model or a GGUF "
            "(`abacus-lsp models list`), lower abacus.local.contextTokens, or close something."
        ),
        (
            "{name} 在 {device} 上需要 {need} GB（权重 {weights}，{least} token 的 KV cache {cache}，工作内存 {sc"
            "ratch}），可用 {free} GB：请选择更小的模型或 GGUF（`abacus-lsp models list`），调低 "
            "abacus.local.contextTokens，或关闭一些程序。"
        ),
    ),
    (
        (
            "llama.cpp cannot load {path}: {said}. If the file is whole (`abacus-lsp doctor`), its architecture "
            "may be newer than the installed xllamacpp: pip install -U xllamacpp."
        ),
        (
            "llama.cpp 无法加载 {path}：{said}。若文件完整（`abacus-lsp doctor`），可能是模型架构比已安装的 "
            "xllamacpp 新：pip install -U xllamacpp。"
        ),
    ),
    (
        (
            "transformers cannot load {path}: {said}. If the files are whole (`abacus-lsp doctor`), the "
            "architecture may be newer than the installed transformers; a GGUF file runs with llama.cpp."
        ),
        (
            "transformers 无法加载 {path}：{said}。若文件完整（`abacus-lsp doctor`），可能是模型架构比已安装的 "
            "transformers 新；GGUF 文件可用 llama.cpp 运行。"
        ),
    ),
    (
        "transformers cannot be used here ({error}): pip install 'abacus-lsp[transformers]'",
        "无法使用 transformers（{error}）：pip install 'abacus-lsp[transformers]'",
    ),
    (
        "this machine (or this build of torch) has no {device} device: set abacus.local.device to auto or cpu.",
        "本机（或所装的 torch）没有 {device} 设备，请将 abacus.local.device 设为 auto 或 cpu。",
    ),
    ("there is no {device}: the last is cuda:{last}.", "没有 {device}，最后一个是 cuda:{last}。"),
    (
        "{path} is no model folder ({error}): name a folder with config.json, or a GGUF file.",
        "{path} 不是模型文件夹（{error}）：请指定含 config.json 的文件夹，或 GGUF 文件。",
    ),
    (
        "{path} holds no *.safetensors: fetch the model again, or name its GGUF file.",
        "{path} 中没有 *.safetensors：请重新下载模型，或指定其 GGUF 文件。",
    ),
    (
        (
            "{path} holds only {name}: such files can run any code when they are read. Fetch the model's "
            "safetensors or GGUF version."
        ),
        "{path} 中只有 {name}：读取这类文件可能执行任意代码，请下载该模型的 safetensors 或 GGUF 版本。",
    ),
    (
        (
            "{name} brings Python code of its own, which is not run unless you allow it: prefer its GGUF "
            "version, or set abacus.local.trustRemoteCode together with abacus.local.revision."
        ),
        (
            "{name} 自带 Python 代码，未经允许不会运行：建议使用其 GGUF 版本，或同时设置 "
            "abacus.local.trustRemoteCode 和 abacus.local.revision。"
        ),
    ),
    (
        (
            "{name} brings Python code of its own. To run it, set abacus.local.revision to the 40 characters of "
            "the commit that was looked at: a branch name may mean other code tomorrow."
        ),
        (
            "{name} 自带 Python 代码。如需运行，请将 abacus.local.revision 设为已审阅提交的 40 "
            "位哈希：分支名日后可能指向其他代码。"
        ),
    ),
    (
        "{path} is commit {commit}, abacus.local.revision allows {revision}: fetch that one.",
        "{path} 的提交是 {commit}，而 abacus.local.revision 只允许 {revision}：请下载该版本。",
    ),
    ("the model's process ended (exit code {code}): {said}", "模型进程已退出（退出码 {code}）：{said}"),
    (
        (
            "the model's computation failed ({said}): if memory ran out, lower abacus.local.contextTokens or "
            "choose a smaller model"
        ),
        "模型计算失败（{said}）：若因内存不足，请调低 abacus.local.contextTokens，或选择更小的模型",
    ),
    (
        (
            "This model's vocabulary has no token {piece}: the prompt format does not fit the model. Leave the "
            'format to detection, or configure "plain".'
        ),
        "该模型的词表中没有 token {piece}：提示词格式与模型不符。请留空以自动推断，或设为 plain。",
    ),
    (
        (
            "{length} tokens of prompt and {answer} of answer do not fit the {most} that {name} holds: lower "
            "abacus.context.prefixTokens, suffixTokens or workspaceTokens, or give the model a longer context"
        ),
        (
            "提示词 {length} token 加回答 {answer} token 超出 {name} 的 {most} token：请调低 abacus.context.prefi"
            "xTokens、suffixTokens 或 workspaceTokens，或加大模型的上下文长度"
        ),
    ),
    (
        '{path} is not a script {{"answers": {{end of prompt: text}}}}: {error}',
        '{path} 不是脚本文件 {{"answers": {{提示词结尾: 文本}}}}：{error}',
    ),
    ("{name} was unloaded: load it again.", "{name} 已卸载，请重新加载。"),
)
