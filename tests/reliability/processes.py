"""`python -m app serve` as a process of its own, and what it prints."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass
class Server:
    process: subprocess.Popen[str]
    said: str
    """All that it printed until it was ready."""

    @property
    def link(self) -> str:
        """As it stands in the last line."""
        return self.said.splitlines()[-1].removeprefix("Ready at ")

    @property
    def url(self) -> str:
        return self.link.partition("/?")[0]

    def line(self) -> str:
        """The next one, of its log then."""
        assert self.process.stdout
        return self.process.stdout.readline()


@contextmanager
def started(*words: str, **environment: str) -> Iterator[Server]:
    """A server on a free port, ready, until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port=0", *words],
        cwd=ROOT,
        env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        server = Server(process, "")
        try:
            while "Ready at" not in server.said and process.poll() is None:
                server.said += server.line()
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
