"""The composition root: the one place that names concrete classes. From settings to a loaded `Model`.

Everything heavy is imported inside the function that needs it, so that starting the server costs nothing.
"""

import contextlib
import logging
import os
import time
from collections.abc import Generator, Mapping
from pathlib import Path, PurePath

from abacus_lsp import narrowing, workspace
from abacus_lsp.cancel import CancelToken
from abacus_lsp.ceiling import resident
from abacus_lsp.completion import pipeline
from abacus_lsp.completion.pipeline import Completion, Model, Request
from abacus_lsp.document import Cursor
from abacus_lsp.engines.base import Engine, ModelError, NoModel
from abacus_lsp.models import errors, store
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.detect import Detection, detect, self_test
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.settings import EndpointSettings, Settings
from abacus_lsp.status import Report
from abacus_lsp.window import Counter

log = logging.getLogger(__name__)

_INDEX_WAIT_S = 20.0
_PROFILE_OF_KIND = {
    "mistral": "codestral",
    "deepseek": "deepseek",
}  # one family each, and no tokenizer to ask


def load(
    settings: Settings, report: Report, cancel: CancelToken, environment: Mapping[str, str] = os.environ
) -> Model:
    """Find what the settings name, load it, derive its prompt format and check that against the tokenizer.

    `environment` is where an endpoint's key is looked up: that of the client, which may not be this process.

    Raises:
        EngineError: with what to do.
        Cancelled: it is no longer wanted.
    """
    before = resident()
    engine = open_engine(settings, report, environment)
    # A model in this process is not the server's memory: what it takes was decided when it was chosen.
    own = max(resident() - before, 0) if engine.info.engine == "transformers" else 0
    outside = third_party(settings.endpoint)
    if outside:
        from abacus_lsp.engines.guarded import Guarded

        engine = Guarded(engine)
    try:
        cancel.check()
        detection = _detection(engine, settings)
        counter = Counter(engine.count)
        return Model(
            engine, detection.profile, detection.how, counter, Trees(), outside=outside, resident=own
        )
    except BaseException:
        engine.close()
        raise


def open_engine(settings: Settings, report: Report, environment: Mapping[str, str] = os.environ) -> Engine:
    """The engine for these settings: an endpoint, a GGUF file in llama.cpp, or a folder in transformers."""
    if settings.endpoint.servers or settings.engine == "http":
        return _connected(settings.endpoint, report, environment)
    if settings.engine == "scripted":
        from abacus_lsp.engines.scripted import from_file

        return from_file(Path(settings.model))
    if settings.model != "auto":
        return _local(_resolved(settings.model), settings, report)
    report("looking for a model on this machine", None)
    best = _recommended()
    if isinstance(best, store.LocalModel):
        return _local(best, settings, report)
    return _connected(best, report, environment)


def fetch(name: str, report: Report, cancel: CancelToken) -> None:
    """Download a model of the catalogue.

    Raises:
        ModelError: with what to do; what has arrived is kept for the next try.
    """
    from abacus_lsp.models import catalogue
    from abacus_lsp.models.download import pull
    from abacus_lsp.models.progress import Job, Progress

    def told(progress: Progress) -> None:
        share = progress.done_bytes / progress.total_bytes if progress.total_bytes else None
        report(progress.label, share)

    row = catalogue.find(name)
    if row is None:
        raise ModelError(f"There is no model {name!r} in the catalogue: see `abacus-lsp models list`.")
    try:
        pull(row, Job(told, lambda: cancel.reason is not None))
    except errors.ModelError as error:
        raise ModelError(str(error)) from error


def third_party(endpoint: EndpointSettings) -> bool:
    """Whether a server is named that counts as somebody else's: as the settings say, else all but those on this machine.

    One such server among several is enough: any of them may be asked about any document.
    """
    from abacus_lsp.engines.address import is_loopback

    if endpoint.whose == "auto":
        return any(not is_loopback(server.url) for server in endpoint.servers)
    return endpoint.whose == "third-party" and bool(endpoint.servers)


def _about(name: str) -> tuple[str, str]:
    """A catalogue model as an offer, in English and Chinese: title, size, licence and its restrictions."""
    from abacus_lsp.models import catalogue

    row = catalogue.find(name)
    if row is None:
        return name, name
    size, about, licence = f"{row.size / 1e6:,.0f} MB", row.approximate, row.licence
    english = f"{row.title}, {'about ' if about else ''}{size}, {licence.name}. {licence.note}".strip()
    return english, f"{row.title}，{'约 ' if about else ''}{size}，{licence.name}。{licence.note_zh}"


def _connected(endpoint: EndpointSettings, report: Report, environment: Mapping[str, str]) -> Engine:
    from abacus_lsp.engines.endpoint import connect

    report(f"asking {', '.join(each.url for each in endpoint.servers)}", None)
    return connect(endpoint, environment)


def _local(found: store.LocalModel, settings: Settings, report: Report) -> Engine:
    from abacus_lsp.models import fingerprints
    from abacus_lsp.models.progress import Job
    from abacus_lsp.models.verify import check_model

    report(f"loading {found.name}", None)
    try:
        check_model(found)
        fingerprints.check(found, Job(lambda progress: report(progress.label, None)))
    except errors.ModelError as error:
        raise ModelError(str(error)) from error
    if found.kind == "gguf" and settings.engine != "transformers":
        from abacus_lsp.engines.llama_cpp import LlamaCppEngine

        trial = found.row is not None and found.row.trial
        return LlamaCppEngine(found.path, settings.local, found.name, trial=trial)
    if settings.engine == "llama.cpp":
        raise ModelError(
            f"{found.path} is not a GGUF file: llama.cpp cannot run it. Set abacus.engine to auto."
        )
    from abacus_lsp.engines.transformers import load as load_transformers

    return load_transformers(found.path, settings.local)


def _resolved(name: str) -> store.LocalModel:
    try:
        return store.resolve(name)
    except errors.ModelError as error:
        raise ModelError(str(error)) from error


def _recommended() -> store.LocalModel | EndpointSettings:
    """The best that is on this machine and fits: a model file, or a server that runs on loopback already.

    Raises:
        NoModel: nothing; it offers the best fitting download.
    """
    from abacus_lsp.models import catalogue, hardware
    from abacus_lsp.models.discover import discover
    from abacus_lsp.models.recommend import Served, recommend

    choice = recommend(discover(), hardware.look())
    if choice.offer is not None:
        log.info("%s", choice.offer_reason)
    if choice.use is None:
        # The trial model first: it is small, comes from the package index and runs everywhere.
        default = catalogue.DEFAULT
        raise NoModel(choice.use_reason, default, _about(default))
    log.info("%s", choice.use_reason)
    if isinstance(choice.use, Served):
        return EndpointSettings(url=choice.use.server.url, model=choice.use.model.name)
    return choice.use.local


def _detection(engine: Engine, settings: Settings) -> Detection:
    wanted = settings.profile or settings.endpoint.profile or _PROFILE_OF_KIND.get(settings.endpoint.kind, "")
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
    folders = workspace.Folders(lambda _problem: None, workspace.index_cache())
    if root is not None:
        settings, problems = narrowing.from_folder(root, settings)
        for problem in problems:
            log.warning("%s", problem)
    folders.never_send = settings.context.never_send
    roots: list[PurePath] = [root] if root is not None and settings.context.workspace else []
    folders.open(roots)
    # The text at hand may differ from the file on disk, whose rest would give the answer away.
    folders.changed(cursor.snapshot.path, cursor.snapshot.text)
    try:
        folders.wait(_INDEX_WAIT_S)
        request = Request(cursor, settings, explicit=True, root=root, secluded=folders.secluded)
        return pipeline.complete(request, model, folders.retrieve, CancelToken(), time.perf_counter)
    finally:
        folders.close()
