"""`make bench`: prints every budget beside its figure, and fails where one is missed."""

import platform
import sys

import torch

from . import engine, http, page
from .budget import report
from .serving import serving


def main() -> int:
    print(f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads")
    print(f"torch {torch.__version__}, medians of pairs in turn; ratios are within this run")
    rows = engine.rows()
    with serving() as base:
        rows += http.rows(base) + page.rows(base)
    return 0 if report(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
