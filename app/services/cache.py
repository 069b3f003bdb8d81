"""What may be dropped and made again: held by bytes, the least recently used goes first."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Item(Generic[T]):
    value: T
    nbytes: int
    pins: int = 0


class Cache(Generic[T]):
    """Values up to `limit_bytes` in sum. What is pinned stays, and so does the one used last, even
    if it alone is over the limit. Belongs to one thread (the event loop's)."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._items: OrderedDict[str, _Item[T]] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def __len__(self) -> int:
        return len(self._items)

    @property
    def nbytes(self) -> int:
        return sum(item.nbytes for item in self._items.values())

    def get(self, key: str) -> T | None:
        item = self._items.get(key)
        if item is None:
            return None
        self._items.move_to_end(key)
        return item.value

    def put(self, key: str, value: T, nbytes: int) -> None:
        self._items[key] = _Item(value, nbytes)
        self._items.move_to_end(key)
        self._evict()

    def replace(self, key: str, value: T) -> None:
        """A changed value of the same size; one that went meanwhile stays away."""
        if key in self._items:
            self._items[key].value = value

    @contextmanager
    def pinned(self, key: str) -> Iterator[T]:
        """The value, which stays while the block runs. Raises KeyError."""
        item = self._items[key]
        self._items.move_to_end(key)
        item.pins += 1
        try:
            yield item.value
        finally:
            item.pins -= 1
            self._evict()

    def _evict(self) -> None:
        for key in list(self._items)[:-1]:
            if self.nbytes <= self._limit:
                return
            if not self._items[key].pins:
                del self._items[key]
