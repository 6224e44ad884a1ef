"""Prompt lookup and slots: plain values, no model."""

import pytest

from abacus_lsp.engines.lookup import Lookup
from abacus_lsp.engines.slots import Slots


@pytest.mark.parametrize(
    ("tokens", "guess"),
    [
        ([], []),
        ([1, 2, 3, 4], []),
        ([1, 2, 3, 4, 1, 2], [3, 4]),
        ([1, 2, 3, 9, 8, 7, 6, 5, 1, 2, 3], [9, 8, 7, 6, 5, 1]),
        ([1, 2, 3, 4, 5, 9, 2, 3, 4, 6, 1, 2, 3, 4], [5, 9, 2, 3, 4, 6]),
        ([1, 2, 3, 5, 1, 2, 3, 6, 1, 2, 3], [6, 1, 2, 3]),
        ([7, 7, 7, 7], [7]),
    ],
    ids=["empty", "new", "two agree", "three agree", "the longest run wins", "the last place wins", "itself"],
)
def test_what_followed_last_time(tokens: list[int], guess: list[int]):
    assert Lookup(tokens).guess() == guess


def test_written_tokens_are_looked_up_as_well():
    lookup = Lookup([1, 2, 3])
    for token in (4, 5, 1, 2, 3):
        lookup.append(token)
    assert lookup.guess() == [4, 5, 1, 2, 3]


def test_right_guesses_grow_and_wrong_ones_shrink():
    tokens = [*range(40), 0, 1, 2]
    lookup = Lookup(tokens)
    sizes = [len(lookup.guess())]
    for right in (1.0, 1.0, 0.5, 0.2, 0.0, 0.0, 1.0):
        lookup.judge(sizes[-1], int(sizes[-1] * right))
        sizes.append(len(lookup.guess()))
    assert sizes[1] > sizes[0]
    assert sizes[2] == sizes[1] == sizes[3], "there is a most; half right is right enough"
    assert sizes[6] < sizes[5] < sizes[4] or sizes[6] == 2
    assert sizes[7] > sizes[6]
    lookup.judge(0, 0)
    assert len(lookup.guess()) == sizes[7], "nothing was guessed, nothing is learned"


@pytest.mark.parametrize(
    ("total", "names", "numbers"),
    [
        (1, ["code:a", "chat", "code:b", "near:a"], [0, 0, 0, 0]),
        (2, ["code:a", "chat", "code:b", "code:a"], [0, 1, 0, 0]),
        (3, ["code:a", "chat", "code:b", "docstring", "code:a", "near:a"], [0, 2, 1, 2, 0, 2]),
        (4, ["code:a", "near:a", "code:b", "chat", "code:a", "code:c", "code:a"], [0, 2, 1, 3, 0, 1, 0]),
        (5, ["code:a", "code:b", "code:c", "code:a", "code:d", "near:a", "code:b"], [0, 1, 2, 0, 1, 3, 2]),
    ],
)
def test_files_take_turns_and_other_work_has_its_own(total: int, names: list[str], numbers: list[int]):
    slots = Slots(total)
    assert [slots.number(name) for name in names] == numbers


SNIPPETS = list(range(9000, 9200))
PLACE = list(range(1000))
ELSEWHERE = list(range(5000, 6000))


def read(slots: Slots, name: str, ids: list[int]) -> int:
    number = slots.number(name, ids)
    slots.read(len(ids))
    return number


def test_a_look_at_another_place_of_a_file_costs_neither_it_nor_other_files_their_cache():
    slots = Slots(5)
    home, other = read(slots, "code:a", [*SNIPPETS, *PLACE]), read(slots, "code:b", ELSEWHERE)
    away = read(slots, "code:a", [*SNIPPETS[:40], *ELSEWHERE])
    assert len({home, other, away}) == 3
    assert slots.unread("code:a", [*SNIPPETS, *PLACE, 1]) == 1
    assert read(slots, "code:a", [*SNIPPETS, *PLACE, 1]) == home
    third = list(range(7000, 8000))
    assert read(slots, "code:a", third) == away, "its own, not the other file's"
    assert slots.unread("code:b", [*ELSEWHERE, 1]) == 1


def test_a_window_that_begins_later_stays_in_its_cache():
    slots = Slots(5)
    home = read(slots, "code:a", [*SNIPPETS, *PLACE])
    assert read(slots, "code:a", [*SNIPPETS, *PLACE[400:], 1, 2, 3]) == home, (
        "an engine may move what is left"
    )


def test_what_was_not_read_to_its_end_is_not_there():
    slots = Slots(5)
    slots.number("code:a", PLACE)
    assert slots.unread("code:a", PLACE) == 1000
    slots.read(300)
    assert slots.unread("code:a", PLACE) == 700
    assert slots.number("code:a", ELSEWHERE) == 1
    assert slots.unread("code:a", PLACE) == 700
    assert slots.number("code:a", [*PLACE[:100], 1, 2]) == 0
    assert slots.unread("code:a", PLACE) == 900


def test_without_a_cache_to_spare_nobody_asks_with_less_context():
    assert Slots(3).unread("code:a", PLACE) is None
