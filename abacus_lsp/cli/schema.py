"""`abacus-lsp schema`: the settings, for people and for editors."""

import argparse
import json
from typing import Any

from abacus_lsp.cli import speaking


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "schema",
        help="every setting, its default and what it allows",
        description=(
            "List the settings. The same keys work in the editor (initializationOptions or the section "
            '"abacus") and in the settings file, whose place is printed first.'
        ),
    )
    parser.add_argument("--json", action="store_true", help="print the JSON schema")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the table or the JSON schema."""
    from abacus_lsp import configuration
    from abacus_lsp.schema import rows, schema

    if args.json:
        print(json.dumps(schema(), ensure_ascii=False, indent=2))
        return 0
    print(speaking.said(f"Settings file: {configuration.user_file()}") + "\n")
    for row in rows():
        print(
            f"{row.key} = {json.dumps(row.default, ensure_ascii=False)}\n    {row.english}\n    {row.chinese}"
        )
    return 0
