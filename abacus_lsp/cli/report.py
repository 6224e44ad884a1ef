"""What the commands share with a person at a terminal: a place in a file, and the story of one completion."""

import argparse
import sys
from dataclasses import dataclass
from math import exp
from pathlib import Path
from typing import Any

from abacus_lsp import configuration, languages
from abacus_lsp.cli import speaking
from abacus_lsp.cli.place import Place
from abacus_lsp.completion.confidence import Confidence
from abacus_lsp.completion.pipeline import Completion, Model
from abacus_lsp.completion.reasons import reason
from abacus_lsp.document import Cursor, Snapshot, line_of, line_starts
from abacus_lsp.engines.abilities import Healing
from abacus_lsp.settings import Settings
from abacus_lsp.translations import spoken
from retrieval.encodings import decode


def settings_of(args: argparse.Namespace) -> Settings | None:
    """The user's settings with `--model` and `--set` over them; None after telling what is wrong with those."""
    settings, problems = configuration.from_user_file()
    given: dict[str, Any] = {}
    for pair in args.set:
        key, equals, value = pair.partition("=")
        if not equals:
            speaking.complain(f"--set {pair}: expected KEY=VALUE", settings)
            return None
        given[key] = _value(value)
    if args.model:
        given["model"] = args.model
    settings, wrong = configuration.from_json(given, settings)
    for problem in [*problems, *wrong]:
        print(f"abacus-lsp: {problem.told(speaking.language(settings))}", file=sys.stderr)
    return None if wrong else settings


def _value(text: str) -> Any:
    """As TOML would read it; what is not TOML is a string."""
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def cursor_at(place: Place, data: bytes | None) -> Cursor:
    """The place in the file on disk, or in `data`.

    Raises:
        OSError: the file cannot be read.
        ValueError: there is no such line or column, or the file is not text.
    """
    path = Path(place.file).resolve()
    decoded = decode(data if data is not None else path.read_bytes())
    if decoded is None:
        raise ValueError(f"{place.file} is not text in any encoding known here")
    text, _ = decoded
    snapshot = Snapshot(path.as_uri(), languages.by_path(path).id, text, path=path)
    starts = line_starts(text)
    if place.line > len(starts):
        raise ValueError(f"{place.file} has {len(starts)} lines, not {place.line}")
    start = starts[place.line - 1]
    most = len(line_of(text, start)) + 1
    if place.column > most:
        raise ValueError(f"line {place.line} of {place.file} ends at column {most}, not {place.column}")
    return Cursor(snapshot, start + place.column - 1)


@dataclass(frozen=True, slots=True)
class Explained:
    """One completion and how it came about, ready to print."""

    cursor: Cursor
    completion: Completion
    model: Model
    parts: tuple[tuple[str, int, str], ...]
    load_ms: float
    language: str

    @classmethod
    def of(
        cls, cursor: Cursor, completion: Completion, model: Model, load_ms: float, language: str
    ) -> "Explained":
        """Count the prompt's parts with the model's tokenizer, while the model is still there."""
        prompt = completion.explain.prompt
        parts = prompt.parts if prompt else ()
        counted = tuple(
            (part.source, 1 if part.marker else model.counter(part.text), part.text) for part in parts
        )
        return cls(cursor, completion, model, counted, load_ms, language)

    def as_json(self) -> dict[str, Any]:
        """The object of `--json`; offsets in `range` are characters from the start of the file."""
        completion, explain = self.completion, self.completion.explain
        usage = explain.usage
        told = reason(completion.reason, self.language, completion.detail)
        return {
            "text": completion.text,
            "others": list(completion.others),
            "range": {"start": completion.start, "end": completion.end},
            "reason": {"code": told.code, "message": told.message},
            "model": self.model.engine.info.name,
            "engine": self.model.engine.info.engine,
            "profile": self.model.profile.name,
            "mode": explain.mode,
            "tokens": {
                "prompt": usage.prompt,
                "reused": usage.reused,
                "prefilled": usage.prefilled,
                "generated": usage.generated,
            },
            "timings_ms": {"load": round(self.load_ms, 1), **explain.timings_ms},
            "prompt": [
                {"source": source, "tokens": tokens, "text": text} for source, tokens, text in self.parts
            ],
            "heal": explain.prompt.heal if explain.prompt else "",
            "raw": explain.raw,
            "finish": explain.finish,
        }

    def print(self, *, explain: bool) -> None:
        """The text on standard output, the story (or the reason of a silence) on standard error."""
        told = reason(self.completion.reason, self.language, self.completion.detail)
        if explain:
            print(self._story(), file=sys.stderr)
        if self.completion.text:
            print(self.completion.text)
        else:
            print(f"abacus-lsp: {spoken(f'nothing to offer ({told})', self.language)}", file=sys.stderr)

    def _healed(self) -> str:
        heal = self.completion.explain.prompt.heal if self.completion.explain.prompt else ""
        if not heal:
            return "nothing"
        engine = self.model.engine
        able = isinstance(engine, Healing) and engine.can_heal()
        return (
            repr(heal)
            if able
            else f"{heal!r} went back into the prompt: this server cannot constrain an answer"
        )

    def _story(self) -> str:
        info, explain = self.model.engine.info, self.completion.explain
        usage = explain.usage
        timings = ", ".join(
            f"{name} {value:.0f}" for name, value in {"load": self.load_ms, **explain.timings_ms}.items()
        )
        trial = " (trial model, 试用)" if info.trial else ""
        rows = [
            ("model", f"{info.name}{trial}: {info.engine} on {info.device}; {info.detail}"),
            ("profile", f"{self.model.profile.name}: {self.model.how}"),
            ("decided", f"{explain.mode}; ended by {explain.finish or '-'}; {self.completion.reason}"),
            ("sure", _sure(explain.confidence)),
            *(("or", _short(text)) for text in self.completion.others),
            ("wrote", _short(explain.raw)),
            ("prompt", self._said("tokens  source")),
            *(("", f"{tokens:6}  {source}: {_short(text)}") for source, tokens, text in self.parts),
            ("healed", self._healed()),
            (
                "tokens",
                (
                    f"prompt {usage.prompt}, reused {usage.reused}, prefilled {usage.prefilled}, "
                    f"generated {usage.generated}"
                ),
            ),
            ("ms", timings),
        ]
        width = 9 if self.language == "en" else 13
        return "\n".join(
            f"{speaking.padded(self._said(what), width)}{self._said(told)}" for what, told in rows
        )

    def _said(self, sentence: str) -> str:
        return spoken(sentence, self.language)


def _sure(confidence: Confidence | None) -> str:
    """As probabilities: people do not read nats."""
    if confidence is None:
        return "-"
    return (
        f"{exp(confidence.first):.0%} of its first word, {exp(confidence.mean):.0%} a token, "
        f"{exp(confidence.least):.0%} at the least"
    )


def _short(text: str, width: int = 60) -> str:
    shown = text.replace("\n", "⏎")
    return shown if len(shown) <= width else f"{shown[: width // 2]} … {shown[-width // 2 :]}"
