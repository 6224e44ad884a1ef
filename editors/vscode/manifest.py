"""Writes the settings of package.json and their texts from the server's schema. Run it after a change there.

    python editors/vscode/manifest.py

`contributes.configuration`, the settings that a workspace without trust may not set, and every text `settings.*` of
package.nls.json and package.nls.zh-cn.json are made here; all else in those files is written by hand.
"""

import json
from pathlib import Path
from typing import Any

from abacus_lsp.schema import rows, schema

HERE = Path(__file__).parent
LANGUAGES = {"package.nls.json": 0, "package.nls.zh-cn.json": 1}

# What runs programs, opens connections or files, or takes this machine's resources: no workspace may set it.
MACHINE_KEYS = ("model", "engine", "profile", "completion.statistics", "completion.backgroundOnBattery")
MACHINE_SECTIONS = ("server.", "local.", "endpoint.")

LIMITS = ("enum", "items", "minimum", "maximum", "exclusiveMinimum", "pattern")

TITLES = {
    "": ("Model and language", "模型与语言"),
    "completion": ("Completion", "补全"),
    "context": ("Context", "上下文"),
    "docstrings": ("Docstrings and summaries", "文档字符串与摘要"),
    "local": ("Running on this machine", "在本机运行"),
    "endpoint": ("Endpoint", "推理服务"),
    "limits": ("Memory", "内存"),
    "server": ("The server's program", "服务器程序"),
}

# The extension's own; the server never sees them.
OWN: dict[str, tuple[dict[str, Any], str, str]] = {
    "server.path": (
        {"type": "string", "default": ""},
        "The abacus-lsp program. Empty: looked for in the active virtual environment, on PATH, then installed.",
        "abacus-lsp 程序的路径；为空则依次在当前虚拟环境和 PATH 中查找，找不到时自动安装。",
    ),
    "server.arguments": (
        {"type": "array", "items": {"type": "string"}, "default": []},
        "More arguments for `abacus-lsp serve`, e.g. --no-daemon.",
        "传给 `abacus-lsp serve` 的其他参数，例如 --no-daemon。",
    ),
    "server.install": (
        {"type": "string", "enum": ["auto", "never"], "default": "auto"},
        "Install the server that comes with the extension when none is found.",
        "找不到服务器时，自动安装扩展自带的版本。",
    ),
    "server.python": (
        {"type": "string", "default": ""},
        "The Python (3.11 or newer) to install the server with. Empty: uv, else the first Python that will do.",
        "用于安装服务器的 Python（3.11 及以上）；为空则使用 uv，否则使用第一个可用的 Python。",
    ),
    "server.indexUrl": (
        {"type": "string", "default": "", "pattern": "^$|^https?://"},
        "Package index to install from. Empty: as pip or uv are configured.",
        "安装时使用的软件包索引（镜像）；为空则沿用 pip 或 uv 的配置。",
    ),
}


def configuration() -> list[dict[str, Any]]:
    """`contributes.configuration`: one group for each section, in the schema's order."""
    fields = _fields(schema())
    groups: dict[str, dict[str, Any]] = {}
    for row in rows():
        groups.setdefault(_section(row.key), {})[row.key] = _property(row.key, fields[row.key], row.default)
    groups["server"] = {key: _property(key, field, field["default"]) for key, (field, *_) in OWN.items()}
    return [
        {
            "id": f"abacus.{section or 'model'}",
            "title": f"%settings.{section or 'model'}%",
            "properties": {f"abacus.{key}": field for key, field in held.items()},
        }
        for section, held in groups.items()
    ]


def restricted() -> list[str]:
    """Settings that an untrusted workspace may not set: all of them. It cannot switch on what the user switched off."""
    return [key for group in configuration() for key in group["properties"]]


def texts(language: int) -> dict[str, str]:
    """Every `settings.*` text in English (0) or Chinese (1)."""
    out = {f"settings.{section or 'model'}": title[language] for section, title in TITLES.items()}
    for row in rows():
        out[f"settings.{row.key}.text"] = (row.english, row.chinese)[language]
    for key, (_, *held) in OWN.items():
        out[f"settings.{key}.text"] = held[language]
    return out


def package(held: dict[str, Any]) -> dict[str, Any]:
    """package.json with its settings as they should be."""
    held["contributes"]["configuration"] = configuration()
    held["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] = restricted()
    return held


def nls(held: dict[str, str], language: int) -> dict[str, str]:
    """A package.nls file with its settings' texts as they should be, behind what is written by hand."""
    own = {key: text for key, text in held.items() if not key.startswith("settings.")}
    return own | texts(language)


def wanted() -> dict[str, str]:
    """Each file's name and what it should hold."""
    out = {"package.json": _text(package(_read("package.json")))}
    return out | {name: _text(nls(_read(name), language)) for name, language in LANGUAGES.items()}


def main() -> None:
    """Write the files."""
    for name, text in wanted().items():
        (HERE / name).write_text(text, encoding="utf-8")


def _read(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _section(key: str) -> str:
    return key.partition(".")[0] if "." in key else ""


def _fields(held: dict[str, Any], name: str = "Settings", at: str = "") -> dict[str, dict[str, Any]]:
    """Dotted key and JSON schema of every setting, sections resolved."""
    out: dict[str, dict[str, Any]] = {}
    for key, field in held["$defs"][name]["properties"].items():
        inner = [field, *field.get("anyOf", ())]
        reference = next((each["$ref"] for each in inner if "$ref" in each), "")
        if reference:
            out |= _fields(held, reference.rpartition("/")[2], f"{at}{key}.")
        else:
            out[at + key] = _standing_alone(held, field)
    return out


def _standing_alone(held: dict[str, Any], field: dict[str, Any]) -> dict[str, Any]:
    """A list's field with the schema of its items in it: a manifest has no `$defs`."""
    reference = field.get("items", {}).get("$ref", "")
    if not reference:
        return field
    item = held["$defs"][reference.rpartition("/")[2]]
    properties = {
        key: {name: each[name] for name in ("type", *LIMITS, "default", "description") if name in each}
        for key, each in item["properties"].items()
    }
    names = ("type", "required", "additionalProperties")
    return field | {
        "items": {name: item[name] for name in names if name in item} | {"properties": properties}
    }


def _property(key: str, field: dict[str, Any], default: Any) -> dict[str, Any]:
    machine = key in MACHINE_KEYS or key.startswith(MACHINE_SECTIONS)
    limits = {name: field[name] for name in LIMITS if name in field}
    if limits.get("items") == {}:
        limits["items"] = {"type": "string"}
    kind = field.get("type") or "string"
    return {
        "type": kind,
        "default": default,
        **limits,
        "scope": "machine" if machine else "window",
        "markdownDescription": f"%settings.{key}.text%",
    }


if __name__ == "__main__":
    main()
