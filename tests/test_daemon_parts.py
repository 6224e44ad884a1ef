"""The daemon's parts without its process: where it is met, who is let in, whose models and whose texts."""

import asyncio
import json
import os
import socket
import stat
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion.pipeline import Model
from abacus_lsp.configuration import from_json
from abacus_lsp.daemon import environment, peer
from abacus_lsp.daemon.greeting import Refused, greeting, read_greeting, read_reply, reply
from abacus_lsp.daemon.models import Models, anchored
from abacus_lsp.daemon.rendezvous import LONGEST_SOCKET, Unsafe, folder_of, prepare, rendezvous
from abacus_lsp.engines.scripted import ScriptedEngine
from abacus_lsp.indexes import Indexes
from abacus_lsp.parsing import Trees
from abacus_lsp.prompts.profiles import PROFILES
from abacus_lsp.settings import Settings
from abacus_lsp.status import Report, Status
from abacus_lsp.window import Counter
from retrieval import Query

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no daemon")


def settings(**held: Any) -> Settings:
    made, problems = from_json(held)
    assert not problems
    return made


# --- the environment


def test_what_decides_makes_another_daemon_and_nothing_else_does(tmp_path: Path) -> None:
    base = {"ABACUS_HOME": str(tmp_path), "PATH": "/bin", "EDITOR": "vi", "SECRET_KEY": "s", "LANG": "de"}
    same = [
        base | {name: "other"} for name in ("PATH", "EDITOR", "SECRET_KEY", "LANG", "ABACUS_CONFIG", "PWD")
    ]
    others = [base | {name: "x"} for name in ("HF_HOME", "HTTPS_PROXY", "no_proxy", "CUDA_VISIBLE_DEVICES")]
    others += [base | {name: "x"} for name in ("ABACUS_X", "OMP_NUM_THREADS", "LD_LIBRARY_PATH", "HOME")]
    here = rendezvous(base)
    assert [rendezvous(each) for each in same] == [here] * len(same)
    assert len({rendezvous(each).socket.name for each in [base, *others]}) == 1 + len(others)


def test_a_daemon_is_given_no_secret_of_its_first_editor() -> None:
    held = {
        "HOME": "/h",
        "OPENAI_API_KEY": "k",
        "MY_TOKEN": "t",
        "GIT_DIR": "x",
        "PATH": "/bin",
        "HF_HOME": "/f",
    }
    given = environment.given(held)
    assert given == {
        "HOME": "/h", "PATH": "/bin", "HF_HOME": "/f", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ({}, ""),
        ({"LANG": "zh_CN"}, "zh_CN"),
        ({"LANG": "de", "LC_ALL": "zh"}, "zh"),
        ({"LC_ALL": "", "LANG": "en"}, "en"),
    ],
)
def test_the_language_of_an_environment(held: dict[str, str], expected: str) -> None:
    assert environment.locale(held) == expected


# --- the place


@pytest.mark.parametrize("length", [1, 60, 200])
def test_a_socket_path_is_never_too_long(length: int) -> None:
    for held in ({"ABACUS_HOME": "/" + "长" * length}, {"TMPDIR": "/" + "d" * length}):
        path = folder_of(held) / f"{'0' * 16}.sock"
        assert len(os.fsencode(path)) <= LONGEST_SOCKET
        assert folder_of(held) == folder_of(dict(held))


def test_the_folder_is_private_and_nobody_elses(tmp_path: Path) -> None:
    folder = tmp_path / "sockets"
    prepare(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o777)
    prepare(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(Unsafe, match="not a folder"):
        prepare(link)
    if os.getuid() == 0:
        os.chown(folder, 12345, 12345)
        with pytest.raises(Unsafe, match="another user"):
            prepare(folder)


# --- the peer


def test_the_kernel_says_who_is_there() -> None:
    left, right = socket.socketpair(socket.AF_UNIX)
    with left, right:
        assert peer.user_of(left) == os.getuid()


@pytest.mark.parametrize(
    ("held", "user"),
    [
        (struct.pack("=IIhxx16I", 0, 501, 1, *range(16)), 501),
        (struct.pack("=IIhxx16I", 1, 501, 1, *range(16)), None),
        (b"", None),
    ],
)
def test_what_macos_says_of_a_peer(held: bytes, user: int | None) -> None:
    assert peer.xucred_user(held) == user


# --- the greeting


def test_a_greeting_arrives_and_shows_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "sk-secret")
    said = greeting("serve", 3)
    assert read_greeting(said.as_bytes()) == said
    assert said.environment["MY_API_KEY"] == "sk-secret"
    assert "sk-secret" not in repr(said)


def test_another_version_is_refused_and_told_so() -> None:
    said = json.loads(greeting("serve").as_bytes()) | {"version": "9.9"}
    with pytest.raises(Refused, match=r"9\.9"):
        read_greeting(json.dumps(said).encode())
    with pytest.raises(Refused, match="because"):
        read_reply(reply(refused="because"))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"x": 1}', b"\xff"])
def test_what_is_no_greeting_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        read_greeting(body)
    with pytest.raises(Refused):
        read_reply(body)


# --- the models


class Loads:
    """Loads scripted models and remembers with which key."""

    def __init__(self) -> None:
        self.keys: list[dict[str, str]] = []

    def load(
        self, _settings: Settings, _report: Report, _cancel: CancelToken, held: Mapping[str, str]
    ) -> Model:
        self.keys.append(dict(held))
        engine = ScriptedEngine("1")
        return Model(engine, PROFILES["plain"], "test", Counter(engine.count), Trees())


async def ready(models: Models, environment: Mapping[str, str], client: object, held: Settings) -> Any:
    news: asyncio.Queue[Status] = asyncio.Queue()
    host = models.of(environment, Path("/")).attach(client, held, news.put_nowait)
    while (await asyncio.wait_for(news.get(), 20)).state != "ready":
        pass
    return host


def test_clients_with_one_key_share_and_with_another_do_not() -> None:
    async def main() -> None:
        loads = Loads()
        models = Models(loads.load, lambda *_: None)
        held = settings(endpoint={"url": "https://x.example", "keyEnv": "KEY"})
        environments = [{"KEY": "a"}, {"KEY": "a", "OTHER": "x"}, {"KEY": "b"}, {}]
        hosts = [await ready(models, each, object(), held) for each in environments]
        assert hosts[0] is hosts[1]
        assert len({id(host) for host in hosts}) == 3
        assert loads.keys == [{"KEY": "a"}, {"KEY": "b"}, {"KEY": ""}]
        assert [told["clients"] for told in models.told()] == [2, 1, 1]

    asyncio.run(main())


def test_the_last_model_stays_warm_until_another_is_wanted() -> None:
    async def main() -> None:
        loads = Loads()
        models = Models(loads.load, lambda *_: None)
        hosts = models.of({}, Path("/"))
        first, second = settings(model="one"), settings(model="two")
        a = await ready(models, {}, "a", first)
        b = await ready(models, {}, "b", second)
        hosts.detach("b", b)  # somebody is there still: it goes
        assert [told["clients"] for told in models.told()] == [1]
        hosts.detach("a", a)
        assert [told["clients"] for told in models.told()] == [0]
        assert a.model is not None
        assert await ready(models, {}, "c", first) is a
        hosts.detach("c", a)
        assert len(loads.keys) == 2
        b = await ready(models, {}, "d", second)
        assert [told["clients"] for told in models.told()] == [1]
        assert a.model is None
        hosts.detach("d", b)

    asyncio.run(main())


def test_relative_paths_are_seen_from_the_clients_folder(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "x.gguf").write_bytes(b"")
    held = anchored(settings(model="m/x.gguf", endpoint={"caFile": "ca.pem"}), tmp_path)
    assert (held.model, held.endpoint.ca_file) == (str(tmp_path / "m/x.gguf"), str(tmp_path / "ca.pem"))
    for model in ("gemma3-270m", "auto", "/abs/x.gguf", "m/absent.gguf"):
        assert anchored(settings(model=model), tmp_path).model == model


# --- the indexes


def texts(view: Any, asked: str) -> str:
    query = Query("query.py", asked, len(asked))
    return "\n".join(snippet.text for snippet in view.index.search(query, 2000).snippets)


def test_what_one_client_has_not_saved_is_not_in_anothers_index(tmp_path: Path) -> None:
    root, cache = tmp_path / "src", tmp_path / "cache"
    root.mkdir()
    saved = "def shopping_basket_total(items):\n    return sum_of_prices(items)\n"
    (root / "shop.py").write_text(saved, encoding="utf-8")
    (root / "other.py").write_text("def unrelated():\n    return 1\n", encoding="utf-8")
    indexes = Indexes(print, cache)
    shares: list[float] = []
    a, b = (indexes.open([root], shares.append) for _ in range(2))
    assert a.shared is b.shared
    asked = "total = shopping_basket_total(items)\nsum_of_prices("
    assert a.wait(20)
    assert "sum_of_prices(items)" in texts(a, asked)
    a.change("shop.py", saved.replace("sum_of_prices(items)", "secret_discount(sum_of_prices(items))"))
    b.change("shop.py", saved)
    a.change("new.py", "def sum_of_prices(items, only_in_a):\n    return 1\n")
    assert a.wait(20)
    assert b.wait(20)
    assert "secret_discount" in texts(a, asked)
    assert "only_in_a" in texts(a, asked)
    assert "secret_discount" not in texts(b, asked)
    assert "only_in_a" not in texts(b, asked)
    a.close("new.py")
    assert a.wait(20)
    assert "only_in_a" not in texts(a, asked)
    # Saved: everybody's.
    (root / "shop.py").write_text(
        saved.replace("sum_of_prices(items)", "sum_of_prices(saved_items)"), "utf-8"
    )
    b.close("shop.py")
    a.shared.indexer.disk_changed(["shop.py"])
    assert b.wait(20)
    assert "saved_items" in texts(b, asked)
    assert a.wait(20)
    assert "secret_discount" in texts(a, asked)
    a.stop()
    assert indexes.told() == [((root,), 2, 1)]
    b.stop()
    assert indexes.told() == []
    assert shares[-1] == 1
    assert not [
        file for file in cache.rglob("*") if file.is_file() and b"secret_discount" in file.read_bytes()
    ]
