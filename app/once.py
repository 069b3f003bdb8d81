"""One analysis without a server, written as the API's call for scripts would answer it."""

import sys
from pathlib import Path

from pydantic import ValidationError

from . import local
from .engine.catalog import build_catalog
from .errors import InvalidRequest
from .routes.attention import AttentionBody, about
from .routes.encoding import encode
from .services.answer import answer
from .services.choice import complaint
from .services.selection import select
from .settings import Settings


def analyze(
    settings: Settings,
    text: str,
    output: Path,
    *,
    pair: str | None,
    layers: str | None,
    heads: str | None,
) -> None:
    """BLOCKING. Write what `POST /api/v1/attention` would answer for the first model of `settings`.

    The suffix of `output` is the format. Raises HeadscopeError with a sentence; then no file is
    written.
    """
    asked = {
        "model": build_catalog(settings).initial,
        "text": text,
        "text_pair": pair,
        "layers": layers,
        "heads": heads,
        "format": output.suffix.removeprefix("."),
    }
    try:
        body = AttentionBody.model_validate(asked)
    except ValidationError as error:
        raise complaint(error) from error
    held = local.analyse(settings, body.request())
    selection = select(held.run, held.request, body, limit_bytes=sys.maxsize)
    content = encode(answer(held.run, selection), about(held, selection), gzipped=False).body
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InvalidRequest(f"{output} cannot be written: {error.strerror}.") from error
