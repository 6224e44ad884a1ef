"""`abacus-lsp bench typing`: its arguments and its explanation; the measuring is `evaluation.typing`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from abacus_lsp.cli.suites import Misuse, SuiteRow, at_least_one, counting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from abacus_lsp.evaluation.ledger import Ledger
    from abacus_lsp.evaluation.report import Suite
    from abacus_lsp.evaluation.typing.bench import Plan, Work
    from abacus_lsp.evaluation.typing.peer import Machine
    from abacus_lsp.settings import Settings

_TYPING: Final = """\
What a typist feels. Parts of real files are typed again, key by key in real time, with pauses, slips, accepted
texts and cursor jumps, into clients side by side, in the order A B C D A B C D, with the same model file, threads,
context and traces:
  abacus      this server over standard input and output, an editor that asks at every key
  no reuse    the same with completion.reuse and local.reuse switched off
  llama.vim   its requests, as text for /completion, to a llama.cpp server: windows, ring, look-back, prefetch
  stateless   the whole prompt 150 ms after the last key, nothing kept (llm-ls), to a llama.cpp server

Words, the same for every client:
  visible     a text shown for the text and cursor as they are; every key hides it, and it must be shown again
  look        a pause of 500 ms or more where the rest of the line is still to be typed; the typist goes on when
              the pause is over and the client has answered (a text, or none), after 10 s at most
  wait        at a look, from the last key to the answer; summed over the trace
  accepted    visible for 250 ms when the next key is due (typing it along included), and what comes next: all of
              it, else its first line, else its first word of 4 characters or more
  wrong       visible for 250 ms, and not even its first word is what comes next; one text counts once
  saved       keys that accepting saved, the accepting key taken off
  ready       behind an accepted text that had been visible for 1 s, the next one is visible within 50 ms (behind
              Enter, where it completed its line)

With "abacus" the first answers after a file was opened or a far jump come from the nearest 256 tokens, while the whole
prompt is being read; the row from_less_context says how many of the visible texts did (those typed along not counted).

Checks are medians over the runs; every run has places of its own. The two clients without reuse get one trace of
each run (they take 6 s for each answer on two cores); ratios compare traces that both had."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the suite's options."""
    from abacus_lsp.evaluation.typing.rhythm import RHYTHMS

    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files and folders to type from, in turn (default: the standard library, this program)",
    )
    for name, default, what in (
        ("--runs", 3, "runs; checks are their medians"),
        ("--files", 3, "traces in a run"),
        ("--keys", 60, "strokes in a trace, the line ended"),
    ):
        text = f"{what} (default: %(default)s)"
        parser.add_argument(name, type=at_least_one, default=default, metavar="N", help=text)
    parser.add_argument(
        "--rhythm", choices=tuple(RHYTHMS), default="normal", help="of the typist (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="places, times, slips (default: 0)")
    parser.add_argument(
        "--clients",
        metavar="NAMES",
        help='some of: abacus,"no reuse",llama.vim,stateless (default: all)',
    )
    parser.add_argument("--cancels", action="store_true", help="cancel at every key, as VS Code does")
    parser.add_argument(
        "--everything", action="store_true", help="type every trace into the slow clients, too"
    )
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="FILE",
        help="keep every trace typed in FILE and go on from there; other options or other code start it anew",
    )
    parser.add_argument(
        "--minutes",
        type=at_least_one,
        metavar="N",
        help="begin no more traces after that many (with --resume, to measure in parts)",
    )
    parser.add_argument("--plot", type=Path, metavar="DIR", help="write typing.html (and typing.png) there")
    parser.add_argument("--model", metavar="NAME", help="instead of the embedded default")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a setting of the server"
    )


def run(args: argparse.Namespace) -> "Suite":
    """Measure, and write the plot."""
    import asyncio
    import tempfile
    import time

    from abacus_lsp.cli import report
    from abacus_lsp.evaluation import places
    from abacus_lsp.evaluation.ledger import ledger
    from abacus_lsp.evaluation.typing import bench, plots, promises

    settings = report.settings_of(args)
    if settings is None:
        raise Misuse
    machine = _machine(settings)
    names = tuple(args.clients.split(",")) if args.clients else bench.CLIENTS
    if unknown := [name for name in names if name not in bench.CLIENTS]:
        raise Misuse(f"there is no client {unknown[0]!r}: choose from {', '.join(bench.CLIENTS)}")
    plan = bench.Plan(
        names, args.runs, args.files, args.keys, args.rhythm, args.seed, args.cancels, args.everything
    )
    own = Path(bench.__file__).parents[2]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="abacus-typing-") as folder:
        workspace = Path(folder).resolve()
        try:
            works = bench.prepare(args.paths or [places.standard_library(), own], plan, workspace)
        except FileNotFoundError as error:
            raise Misuse(str(error)) from error

        stamp = _stamp(plan, settings, machine, works)
        until = began + args.minutes * 60 if args.minutes else float("inf")

        async def whole(kept: "Ledger") -> "list[bench.Typed]":
            with counting("typing", expected) as tick:
                async with bench.running(plan, settings, machine, workspace) as clients:
                    return await bench.measure(plan, works, clients, tick, kept, until)

        expected = bench.expected(plan, works)
        with ledger(args.resume, stamp) as kept:
            typed = asyncio.run(whole(kept))
    facts = {
        "model": machine.path.name if machine else settings.model,
        "threads": machine.threads if machine else settings.local.threads,
        "context": machine.context if machine else settings.local.context_tokens,
        "runs": plan.runs,
        "rhythm": plan.rhythm,
        "seed": plan.seed,
        "files": ", ".join(work.trace.path.name for work in works),
        "minutes": (time.monotonic() - began) / 60,
    }
    if args.plot:
        facts["plots"] = ", ".join(plots.write(args.plot, typed))
    return promises.suite(typed, facts, expected - len(typed))


def _stamp(
    plan: "Plan", settings: "Settings", machine: "Machine | None", works: "Sequence[Work]"
) -> "Mapping[str, Any]":
    """All that decides what is measured, for `--resume`."""
    import msgspec

    return {
        "plan": msgspec.to_builtins(plan),
        "settings": msgspec.to_builtins(settings),
        "model": str(machine.path) if machine else settings.model,
        "texts": [[work.trace.path.name, len(work.trace.head), work.trace.truth] for work in works],
    }


def _machine(settings: "Settings") -> "Machine | None":
    """The model file and how all clients run it; None for an engine that needs none."""
    import psutil

    from abacus_lsp.engines.base import ModelError
    from abacus_lsp.evaluation.typing.peer import Machine
    from abacus_lsp.models import catalogue, errors, store

    if settings.engine == "scripted" or settings.endpoint.servers:
        return None
    try:
        found = store.resolve(catalogue.DEFAULT if settings.model == "auto" else settings.model)
    except errors.ModelError as error:
        raise ModelError(str(error)) from error
    if found.kind != "gguf" or settings.engine == "transformers":
        return None
    local = settings.local
    cores = psutil.cpu_count(logical=False) or 2
    threads = local.threads or min(cores, max(cores - 1, 2))
    return Machine(found.path, threads, local.context_tokens or _CONTEXT, local.gpu_layers)


_CONTEXT: Final = 8192

ROW: Final = SuiteRow("typing", "what a typist feels, beside other schemes", _TYPING, arguments, run)
