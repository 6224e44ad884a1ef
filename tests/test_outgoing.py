"""What reaches somebody else's server: the real pipeline, retrieval and transport, and a server that notes what it gets."""

import itertools
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import msgspec
import pytest
from loopback import Loopback, Request, loopback
from marks import cursor_in
from secret_corpus import Case, corpus

from abacus_lsp import languages
from abacus_lsp.cancel import CancelToken
from abacus_lsp.cli import compose
from abacus_lsp.completion import outgoing, pipeline
from abacus_lsp.completion.pipeline import Completion, Model
from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.engines.abilities import Remembering, Shared
from abacus_lsp.engines.base import EndpointRefused, Sampling
from abacus_lsp.engines.endpoint import connect
from abacus_lsp.prompts.prompt import Part, Prompt
from abacus_lsp.settings import CompletionSettings, EndpointSettings, ReplicaSettings, Settings
from abacus_lsp.workspace import Folders
from retrieval.secret_scan import MASK

pytestmark = pytest.mark.trust

EVERY = corpus()
SOME = EVERY[::7]


def answering(text: str) -> Any:
    def handle(request: Request) -> None:
        if request.path.endswith("/models"):
            request.answer({"data": [{"id": "m"}]})
            return
        request.begin()
        request.event({"choices": [{"text": text, "finish_reason": "stop"}]})
        request.send(b"data: [DONE]\n\n")

    return handle


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def received(server: Loopback) -> str:
    return "\n".join(each for request in server.seen for each in (request.path, *strings(request.body)))


def settings_for(server: Loopback, whose: str = "third-party") -> Settings:
    endpoint = EndpointSettings(url=server.url, kind="openai", profile="qwen", whose=whose)  # type: ignore[arg-type]
    return Settings(endpoint=endpoint, completion=CompletionSettings(debounce_ms=0))


@contextmanager
def model_behind(server: Loopback, settings: Settings) -> Iterator[Model]:
    model = compose.load(settings, lambda _what, _share: None, CancelToken(), {})
    try:
        yield model
    finally:
        model.engine.close()


def ask(model: Model, settings: Settings, path: PurePath, text: str, offset: int, **more: Any) -> Completion:
    snapshot = Snapshot(path.as_uri(), languages.by_path(path).id, text, 1, path)
    request = pipeline.Request(Cursor(snapshot, offset), settings, explicit=True, **more)
    return pipeline.complete(request, model, lambda *_: (), CancelToken(), time.perf_counter)


def places(case: Case) -> list[int]:
    """At the end of the file, and on the line below the secret."""
    after = case.text.index(case.secrets[-1]) + len(case.secrets[-1])
    line = case.text.find("\n", after)
    return [len(case.text), line + 1 if line >= 0 else len(case.text)]


def leaks_of_open_files(cases: tuple[Case, ...]) -> tuple[list[str], int]:
    leaks: list[str] = []
    asked = 0
    with loopback(answering("x\n")) as server, model_behind(server, settings_for(server)) as model:
        for case in cases:
            for offset in places(case):
                server.seen.clear()
                ask(model, settings_for(server), PurePath("/w", case.path), case.text, offset)
                asked += bool(server.seen)
                got = received(server)
                leaks += [f"{case.kind}: {part}" for part in case.secrets if part in got]
    return leaks, asked


def leaks_of_other_files(cases: tuple[Case, ...], root: Path) -> tuple[list[str], int, int]:
    """(leaks, answers asked for, how many of these the index offered a secret for)."""
    for case in cases:
        file = root / case.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(case.text)
    leaks: list[str] = []
    asked = offered = 0
    folders = Folders(lambda _problem: None)
    folders.open([root])
    assert folders.wait(60)
    with loopback(answering("x\n")) as server, model_behind(server, settings_for(server)) as model:
        for case in cases:
            seen: list[str] = []

            def retrieve(*args: Any, seen: list[str] = seen) -> Any:
                found = folders.retrieve(*args)
                seen += [snippet.text for snippet in found]
                return found

            text = case.text
            for part in case.secrets:
                text = text.replace(part, "")
            path = root / "new" / Path(case.path).name
            server.seen.clear()
            snapshot = Snapshot(path.as_uri(), languages.by_path(path).id, text, 1, path)
            request = pipeline.Request(Cursor(snapshot, len(text)), settings_for(server), explicit=True)
            pipeline.complete(request, model, retrieve, CancelToken(), time.perf_counter)
            asked += bool(server.seen)
            offered += any(part in each for other in cases for part in other.secrets for each in seen)
            got = received(server)
            leaks += [f"{case.kind}: {part}" for other in cases for part in other.secrets if part in got]
    folders.close()
    return leaks, asked, offered


@pytest.mark.slow
def test_no_secret_of_the_open_file_is_sent() -> None:
    leaks, asked = leaks_of_open_files(SOME)
    assert not leaks
    assert asked > len(SOME)


def test_no_secret_of_another_file_is_sent(tmp_path: Path) -> None:
    leaks, asked, offered = leaks_of_other_files(SOME, tmp_path)
    assert not leaks
    assert asked > len(SOME) / 2
    assert offered > len(SOME) / 4  # the index would have given them away


@pytest.mark.slow
def test_nothing_of_the_whole_corpus_is_sent(tmp_path: Path) -> None:
    leaks, asked = leaks_of_open_files(EVERY)
    more, again, offered = leaks_of_other_files(EVERY, tmp_path)
    assert [*leaks, *more] == []
    assert asked > len(EVERY) * 1.5
    assert again > len(EVERY) / 2
    print(f"{len(EVERY)} secrets, {asked + again} requests, {offered} offered by the index, 0 sent")
    assert offered > len(EVERY) / 4


def test_our_own_server_gets_the_text_as_it_is() -> None:
    case = EVERY[0]
    with loopback(answering("x\n")) as server:
        settings = settings_for(server, "auto")
        with model_behind(server, settings) as model:
            ask(model, settings, PurePath("/w", case.path), case.text, len(case.text))
        assert case.secrets[0] in received(server)


KEY = EVERY[0].secrets[0]


@pytest.mark.parametrize(
    ("text", "answer", "reason"),
    [
        (f"a = Client('{KEY}", "1\n", "in-secret"),
        (f"a = Client('{KEY}')\nb = ", f"{MASK}\n", "masked-answer"),
        (f"a = '{'x ' * 20_000}'; b = ", "1\n", "line-too-long"),
    ],
)
def test_each_silence_at_the_border_has_its_reason(text: str, answer: str, reason: str) -> None:
    with loopback(answering(answer)) as server:
        settings = settings_for(server)
        with model_behind(server, settings) as model:
            assert ask(model, settings, PurePath("/w/a.py"), text, len(text)).reason == reason


@pytest.mark.parametrize(
    "answer", [f"{MASK}'\n", f"b = '{MASK}'\n", f"c = 1\nb = '{MASK}'\n", MASK[:8], MASK.lower()]
)
def test_the_mask_is_never_offered(answer: str) -> None:
    text = f"a = Client('{KEY}')\nb = "
    with loopback(answering(answer)) as server:
        settings = settings_for(server)
        with model_behind(server, settings) as model:
            got = ask(model, settings, PurePath("/w/a.py"), text, len(text))
    assert MASK[:4] not in got.text.upper()
    assert (got.start, got.end) == (len(text), len(text))


def test_the_answer_stands_at_the_users_own_offset() -> None:
    cursor = cursor_in(f"a = Client('{KEY}')\nb = ‸\nc = Client('{KEY}')\n")
    text, offset = cursor.snapshot.text, cursor.offset
    with loopback(answering("1\n")) as server:
        settings = settings_for(server)
        with model_behind(server, settings) as model:
            got = ask(model, settings, PurePath("/w/a.py"), text, offset)
        assert (got.text, got.start, got.end) == ("1", offset, offset)
        assert received(server).count(MASK) >= 1


@pytest.mark.parametrize(
    ("text", "silent"),
    [
        (f"a = Client('{KEY[:9]}‸')\n", True),
        (f"a = Client('{KEY}‸')\n", True),
        (f"a = Client('{KEY[:12]}‸{KEY[12:]}')\n", True),
        ("db_password = 'hun‸", True),
        ('API_TOKEN: str = "‸', True),
        ("export MYSQL_PASS=Tig‸", True),
        ("密码：wo‸", True),
        ("url = 'postgres://shop:tig‸", True),
        ("def check(password‸", False),
        ("password = read‸", False),
        ("tokens = [‸", False),
        ("x = 'http://localhost:80‸", False),
    ],
)
def test_where_a_secret_is_being_typed_nothing_is_sent(text: str, silent: bool) -> None:
    assert (outgoing.shown(cursor_in(text)) is None) == silent


def test_a_typed_line_changes_only_the_end_of_the_masked_text() -> None:
    head = f"a = Client('{KEY}')\n"
    texts = []
    for typed in ("x", "x =", "x = a", "x = a.get"):
        shown = outgoing.shown(Cursor(Snapshot("file:///a.py", "python", head + typed), len(head + typed)))
        assert shown is not None
        texts.append(shown.snapshot.text)
    assert all(later.startswith(before) for before, later in itertools.pairwise(texts))


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".env.local",
        "config/.npmrc",
        "id_rsa",
        "deploy.pem",
        "prod.tfvars",
        "shop_dump.sql",
        ".bash_history",
    ],
)
def test_a_private_file_is_not_sent_even_when_it_is_open(name: str) -> None:
    with loopback(answering("x\n")) as server:
        settings = settings_for(server)
        with model_behind(server, settings) as model:
            server.seen.clear()
            got = ask(model, settings, PurePath("/w", name), "HARMLESS = 1\nb = ", 17)
        assert (got.text, got.reason, server.seen) == ("", "private-file", [])


def test_patterns_of_the_users_own_are_private_too(tmp_path: Path) -> None:
    folders = Folders(lambda _problem: None)
    folders.never_send = ("internal/",)
    assert folders.secluded(tmp_path / "internal" / "a.py")
    assert not folders.secluded(tmp_path / "external" / "a.py")


def test_an_ignored_file_is_private_inside_and_outside_of_the_folders(tmp_path: Path) -> None:
    subprocess.run(("git", "init", "-q", str(tmp_path)), check=True)
    (tmp_path / ".gitignore").write_text("local.py\n")
    folders = Folders(lambda _problem: None)
    for opened in ([], [tmp_path]):
        folders.open(opened)
        assert folders.secluded(tmp_path / "local.py")
        assert not folders.secluded(tmp_path / "other.py")
    folders.close()


def test_the_gate_masks_whatever_it_is_asked_with() -> None:
    with loopback(answering("x\n")) as server:
        settings = settings_for(server)
        with model_behind(server, settings) as model:
            half = len(KEY) // 2
            prompt = Prompt((Part(f"a = '{KEY[:half]}", "prefix"), Part(f"{KEY[half:]}'", "suffix")))
            list(model.engine.stream(prompt, Sampling(4), CancelToken()))
            model.engine.count(KEY)
        got = received(server)
        assert MASK in got
        assert KEY not in got.replace(MASK, "")
        assert KEY[half:] not in got


def test_http_beyond_this_machine_must_be_allowed() -> None:
    far = EndpointSettings(url="http://192.0.2.7:8000", kind="mistral")
    with pytest.raises(EndpointRefused, match="allowHttp"):
        connect(far, {})
    connect(msgspec.structs.replace(far, allow_http=True), {}).close()
    connect(msgspec.structs.replace(far, url="https://192.0.2.7"), {}).close()


@pytest.mark.parametrize(
    ("url", "whose", "outside"),
    [
        ("http://127.0.0.1:1", "auto", False),
        ("http://127.0.0.1:1", "third-party", True),
        ("https://api.example.com", "auto", True),
        ("https://api.example.com", "mine", False),
    ],
)
def test_whose_server_it_is(url: str, whose: Any, outside: bool) -> None:
    assert compose.third_party(EndpointSettings(url=url, whose=whose)) == outside


@pytest.mark.parametrize(
    ("urls", "whose", "outside"),
    [
        (["http://127.0.0.1:1", "http://127.0.0.1:2"], "auto", False),
        (["http://127.0.0.1:1", "https://api.example.com"], "auto", True),
        (["http://127.0.0.1:1", "https://api.example.com"], "mine", False),
        ([], "third-party", False),
    ],
)
def test_one_of_somebody_elses_makes_the_pool_somebody_elses(
    urls: list[str], whose: Any, outside: bool
) -> None:
    replicas = tuple(ReplicaSettings(url) for url in urls)
    assert compose.third_party(EndpointSettings(replicas=replicas, whose=whose)) == outside


def test_every_server_of_a_pool_beyond_this_machine_must_be_https_or_allowed() -> None:
    pair = EndpointSettings(
        url="https://192.0.2.7", replicas=(ReplicaSettings("http://192.0.2.8"),), kind="mistral"
    )
    with pytest.raises(EndpointRefused, match=r"http://192\.0\.2\.8 .*allowHttp"):
        connect(pair, {})
    connect(msgspec.structs.replace(pair, allow_http=True), {}).close()


def test_the_guard_lets_through_what_a_pool_can_do() -> None:
    with (
        loopback(answering("b")) as one,
        loopback(answering("b")) as two,
    ):
        settings = settings_for(one)
        endpoint = msgspec.structs.replace(settings.endpoint, replicas=(ReplicaSettings(two.url),))
        with model_behind(one, msgspec.structs.replace(settings, endpoint=endpoint)) as model:
            assert model.outside
            secret = Prompt((Part(f"key = '{KEY}'\n", "prefix"),), slot="code:a.py")
            for number in range(8):
                prompt = replace(secret, slot=f"code:{number}.py")
                for _ in ("first reading", "as at the next key"):
                    list(model.engine.stream(prompt, Sampling(max_tokens=4), CancelToken()))
            assert isinstance(model.engine, Shared)
            assert model.engine.waiting() > 0
            assert isinstance(model.engine, Remembering)
            assert model.engine.unread(secret) is None  # these servers do not tell what they hold
        told = received(one) + received(two)
        assert MASK in received(one)
        assert MASK in received(two)
        assert KEY not in told
