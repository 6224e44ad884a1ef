"""How long the trust tests try: a short form for every change, a long one for releases (`make trust-long`)."""

import os

LONG = os.environ.get("ABACUS_TRUST") == "long"


def many(short: int, long: int) -> int:
    return long if LONG else short
