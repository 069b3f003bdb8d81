"""What is seen of every request from outside: an id, one line in the log, a count and a time."""

import logging
import re
from secrets import token_hex
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..logs import ACCESS, facts, request_id
from .assets import MOUNT

HEADER = "X-Request-ID"
PROBES = ("/healthz", "/readyz", "/metrics")
QUIET = (200, 304, 503)
"""Of these, what is asked all the time and answered as expected."""
BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60)
_METHODS = ("GET", "HEAD", "POST", "DELETE", "OPTIONS")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

logger = logging.getLogger(ACCESS)
disable_created_metrics()  # type: ignore[no-untyped-call]


class Instruments:
    """Requests, counted and timed under labels of which there are only so many."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "headscope_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self.seconds = Histogram(
            "headscope_request_seconds",
            "From the first byte of a request to the last of its answer.",
            ("route",),
            buckets=BUCKETS,
            registry=registry,
        )


class Watch:
    """The outermost layer: sees what every other has answered."""

    def __init__(self, app: ASGIApp, instruments: Instruments) -> None:
        self._app = app
        self._instruments = instruments

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = _id_of(scope)
        token = request_id.set(name)
        seen = _Seen(send, name)
        began = perf_counter()
        try:
            await self._app(scope, receive, seen.send)
        finally:
            self._note(scope, seen, perf_counter() - began)
            request_id.reset(token)

    def _note(self, scope: Scope, seen: "_Seen", seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = route_of(scope)
        self._instruments.requests.labels(method, route, str(seen.status or "left")).inc()
        self._instruments.seconds.labels(route).observe(seconds)
        if route in (*PROBES, MOUNT) and seen.status in QUIET:
            return
        client = scope["client"][0] if scope.get("client") else ""
        logger.info(
            "%s %s %s %.0f ms %s",
            method,
            route,
            seen.status or "left",
            seconds * 1e3,
            client,
            extra=facts(
                method=method,
                route=route,
                status=seen.status,
                ms=round(seconds * 1e3, 1),
                bytes=seen.nbytes,
                client=client,
            ),
        )


class _Seen:
    """Sends on, with the id of the request."""

    def __init__(self, send: Send, name: str) -> None:
        self._send = send
        self._name = name
        self.status: int | None = None
        """None where the client left before an answer."""
        self.nbytes = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = self._name
        self.nbytes += len(message.get("body", b""))
        await self._send(message)


def route_of(scope: Scope) -> str:
    """The template of the route that was found; never the path itself, which may hold a text."""
    if scope["path"].startswith(f"{MOUNT}/"):
        return MOUNT
    return getattr(scope.get("route"), "path", "none")


def _id_of(scope: Scope) -> str:
    """What a proxy in front has given, where it looks like an id, or one of our own."""
    given = Headers(scope=scope).get(HEADER, "")
    return given if _ID.fullmatch(given) else token_hex(8)
