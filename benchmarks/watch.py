"""What processes take together, seen from outside; past a limit they are ended."""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Any, Self

import psutil

EVERY_S = 0.2
LIMIT_BYTES = 6 * 1024**3
LIMIT_S = 120.0


def chromium() -> list[Any]:
    """Processes of the browser that this program runs."""
    return [each for each in psutil.Process().children(recursive=True) if "chrom" in each.name()]


class Watch:
    """Knows the most memory that `processes()` took together, shared pages counted once."""

    def __init__(self, processes: Callable[[], Iterable[Any]], seconds: float = LIMIT_S) -> None:
        self.most = 0
        self.ended: str | None = None
        """Why the processes were ended, if they were."""
        self._processes, self._seconds = processes, seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        deadline = monotonic() + self._seconds
        while not self._done.wait(EVERY_S):
            with suppress(psutil.Error):
                self.most = max(self.most, sum(map(_taken, self._processes())))
            if self.most > LIMIT_BYTES:
                return self._end(f"took more than {LIMIT_BYTES / 1024**3:.0f} GiB")
            if monotonic() > deadline:
                return self._end(f"drew nothing within {self._seconds:.0f} s")

    def _end(self, why: str) -> None:
        self.ended = why
        with suppress(psutil.Error):
            for process in self._processes():
                with suppress(psutil.NoSuchProcess):
                    process.kill()


def _taken(process: Any) -> int:
    with suppress(psutil.Error):
        return int(process.memory_full_info().pss)
    return 0
