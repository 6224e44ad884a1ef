"""`abacus-lsp daemon status|stop`, and `run`, which clients start: the composition root of the daemon."""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abacus_lsp.cli import speaking
from abacus_lsp.translations import spoken

if TYPE_CHECKING:
    from abacus_lsp.daemon.greeting import Purpose

_WAIT_S = 5.0


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "daemon",
        help="the process that holds model and indexes for all editors: status, stop",
        description="All editors of one user share one process, which the first one starts. Another version, "
        "installation or environment (ABACUS_HOME, HF_HOME, proxies, CUDA_VISIBLE_DEVICES …) gets one of its own.",
        epilog="Exit code 0: done, or none is running; 1: one does not answer.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    status = actions.add_parser("status", help="what runs: version, clients, models, memory, log")
    status.add_argument("--json", action="store_true", help="print one JSON array")
    status.set_defaults(run=_status)
    stop = actions.add_parser("stop", help="end it; editors that are open start a new one")
    stop.set_defaults(run=_stop)
    inner = actions.add_parser("run", help="started by the first editor; not for people")
    inner.add_argument("--listen-fd", type=int, required=True, help=argparse.SUPPRESS)
    for name in ("--socket", "--lock", "--log-file"):
        inner.add_argument(name, type=Path, required=True, help=argparse.SUPPRESS)
    inner.set_defaults(run=_run)
    parser.set_defaults(parser=parser)


def _status(args: argparse.Namespace) -> int:
    found: list[dict[str, Any]] = []
    whole = _each("status", found.append)
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
    elif found:
        for told in found:
            _print(told)
    else:
        print(speaking.said("No daemon is running. The next editor starts one."))
    return 0 if whole else 1


def _stop(_args: argparse.Namespace) -> int:
    def said(told: dict[str, Any]) -> None:
        editors = told["clients"]
        still = f"; {editors} editors are open and start a new one" if editors else ""
        print(speaking.said(f"Stopped the daemon {told['pid']}{still}."))

    found: list[dict[str, Any]] = []
    whole = _each("stop", found.append)
    for told in found:
        _gone(told["pid"])
        said(told)
    if not found and whole:
        print(speaking.said("No daemon is running."))
    return 0 if whole else 1


def _each(purpose: "Purpose", take: Callable[[dict[str, Any]], None]) -> bool:
    """Ask every daemon of this user; whether each that is there answered."""
    from abacus_lsp.daemon import rendezvous

    if not rendezvous.supported():
        print(speaking.said("This system has no daemon: every editor runs its own model."))
        return True
    from abacus_lsp.daemon.greeting import greeting
    from abacus_lsp.daemon.reaching import Unreachable, ask

    whole = True
    for path in _sockets():
        try:
            told = ask(path, greeting(purpose))
        except Unreachable as error:
            speaking.complain(f"{path}: {error}")
            whole = False
        else:
            if told is not None:
                take(told)
    return whole


def _sockets() -> Iterator[Path]:
    import os

    from abacus_lsp.daemon.rendezvous import folder_of

    yield from sorted(folder_of(os.environ).glob("*.sock"))


def _gone(pid: int) -> None:
    """Wait until the process has ended. A dead one that nobody has buried yet has."""
    import time

    import psutil

    end = time.monotonic() + _WAIT_S
    try:
        process = psutil.Process(pid)
        while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < end:
            time.sleep(0.01)
    except psutil.NoSuchProcess:
        return


def _print(told: dict[str, Any]) -> None:
    language = speaking.language()
    for line in _lines(told):
        print(spoken(line, language))


def _lines(told: dict[str, Any]) -> Iterator[str]:
    memory = ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in told["memory"].items())
    yield f"abacus-lsp {told['version']}, process {told['pid']}, up {_duration(told['uptime_s'])}"
    yield f"  clients  {len(told['clients'])}"
    for client in told["clients"]:
        yield f"           process {client['pid']}, {_duration(client['seconds'])}, {client['folder']}"
    for model in told["models"]:
        yield f"  model    {model['name']} ({model['engine']}), {model['state']}, {model['clients']} clients"
    for index in told["indexes"]:
        yield f"  index    {', '.join(index['folders'])}: {index['files']} files, {index['clients']} clients"
    yield f"  memory   {memory} (with the models' processes)"
    if own := told.get("own"):  # one of another version may not tell it
        counted, limit = (f"{own[name] / 1e6:,.0f} MB" for name in ("counted", "limit"))
        yield f"  counted  {counted} (without models; limits.memoryMb allows {limit})"
    yield f"  leaves   {told['idle_minutes']:g} minutes after its last client"
    yield f"  socket   {told['socket']}"
    yield f"  log      {told['log']}"


def _duration(seconds: int) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _run(args: argparse.Namespace) -> int:
    from abacus_lsp.cli import house

    return house.run(args.listen_fd, args.socket, args.lock, args.log_file)
