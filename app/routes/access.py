"""Who comes in where a token is set: by a header, by a cookie, or once by the token in a link."""

import hmac
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import Unauthorized
from .pages import templates
from .problems import problem

OPEN = "/healthz"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Headscope"'}


class Access:
    """Asks for the token on every route but /healthz. A link with it leaves a cookie, made from
    the token but not the token, and goes on to the same address without it."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()
        self._pass = hmac.digest(self._token, b"cookie", "sha256").hex()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == OPEN:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        said = request.query_params.get("token", "") if request.method == "GET" else ""
        if self._is_token(said):
            await self._welcome(request)(scope, receive, send)
        elif self._knows(request):
            await self._app(scope, receive, send)
        else:
            await _refusal(request, wrong=bool(said))(scope, receive, send)

    def _is_token(self, said: str) -> bool:
        return hmac.compare_digest(said.encode(), self._token)

    def _knows(self, request: Request) -> bool:
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        kept = request.cookies.get(_cookie(request), "")
        return (scheme.lower() == "bearer" and self._is_token(said)) or hmac.compare_digest(
            kept.encode(), self._pass.encode()
        )

    def _welcome(self, request: Request) -> Response:
        """A browser keeps the fragment of a link, which has the text, when it is sent on."""
        path = "/" + request.scope["raw_path"].decode("latin-1").lstrip("/")
        others = [pair for pair in request.query_params.multi_items() if pair[0] != "token"]
        answer = RedirectResponse(f"{path}?{urlencode(others)}" if others else path, 303)
        answer.set_cookie(
            _cookie(request),
            self._pass,
            secure=request.scope["scheme"] == "https",
            httponly=True,
            samesite="lax",  # a strict one is not sent where a link in a mail or a course leads
        )
        return answer


def _cookie(request: Request) -> str:
    """Browsers send a cookie to every port of a host, so its name has the port."""
    port = request.headers["host"].rpartition(":")[2]
    return f"headscope-{port if port.isdecimal() else 'default'}"


def _refusal(request: Request, *, wrong: bool) -> Response:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        chinese = request.headers.get("accept-language", "").lower().startswith("zh")
        page = templates.get_template("access.html").render(chinese=chinese, wrong=wrong)
        return HTMLResponse(page, 401, CHALLENGE)
    advice = "Send it as Authorization: Bearer TOKEN, or open the link that the server printed."
    said = "This is not the token of this server." if wrong else "This server asks for its token."
    return problem(Unauthorized(f"{said} {advice}"), headers=CHALLENGE)
