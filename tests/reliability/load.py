"""Many clients at once: one task and one kept connection each, every request another text."""

import asyncio
import json
import random
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlsplit

WORDS = ("bird", "cabinet", "dog", "far", "home", "idea", "joy", "key", "long", "mat", "night")


@dataclass(frozen=True)
class Answer:
    status: int
    seconds: float
    headers: dict[str, str]
    body: bytes


@dataclass
class Tally:
    """What the clients of one run saw."""

    answers: list[Answer] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """Connections that ended before an answer did."""

    def of(self, status: int) -> list[Answer]:
        return [answer for answer in self.answers if answer.status == status]


class Client:
    """One kept HTTP/1.1 connection."""

    def __init__(self, base: str, source: str | None = None) -> None:
        self._netloc = urlsplit(base).netloc
        self._source = (source, 0) if source else None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.leave()

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        began = perf_counter()
        reader, _ = await self.send(method, path, body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        content = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            self.leave()
        return Answer(int(head[0].split()[1]), perf_counter() - began, headers, content)

    async def send(
        self, method: str, path: str, body: object = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            host, _, port = self._netloc.partition(":")
            self._streams = await asyncio.open_connection(host, int(port), local_addr=self._source)
        content = b"" if body is None else json.dumps(body).encode()
        self._streams[1].write(
            f"{method} {path} HTTP/1.1\r\nHost: {self._netloc}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode()
        )
        self._streams[1].write(content)
        return self._streams

    def leave(self) -> None:
        """Closes the connection without a word."""
        if self._streams:
            self._streams[1].close()
            self._streams = None


def text(rng: random.Random) -> str:
    """Of 16 to 64 tokens; two of them are hardly ever equal."""
    return " ".join(rng.choices(WORDS, k=rng.randint(14, 62)))


async def run(base: str, clients: int, seconds: float, seed: int, patient: bool = True) -> Tally:
    """That many clients that ask for as long; the patient ones wait as Retry-After says."""
    tally, until = Tally(), perf_counter() + seconds

    async def one(number: int) -> None:
        rng, client = random.Random(f"{seed} {number}"), Client(base)  # noqa: S311
        while perf_counter() < until:
            try:
                body = {"model": "minilm-l6", "text": text(rng)}
                answer = await client.ask("POST", "/api/v1/analyses", body)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                tally.broken.append(type(error).__name__)
                client.leave()
                continue
            tally.answers.append(answer)
            if patient and answer.status == 503:
                await asyncio.sleep(int(answer.headers["retry-after"]))
        client.leave()

    await asyncio.gather(*(one(number) for number in range(clients)))
    return tally
