"""What the catalogue says about a model before it is loaded."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from ..records import Report, StackName


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the model list. None means "known once it is loaded"."""

    id: str
    title: str
    family: str
    source: Literal["packaged", "local", "hub"]
    input: Literal["text"] = "text"
    stacks: tuple[StackName, ...] = ()
    layers: int | None = None
    heads: int | None = None
    max_tokens: int | None = None
    parameters: int | None = None
    pairs: bool = False
    license: str | None = None
    size_bytes: int | None = None
    """Of the download for a Hub model, of the weights on disk for the others."""
    revision: str | None = None
    on_disk: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    """A folder in the Hub's format, and what names its content: a commit or a hash of its files."""

    folder: Path
    revision: str


class Offer(Protocol):
    """A model that may be chosen, wherever it lies."""

    @property
    def id(self) -> str: ...

    def entry(self) -> Entry:
        """What can be said now, from a look at the disk."""
        ...

    def find(self, report: Report, limit_bytes: int | None) -> Path:
        """BLOCKING. The model's folder; `report` hears the share of a download, which is not begun
        where its weights alone are larger than the limit.

        Raises ModelFailed or ModelRefused.
        """
        ...

    def revision(self, folder: Path) -> str:
        """What names the content of the folder that was found."""
        ...
