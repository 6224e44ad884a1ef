"""Which server is asked: the pool's rules, told the time."""

from collections import Counter

import pytest

from abacus_lsp.engines.pool import Pool, rank

NAMES = ("http://a", "http://b", "http://c")
GONE = ConnectionError("gone")
KEYS = [f"code:repo/file_{number}.py" for number in range(300)]


def home(pool: Pool, key: str, now: float = 0.0) -> str:
    return pool.members[pool.order(key, now)[0]].name


def at_home(key: str) -> int:
    return min(range(len(NAMES)), key=lambda index: rank(NAMES[index], key))


def test_every_document_has_a_home_and_the_homes_are_shared_out() -> None:
    pool = Pool(NAMES)
    homes = Counter(home(pool, key) for key in KEYS)
    assert set(homes) == set(NAMES)
    assert min(homes.values()) > len(KEYS) / 3 * 0.7
    assert [home(Pool(NAMES), key) for key in KEYS] == [home(pool, key) for key in KEYS]


def test_the_order_of_the_settings_does_not_matter() -> None:
    turned = Pool(NAMES[::-1])
    assert all(home(turned, key) == home(Pool(NAMES), key) for key in KEYS)


def test_a_server_that_goes_moves_its_own_documents_only() -> None:
    pool = Pool(NAMES)
    before = {key: home(pool, key) for key in KEYS}
    pool.down(0, GONE, 0.0)
    after = {key: home(pool, key) for key in KEYS}
    assert all(after[key] == before[key] for key in KEYS if before[key] != NAMES[0])
    assert {after[key] for key in KEYS if before[key] == NAMES[0]} == set(NAMES[1:])
    pool.healthy(0)
    assert {key: home(pool, key) for key in KEYS} == before


def test_looks_at_a_server_that_stays_down_become_rarer() -> None:
    pool = Pool(NAMES)
    pauses, now = [], 0.0
    for _ in range(7):
        pool.down(1, GONE, now)
        due = pool.next_look()
        assert due is not None
        assert pool.looks(due - 0.01) == []
        assert pool.looks(due) == [1]
        pauses.append(due - now)
        now = due
    assert pauses == [0.5, 1, 2, 4, 5, 5, 5]
    pool.healthy(1)
    assert pool.next_look() is None


def test_when_all_are_down_nobody_is_asked_until_a_look_finds_one() -> None:
    pool = Pool(NAMES)
    for index in range(3):
        pool.down(index, GONE, 0.0)
    assert pool.order(KEYS[0], 100.0) == []
    assert pool.blocked(100.0) is None
    pool.healthy(1)
    assert pool.order(KEYS[0], 100.0) == [1]


def test_the_only_server_is_asked_every_time() -> None:
    pool = Pool(NAMES[:1])
    pool.down(0, GONE, 0.0)
    assert pool.order(KEYS[0], 0.0) == [0]


@pytest.mark.parametrize("names", [NAMES, NAMES[:1]])
def test_a_busy_server_is_left_alone_for_as_long_as_it_says(names: tuple[str, ...]) -> None:
    pool = Pool(names)
    pool.busy(0, GONE, 7.0, 100.0)
    assert all(0 not in pool.order(key, 106.9) for key in KEYS)
    assert pool.blocked(106.0) == pytest.approx(1.0)
    assert all(0 in pool.order(key, 107.0) for key in KEYS)


def test_without_a_time_the_pauses_double_until_it_answers() -> None:
    pool = Pool(NAMES[:1])
    for pause in (1, 2, 4, 8, 16, 30, 30):
        pool.busy(0, GONE, None, 0.0)
        assert pool.blocked(0.0) == pause
    pool.answered(0, 0.1, 50.0, warm=True)
    pool.busy(0, GONE, None, 50.0)
    assert pool.blocked(50.0) == 1


def test_one_that_answers_nonsense_is_the_last_for_a_while() -> None:
    pool = Pool(NAMES)
    key = KEYS[0]
    first = at_home(key)
    pool.pass_over(first, GONE, 0.0)
    assert pool.order(key, 1.0)[-1] == first
    assert pool.order(key, 6.0)[0] == first


def test_a_limit_of_requests_per_minute_is_kept() -> None:
    pool = Pool(NAMES[:1], [2])
    assert pool.order(KEYS[0], 0.0) == [0]
    pool.asked(0, KEYS[0], 0.0)
    pool.asked(0, KEYS[0], 10.0)
    assert pool.order(KEYS[0], 11.0) == []
    assert pool.blocked(11.0) == pytest.approx(49.0)
    assert pool.order(KEYS[0], 60.0) == [0]


def test_a_slow_home_gives_way_to_a_clearly_quicker_one_and_takes_its_documents_back() -> None:
    pool = Pool(NAMES, slow=1.5)
    key = KEYS[0]
    first, second, third = pool.order(key, 0.0)
    pool.answered(first, 4.0, 0.0, warm=True)
    assert pool.order(key, 1.0) == [second, first, third]
    pool.answered(second, 3.0, 1.0, warm=True)
    pool.answered(third, 3.0, 1.0, warm=True)
    assert pool.order(key, 1.0)[0] == first, "the others are no better"
    assert pool.order(key, 100.0)[0] == first, "what was slow long ago is forgotten"


def test_reading_a_new_document_is_no_sign_of_load() -> None:
    pool = Pool(NAMES)
    assert not pool.asked(0, "code:a", 0.0)
    pool.answered(0, 9.0, 9.0, warm=False)
    assert pool.members[0].waits(9.0) == 0
    assert pool.asked(0, "code:a", 10.0)
    pool.answered(0, 0.5, 10.5, warm=True)
    assert pool.members[0].waits(10.5) == 0.5


def test_requests_that_are_given_up_tell_of_load_too() -> None:
    pool = Pool(NAMES)
    pool.gave_up(0, 3.0, 3.0, warm=True)
    assert pool.members[0].waits(3.0) == 3
    pool.gave_up(0, 0.1, 4.0, warm=True)
    assert pool.members[0].waits(3.0) == 3, "given up early: it says nothing"


def test_waits_are_those_of_the_server_that_the_last_document_would_go_to() -> None:
    pool = Pool(NAMES, slow=100.0)
    key = KEYS[0]
    first = pool.order(key, 0.0)[0]
    pool.asked(first, key, 0.0)
    pool.answered(first, 2.0, 0.0, warm=True)
    assert pool.waits(0.0) == 2
    assert pool.waits(15.0) == pytest.approx(1)
    pool.down(first, GONE, 15.0)
    assert pool.waits(15.0) == 0


def test_what_comes_back_has_an_empty_cache() -> None:
    pool = Pool(NAMES)
    pool.asked(0, KEYS[0], 0.0)
    pool.down(0, GONE, 1.0)
    pool.healthy(0)
    assert not pool.asked(0, KEYS[0], 2.0)
