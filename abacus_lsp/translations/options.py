"""Settings that were not taken, and command lines that were wrong (the rows of `argparse` and `msgspec` are theirs)."""

from typing import Final

ROWS: Final = (
    # what is put behind a sentence comes before the sentences
    ("{say}; keeping {held}", "{say}；保留 {held}"),
    ("{say} (in {source})", "{say}（位于 {source}）"),
    ("{say} - at `{path}`", "{say}（位于 {path}）"),
    # msgspec's
    ("Expected `{say}`, got `{say2}`", "应为{say}，得到的是{say2}"),
    ("Expected `{say}` >= {least}", "应为不小于 {least} 的{say}"),
    ("Expected `{say}` <= {most}", "应为不大于 {most} 的{say}"),
    ("Expected `{say}` of length >= {least}", "应为长度不小于 {least} 的{say}"),
    ("Expected `{say}` of length <= {most}", "应为长度不大于 {most} 的{say}"),
    ("int", "整数"),
    ("float", "数值"),
    ("str", "字符串"),
    ("bool", "布尔值（true 或 false）"),
    ("array", "数组"),
    ("object", "对象"),
    ("null", "空值"),
    # ours
    ("expected one of {names}", "应为以下之一：{names}"),
    ("expected an object of settings", "应为由设置项组成的对象"),
    ("there is no such settings file", "没有这个设置文件"),
    (
        "cannot be read, so every setting keeps its default: {error}",
        "无法读取，所有设置均为默认值：{error}",
    ),
    ("cannot be read, so nothing of it counts: {error}", "无法读取，其中的设置均不生效：{error}"),
    ("longer than {most} bytes, so nothing of it counts", "超过 {most} 字节，其中的设置均不生效"),
    ("unknown key; did you mean {near}?", "没有这个设置项，是否想写 {near}？"),
    ("unknown key; known here: {names}", "没有这个设置项，此处可用：{names}"),
    (
        (
            "ignored: it stands in {source}, and a repository may narrow settings, not widen them. If you want "
            "it, put it into your own settings"
        ),
        "已忽略：它写在 {source} 中，而代码仓库只能收紧设置，不能放宽。如确有需要，请写入自己的设置",
    ),
    # argparse's
    ("argument {name}: {say}", "参数 {name}：{say}"),
    ("the following arguments are required: {names}", "缺少参数：{names}"),
    ("unrecognized arguments: {words}", "无法识别的参数：{words}"),
    ("invalid choice: {value} (choose from {names})", "{value} 不可用，应为以下之一：{names}"),
    ("invalid {say} value: {value}", "{value} 不是{say}"),
    ("expected one argument", "后面应有一个值"),
    # ours
    (
        "{text} is not FILE:LINE:COL, e.g. src/app.py:120:9",
        "{text} 应写成“文件:行:列”，例如 src/app.py:120:9",
    ),
    ("LINE and COL of {text} must be numbers from 1", "{text} 的行和列应为从 1 开始的数字"),
    (
        "lines {start}-{end} of {text}: START counts from 1 and is not after END",
        "{text} 中的 {start}-{end} 行：起始行从 1 开始，且不在结束行之后",
    ),
    ("--set {pair}: expected KEY=VALUE", "--set {pair}：应写成 KEY=VALUE"),
    ("expected a whole number from 1 on, not {text}", "应为不小于 1 的整数，而不是 {text}"),
    ("expected minutes from 0 to 10080, not {text}", "应为 0 到 10080 之间的分钟数，而不是 {text}"),
)
