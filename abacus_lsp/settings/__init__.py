"""The one documented schema: the same keys in `initializationOptions`, `workspace/configuration` (section
`abacus`) and the user's TOML file.

Knows keys, types, defaults, limits. Must not know where values come from (`configuration`). Every field carries its
description in English and Chinese; the JSON schema of the VS Code extension is generated from here.
"""

from typing import Annotated, Literal

from msgspec import Struct

from abacus_lsp.settings.asking import CompletionSettings, ContextSettings, DocstringsSettings
from abacus_lsp.settings.field import described
from abacus_lsp.settings.running import EndpointSettings, LimitsSettings, LocalSettings, ReplicaSettings

__all__ = [
    "CompletionSettings",
    "ContextSettings",
    "DocstringsSettings",
    "EndpointSettings",
    "LimitsSettings",
    "LocalSettings",
    "ReplicaSettings",
    "Settings",
]


class Settings(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """All settings; every value has a default that works."""

    model: Annotated[
        str,
        described(
            'A catalogue name (`abacus-lsp models list`), a GGUF file, a model folder, or "auto": the best that is here.',
            "模型目录中的名称、GGUF 文件、模型文件夹，或 auto（本机可用的最佳模型）。",
        ),
    ] = "auto"
    engine: Annotated[
        Literal["auto", "llama.cpp", "transformers", "http", "scripted"],
        described(
            "What runs the model; scripted: answers from the JSON file that `model` names, to try an editor.",
            "运行模型的引擎；scripted 按 model 指定的 JSON 文件作答，用于试用编辑器。",
        ),
    ] = "auto"
    profile: Annotated[
        str,
        described("Prompt format; empty: derived from the tokenizer.", "提示词格式；为空则由分词器推断。"),
    ] = ""
    language: Annotated[Literal["auto", "en", "zh"], described("Language of messages.", "消息的语言。")] = (
        "auto"
    )
    completion: CompletionSettings = CompletionSettings()
    context: ContextSettings = ContextSettings()
    docstrings: DocstringsSettings = DocstringsSettings()
    local: LocalSettings = LocalSettings()
    endpoint: EndpointSettings = EndpointSettings()
    limits: LimitsSettings = LimitsSettings()

    @property
    def model_part(self) -> tuple[object, ...]:
        """What decides which model is loaded, and how: only a change here loads it again."""
        return (self.model, self.engine, self.profile, self.local, self.endpoint)
