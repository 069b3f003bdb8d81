"""What would not fit is refused before it is computed."""

import socket

import httpx

from app.settings import Settings
from tests.api.conftest import MINILM, check_problem, serving


def test_I6_a_text_whose_trace_would_not_fit_is_refused_before_the_pass() -> None:
    settings = Settings(max_traces_bytes=1_000_000, max_mapped_bytes=500_000)
    with serving(settings) as base, httpx.Client() as client:
        asked = {"model": MINILM, "text": "word " * 60}
        answer = client.post(f"{base}/api/v1/analyses", json=asked, timeout=60)
        problem = check_problem(answer, 413, "too-many-tokens")
        assert "has 62 tokens" in problem["detail"]
        assert "may hold 1.0 MB in memory and 0.5 MB in files" in problem["detail"]
        short = client.post(f"{base}/api/v1/analyses", json={**asked, "text": "word"})
        assert short.status_code == 201


def test_I4_a_head_without_end_is_cut_off(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000)
        assert b" 400 " in connection.recv(4096)
        assert connection.recv(4096) == b""


def test_I4_a_body_in_one_piece_with_its_head_is_not(address: str) -> None:
    long = {"model": MINILM, "text": "", "truncate": True}
    with httpx.Client(base_url=address, timeout=60) as client:
        for size in (30_000, 200_000, 60_000, 900_000):
            long["text"] = "word " * (size // 5)
            answer = client.post("/api/v1/analyses", json=long, headers={"X": "a" * 60_000})
            assert answer.status_code in (200, 201)
