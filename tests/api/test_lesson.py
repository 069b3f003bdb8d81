"""A server that was started with a lesson: its models, its texts, and what is wrong with one."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from app.settings import Settings
from tests.unit.numpy_engine import NumpyEngine

from .conftest import check_problem, serving

ROOT = Path(__file__).parents[2]
TINY = 'title = "T"\n[[texts]]\ntitle = "One"\ntext = "a b"\nmodel = "{}"\n'


def lesson(folder: Path, *contents: str) -> Path:
    path = folder / "lesson.toml"
    path.write_text("\n".join(contents), "utf-8")
    return path


def test_without_a_lesson_there_is_none(client: httpx.Client) -> None:
    assert client.get("/api/v1/lesson").json() == {"lesson": None}


def test_only_the_models_of_a_lesson_are_offered_and_all_are_loaded_before_the_first_visitor(
    tmp_path: Path,
) -> None:
    engine = NumpyEngine(("tiny", "other", "third"))
    engine.gate.clear()
    models = 'models = ["other", "third"]'
    path = lesson(tmp_path, models, TINY.format("third"), 'sinks = "shown"')
    settings = Settings(lesson=path, load_deadline_s=0.05)
    with serving(settings, engine) as base, httpx.Client(base_url=base) as client:
        check_problem(client.get("/readyz"), 503, "model-loading")
        time.sleep(0.2)
        check_problem(client.get("/readyz"), 503, "model-loading")
        engine.gate.set()
        while client.get("/readyz").status_code != 200:
            time.sleep(0.01)
        offered = client.get("/api/v1/models").json()["models"]
        assert [(one["id"], one["status"]) for one in offered] == [
            ("third", "ready"),
            ("other", "ready"),
        ]
        refused = client.post("/api/v1/tokenize", json={"model": "tiny", "text": "a"})
        check_problem(refused, 404, "unknown-model")
        given = client.get("/api/v1/lesson").json()["lesson"]
        assert (given["title"], given["opening"]) == ("T", 1)
        text = {"title": "One", "text": "a b", "model": "third", "sinks": "shown"}
        assert given["texts"] == [text]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            'sinks = "none"',
            "text 1, sinks: Input should be 'off', 'shown', 'hidden' or 'renormalised'.",
        ),
        ("layer = 3\nhead = 1\nquery = 4", "text 1: query is 4, but there are 4 tokens"),
        ('stack = "cross"', "text 1: its model has no cross stack, only encoder."),
    ],
)
def test_the_command_ends_where_its_lesson_is_wrong(tmp_path: Path, more: str, said: str) -> None:
    path = lesson(tmp_path, TINY.format("minilm-l6"), more)
    done = subprocess.run(
        [sys.executable, "-m", "app", "serve", "--port=0", "--lesson", str(path)],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "Ready" not in done.stdout
    assert done.stderr.startswith(str(path))
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_text_that_is_too_long_for_its_model_is_told(tmp_path: Path) -> None:
    path = lesson(tmp_path, TINY.format("tiny").replace("a b", "a " * 99))
    settings = Settings(lesson=path)
    with serving(settings, NumpyEngine()) as base, httpx.Client(base_url=base) as client:
        while (answer := client.get("/readyz")).json()["type"].endswith("#model-loading"):
            time.sleep(0.01)
        detail = check_problem(answer, 503, "lesson-invalid")["detail"]
        assert "text 1: it has" in detail and "shorten it." in detail
