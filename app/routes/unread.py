"""The answer to a body that is too large to be read."""

import asyncio
from contextlib import suppress

from starlette.types import Message, Receive, Scope, Send

from ..errors import BodyTooLarge
from .problems import problem

LINGER_SECONDS = 5
LINGER_BYTES = 32 * 2**20
"""A browser reads the answer only when all is sent; what is larger is cut off."""


async def refuse(error: BodyTooLarge, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers at once, throws away what comes for a moment, and closes the connection: who is cut
    off while sending would never see why."""

    async def unfinished(message: Message) -> None:
        await send({**message, "more_body": True} if "body" in message else message)

    await problem(error, headers={"Connection": "close"})(scope, receive, unfinished)
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            await _discard(receive)
    await send({"type": "http.response.body", "body": b""})


async def _discard(receive: Receive) -> None:
    discarded = 0
    while discarded < LINGER_BYTES:
        message = await receive()
        discarded += len(message.get("body", b""))
        if not message.get("more_body", False):
            return
