"""One completion, from a cursor to a text: read `complete` and you know the product.

Core: no clock of its own, no files, no threads, no logging. What it needs of the outside (an engine, a
retriever, a clock) is handed in; everything it decided is handed back in `Explain`.
"""

from dataclasses import replace
from typing import Final

from abacus_lsp import syntax
from abacus_lsp.cancel import CancelToken
from abacus_lsp.completion import (
    budgets,
    candidates,
    confidence,
    outgoing,
    postprocess,
    requests,
    strain,
    stream,
    trigger,
)
from abacus_lsp.completion.stream import Grew, Question
from abacus_lsp.completion.values import Completion, Explain, Model, Request, Retrieve
from abacus_lsp.completion.watch import Clock, Watch
from abacus_lsp.docstrings import choose, inline, prose
from abacus_lsp.document import Cursor, path_in
from abacus_lsp.engines.abilities import Prefilling
from abacus_lsp.engines.base import EngineError, Sampling, Usage
from abacus_lsp.prompts import chat, render
from abacus_lsp.prompts.prompt import Prompt
from abacus_lsp.site import Site

__all__ = ["Completion", "Explain", "Model", "Request", "Retrieve", "complete", "prefill", "structure"]

_MORE_S: Final = 1.5  # after which no further text to choose from is begun: the first one waits for all
_OPENED: Final = ("ok", "line-not-closable")  # an editor closes `/**` by itself


def complete(  # noqa: PLR0913  (what it needs of the outside is handed in, one by one)
    request: Request,
    model: Model,
    retrieve: Retrieve,
    cancel: CancelToken,
    clock: Clock,
    *,
    grew: Grew | None = None,
) -> Completion:
    """Answer one request; `grew` is told how the model's text grows.

    Raises:
        Cancelled: the request is no longer wanted (but a deadline gives what there is).
    """
    if not model.outside:
        return _completed(request, model, retrieve, cancel, Watch(clock), grew=grew)
    safe, code = _safe(request)
    if code:
        return _silence(request, code, Explain(mode="none"))
    told = grew and outgoing.unmasked(grew)
    clear = outgoing.clearing(retrieve, request.settings.context.never_send)
    found = _completed(safe, model, clear, cancel, Watch(clock), grew=told)
    text, offset = outgoing.without_mask(found.text), request.cursor.offset
    whole = text if found.explain.mode != "docstring" or text == found.text else ""
    code = found.reason if whole or not found.text else "masked-answer"
    others = tuple(other for other in found.others if outgoing.without_mask(other) == other)
    return replace(found, text=whole, start=offset, end=offset, reason=code, others=others if whole else ())


def _safe(request: Request) -> tuple[Request, str]:
    """(the request as somebody else's server may see it, why it may not see it at all)."""
    path = request.cursor.snapshot.path
    if path is not None and request.secluded(path):
        return request, "private-file"
    cursor = outgoing.shown(request.cursor)
    return (request, "in-secret") if cursor is None else (replace(request, cursor=cursor), "")


def _completed(  # noqa: PLR0913  (as `complete`)
    request: Request,
    model: Model,
    retrieve: Retrieve,
    cancel: CancelToken,
    watch: Watch,
    *,
    grew: Grew | None,
) -> Completion:
    cursor = request.cursor
    site = syntax.site_at(cursor, model.trees)
    decision = trigger.decide(cursor, site, request.settings, explicit=request.explicit)
    watch.lap("syntax")
    if decision.reason in _OPENED:
        opened = inline.due(cursor.snapshot, cursor.offset)
        if opened is not None:
            return _docstring(request, opened, model, cancel, watch)
    step = strain.of(model.engine, request.settings)
    decision = strain.decide(decision, step, explicit=request.explicit)
    if decision.mode == "none":
        return _silence(request, decision.reason, Explain(mode="none", timings_ms=watch.laps))
    cancel.check()
    explain, options = Explain(mode=decision.mode), request.settings.completion
    try:
        below = requests.below(cursor, site, model.trees)
        there = below is not None and (below.closed or chat.talks(model.profile, _template(model)))
        talked = below if there else None
        prompt, explain = _ask(request, model, retrieve, site, watch, below=talked)
        if request.hurry and not request.explicit and budgets.too_long(model.engine, prompt):
            prompt, explain = _ask(request, model, retrieve, site, watch, below=talked, near=True)
        explain = replace(explain, mode=decision.mode, less=step.reason)
        cancel.check()
        limits = replace(request, settings=strain.limited(request.settings, step))
        end = _ending(limits, model, cursor, site, decision, below)
        begun = talked.lead if talked is not None else explain.begun
        question, written, (text, code) = stream.answer(
            _question(limits, model, prompt, end, begun), cancel, grew
        )
    except EngineError as error:
        return _silence(request, error.code, explain, str(error))
    watch.lap("model")
    sure = confidence.of(written.marks, written.text, text) if text else None
    explain = replace(
        explain, usage=written.usage, finish=str(written.finish), raw=written.text, confidence=sure
    )
    if not text:
        return _silence(request, "timed-out" if written.finish == "timed-out" else code, explain)
    if question.gated and confidence.unsure(sure):
        return _silence(request, "low-confidence", explain)
    others: tuple[str, ...] = ()
    if request.explicit and options.candidates > 1 and written.finish != "timed-out" and not step.reason:
        until, wanted = watch.clock() + _MORE_S, options.candidates - 1
        others = candidates.others(question, text, wanted, cancel, lambda: watch.clock() < until)
        watch.lap("others")
    text, *more = (one.replace("\n", cursor.snapshot.eol) for one in (text, *others))
    unsure = question.gated and confidence.doubtful(sure)
    at, others = cursor.offset, tuple(more)
    return Completion(text, at, at, "ok", explain=explain, others=others, doubtful=unsure)


def _question(
    request: Request, model: Model, prompt: Prompt, end: postprocess.Ending, begun: str
) -> Question:
    local, options = request.settings.local, request.settings.completion
    longest = options.max_tokens + model.counter(prompt.heal)
    sampling = Sampling(longest, reuse=local.reuse, lookup=local.lookup, unasked=request.unasked)
    gated = options.confidence_gate and not request.explicit
    return Question(model.engine, prompt, sampling, end, gated, begun)


def prefill(
    request: Request, model: Model, retrieve: Retrieve, cancel: CancelToken, clock: Clock
) -> Usage | None:
    """Read the prompt of a request that may come, so that its answer waits for less; None where none would be made.

    Raises:
        Cancelled: something else is wanted; what was read stays read.
        EngineError: the engine's.
    """
    engine = model.engine
    if not isinstance(engine, Prefilling) or not engine.can_prefill():
        return None
    if model.outside:
        retrieve = outgoing.clearing(retrieve, request.settings.context.never_send)
        request, code = _safe(request)
        if code:
            return None
    site = syntax.site_at(request.cursor, model.trees)
    if trigger.decide(request.cursor, site, request.settings, explicit=True).mode == "none":
        return None
    prompt, _ = _ask(request, model, retrieve, site, Watch(clock))
    return engine.prefill(prompt, cancel)


def _docstring(
    request: Request, opened: inline.Due, model: Model, cancel: CancelToken, watch: Watch
) -> Completion:
    """The docstring that was just opened; with an engine in trouble, its structure."""
    asking = prose.Asking(model.engine, model.profile, cancel)
    manner = choose.manner_of(opened.snapshot, request.settings.docstrings, request.tongue, request.beside)
    try:
        said = prose.prose_for(opened.snapshot, opened.item, manner, asking)
    except EngineError:
        said = {}
    watch.lap("model")
    offset, explain = request.cursor.offset, Explain(mode="docstring", timings_ms=watch.laps)
    return Completion(inline.text_of(opened, manner, said), offset, offset, "ok", explain=explain)


def structure(request: Request) -> Completion | None:
    """The docstring that was just opened, as far as the tree knows it: what there is while no model is loaded."""
    cursor, settings = request.cursor, request.settings
    decision = trigger.decide(cursor, syntax.site_at(cursor), settings, explicit=request.explicit)
    opened = inline.due(cursor.snapshot, cursor.offset) if decision.reason in _OPENED else None
    if opened is None:
        return None
    manner = choose.manner_of(opened.snapshot, request.settings.docstrings, request.tongue, request.beside)
    return Completion(inline.text_of(opened, manner, {}), cursor.offset, cursor.offset, "ok")


def _template(model: Model) -> str:
    return model.engine.vocabulary.chat_template if model.engine.vocabulary is not None else ""


def _ending(  # noqa: PLR0913, PLR0917  (all that ends an answer)
    request: Request,
    model: Model,
    cursor: Cursor,
    site: Site,
    decision: trigger.Decision,
    below: requests.Below | None = None,
) -> postprocess.Ending:
    end = postprocess.Ending.of(
        cursor,
        site,
        decision,
        request.settings,
        explicit=request.explicit,
        sound=syntax.soundness(cursor, model.trees),
        rejected=request.rejected,
        unit=requests.unit_at(cursor, site, model.trees) if decision.mode == "block" else None,
    )
    if below is not None:
        after = _ending(request, model, below.cursor, below.site, trigger.Decision("block"))
        end = replace(end, after=replace(after, lead=below.lead))
    if cursor.after.strip():
        return end
    return replace(end, sound=postprocess.sound_at_end(end, syntax.errors_with(cursor, model.trees)))


def _ask(  # noqa: PLR0913  (as `complete`)
    request: Request,
    model: Model,
    retrieve: Retrieve,
    site: Site,
    watch: Watch,
    *,
    below: requests.Below | None = None,
    near: bool = False,
) -> tuple[Prompt, Explain]:
    """The prompt; `below` when a model is asked at the end of a comment for what stands under it."""
    cursor, site = (below.cursor, below.site) if below is not None else (request.cursor, site)
    budget, other = (
        budgets.LESS if near else budgets.whole(request.settings, model.engine.info, model.profile)
    )
    view = model.windows.around(cursor, site, budget, model.counter)
    watch.lap("window")
    template = _template(model)
    talks = chat.talks(model.profile, template)
    asked = requests.instruction(cursor, site, view, model.trees) if talks else None
    snippets = tuple(retrieve(cursor, site, view, other, model.counter)) if other else ()
    watch.lap("retrieval")
    path, heal = path_in(cursor.snapshot.path, request.root), request.settings.completion.healing
    if asked is not None:
        others = "".join(
            f"{render.comment_line(one.path, site.language)}\n{one.text.strip()}\n\n" for one in snippets
        )
        asked = replace(asked, path=path, context=others + asked.context)
        prompt = chat.render_chat(model.profile, asked, language=site.language, template=template, heal=heal)
    else:
        prompt = render.render(
            model.profile,
            view,
            path=path,
            language=site.language,
            repo=request.root.name if request.root else "",
            snippets=snippets,
            heal=heal,
        )
    prompt = budgets.apart(prompt) if near else prompt
    watch.lap("prompt")
    begun = requests.indent_due(cursor, site, view) if asked is not None else ""
    explain = Explain(window=view, prompt=prompt, snippets=snippets, timings_ms=watch.laps, begun=begun)
    return prompt, replace(explain, near=near)


def _silence(request: Request, code: str, explain: Explain, detail: str = "") -> Completion:
    offset = request.cursor.offset
    return Completion("", offset, offset, code, detail, explain)
