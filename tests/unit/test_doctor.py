"""What `doctor` says where things are as they should be, and where they really are not."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.doctor import Finding, examine
from app.settings import Settings

ROOT = Path(__file__).parents[2]
NO_HUB = {"HF_HUB_OFFLINE": "1"}


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def found(what: str, port: int, host: str = "127.0.0.1", **settings: Any) -> Finding:
    findings = examine(Settings(**settings), "headscope", host, port)
    return next(finding for finding in findings if finding.what == what)


def test_a_device_that_is_not_there(free_port: int) -> None:
    finding = found("torch", free_port, device="mps")
    assert finding.verdict == "wrong"
    assert "finds no mps here. Leave --device" in finding.said


def test_a_model_that_is_not_installed(free_port: int, tmp_path: Path) -> None:
    model = "smollm2-135m-q4"
    first = found("models", free_port, cache_dir=tmp_path, models=(model,))
    assert first.verdict == "wrong"
    assert first.said.endswith(f"Run: headscope models install {model}")


def test_a_folder_that_is_not_there(free_port: int) -> None:
    finding = found("models", free_port, models=("mine=/nowhere",))
    assert (finding.verdict, finding.said) == ("wrong", "There is no folder /nowhere.")


def test_a_cache_that_cannot_be_written(free_port: int) -> None:
    finding = found("disk", free_port, cache_dir=Path("/dev/null/cache"))
    assert finding.verdict == "note"
    assert "HEADSCOPE_CACHE_DIR chooses another folder" in finding.said


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        finding = found("port", listener.getsockname()[1])
    assert finding.verdict == "wrong"
    assert "Choose another with --port" in finding.said


def test_who_reaches_the_server(free_port: int) -> None:
    assert found("access", free_port).said == "only this machine reaches it, without a token"
    wide = found("access", free_port, host="0.0.0.0")  # noqa: S104
    assert wide.said.startswith("other machines reach it; `serve` makes a token")
    token = SecretStr("sixteen-or-more-characters")
    guarded = found("access", free_port, host="0.0.0.0", token=token)  # noqa: S104
    assert guarded.said == "other machines reach it, with the token that is set"


def doctor(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", "doctor", *words]
    env = {**os.environ, **NO_HUB, **environment}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_command_ends_with_1_only_where_the_server_could_not_start(free_port: int) -> None:
    well = doctor("--port", str(free_port), "--model", str(ROOT))
    assert well.returncode == 0, well.stdout
    assert "note   hub      the Hugging Face Hub does not answer" in well.stdout
    many = doctor("--port", str(free_port), "--model", str(ROOT), WEB_CONCURRENCY="4")
    assert many.returncode == 1
    assert "wrong  process  WEB_CONCURRENCY is 4" in many.stdout


def test_a_setting_that_is_not_valid_is_named() -> None:
    done = doctor(HEADSCOPE_WORKERS="none")
    assert done.returncode == 1
    assert "HEADSCOPE_WORKERS" in done.stderr
    assert "Traceback" not in done.stderr
