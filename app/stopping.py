"""How work in a thread ends early: it asks at every layer whether anybody still waits for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_abandoned: ContextVar[Callable[[], bool] | None] = ContextVar("headscope_abandoned", default=None)


class Stopped(Exception):
    """Nobody waits for this work any more."""


@contextmanager
def stoppable(abandoned: Callable[[], bool]) -> Iterator[None]:
    """The work of the block ends early once `abandoned` says so; heard in this context only."""
    token = _abandoned.set(abandoned)
    try:
        yield
    finally:
        _abandoned.reset(token)


def check_wanted() -> None:
    """Raises Stopped where the work under way has been abandoned."""
    abandoned = _abandoned.get()
    if abandoned is not None and abandoned():
        raise Stopped
