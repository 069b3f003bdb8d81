"""The wheel as a stranger gets it: installed into a fresh environment, served from elsewhere."""

import json
import os
import signal
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).parents[2]
KEYS = "The keys to the cabinet are on the table."


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        f"--wheel-dir={folder}",
    ]
    subprocess.run([*command, str(ROOT)], check=True)
    (built,) = folder.glob("headscope-*-py3-none-any.whl")
    return built


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment, installed as the README says, with the weights of MiniLM; its `bin`."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=True)
    bin = environment / "bin"
    line = "pip install --constraint constraints.txt ."
    assert line in (ROOT / "README.md").read_text("utf-8")
    command = [str(bin / "pip"), *line.split()[1:], "--quiet", "--no-compile"]
    subprocess.run(command, cwd=ROOT, check=True)
    subprocess.run([bin / "headscope", "models", "install", "minilm-l6"], check=True)
    return bin


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder from which the checkout cannot be imported."""
    return tmp_path_factory.mktemp("elsewhere")


def test_the_wheel_holds_one_package_with_all_that_the_page_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        info = {name.partition("/")[2] for name in archive.namelist() if ".dist-info/" in name}
    listed = subprocess.run(
        ["git", "ls-files", "app", "static", "templates"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    expected = {
        name.replace("app/", "headscope/", 1) if name.startswith("app/") else f"headscope/{name}"
        for name in listed
    }
    assert held == expected
    assert {"licenses/LICENSE", "entry_points.txt"} <= info


def test_an_environment_gets_nothing_called_app_static_or_templates(
    installed: Path, elsewhere: Path
) -> None:
    (packages,) = installed.parent.glob("lib/python3.*/site-packages")
    assert not {"app", "static", "templates"} & {path.name for path in packages.iterdir()}
    importing = subprocess.run(
        [installed / "python", "-c", "import app"], cwd=elsewhere, capture_output=True, check=False
    )
    assert b"No module named 'app'" in importing.stderr


@pytest.fixture(scope="module")
def url(installed: Path, elsewhere: Path) -> Iterator[str]:
    """Where `headscope serve` answers, run from elsewhere; ends well on SIGTERM."""
    with subprocess.Popen(
        [installed / "headscope", "serve", "--port", "0"],
        cwd=elsewhere,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        lines = (process.stdout.readline(), process.stdout.readline())
        yield lines[1].removeprefix("Ready at ").strip()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_it_serves_its_page_and_an_analysis(url: str) -> None:
    def get(path: str) -> bytes:
        with urlopen(f"{url}{path}") as answer:  # noqa: S310
            content: bytes = answer.read()
        return content

    assert json.loads(get("/healthz"))["status"] == "alive"
    assert b"<title>Headscope</title>" in get("/")
    assert get("/static/js/main.js") == (ROOT / "static/js/main.js").read_bytes()
    body = {"model": "minilm-l6", "text": KEYS, "layers": [3], "heads": [1], "queries": "6:7"}
    assert round(_post(f"{url}/api/v1/attention", body)["attention"][0][0][0][2], 4) == 0.7878


def _post(address: str, body: dict[str, Any]) -> dict[str, Any]:
    content = json.dumps(body).encode()
    request = Request(address, content, {"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310
        read: dict[str, Any] = json.load(answer)
    return read


def test_it_is_used_from_python(installed: Path, elsewhere: Path) -> None:
    script = f"""
import headscope
print(headscope.analyze({KEYS!r}).attention(layers=3, heads=1)[0, 0, 6, 2].round(4))
"""
    done = subprocess.run(
        [installed / "python", "-c", script],
        cwd=elsewhere,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "0.7878"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("headscope d", ["doctor"]),
        ("headscope serve --model min", ["minilm-l6"]),
        ("headscope models install s", ["smollm2-135m-q4"]),
    ],
)
def test_a_shell_completes_commands_and_models(
    installed: Path, elsewhere: Path, typed: str, offered: list[str]
) -> None:
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    done = subprocess.run(
        [installed / "headscope"],
        cwd=elsewhere,
        env={**os.environ, **asked, "_HEADSCOPE_COMPLETE": "complete_bash"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == offered
