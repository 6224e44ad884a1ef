"""The index: updates equal a rebuild, searches stay within their bounds."""

import random

import numpy as np
import pytest

from retrieval import Place, Query, index_texts
from retrieval.builder import Builder, Library
from retrieval.chunks import split_lines
from retrieval.entries import entry_of, read_entry
from retrieval.index import Index

SHOP = {
    "shop/price.py": "def net_price(gross_price, tax_rate):\n    return gross_price / (1 + tax_rate)\n",
    "shop/order.py": "def total(order):\n    return sum(line.amount for line in order.lines)\n",
    "中文/价格.py": "# 计算净价，去掉税\ndef jing_jia(hanshui):\n    return hanshui / 1.13\n",
}


def paths(index: Index, word: str) -> list[str]:
    return [s.path for s in index.search(Query("", f"{word} \n", len(word) + 1), 1000).snippets]


def random_text(rng: random.Random) -> str:
    words = [f"name_{int(rng.expovariate(0.1))}" for _ in range(rng.randint(0, 400))]
    return "\n".join(" ".join(words[i : i + 5]) for i in range(0, len(words), 5))


def scores_by_place(library: Library, asked: dict[str, float]) -> dict[tuple[str, int], float]:
    index = Index(library)
    return {(w.entry.path, w.start): w.score for w in index.similar(asked, count=10_000)}


@pytest.mark.parametrize("seed", range(5))
def test_updates_equal_a_rebuild(seed: int) -> None:
    rng = random.Random(seed)
    builder, texts = Builder(), {}
    for _ in range(60):
        changes = {f"f{rng.randint(0, 25)}.py": random_text(rng) for _ in range(rng.randint(0, 4))}
        removed = [f"f{rng.randint(0, 25)}.py"] if rng.random() < 0.3 else []
        texts = {path: text for path, text in texts.items() if path not in removed} | changes
        builder.update([entry_of(p, t, (1, 1)) for p, t in changes.items()], removed)
        if rng.random() < 0.7:
            builder.tidy()
    updated = builder.snapshot()
    rebuilt = index_texts(texts).library
    assert updated.files.keys() == rebuilt.files.keys()
    assert updated.corpus.documents == rebuilt.corpus.documents
    asked = {f"name_{n}": 1.0 + n % 3 for n in range(3, 40)}
    before, after = scores_by_place(rebuilt, asked), scores_by_place(updated, asked)
    assert before.keys() == after.keys()
    assert all(before[place] == pytest.approx(after[place]) for place in before)


def test_a_snapshot_does_not_change() -> None:
    builder = Builder()
    builder.update(entry_of(path, text, (1, 1)) for path, text in SHOP.items())
    old = builder.snapshot()
    asked = {"net_price": 1.0, "税": 1.0, "去掉": 1.0}
    before = scores_by_place(old, asked)
    builder.update([entry_of("new.py", "net_price = 3\n", (1, 1))], ["shop/price.py"])
    builder.tidy()
    assert scores_by_place(old, asked) == before
    assert "shop/price.py" not in builder.snapshot().files


@pytest.mark.parametrize("budget", [0, 10, 60, 1024])
def test_the_budget_holds(budget: int) -> None:
    texts = {f"f{n}.py": "\n".join(f"net_price(gross, {n}, {k})" for k in range(60)) for n in range(9)}
    result = index_texts(texts).search(Query("app.py", "x = net_price(gross", 19), budget)
    assert result.tokens <= budget
    assert bool(result.snippets) == (budget >= 60)


def test_nothing_of_the_window_comes_back() -> None:
    text = "\n".join(f"def handler_{n}(request): return response_{n % 7}" for n in range(300))
    index = index_texts(
        {"a.py": text, "copy.py": text, "b.py": "def handler_x(request): return response_1\n"}
    )
    offset = text.index("def handler_150")
    query = Query("a.py", text, offset, window=(text.index("def handler_100"), text.index("def handler_200")))
    shown = set(text.split("\n")[100:200])
    result = index.search(query, 2000)
    assert result.snippets
    for snippet in result.snippets:
        assert not (snippet.path == "a.py" and snippet.start_line < 200 and snippet.end_line > 100)
        assert len(shown.intersection(snippet.text.split("\n"))) <= 12


def test_chinese_is_found() -> None:
    result = index_texts(SHOP).search(Query("app.py", "# 去掉税，得到净价\n", 11), 200)
    assert [snippet.path for snippet in result.snippets][-1:] == ["中文/价格.py"]


@pytest.mark.parametrize("text", ["", "\n", "\0", "\ud800", "x" * 100_000, '"""', "（" * 50, "\r\r\n\r"])
def test_any_text_is_a_query_and_a_file(text: str) -> None:
    index = index_texts({"odd.py": text, **SHOP})
    for offset in {0, len(text) // 2, len(text)}:
        index.search(Query("odd.py", text, offset), 300)


def test_equal_scores_have_one_order() -> None:
    texts = {f"{name}.py": f"shared_name = '{name}'\n" for name in "gcadbfe"}
    query = Query("app.py", "print(shared_name)\n", 19)
    forward = index_texts(texts).search(query, 500)
    builder = Builder()
    for path in reversed(texts):
        builder.update([entry_of(path, texts[path], (1, 1))])
    assert Index(builder.snapshot()).search(query, 500).snippets == forward.snippets
    assert np.all(np.diff([s.score for s in forward.snippets]) <= 0)


@pytest.mark.parametrize("count", [0, 1, 159, 160, 161, 500])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_lines_are_those_of_the_text(count: int, end: str) -> None:
    text = "\n".join(f"line {n}\r" if n % 7 == 0 else f"line {n}" for n in range(count)) + end
    entry = entry_of("a.py", text, (1, 1))
    expected = split_lines(text)
    assert entry.text() == text
    assert list(entry.lines()) == expected
    for place in (slice(0, 20), slice(150, 170), slice(490, 600), slice(3, 3), slice(None, None, 2)):
        assert entry.lines()[place] == expected[place]


def typing(index: Index, marked: list[str]) -> list[tuple[tuple[str, int], ...]]:
    found, previous = [], None
    for text in marked:
        previous = index.search(Query("app.py", text, len(text)), 300, previous=previous)
        found.append(tuple((s.path, s.start_line) for s in previous.snippets))
    return found


def test_the_same_scope_gives_the_same_snippets() -> None:
    rng = random.Random(1)
    index = index_texts({f"f{n}.py": random_text(rng) for n in range(30)})
    line = "name_3 name_8\nx = name_5 + na"
    steps = [line + rest for rest in ("", "m", "me", "me_", "me_1", "me_11")]
    assert len(set(typing(index, steps))) == 1
    first = index.search(Query("app.py", line, len(line)), 300)
    assert index.search(Query("app.py", line + "m", len(line) + 1), 300, previous=first) is first


def test_what_stays_keeps_its_order() -> None:
    rng = random.Random(2)
    index = index_texts({f"f{n}.py": random_text(rng) for n in range(30)})
    lines = [f"name_{rng.randint(0, 40)} name_{rng.randint(0, 40)}\n" for _ in range(12)]
    before, after = typing(index, ["".join(lines[:11]), "".join(lines)])
    kept = [place for place in before if place in after]
    assert kept
    assert list(after[: len(kept)]) == kept


def test_a_changed_source_is_material() -> None:
    builder = Builder()
    builder.update(entry_of(path, text, (1, 1)) for path, text in SHOP.items())
    text = "x = net_price(gross_price"
    query = Query("app.py", text, len(text))
    first = Index(builder.snapshot()).search(query, 300)
    builder.update([entry_of("shop/price.py", SHOP["shop/price.py"] + "# net_price, newer\n", (2, 2))])
    second = Index(builder.snapshot()).search(query, 300, previous=first)
    assert "newer" in second.snippets[0].text


def test_recent_places_are_a_source() -> None:
    texts = {**SHOP, "notes.py": "\n".join(f"unrelated_{n} = {n}" for n in range(60))}
    text = "x = net_price(gross_price"
    query = Query("app.py", text, len(text), recent=(Place("notes.py", 30), Place("gone.py", 3)))
    lately = [s for s in index_texts(texts).search(query, 500).snippets if s.why == "edited or viewed lately"]
    assert [(s.path, s.start_line) for s in lately] == [("notes.py", 25)]


def test_sentences_find_definitions() -> None:
    texts = {**SHOP, "data/stock.py": "def get_stock_list(market):\n    return fetch(market)\n"}
    index = index_texts(texts)
    assert [found.name for found in index.find("计算净价，去掉税")][:1] == ["jing_jia"]
    assert [found.name for found in index.find("获取股票列表")][:1] == ["get_stock_list"]
    assert [found.name for found in index.find("price without tax rate")][:1] == ["net_price"]
    assert index.find("") == []


def test_two_writers_share_no_words() -> None:
    """Over an index that goes on growing: neither knows the other's words, and both are right."""
    shared = Builder()
    shared.update([read_entry("a.py", "alphaword = 1\n", (1, 1))])
    base = shared.snapshot()
    over = Builder(base, over=True)
    shared.update([read_entry("b.py", "betasword = 2\n", (1, 1))])
    over.update([read_entry("a.py", "secretword = 3\n", (0, 0))])
    mine, theirs = Index(over.snapshot()), Index(shared.snapshot())
    assert paths(mine, "secretword") == ["a.py"]
    assert paths(theirs, "betasword") == ["b.py"]
    assert paths(mine, "betasword") == paths(mine, "alphaword") == paths(theirs, "secretword") == []
    assert "secretword" not in theirs.library.vocabulary
    again = Builder(mine.library, over=True)
    again.update([read_entry("c.py", "gammaword = secretword\n", (0, 0))])
    assert set(paths(Index(again.snapshot()), "secretword")) == {"a.py", "c.py"}


@pytest.mark.slow
def test_words_that_no_file_has_any_more_are_forgotten() -> None:
    """A file that is saved again and again while it is written: the words of yesterday do not stay for ever."""
    builder = Builder()
    builder.update(read_entry(path, text, (1, 1)) for path, text in SHOP.items())
    old = builder.snapshot()
    asked = {"net_price": 1.0, "gross_price": 2.0, "税": 1.0, "去掉": 1.0, "amount": 1.0}
    before = scores_by_place(old, asked)
    for round_ in range(20):
        words = "\n".join(f"word{round_}x{number} = {number}" for number in range(2_000))
        builder.update([read_entry("typed.py", words, (1, round_))])
        builder.tidy()
    now = builder.snapshot()
    assert len(now.vocabulary) < 20_000  # of 40,000 that were there once
    assert set(paths(Index(now), "word19x7")) == {"typed.py"}
    assert ("word19x7" in now.vocabulary, "word3x7" in now.vocabulary) == (True, False)
    builder.update([], ["typed.py"])
    builder.tidy()
    again = builder.snapshot()
    assert scores_by_place(again, asked) == before == scores_by_place(old, asked)
    assert [entry.path for entry, _ in again.definitions("net_price")] == ["shop/price.py"]


def test_in_a_prompt_what_was_there_stays_and_what_is_new_comes_after_it() -> None:
    texts = {f"{name}.py": f"thing{name} = 1\nother{name} = 2\nplace{name} = 3\n" for name in "abc"}
    index = index_texts(texts)
    text = "thinga\nthingb placeb\n"
    first = index.search(Query("app.py", text, len(text)), 300)
    assert [snippet.path for snippet in first.snippets] == ["a.py", "b.py"]  # the best last
    text = "thingb\nthinga placea othera\nthingc placec\n"
    second = index.search(Query("app.py", text, len(text)), 300, previous=first)
    assert [snippet.path for snippet in second.snippets] == ["a.py", "b.py", "c.py"]
