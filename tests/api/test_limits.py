"""Every limit is a setting, and is held."""

import json
from pathlib import Path

import httpx
import numpy as np

from app.records import AnalysisRequest
from app.routes.encoding import META_HEADER, encode
from app.services.analyses import Held
from app.services.answer import answer
from app.services.choice import Choice
from app.services.selection import select
from app.settings import Settings
from tests.unit.numpy_engine import NumpyEngine, NumpyTrace, run_of

from .conftest import MINILM, TEXT, check_problem, serving


def test_verifying_over_the_memory_limit_is_refused() -> None:
    with serving(Settings(max_verify_bytes=1000)) as base, httpx.Client(base_url=base) as client:
        request = {"model": MINILM, "text": TEXT}
        analysis = client.post("/api/v1/analyses", json=request, timeout=60).headers["Location"]
        refused = client.post(f"{analysis}/verify", json={"layers": [0]})
        check_problem(refused, 413, "answer-too-large")
        assert client.get(analysis).json()["checks"]["eager_max_error"] is None


def test_traces_kept_as_float16_say_so_and_have_ids_of_their_own(client: httpx.Client) -> None:
    request = {"model": MINILM, "text": TEXT}
    exact = client.post("/api/v1/analyses", json=request).json()
    with (
        serving(Settings(trace_dtype="float16")) as base,
        httpx.Client(base_url=base, timeout=60) as half,
    ):
        kept = half.post("/api/v1/analyses", json=request).json()
        answer = half.get(f"/api/v1/analyses/{kept['id']}/attention").json()
    assert kept["id"] != exact["id"]
    assert kept["bytes"] < 0.6 * exact["bytes"]
    assert 0 < kept["checks"]["rounding_max_error"] < 5e-3
    assert answer["approximate"]
    own = client.get(f"/api/v1/analyses/{exact['id']}/attention").json()["attention"]
    assert 0 < np.abs(np.subtract(answer["attention"], own)).max() < 5e-3


def test_files_of_traces_stay_within_their_setting(tmp_path: Path) -> None:
    """Three texts of 12 tokens take 0.33 MB each; two of them fit."""
    settings = Settings(cache_dir=tmp_path, map_traces_over_bytes=1, max_mapped_bytes=700_000)
    with serving(settings) as base, httpx.Client(base_url=base, timeout=60) as client:
        places = []
        for word in ("keys", "cats", "dogs"):
            text = TEXT.replace("keys", word)
            made = client.post("/api/v1/analyses", json={"model": MINILM, "text": text})
            places.append(made.headers["Location"])
            said = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines())
            assert 0 < float(said["headscope_analyses_mapped_bytes"]) <= 700_000
            assert float(said["headscope_analyses_bytes"]) < 20_000
        assert list((tmp_path / "traces").iterdir()) == []
        check_problem(client.get(places[0]), 410, "analysis-gone")
        told = [client.get(f"{place}/attention", params={"layers": 3}) for place in places[1:]]
    for each in told:
        weights = np.array(each.json()["attention"])
        np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)


def test_a_dropped_analysis_is_gone_and_comes_back_under_its_id() -> None:
    settings = Settings(max_traces_bytes=100)
    with serving(settings, NumpyEngine()) as base, httpx.Client(base_url=base) as client:
        places = []
        for text in ("first", "second", "first"):
            made = client.post("/api/v1/analyses", json={"model": "tiny", "text": text})
            places.append(made.headers["Location"])
            assert made.status_code == 201
        assert places[0] == places[2]
        check_problem(client.get(places[1]), 410, "analysis-gone")
        check_problem(client.get(f"{places[1]}/attention"), 410, "analysis-gone")
        assert client.get(f"{places[0]}/attention").status_code == 200


def test_the_limits_of_bodies_and_answers() -> None:
    settings = Settings(max_body_bytes=200, max_answer_bytes=1000)
    with serving(settings, NumpyEngine()) as base, httpx.Client(base_url=base) as client:
        request = {"model": "tiny", "text": "a b c"}
        analysis = client.post("/api/v1/analyses", json=request).headers["Location"]
        check_problem(client.get(f"{analysis}/attention"), 413, "answer-too-large")
        assert client.get(f"{analysis}/attention?layers=0&heads=0").status_code == 200
        check_problem(client.post("/api/v1/attention", json=request), 413, "answer-too-large")
        too_long = {"model": "tiny", "text": "a" * 200}
        check_problem(client.post("/api/v1/analyses", json=too_long), 413, "body-too-large")


def test_an_answer_made_of_too_many_weights_is_refused_however_small() -> None:
    """Five tokens and twelve heads; with `keep`, whole rows are read whatever the keys."""
    settings = Settings(max_read_cells=299)
    with serving(settings, NumpyEngine()) as base, httpx.Client(base_url=base) as client:
        request = {"model": "tiny", "text": "a b c"}
        analysis = client.post("/api/v1/analyses", json=request).headers["Location"]
        for call in ("attention?size=1", "attention?keys=0:1&keep=top:2", "figure?size=1"):
            refused = client.get(f"{analysis}/{call}")
            problem = check_problem(refused, 413, "answer-too-large")
            assert "made of 300 weights and the limit is 299" in problem["detail"]
        check_problem(
            client.post("/api/v1/attention", json={**request, "size": 1}), 413, "answer-too-large"
        )
        for call in (
            "attention?keys=0:1",
            "attention?heads=0&size=1&keep=top:2",
            "figure?layers=0",
        ):
            assert client.get(f"{analysis}/{call}").status_code == 200


def test_a_page_has_a_limit_of_its_own() -> None:
    """Five tokens, three layers of four heads in float32."""
    for limit, status in ((1200, 200), (1199, 413)):
        settings = Settings(max_page_bytes=limit, max_answer_bytes=1)
        with serving(settings, NumpyEngine()) as base, httpx.Client(base_url=base) as client:
            request = {"model": "tiny", "text": "a b c"}
            analysis = client.post("/api/v1/analyses", json=request).headers["Location"]
            assert client.get(f"{analysis}/page").status_code == status


def test_the_header_of_a_very_large_model_stays_under_4_kb() -> None:
    run = run_of("a b", [NumpyTrace(64, 4, seed) for seed in range(48)])
    choice = Choice(dtype="uint8", format="npy", hide=("special",))
    held = Held("0" * 32, AnalysisRequest("tiny", "a b"), run)
    chosen = select(run, held.request, choice, 10**9)
    meta = json.loads(encode(held, answer(run, chosen), {}, False).headers[META_HEADER])
    assert (meta["scale"], meta["hidden"], meta["omitted"]) == (None, None, ["hidden", "scale"])
    assert (len(meta["layers"]), len(meta["heads"])) == (48, 64)
    in_full = answer(run, chosen).description
    assert np.array(in_full.scale).shape == (48, 64)
