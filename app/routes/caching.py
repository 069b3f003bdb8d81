"""Answers about an analysis never change: a browser keeps them, and asks again by their tag."""

from hashlib import blake2b
from typing import Any

import orjson
from fastapi import Request, Response

CACHING = "private, immutable, max-age=31536000"
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What was asked for is the answer that `If-None-Match` names."}
}


def caching(id: str, question: Any) -> dict[str, str]:
    """Headers of the answer to a resolved question about this analysis."""
    digest = blake2b(id.encode() + orjson.dumps(question), digest_size=12).hexdigest()
    return {"ETag": f'"{digest}"', "Cache-Control": CACHING}


def unchanged(request: Request, headers: dict[str, str]) -> Response | None:
    """304 where the client has this very answer."""
    known = headers["ETag"] in request.headers.get("if-none-match", "")
    return Response(status_code=304, headers=headers) if known else None
