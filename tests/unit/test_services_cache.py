"""What stays and what goes when memory is short."""

import pytest

from app.services.cache import Cache


def filled(limit: int, *sizes: int) -> Cache[str]:
    cache: Cache[str] = Cache(limit)
    for place, size in enumerate(sizes):
        cache.put(str(place), f"value {place}", size)
    return cache


def held(cache: Cache[str]) -> str:
    return "".join(key for key in "01234" if key in cache)


def test_the_least_recently_used_goes_first() -> None:
    cache = filled(10, 4, 4)
    cache.get("0")
    cache.put("2", "value 2", 4)
    assert held(cache) == "02"
    assert cache.nbytes == 8


def test_pinning_counts_as_use() -> None:
    cache = filled(10, 4, 4)
    with cache.pinned("0"):
        pass
    cache.put("2", "value 2", 4)
    assert held(cache) == "02"


def test_the_newest_stays_even_if_it_is_over_the_limit_alone() -> None:
    assert held(filled(10, 4, 50)) == "1"


def test_what_is_pinned_stays_and_goes_once_it_is_released() -> None:
    cache = filled(10, 6)
    with cache.pinned("0") as value, cache.pinned("0"):
        cache.put("1", "value 1", 6)
        cache.put("2", "value 2", 6)
        assert (value, held(cache)) == ("value 0", "02")
    assert held(cache) == "2"


def test_a_pin_is_released_by_an_exception() -> None:
    cache = filled(10, 6)
    with pytest.raises(RuntimeError), cache.pinned("0"):
        raise RuntimeError
    cache.put("1", "value 1", 6)
    assert held(cache) == "1"


def test_replacing_changes_the_value_and_never_brings_one_back() -> None:
    cache = filled(10, 6)
    cache.replace("0", "changed")
    cache.replace("1", "gone")
    assert (cache.get("0"), cache.get("1"), len(cache), cache.nbytes) == ("changed", None, 1, 6)


def test_what_is_in_the_making_counts_until_it_is_there_or_given_up() -> None:
    cache = filled(10, 4, 4)
    cache.make_room("2", 5)
    assert held(cache) == "1"
    cache.make_room("3", 5)
    assert held(cache) == ""
    cache.put("2", "value 2", 5)
    cache.give_up("3")
    cache.put("4", "value 4", 5)
    assert held(cache) == "24"


def test_room_in_files_is_made_as_well() -> None:
    cache: Cache[str] = Cache(10, 10)
    for place in range(3):
        cache.put(str(place), "", 0, 3)
    cache.make_room("3", 0, 7)
    assert (held(cache), cache.mapped) == ("2", 3)
    cache.put("3", "", 0, 7)
    assert held(cache) == "23"


def test_what_is_not_held_cannot_be_pinned() -> None:
    with pytest.raises(KeyError), filled(10).pinned("0"):
        pass
