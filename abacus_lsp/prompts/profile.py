"""The shape of a row in `profiles`: how one model family wants to be asked.

Layouts are written as the model reads them. In braces stand slots:

    {prefix} {suffix}   the text before and after the cursor
    {above} {line}      the prefix in two: whole lines, and the cursor's line up to the cursor
    {below}             the nearest lines after the cursor's, under comment lines that say so; "" when there are none
    {path} {repo}       the file's path in the workspace, the workspace's name
    {language}          the language's display name
    {head} {tag}        aiXcoder's two head lines (path and language), and the language line alone
    {snippets}          cross-file context: every snippet through the row's `snippet` layout, then `joint`
    {code} {commented}  in `snippet` only: the snippet's text, plain or as comment lines
    {comment}           in `snippet` only: the path as a comment line

A prompt must stay as it is while a line is typed, or the model reads all of it again. So where the format reads
the suffix after the prefix ("psm"), the cursor's line is not part of the prefix: it stands after the middle marker,
as the beginning of what the model is to write. Formats that read the suffix first ("spm") end with the prefix.

Everything listed in `markers` that stands in a layout is a control token; the rest is text.
"""

from dataclasses import dataclass
from typing import Literal

Order = Literal["psm", "spm", "prefix", "chat"]


@dataclass(frozen=True, slots=True)
class Profile:
    r"""One way of asking.

    Attributes:
        name: what configuration and `doctor` call it.
        order: "psm" (prefix, suffix, middle: the line in the making comes last), "spm" (suffix first: the growing prefix is last), "prefix"
            (continuation, the suffix is not shown), "chat" (a message with a marked hole).
        layout: one file.
        markers: control tokens in the layouts; each must be exactly one token of the vocabulary.
        files: layout when there are snippets; "" means `layout`.
        bare: layout when nothing follows the cursor; "" means `layout`.
        snippet: how one snippet is written.
        joint: what stands between the last snippet and the file, when there are snippets.
        headings: comment lines above the signatures and above the similar windows; "" for none.
        stops: strings that end the answer. At most four: OpenAI-style servers refuse more.
        stop_markers: control tokens that end the answer, beside the model's own end of text.
        bos: begin with the beginning-of-text token; None as the model's tokenizer would.
        architectures: names that settle which row it is when several fit the vocabulary.
        hints: parts of model names; a tie-break only.
        shared: the vocabulary is another row's too: only an architecture or a hint can choose this row.
        explicit: never detected, only configured.
        chat: the chat form of an instruction, "" when the model has none of its own (slot: {text}).
        context: tokens the family was trained for, when the engine cannot tell.
        verified: False while a detail was not confirmed at a primary source.
    """

    name: str
    order: Order
    layout: str
    markers: tuple[str, ...] = ()
    files: str = ""
    bare: str = ""
    snippet: str = "{comment}{commented}\n"
    headings: tuple[str, str] = ("", "")
    joint: str = ""
    stops: tuple[str, ...] = ()
    stop_markers: tuple[str, ...] = ()
    bos: bool | None = None
    architectures: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    shared: bool = False
    explicit: bool = False
    chat: str = ""
    context: int = 8192
    verified: bool = True

    @property
    def fim(self) -> bool:
        """The model is shown what follows the cursor through control tokens."""
        return self.order in ("psm", "spm")
