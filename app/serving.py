"""One server process, from the checks before it to the line it prints."""

import json
import os
import socket
import threading
import time
import webbrowser
from contextlib import suppress
from errno import EADDRNOTAVAIL
from math import inf
from types import FrameType
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

import typer
import uvicorn

from .errors import InvalidRequest, LessonInvalid
from .logs import config
from .main import create_app
from .protocol import BoundedProtocol
from .reach import Reach, reach
from .services.admission import Admission
from .settings import Settings

GRACE_SECONDS = 30
"""How long requests that are inside may take to end after a first signal."""
LEAVE_SECONDS = 2
"""How long the others, and those that took longer, have from then on."""


def serve(settings: Settings, host: str, port: int, *, make_token: bool, open_page: bool) -> None:
    """BLOCKING until a signal. Raises InvalidRequest or SystemExit with a sentence."""
    listener = listen(host, port)
    reached = reach(settings, listener, host, make_token=make_token)
    app = create_app(reached.settings)
    server_config = uvicorn.Config(
        app,
        log_config=config(settings.log_format),
        access_log=False,
        workers=1,
        proxy_headers=False,
        server_header=False,
        ws="none",
        http=BoundedProtocol,
        timeout_graceful_shutdown=LEAVE_SECONDS,
    )
    server = Server(server_config, app.state.admission)
    refusals: list[str] = []

    def watch() -> None:
        if refusal := announce(reached, open_page):
            refusals.append(refusal)
            server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    with suppress(KeyboardInterrupt):
        server.run([listener])
    if refusals:
        raise LessonInvalid(refusals[0])


class Server(uvicorn.Server):
    """A first signal lets nobody in any more and waits for those who are inside, while the other
    calls (/readyz says 503) go on; a second one ends the process at once."""

    def __init__(self, config: uvicorn.Config, admission: Admission) -> None:
        super().__init__(config)
        self._admission = admission
        self._until = inf

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self._admission.closing:
            os._exit(128 + sig)  # a thread inside a model ends in no other way
        self._admission.closing = True
        self._until = time.monotonic() + GRACE_SECONDS
        if self._admission.inside:
            typer.echo("Answering what was begun; the same signal again stops at once.")

    async def on_tick(self, counter: int) -> bool:
        if self._admission.closing and (
            not self._admission.inside or time.monotonic() > self._until
        ):
            self.should_exit = True
        return await super().on_tick(counter)


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
        # asyncio sets this only where the protocol number is given; without it every answer on a
        # kept connection waits 40 ms for the client's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        if error.errno == EADDRNOTAVAIL or isinstance(error.__context__, socket.gaierror):
            raise InvalidRequest(
                f"{host} is no address of this machine. --host 127.0.0.1 serves on this machine "
                "only, --host 0.0.0.0 wherever it can be reached."
            ) from error
        raise InvalidRequest(
            f"Port {port} of {host} cannot be used ({os.strerror(error.errno or 0)}). Choose "
            "another with --port, or PORT= for make; 0 takes a free one."
        ) from error


def announce(reached: Reach, open_page: bool) -> str | None:
    """Say where the page is once the first models are loaded, or that this failed.

    Returns why the server cannot go on, if its lesson turned out to be wrong.
    """
    link = reached.link
    typer.echo(f"Headscope starts at {link} and loads its first model")
    if reached.notice:
        typer.echo(reached.notice)
    problem = wait_until_ready(reached)
    trouble = str(problem["detail"]) if problem else None
    if problem and problem["type"].endswith("#lesson-invalid"):
        return trouble
    typer.echo(f"{trouble} Other models can be chosen at {link}" if trouble else f"Ready at {link}")
    if open_page:
        webbrowser.open(link)
    return None


def wait_until_ready(reached: Reach) -> dict[str, Any] | None:
    """BLOCKING. None when the first models are ready, else the problem that keeps them from it."""
    client = build_opener(ProxyHandler({}))
    client.addheaders += reached.credentials.items()
    while True:
        try:
            client.open(f"{reached.url}/readyz", timeout=10).close()
            return None
        except HTTPError as error:
            problem: dict[str, Any] = json.load(error)
            if problem["type"].endswith("#model-loading"):
                time.sleep(0.1)
                continue
            return problem
        except URLError:
            time.sleep(0.1)
