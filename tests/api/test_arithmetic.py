"""The numbers behind a weight over HTTP: a client can recompute it."""

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests.engine.families import KEEP_QKV, KEEP_WEIGHTS, save

from .conftest import MINILM, SMOLLM2, TEXT, check_problem, serving

Analyse = Callable[..., str]
PLACE = {"layer": 3, "head": 1, "query": 6}
FIELDS = {
    "stack", "layer", "head", "query", "kv_head", "head_dim", "causal", "mask", "rotary",
    "q", "keys", "scaling", "softcap", "lse", "sink", "output", "write",
}  # fmt: skip
KEY = {"index", "k", "products", "score", "bias", "masked", "weight", "v", "write"}


@pytest.fixture
def arithmetic(client: httpx.Client) -> Callable[..., dict[str, Any]]:
    def get(analysis: str, **parameters: Any) -> dict[str, Any]:
        answer = client.get(f"{analysis}/arithmetic", params={**PLACE, **parameters})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return get


@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
def test_a_client_can_recompute_the_weights_of_the_attention_call(
    client: httpx.Client,
    analyse: Analyse,
    arithmetic: Callable[..., dict[str, Any]],
    model: str,
) -> None:
    analysis = analyse(model=model)
    found = arithmetic(analysis)
    assert (set(found), set(found["keys"][0])) == (FIELDS, KEY)
    query: dict[str, str | int] = {"layers": 3, "heads": 1, "queries": "6:7"}
    row = client.get(f"{analysis}/attention", params=query).json()["attention"][0][0][0]
    assert [key["weight"] for key in found["keys"]] == row
    output = [0.0] * found["head_dim"]
    for key in found["keys"]:
        assert key["products"] == [q * k for q, k in zip(found["q"], key["k"], strict=True)]
        if key["masked"]:
            assert (key["score"], key["weight"]) == (None, 0)
            continue
        score = found["scaling"] * math.fsum(key["products"])
        assert key["score"] == pytest.approx(score, abs=1e-9)
        assert math.exp(score - found["lse"]) == pytest.approx(key["weight"], abs=1e-5)
        output = [o + key["weight"] * v for o, v in zip(output, key["v"], strict=True)]
    assert found["output"] == pytest.approx(output, abs=1e-6)


def test_what_kind_of_head_it_is(
    analyse: Analyse, arithmetic: Callable[..., dict[str, Any]]
) -> None:
    encoder, decoder = arithmetic(analyse()), arithmetic(analyse(model=SMOLLM2), head=7)
    about = ("stack", "layer", "head", "query", "kv_head", "head_dim", "causal", "mask", "rotary")
    assert [encoder[name] for name in about] == [
        "encoder", 3, 1, 6, 1, 32, False, "full", False,
    ]  # fmt: skip
    assert [decoder[name] for name in about] == [
        "decoder", 3, 7, 6, 2, 64, True, "causal", True,
    ]  # fmt: skip
    assert [key["masked"] for key in decoder["keys"]] == [i > 6 for i in range(10)]
    assert encoder["keys"][2]["weight"] == pytest.approx(0.788, abs=5e-4)


def test_what_the_head_writes_and_which_tokens_that_promotes(
    analyse: Analyse, arithmetic: Callable[..., dict[str, Any]]
) -> None:
    encoder, decoder = arithmetic(analyse()), arithmetic(analyse(model=SMOLLM2))
    assert encoder["write"].items() >= {
        "promotes": None, "demotes": None, "reason": "no-vocabulary"
    }.items()  # fmt: skip
    promotes, demotes = decoder["write"]["promotes"], decoder["write"]["demotes"]
    assert decoder["write"]["reason"] is None
    assert [len(promotes), len(demotes)] == [10, 10]
    up, down = ([token["logit"] for token in tokens] for tokens in (promotes, demotes))
    assert up == sorted(up, reverse=True)
    assert down == sorted(down)
    assert down[-1] < up[-1]
    assert set(promotes[0]) == {"id", "text", "logit"}
    for found in (encoder, decoder):
        parts = [key["write"] for key in found["keys"]]
        assert found["write"]["norm"] <= sum(parts) + 1e-9  # the triangle inequality
        assert all((part == 0) == (key["weight"] == 0)
                   for part, key in zip(parts, found["keys"], strict=True))  # fmt: skip


def test_a_write_is_told_after_its_model_has_left_memory(tmp_path: Path) -> None:
    folders = {name: save(tmp_path / name, KEEP_QKV[name]) for name in ("gpt2", "opt")}
    models = tuple(f"{name}={folder}" for name, folder in folders.items())
    settings = Settings(models=models, max_models_bytes=200_000)
    with serving(settings) as base, httpx.Client(base_url=base, timeout=60) as client:
        made = [
            client.post("/api/v1/analyses", json={"model": name, "text": TEXT}) for name in folders
        ]
        assert client.get("/api/v1/models/gpt2").json()["status"] == "available"
        url = f"{made[0].headers['Location']}/arithmetic"
        found = client.get(url, params={"layer": 0, "head": 1, "query": 3}).json()
        assert found["write"]["norm"] > 0
        assert client.get("/api/v1/models/gpt2").json()["status"] == "ready"


def test_without_its_model_all_but_the_write_is_told(tmp_path: Path) -> None:
    """Its folder is gone, and another model has taken its place in memory."""
    folders = {name: save(tmp_path / name, KEEP_QKV[name]) for name in ("gpt2", "opt")}
    models = tuple(f"{name}={folder}" for name, folder in folders.items())
    settings = Settings(models=models, max_models_bytes=200_000)
    place = {"layer": 0, "head": 1, "query": 3}
    with serving(settings) as base, httpx.Client(base_url=base, timeout=60) as client:
        url = client.post("/api/v1/analyses", json={"model": "gpt2", "text": TEXT}).headers[
            "Location"
        ]
        before = client.get(f"{url}/arithmetic", params=place).json()
        client.post("/api/v1/analyses", json={"model": "opt", "text": TEXT})
        shutil.rmtree(folders["gpt2"])
        answer = client.get(f"{url}/arithmetic", params=place)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["write"] == {
        "norm": None, "promotes": None, "demotes": None, "reason": "no-model",
    }  # fmt: skip
    assert all(key.pop("write") is None for key in found["keys"])
    assert all(key.pop("write") > 0 for key in before["keys"] if key["weight"])
    del found["write"], before["write"]
    for key in before["keys"]:
        key.pop("write", None)
    assert found == before
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


def test_keys_bound_what_is_listed_and_nothing_else(
    analyse: Analyse, arithmetic: Callable[..., dict[str, Any]]
) -> None:
    whole, part = arithmetic(analyse()), arithmetic(analyse(), keys="2:4,9:10")
    assert part == {**whole, "keys": [whole["keys"][index] for index in (2, 3, 9)]}


@pytest.mark.parametrize(
    "query",
    [
        "layer=6&head=1&query=6",
        "layer=3&head=12&query=6",
        "layer=3&head=1&query=12",
        "layer=3&head=1&query=-1",
        "layer=3&head=1",
        "layer=3,4&head=1&query=6",
        "layer=3&head=1&query=6&keys=0:13",
        "layer=3&head=1&query=6&keys=5:5",
        "layer=3&head=1&query=6&stack=cross",
        "layer=3&head=1&query=6&colour=red",
        "layer=3&head=1&query=" + "9" * 5000,
        "layer=3&head=1&query=99999999999999999999",
    ],
)
def test_what_is_not_there_is_said(client: httpx.Client, analyse: Analyse, query: str) -> None:
    check_problem(client.get(f"{analyse()}/arithmetic?{query}"), 422, "invalid-request")


def test_an_analysis_that_is_not_held(client: httpx.Client) -> None:
    for id, status, type in (("0" * 32, 410, "analysis-gone"), ("x", 404, "unknown-analysis")):
        refused = client.get(f"/api/v1/analyses/{id}/arithmetic", params=PLACE)
        check_problem(refused, status, type)


def test_a_browser_keeps_it_and_asks_by_its_tag(client: httpx.Client, analyse: Analyse) -> None:
    url = f"{analyse()}/arithmetic"
    answer = client.get(url, params=PLACE)
    assert {"private", "immutable"} <= set(answer.headers["Cache-Control"].split(", "))
    tag = answer.headers["ETag"]
    again = client.get(url, params={**PLACE, "keys": "0:12"}, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    other = client.get(url, params={**PLACE, "keys": "0:11"}, headers={"If-None-Match": tag})
    assert other.status_code == 200


def test_over_the_limit_it_is_refused_and_fewer_keys_are_not() -> None:
    settings = Settings(max_answer_bytes=20_000)
    with serving(settings) as base, httpx.Client(base_url=base, timeout=60) as client:
        body = {"model": MINILM, "text": TEXT}
        url = f"{client.post('/api/v1/analyses', json=body).headers['Location']}/arithmetic"
        problem = check_problem(client.get(url, params=PLACE), 413, "answer-too-large")
        assert "keys=" in problem["detail"]
        answer = client.get(url, params={**PLACE, "keys": "0:5"})
        assert answer.status_code == 200
        assert 8_000 < len(answer.content) < 20_000


def test_a_model_that_gives_weights_only_says_why(tmp_path: Path) -> None:
    folder = save(tmp_path, KEEP_WEIGHTS["bloom"])
    settings = Settings(models=(f"bloom={folder}",))
    with serving(settings) as base, httpx.Client(base_url=base, timeout=60) as client:
        body = {"model": "bloom", "text": TEXT}
        made = client.post("/api/v1/analyses", json=body)
        assert made.json()["model"]["trace"] == "weights"
        url = f"{made.headers['Location']}/arithmetic"
        problem = check_problem(
            client.get(url, params={"layer": 0, "head": 0, "query": 0}), 422, "not-supported"
        )
        assert "`trace` is qkv" in problem["detail"]
