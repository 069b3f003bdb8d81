"""How the C library keeps the memory that tensors leave behind."""

import ctypes
from functools import cache

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h
_MIB = 1 << 20


@cache
def keep_freed_memory() -> None:
    """Lets glibc keep up to 256 MiB of freed memory instead of giving it back at once.

    By default each forward pass returns its activations to the kernel and the next one faults them
    in again: 7,000 page faults and a tenth of the time for MiniLM at 512 tokens. Other C libraries
    have no `mallopt` and stay as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 32 * _MIB)
        mallopt(_M_TRIM_THRESHOLD, 256 * _MIB)


def give_back_freed_memory() -> None:
    """Gives the kernel what lies unused in glibc's heaps; other C libraries stay as they are.

    The passes of long texts leave holes that no later one fills: after four of 2,048 tokens the
    heaps hold more that is free than all four traces.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
