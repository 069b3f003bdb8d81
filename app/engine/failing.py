"""What goes wrong inside a model, told as a sentence; its own words may quote the text."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import HeadscopeError, ModelFailed
from ..stopping import Stopped

logger = logging.getLogger(__name__)


@contextmanager
def told(where: str, advice: str) -> Iterator[None]:
    """Raises ModelFailed for whatever the block raises by accident, and logs where that was.

    `where` completes "The model failed ...", `advice` says what to do.
    """
    try:
        yield
    except (HeadscopeError, Stopped, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # The tokenizers library panics past Exception.
        name = type(error).__name__
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("the model failed %s: %s\n%s", where, name, frames)
        if ran_out_of_memory(error):
            raise ModelFailed(f"The model ran out of memory {where}. {advice}") from error
        raise ModelFailed(f"The model failed {where} ({name}). {advice}") from error


def ran_out_of_memory(error: BaseException) -> bool:
    """torch has a class of its own for devices only; on the CPU its allocator says it in words."""
    names = (MemoryError.__name__, "OutOfMemoryError")
    found = any(kind.__name__ in names for kind in type(error).__mro__)
    return found or "can't allocate memory" in str(error)
