"""Every failure as `application/problem+json` (RFC 9457), under 4 kB, never echoing the input."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from ..errors import (
    BadHost,
    BodyTooLarge,
    Forbidden,
    HeadscopeError,
    InvalidRequest,
    NotFound,
    NotSupported,
    Unauthorized,
)

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 10
MAX_TEXT = 200


def problem(
    error: HeadscopeError,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[dict[str, Any]] | None = None,
) -> Response:
    """The answer for this error; `errors` names each field that is not valid."""
    status = status or error.status
    content: dict[str, Any] = {
        "type": f"/docs/errors#{error.type}",
        "title": error.title,
        "status": status,
        "detail": error.detail,
    }
    if status == 422:
        content["errors"] = list(errors or ())
    all_headers = dict(headers or {})
    if error.retry_after is not None:
        all_headers["Retry-After"] = str(error.retry_after)
    return Response(orjson.dumps(content), status, all_headers, MEDIA_TYPE)


class Problem(BaseModel):
    """RFC 9457."""

    type: str = Field(examples=["/docs/errors#too-many-tokens"])
    title: str
    status: int
    detail: str = Field(description="What to do, for a person.")
    errors: list[dict[str, Any]] | None = Field(
        default=None, description="For a 422: which fields."
    )


def answers(*errors: type[HeadscopeError], guarded: bool = True) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` of a route that may answer these, and what every route may."""
    by_status: dict[int, list[str]] = {}
    possible = (*errors, BadHost, Forbidden, *([Unauthorized] if guarded else ()))
    for error in possible:
        by_status.setdefault(error.status, []).append(error.type)
    return {
        status: {
            "description": ", ".join(types),
            "x-problems": types,
            "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
        }
        for status, types in sorted(by_status.items())
    }


def add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(HeadscopeError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def _expected(_: Request, error: Exception) -> Response:
    return problem(cast(HeadscopeError, error))


def _invalid(_: Request, error: Exception) -> Response:
    found = cast(RequestValidationError, error).errors()
    return problem(
        InvalidRequest("Some fields of the request are not valid; `errors` says which and why."),
        errors=[
            {"loc": _location(one), "msg": one["msg"][:MAX_TEXT]} for one in found[:MAX_ERRORS]
        ],
    )


def _location(error: dict[str, Any]) -> list[str | int]:
    """Where it is wrong; the name of an unknown field is input and left out."""
    where = error["loc"][:-1] if error["type"] == "extra_forbidden" else error["loc"]
    return [part if isinstance(part, int) else part[:MAX_TEXT] for part in where]


_HTTP: dict[int, HeadscopeError] = {
    404: NotFound("There is no page or call at this address; /docs lists those there are."),
    405: NotSupported("This address does not take this method; the Allow header says which."),
    413: BodyTooLarge("The body of the request is over the limit of this server."),
}


def _http(_: Request, error: Exception) -> Response:
    raised = cast(HTTPException, error)
    known = _HTTP.get(raised.status_code) or InvalidRequest(
        "The body is not JSON that can be read."
    )
    return problem(known, status=raised.status_code, headers=raised.headers)
