"""How often one address may ask for something to be computed: decided before the body is read."""

import time
from collections import OrderedDict
from math import ceil

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import RateLimited
from .admitting import client_of, computes
from .problems import problem

MOST = 10_000
"""Addresses remembered; the one that asked longest ago is forgotten first."""
NS = 1_000_000_000
SECONDS = {"second": 1, "minute": 60, "hour": 3600}


class Rate:
    """So many at once, then as many per second as come to the same: no window that begins anew."""

    def __init__(self, app: ASGIApp, limit: str) -> None:
        self._app = app
        count, _, period = limit.partition("/")
        self._limit = limit
        self._period = SECONDS[period] * NS
        self._step = self._period // int(count)
        self._paid: OrderedDict[str, int] = OrderedDict()
        """Until when an address has used up what it may ask, in ns of the monotonic clock: sums of
        seconds would be rounded, and a first request refused by a trillionth of one."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        counts = scope["type"] == "http" and computes(scope)
        wait = self._take(client_of(scope)) if counts else 0
        if wait <= 0:
            await self._app(scope, receive, send)
            return
        told = f"At most {self._limit.replace('/', ' requests per ')} are computed for one address."
        await problem(RateLimited(told, retry_after=ceil(wait / NS)))(scope, receive, send)

    def _take(self, client: str) -> int:
        """Nanoseconds until this client may ask again; 0 or less where it may now, and does."""
        now = time.monotonic_ns()
        paid = max(self._paid.pop(client, now), now)
        wait = paid + self._step - now - self._period
        self._paid[client] = paid if wait > 0 else paid + self._step
        if len(self._paid) > MOST:
            self._paid.popitem(last=False)
        return wait
