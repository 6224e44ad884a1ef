"""How one answer came about, for people: the facts of it, and the exact prompt with where each part came from.

Core: turns `Explain` into values and text. Must not know who reads it.
"""

from typing import Any

from abacus_lsp.completion.pipeline import Completion
from abacus_lsp.completion.reasons import reason


def facts(completion: Completion, language: str) -> dict[str, Any]:
    """Everything that was decided, as JSON; no source text but the answer's own."""
    explain, usage = completion.explain, completion.explain.usage
    sure = explain.confidence
    told = reason(completion.reason, language, completion.detail)
    return {
        "reason": {"code": told.code, "message": told.message},
        "source": completion.source,
        "characters": len(completion.text),
        "mode": explain.mode,
        "near": explain.near,
        "finish": explain.finish,
        "tokens": {
            "prompt": usage.prompt,
            "reused": usage.reused,
            "prefilled": usage.prefilled,
            "generated": usage.generated,
        },
        "confidence": None
        if sure is None
        else {
            "first_word": round(sure.first, 3),
            "mean": round(sure.mean, 3),
            "least": round(sure.least, 3),
        },
        "timingsMs": explain.timings_ms,
        "snippets": [
            {
                "path": snippet.path,
                "line": snippet.first_line,
                "kind": snippet.kind,
                "score": round(snippet.score, 3),
                "why": snippet.why,
            }
            for snippet in explain.snippets
        ],
    }


def prompt_page(completion: Completion) -> str:
    """The prompt as the model read it, part by part, each under a line that says where it is from."""
    prompt = completion.explain.prompt
    if prompt is None:
        return ""
    lines = [f"answer: {completion.reason}, from {completion.source}"]
    if completion.explain.near:
        lines.append("written from less context, while the whole prompt was being read")
    lines += [
        f"{snippet.kind} {snippet.path}:{snippet.first_line}: {snippet.score:.2f} {snippet.why}"
        for snippet in completion.explain.snippets
    ]
    lines.append(f"taken out of the prompt, the answer must begin with it: {prompt.heal!r}")
    head = "".join(f"# {line}\n" for line in lines)
    parts = "".join(
        f"\n──── {part.source}{' (one token)' if part.marker else ''} ────\n{part.text}"
        for part in prompt.parts
    )
    return f"{head}{parts}\n──── answer, before anything was cut ────\n{completion.explain.raw}\n"
