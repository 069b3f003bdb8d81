"""Every route of the application, those outside the OpenAPI document too."""

from collections.abc import Iterator

from starlette.routing import Mount, Route

from app.main import create_app
from app.settings import Settings

A_STATIC_FILE = "/static/css/docs.css"
Call = tuple[str, str]


def _calls() -> Iterator[Call]:
    for outer in create_app(Settings()).routes:
        router = getattr(outer, "original_router", None)
        for route in router.routes if router else [outer]:
            if isinstance(route, Mount):
                assert A_STATIC_FILE.startswith(route.path)
                yield "GET", A_STATIC_FILE
            else:
                assert isinstance(route, Route), route
                path = route.path.replace("{id}", "0" * 32).replace("{name}", "0" * 32)
                path = path.replace("{path:path}", "1")
                yield from ((method, path) for method in sorted(route.methods or ()))


CALLS: list[Call] = list(dict.fromkeys(_calls()))
PAGES = ["/", "/learn", "/docs", "/docs/errors"]
