"""Secrets: the corpus as it was frozen."""

from secret_corpus import FROZEN, corpus, digest


def test_the_corpus_is_as_it_was_frozen() -> None:
    cases = corpus()
    assert digest(cases) == FROZEN
    assert len(cases) >= 300
    assert len({case.kind for case in cases}) >= 25
    assert sum(bool(case.documented) for case in cases) >= len(cases) / 2
    assert all(part in case.text for case in cases for part in case.secrets)
