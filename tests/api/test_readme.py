"""Every call of the README, as it is printed there."""

import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
LINES = "".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL)).splitlines()
CALLS = [line for line in LINES if line.startswith("curl ")]
COMMANDS = [line for line in LINES if line.startswith(".venv/bin/python ")]


def send(call: str, address: str) -> httpx.Response:
    """What curl would send: -H, -d and -o are all that the README uses."""
    _, url, *words = shlex.split(call)
    options = dict(zip(words[::2], words[1::2], strict=True))
    assert options.keys() <= {"-H", "-d", "-o"}
    header = dict([options["-H"].split(":")] if "-H" in options else [])
    return httpx.request(
        "POST" if "-d" in options else "GET",
        url.replace("http://127.0.0.1:8000", address),
        headers=header,
        content=options.get("-d"),
        timeout=60,
    )


@pytest.mark.parametrize("call", CALLS)
def test_the_calls_of_the_api_work_as_printed(call: str, address: str) -> None:
    answer = send(call, address)
    assert answer.status_code == 200, answer.text
    if '"npy"' in call:
        assert np.load(io.BytesIO(answer.content)).shape == (6, 12, 6, 6)
    else:
        assert answer.json()


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_work_as_printed(line: str, tmp_path: Path) -> None:
    words = [str(tmp_path / word) if word == "head.csv" else word for word in shlex.split(line)]
    done = subprocess.run(
        [sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    if "-o" in words:
        assert len((tmp_path / "head.csv").read_text("utf-8").splitlines()) == 1 + 6 * 6
    else:
        assert done.stdout.startswith("minilm-l6")


def test_the_lines_of_python_print_what_stands_beside_them() -> None:
    (script,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", script.replace("headscope", "app")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "keys\n"
    assert "print(cat.tokens[row.argmax()].text)  # keys" in script


def test_the_readme_has_calls_and_commands_and_no_link_that_leads_nowhere() -> None:
    assert len(CALLS) == 5
    assert len(COMMANDS) == 2
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).exists(), link
