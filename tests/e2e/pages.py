"""Set-up as the pages of editors show it: tests run what a reader copies, so that it cannot rot."""

import re
from pathlib import Path


def block(page: Path, language: str, name: str) -> str:
    """The code block under the comment `<!-- test: NAME -->` of a page.

    Raises:
        LookupError: the page has none of that name and language.
    """
    pattern = rf"^<!-- test: {re.escape(name)} -->\n+```{language}\n(.*?)^```$"
    found = re.search(pattern, page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    if found is None:
        raise LookupError(f"{page} has no block {name!r} in {language}")
    return found.group(1)
