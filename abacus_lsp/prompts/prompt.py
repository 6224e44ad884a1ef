"""What an engine is asked: text in named parts, markers apart from text.

Knows nothing of documents or tokens. `render` builds it, engines encode it.
"""

from dataclasses import dataclass, replace
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a prompt.

    Attributes:
        text: the characters.
        source: where they come from, for `--explain`: "prefix", "suffix", "marker", "src/a.py:1-20" …
        marker: the text is one control token of the vocabulary. Every other part is encoded as plain text,
            so that a marker that occurs in the user's source stays text.
    """

    text: str
    source: str
    marker: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything an engine needs to know about what to write.

    Attributes:
        parts: in the order in which the model reads them.
        heal: the end of the user's text that was taken out of `parts` (token healing): the answer must start
            with it. Engines yield only what comes after it.
        stops: strings that end the answer (not part of it).
        stop_markers: control tokens that end the answer, beside the model's own end of text.
        bos: begin with the vocabulary's beginning-of-text token; None: as the tokenizer itself would. It is never
            one of `parts`: a server that is sent text adds it by itself, and it must not be there twice.
        slot: which KV cache it belongs to; work of another kind must not evict it.
        barred: characters that must not begin what comes after `heal` and blanks of that line; nor may the line end
            there. An engine that cannot see to it writes nothing: it would say the same again. "" asks nothing.
    """

    parts: tuple[Part, ...]
    heal: str = ""
    stops: tuple[str, ...] = ()
    stop_markers: tuple[str, ...] = ()
    bos: bool | None = None
    slot: str = "code"
    barred: str = ""

    @property
    def text(self) -> str:
        """The prompt as one string, markers written out (for servers that take only text)."""
        return "".join(part.text for part in self.parts)

    def continued(self, said: str) -> "Prompt":
        """The prompt that asks for the rest of an answer of which `said` has been written."""
        if not said:
            return self
        barred = "" if said.strip(" \t") else self.barred
        return replace(self, parts=(*self.parts, Part(self.heal + said, "answer")), heal="", barred=barred)

    @property
    def segments(self) -> tuple[tuple[bool, str], ...]:
        """(is marker, text) runs to encode one by one: neighbouring texts joined, each marker alone."""
        runs: list[tuple[bool, str]] = []
        for marker, group in groupby(self.parts, key=lambda part: part.marker):
            texts = [part.text for part in group if part.text]
            runs.extend(
                [(True, text) for text in texts] if marker else [(False, "".join(texts))] if texts else []
            )
        return tuple(runs)


@dataclass(frozen=True, slots=True)
class Snippet:
    r"""Text from another file, offered as context.

    Attributes:
        path: relative to the workspace, with forward slashes.
        text: as in the file, line endings "\n".
        kind: "signature" (what an imported name is) or "similar" (a window found by BM25).
        first_line: 1-based line of its first line in the file.
        score: the retriever's score, comparable within one kind.
        why: one phrase, for `--explain`.
    """

    path: str
    text: str
    kind: str = "similar"
    first_line: int = 1
    score: float = 0.0
    why: str = ""
