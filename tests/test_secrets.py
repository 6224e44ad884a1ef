"""The rules that find secrets: against a corpus that was frozen before them, and against real source."""

import sysconfig
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from secret_corpus import FROZEN, corpus, digest

from retrieval.secret_kinds import KINDS
from retrieval.secret_scan import MASK, find, find_in_file, holds_secret, inside, masked

pytestmark = pytest.mark.trust

CHUNK = 20  # lines, as the index cuts


def chunks() -> list[str]:
    """Chunks of the source of installed packages, from all over, always the same ones."""
    files = sorted(Path(sysconfig.get_path("purelib")).rglob("*.py"))
    found: list[str] = []
    for file in files[:: max(len(files) // 700, 1)]:
        lines = file.read_text("utf-8", "replace").split("\n")
        found += ["\n".join(lines[n : n + CHUNK]) for n in range(0, len(lines), CHUNK * 5)]
    return found


def test_the_corpus_is_as_it_was_frozen() -> None:
    cases = corpus()
    assert digest(cases) == FROZEN
    assert len(cases) >= 300
    assert len({case.kind for case in cases}) >= 25
    assert sum(bool(case.documented) for case in cases) >= len(cases) / 2
    assert all(part in case.text for case in cases for part in case.secrets)


def test_every_secret_of_the_corpus_is_found() -> None:
    missed = Counter(
        case.kind
        for case in corpus()
        if any(part in masked(case.text, find_in_file(case.text)) for part in case.secrets)
    )
    assert not missed


@pytest.mark.slow
def test_real_source_is_left_alone() -> None:
    sample = chunks()
    flagged = [chunk for chunk in sample if holds_secret(chunk)]
    print(f"{len(flagged)} of {len(sample)} chunks flagged")
    assert len(sample) > 1000
    assert len(flagged) <= len(sample) / 100


def test_block_by_block_finds_what_the_whole_finds() -> None:
    text = "\n".join(case.text for case in islice(corpus(), 0, None, 9))
    assert masked(text, find_in_file(text)) == masked(text, find(text))


@pytest.mark.parametrize(
    "text",
    [
        "password = os.environ['PASSWORD']", "password: str = ''", "def f(password, token=None): ...", "token = tokens[i]",
        "TOKEN_LIMIT = 4096", "secret = get_secret('db')", "api_key = '${API_KEY}'", "password = '<your password>'",
        "KEY = 'user.name'", "url = 'https://example.com/path?key=value'", "auth = (user, password)", "tokens = 'a b c'",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "密码 = 输入()", "postgres://user:password@localhost/db",
        "from secrets import token_hex", "key = 'description'", "-----BEGIN CERTIFICATE-----", "sk-learn", "hf_hub_download",
        "git+https://github.com/a/b.git@main", "http://localhost:8080/@scope/name", "the password: must not be empty",
    ],
)  # fmt: skip
def test_ordinary_code_holds_no_secret(text: str) -> None:
    assert not find(text)


def test_places_and_masks() -> None:
    key = "AK" + "IA" + "QWERTYUIOPASDFGH"
    text = f"a = '{key}'\nİ = '{key}'\n"
    found = find(text)
    assert [text[place.start : place.end] for place in found] == [key, key]
    assert masked(text, found) == f"a = '{MASK}'\nİ = '{MASK}'\n"
    assert masked(text[7:], found, 7) == f"{MASK}'\nİ = '{MASK}'\n"
    first = found[0]
    assert inside(found, first.start) == inside(found, first.end) == first
    assert inside(found, first.end + 1) is None


def test_the_mask_is_no_secret_itself() -> None:
    assert not find(f"password = '{MASK}'\ntoken: {MASK}\n")


def test_rows_are_told_apart() -> None:
    names = [kind.name for kind in KINDS]
    assert len(names) == len(set(names)) >= 25
    assert all(need == need.lower() for kind in KINDS for need in kind.needs)
