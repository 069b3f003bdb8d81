"""What holds for every request, whatever it asks: pure ASGI, so that clients who leave are seen."""

import logging
import traceback
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import BadHost, BodyTooLarge, Forbidden, HeadscopeError
from ..logs import request_id
from ..settings import Settings
from .problems import problem
from .unread import refuse

logger = logging.getLogger(__name__)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; worker-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Guard:
    """Refuses foreign hosts, other sites' requests and bodies that are too large; gives every
    answer its security headers; turns what nobody expected into a problem without its text."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in settings.allowed_hosts)
        self._max_body = settings.max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        refusal = self._refusal(scope)
        if isinstance(refusal, BodyTooLarge):
            await refuse(refusal, scope, receive, answer.send)
            return
        if refusal is not None:
            await problem(refusal)(scope, receive, answer.send)
            return
        try:
            await self._app(scope, receive, answer.send)
        except Exception as error:
            _log(scope, error)
            if answer.started:
                raise
            failure = HeadscopeError(
                f"Something unexpected failed; the server's log has more under {request_id.get()}."
            )
            await problem(failure)(scope, receive, answer.send)

    def _refusal(self, scope: Scope) -> HeadscopeError | None:
        headers = Headers(scope=scope)
        name = _host_name(headers.get("host", ""))
        if name not in self._hosts and name != _address(scope):
            return BadHost(
                "Open this server by its address or by a name it is served under, such as "
                "http://127.0.0.1."
            )
        if _from_elsewhere(headers) and not _opens_a_page(scope, headers):
            return Forbidden("A page of another site sent this request. Use Headscope's own page.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > self._max_body:
            return BodyTooLarge(f"The body may have at most {self._max_body:,} bytes.")
        return None


class _Answer:
    """Sends on, with the headers that every answer has."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = POLICY
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)


def _host_name(host: str) -> str:
    """Without the port; brackets of an IPv6 address stay."""
    name, _, port = host.lower().rpartition(":")
    return name if name and port.isdecimal() else host.lower()


def _address(scope: Scope) -> str:
    """The one that this connection came to, as a Host header has it. No foreign name can lead to
    a Host that is an address."""
    address = (scope.get("server") or ("",))[0]
    return f"[{address}]" if ":" in address else address


def _opens_a_page(scope: Scope, headers: Headers) -> bool:
    """Whether someone follows a link to a page, which then stands alone in its window."""
    return (
        scope["method"] == "GET"
        and not scope["path"].startswith("/api/")
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _from_elsewhere(headers: Headers) -> bool:
    """Whether a browser says that another site's page sent this. Scripts say nothing."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def _log(scope: Scope, error: Exception) -> None:
    """Where it failed. The message of an exception may quote the text, so it is left out."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s %s: %s\n%s", scope["method"], scope["path"], type(error).__name__, frames)
