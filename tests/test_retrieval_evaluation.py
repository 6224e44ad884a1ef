"""The measures measure: tiny data with known answers."""

import gzip
import json
from pathlib import Path
from random import Random

import pytest

from abacus_lsp.cli import run
from abacus_lsp.evaluation.chinese_retrieval import chinese_recall
from abacus_lsp.evaluation.crossfile import Recall, identifier_recall, names
from abacus_lsp.evaluation.crossfile_packages import Package, in_reach, package_recall, random_lines
from abacus_lsp.evaluation.recipe import filled, ranked_chunks
from abacus_lsp.evaluation.report import CannotMeasure


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_identifier_recall_counts_names_that_only_other_files_have(tmp_path: Path) -> None:
    price = "def net_price(gross_price, tax_rate):\n    return gross_price / (1 + tax_rate)\n"
    item = {
        "prompt": "from price import net_price\nx = ",
        "groundtruth": "net_price(gross_price=3, nowhere=1)",
        "right_context": "\n",
        "language": "python",
        "metadata": {"file": "app.py", "repository": "r"},
    }
    write_rows(tmp_path / "items.jsonl.gz", [item])
    write_rows(
        tmp_path / "repos" / "r.jsonl.gz",
        [{"path": "price.py", "content": price}, {"path": "app.py", "content": ""}],
    )
    report = identifier_recall(tmp_path)
    assert report["metrics"]["python"]["names"] == 1  # gross_price; net_price is in the window
    assert report["metrics"]["python"]["ours"] == 1.0
    assert {check["name"] for check in report["checks"]} == {
        "identifier_recall_ratio",
        "identifier_recall_ratio.other",
    }


def test_the_recipe_shows_the_chunk_after_the_best() -> None:
    lines = [f"alpha_{n} = beta_{n}" for n in range(10)] + [f"gamma_{n} = delta_{n}" for n in range(10)]
    files = {"a.py": "\n\n".join(lines), "b.py": "other = 1", "c.py": "third = 2", "app.py": "alpha_3"}
    best = next(ranked_chunks(files, "app.py", "alpha_3 = beta_3"))
    assert best == "\n".join(lines[10:])
    assert filled(iter([best]), 30, len) == lines[10]


def test_names_leave_strings_out() -> None:
    assert names('foo(\'bar\', baz) + "q\\"x"') == {"foo", "baz"}
    assert Recall().plus({"a", "b"}, "a = c").share == 0.5


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "__init__.py").write_text("from .price import net_price\n")
    (folder / "price.py").write_text("import re\n\ndef net_price(gross):\n    return gross\n")
    (folder / "app.py").write_text(
        "from shop import net_price\n\n\ndef total(order):\n    return net_price(order.gross)\n"
    )
    return folder


def test_definitions_are_found_by_pythons_own_parser(package: Path) -> None:
    shop = Package(package)
    assert shop.defined("shop/app.py", "net_price") == ("shop/price.py", 2)
    assert shop.defined("shop/app.py", "nothing") is None


def test_packages_are_measured(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abacus_lsp.evaluation.crossfile_packages.LINES_PER_PACKAGE", 5)
    report = package_recall([package])
    assert report["metrics"]["cases"] == 1
    assert report["metrics"]["definition_in_reach"]["ours"] == 1.0
    assert callable(in_reach)


@pytest.mark.parametrize("text", [None, "# nothing but words\n"])
def test_a_package_without_code_is_told(tmp_path: Path, text: str | None) -> None:
    if text is None:
        with pytest.raises(CannotMeasure, match="holds no Python file"):
            package_recall([tmp_path])
    else:
        (tmp_path / "a.py").write_text(text)
        assert random_lines(Package(tmp_path), 3, Random(0)) == []


def test_chinese_sentences_are_cut_out_before_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        'def get_stock_list(market):\n    """获取股票列表"""\n    return market\n\n\ndef save(x):\n    """保存文件内容"""\n    return x\n',
        "utf-8",
    )
    report = chinese_recall([tmp_path])
    assert report["metrics"]["queries"] == 2
    assert report["metrics"]["docstring_removed"]["recall_at_5"] == 1.0


def test_packages_beside_are_in_the_index_and_not_asked_about(tmp_path: Path) -> None:
    for name, word in (("asked", "stock"), ("beside", "file")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text(
            f'def get_{word}_list(market):\n    """获取股票列表"""\n    return market\n', "utf-8"
        )
    alone = chinese_recall([tmp_path / "asked"])["metrics"]
    both = chinese_recall([tmp_path / "asked"], beside=[tmp_path / "beside"])["metrics"]
    assert (alone["functions"], both["functions"]) == (1, 2)
    assert (alone["queries"], both["queries"]) == (1, 1)


def test_a_folder_that_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(tmp_path / "items.jsonl.gz", [])
    command = ["eval", "crossfile", "--data", str(tmp_path), "--retrieval-only", "--chinese", "/nowhere"]
    assert run(command) == 2
    assert "/nowhere is no folder" in capsys.readouterr().err
