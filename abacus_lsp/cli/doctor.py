"""`abacus-lsp doctor`: what is here, what is missing, and what to do about it."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Literal

from abacus_lsp.cli import speaking
from abacus_lsp.translations import spoken

Level = Literal["ok", "warning", "error"]

_EDITORS: Final = {
    "code": "VS Code",
    "codium": "VSCodium",
    "code-server": "code-server",
    "nvim": "Neovim",
    "hx": "Helix",
    "emacs": "Emacs",
    "zed": "Zed",
}
_LIBRARIES: Final = ("pygls", "lsprotocol", "tree-sitter", "numpy", "xllamacpp", "httpx2", "huggingface_hub")
_EXTRAS: Final = ("torch", "transformers")
_GB: Final = 1e9


@dataclass(frozen=True, slots=True)
class Line:
    """One finding; `todo` is what to do, empty when all is well."""

    level: Level
    what: str
    found: str
    todo: str = ""


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "doctor",
        help="check the installation, the model and the endpoint",
        description=(
            "Check everything between an editor and a completion: Python and libraries, memory, the model and its "
            "prompt format, a one-second self-test, the endpoint, editors and the workspace. Each line is ok, a "
            "warning or an error with what to do."
        ),
        epilog="Exit code 0: no errors; 1: at least one.",
    )
    parser.add_argument(
        "--json", action="store_true", help="print a JSON array of {level, what, found, todo}"
    )
    parser.add_argument("--no-model", action="store_true", help="do not load the model")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print every line as soon as it is known. 1 if one is an error."""
    lines: list[Line] = []
    language = speaking.language()
    for check in CHECKS:
        if args.no_model and check is model:
            continue
        for found in check():
            line = replace(found, found=spoken(found.found, language), todo=spoken(found.todo, language))
            lines.append(line)
            if not args.json:
                _print(line, language)
    if args.json:
        print(json.dumps([asdict(line) for line in lines], ensure_ascii=False))
    return 1 if any(line.level == "error" for line in lines) else 0


def _print(line: Line, language: str) -> None:
    level, what = (spoken(word, language) for word in (line.level, line.what))
    print(f"{speaking.padded(level, 8)}{speaking.padded(what, 11)}{line.found}", flush=True)
    if line.todo:
        print(f"{'':19}→ {line.todo}", flush=True)


def python() -> Iterator[Line]:
    """The interpreter and the libraries."""
    yield Line("ok", "python", f"{sys.version.split()[0]} ({sys.executable})")
    for name in _LIBRARIES:
        version = _version(name)
        if version is None:
            yield Line(
                "error", "library", f"{name} is not installed", "pip install --force-reinstall abacus-lsp"
            )
        else:
            yield Line("ok", "library", f"{name} {version}")
    extras = [f"{name} {version}" for name in _EXTRAS if (version := _version(name))]
    yield Line(
        "ok", "extra", ", ".join(extras) or "transformers engine not installed (abacus-lsp[transformers])"
    )


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def machine() -> Iterator[Line]:
    """Cores and memory."""
    import psutil

    memory = psutil.virtual_memory()
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    text = f"{cores} cores, {memory.available / _GB:.1f} of {memory.total / _GB:.1f} GB memory free"
    if memory.available < 1.5 * _GB:
        yield Line("warning", "machine", text, "close something: even the smallest model needs about 1 GB")
    else:
        yield Line("ok", "machine", text)


def settings() -> Iterator[Line]:
    """The user's settings file."""
    from abacus_lsp import configuration

    path = configuration.user_file()
    _, problems = configuration.from_user_file()
    for problem in problems:
        yield Line(
            "error",
            "settings",
            problem.told(speaking.language()),
            f"edit {path}; `abacus-lsp schema` lists what is allowed",
        )
    if not problems:
        yield Line("ok", "settings", str(path) if path.exists() else f"defaults (no {path})")


_PRIVACY: Final = {
    True: "counts as somebody else's server: secrets are masked, private files stay here (endpoint.whose)",
    False: "counts as your own server: it is sent the text as it is (endpoint.whose)",
}


def model() -> Iterator[Line]:
    """The model or endpoint: loads, has a prompt format, writes something within a second."""
    import time

    from abacus_lsp import configuration
    from abacus_lsp.cancel import CancelToken
    from abacus_lsp.cli import compose
    from abacus_lsp.completion.reasons import reason
    from abacus_lsp.engines.base import EngineError, Sampling
    from abacus_lsp.prompts.prompt import Part, Prompt

    held, _ = configuration.from_user_file()
    what = "endpoint" if held.endpoint.servers else "model"
    start = time.perf_counter()
    try:
        with compose.loaded(held) as loaded:
            info = loaded.engine.info
            seconds = time.perf_counter() - start
            trial = " (trial model, 试用)" if info.trial else ""
            yield Line(
                "ok", what, f"{info.name}{trial}: {info.engine} on {info.device}, loaded in {seconds:.1f} s"
            )
            yield Line("ok", "detail", info.detail)
            yield Line("ok", "format", f"{loaded.profile.name}: {loaded.how}")
            if held.endpoint.servers:
                yield Line("ok", "privacy", _PRIVACY[loaded.outside])
            prompt = Prompt((Part("def add(a, b):\n    return", "self-test"),), slot="self-test")
            start = time.perf_counter()
            pieces = list(loaded.engine.stream(prompt, Sampling(max_tokens=8), CancelToken()))
            seconds = time.perf_counter() - start
            text = "".join(piece.text for piece in pieces)
            found = f"{text.split(chr(10))[0]!r} in {seconds:.2f} s"
            if not text.strip():
                yield Line(
                    "error",
                    "self-test",
                    found,
                    "the model writes nothing: the file may be damaged; pull it again",
                )
            elif seconds > 2:
                yield Line(
                    "warning",
                    "self-test",
                    found,
                    "slow here: a smaller model or an endpoint would feel better",
                )
            else:
                yield Line("ok", "self-test", found)
    except EngineError as error:
        todo = (
            "abacus-lsp models list shows what can be had"
            if what == "model"
            else "docs/endpoints.md has examples"
        )
        yield Line("error", what, str(reason(error.code, speaking.language(), str(error))), todo)


def editors() -> Iterator[Line]:
    """Editors on this machine."""
    import shutil

    found = [name for command, name in _EDITORS.items() if shutil.which(command)]
    if found:
        yield Line("ok", "editors", ", ".join(found))
    else:
        yield Line(
            "warning", "editors", "none of the known ones is on PATH", "README says how to set up each"
        )


def workspace() -> Iterator[Line]:
    """The project around the current folder, as the index would see it."""
    from abacus_lsp.workspace import project_of
    from retrieval import Workspace

    root = project_of(Path.cwd() / "x")
    if root is None:
        yield Line("ok", "workspace", "not inside a project folder")
        return
    listing = Workspace((root,)).list_files()
    yield Line("ok", "workspace", f"{root}: {len(listing.keys)} files to index")
    for problem in listing.problems:
        yield Line("warning", "workspace", f"{problem.path}: {problem.text}", "these files give no context")


CHECKS: Final[tuple[Callable[[], Iterator[Line]], ...]] = (
    python,
    machine,
    settings,
    model,
    editors,
    workspace,
)
