"""Answers about an analysis never change: a browser keeps them, and asks again by their tag."""

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Any

import orjson
from fastapi import Request, Response

CACHING = "private, immutable, max-age=31536000"
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What was asked for is the answer that `If-None-Match` names."}
}


async def cached(
    id: str, question: Any, request: Request, compute: Callable[[], Awaitable[Response]]
) -> Response:
    """The answer to a resolved question about this analysis; 304 where the client has it. One that
    says itself how long it holds, and is not the last word, has no tag."""
    headers = _headers(id, question)
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    response = await compute()
    if "Cache-Control" not in response.headers:
        response.headers.update(headers)
    return response


def _headers(id: str, question: Any) -> dict[str, str]:
    digest = blake2b(id.encode() + orjson.dumps(question), digest_size=12).hexdigest()
    return {"ETag": f'"{digest}"', "Cache-Control": CACHING}
