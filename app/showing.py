"""Attention that people have already, on the page's own views: for Python and for the command"""

import os
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .analysis import Analysis
from .errors import InvalidRequest
from .services.given import LOOSE, hold
from .services.given_arrays import gather
from .services.given_files import read, read_tokens
from .services.given_tokens import line_of
from .settings import read_settings


def show(
    attentions: Any,
    tokens: Sequence[str] | Any | None = None,
    target_tokens: Sequence[str] | Any | None = None,
    *,
    batch: int | None = None,
    title: str | None = None,
) -> Analysis:
    """Weights from elsewhere as an analysis; in a notebook, as the last line of a cell, its page.

    `attentions` is what a transformers model returned or its tuple of (1, heads, queries, keys)
    tensors, a cache of TransformerLens or one entry of it, an array [layer][head][query][key], or
    a file of such. `tokens` are strings, one for every key, or the encoding of a fast tokenizer;
    `target_tokens` those of a decoder beside an encoder. Warns where rows do not sum to 1. Raises
    HeadscopeError with a sentence for what cannot be shown.
    """
    found = _analysis(attentions, tokens, target_tokens, batch, title)
    if notice := notice_of(found):
        warnings.warn(notice, stacklevel=2)
    return found


def view(
    file: Path,
    tokens: Path | None,
    target_tokens: Path | None,
    batch: int | None,
    title: str | None,
) -> Analysis:
    """The same of a file, with tokens from files. Raises HeadscopeError."""
    ours, target = (path and read_tokens(path) for path in (tokens, target_tokens))
    return _analysis(file, ours, target, batch, title)


def write_page(page: str, output: Path | None) -> Path:
    """Where it is now: a file of its own, that nobody else can read, if no other is named."""
    if output is None:
        handle, name = tempfile.mkstemp(prefix="headscope-", suffix=".html")
        os.close(handle)
        output = Path(name)
    elif output.suffix.lower() not in (".html", ".htm"):
        raise InvalidRequest("What is written is a page: give it the suffix .html.")
    try:
        output.write_text(page, "utf-8")
    except OSError as error:
        raise InvalidRequest(f"{output} cannot be written: {error.strerror}.") from error
    return output.resolve()


def notice_of(analysis: Analysis) -> str | None:
    """What must be said of weights that are shown as they are."""
    error = analysis.checks.row_sum_error or 0.0
    if error <= LOOSE:
        return None
    return (
        f"Rows of these weights do not sum to 1: they are off by up to {error:.2g}. They are shown "
        "as they are."
    )


def _analysis(
    attentions: Any, tokens: Any, target_tokens: Any, batch: int | None, title: str | None
) -> Analysis:
    if isinstance(attentions, str | os.PathLike):
        path = Path(attentions)
        content = read(path)
        attentions, title = content.attentions, title or path.name
        tokens = content.tokens if tokens is None else tokens
        target_tokens = content.target_tokens if target_tokens is None else target_tokens
    lines = line_of(tokens, batch), line_of(target_tokens, batch)
    return Analysis(hold(gather(attentions, batch), *lines, title), read_settings())
