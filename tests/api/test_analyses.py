"""Analyses: made once, held, gone, verified."""

import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.records import VIEWS
from app.settings import Settings
from tests.engine.families import KEEP_WEIGHTS, save

from .conftest import MINILM, SMOLLM2, TEXT, check_problem, serving

FIELDS = {
    "id", "request", "model", "tokens", "words", "stacks", "truncated", "bytes", "timing_ms",
    "checks",
}  # fmt: skip


def test_a_new_analysis_is_201_and_the_same_again_200(client: httpx.Client) -> None:
    request = {"model": MINILM, "text": "Asked for twice."}
    first = client.post("/api/v1/analyses", json=request)
    second = client.post("/api/v1/analyses", json={**request, "truncate": False, "target": None})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json() == client.get(first.headers["Location"]).json()
    assert first.headers["Location"] == f"/api/v1/analyses/{first.json()['id']}"
    assert second.headers["Location"] == first.headers["Location"]


def test_an_analysis_says_all_that_the_contract_names(
    client: httpx.Client, analyse: Callable[..., str]
) -> None:
    found = client.get(analyse()).json()
    assert set(found) >= FIELDS
    assert found["request"] == {
        "model": MINILM, "text": TEXT, "text_pair": None, "target": None,
        "add_special_tokens": True, "parse_special": True, "truncate": False,
    }  # fmt: skip
    assert found["model"] | {"revision": ""} == {
        "id": MINILM, "revision": "", "family": "bert", "dtype": "float32", "device": "cpu",
        "trace": "qkv", "kernel": "sdpa",
    }  # fmt: skip
    (stack,) = found["stacks"]
    assert (stack["name"], stack["queries"], stack["keys"]) == ("encoder", "input", "input")
    assert stack["methods"] == ["weights"]
    assert (stack["views"], stack["no_views"]) == (list(VIEWS), {})
    assert stack["layers"][5] == {
        "index": 5, "heads": 12, "kv_heads": 12, "causal": False, "window": None, "mask": "full",
    }  # fmt: skip
    assert list(found["timing_ms"]) == ["queue", "tokenize", "forward"]
    assert found["bytes"] > 0
    checks = found["checks"]
    assert checks["output_max_error"] <= 1e-5
    assert checks["row_sum_error"] <= 1e-5
    assert (checks["eager_max_error"], checks["eager_checked"]) == (None, [])
    assert isinstance(checks["sampled"], str)
    assert found["tokens"]["target"] == []


@pytest.mark.parametrize("family", sorted(KEEP_WEIGHTS))
def test_a_model_that_gives_weights_only_says_which_view_it_lacks_and_why(
    family: str, tmp_path: Path
) -> None:
    settings = Settings(models=(f"small={save(tmp_path, KEEP_WEIGHTS[family])}",))
    with serving(settings) as base, httpx.Client(base_url=base, timeout=60) as client:
        made = client.post("/api/v1/analyses", json={"model": "small", "text": TEXT}).json()
        assert made["model"]["trace"] == "weights"
        (stack,) = made["stacks"]
        assert stack["no_views"] == {"arithmetic": "weights-only"}
        assert stack["views"] == [view for view in VIEWS if view != "arithmetic"]
        schema = client.get("/openapi.json").json()["components"]["schemas"]["Stack"]
        assert set(VIEWS) == set(schema["properties"]["views"]["items"]["enum"])
        assert "weights-only" in schema["description"]


def test_a_decoder_is_causal(client: httpx.Client, analyse: Callable[..., str]) -> None:
    (stack,) = client.get(analyse(model=SMOLLM2)).json()["stacks"]
    assert (stack["name"], len(stack["layers"])) == ("decoder", 30)
    layer = stack["layers"][0]
    assert (layer["heads"], layer["kv_heads"], layer["causal"], layer["mask"]) == (
        9,
        3,
        True,
        "causal",
    )


@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
@pytest.mark.parametrize(
    "text", [TEXT, "中文也可以。", "👩‍👩‍👧‍👦 family, flag 🇨🇳", "e\u0301 and é", "a\tb\nc", "x"]
)
def test_offsets_count_code_points(
    client: httpx.Client, analyse: Callable[..., str], model: str, text: str
) -> None:
    tokens = client.get(analyse(text, model)).json()["tokens"]["input"]
    assert [token["index"] for token in tokens] == list(range(len(tokens)))
    ends = [0] + [token["end"] for token in tokens if not token["special"]]
    assert ends == sorted(ends)
    assert max(ends) == len(text)
    covered = {i for token in tokens for i in range(token["start"], token["end"])}
    missed = [text[i] for i in range(len(text)) if i not in covered]
    # BERT's normaliser drops marks and joiners; nothing else may be left out.
    assert all(char.isspace() or unicodedata.category(char)[0] in "MC" for char in missed)


def test_a_pair_has_two_segments(client: httpx.Client, analyse: Callable[..., str]) -> None:
    tokens = client.get(analyse("Who sang?", text_pair="She did.")).json()["tokens"]["input"]
    assert {token["segment"] for token in tokens} == {0, 1}
    words = [token["word"] for token in tokens if not token["special"]]
    assert words == sorted(words)
    assert all(token["word"] is None for token in tokens if token["special"])


@pytest.mark.parametrize("field", ["text_pair", "target"])
def test_a_second_text_needs_a_model_that_reads_it(client: httpx.Client, field: str) -> None:
    request = {"model": SMOLLM2, "text": "one", field: "two"}
    check_problem(client.post("/api/v1/analyses", json=request), 422, "not-supported")


def test_too_many_tokens_name_count_and_limit(client: httpx.Client) -> None:
    request = {"model": MINILM, "text": "a " * 600}
    problem = check_problem(client.post("/api/v1/analyses", json=request), 413, "too-many-tokens")
    assert "602" in problem["detail"]
    assert "512" in problem["detail"]


def test_truncating_is_asked_for_and_said(
    client: httpx.Client, analyse: Callable[..., str]
) -> None:
    found = client.get(analyse("a " * 600, truncate=True)).json()
    assert (found["truncated"], len(found["tokens"]["input"])) == (True, 512)


def test_special_tokens_are_a_choice(client: httpx.Client, analyse: Callable[..., str]) -> None:
    def specials(**fields: Any) -> list[str]:
        tokens = client.get(analyse("a [MASK] b", **fields)).json()["tokens"]["input"]
        return [token["text"] for token in tokens if token["special"]]

    assert specials() == ["[CLS]", "[MASK]", "[SEP]"]
    assert specials(add_special_tokens=False) == ["[MASK]"]
    assert specials(parse_special=False) == ["[CLS]", "[SEP]"]


def test_an_id_that_is_not_held_is_gone_and_another_unknown(client: httpx.Client) -> None:
    for rest in ("", "/attention"):
        gone = client.get(f"/api/v1/analyses/{'0' * 32}{rest}")
        check_problem(gone, 410, "analysis-gone")
        unknown = client.get(f"/api/v1/analyses/nothing{rest}")
        check_problem(unknown, 404, "unknown-analysis")


@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
def test_verifying_fills_the_checks(
    client: httpx.Client, analyse: Callable[..., str], model: str
) -> None:
    analysis = analyse("Verified against eager attention.", model)
    answer = client.post(f"{analysis}/verify", json={"layers": [3], "heads": [1, 2]})
    checks = answer.json()["checks"]
    assert checks["eager_max_error"] <= 1e-5
    (checked,) = checks["eager_checked"]
    assert (checked["layer"], checked["heads"]) == (3, [1, 2])
    everything = client.post(f"{analysis}/verify", json={"layers": None}).json()
    heads = sum(layer["heads"] for layer in everything["stacks"][0]["layers"])
    covered = sum(len(one["heads"]) for one in everything["checks"]["eager_checked"])
    assert covered == heads
    assert everything["checks"]["eager_max_error"] <= 1e-5
    assert client.get(analysis).json() == everything


def test_equal_requests_at_the_same_moment_are_one_analysis(client: httpx.Client) -> None:
    request = {"model": MINILM, "text": "All at once. " * 30}
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda _: client.post("/api/v1/analyses", json=request), range(8))
        )
    assert len({answer.content for answer in answers}) == 1
