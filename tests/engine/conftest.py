"""Models for the engine's tests: tiny random ones of many families, and the packaged ones."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModel

from app.engine.catalog import Location, build_catalog
from app.engine.loader import LoadedModel, load
from app.records import Run
from app.settings import Settings

from .families import KEEP_QKV, KEEP_WEIGHTS, save

ALL = slice(None)
Pretrained = Callable[[str], LoadedModel]


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny random model, by family."""

    @cache
    def folder(name: str) -> Path:
        return save(tmp_path_factory.mktemp(name), {**KEEP_QKV, **KEEP_WEIGHTS}[name])

    return folder


@pytest.fixture(scope="session")
def tiny(tiny_folder: Callable[[str], Path]) -> Pretrained:
    """A tiny random model, loaded and proved."""
    return cache(lambda name: load(Location(tiny_folder(name), "random"), id=name, device="cpu"))


@pytest.fixture(scope="session")
def packaged() -> Pretrained:
    """A packaged model with its real weights."""
    catalog = build_catalog(Settings())
    return cache(lambda name: load(catalog.locate(name), id=name, device="cpu"))


def eager_reference(
    folder: Path, run: Run, dtype: torch.dtype = torch.float32
) -> list[torch.Tensor]:
    """Every layer's weights (heads, queries, keys) by a second model that only ever ran eager."""
    model: Any = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=dtype).eval()
    ids = torch.tensor([[token.id for token in run.tokens["input"]]])
    segments = torch.tensor([[token.segment for token in run.tokens["input"]]])
    # Only BERT's relatives know segments; they are all zero for a single text.
    options = {"token_type_ids": segments} if segments.any() else {}
    with torch.inference_mode():
        answer = model(input_ids=ids, output_attentions=True, **options)
    return [weights[0] for weights in answer.attentions if weights is not None]
