"""Fuzzes one target guided by coverage: `python tests/trust/fuzz.py NAME RUNS`; exit code 0 when nothing was raised."""

import sys
from pathlib import Path


def main() -> None:
    """Instrument our modules, then try `RUNS` inputs; the fuzzer ends the process."""
    import atheris  # a wheel for Linux only

    sys.path.insert(0, str(Path(__file__).parent.parent))
    name, runs = sys.argv[1], int(sys.argv[2])
    with atheris.instrument_imports(include=["abacus_lsp"], enable_loader_override=False):
        from trust.targets import TARGETS
    target = TARGETS[name][0]()
    # A fixed seed: what fails here fails again. `len_control=0`: long inputs from the start.
    options = [f"-runs={runs}", "-seed=1", "-max_len=256", "-len_control=0", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
