"""Downloads, from a small server that speaks as much of the Hub's protocol as a download needs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import numpy as np
import pytest
from safetensors.numpy import save

ROOT = Path(__file__).parents[2]
COMMIT = "8f1d2c3b4a5968778695a4b3c2d1e0f123456789"
WEIGHTS = save({"weight": np.zeros(25, np.float32)})
MODEL = "openai-community/gpt2"
PROGRAM = """
import sys
from app.engine.catalog import build_catalog
from app.errors import HeadscopeError
from app.settings import Settings
try:
    heard = []
    location = build_catalog(Settings()).locate(sys.argv[1], heard.append)
    print(location.folder, location.revision, *heard, sep="\\n")
except HeadscopeError as error:
    sys.exit(f"{type(error).__name__}: {error.detail}")
"""


class Hub(BaseHTTPRequestHandler):
    files: ClassVar[dict[str, bytes]]
    api_status: ClassVar[int]
    api_error: ClassVar[str]

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        path = self.path.partition("?")[0]
        name = path.removeprefix(f"/{MODEL}/resolve/{COMMIT}/")
        if path == f"/api/models/{MODEL}":
            siblings = [{"rfilename": name, "size": len(body)} for name, body in self.files.items()]
            facts = {"id": MODEL, "sha": COMMIT, "siblings": siblings}
            self.reply(json.dumps(facts).encode(), self.api_status, error=self.api_error)
        elif path == f"/api/models/{MODEL}/tree/{COMMIT}":
            self.reply(json.dumps([entry(*file) for file in self.files.items()]).encode())
        elif name in self.files:
            self.reply(self.files[name])
        else:
            self.reply(b"", 200 if path == "/" else 404)

    def reply(self, body: bytes, status: int = 200, *, error: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Error-Code", error)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at what was downloaded."""


def entry(name: str, body: bytes) -> dict[str, str | int]:
    return {"type": "file", "path": name, "size": len(body), "oid": sha1(body).hexdigest()}  # noqa: S324


@pytest.fixture
def hub() -> Iterator[str]:
    Hub.files = {
        "config.json": b"{}",
        "merges.txt": b"a b",
        "model.safetensors": WEIGHTS,
        "pytorch_model.bin": b"pickle",
        "modeling.py": b"print('code')",
        "onnx/config.json": b"{}",
    }
    Hub.api_status, Hub.api_error = 200, ""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def locate(hub: str, home: Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own, as huggingface_hub reads its variables on import."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, MODEL],
        cwd=ROOT,
        env={**os.environ, "HF_ENDPOINT": hub, "HF_HOME": str(home)},
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_a_download_takes_weights_and_texts_at_one_commit_and_nothing_that_runs(
    hub: str, tmp_path: Path
) -> None:
    folder, revision, *heard = locate(hub, tmp_path).stdout.split()
    assert revision == COMMIT
    shares = [float(share) for share in heard]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert any(0 < share < 1 for share in shares)
    assert {str(path.relative_to(folder)) for path in Path(folder).rglob("*")} == {
        "config.json",
        "merges.txt",
        "model.safetensors",
    }
    assert locate("http://127.0.0.1:1", tmp_path).stdout.split() == [folder, COMMIT]


def test_a_model_with_pickled_weights_only_is_refused_before_anything_is_downloaded(
    hub: str, tmp_path: Path
) -> None:
    del Hub.files["model.safetensors"]
    said = locate(hub, tmp_path).stderr
    assert said.startswith(f"ModelRefused: {MODEL} has no .safetensors file")
    assert not list(tmp_path.rglob("pytorch_model.bin"))


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (403, "GatedRepo", "only to accounts that accepted its terms"),
        (404, "RepoNotFound", "The Hub has no public model"),
        (500, "", "stopped (HfHubHTTPError)"),
    ],
)
def test_what_the_hub_refuses_is_a_sentence(
    hub: str, tmp_path: Path, status: int, code: str, sentence: str
) -> None:
    Hub.api_status, Hub.api_error = status, code
    said = locate(hub, tmp_path).stderr
    assert said.startswith("ModelFailed: ")
    assert sentence in said
