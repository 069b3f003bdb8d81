"""The page, the API's documentation and the catalogue of errors: served here, no outside host."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from ..errors import HeadscopeError
from ..places import TEMPLATES, modules
from .assets import root
from .reference import calls
from .rooms import Services, Use

router = APIRouter(include_in_schema=False)


templates = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
)


def _page(name: str, **context: Any) -> HTMLResponse:
    content = templates.get_template(name).render(static=root(), **context)
    return HTMLResponse(content, headers={"Cache-Control": "no-cache"})


def _guarded(services: Services) -> bool:
    return services.settings.token is not None


@router.get("/")
async def page(services: Use) -> Response:
    return _page("index.html", modules=modules("js/main.js"), guarded=_guarded(services))


@router.get("/learn")
async def learn() -> Response:
    return _page("learn.html", learn=True, modules=modules("js/learn/main.js"))


@router.get("/docs")
async def docs(request: Request, services: Use) -> Response:
    return _page("docs.html", calls=calls(request.app.openapi()), guarded=_guarded(services))


@router.get("/docs/errors")
async def errors() -> Response:
    known = [HeadscopeError, *HeadscopeError.__subclasses__()]
    return _page("errors.html", errors=sorted(known, key=lambda error: error.type))
