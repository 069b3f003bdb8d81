"""The threads that heavy work runs on, off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext
from contextvars import copy_context
from functools import partial
from threading import Event
from time import perf_counter
from typing import Any, TypeVar

from ..stopping import stoppable
from .admission import Admission

S = TypeVar("S")
T = TypeVar("T")


class Workers:
    """One kind computes, another loads: a model that takes a minute never holds up an analysis."""

    def __init__(self, count: int, admission: Admission) -> None:
        self._admission = admission
        self._compute = ThreadPoolExecutor(count, "headscope-compute")
        self._load = ThreadPoolExecutor(1, "headscope-load")

    async def compute(self, work: Callable[[], T]) -> T:
        """What `work` returns, in its turn. If whoever awaits it is cancelled, work that waits is
        not begun, and work that runs is `Stopped` where it next asks.

        Raises what `Admission.turn` and the work raise.
        """
        return await self.compute_on(nullcontext(), lambda _: work())

    async def compute_on(self, given: AbstractContextManager[S], work: Callable[[S], T]) -> T:
        """The same with what it works on: entered when its turn has come and left when the work has
        ended, so that whatever waits holds nothing. Raises what entering raises too."""
        await self._admission.turn()
        held, left = ExitStack(), Event()
        try:
            value = held.enter_context(given)
        except BaseException:
            self._admission.give_back()
            raise

        def run() -> T:
            began = perf_counter()
            with stoppable(left.is_set):
                try:
                    return work(value)
                finally:
                    self._admission.took(perf_counter() - began)

        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._compute, copy_context().run, run)
        future.add_done_callback(partial(self._ended, held))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            left.set()
            raise

    def aside(self) -> AbstractContextManager[None]:
        """For waiting that takes no worker."""
        return self._admission.aside()

    async def load(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._load, work)

    def close(self) -> None:
        """Waits for what runs; what has not begun never does."""
        self._compute.shutdown(cancel_futures=True)
        self._load.shutdown(cancel_futures=True)

    def _ended(self, held: ExitStack, future: asyncio.Future[Any]) -> None:
        """The thread is free: only now may another have the permit, whoever left meanwhile."""
        held.close()
        self._admission.give_back()
        if not future.cancelled():
            future.exception()
