"""`abacus-lsp bench team`: its arguments and its explanation; the measuring is `evaluation.team`."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from abacus_lsp.cli.suites import Misuse, SuiteRow, at_least_one, counting

if TYPE_CHECKING:
    from abacus_lsp.evaluation.report import Suite
    from abacus_lsp.evaluation.team.bench import Team
    from abacus_lsp.evaluation.typing.bench import Work

_TEAM: Final = """\
What a team costs its servers. Typists, each with a language server of their own, type parts of real files at the
same time, in real time, on two or more vLLM servers of one model:
  pool         endpoint.replicas: a document goes to the server that has read it
  round robin  the same language servers behind a balancer that gives each request to the next server
  stateless    the whole window 150 ms after the last key, dropped at the next key, nothing kept; through that balancer
Each types the same traces from empty caches. Tokens are what the servers count themselves, abandoned requests included.

  prefilled_ratio_round_robin  tokens prefilled per key, pool against round robin
  prefill_ratio_stateless      the same against stateless (its requests share nothing in the server's cache; a row
                               shows them with it)
  one_replica_killed_*         SIGKILL while everybody types: looks without an answer, errors shown, seconds until the
                               p90 of the waits is at most twice what it was (windows of 5 s)
  both_killed_*                all servers, started again: error messages for each typist, looks without an answer,
                               seconds from the servers' being back until every typist has a text again
  abandoned_after_1s           requests still on the servers one second after their document was closed
  growth                       teams of 4, 8, 16, 32 on the same servers (not checked)

Servers: --url for each that runs already (with VLLM_SERVER_DEV_MODE=1, so that caches can be emptied), or --vllm and
--model-folder, and two are started here, on the CPU, with a KV cache of --kv-tokens each. Only those are killed."""

PHASES: Final = ("routing", "one-killed", "both-killed", "abandoned", "growth")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url", action="append", default=[], metavar="URL", help="a server that runs; may be given again"
    )
    parser.add_argument(
        "--vllm", type=Path, metavar="FILE", help="the `vllm` program, to start two servers with"
    )
    parser.add_argument("--model-folder", type=Path, metavar="DIR", help="what they run (safetensors)")
    parser.add_argument("--model-name", metavar="NAME", help="of the model on the servers of --url")
    for name, default, what in (
        ("--typists", 8, "in every phase but growth"),
        ("--traces", 1, "typed by each"),
        ("--keys", 40, "strokes in a trace"),
        ("--context", 1024, "tokens of prompt and answer that started servers take"),
        ("--kv-tokens", 4096, "tokens that the KV cache of each started server holds"),
    ):
        text = f"{what} (default: %(default)s)"
        parser.add_argument(name, type=at_least_one, default=default, metavar="N", help=text)
    parser.add_argument(
        "--sizes", default="4,8,16,32", metavar="N,N", help="of teams in growth (default: %(default)s)"
    )
    parser.add_argument(
        "--phases", default=",".join(PHASES), metavar="NAMES", help="some of: %(default)s (default: all)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="places, times, slips (default: 0)")
    parser.add_argument("--log", type=Path, metavar="FILE", help="what started servers say")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a setting of the language servers",
    )

    parser.set_defaults(model=None)  # the servers' business


def _run(args: argparse.Namespace) -> "Suite":
    import asyncio
    import os
    import tempfile

    from abacus_lsp.cli import report
    from abacus_lsp.evaluation.team import replicas
    from abacus_lsp.evaluation.team.bench import Team

    settings = report.settings_of(args)
    chosen, sizes = args.phases.split(","), _sizes(args.sizes)
    if settings is None:
        raise Misuse
    if unknown := [name for name in chosen if name not in PHASES]:
        raise Misuse(f"there is no phase {unknown[0]!r}: choose from {', '.join(PHASES)}")
    start = _start(args)
    name = args.model_name or (start.model.name if start else "")
    with tempfile.TemporaryDirectory(prefix="abacus-team-") as temporary:
        folder = Path(temporary).resolve()
        works = _works(args, folder, max([args.typists, *(sizes if "growth" in chosen else ())]))

        async def whole() -> "Suite":
            async with replicas.running(args.url, start, args.log or Path(os.devnull)) as servers:
                team = Team(servers, settings, folder, args.context, name)
                return await _phases(args, team, works, chosen, sizes)

        return asyncio.run(whole())


async def _phases(
    args: argparse.Namespace,
    team: "Team",
    works: "Sequence[Sequence[Work]]",
    chosen: Sequence[str],
    sizes: Sequence[int],
) -> "Suite":
    from abacus_lsp.evaluation.team import bench, figures

    people = works[: args.typists]
    tables: dict[str, Any] = {}
    checks: list[Any] = []
    steps = {"routing": 4, "growth": len(sizes)}
    with counting("team", sum(steps.get(name, 1) for name in chosen)) as tick:
        if "routing" in chosen:
            found = await bench.routing(team, people, tick)
            tables["routing"] = {name: figures.row(phase) for name, phase in found.items()}
            checks += figures.routing_checks(found)
        if "abandoned" in chosen:
            checks += figures.abandoned_checks(
                await bench.abandoned(team, [each for traces in works for each in traces])
            )
            tick()
        if "one-killed" in chosen:
            outage = await bench.one_killed(team, people)
            tables["one killed"], checks = figures.told(outage), checks + figures.one_killed_checks(outage)
            tick()
        if "both-killed" in chosen:
            outage = await bench.both_killed(team, people)
            tables["both killed"], checks = figures.told(outage), checks + figures.both_killed_checks(outage)
            tick()
        if "growth" in chosen:
            grown = await bench.growth(team, works, sizes, tick)
            tables["growth"] = {f"{size} typists": figures.row(phase) for size, phase in grown.items()}
    facts = {
        "servers": len(team.replicas),
        "model": team.model,
        "context": team.context,
        "kv_tokens_per_server": args.kv_tokens if not args.url else "as the servers were started",
        "typists": args.typists,
        "keys": args.keys,
        "seed": args.seed,
    }
    return figures.suite(facts, tables, checks)


def _works(args: argparse.Namespace, folder: Path, most: int) -> "list[list[Work]]":
    """The traces of each typist."""
    from abacus_lsp.evaluation import places
    from abacus_lsp.evaluation.typing import bench as typing_bench

    plan = typing_bench.Plan(runs=1, files=most * args.traces, keys=args.keys, seed=args.seed)
    works = typing_bench.prepare([places.standard_library()], plan, folder)
    return [list(works[number::most]) for number in range(most)]


def _start(args: argparse.Namespace) -> "Any":
    from abacus_lsp.evaluation.report import CannotMeasure
    from abacus_lsp.evaluation.team.replicas import Start

    if args.url:
        if not args.model_name:
            raise Misuse("say --model-name: what the servers of --url call the model")
        return None
    if args.vllm is None or args.model_folder is None:
        raise CannotMeasure(
            "bench team needs servers: --url for each that runs, or --vllm and --model-folder to start two"
        )
    for path in (args.vllm, args.model_folder):
        if not path.exists():
            raise Misuse(f"there is no {path}")
    return Start(args.vllm.resolve(), args.model_folder.resolve(), args.context, args.kv_tokens)


def _sizes(text: str) -> list[int]:
    try:
        return [at_least_one(each) for each in text.split(",")]
    except argparse.ArgumentTypeError as error:
        raise Misuse(f"--sizes: {error}") from error


ROW: Final = SuiteRow(
    "team", "what a team costs its servers, and what happens when they die", _TEAM, _arguments, _run
)
