"""The threads that heavy work runs on, off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Workers:
    """One kind computes, another loads: a model that takes a minute never holds up an analysis."""

    def __init__(self, count: int) -> None:
        self._compute = ThreadPoolExecutor(count, "headscope-compute")
        self._load = ThreadPoolExecutor(1, "headscope-load")

    async def compute(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._compute, work)

    async def load(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._load, work)

    def close(self) -> None:
        """Waits for what runs; what has not begun never does."""
        self._compute.shutdown(cancel_futures=True)
        self._load.shutdown(cancel_futures=True)
