"""The ceiling over the process's memory, hit for real: caches go, indexes are put away and come back, indexing stops."""

import asyncio
import contextlib
import functools
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from lsp_client import Client

from abacus_lsp.ceiling import Ceiling, resident
from abacus_lsp.completion.reasons import REASONS
from abacus_lsp.fitting import Counter
from abacus_lsp.indexes import Indexes, View
from abacus_lsp.languages import by_id
from abacus_lsp.parsing import Trees
from retrieval import Query
from retrieval.memory import forget

NOTHING, PLENTY = 1 << 20, 1 << 50  # bytes: this process has more than the one, and never the other


def workspace(folder: Path, name: str, files: int = 4, lines: int = 0) -> Path:
    folder.mkdir()
    for number in range(files):
        text = f"def {name}_total_{number}(items):\n    return sum_of_{name}(items, {number})\n"
        text += "".join(f"{name}_{number}_{line} = {line}\n" for line in range(lines))
        (folder / f"{name}_{number}.py").write_text(text, encoding="utf-8")
    return folder


def found(view: View, name: str) -> bool:
    asked = f"total = {name}_total_1(items)\nsum_of_{name}("
    result = view.index.search(Query("query.py", asked, len(asked)), 2000)
    return any(f"sum_of_{name}(items" in snippet.text for snippet in result.snippets)


async def until(what: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not what():  # noqa: ASYNC110  (other threads give no event)
            await asyncio.sleep(0.01)


class Guest:
    """A client that counts what is asked of it."""

    def __init__(self) -> None:
        self.forgot = self.told = 0

    async def forget(self) -> None:
        self.forgot += 1

    def tell(self) -> None:
        self.told += 1


@contextlib.asynccontextmanager
async def kept(ceiling: Ceiling, indexes: Indexes) -> AsyncIterator[Guest]:
    guest = Guest()
    ceiling.join(guest, guest.forget, guest.tell)
    keeping = asyncio.create_task(ceiling.keep(indexes))
    try:
        yield guest
        assert not keeping.done()
    finally:
        keeping.cancel()


async def play_without_room_nothing_is_indexed_and_with_room_it_is(tmp_path: Path) -> None:
    assert resident() > NOTHING
    ceiling = Ceiling()
    indexes = Indexes(print, tmp_path / "cache", ceiling=ceiling)
    async with kept(ceiling, indexes) as guest:
        ceiling.limit(guest, NOTHING)
        shares: list[float] = []
        view = indexes.open([workspace(tmp_path / "a", "basket")], shares.append)
        await until(lambda: guest.told)
        assert guest.forgot
        assert not found(view, "basket")
        await until(lambda: shares and shares[-1] == 1)  # nobody waits for what will not come
        await until(lambda: indexes.told()[0][1] == 0)
        ceiling.limit(guest, PLENTY)
        await until(lambda: found(view, "basket"))
        assert guest.told == 1
        view.stop()


def test_without_room_nothing_is_indexed_and_with_room_it_is(tmp_path: Path) -> None:
    asyncio.run(play_without_room_nothing_is_indexed_and_with_room_it_is(tmp_path))


async def play_an_index_beyond_the_ceiling_is_put_away_and_comes_back_from_disk(tmp_path: Path) -> None:
    ceiling = Ceiling()
    indexes = Indexes(print, tmp_path / "cache", ceiling=ceiling)
    async with kept(ceiling, indexes) as guest:
        ceiling.limit(guest, PLENTY)
        view = indexes.open([workspace(tmp_path / "a", "basket")], lambda _: None)
        view.change("basket_0.py", "def typed_and_not_saved(): pass\n")
        await until(lambda: found(view, "basket"))
        ceiling.limit(guest, NOTHING)
        await until(lambda: view.shared.away and not found(view, "basket"))
        await until(lambda: guest.told)  # it is asked for, and there is no room
        ceiling.limit(guest, PLENTY)
        await until(lambda: found(view, "basket"))
        assert view.wait(20)
        assert "basket_0.py" in view.index.library.files
        assert "typed_and_not_saved" in view.index.library.files["basket_0.py"].text()
        view.stop()


@pytest.mark.slow
def test_an_index_beyond_the_ceiling_is_put_away_and_comes_back_from_disk(tmp_path: Path) -> None:
    asyncio.run(play_an_index_beyond_the_ceiling_is_put_away_and_comes_back_from_disk(tmp_path))


async def play_the_index_that_was_asked_longest_ago_goes_first(tmp_path: Path) -> None:
    indexes = Indexes(print, tmp_path / "cache")
    views = {name: indexes.open([workspace(tmp_path / name, name)], lambda _: None) for name in "abc"}
    for name, view in views.items():
        assert view.wait(20)
        assert found(view, name)
    assert found(views["a"], "a")
    assert not await indexes.put_away(used=False)  # all were asked a moment ago
    for name in "bca":
        assert await indexes.put_away(used=True)
        assert views[name].shared.away
    assert not await indexes.put_away(used=True)
    assert indexes.wake(0) > 0
    assert not found(views["b"], "b")
    assert indexes.wake(PLENTY) == 0
    await until(lambda: all(found(view, name) for name, view in views.items()))
    for view in views.values():
        view.stop()


def test_the_index_that_was_asked_longest_ago_goes_first(tmp_path: Path) -> None:
    asyncio.run(play_the_index_that_was_asked_longest_ago_goes_first(tmp_path))


def test_the_lowest_limit_counts_while_its_client_is_here() -> None:
    ceiling, one, two = Ceiling(), Guest(), Guest()
    assert ceiling.room()
    for guest, limit in ((one, PLENTY), (two, NOTHING)):
        ceiling.join(guest, guest.forget, guest.tell)
        ceiling.limit(guest, limit)
    assert (ceiling.bytes, ceiling.room()) == (NOTHING, False)
    ceiling.leave(two)
    assert (ceiling.bytes, ceiling.room()) == (PLENTY, True)


def test_what_the_index_remembers_of_queries_is_forgotten(tmp_path: Path) -> None:
    view = Indexes(print).open([workspace(tmp_path / "a", "basket")], lambda _: None)
    assert view.wait(20)
    assert found(view, "basket")
    view.stop()
    held = [
        value
        for name, module in list(sys.modules.items())
        if name.startswith("retrieval.")
        for value in vars(module).values()
        if isinstance(value, type(functools.cache(forget)))
    ]
    assert any(one.cache_info().currsize for one in held)
    forget()
    assert not any(one.cache_info().currsize for one in held)


def test_trees_of_other_documents_go() -> None:
    trees = Trees()
    python = by_id("python")
    for name in ("a", "b"):
        assert trees.parse(name, python, "x = 1\n") is not None
    trees.forget()
    assert [key for key, _ in trees._last] == ["b"]


def test_counts_that_nobody_asks_for_go() -> None:
    asked: list[str] = []
    count = Counter(lambda text: asked.append(text) or 1, lately=10)
    for number in range(100):
        count("the text around")
        count(f"half-typed {number}")
    assert asked.count("the text around") == 1
    assert len(count._known) <= 10
    count.forget()
    count("the text around")
    assert asked.count("the text around") == 2


@pytest.mark.slow
@pytest.mark.parametrize(("language", "place"), [("en", 0), ("zh", 1)])
def test_a_server_without_room_says_so_once_and_answers(tmp_path: Path, language: str, place: int) -> None:
    folder = workspace(tmp_path / "a", "basket", files=300, lines=200)
    script = tmp_path / "answers.json"
    script.write_text('{"answers": {"": "value\\n"}}', encoding="utf-8")
    options = {
        "engine": "scripted",
        "model": str(script),
        "language": language,
        "limits": {"memoryMb": 64},
        "completion": {"debounceMs": 0},
    }
    with Client(env={"ABACUS_HOME": str(tmp_path / "home")}) as client:
        client.initialize(options=options, folder=folder)
        client.wait_for(
            lambda message: (
                message["method"] == "window/logMessage"
                and message["params"]["message"] == f"memory-full: {REASONS['memory-full'][place]}"
            )
        )
        uri = (folder / "basket_0.py").as_uri()
        client.open(uri, "total = \n", "python")
        assert [item["insertText"] for item in client.inline(uri, 0, 8)] == ["value"]
        said = [one for one in client.notifications if "memory-full" in str(one)]
        assert len(said) == 1
