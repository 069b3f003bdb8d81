"""The converted SmolLM2 is the model it says: loaded here by plain transformers, without app/."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from app.engine.catalog import Location, build_catalog
from app.settings import Settings

ROOT = Path(__file__).parents[2]
ID = "smollm2-135m-q4"


@pytest.fixture(scope="module")
def location() -> Location:
    return build_catalog(Settings()).locate(ID)


@pytest.fixture(scope="module")
def folder(location: Location) -> Path:
    return location.folder


@pytest.fixture(scope="module")
def model(folder: Path) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


# With queries and keys left in GGUF's order these would be about four times as high.
@pytest.mark.parametrize(
    ("text", "perplexity"),
    [
        (
            "The committee met on Tuesday to discuss the budget, and after two hours of debate the "
            "members agreed to postpone the decision until spring.",
            27.1,
        ),
        (
            "Water flows downhill because gravity pulls it toward the center of the Earth, and "
            "rivers carve valleys as they carry sand and stones to the sea.",
            19.3,
        ),
    ],
)
def test_its_perplexity_is_that_of_the_original(
    folder: Path, model: PreTrainedModel, text: str, perplexity: float
) -> None:
    ids = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt").input_ids
    with torch.no_grad():
        loss = model(input_ids=ids, labels=ids).loss
    assert loss.exp().item() == pytest.approx(perplexity, abs=0.05)


def test_its_licence_goes_along(folder: Path) -> None:
    assert "Apache License" in (folder / "LICENSE").read_text("utf-8")


def test_a_killed_conversion_leaves_a_clean_start(location: Location, tmp_path: Path) -> None:
    settings = Settings(cache_dir=tmp_path)
    program = (
        "from pathlib import Path; from app.engine.packages import install;"
        "from app.settings import Settings;"
        f"install('{ID}', Settings(cache_dir=Path({str(tmp_path)!r})), print)"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as running:
        while not list(tmp_path.glob("*/*.safetensors")):
            assert running.poll() is None
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    assert not build_catalog(settings).entry(ID).on_disk

    subprocess.run(command, cwd=ROOT, stderr=subprocess.DEVNULL, check=True)
    assert build_catalog(settings).locate(ID).revision == location.revision
    assert {path.name for path in tmp_path.iterdir()} == {ID, "install.lock"}
