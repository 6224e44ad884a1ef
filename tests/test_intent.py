"""What comments are for: tables of examples in both languages, and the labelled comments of real packages."""

import json
from pathlib import Path

import pytest
from marks import cursor_in

from abacus_lsp.cli import build_parser
from abacus_lsp.evaluation import intents
from abacus_lsp.evaluation.report import CannotMeasure
from abacus_lsp.intent import chinese, english
from abacus_lsp.intent.chinese_verbs import LONG_TAIL, SEEN, TAIWAN
from abacus_lsp.intent.comment import purpose, text_of
from abacus_lsp.languages import by_id
from abacus_lsp.site import Comment, Span
from abacus_lsp.syntax import site_at

DATA = Path(__file__).parent / "data" / "comment_intents.jsonl"
WORDS = DATA.with_name("traditional_words.tsv")
VERB_LISTS = f"{SEEN}|{LONG_TAIL}|{TAIWAN}"


@pytest.mark.parametrize(
    ("source", "language", "told"),
    [
        ("# 为 data 生成一张饼图", "python", "request"),
        ("// 按 id 去重并保持顺序", "java", "request"),
        ("#按id去重", "python", "request"),
        ("-- 统计每个用户的订单数", "lua", "request"),
        ("/* Sort the rows by id. */", "c", "request"),
        ('"""把列表按照长度分组。"""', "python", "request"),
        ("# TODO: 增加重试", "python", "request"),
        ("// Open returns the file.", "go", "request"),
        ("/// A filter that drops blank rows.", "rust", "request"),
        ("# If there is none, return 0", "python", "request"),
        ("# 结果按响应时间从小到大排序", "python", "request"),
        ("# 🛠 TODO: 按 id 去重", "python", "request"),
        ("# 請按 id 去重並保持順序", "python", "request"),
        ("# 把列表反轉", "python", "request"),
        ("// 計算總價", "java", "request"),
        ("# 將結果匯出為 CSV", "python", "request"),
        ("# 列印每一行", "python", "request"),
        ("# 需要接著讀取下一頁", "python", "request"),
        ("# 是否顯示外邊框", "python", "remark"),
        ("# 執行失敗時的錯誤訊息", "python", "remark"),
        ("# 版權所有 © 2024 張三", "python", "licence"),
        ("// nothing is left - just exit", "javascript", "request"),
        ("# 脱敏手机号", "python", "request"),
        ("# 贴回原图的左上角", "python", "request"),
        ("# url拼接页码等参数", "python", "request"),
        ("# Pop 无关的参数", "python", "request"),
        ("# 一直翻页直到没有数据", "python", "request"),
        ("// 请求当前页的数据", "javascript", "request"),
        ("# 参数设置", "python", "request"),
        ("# 设备是自动分配的\n# 根据 use_cuda 判断", "python", "request"),
        ("# 与服务器的记录不一致则删除", "python", "request"),
        ("# 没有设置时按默认的路径读取", "python", "request"),
        ("// 使 body 脱离文档流", "javascript", "request"),
        ("# 上传文件", "python", "request"),
        ("// 渲染标签栏", "javascript", "request"),
        ("// TODO：初始效果待实现", "typescript", "request"),
        ("# TODO: 性能优化", "python", "request"),
        ("# 处理失败日志", "python", "request"),
        ("# 处理失败", "python", "remark"),
        ("# 正文和复选框之间必须保留空格", "python", "request"),
        ("// fix: 不能全部加，会导致位置错误。\n// data.text.y += 40;", "javascript", "code"),
        ("/* ---------- 2. 启动沙箱 ---------- */", "javascript", "rule"),
        ("// color简写", "javascript", "remark"),
        ("# 请求参数", "python", "remark"),
        ("# Copyright (c) 2024 The Authors. All rights reserved.", "python", "licence"),
        ("// SPDX-License-Identifier: MIT", "rust", "licence"),
        ("# 作者：张三\n# 日期：2024-01-01", "python", "licence"),
        ("# -*- coding: utf-8 -*-", "python", "directive"),
        ("#!/usr/bin/env python", "python", "directive"),
        ("// eslint-disable-next-line no-console", "javascript", "directive"),
        ("# type: ignore[attr-defined]", "python", "directive"),
        ("# rows = [row for row in rows if row]", "python", "code"),
        ("# for row in rows:", "python", "code"),
        ("// return items.map((item) => item.id);", "javascript", "code"),
        ("//   class: 'label'", "javascript", "code"),
        ("# ---------------- 工具 ----------------", "python", "rule"),
        ("# ======", "python", "rule"),
        ("/************\n * 工具\n ************/", "javascript", "rule"),
        ("# 移动平均线", "python", "remark"),
        ("# 是否显示外边框", "python", "remark"),
        ("# 用户名", "python", "remark"),
        ("// 按钮的颜色", "javascript", "remark"),
        ("# note: the matrix is orthonormal", "python", "remark"),
        ("# because numpy copies", "python", "remark"),
        ("# Start point", "python", "remark"),
    ],
)
def test_purposes(source: str, language: str, told: str) -> None:
    row = by_id(language)
    comment = Comment(Span(0, len(source)), source, source.startswith(row.doc_comments or "\0"))
    assert purpose(comment, row) == told


FRAMES = [
    ("{}", "{}"),
    ("{}所有结果", "{}所有結果"),
    ("把结果{}", "把結果{}"),
    ("{}的名称", "{}的名稱"),
    ("请先{}", "請先{}"),
]


def test_a_word_in_traditional_characters_is_the_word() -> None:
    """Every word that stands in the rules, and how it is written in Taiwan; the twins are OpenCC's (s2tw)."""
    rows = [line.split("\t") for line in WORDS.read_text("utf-8").splitlines()]
    assert len(rows) > 1500
    told = [
        (kind(f"# {simple.format(word)}"), kind(f"# {traditional.format(twin)}"), twin)
        for word, twin in rows
        for simple, traditional in FRAMES
    ]
    assert {kind for kind, _, _ in told} == {"request", "remark", "licence"}
    assert not [(one, other, word) for one, other, word in told if one != other]


def test_every_verb_has_its_twin() -> None:
    """A verb that is new in the rules wants its row in the file."""
    here = {line.split("\t")[0] for line in WORDS.read_text("utf-8").splitlines()}
    assert not set(VERB_LISTS.split("|")) - here, f"add rows to {WORDS.name}"


def kind(source: str) -> str:
    return purpose(Comment(Span(0, len(source)), source, doc=False), by_id("python"))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("# a\n# b", "a\nb"),
        ("/**\n * 求和。\n * @param x 数\n */", "求和。\n@param x 数"),
        ("/// 求和", "求和"),
        ('"""求和。"""', "求和。"),
        ("-- 求和", "求和"),
        ("/** @todo Keep it. */", "TODO Keep it."),
        ("<!-- 求和 -->", "求和"),
    ],
)
def test_words_without_marks(source: str, words: str) -> None:
    assert text_of(source) == words


def test_any_text_has_a_purpose() -> None:
    for text in (
        "",
        "，",
        "的",
        "用",
        "TODO",
        "1.",
        "(",
        "re-",
        "：",
        "#",
        "a" * 9000,
        "用" * 9000,
        "( " * 4000,
    ):
        assert isinstance(english.asks(text), bool)
        assert isinstance(chinese.asks(text), bool)


@pytest.mark.parametrize(
    ("marked", "language", "asks"),
    [
        ("x = 1  # 统计数量\n‸", "python", False),  # it trails code
        ("# 统计数量\n‸", "python", True),
        ("# 统计数量\n\n‸", "python", False),  # not the line after it
        ("s = '# 统计数量'\n‸", "python", False),  # a string is no comment
        ("f() /* 统计数量 */\n‸", "javascript", False),
        ("/* 统计数量 */\n‸", "javascript", True),
        ("def f():\n    '''统计数量。'''\n    ‸", "python", True),
    ],
)
def test_the_tree_tells_what_a_comment_is(marked: str, language: str, asks: bool) -> None:
    assert site_at(cursor_in(marked, language)).asks is asks


def test_the_labelled_comments_keep_what_is_promised() -> None:
    rows = intents.read(DATA)
    suite = intents.measure(rows)
    assert len(rows) >= 400
    # Asked for: 400, half of them hidden. Parts that were read once join the seen ones; the hidden do not shrink with that.
    assert sum(row.hidden for row in rows) >= 200
    for tongue in ("zh", "en"):
        hidden = [row.label for row in rows if row.hidden and row.tongue == tongue]
        assert len(hidden) >= 100
        assert hidden.count("request") >= 40
    assert {check.name for check in suite.checks} == {
        "precision_zh",
        "recall_zh",
        "precision_en",
        "recall_en",
    }


def test_the_command_prints_checks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    row = {
        "tongue": "zh",
        "language": "python",
        "text": "# 统计数量",
        "heads": False,
        "label": "request",
        "hidden": True,
        "source": "t",
    }
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    args = build_parser().parse_args(["eval", "intents", "--data", str(file), "--json"])
    args.run(args)
    told = json.loads(capsys.readouterr().out)
    assert {"name": "recall_zh", "value": 1.0, "at_least": 0.9, "ok": True} in told["checks"]


def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": 1}\n', encoding="utf-8")
    with pytest.raises(CannotMeasure, match="labelled comments"):
        intents.read(file)
