"""What a control token looks like. Vocabularies do not always say which of their pieces are control tokens:
Qwen2.5-Coder's FIM markers are "not special", aiXcoder's and CodeLlama's are user-defined pieces.

Knows strings only.
"""

import re
from typing import Final

_SHAPE: Final = re.compile(
    r"▁?<[|｜].+[|｜]>|▁?</?[\w▁\-\[\] ]{2,}>|\[[A-Z_]{3,}\]|[▁ ]?<(PRE|SUF|MID|EOT)>", re.IGNORECASE
)
_CONTROL: Final = re.compile(r"▁?<[|｜].+[|｜]>|<?.*fim[-_].*>|▁?<AIX-.+>|<(repo_name|file_sep|filename)>")


def could_be_marker(piece: str) -> bool:
    """Whether a piece of a vocabulary is written like a marker ("def" and "[]" are not; "<table>" is)."""
    return _SHAPE.fullmatch(piece) is not None


def marker_like_runs(text: str) -> list[re.Match[str]]:
    """Where `text` holds something written like a marker."""
    return list(_SHAPE.finditer(text))


def is_control(piece: str) -> bool:
    """Whether an added token is a control token whatever the tokenizer says ("<table>" and blanks are text)."""
    return _CONTROL.fullmatch(piece) is not None
