"""What a trace keeps its queries, keys and values as: in which dtype, in memory or in a file."""

import mmap
import tempfile
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from math import inf
from pathlib import Path

import torch
from torch import Tensor

from ..errors import DiskFull, TooManyTokens
from ..records import TraceDtype


@dataclass(frozen=True)
class Keeping:
    """How the tensors of one analysis are kept."""

    dtype: TraceDtype = "float32"
    folder: Path | None = None
    """Of the files that they are mapped from; None keeps them in memory."""

    def __call__(self, tensor: Tensor) -> Tensor:
        """The tensor in main memory, without the storage of a larger one that it may be a view of.

        What float16 cannot hold (beyond 65504) stays float32. Raises DiskFull.
        """
        if self.dtype == "float16":
            half = tensor.half()
            tensor = tensor if half.isinf().any() else half
        if self.folder is not None:
            return _mapped(tensor.cpu().contiguous(), self.folder)
        shared = tensor.untyped_storage().nbytes() > tensor.nbytes
        return tensor.clone() if shared and tensor.device.type == "cpu" else tensor.cpu()


def _mapped(tensor: Tensor, folder: Path) -> Tensor:
    """The same numbers from a file that has no name any more: nothing is left when the process
    ends, however it ends. Written first: a full disk is an error then, and no signal later."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(tensor.numpy().data)
            file.flush()
            pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            why = "The disk is full, so what", "Free some of it, or shorten the text."
        else:
            why = (
                f"Nothing can be written below HEADSCOPE_CACHE_DIR ({type(error).__name__}), so "
                "what",
                "Set it to a folder that can be written to, set HEADSCOPE_MAX_MAPPED_BYTES=0 to "
                "keep everything in memory, or shorten the text.",
            )
        raise DiskFull(
            f"{why[0]} this model attends to in so long a text cannot be kept. {why[1]}"
        ) from error
    return torch.frombuffer(pages, dtype=tensor.dtype).view(tensor.shape)


@dataclass(frozen=True)
class Room:
    """What all traces may take, and from which size on one lies in files."""

    dtype: TraceDtype = "float32"
    memory_bytes: float = inf
    map_over_bytes: float = inf
    mapped_bytes: float = inf
    folder: Path | None = None

    def keeping(self, tokens: int, needed: float) -> Keeping:
        """How a trace of `needed` bytes is kept: in the place meant for its size, or else in the
        other. Raises TooManyTokens where neither has room."""
        in_files = self.folder is not None and needed <= self.mapped_bytes
        in_memory = needed <= self.memory_bytes
        if in_files and (needed > self.map_over_bytes or not in_memory):
            return Keeping(self.dtype, self.folder)
        if in_memory:
            return Keeping(self.dtype)
        raise TooManyTokens(
            f"The text has {tokens:,} tokens. To keep what this model attends to in them takes "
            f"{needed / 1e6:,.1f} MB, and this server may hold {self.memory_bytes / 1e6:,.1f} MB "
            f"in memory and {self.mapped_bytes / 1e6:,.1f} MB in files. Shorten the text, or set "
            "HEADSCOPE_MAX_TRACES_BYTES or HEADSCOPE_MAX_MAPPED_BYTES."
        )
