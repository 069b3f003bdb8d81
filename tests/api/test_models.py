"""The model list and the live token count."""

from collections.abc import Callable

import httpx
import pytest

from .conftest import MINILM, SMOLLM2, TEXT, check_problem

FIELDS = {
    "id", "title", "family", "input", "stacks", "layers", "heads", "max_tokens", "parameters",
    "pairs", "source", "revision", "license", "size_bytes", "status", "progress", "reason",
}  # fmt: skip


def test_the_packaged_models_come_first(client: httpx.Client) -> None:
    models = client.get("/api/v1/models").json()["models"]
    assert [model["id"] for model in models[:2]] == [MINILM, SMOLLM2]
    assert all(set(model) >= FIELDS for model in models)


def test_a_loaded_model_says_what_it_is(client: httpx.Client, analyse: Callable[..., str]) -> None:
    analyse()
    model = client.get(f"/api/v1/models/{MINILM}").json()
    assert (model["status"], model["reason"], model["progress"]) == ("ready", None, None)
    assert (model["stacks"], model["layers"], model["heads"]) == (["encoder"], 6, 12)
    assert (model["max_tokens"], model["pairs"], model["input"]) == (512, True, "text")
    assert model["revision"]


def test_an_id_may_have_slashes(client: httpx.Client) -> None:
    for id in ("google-bert/bert-base-uncased", "google-bert%2Fbert-base-uncased"):
        model = client.get(f"/api/v1/models/{id}").json()
        assert (model["id"], model["source"]) == ("google-bert/bert-base-uncased", "hub")


@pytest.mark.parametrize("id", ["nobody/nothing", "..%2F..%2Fetc%2Fpasswd", "%00", "a" * 5000])
def test_a_model_outside_the_list_is_unknown(client: httpx.Client, id: str) -> None:
    check_problem(client.get(f"/api/v1/models/{id}"), 404, "unknown-model")


def test_tokenize_counts_like_the_analysis(
    client: httpx.Client, analyse: Callable[..., str]
) -> None:
    answer = client.post("/api/v1/tokenize", json={"model": MINILM, "text": TEXT}).json()
    tokens = client.get(analyse()).json()["tokens"]["input"]
    assert answer == {"count": len(tokens), "limit": 512, "tokens": tokens, "windows": None}


def test_tokenize_counts_beyond_the_limit_and_shows_what_is_read(client: httpx.Client) -> None:
    answer = client.post("/api/v1/tokenize", json={"model": MINILM, "text": "a " * 2000}).json()
    assert (answer["count"], answer["limit"], len(answer["tokens"])) == (2002, 512, 512)


def test_tokenize_takes_pairs_where_the_model_does(client: httpx.Client) -> None:
    pair = {"text": "one", "text_pair": "two"}
    tokens = client.post("/api/v1/tokenize", json={"model": MINILM, **pair}).json()["tokens"]
    assert [token["segment"] for token in tokens if not token["special"]] == [0, 1]
    refused = client.post("/api/v1/tokenize", json={"model": SMOLLM2, **pair})
    check_problem(refused, 422, "not-supported")
