"""Comments of real packages, labelled by a reader: does the tree and `intent` tell a request from what asks for nothing?

Knows: a file of labelled comments, cursors, sites. Must not know models. A row is one comment as it stands in its
package; it is put into a file of its language and the cursor on the line after it.

Labels: "request" says what code is to do. "other" is what an instruction must be told from: licence and file headers,
switched-off code, rules and banners, what only tools read, and comments that trail code. "remark" is neither: an
explanation, or the name of a thing, on a line of its own. A block offered below a remark is a guess that costs
nothing, so precision counts "other" only; `strict_precision` counts remarks as errors, too.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from abacus_lsp.document import Cursor, Snapshot
from abacus_lsp.evaluation.metrics import Estimate, wilson
from abacus_lsp.evaluation.report import CannotMeasure, Check, Suite
from abacus_lsp.parsing import Trees
from abacus_lsp.syntax import site_at

PRECISION: Final = 0.95
RECALL: Final = 0.9
_BEFORE: Final = {
    "python": "import os\n\n",
    "go": "package main\n\n",
    "java": "import java.util.List;\n\n",
    "rust": "use std::fmt;\n\n",
}
_SCRIPT: Final = "import fs from 'fs';\n\n"


@dataclass(frozen=True, slots=True)
class Labelled:
    """One comment.

    Attributes:
        tongue: "zh" or "en".
        language: LSP identifier of its file.
        text: its lines as they stand, without the indentation they share; code in front of it included.
        heads: nothing stands before it in its file.
        label: "request", "other" or "remark".
        hidden: labelled after the rules were fixed.
        source: package, version and file.
    """

    tongue: str
    language: str
    text: str
    heads: bool
    label: str
    hidden: bool
    source: str


def read(path: Path) -> list[Labelled]:
    """The rows of a file of JSON lines.

    Raises:
        CannotMeasure: it is no such file.
    """
    try:
        lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        return [Labelled(**json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError) as error:
        raise CannotMeasure(f"{path} is no file of labelled comments (see --help): {error}") from error


def asks(row: Labelled, trees: Trees) -> bool:
    """Whether a block would be offered on the line after the comment because it asks for one."""
    before = "" if row.heads else _BEFORE.get(row.language, _SCRIPT)
    text = f"{before}{row.text}\n"
    cursor = Cursor(Snapshot("", row.language, text + "\n"), len(text))
    return site_at(cursor, trees).asks


def measure(rows: Sequence[Labelled]) -> Suite:
    """Precision and recall by tongue: of the hidden half, which the checks are about, and of the other beside it."""
    trees = Trees()
    told = [(row, asks(row, trees)) for row in rows]
    metrics: dict[str, Any] = {
        "comments": len(rows),
        "hidden": sum(row.hidden for row in rows),
        "sources": len({row.source.partition(":")[0] for row in rows}),
        "halves": {
            f"{tongue} {half}": _figures(
                [one for one in told if (one[0].tongue, one[0].hidden) == (tongue, hidden)]
            )
            for tongue in ("zh", "en")
            for half, hidden in (("hidden", True), ("seen", False))
        },
        "languages": dict(Counter(row.language for row in rows)),
    }
    checks: list[Check] = []
    for tongue in ("zh", "en"):
        own = [(row, asked) for row, asked in told if row.hidden and row.tongue == tongue]
        checks += [
            Check(f"precision_{tongue}", _precision(own).value, at_least=PRECISION),
            Check(f"recall_{tongue}", _recall(own).value, at_least=RECALL),
        ]
    return Suite("intents", metrics, tuple(checks))


def _figures(told: Sequence[tuple[Labelled, bool]]) -> dict[str, Any]:
    requested = [row for row, asked in told if asked]
    strict = wilson(sum(row.label == "request" for row in requested), len(requested))
    return {
        "comments": len(told),
        "requests": sum(row.label == "request" for row, _ in told),
        **_interval("precision", _precision(told)),
        **_interval("recall", _recall(told)),
        **_interval("strict_precision", strict),
        "remarks_called_requests": sum(row.label == "remark" for row in requested),
        "others_called_requests": sum(row.label == "other" for row in requested),
    }


def _precision(told: Iterable[tuple[Labelled, bool]]) -> Estimate:
    """Of what is called a request and is no remark, the share that is one."""
    labels = [row.label for row, asked in told if asked and row.label != "remark"]
    return wilson(labels.count("request"), len(labels))


def _recall(told: Iterable[tuple[Labelled, bool]]) -> Estimate:
    asked = [asked for row, asked in told if row.label == "request"]
    return wilson(sum(asked), len(asked))


def _interval(name: str, share: Estimate) -> dict[str, Any]:
    return {name: share.value, f"{name}_interval": [share.low, share.high]}
