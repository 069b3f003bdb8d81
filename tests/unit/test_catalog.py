"""Which models are offered, and where they are found."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import constants
from safetensors.numpy import save

from app.engine.catalog import build_catalog
from app.errors import InvalidRequest, ModelFailed, UnknownModel
from app.settings import Settings

GPT2 = "openai-community/gpt2"
COMMIT = "607a30d783dfa663caf39e06633721c8d4cfcd7e"
WEIGHTS = save({"weight": np.zeros(225, np.float32)})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of a small encoder; what is in its weights does not matter here."""
    model = tmp_path / "tiny"
    model.mkdir()
    config = {
        "model_type": "bert",
        "architectures": ["BertForMaskedLM"],
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
    }
    (model / "config.json").write_text(json.dumps(config))
    (model / "model.safetensors").write_bytes(WEIGHTS)
    return model


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    return cache


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails the test if anything looks up a name or opens a connection."""
    touched: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **_: touched.append(words))
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: touched.append(address))
    yield
    assert not touched


def cached(cache: Path, *names: str) -> Path:
    """A snapshot of GPT-2 in the Hub's cache with files of these names."""
    snapshot = cache / "models--openai-community--gpt2" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    for name in names:
        (snapshot / name).write_bytes(WEIGHTS if name.endswith(".safetensors") else b"{}")
    return snapshot


def test_packaged_models_come_first_then_those_given_then_the_hub(folder: Path) -> None:
    catalog = build_catalog(Settings(models=(f"mine={folder}", GPT2)))
    ids = [entry.id for entry in catalog.entries()]
    assert ids[:4] == ["minilm-l6", "smollm2-135m-q4", "mine", GPT2]
    assert len(ids) == len(set(ids)) == 9
    assert [entry.source for entry in catalog.entries()] == [
        *("packaged", "packaged", "local"),
        *["hub"] * 6,
    ]


@pytest.mark.parametrize(
    ("models", "initial"), [((), "minilm-l6"), ((GPT2, "smollm2-135m-q4"), GPT2)]
)
def test_the_first_model_given_is_the_one_to_load(models: tuple[str, ...], initial: str) -> None:
    assert build_catalog(Settings(models=models)).initial == initial


def test_a_folder_is_called_by_its_name_and_told_by_its_config(folder: Path) -> None:
    entry = build_catalog(Settings(models=(str(folder),))).entry("tiny")
    assert (entry.family, entry.layers, entry.heads) == ("bert", 2, 4)
    assert (entry.stacks, entry.pairs) == (("encoder",), True)
    assert (entry.source, entry.size_bytes, entry.on_disk) == ("local", len(WEIGHTS), True)


@pytest.mark.parametrize("config", ["", "[]", "{", "[" * 100_000, '{"num_hidden_layers": "x"}'])
def test_a_folder_with_an_unusable_config_is_listed_for_the_loader_to_refuse(
    folder: Path, config: str
) -> None:
    (folder / "config.json").write_text(config)
    entry = build_catalog(Settings(models=(str(folder),))).entry("tiny")
    assert (entry.family, entry.layers, entry.stacks) == ("unknown", None, ())


def test_the_revision_of_a_folder_follows_its_files(folder: Path) -> None:
    catalog = build_catalog(Settings(models=(str(folder),)))
    first = catalog.locate("tiny")
    assert first.folder == folder
    assert len(first.revision) == 12
    (folder / "README.md").write_text("not a part of the model")
    assert catalog.locate("tiny") == first
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(500)
        file.write(b"\1")
    assert catalog.locate("tiny").revision != first.revision


def test_a_folder_that_went_away_is_a_sentence(folder: Path) -> None:
    catalog = build_catalog(Settings(models=(str(folder),)))
    folder.rename(folder.with_name("elsewhere"))
    assert not catalog.entry("tiny").on_disk
    with pytest.raises(ModelFailed, match="no longer there"):
        catalog.locate("tiny")


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("mine=/nowhere", "There is no folder /nowhere"),
        ("a b={folder}", '"a b" cannot name a model'),
        ("../up={folder}", "cannot name a model"),
        ("={folder}", "cannot name a model"),
        ("minilm-l6={folder}", "there already"),
        ("gpt2", "neither a folder nor the id"),
        ("../../etc/passwd", "neither a folder nor the id"),
        ("a/b/c", "neither a folder nor the id"),
        ("owner/bad--name", "neither a folder nor the id"),
        ("owner/name\n", "neither a folder nor the id"),
    ],
)
def test_what_cannot_be_offered_is_a_sentence(folder: Path, spec: str, sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        build_catalog(Settings(models=(spec.format(folder=folder),)))


def test_two_folders_of_one_name_need_another_name(folder: Path) -> None:
    other = folder.parent / "elsewhere" / "tiny"
    other.mkdir(parents=True)
    with pytest.raises(InvalidRequest, match="A model named tiny is there already"):
        build_catalog(Settings(models=(str(folder), str(other))))
    assert build_catalog(Settings(models=(str(folder), f"second={other}"))).entry("second")


@pytest.mark.parametrize("id", ["", "gpt2", "prajjwal1/bert-tiny", "../../etc", "a\ud800"])
@pytest.mark.usefixtures("no_network")
def test_an_id_outside_the_list_touches_no_network(id: str) -> None:
    catalog = build_catalog(Settings())
    for ask in (catalog.entry, catalog.locate):
        with pytest.raises(UnknownModel):
            ask(id)


@pytest.mark.usefixtures("no_network")
def test_what_lies_in_the_hub_cache_works_offline(hub_cache: Path) -> None:
    snapshot = cached(hub_cache, "config.json", "model.safetensors")
    catalog = build_catalog(Settings())
    assert catalog.entry(GPT2).on_disk
    assert catalog.entry(GPT2).revision == COMMIT
    location = catalog.locate(GPT2)
    assert (location.folder, location.revision) == (snapshot, COMMIT)


def test_of_several_snapshots_that_of_main_is_taken(hub_cache: Path) -> None:
    snapshot = cached(hub_cache, "config.json", "model.safetensors")
    newer = snapshot.with_name("0" * 40)
    newer.mkdir()
    for name in ("config.json", "model.safetensors"):
        (newer / name).write_text("{}")
    catalog = build_catalog(Settings())
    assert catalog.entry(GPT2).revision == newer.name
    main = snapshot.parents[1] / "refs" / "main"
    main.parent.mkdir()
    main.write_text(COMMIT)
    assert catalog.entry(GPT2).revision == COMMIT


@pytest.mark.parametrize(
    "names",
    [
        ("config.json",),
        ("config.json", "pytorch_model.bin"),
        ("model.safetensors",),
        ("config.json", "model-00001-of-00002.safetensors", "model.safetensors.index.json"),
    ],
)
def test_half_a_snapshot_is_not_on_disk(hub_cache: Path, names: tuple[str, ...]) -> None:
    snapshot = cached(hub_cache, *names)
    shards = {f"w{i}": f"model-0000{i}-of-00002.safetensors" for i in (1, 2)}
    index = snapshot / "model.safetensors.index.json"
    if index.exists():
        index.write_text(json.dumps({"weight_map": shards}))
    assert not build_catalog(Settings()).entry(GPT2).on_disk
