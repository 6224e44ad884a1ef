"""The lock files are in step with pyproject.toml: every dependency pinned within its range, every pin with hashes."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.trust

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
WANTED = {
    "requirements.lock": PROJECT["dependencies"],
    "requirements-all.lock": [
        *PROJECT["dependencies"],
        *(each for extra in EXTRAS.values() for each in extra if not each.startswith("abacus-lsp")),
    ],
}


def pins(text: str) -> dict[str, list[tuple[str, int]]]:
    """Name -> (version, how many hashes) of each of its pins; several where systems differ."""
    found: dict[str, list[tuple[str, int]]] = {}
    for entry in re.split(r"\n(?=\S)", text.replace("\\\n", " ")):
        name, _, version = re.split(r"[ ;]", entry.strip())[0].partition("==")
        found.setdefault(canonicalize_name(name), []).append((version, entry.count("--hash=sha256:")))
    return found


@pytest.mark.parametrize("name", WANTED)
def test_every_dependency_is_pinned_within_its_range(name: str) -> None:
    held = pins((ROOT / name).read_text())
    for text in WANTED[name]:
        wanted = Requirement(text)
        versions = [version for version, _ in held[canonicalize_name(wanted.name)]]
        assert versions, text
        assert all(wanted.specifier.contains(version) for version in versions), (text, versions)


@pytest.mark.parametrize("name", WANTED)
def test_every_pin_has_hashes_and_no_place_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    assert all(hashes for each in pins(text).values() for _, hashes in each)
    assert not re.search(r"://|--(?:extra-)?index|--find-links|file:|@ ", text)


def test_a_pin_outside_of_its_range_would_be_seen() -> None:
    assert not Requirement("pygls>=2.1.1,<3").specifier.contains("3.0")
    assert pins("a==1 \\\n    --hash=sha256:00\nb==2 ; x\n") == {"a": [("1", 1)], "b": [("2", 0)]}
