"""Why nothing (or less) is shown: one code and one sentence each, in English and Chinese.

Every silence has a row here; engines' errors bring a code of `engines.base` and their own message in English, which
`translations` may know in Chinese.
"""

from dataclasses import dataclass
from typing import Final

from abacus_lsp.translations import spoken


@dataclass(frozen=True, slots=True)
class Reason:
    """A code for programs, a sentence for people."""

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


REASONS: Final[dict[str, tuple[str, str]]] = {
    "ok": ("A completion is offered.", "已给出补全。"),
    "loading": ("The model is still loading.", "模型仍在加载。"),
    "no-model": ("No model is loaded.", "没有加载模型。"),
    "unloaded": (
        "The model was unloaded; the next request loads it again.",
        "模型已卸载，下次请求时重新加载。",
    ),
    "off": (
        "Completions are switched off (abacus.completion.enabled).",
        "补全已关闭（abacus.completion.enabled）。",
    ),
    "language-off": (
        "Completions are switched off for this language (abacus.completion.disabledLanguages).",
        "此语言的补全已关闭（abacus.completion.disabledLanguages）。",
    ),
    "excluded": (
        "Completions are switched off for this file (abacus.completion.exclude).",
        "此文件的补全已关闭（abacus.completion.exclude）。",
    ),
    "not-open": ("The document is not open in the editor.", "编辑器没有打开该文档。"),
    "file-too-large": (
        "The file is larger than abacus.context.maxFileKb allows.",
        "文件大于 abacus.context.maxFileKb 的限制。",
    ),
    "line-too-long": (
        "The line is longer than abacus.context.maxLineLength allows.",
        "该行超过 abacus.context.maxLineLength 的限制。",
    ),
    "binary": ("The file looks binary.", "文件似乎是二进制文件。"),
    "mid-word": ("The cursor is inside a word.", "光标位于单词中间。"),
    "line-not-closable": (
        "Code follows the cursor on this line, so nothing fits there.",
        "光标之后同一行还有代码，此处不宜补全。",
    ),
    "empty-answer": ("The model had nothing to add.", "模型没有可补充的内容。"),
    "line-complete": ("The line is complete as it stands.", "这一行已经完整。"),
    "blank-answer": ("The model wrote only blanks or comments.", "模型只写了空白或注释。"),
    "repeats-below": ("The answer repeats what follows the cursor.", "回答与光标之后的内容重复。"),
    "repeats-above": ("The answer is the line above once more.", "回答只是重复上一行。"),
    "prose": ("The answer is prose where code is due.", "此处应为代码，而回答是自然语言。"),
    "other-language": (
        "The comment is Chinese, and the answer does not go on with it.",
        "注释是中文，而回答没有接着写下去。",
    ),
    "breaks-syntax": (
        "The file would no longer parse with the answer in it.",
        "插入回答后文件将出现语法错误。",
    ),
    "rejected": ("The same text was turned down here before.", "相同的内容在此处刚被拒绝过。"),
    "low-confidence": (
        "The model was too unsure of its answer (abacus.completion.confidenceGate; asking by a key shows it).",
        "模型回答的置信度不足（abacus.completion.confidenceGate；按键请求可显示）。",
    ),
    "snoozed": ("Completions are snoozed (abacus.snooze).", "补全已暂停（abacus.snooze）。"),
    "superseded": ("A newer request took its place.", "已被更新的请求取代。"),
    "cancelled": ("The editor cancelled the request.", "编辑器取消了请求。"),
    "timed-out": (
        "The time allowed (abacus.completion.deadlineMs) ran out.",
        "超出允许的时间（abacus.completion.deadlineMs）。",
    ),
    "load-shorter": (
        "The servers are busy: shorter answers (abacus.endpoint.slowSeconds).",
        "推理服务繁忙：回答缩短（abacus.endpoint.slowSeconds）。",
    ),
    "load-line": (
        "The servers are very busy: one line at a time (abacus.endpoint.slowSeconds).",
        "推理服务非常繁忙：每次只给一行（abacus.endpoint.slowSeconds）。",
    ),
    "load-manual": (
        "The servers are overloaded: completions on request only (abacus.endpoint.slowSeconds).",
        "推理服务过载：仅在手动请求时补全（abacus.endpoint.slowSeconds）。",
    ),
    "private-file": (
        "This file is not sent to somebody else's server: git ignores it, or its name says that it holds secrets.",
        "该文件不会发送给第三方服务：它被 git 忽略，或文件名表明其中含有机密。",
    ),
    "in-secret": (
        "The cursor is in a secret; nothing was sent to the endpoint.",
        "光标位于机密内容中，未向推理服务发送任何内容。",
    ),
    "masked-answer": (
        "The answer repeats the mask that stands for a secret.",
        "回答只是重复了代替机密的掩码。",
    ),
    "memory-full": (
        "The server is at its memory ceiling (abacus.limits.memoryMb): no more of the workspace is indexed.",
        "服务器进程已达内存上限（abacus.limits.memoryMb），不再索引工作区的更多文件。",
    ),
    "engine-error": ("The engine cannot answer.", "引擎无法回答。"),
    "model-error": ("The model cannot be used.", "无法使用该模型。"),
    "engine-crashed": ("The process that runs the model ended.", "运行模型的进程已退出。"),
    "prompt-too-long": ("The prompt is longer than the model's context.", "提示词超出模型的上下文长度。"),
    "endpoint-error": (
        "The endpoint cannot answer (abacus.endpoint).",
        "推理服务无法回答（abacus.endpoint）。",
    ),
    "endpoint-down": (
        "There is no connection to the endpoint (abacus.endpoint.url).",
        "无法连接推理服务地址（abacus.endpoint.url）。",
    ),
    "endpoint-refused": (
        "The endpoint refused: key, address or model name (abacus.endpoint).",
        "推理服务拒绝了请求，请检查密钥、推理服务地址和模型名称（abacus.endpoint）。",
    ),
    "endpoint-busy": ("The endpoint is busy.", "推理服务繁忙。"),
    "endpoint-slow": ("The endpoint did not answer in time.", "推理服务未在限定时间内回答。"),
    "endpoint-garbage": (
        "The endpoint's answer is not the protocol (abacus.endpoint.kind).",
        "推理服务的回答不符合协议（abacus.endpoint.kind）。",
    ),
    "shutdown": ("The server is shutting down.", "服务器正在关闭。"),
    "inline-instead": (
        "This editor gets the text as inline completion (abacus.completion.popup offers both).",
        "该编辑器通过内联建议显示（abacus.completion.popup 可同时提供）。",
    ),
}


def reason(code: str, language: str = "en", detail: str = "") -> Reason:
    """The row of `code` in the language "en" or "zh"; `detail` (an engine's message, in English) replaces the English
    sentence and follows the Chinese one, in Chinese where it is known.

    Raises:
        KeyError: the code has no row and no detail.
    """
    if detail and (language != "zh" or code not in REASONS):
        return Reason(code, spoken(detail, language))
    english, chinese = REASONS[code]
    chinese = f"{chinese}{spoken(detail, language)}" if detail != english else chinese
    return Reason(code, chinese if language == "zh" else english)
