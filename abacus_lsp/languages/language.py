"""What one programming language is to us: a row of facts. Knows no text and no parser."""

from dataclasses import dataclass

BRACES = r"\{$"
COLON = (
    r"^\s*(?:async\s+)?(?:def|class|if|elif|else|for|while|try|except|finally|with|match|case)\b.*:$"
    r"|^\s*[)\]}].*:$"
)
END = (
    r"^\s*(?:def|class|module|if|elsif|elseif|unless|while|until|case|when|for|rescue|function|begin)\b[^;]*$"
    r"|\b(?:do|then|else|begin|ensure|repeat|loop)(?:\s*\|[^|]*\|)?$"
    r"|\bfunction\b[^()]*\([^()]*\)$"
)
SHELL = r"\b(?:then|do|else)$|\{$|\bin$|^\s*[^()\s]+\)$"


@dataclass(frozen=True, slots=True)
class Language:
    r"""One language. The defaults are those of the C family, so that such a row is one line.

    Attributes:
        id: the LSP language identifier.
        name: as people write it: "C++".
        extensions: with the dot, lower case.
        aliases: other identifiers that editors send for it.
        filenames: whole file names, lower case, for files without a telling extension.
        line_comment: what starts a comment to the end of the line; "" if the language has none.
        block_comment: opening and closing, None if the language has none.
        doc_comments: comments that begin so document what follows (or what they are in).
        grammar: "module:function" giving a tree-sitter language; "" if we have none. Imported on first use.
        query: the file in `queries/` that names the nodes; "" for `<id>.scm`.
        indented: blocks are made by indentation.
        terminators: characters that end a statement, beside the line break.
        quotes: characters that open and close a string on one line.
        opens: regular expression found at the end of a line (blanks and comments taken off) that opens a block.
    """

    id: str
    name: str
    extensions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    filenames: tuple[str, ...] = ()
    line_comment: str = "//"
    block_comment: tuple[str, str] | None = ("/*", "*/")
    doc_comments: tuple[str, ...] = ("/**", "///", "//!")
    grammar: str = ""
    query: str = ""
    indented: bool = False
    terminators: str = ";"
    quotes: str = "\"'"
    opens: str = BRACES

    @property
    def query_file(self) -> str:
        """The name of its query file; meaningless without a grammar."""
        return self.query or f"{self.id}.scm"


def plain(language_id: str) -> Language:
    """The row of a language nobody told us about: text in lines, blocks by indentation."""
    return Language(
        language_id,
        language_id or "text",
        line_comment="",
        block_comment=None,
        doc_comments=(),
        indented=True,
        terminators="",
        quotes='"',
        opens=r"[:{]$",
    )
