"""What the server says about itself, and never about those who use it."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import MINILM
from tests.browser.conftest import announced

from .conftest import Figure

ROOT = Path(__file__).parents[2]
MARK = "sesamopen"
TOKEN = f"{MARK}-0123456789abcdef"
TEXT = f"The {MARK} is secret."


@pytest.mark.parametrize("format", ["text", "json"])
def test_M10_neither_a_text_nor_a_token_reaches_a_log(format: str, figure: Figure) -> None:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", "0"],
            cwd=ROOT,
            env=environment(format),
            stdout=out,
            stderr=log,
        )
        try:
            metrics = everything(announced(server, out))
        finally:
            server.terminate()
            server.wait(60)
        log.seek(0)
        out.seek(0)
        lines = log.read().splitlines()
        assert MARK not in out.read()
    assert MARK not in metrics
    assert [line for line in lines if MARK in line.lower()] == []
    assert sum("/api/v1/analyses" in line for line in lines) >= 3
    if format == "json":
        assert all({"time", "level", "message", "request_id"} <= set(json.loads(x)) for x in lines)
    figure(f"{format}: {len(lines)} lines")


def environment(format: str) -> dict[str, str]:
    return {
        **os.environ,
        "HF_ENDPOINT": "http://127.0.0.1:9",
        "HF_HOME": "/nonexistent",
        "HF_TOKEN": f"hf_{MARK}",
        "HEADSCOPE_LOG_FORMAT": format,
        "HEADSCOPE_TOKEN": TOKEN,
        "PYTHONUNBUFFERED": "1",
    }


def everything(base: str) -> str:
    """The mark in every place of a request; what /metrics says after that."""
    own = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=base, timeout=60, headers=own) as client:
        body = {"model": MINILM, "text": TEXT}
        for path in ("tokenize", "analyses", "attention"):
            client.post(f"/api/v1/{path}", json=body)
            client.post(f"/api/v1/{path}", json={**body, "text": TEXT * 500})
            client.post(f"/api/v1/{path}", json={**body, "text": [TEXT]})
            client.post(f"/api/v1/{path}", json={**body, "model": MARK})
            client.post(f"/api/v1/{path}", json={**body, MARK: 1})
            client.post(f"/api/v1/{path}", content=f'{{"text": "{TEXT}', headers={"A": MARK})
        made = client.post("/api/v1/analyses", json=body).headers["Location"]
        client.get(f"{made}/attention", params={"stack": MARK})
        client.post("/api/v1/attention", json={**body, "model": "bert-base-uncased"})
        assert client.get(f"/?token={TOKEN}").status_code == 303
        for path in (f"/{MARK}", f"/static/{MARK}", f"/api/v1/models/{MARK}", f"/?token={MARK}"):
            client.get(path, headers={"Authorization": f"Bearer {MARK}", "Cookie": f"a={MARK}"})
        client.get("/healthz", headers={"Host": MARK})
        client.get("/healthz", headers={"X-Request-ID": f"{MARK} x"})
        client.request(MARK.upper(), "/")
        return client.get("/metrics").text
