"""Models: which there are, what is wrong with a file, what hinders a download."""

from typing import Final

ROWS: Final = (
    # choosing one
    ("No model is named. See `abacus-lsp models list`.", "没有指定模型，参见 `abacus-lsp models list`。"),
    (
        "There is no model {name} in the catalogue: see `abacus-lsp models list`.",
        "模型目录中没有 {name}，参见 `abacus-lsp models list`。",
    ),
    (
        "There is no model {name} in the catalogue. {say} See `abacus-lsp models list`.",
        "模型目录中没有 {name}。{say}参见 `abacus-lsp models list`。",
    ),
    ("Did you mean {near}?", "是否指 {near}？"),
    (
        "A file of your own comes in with `abacus-lsp models import FILE`.",
        "自己的文件可用 `abacus-lsp models import FILE` 导入。",
    ),
    (
        (
            "There is no model or file named {name}. Did you mean {near}? See `abacus-lsp models list`, or give "
            "a path."
        ),
        "没有名为 {name} 的模型或文件，是否指 {near}？参见 `abacus-lsp models list`，或给出路径。",
    ),
    (
        "There is no model or file named {name}. See `abacus-lsp models list`, or give a path.",
        "没有名为 {name} 的模型或文件，参见 `abacus-lsp models list`，或给出路径。",
    ),
    (
        "The model {name} is not on this machine. Get it with: {command}",
        "本机没有模型 {name}，下载模型：{command}",
    ),
    (
        "No usable model was found on this machine. Get the trial model: {command}",
        "本机没有可用的模型，下载试用模型：{command}",
    ),
    (
        "There is no model {name} to remove. See `abacus-lsp models list --installed`.",
        "没有可删除的模型 {name}，参见 `abacus-lsp models list --installed`。",
    ),
    (
        "{name} is not a model's name. See `abacus-lsp models list`.",
        "{name} 不是模型名称，参见 `abacus-lsp models list`。",
    ),
    ("{name} is no name for a model. Give one with --name.", "{name} 不能用作模型名称，请用 --name 指定。"),
    (
        "there is no {path}: check abacus.model, or `abacus-lsp models list`.",
        "没有 {path}：请检查 abacus.model，或参见 `abacus-lsp models list`。",
    ),
    ("There is no prompt format {name}. Known: {names}.", "没有提示词格式 {name}，可用：{names}。"),
    # files
    (
        "{path} is not a GGUF file: llama.cpp cannot run it. Set abacus.engine to auto.",
        "{path} 不是 GGUF 文件，llama.cpp 无法运行，请将 abacus.engine 设为 auto。",
    ),
    (
        "{path} is not a .gguf file. Name a GGUF file, or the folder that holds config.json and *.safetensors.",
        "{path} 不是 .gguf 文件，请指定 GGUF 文件，或含 config.json 和 *.safetensors 的文件夹。",
    ),
    (
        "{path} has no *.safetensors. Pickled weights (*.bin, *.pt) are not opened: convert them first.",
        "{path} 中没有 *.safetensors。pickle 格式的权重（*.bin、*.pt）不会被打开，请先转换。",
    ),
    (
        "{path} holds several GGUF files ({names}). Name one of them.",
        "{path} 中有多个 GGUF 文件（{names}），请指定其中之一。",
    ),
    (
        "{path} holds no model: neither a .gguf file nor config.json with *.safetensors.",
        "{path} 中没有模型：既没有 .gguf 文件，也没有 config.json 和 *.safetensors。",
    ),
    (
        "{path} does not exist. Give a .gguf file, a model folder or a folder of wheels.",
        "{path} 不存在，请给出 .gguf 文件、模型文件夹或 wheel 文件夹。",
    ),
    ("{path} cannot be read ({error}). Check its permissions.", "无法读取 {path}（{error}），请检查权限。"),
    (
        "{path} cannot be read ({error}). Fetch the model again.",
        "无法读取 {path}（{error}），请重新下载模型。",
    ),
    ("{path} cannot be read ({error}).", "无法读取 {path}（{error}）。"),
    (
        "{path} is not a model's description. Fetch the model again.",
        "{path} 不是模型描述文件，请重新下载模型。",
    ),
    (
        "config.json does not tell layers, heads and width: is it a text model's folder?",
        "config.json 没有给出层数、注意力头数和宽度：这是文本模型的文件夹吗？",
    ),
    ("run `{command}` again", "请重新执行 `{command}`"),
    ("fetch the file again", "请重新获取文件"),
    ("fetch the model again", "请重新下载模型"),
    (
        "{name} is no GGUF file: it has {size} bytes; {say}.",
        "{name} 不是 GGUF 文件：只有 {size} 字节；{say}。",
    ),
    (
        "{name} is no GGUF file but {what} (it starts with {magic}); {say}.",
        "{name} 不是 GGUF 文件，而是 {what}（开头为 {magic}）；{say}。",
    ),
    (
        (
            "{name} has GGUF version {version}; versions 2 and 3 (little-endian) are known. Get a newer "
            "conversion of the model."
        ),
        "{name} 的 GGUF 版本为 {version}，仅支持小端序的版本 2 和 3，请换用较新的转换。",
    ),
    (
        "{name} is truncated: expected at least {expected} bytes, has {size}; {say}.",
        "{name} 不完整：至少应有 {expected} 字节，实际 {size}；{say}。",
    ),
    (
        "{name} is truncated: expected {expected} bytes, has {size}; {say}.",
        "{name} 不完整：应有 {expected} 字节，实际 {size}；{say}。",
    ),
    (
        "{name} is truncated or no safetensors file; {say}.",
        "{name} 不完整，或不是 safetensors 文件；{say}。",
    ),
    ("{name} is damaged: {what}; {say}.", "{name} 已损坏（{what}）；{say}。"),
    (
        "{name} is not a readable safetensors file ({error}); {say}.",
        "{name} 不是可读取的 safetensors 文件（{error}）；{say}。",
    ),
    (
        "{path} has no config.json or no *.safetensors; {say}.",
        "{path} 中缺少 config.json 或 *.safetensors；{say}。",
    ),
    (
        "{name} has {size} bytes, more than the {most} that such a file may have; {say}.",
        "{name} 有 {size} 字节，超过此类文件的上限 {most}；{say}。",
    ),
    ("{name} cannot be read ({error}); {say}.", "无法读取 {name}（{error}）；{say}。"),
    ("The model lacks {names}; {say}.", "模型缺少 {names}；{say}。"),
    (
        "{path} is not the file that was installed: its checksum is another. Run `{command}`.",
        "{path} 不是当初安装的文件：校验和不同。请执行 `{command}`。",
    ),
    (
        (
            "{path} is not the file that was used before: its checksum is another. If you replaced it yourself, "
            "run `{command}`; otherwise find out who did."
        ),
        "{path} 不是之前使用的文件：校验和不同。若是你自己替换的，请执行 `{command}`；否则请查明是谁替换的。",
    ),
    (
        (
            "{path}: {error}. Check that the folder can be written and that no editor has the model open, or set "
            "ABACUS_HOME to another folder."
        ),
        "{path}：{error}。请确认文件夹可写且没有编辑器正在使用该模型，或将 ABACUS_HOME 设为其他文件夹。",
    ),
    (
        "{path} could not be deleted ({error}). Close the editors that use it and try again.",
        "无法删除 {path}（{error}），请关闭正在使用它的编辑器后重试。",
    ),
    # downloads
    (
        "Another abacus-lsp is fetching {name} right now. Wait for it, or stop it and try again.",
        "另一个 abacus-lsp 正在下载 {name}，请等它完成，或停止它后重试。",
    ),
    (
        "Stopped. What has arrived is kept: the same command goes on from there.",
        "已停止。已下载的部分会保留，再次执行同一命令即可继续。",
    ),
    (
        (
            "Not enough disk space in {folder}: {need} GB are needed (and {spare} GB kept free), {free} GB are "
            "there. Free some space, or set ABACUS_HOME to a folder on a larger disk."
        ),
        (
            "{folder} 磁盘空间不足：需要 {need} GB（另留 {spare} GB），现有 {free} GB。请清理空间，或将 "
            "ABACUS_HOME 设到更大的磁盘。"
        ),
    ),
    (
        (
            "The disk is full ({path}). Free some space, or set ABACUS_HOME to a folder on a larger disk; what "
            "has arrived is kept."
        ),
        "磁盘已满（{path}）。请清理空间，或将 ABACUS_HOME 设到更大的磁盘；已下载的部分会保留。",
    ),
    (
        "{name} does not come from {source}; its sources are: {names}.",
        "{name} 不能从 {source} 获取，可用来源：{names}。",
    ),
    (
        (
            "{name} could not be fetched. No source delivered it:{say}\nCheck the network, or see "
            "docs/offline.md for mirrors and machines without one."
        ),
        "无法下载 {name}，所有来源均未成功：{say}\n请检查网络；镜像和离线安装参见 docs/offline.md。",
    ),
    (
        "{folder} holds the wheels of {names}. Choose one with --name.",
        "{folder} 中有 {names} 的 wheel，请用 --name 选择其一。",
    ),
    (
        "{folder} lacks wheels of every model that comes as wheels. See docs/offline.md for the list to fetch.",
        "{folder} 中没有任何模型所需的全部 wheel，清单见 docs/offline.md。",
    ),
)
