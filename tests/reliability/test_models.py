"""Models from anywhere: what is refused before it is loaded, and that the others go on."""

import asyncio
import pickle
import runpy
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import httpx
import jinja2
import pytest

from app.engine.vetting import clean
from app.records import Report, unheard
from app.services.engine import LoadedModel, LocalEngine
from app.settings import Settings
from tests.api.conftest import check_problem, serving
from tests.engine.families import KEEP_QKV, save

from .conftest import Figure
from .crafted import HARMLESS, PANIC, PANICS, REFUSED, Mark, code, template

CRAFTS = {**{name: craft for name, (craft, _) in REFUSED.items()}, **HARMLESS, "panics": PANICS}
SOUND = "sound"
TEXT = "the quick brown fox"


def slug(name: str) -> str:
    return name.replace(" ", "-").replace("^", "").replace(",", "")


class Many(NamedTuple):
    """One server with every crafted folder and a sound one."""

    client: httpx.Client
    mark: Path

    def weights(self, model: str, text: str = TEXT) -> httpx.Response:
        return self.client.post("/api/v1/attention", json={"model": slug(model), "text": text})


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Many]:
    root = tmp_path_factory.mktemp("crafted")
    mark = root / "mark"
    sound = save(root / SOUND, KEEP_QKV["bert"])
    for name, craft in CRAFTS.items():
        craft(shutil.copytree(sound, root / slug(name)), mark)
    folders = tuple(str(root / name) for name in (SOUND, *map(slug, CRAFTS)))
    with (
        serving(Settings(models=folders)) as base,
        httpx.Client(base_url=base, timeout=30) as client,
    ):
        yield Many(client, mark)


@pytest.mark.parametrize("name", REFUSED)
def test_M5_a_crafted_folder_is_refused_with_a_sentence_and_others_go_on(
    many: Many, name: str
) -> None:
    before = many.weights(SOUND).json()
    answer = many.weights(name)
    failed = answer.status_code == 503
    problem = check_problem(answer, *((503, "model-failed") if failed else (422, "model-refused")))
    assert REFUSED[name][1] in problem["detail"]
    assert not many.mark.exists()
    assert many.weights(SOUND).json() == before


@pytest.mark.parametrize("name", HARMLESS)
def test_M5_what_could_run_is_left_aside(many: Many, name: str) -> None:
    answer = many.weights(name)
    assert answer.status_code == 200
    assert answer.json()["attention"] == many.weights(SOUND).json()["attention"]
    assert not many.mark.exists()


def test_M5_a_tokenizer_that_panics_on_a_text_is_told_and_reads_the_next(many: Many) -> None:
    assert many.weights("panics", "b").status_code == 200
    problem = check_problem(many.weights("panics", PANIC), 503, "model-failed")
    assert "failed when it split the text into tokens" in problem["detail"]
    assert many.weights("panics", "bb").status_code == 200


def test_M5_the_list_of_models_is_given_at_once_whatever_their_folders_hold(
    many: Many, figure: Figure
) -> None:
    started = time.perf_counter()
    models = many.client.get("/api/v1/models").json()["models"]
    took = time.perf_counter() - started
    figure(f"{len(CRAFTS)} crafted folders listed in {took * 1e3:.0f} ms")
    assert {slug(name) for name in CRAFTS} <= {model["id"] for model in models}
    assert took < 2


def test_M4_a_config_loses_what_names_code_or_kernels_at_any_depth_and_keeps_sizes() -> None:
    sizes = {"hidden_size": 32, "linear_conv_kernel_dim": 4, "conv_kernel": [3, 3]}
    chosen = {
        "auto_map": {"AutoModel": "x.X"},
        "_attn_implementation": "someone/kernel",
        "experts_implementation": "x",
        "use_kernels": True,
        "kernel_config": {"a": "b"},
        "quantization_config": {},
        "transformers_weights": "adapter_model.bin",
    }
    found = clean({**sizes, **chosen, "parts": [{"part": {**sizes, **chosen}}]})
    assert found == {**sizes, "parts": [{"part": sizes}]}


class Counting(LocalEngine):
    """Notes which models it loads."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.loads: list[str] = []

    def load(self, id: str, report: Report = unheard) -> LoadedModel:
        self.loads.append(id)
        return super().load(id, report)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Four models that differ in their weights."""
    root = tmp_path_factory.mktemp("folders")
    return tuple(str(save(root / f"m{seed}", KEEP_QKV["bert"], seed)) for seed in range(4))


async def ask(base: str, turns: Iterable[Sequence[str]]) -> list[httpx.Response]:
    """Clients side by side; each asks one model after another, each time with another text."""

    async def one(name: int, models: Sequence[str]) -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=base, timeout=60) as client:
            bodies = [{"model": id, "text": f"{name} {turn}"} for turn, id in enumerate(models)]
            return [await client.post("/api/v1/attention", json=body) for body in bodies]

    answers = await asyncio.gather(*(one(name, models) for name, models in enumerate(turns)))
    return list(chain.from_iterable(answers))


def test_M8_many_requests_for_a_model_that_is_not_loaded_load_it_once(
    folders: tuple[str, ...],
) -> None:
    settings = Settings(models=folders, max_queue=50)
    engine = Counting(settings)
    with serving(settings, engine) as base:
        answers = asyncio.run(ask(base, [["m1"]] * 20))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert sorted(engine.loads) == ["m0", "m1"]


def test_M9_eviction_under_load_never_breaks_a_running_request(
    folders: tuple[str, ...], figure: Figure
) -> None:
    settings = Settings(models=folders, max_queue=100, max_models_bytes=150_000)
    engine = Counting(settings)
    turns = [[f"m{(name + turn) % 4}" for turn in range(6)] for name in range(12)]
    with serving(settings, engine) as base, httpx.Client(base_url=base) as client:
        answers = asyncio.run(ask(base, turns))
        listed = client.get("/api/v1/models").json()["models"]
    assert [answer.status_code for answer in answers] == [200] * 72
    asked = list(chain.from_iterable(turns))
    assert [answer.json()["model"]["id"] for answer in answers] == asked
    figure(f"72 of 72 answered over {len(engine.loads)} loads of 4 models")
    assert len(engine.loads) > 4
    assert [model["status"] for model in listed].count("ready") == 1


def test_M5_each_mark_would_be_left_by_what_is_never_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code(tmp_path, mark)

    def left() -> bool:
        found = mark.exists()
        mark.unlink(missing_ok=True)
        return found

    pickle.loads(pickle.dumps(Mark(mark)))  # noqa: S301
    assert left()
    runpy.run_path(str(tmp_path / "modeling_x.py"))
    assert left()
    jinja2.Template(template(mark)).render()
    assert left()
