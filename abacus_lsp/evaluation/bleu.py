"""BLEU-4 of one answer against the one truth, on code tokens. Knows strings and numbers only."""

import math
import re
from collections import Counter

_TOKEN = re.compile(r"\w+|[^\w\s]")
_ORDER = 4


def tokens(text: str) -> list[str]:
    """Words and single marks; blanks count for nothing."""
    return _TOKEN.findall(text)


def bleu(answer: str, truth: str) -> float:
    """0 to 1: geometric mean of the n-gram precisions for n up to 4, times the brevity penalty.

    Precisions of 2-grams and longer are smoothed by one (Lin and Och 2004), since lines of code are short; n goes
    no further than the shorter of the two has tokens. Two empty texts are the same, one empty text has nothing in common.
    """
    made, wanted = tokens(answer), tokens(truth)
    if not made or not wanted:
        return float(made == wanted)
    orders = range(1, min(_ORDER, len(made), len(wanted)) + 1)
    precisions = [_precision(made, wanted, order) for order in orders]
    if not precisions[0]:
        return 0.0
    brevity = min(0.0, 1 - len(wanted) / len(made))
    return math.exp(brevity + sum(math.log(one) for one in precisions) / len(precisions))


def _precision(made: list[str], wanted: list[str], order: int) -> float:
    ours, theirs = (_grams(words, order) for words in (made, wanted))
    hits, total = (ours & theirs).total(), ours.total()
    return hits / total if order == 1 else (hits + 1) / (total + 1)


def _grams(words: list[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + order]) for at in range(len(words) - order + 1))
