"""`python -m abacus_lsp` and the console script `abacus-lsp`."""

import sys


def main() -> int:
    """Run the command line; the exit code is the shell's.

    `--version` is answered before anything is imported: editors ask it at every start.
    """
    if sys.argv[1:] in (["--version"], ["-V"]):
        from abacus_lsp import __version__  # noqa: PLC0415  (nothing else is loaded for it)

        print(f"abacus-lsp {__version__}")  # noqa: T201  (the command line prints)
        return 0
    from abacus_lsp.cli import run  # noqa: PLC0415  (nothing of it is needed for --version)

    return run(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
