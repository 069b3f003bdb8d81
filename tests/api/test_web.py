"""What every answer carries, and what never leaves the server."""

import logging
import re

import httpx
import pytest

from app.settings import Settings
from tests.unit.numpy_engine import NumpyEngine

from .conftest import MINILM, check_problem, serving
from .test_errors import PAGES, ROUTES, Route

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; worker-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def check_headers(answer: httpx.Response) -> None:
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("route", [*ROUTES, *PAGES, ("GET", "/nothing")], ids=" ".join)
def test_every_answer_has_its_headers(client: httpx.Client, route: Route) -> None:
    check_headers(client.request(*route))
    check_headers(client.request(*route, headers={"Host": "evil.example"}))
    check_headers(client.request("OPTIONS", route[1], headers={"Origin": "https://evil.example"}))


@pytest.mark.parametrize(
    "path",
    [
        "../app/main.py",
        "..%2fapp%2fmain.py",
        "%2e%2e/app/main.py",
        "....//app/main.py",
        "/etc/passwd",
        "css",
        "",
        "css/%00",
        "%c0%ae%c0%ae/app/main.py",
    ],
)
def test_there_is_no_way_out_of_static(address: str, path: str) -> None:
    request = httpx.Request("GET", address)
    request.url = request.url.copy_with(raw_path=f"/static/{path}".encode())
    with httpx.Client() as client:
        check_problem(client.send(request), 404, "not-found")


def test_a_failure_nobody_expected_is_told_without_the_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = NumpyEngine()
    with serving(engine=engine) as base, httpx.Client(base_url=base) as client:
        client.post("/api/v1/tokenize", json={"model": "tiny", "text": "warm"})
        engine.failure = ZeroDivisionError("my secret text")
        with caplog.at_level(logging.DEBUG):
            answer = client.post("/api/v1/analyses", json={"model": "tiny", "text": "my secret"})
        problem = check_problem(answer, 500, "internal")
        check_headers(answer)
        assert "secret" not in problem["detail"]
        assert "ZeroDivisionError" in caplog.text
        assert "secret" not in caplog.text
        engine.failure = None
        request = {"model": "tiny", "text": "my secret"}
        assert client.post("/api/v1/analyses", json=request).status_code == 201


def test_text_is_never_logged(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for text in ("open sesame", "open sesame " * 300):
            for path in ("/api/v1/tokenize", "/api/v1/analyses", "/api/v1/attention"):
                client.post(path, json={"model": MINILM, "text": text})
                client.post(path, json={"model": MINILM, "text": [text]})
    assert "sesame" not in caplog.text


def test_another_host_can_be_allowed() -> None:
    settings = Settings(allowed_hosts=("headscope.lan",))
    with serving(settings, NumpyEngine()) as base, httpx.Client(base_url=base) as client:
        assert client.get("/healthz", headers={"Host": "headscope.lan:80"}).status_code == 200
        check_problem(client.get("/healthz"), 400, "bad-host")


def test_pages_have_no_script_of_their_own_and_load_nothing_from_outside(
    client: httpx.Client,
) -> None:
    for path in ("/", "/learn", "/docs", "/docs/errors"):
        html = client.get(path).text
        html = html.replace('<a rel="noreferrer" target="_blank" href="https://', '<a href="/')
        assert not re.search(r"<script(?![^>]* src=)|<[^>]+\son\w+=", html)
        for attribute in ('src="', 'href="'):
            for link in html.split(attribute)[1:]:
                assert link[0] in "/#"
