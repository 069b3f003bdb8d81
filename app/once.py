"""One analysis as a file: what the API's call for scripts would answer, or a page of its own."""

import sys
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from . import local
from .analysis import Analysis
from .engine.catalog import build_catalog
from .errors import InvalidRequest
from .routes.attention import AttentionBody, about
from .routes.encoding import encode
from .services.answer import answer
from .services.choice import Format, complaint
from .services.selection import select
from .settings import Settings

PAGE = "html"
FORMATS = (*get_args(Format), PAGE)


def analyze(settings: Settings, output: Path, asked: dict[str, str | None]) -> None:
    """BLOCKING. Write what `POST /api/v1/attention` would answer for the first model of `settings`.

    The suffix of `output` is the format; .html gives a page that needs no server. Raises
    HeadscopeError with a sentence; then no file is written.
    """
    content = _content(settings, output.suffix.removeprefix("."), asked)
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InvalidRequest(f"{output} cannot be written: {error.strerror}.") from error


def _content(settings: Settings, format: str, asked: dict[str, str | None]) -> bytes:
    if format not in FORMATS:
        raise InvalidRequest(
            f"The suffix of the file says its format: {', '.join(f'.{name}' for name in FORMATS)}."
        )
    for name in ("heads", "between", "keep"):
        if format == PAGE and asked[name] is not None:
            raise InvalidRequest(
                f"A page shows all heads of its layers and filters them itself; leave --{name} out."
            )
    if format == PAGE and asked["unit"] != "token":
        raise InvalidRequest("A page is switched to words by who reads it; leave --unit out.")
    body = _body({"model": build_catalog(settings).initial, **asked}, format)
    held = local.analyse(settings, body.request())
    if format == PAGE:
        return Analysis(held, settings).to_html(body.layers).encode()
    selection = select(held.run, held.request, body, limit_bytes=sys.maxsize)
    return bytes(encode(answer(held.run, selection), about(held, selection), gzipped=False).body)


def _body(asked: dict[str, str | None], format: str) -> AttentionBody:
    try:
        return AttentionBody.model_validate(
            asked if format == PAGE else {**asked, "format": format}
        )
    except ValidationError as error:
        raise complaint(error) from error
