"""A profile's row, filled in: the prompt as parts.

Knows layouts and what goes into their slots. Must not know documents, tokens or engines. Stable parts come
first wherever the model's format allows it, so that the KV cache of the last keystroke still holds.

The slot of a prompt is named after its file, so that an engine can keep several files' caches.

A model without FIM reads what follows the cursor first ({below}): it stays put while a line is typed, so only the
end of the prompt changes.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from abacus_lsp.prompts import aixcoder, chat, healing
from abacus_lsp.prompts.inputs import LanguageLike, WindowLike, in_lines, shown_suffix
from abacus_lsp.prompts.markers import neutralise, split_at
from abacus_lsp.prompts.profiles import Profile
from abacus_lsp.prompts.prompt import Part, Prompt, Snippet

_SLOT = re.compile(
    r"\{(prefix|above|line|suffix|below|path|repo|language|head|tag|snippets|code|commented|comment)\}"
)
# Languages without line comments.
_BLOCK_COMMENTS = {"CSS": ("/* ", " */"), "Less": ("/* ", " */"), "OCaml": ("(* ", " *)")}
_MARKUP_COMMENT = ("<!-- ", " -->")
# Lines of {below}: the nearest ones help, more of them lead a small model away from the cursor.
_AHEAD = 8

Slots = Mapping[str, Callable[[], Sequence[Part]]]


def render(  # noqa: PLR0913  (one keyword for each thing a prompt is made of)
    profile: Profile,
    window: WindowLike,
    *,
    path: str,
    language: LanguageLike,
    repo: str = "",
    snippets: Sequence[Snippet] = (),
    template: str = "",
    heal: bool = True,
) -> Prompt:
    """The prompt for continuing at the window's cursor.

    Args:
        profile: how the model wants to be asked.
        window: what is shown of the file.
        path: of the file, relative to the workspace, with forward slashes.
        language: of the file.
        repo: the workspace's name.
        snippets: context from other files, in the order in which it is shown: what was in the last prompt stays
            where it was. Signatures come first.
        template: the model's own chat template, for the row "chat".
        heal: take the half-typed word out; the answer must then start with `Prompt.heal`.
    """
    if profile.order == "chat":
        context = "".join(part.text for part in _snippets(profile, snippets, language))
        return chat.render_hole(
            profile, window, path=path, language=language, context=context, template=template, heal=heal
        )
    kept, healed = healing.split(window.prefix) if heal else (window.prefix, "")
    slots = _slots(profile, window, kept, path=path, language=language, repo=repo, snippets=snippets)
    parts = fill(_layout(profile, window, snippets), profile.markers, slots)
    slot = f"code:{repo}/{path}"
    return Prompt(tuple(parts), healed, profile.stops, profile.stop_markers, profile.bos, slot)


def fill(layout: str, markers: Iterable[str], slots: Slots) -> list[Part]:
    """`layout` with its slots filled in once: braces in what is filled in stay text."""
    pieces = _SLOT.split(layout)
    parts: list[Part] = []
    for index, piece in enumerate(pieces):
        if index % 2:
            parts.extend(slots[piece]())
        else:
            parts.extend(
                Part(text, "marker" if marker else "layout", marker)
                for marker, text in split_at(piece, markers)
            )
    return parts


def comment_line(text: str, language: LanguageLike) -> str:
    """`text` as one comment line of the language, without line ending."""
    if language.line_comment:
        return f"{language.line_comment} {text}".rstrip()
    before, after = _BLOCK_COMMENTS.get(language.name, _MARKUP_COMMENT)
    return f"{before}{text}{after}"


def _layout(profile: Profile, window: WindowLike, snippets: Sequence[Snippet]) -> str:
    if profile.bare and not shown_suffix(window):
        return profile.bare
    return profile.files if snippets and profile.files else profile.layout


def _slots(  # noqa: PLR0913  (as `render`)
    profile: Profile,
    window: WindowLike,
    kept: str,
    *,
    path: str,
    language: LanguageLike,
    repo: str,
    snippets: Sequence[Snippet],
) -> Slots:
    def clean(text: str, source: str) -> list[Part]:
        return [Part(neutralise(text, profile), source)]

    where = _one_line(path)
    above, line = in_lines(kept)
    outline = clean(window.outline, "outline") if window.outline else []
    slots: dict[str, Callable[[], Sequence[Part]]] = {
        # The prefix is a part of its own even when empty: `healing.unhealed` looks for it.
        "prefix": lambda: [*outline, *clean(kept, "prefix")],
        "above": lambda: [*outline, *clean(above, "prefix")],
        "line": lambda: clean(line, "prefix"),
        "suffix": lambda: clean(shown_suffix(window), "suffix"),
        "below": lambda: clean(_below(window, where, language), "suffix"),
        "path": lambda: clean(where, "path"),
        "repo": lambda: clean(_one_line(repo), "repo"),
        "language": lambda: [Part(language.name, "language")],
        "head": lambda: clean(aixcoder.head(where), "head"),
        "tag": lambda: clean(aixcoder.tag(where), "head"),
        "snippets": lambda: [
            *_snippets(profile, snippets, language),
            *(fill(profile.joint, profile.markers, slots) if snippets else []),
        ],
    }
    return slots


def _below(window: WindowLike, path: str, language: LanguageLike) -> str:
    """The lines after the cursor's as another piece of the file, for models that read on only; "" for none."""
    lines = window.below.strip("\n").split("\n")[:_AHEAD]
    shown = "\n".join(lines).rstrip()
    if not shown.strip():
        return ""
    rest, start = (comment_line(text, language) for text in (f"{path} (rest)", path))
    return f"{rest}\n{shown}\n\n{start}\n"


def _snippets(profile: Profile, snippets: Sequence[Snippet], language: LanguageLike) -> list[Part]:
    signatures = [snippet for snippet in snippets if snippet.kind == "signature"]
    similar = [snippet for snippet in snippets if snippet.kind != "signature"]
    parts: list[Part] = []
    for heading, group in zip(profile.headings, (signatures, similar), strict=True):
        if heading and group:
            parts.append(Part(comment_line(heading, language) + "\n", "layout"))
        for snippet in group:
            parts.extend(fill(profile.snippet, profile.markers, _snippet_slots(profile, snippet, language)))
    return parts


def _snippet_slots(profile: Profile, snippet: Snippet, language: LanguageLike) -> Slots:
    code = snippet.text.strip("\n")
    path = _one_line(snippet.path)
    source = f"{path}:{snippet.first_line}-{snippet.first_line + code.count(chr(10))}"

    def clean(text: str) -> list[Part]:
        return [Part(neutralise(text, profile), source)]

    return {
        "path": lambda: clean(path),
        "head": lambda: clean(aixcoder.head(path)),
        "code": lambda: clean(code),
        "comment": lambda: clean(comment_line(path, language) + "\n"),
        "commented": lambda: clean("".join(comment_line(line, language) + "\n" for line in code.split("\n"))),
    }


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
