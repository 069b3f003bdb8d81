"""Runs in the rivals' environment: attention weights in memory become a page, as their READMEs say.

    python draw.py VIEW TENSORS.npy TOKENS.json PAGE.html

Prints the seconds from the call to the written page; importing the library is not counted.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attnview
import bertviz
import numpy as np
import torch
from torch import Tensor

Attention = tuple[Tensor, ...]
"""Of each layer (1, heads, queries, keys)."""


def of_bertviz(view: Callable[..., Any]) -> Callable[[Attention, list[str], Path], object]:
    def draw(attention: Attention, tokens: list[str], page: Path) -> None:
        page.write_text(view(attention, tokens, html_action="return").data)

    return draw


def of_attnview(attention: Attention, tokens: list[str], page: Path) -> None:
    cache = {f"blocks.{at}.attn.hook_pattern": layer for at, layer in enumerate(attention)}
    attnview.export_cache(cache, page, tokens=tokens)


VIEWS = {
    "head_view": of_bertviz(bertviz.head_view),
    "model_view": of_bertviz(bertviz.model_view),
    "attnview": of_attnview,
}


def main(view: str, tensors: str, tokens: str, page: str) -> None:
    attention = tuple(torch.from_numpy(layer)[None] for layer in np.load(tensors))
    words = json.loads(Path(tokens).read_text())
    began = time.perf_counter()
    VIEWS[view](attention, words, Path(page))
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main(*sys.argv[1:])
