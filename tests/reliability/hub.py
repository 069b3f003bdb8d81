"""A small server that speaks as much of the Hub's protocol as a download needs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import cast

COMMIT = "8f1d2c3b4a5968778695a4b3c2d1e0f123456789"


class Hub(ThreadingHTTPServer):
    """It has one model, whatever it is called, with these files."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.refusal: tuple[int, str] | None = None
        """Status and code of what it answers about its model instead."""
        self.asked: list[str] = []
        """Paths of all requests."""
        self.held: str | None = None
        """The file of which only half is sent."""
        self.waiting = Event()
        """Whether that half was sent."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving_hub(files: dict[str, bytes]) -> Iterator[Hub]:
    with Hub(files) as hub:
        Thread(target=hub.serve_forever, daemon=True).start()
        yield hub
        hub.shutdown()


class _Handler(BaseHTTPRequestHandler):
    @property
    def hub(self) -> Hub:
        return cast(Hub, self.server)

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        path = self.path.partition("?")[0]
        self.hub.asked.append(path)
        name = path.partition(f"/resolve/{COMMIT}/")[2]
        if path.endswith(f"/tree/{COMMIT}"):
            self.reply(json.dumps([_entry(*file) for file in self.hub.files.items()]).encode())
        elif path.startswith("/api/models/"):
            self.model(path.removeprefix("/api/models/"))
        elif name in self.hub.files:
            self.reply(self.hub.files[name], held=name == self.hub.held)
        else:
            self.reply(b"", 200 if path == "/" else 404)

    def model(self, id: str) -> None:
        siblings = [{"rfilename": name, "size": len(raw)} for name, raw in self.hub.files.items()]
        facts = {"id": id, "sha": COMMIT, "siblings": siblings}
        status, error = self.hub.refusal or (200, "")
        self.reply(json.dumps(facts).encode(), status, error=error)

    def reply(self, body: bytes, status: int = 200, *, error: str = "", held: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Error-Code", error)
        self.end_headers()
        if self.command != "GET":
            return
        if held:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.hub.waiting.set()
            Event().wait(30)
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at what was downloaded."""


def _entry(name: str, body: bytes) -> dict[str, str | int]:
    return {"type": "file", "path": name, "size": len(body), "oid": sha1(body).hexdigest()}  # noqa: S324
