"""What is told to a client, in the shapes of `docs/protocol.md`: pure functions of our values.

Knows the parameters of our notifications and the one question there is; must not know when they are sent.
"""

from typing import Any, Final

from lsprotocol import types

from abacus_lsp.completion.reasons import reason
from abacus_lsp.completion.values import Completion
from abacus_lsp.configuration import Problem
from abacus_lsp.status import Offer, Status

_DOWNLOAD: Final = {
    "en": "abacus: no model was found on this machine. Download this one? {about}",
    "zh": "abacus 珠算：本机没有可用的模型。是否下载：{about}",
}
_NOT_TAKEN: Final = {
    "en": "{problem}",
    "zh": "abacus 珠算：以下设置未被采用，请检查（原有的值不变）：{problem}",
}
_DOING: Final = {
    "looking for a model on this machine": "正在查找本机的模型",
    "loading ": "正在加载 ",
    "asking ": "正在连接 ",
    "checking ": "正在校验 ",
    "unpacking ": "正在解压 ",
}
INDEXING: Final = {"en": "indexing", "zh": "正在索引"}
_ANSWERS: Final = {"en": ("Download", "Not now"), "zh": ("下载模型", "暂不")}


def status(held: Status, language: str) -> dict[str, Any]:
    """Of `$/abacus/status`."""
    params: dict[str, Any] = {"state": held.state, "language": language}
    if held.info is not None:
        params |= {"model": held.info.name, "device": held.info.device}
        params |= {"engine": held.info.engine, "trial": held.info.trial}
    if held.progress is not None:
        params["progress"] = held.progress
    if held.code:
        params["reason"] = _reason(held.code, language, held.message)
    elif held.message:
        params["message"] = doing(held.message, language)
    return params


def doing(message: str, language: str) -> str:
    """What a load is at; names in it stay as they are."""
    verb = next((verb for verb in _DOING if language == "zh" and message.startswith(verb)), "")
    return _DOING.get(verb, "") + message.removeprefix(verb)


def not_taken(problem: Problem, language: str) -> str:
    """What is wrong with a setting, and what is allowed."""
    return _NOT_TAKEN[language].format(problem=problem.told(language))


def trouble(code: str, detail: str, language: str) -> str:
    """An error for the client's log."""
    return str(reason(code, language, detail))


def answered(completion: Completion, seconds: float, language: str) -> dict[str, Any]:
    """Of `$/abacus/answered`, without the place: what an answer cost."""
    usage = completion.explain.usage
    return {
        "reason": _reason(completion.told, language, completion.detail),
        "source": completion.source,
        "tokens": {"reused": usage.reused, "prefilled": usage.prefilled, "generated": usage.generated},
        "ms": round((seconds - completion.held) * 1000, 2),
        "heldMs": round(completion.held * 1000, 2),
        "near": completion.explain.near,
    }


def question(offer: Offer, language: str) -> types.ShowMessageRequestParams:
    """Whether to download a model, yes first; the licence is part of it."""
    actions = [types.MessageActionItem(title) for title in _ANSWERS[language]]
    text = _DOWNLOAD[language].format(about=offer.about[language == "zh"])
    return types.ShowMessageRequestParams(types.MessageType.Info, text, actions)


def _reason(code: str, language: str, detail: str) -> dict[str, str]:
    told = reason(code, language, detail)
    return {"code": told.code, "message": told.message}
