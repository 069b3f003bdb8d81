"""How much of a download is there, heard through the progress bars of huggingface_hub."""

from typing import Any

from tqdm import tqdm

from ..records import Report


def counted(total: int, report: Report) -> type[Any]:
    """A progress bar that draws nothing and tells `report` which share of `total` bytes has come.

    huggingface_hub counts the bytes that arrive and those that are written, each in a bar of its
    own; the larger of the two is how far the download is.
    """
    furthest = 0.0

    # tqdm has no types.
    class Counted(tqdm):  # type: ignore[misc]
        def display(self, *_: object, **__: object) -> None:
            """Nothing: a server has no terminal to draw on."""

        def update(self, n: float = 1) -> None:
            nonlocal furthest
            super().update(n)
            if self.unit == "B" and total:
                furthest = max(furthest, min(1.0, self.n / total))
                report(furthest)

    return Counted
