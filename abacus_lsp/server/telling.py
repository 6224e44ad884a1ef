"""What is told to a client, in the shapes of `docs/protocol.md`: pure functions of our values.

Knows the parameters of our notifications and the one question there is; must not know when they are sent.
"""

from typing import Any, Final

from lsprotocol import types

from abacus_lsp.completion.reasons import reason
from abacus_lsp.completion.values import Completion
from abacus_lsp.status import Offer, Status

_DOWNLOAD: Final = {
    "en": "abacus: no model was found on this machine. Download this one? {about}",
    "zh": "abacus 珠算：本机没有可用的模型。是否下载：{about}",
}
_ANSWERS: Final = {"en": ("Download", "Not now"), "zh": ("下载模型", "暂不")}


def status(held: Status, language: str) -> dict[str, Any]:
    """Of `$/abacus/status`."""
    params: dict[str, Any] = {"state": held.state}
    if held.info is not None:
        params |= {"model": held.info.name, "device": held.info.device}
        params |= {"engine": held.info.engine, "trial": held.info.trial}
    if held.progress is not None:
        params["progress"] = held.progress
    if held.code:
        params["reason"] = _reason(held.code, language, held.message)
    elif held.message:
        params["message"] = held.message
    return params


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
    text = _DOWNLOAD[language].format(about=offer.about)
    return types.ShowMessageRequestParams(types.MessageType.Info, text, actions)


def _reason(code: str, language: str, detail: str) -> dict[str, str]:
    told = reason(code, language, detail)
    return {"code": told.code, "message": told.message}
