"""`serve` and `analyze` as processes of their own, with real weights."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).parents[2]


@dataclass
class Server:
    process: subprocess.Popen[str]
    url: str

    def line(self) -> str:
        """The next line of its output."""
        assert self.process.stdout
        return self.process.stdout.readline().rstrip()


def started(*words: str) -> Server:
    """A server on a free port, once its first model is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port=0", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    server = Server(process, "")
    first, last = server.line(), server.line()
    assert first.startswith("Headscope starts at http://127.0.0.1:")
    server.url = last.removeprefix("Ready at ")
    assert server.url in first
    return server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = started()
    with server.process:
        yield server
        server.process.send_signal(signal.SIGTERM)


def post(url: str, body: dict[str, Any]) -> bytes:
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content


def test_the_first_model_is_ready_and_answers_name_no_server(server: Server) -> None:
    with urlopen(f"{server.url}/api/v1/models") as answer:  # noqa: S310
        assert "Server" not in answer.headers
        first = json.load(answer)["models"][0]
    assert (first["id"], first["status"]) == ("minilm-l6", "ready")


@pytest.mark.parametrize("format", ["json", "npy", "npz", "csv"])
def test_analyze_writes_what_the_api_answers(server: Server, tmp_path: Path, format: str) -> None:
    output = tmp_path / f"out.{format}"
    words = ["The cat 坐 🐈", "--pair", "on a mat", "--layers", "0,5", "--heads", "3"]
    words += ["--unit", "word", "--between", "ab", "--keep", "top:2"]
    command = [sys.executable, "-m", "app", "analyze", *words, "-o", str(output)]
    subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    body = {
        "model": "minilm-l6",
        "text": words[0],
        "text_pair": words[2],
        "layers": [0, 5],
        "heads": [3],
        "unit": "word",
        "between": "ab",
        "keep": "top:2",
        "format": format,
    }
    assert output.read_bytes() == post(f"{server.url}/api/v1/attention", body)


def test_analyze_writes_a_page_with_the_layers_asked_for(tmp_path: Path) -> None:
    output = tmp_path / "page.html"
    words = ["The cat sat.", "--layers", "0,5", "-o", str(output)]
    command = [sys.executable, "-m", "app", "analyze", *words]
    subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    page = output.read_text("utf-8")
    document = json.loads(page.partition('id="analysis">')[2].partition("</script>")[0])
    assert document["request"]["text"] == "The cat sat."
    assert [layer["index"] for layer in document["stacks"][0]["layers"]] == [0, 5]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--layers", "99", "-o", "{}/out.json"], "There is no such layer"),
        (["--layers", "x", "-o", "{}/out.json"], "indices are whole numbers"),
        (
            ["-o", "{}/out.txt"],
            "says its format: .svg, .pdf, .png, .json, .npy, .npz, .csv, .html.",
        ),
        (
            ["--heads", "1", "-o", "{}/out.html"],
            "A page shows all heads of its layers, to be read there",
        ),
        (["--keep", "top:1", "-o", "{}/out.html"], "choose layers only"),
        (["--keep", "some", "-o", "{}/out.csv"], "keep is min:0.05"),
        (["--unit", "word", "-o", "{}/out.html"], "choose layers only"),
        (["-o", "{}/none/out.csv"], "cannot be written: No such file or directory"),
    ],
)
def test_what_analyze_cannot_do_is_a_sentence(
    tmp_path: Path, words: list[str], sentence: str
) -> None:
    command = [sys.executable, "-m", "app", "analyze", "A cat"]
    command += [word.format(tmp_path) for word in words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_and_its_port(stop: signal.Signals) -> None:
    server = started()
    with server.process:
        server.process.send_signal(stop)
        assert server.process.wait(10) == 0
    with pytest.raises(OSError, match="refused"):
        urlopen(server.url)  # noqa: S310


def test_uvicorn_runs_the_factory_of_the_checkout() -> None:
    command = [sys.executable, "-m", "uvicorn", "app.main:create_app", "--factory", "--port=0"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        line = next(line for line in process.stderr if "running on" in line)
        url = line.partition("running on ")[2].split()[0]
        with urlopen(f"{url}/healthz") as answer:  # noqa: S310
            assert json.load(answer) == {"status": "alive"}
        process.terminate()
        assert process.wait(10) == -signal.SIGTERM


def test_a_first_model_that_cannot_be_shown_leaves_the_server_up_and_says_why(
    tmp_path: Path,
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    command = [sys.executable, "-m", "app", "serve", "--port=0", "--model", f"mine={empty}"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        server = Server(process, "")
        server.line()
        said = server.line()
        process.terminate()
    assert said.startswith("The folder holds no model.safetensors.")
    assert "Other models can be chosen at http://127.0.0.1:" in said
