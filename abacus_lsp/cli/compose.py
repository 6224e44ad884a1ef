"""The composition root: the one place that names concrete classes. From settings to a loaded `Model`.

Everything heavy is imported inside the function that needs it, so that starting the server costs nothing.
"""

import contextlib
import os
import time
from collections.abc import Generator
from pathlib import Path, PurePath

from abacus_lsp import workspace
from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion import pipeline
from abacus_lsp.completion.pipeline import Completion, Model, Request
from abacus_lsp.document import Cursor
from abacus_lsp.engines.base import Engine, ModelError
from abacus_lsp.models import errors, store
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.detect import Detection, detect, self_test
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.session import Report
from abacus_lsp.settings import Settings
from abacus_lsp.window import Counter

_INDEX_WAIT_S = 20.0


def load(settings: Settings, report: Report, cancel: CancelToken) -> Model:
    """Find what the settings name, load it, derive its prompt format and check that against the tokenizer.

    Raises:
        EngineError: with what to do.
        Cancelled: it is no longer wanted.
    """
    engine = open_engine(settings, report)
    try:
        cancel.check()
        detection = _detection(engine, settings)
        return Model(engine, detection.profile, detection.how, Counter(engine.count), Trees())
    except BaseException:
        engine.close()
        raise


def open_engine(settings: Settings, report: Report) -> Engine:
    """The engine for these settings: an endpoint, a GGUF file in llama.cpp, or a folder in transformers."""
    if settings.endpoint.url or settings.engine == "http":
        from abacus_lsp.engines.endpoint import connect

        report(f"asking {settings.endpoint.url}", None)
        return connect(settings.endpoint, os.environ)
    if settings.engine == "scripted":
        from abacus_lsp.engines.scripted import from_file

        return from_file(Path(settings.model))
    found = find_model(settings)
    report(f"loading {found.name}", None)
    if found.kind == "gguf" and settings.engine != "transformers":
        from abacus_lsp.engines.llama_cpp import LlamaCppEngine

        return LlamaCppEngine(
            found.path, settings.local, found.name, trial=found.row is not None and found.row.trial
        )
    if settings.engine == "llama.cpp":
        raise ModelError(
            f"{found.path} is not a GGUF file: llama.cpp cannot run it. Set abacus.engine to auto."
        )
    from abacus_lsp.engines.transformers import load as load_transformers

    return load_transformers(found.path, settings.local)


def find_model(settings: Settings) -> store.LocalModel:
    """The model on this machine that the settings name.

    Raises:
        ModelError: there is none; the message says how to get one.
    """
    try:
        if settings.model != "auto":
            return store.resolve(settings.model)
        return _best()
    except errors.ModelError as error:
        raise ModelError(str(error)) from error


def _best() -> store.LocalModel:
    from abacus_lsp.models import catalogue

    return store.resolve(catalogue.DEFAULT)


def _detection(engine: Engine, settings: Settings) -> Detection:
    wanted = settings.profile or settings.endpoint.profile
    vocabulary = engine.vocabulary
    if wanted:
        if wanted not in PROFILES:
            raise ModelError(f"There is no prompt format {wanted!r}. Known: {', '.join(PROFILES)}.")
        found = Detection(PROFILES[wanted], "as configured")
    elif vocabulary is None:
        raise ModelError(
            "The server does not tell its tokenizer, so the prompt format cannot be derived. "
            f"Set abacus.endpoint.profile to one of: {', '.join(PROFILES)}."
        )
    else:
        found = detect(vocabulary, engine.info.name)
    if vocabulary is not None and (wrong := self_test(vocabulary, found.profile)):
        raise ModelError(" ".join(wrong))
    return found


@contextlib.contextmanager
def loaded(settings: Settings) -> Generator[Model]:
    """The model for the time of one command."""
    model = load(settings, lambda _what, _share: None, CancelToken())
    try:
        yield model
    finally:
        model.engine.close()


def complete_once(cursor: Cursor, settings: Settings, model: Model, file: Path) -> Completion:
    """What an editor would get, with the project around `file` as its workspace."""
    root = workspace.project_of(file.resolve())
    folders = workspace.Folders(lambda _problem: None)
    roots: list[PurePath] = [root] if root is not None and settings.context.workspace else []
    folders.open(roots)
    try:
        folders.wait(_INDEX_WAIT_S)
        request = Request(cursor, settings, explicit=True, root=root)
        return pipeline.complete(request, model, folders.retrieve, CancelToken(), time.perf_counter)
    finally:
        folders.close()
