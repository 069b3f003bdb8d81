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
    mapped: int
    pins: int = 0


class Cache(Generic[T]):
    """Values up to `limit_bytes` of memory in sum, and up to `limit_mapped` of files. What is
    pinned stays, and so does the one used last, even if it alone is over a limit. Belongs to one
    thread (the event loop's)."""

    def __init__(self, limit_bytes: int, limit_mapped: int = 0) -> None:
        self._limit, self._limit_mapped = limit_bytes, limit_mapped
        self._items: OrderedDict[str, _Item[T]] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def __len__(self) -> int:
        return len(self._items)

    @property
    def nbytes(self) -> int:
        return sum(item.nbytes for item in self._items.values())

    @property
    def mapped(self) -> int:
        return sum(item.mapped for item in self._items.values())

    def get(self, key: str) -> T | None:
        item = self._items.get(key)
        if item is None:
            return None
        self._items.move_to_end(key)
        return item.value

    def put(self, key: str, value: T, nbytes: int, mapped: int = 0) -> None:
        self._items[key] = _Item(value, nbytes, mapped)
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

    def make_room(self, nbytes: float) -> None:
        """Lets go of so much that a value of this size will fit in memory, if that can be."""
        for key in list(self._items):
            if self.nbytes + nbytes > self._limit:
                self._drop(key)

    def _evict(self) -> None:
        for key in list(self._items)[:-1]:
            item = self._items[key]
            over = item.nbytes and self.nbytes > self._limit
            if over or (item.mapped and self.mapped > self._limit_mapped):
                self._drop(key)

    def _drop(self, key: str) -> None:
        if not self._items[key].pins:
            del self._items[key]
