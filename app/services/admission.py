"""The one queue before the engine: bounded, first in first out for a client, clients in turn."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from math import ceil

from ..errors import Busy, DeadlinePassed
from ..settings import Settings

LONGEST_RETRY_S = 30
RECENT = 0.1
"""Weight of the latest piece of work in the average duration."""


@dataclass(eq=False)
class Seat:
    """A request that was let in."""

    client: str
    number: int
    """Counted as they come."""


@dataclass(eq=False)
class _Waiter:
    seat: Seat
    granted: asyncio.Future[None] = field(default_factory=lambda: asyncio.Future())


_here: ContextVar[Seat | None] = ContextVar("headscope_seat", default=None)


class Admission:
    """Who may be in the house, and whose turn it is. Belongs to the event loop."""

    def __init__(self, settings: Settings) -> None:
        self._permits = self._free = settings.workers
        self._seats = settings.workers + settings.max_queue
        self._deadline_s = settings.queue_deadline_s
        self._numbers = count()
        self._taken: Counter[str] = Counter()
        self._aside = 0
        self._waiting: OrderedDict[str, list[_Waiter]] = OrderedDict()
        """By client, the one whose turn is next first."""
        self._usual_s = 0.0
        self.rejected = Counter[str](busy=0, deadline=0, stopping=0)
        """By reason, since the start."""
        self.left = 0
        """Clients that left before they were answered, since the start."""
        self.closing = False
        """Nobody is let in any more; those who are inside are served."""

    @property
    def inside(self) -> int:
        """Requests that were let in and are not answered."""
        return self._taken.total() + self._aside

    @property
    def queued(self) -> int:
        """Pieces of work that wait for their turn."""
        return sum(map(len, self._waiting.values()))

    @property
    def in_flight(self) -> int:
        """Pieces of work that have a worker."""
        return self._permits - self._free

    def check(self, client: str) -> None:
        """Raises Busy where this client would get no seat now."""
        if self.closing:
            self.rejected["stopping"] += 1
            raise Busy("This server is stopping. Ask again in a moment.", retry_after=5)
        if self._taken.total() >= self._seats and self._greedier_than(client) is None:
            raise self._busy()

    @contextmanager
    def seat(self, client: str) -> Iterator[None]:
        """A place inside while the block runs. Raises Busy."""
        self.check(client)
        greedier = self._greedier_than(client)
        if self._taken.total() >= self._seats and greedier is not None:
            self._turn_out(greedier)
        self._taken[client] += 1
        token = _here.set(Seat(client, next(self._numbers)))
        try:
            yield
        finally:
            _here.reset(token)
            self._leave(client)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Whoever waits for a model to be loaded takes no seat from others meanwhile."""
        seat = here()
        if seat is None:
            yield
            return
        self._leave(seat.client)
        self._aside += 1
        try:
            yield
        finally:
            self._aside -= 1
            self._taken[seat.client] += 1

    async def turn(self) -> None:
        """Waits for a permit, which `give_back` returns.

        Raises DeadlinePassed, and Busy where it had to make room for a client with less to do.
        """
        seat = here() or Seat("", next(self._numbers))
        if self._free and not self._waiting:
            self._free -= 1
            return
        waiter = _Waiter(seat)
        waiters = self._waiting.setdefault(seat.client, [])
        waiters.append(waiter)
        waiters.sort(key=lambda one: one.seat.number)
        try:
            async with asyncio.timeout(self._deadline_s):
                await waiter.granted
        except BaseException as error:
            if _is_granted(waiter):
                self.give_back()
            if isinstance(error, TimeoutError):
                raise self._too_late() from None
            raise
        finally:
            self._forget(waiter)

    def give_back(self) -> None:
        """Passes a permit on to the client whose turn it is."""
        while self._waiting:
            client, waiters = next(iter(self._waiting.items()))
            self._waiting.move_to_end(client)
            waiter = waiters[0]
            self._forget(waiter)
            if not waiter.granted.done():
                waiter.granted.set_result(None)
                return
        self._free += 1

    def took(self, seconds: float) -> None:
        """Hears how long a piece of work ran."""
        self._usual_s += RECENT * (seconds - self._usual_s)

    def _leave(self, client: str) -> None:
        self._taken[client] -= 1
        if not self._taken[client]:
            del self._taken[client]

    def _greedier_than(self, client: str) -> str | None:
        """Of the clients with work that waits the one with the most, if that is more than this
        client would have with one more."""
        greediest = max(self._waiting, key=self._taken.__getitem__, default=client)
        return greediest if self._taken[greediest] > self._taken[client] + 1 else None

    def _turn_out(self, client: str) -> None:
        """The newest of this client's work that waits makes room for another's."""
        waiter = self._waiting[client][-1]
        self._forget(waiter)
        waiter.granted.set_exception(self._busy())

    def _forget(self, waiter: _Waiter) -> None:
        waiters = self._waiting.get(waiter.seat.client, [])
        if waiter in waiters:
            waiters.remove(waiter)
            if not waiters:
                del self._waiting[waiter.seat.client]

    def _busy(self) -> Busy:
        self.rejected["busy"] += 1
        wait = ceil(self._usual_s * self.queued / self._permits)
        seconds = min(max(wait, 1), LONGEST_RETRY_S)
        return Busy(
            f"{self.inside} requests are being served or wait already. Ask again in {seconds} s.",
            retry_after=seconds,
        )

    def _too_late(self) -> DeadlinePassed:
        self.rejected["deadline"] += 1
        return DeadlinePassed(
            f"It waited {self._deadline_s:g} s for its turn and was not begun. Ask again later.",
            retry_after=LONGEST_RETRY_S,
        )


def here() -> Seat | None:
    """The seat of the request that is being served; None for work that the server began itself."""
    return _here.get()


def _is_granted(waiter: _Waiter) -> bool:
    granted = waiter.granted
    return granted.done() and not granted.cancelled() and granted.exception() is None
