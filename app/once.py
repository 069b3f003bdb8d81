"""One analysis without a server, through the very route that the API has for scripts."""

import asyncio
import sys
from pathlib import Path

from fastapi import Request
from pydantic import ValidationError

from .engine.catalog import build_catalog
from .errors import InvalidRequest
from .main import create_app
from .routes.attention import AttentionBody, attention_of_text
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
        first = error.errors()[0]
        said = first["msg"].removeprefix("Value error, ")
        raise InvalidRequest(f"{first['loc'][0]}: {said}.") from error
    content = asyncio.run(_answer(settings, body))
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InvalidRequest(f"{output} cannot be written: {error.strerror}.") from error


async def _answer(settings: Settings, body: AttentionBody) -> bytes:
    """The body of the response. Limits that protect a server do not apply to the one who typed."""
    unlimited = {"max_answer_bytes": sys.maxsize, "load_deadline_s": float(sys.maxsize)}
    app = create_app(settings.model_copy(update=unlimited))
    async with app.router.lifespan_context(app) as state:
        request = Request({"type": "http", "headers": [], "state": state})
        response = await attention_of_text(body, request, request.state.services)
        return bytes(response.body)
