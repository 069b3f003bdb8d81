"""What may be dropped and made again: held by bytes, the least recently used goes first."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Item(Generic[T]):
    value: T
    nbytes: int
    mapped: int
    pins: int = 0


class Cache(Generic[T]):
    """Values up to `limit_bytes` of memory in sum, and up to `limit_mapped` of files, those in the
    making among them. What is pinned stays, and so does the one used last, even if it alone is over
    a limit. Belongs to one thread (the event loop's)."""

    def __init__(self, limit_bytes: int, limit_mapped: int = 0) -> None:
        self._limit, self._limit_mapped = limit_bytes, limit_mapped
        self._items: OrderedDict[str, _Item[T]] = OrderedDict()
        self._coming: dict[str, tuple[float, float]] = {}
        self.nbytes = self.mapped = 0
        """Of all values, in memory and in files."""

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: str) -> T | None:
        item = self._items.get(key)
        if item is None:
            return None
        self._items.move_to_end(key)
        return item.value

    def put(self, key: str, value: T, nbytes: int, mapped: int = 0) -> None:
        self._forget(key)
        self.give_up(key)
        self._items[key] = _Item(value, nbytes, mapped)
        self.nbytes += nbytes
        self.mapped += mapped
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

    def make_room(self, key: str, nbytes: float, mapped: float = 0) -> None:
        """Lets go of so much that a value of this size will fit, as far as that can be done, and
        counts the value from now on, until it is `put` or given up."""
        self._coming[key] = nbytes, mapped
        self._evict(keeping=0)

    def give_up(self, key: str) -> None:
        """The value that room was made for does not come."""
        self._coming.pop(key, None)

    def _evict(self, keeping: int = 1) -> None:
        coming, coming_mapped = map(sum, zip((0.0, 0.0), *self._coming.values(), strict=True))
        while self.nbytes + coming > self._limit:
            if not self._drop_first(lambda item: item.nbytes > 0, keeping):
                break
        while self.mapped + coming_mapped > self._limit_mapped:
            if not self._drop_first(lambda item: item.mapped > 0, keeping):
                break

    def _drop_first(self, helps: Callable[[_Item[T]], bool], keeping: int) -> bool:
        """Lets go of the value used longest ago that helps, not of the last `keeping` ones."""
        for key, item in islice(self._items.items(), len(self._items) - keeping):
            if not item.pins and helps(item):
                self._forget(key)
                return True
        return False

    def _forget(self, key: str) -> None:
        item = self._items.pop(key, None)
        if item is not None:
            self.nbytes -= item.nbytes
            self.mapped -= item.mapped
