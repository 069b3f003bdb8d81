"""How far a run is, for whoever waits for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from ..errors import NotFound

Stage = Literal["load", "queue", "forward"]


@dataclass
class Progress:
    """Written by the thread that computes, read by the event loop."""

    stage: Stage = "load"
    """The model is being loaded, the run waits for its turn, the model reads the text."""
    done: int | None = None
    """Layers, where the model tells."""
    total: int | None = None

    def begin(self, layers: int) -> None:
        self.stage, self.total = "forward", layers

    def layer(self, done: float) -> None:
        self.done = int(done)


class Follower:
    """One request that waits; equal requests come to wait for the same run."""

    def __init__(self) -> None:
        self.progress = Progress()


class Followers:
    """The requests that someone wants to watch, by a name that the one who waits has given."""

    def __init__(self) -> None:
        self._named: dict[str, Follower] = {}

    @contextmanager
    def following(self, name: str | None) -> Iterator[Follower]:
        """Can be watched under its name while the block runs."""
        follower = Follower()
        if name is not None:
            self._named[name] = follower
        try:
            yield follower
        finally:
            if name is not None:
                self._named.pop(name, None)

    def of(self, name: str) -> Progress:
        """Raises NotFound."""
        try:
            return self._named[name].progress
        except KeyError:
            raise NotFound("No run of that name is under way.") from None
