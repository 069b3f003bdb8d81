"""`view` as it is typed: a page from a file of weights, without a model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from .test_cli import ROOT, refusal, run
from .test_given import NAMES, WEIGHTS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.npy"
    np.save(path, WEIGHTS)
    return path


def document(page: Path) -> dict[str, object]:
    text = page.read_text("utf-8").partition('id="analysis">')[2].partition("</script>")[0]
    found: dict[str, object] = json.loads(text)
    return found


@pytest.mark.parametrize("suffix", [".json", ".txt"])
def test_view_writes_a_page_and_says_where_it_is(file: Path, tmp_path: Path, suffix: str) -> None:
    tokens, page = tmp_path / f"tokens{suffix}", tmp_path / "page.html"
    words = json.dumps(NAMES) if suffix == ".json" else "\n".join(NAMES) + "\n"
    tokens.write_text(words, "utf-8")
    done = run(
        "view", str(file), "--tokens", str(tokens), "--out", str(page), "--no-open", "--layers=1"
    )
    assert (done.stdout.strip(), done.stderr) == (str(page), "")
    said = document(page)
    assert said["model"]["id"] == "mine.npy"  # type: ignore[index]
    assert [token["text"] for token in said["tokens"]["input"]] == NAMES  # type: ignore[index]
    assert [layer["index"] for layer in said["stacks"][0]["layers"]] == [1]  # type: ignore[index]


def test_view_opens_a_page_of_its_own_that_no_one_else_can_read(file: Path, tmp_path: Path) -> None:
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f'#!/bin/sh\necho "$1" >"{seen}"\n', "utf-8")
    browser.chmod(0o755)
    done = run("view", str(file), BROWSER=str(browser), TMPDIR=str(tmp_path))
    page = Path(done.stdout.strip())
    assert seen.read_text("utf-8").strip() == page.as_uri()
    assert page.parent == tmp_path
    assert page.stat().st_mode & 0o077 == 0


def test_view_says_what_is_wrong_with_the_weights(file: Path, tmp_path: Path) -> None:
    np.save(file, WEIGHTS / 2)
    done = run("view", str(file), "--out", str(tmp_path / "page.html"), "--no-open")
    assert done.stderr.startswith(
        "Rows of these weights do not sum to 1: they are off by up to 0.5"
    )
    assert done.stdout.strip().endswith("page.html")
    np.save(file, -WEIGHTS)
    assert "There are negative weights in layer 0" in refusal("view", str(file))
    np.save(file, WEIGHTS)
    assert "give it the suffix .html" in refusal("view", str(file), "--no-open", "-o", "x")


def test_view_needs_no_torch(file: Path, tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from app.cli import cli\n"
        "cli(sys.argv[1:], standalone_mode=False)\n"
        "heavy = {'torch', 'transformers', 'uvicorn'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    words = ["view", str(file), "--no-open", "-o", str(tmp_path / "page.html")]
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
