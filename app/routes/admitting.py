"""The door of the calls that compute: busy is said before a body is read, who leaves is seen."""

import asyncio
import re
from contextlib import suppress
from ipaddress import ip_address, ip_network

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import BodyTooLarge, Busy, DeadlinePassed, RateLimited
from ..services.admission import Admission
from ..settings import Settings
from .problems import problem
from .unread import refuse

HOLD_SECONDS = 0.15
"""Busy is told this late: who asks again at once would take the processor from those inside."""
BODY_SECONDS = 30
"""How long a body may take to arrive."""
ADMITTED = (Busy, DeadlinePassed, RateLimited)
"""What any call that computes may answer."""
_COMPUTED = re.compile(
    r"/api/v1/analyses/[^/]+/(attention|arithmetic|measures|figure|page|compare/.+)"
)


def computes(scope: Scope) -> bool:
    """Whether the engine is needed for this request."""
    path: str = scope["path"]
    if scope["method"] == "POST":
        return path.startswith("/api/")
    return _COMPUTED.fullmatch(path) is not None


class Door:
    """Lets the requests in that compute, each under its client's address, and cancels the work of
    those who leave: a pass that nobody waits for ends at its next layer."""

    def __init__(self, app: ASGIApp, admission: Admission, settings: Settings) -> None:
        self._app = app
        self._admission = admission
        self._max_body = settings.max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not computes(scope):
            await self._app(scope, receive, send)
            return
        try:
            client = client_of(scope)
            self._admission.check(client)
            body = await self._body(receive)  # no seat yet: one that never comes takes none
            if body is not None:
                with self._admission.seat(client):
                    await self._serve(scope, body, receive, send)
        except BodyTooLarge as error:
            await refuse(error, scope, receive, send)
        except (Busy, DeadlinePassed) as error:
            if isinstance(error, Busy):
                await asyncio.sleep(HOLD_SECONDS)
            await problem(error)(scope, receive, send)

    async def _body(self, receive: Receive) -> bytes | None:
        """The whole body; None where the client leaves first."""
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await _read(receive, self._max_body)
        except TimeoutError:
            raise DeadlinePassed(
                f"The body of the request did not arrive within {BODY_SECONDS} s. Send it again."
            ) from None

    async def _serve(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Runs the application until it is done or the client has left."""
        left = asyncio.create_task(_disconnected(receive))
        unread, answered = [body], False

        async def replay() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            return await asyncio.shield(left)

        async def sending(message: Message) -> None:
            nonlocal answered
            answered = message["type"] == "http.response.body"
            await send(message)

        served = asyncio.create_task(_run(self._app, scope, replay, sending))
        try:
            await asyncio.wait({served, left}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            left.cancel()
            if not answered:
                self._admission.left += 1
                served.cancel()
        with suppress(asyncio.CancelledError):
            await served


def client_of(scope: Scope) -> str:
    """The address of the other end, and nothing that a header claims. One machine has a whole /64
    of IPv6."""
    address = str((scope.get("client") or ("",))[0])
    if ":" not in address:
        return address
    return str(ip_network((ip_address(address.partition("%")[0]), 64), strict=False))


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Raises BodyTooLarge for a body that did not say its length."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise BodyTooLarge(f"The body may have at most {limit:,} bytes.")
        if not message.get("more_body", False):
            return b"".join(parts)


async def _disconnected(receive: Receive) -> Message:
    return await receive()


async def _run(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)
