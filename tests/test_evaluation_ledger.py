"""What an interrupted run leaves, the HTML page, BLEU, the quotient of means, positions of the LSP route."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from abacus_lsp.evaluation.bleu import bleu, tokens
from abacus_lsp.evaluation.html import Bar, Plot, page
from abacus_lsp.evaluation.ledger import ledger
from abacus_lsp.evaluation.lsp_route import inserted, position
from abacus_lsp.evaluation.metrics import ratio_of_means
from abacus_lsp.evaluation.report import CannotMeasure, Check, Suite
from abacus_lsp.evaluation.route import Spot

STAMP = {"suite": "s", "seed": 1}


def test_rows_survive_an_interruption(tmp_path: Path):
    file = tmp_path / "deep" / "run.jsonl"
    with ledger(file, STAMP) as kept:
        assert kept.get("a") is None
        kept.add("a", {"text": "甲\n"})
        kept.add("b", {"text": "b"})
    with file.open("a") as torn:
        torn.write('{"key": "c", "row": {"te')
    with ledger(file, STAMP) as kept:
        assert kept.get("a") == {"text": "甲\n"}
        assert kept.get("c") is None
        kept.add("c", {"text": "c"})
    with ledger(file, STAMP) as kept:
        assert kept.get("b") == {"text": "b"}
        assert kept.get("c") == {"text": "c"}


def test_another_run_starts_anew(tmp_path: Path):
    file = tmp_path / "run.jsonl"
    with ledger(file, STAMP) as kept:
        kept.add("a", {"text": "a"})
    with ledger(file, {**STAMP, "seed": 2}) as kept:
        assert kept.get("a") is None


def test_changed_code_starts_anew(tmp_path: Path):
    file = tmp_path / "run.jsonl"
    with ledger(file, STAMP) as kept:
        kept.add("a", {"text": "a"})
    first, *rest = file.read_text().splitlines()
    head = json.loads(first)
    head["stamp"]["code"] = "0" * 16
    file.write_text("\n".join([json.dumps(head), *rest]) + "\n")
    with ledger(file, STAMP) as kept:
        assert kept.get("a") is None


@pytest.mark.parametrize("content", ["print('mine')\n", "[1]\n", '{"key": 1}\n', "no line end"])
def test_a_foreign_file_is_not_overwritten(tmp_path: Path, content: str):
    file = tmp_path / "mine.py"
    file.write_text(content)
    with pytest.raises(CannotMeasure, match="--resume"), ledger(file, STAMP):
        pass
    assert file.read_text() == content


def test_without_a_file_rows_live_in_memory():
    with ledger(None, STAMP) as kept:
        assert kept.add("a", {"x": 1}) == {"x": 1}
        assert kept.get("a") == {"x": 1}


@pytest.mark.parametrize(
    ("answer", "truth", "score"),
    [
        ("a b c d", "a b c d", 1.0),
        ("", "", 1.0),
        ("", "a", 0.0),
        ("x", "a b", 0.0),
        # precisions 1, (1+1)/(1+1); brevity exp(1 - 4/2)
        ("a b", "a b c d", 0.36787944),
        # 3/4; bigrams (1+1)/(3+1); trigrams (0+1)/(2+1); 4-grams (0+1)/(1+1); geometric mean
        ("a b x d", "a b c d", (3 / 4 * 2 / 4 * 1 / 3 * 1 / 2) ** 0.25),
        ("f(x)", "f( x )", 1.0),
    ],
)
def test_bleu_by_hand(answer: str, truth: str, score: float):
    assert bleu(answer, truth) == pytest.approx(score)


def test_tokens_of_code():
    assert tokens("self.总价 += f(1)") == ["self", ".", "总价", "+", "=", "f", "(", "1", ")"]


@pytest.mark.parametrize(
    ("over", "under", "value"),
    [([1, 0, 0, 0], [1, 1, 0, 0], 0.5), ([0, 0], [0, 0], 1.0), ([1, 1], [0, 0], 2.0), ([], [], 1.0)],
)
def test_quotients(over: list[float], under: list[float], value: float):
    found = ratio_of_means(over, under, 0)
    assert found.value == value
    assert found.low <= value <= found.high


class Tags(HTMLParser):
    """Counts tags; every opened one must be closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not any("http" in (value or "") for _, value in attrs), "nothing is fetched"
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_page_is_one_whole_document():
    metrics = {
        "model": "<b>m</b>",
        "share": [0.5, 0.4, 0.6],
        "rows": {"甲": {"em": 1.5}},
        "counts": {"ok": 3},
    }
    suite = Suite("fim13", metrics, (Check("x", 1, at_least=2), Check("y", 1, at_most=2)))
    plot = Plot("Exact match", "%", (Bar("甲 & 乙", 40, 30, 55), Bar("none", 0)), 100)
    found = page(suite, [plot, Plot("nothing", "", ())])
    tags = Tags()
    tags.feed(found)
    assert tags.open == []
    assert tags.seen.count("svg") == 2
    assert tags.seen.count("rect") == 2
    assert tags.seen.count("line") == 1
    for text in ("&lt;b&gt;m&lt;/b&gt;", "甲 &amp; 乙", "FAILED", "40 %", "[0.5, 0.4, 0.6]"):
        assert text in found
    assert "<script" not in found


@pytest.mark.parametrize(
    ("before", "line", "character"),
    [("", 0, 0), ("ab", 0, 2), ("ab\n", 1, 0), ("a\r\n𠮷字", 1, 2), ("a\rb", 1, 1)],
)
def test_positions_are_code_points(before: str, line: int, character: int):
    assert position(Spot(Path("/a.py"), before + "rest", len(before))) == {
        "line": line,
        "character": character,
    }


def item(text: str, start: int, end: int) -> dict[str, object]:
    return {
        "insertText": text,
        "range": {"start": {"line": 0, "character": start}, "end": {"line": 0, "character": end}},
    }


@pytest.mark.parametrize(
    ("text", "offset", "found", "shown"),
    [
        ("x = fo", 6, {"insertText": "o()"}, "o()"),
        ("x = fo", 6, item("o()", 6, 6), "o()"),
        ("x = fo", 6, item("foo()", 4, 6), "o()"),
        ("f()", 2, item("a)", 2, 3), "a"),
        ("f()", 2, {"insertText": {"kind": "snippet", "value": "a"}}, "a"),
    ],
)
def test_what_an_item_adds(text: str, offset: int, found: dict[str, object], shown: str):
    assert inserted(Spot(Path("/a.py"), text, offset), found) == shown
