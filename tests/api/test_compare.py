"""Two heads, texts and models side by side over HTTP, against the attention call."""

import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from app.settings import Settings

from .conftest import MINILM, SMOLLM2, TEXT, Array, check_problem, serving

Analyse = Callable[..., str]
Weights = Callable[..., Array]
Get = Callable[..., dict[str, Any]]
TROPHY = "The trophy did not fit in the suitcase because it was too {}."
IT, TROPHY_TOKEN = 10, 2


@pytest.fixture(scope="session")
def compare(client: httpx.Client) -> Get:
    """The comparison of two analyses, or what is below it."""

    def get(a: str, b: str, below: str = "", **parameters: Any) -> dict[str, Any]:
        url = f"{a}/compare/{b.rpartition('/')[2]}{below}"
        answer = client.get(url, params=parameters)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return get


def plane(values: Any) -> Array:
    """The one picture of [1][1][query][key]."""
    array: Array = np.array(values)
    assert array.shape[:2] == (1, 1)
    rows: Array = array[0, 0]
    return rows


def test_one_word_changed_leaves_the_pronoun_where_it_looked(
    analyse: Analyse, compare: Get, weights: Weights
) -> None:
    big, small = (analyse(TROPHY.format(word)) for word in ("big", "small"))
    found = compare(big, small, layer=3, head=1)
    a, b, difference = (plane(found[name]) for name in ("a", "b", "difference"))
    assert a[IT, TROPHY_TOKEN] == pytest.approx(0.574, abs=5e-4)
    assert b[IT, TROPHY_TOKEN] == pytest.approx(0.609, abs=5e-4)
    assert difference[IT, TROPHY_TOKEN] == pytest.approx(-0.035, abs=5e-4)
    kept = [at for at in range(16) if at != 13]
    ours, theirs = (weights(of, layers=3, heads=1)[0, 0] for of in (big, small))
    assert found["alignment"]["queries"][12:16] == [
        [12, 13, 12, 13], [13, 14, 13, 13], [14, 14, 13, 14], [14, 15, 14, 15],
    ]  # fmt: skip
    slots_a, slots_b = [*range(14), 15, 16], [*range(13), 14, 15, 16]
    np.testing.assert_allclose(a[np.ix_(slots_a, slots_a)], ours, atol=1e-6)
    np.testing.assert_allclose(b[np.ix_(slots_b, slots_b)], theirs, atol=1e-6)
    apart = (ours - theirs)[np.ix_(kept, kept)]
    both = [*range(13), 15, 16]
    np.testing.assert_allclose(difference[np.ix_(both, both)], apart, atol=1e-6)
    assert not difference[[13, 14]].any()
    assert not difference[:, [13, 14]].any()
    assert found["mean_abs"] == pytest.approx(np.abs(apart).mean(), rel=1e-5)


def test_two_heads_and_two_layers_of_one_text(
    analyse: Analyse, compare: Get, weights: Weights
) -> None:
    text = analyse()
    heads = compare(text, text, layer=3, head=1, other_layer=2, other_head=11)
    apart = weights(text, layers=3, heads=1) - weights(text, layers=2, heads=11)
    np.testing.assert_allclose(heads["difference"], apart, atol=1e-6)
    layers = compare(text, text, layer=3, other_layer=5, reduce="heads-mean")
    apart = weights(text, layers=3, reduce="heads-mean") - weights(
        text, layers=5, reduce="heads-mean"
    )
    np.testing.assert_allclose(layers["difference"], apart, atol=1e-6)
    assert (layers["head"], layers["other_head"], layers["other_layer"]) == (None, None, 5)
    largest = compare(text, text, layer=3, other_layer=5, reduce="heads-max")
    assert (largest["jsd"], largest["mean_abs"] > 0) == (None, True)


@pytest.mark.parametrize(
    "reading", [{}, {"hide": "special", "renormalise": True}, {"unit": "word"}]
)
def test_a_head_does_not_differ_from_itself(
    analyse: Analyse, compare: Get, reading: dict[str, Any]
) -> None:
    text = analyse(model=SMOLLM2)
    found = compare(text, text, layer=12, head=4, **reading)
    assert (found["mean_abs"], found["jsd"], np.abs(found["difference"]).max()) == (0, 0, 0)
    ranking = compare(text, text, "/heads", **reading)
    assert (np.max(ranking["mean_abs"]), np.max(ranking["jsd"])) == (0, 0)


def test_two_models_meet_at_words(analyse: Analyse, compare: Get, weights: Weights) -> None:
    text = TROPHY.format("big")
    bert, llama = analyse(text), analyse(text, SMOLLM2)
    found = compare(bert, llama, layer=3, head=1, other_layer=12, other_head=4)
    slots = np.array(found["alignment"]["queries"])
    assert found["unit"] == "word"
    assert slots[0].tolist() == [0, 1, 0, 0], "[CLS] has no counterpart"
    assert [8, 9, 7, 9] in slots.tolist(), "SmolLM2 cuts “suitcase” into two tokens"
    wanted = np.zeros((len(slots), len(slots)))
    theirs = weights(llama, layers=12, heads=4)[0, 0].astype(np.float64)
    for q, (_, _, start, stop) in enumerate(slots):
        for k, (_, _, first, last) in enumerate(slots):
            if stop > start:
                wanted[q, k] = theirs[start:stop, first:last].sum(1).mean()
    np.testing.assert_allclose(plane(found["b"]), wanted, atol=1e-6)
    present = slots[:, 3] > slots[:, 2]
    np.testing.assert_allclose(plane(found["b"])[present].sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(plane(found["a"])[:16].sum(1), 1, atol=1e-5)


def test_hidden_keys_are_hidden_on_both_sides(
    analyse: Analyse, compare: Get, weights: Weights
) -> None:
    big, small = (analyse(TROPHY.format(word)) for word in ("big", "small"))
    reading = {"hide": "special", "renormalise": True}
    found = compare(big, small, layer=3, head=1, **reading)
    assert (found["hidden"], found["other_hidden"]) == ([0, 15], [0, 15])
    ours = weights(big, layers=3, heads=1, **reading)[0, 0]
    np.testing.assert_allclose(plane(found["a"])[:13, :13], ours[:13, :13], atol=1e-6)
    assert not plane(found["b"])[:, [0, 16]].any()


def test_the_ranking_is_that_of_the_comparisons(analyse: Analyse, compare: Get) -> None:
    big, small = (analyse(TROPHY.format(word)) for word in ("big", "small"))
    ranking = compare(big, small, "/heads")
    assert (len(ranking["layers"]), len(ranking["heads"])) == (6, 12)
    assert (ranking["rows"], ranking["aligned"]) == (15, 15)
    for layer, head in ((3, 11), (4, 10), (0, 0)):
        one = compare(big, small, layer=layer, head=head)
        for name in ("mean_abs", "jsd"):
            assert ranking[name][layer][head] == pytest.approx(one[name], rel=1e-6, abs=1e-9)
    assert np.max(ranking["mean_abs"]) == ranking["mean_abs"][3][11]


def test_every_head_of_another_model_against_one(analyse: Analyse, compare: Get) -> None:
    bert, llama = analyse(), analyse(model=SMOLLM2)
    ranking = compare(bert, llama, "/heads", layer=3, head=1)
    assert np.shape(ranking["jsd"]) == (30, 9)
    one = compare(bert, llama, layer=3, head=1, other_layer=17, other_head=5)
    for name in ("mean_abs", "jsd"):
        assert ranking[name][17][5] == pytest.approx(one[name], rel=1e-6)


def test_a_long_text_is_ranked_by_some_of_its_rows_and_drawn_in_bins(
    client: httpx.Client, analyse: Analyse, compare: Get
) -> None:
    text = " ".join([TEXT] * 250)
    a, b = analyse(text, SMOLLM2), analyse(text.replace("keys", "key", 1), SMOLLM2)
    ranking = compare(a, b, "/heads")
    assert (ranking["rows"], ranking["aligned"] > 2000) == (12, True)
    found = compare(a, b, layer=3, head=1, size=64)
    assert np.shape(found["difference"]) == (1, 1, 64, 64)
    fine = compare(a, b, layer=3, head=1, queries="0:300", keys="0:300")
    binned = compare(a, b, layer=3, head=1, queries="0:300", keys="0:300", size=30)
    parts = [plane(fine[name]).reshape(30, 10, 30, 10) for name in ("a", "b", "difference")]
    for name, part in zip(("a", "b"), parts, strict=False):
        np.testing.assert_array_equal(plane(binned[name]), part.max((1, 3)))
    np.testing.assert_array_equal(np.abs(plane(binned["difference"])), np.abs(parts[2]).max((1, 3)))
    refused = client.get(f"{a}/compare/{b.rpartition('/')[2]}", params={"layer": 3, "head": 1})
    assert "smaller size" in check_problem(refused, 413, "answer-too-large")["detail"]


def test_bytes_for_drawing_have_scales_of_their_own(
    client: httpx.Client, analyse: Analyse, compare: Get
) -> None:
    big, small = (analyse(TROPHY.format(word)) for word in ("big", "small"))
    exact = compare(big, small, layer=3, head=1)
    parameters: dict[str, Any] = {"layer": 3, "head": 1, "format": "npy", "dtype": "int8"}
    answer = client.get(f"{big}/compare/{small.rpartition('/')[2]}", params=parameters)
    values = np.load(io.BytesIO(answer.content), allow_pickle=False)
    about = json.loads(answer.headers["X-Headscope-Meta"])
    assert (values.dtype, values.shape) == (np.int8, (3, 1, 17, 17))
    assert about["mean_abs"] == exact["mean_abs"]
    for part, scale, name in zip(values, about["scale"], ("a", "b", "difference"), strict=True):
        drawn = np.sign(part) * scale * (part / 127.0) ** 2
        np.testing.assert_allclose(drawn[0], plane(exact[name]), atol=scale * 0.008)


def test_an_alignment_by_itself_and_by_words(analyse: Analyse, compare: Get) -> None:
    one, other = analyse("snickerdoodles keys"), analyse("snickerdoodles locks")
    assert compare(one, other, "/alignment")["unit"] == "token"
    words = compare(one, other, "/alignment", unit="word")["queries"]
    (_, cls, _, _), (start, stop, *others) = words[:2]
    assert (start, [start, stop]) == (cls, others)
    assert stop - start > 2, "all pieces of the first word are one unit"
    assert [b - a for a, b, _, _ in words].count(0) == 1


@pytest.mark.parametrize(
    ("below", "query"),
    [
        ("", "layer=3"),
        ("", "head=1"),
        ("", "layer=3&head=12"),
        ("", "layer=3&head=1&other_layer=6"),
        ("", "layer=3&head=1&reduce=heads-mean"),
        ("", "layer=3&head=1&queries=0:13"),
        ("", "layer=3&head=1&format=csv"),
        ("", "layer=3&head=1&dtype=uint8"),
        ("", "layer=3&head=1&renormalise=true"),
        ("", "layer=3&head=1&stack=cross"),
        ("", "layer=3&head=1&other_stack=decoder"),
        ("", "layer=3&head=" + "9" * 5000),
        ("/heads", "layer=3"),
        ("/heads", "layer=9&head=1"),
        ("/alignment", "hide=special"),
    ],
)
def test_what_is_not_there_is_said(
    client: httpx.Client, analyse: Analyse, below: str, query: str
) -> None:
    text = analyse()
    url = f"{text}/compare/{text.rpartition('/')[2]}{below}?{query}"
    check_problem(client.get(url), 422, "invalid-request")


def test_models_of_other_shapes_have_no_same_heads(client: httpx.Client, analyse: Analyse) -> None:
    bert, llama = analyse(), analyse(model=SMOLLM2)
    refused = client.get(f"{bert}/compare/{llama.rpartition('/')[2]}/heads")
    assert "Name the `layer`" in check_problem(refused, 422, "invalid-request")["detail"]


@pytest.mark.parametrize("below", ["", "/alignment", "/heads"])
def test_either_may_be_gone(client: httpx.Client, analyse: Analyse, below: str) -> None:
    held = analyse().rpartition("/")[2]
    parameters: dict[str, Any] = {} if below == "/alignment" else {"layer": 3, "head": 1}
    for a, b in ((held, "0" * 32), ("0" * 32, held)):
        gone = client.get(f"/api/v1/analyses/{a}/compare/{b}{below}", params=parameters)
        check_problem(gone, 410, "analysis-gone")
    strange = client.get(f"/api/v1/analyses/{held}/compare/x{below}", params=parameters)
    check_problem(strange, 404, "unknown-analysis")


def test_a_browser_keeps_it_and_asks_by_its_tag(client: httpx.Client, analyse: Analyse) -> None:
    text = analyse()
    url = f"{text}/compare/{text.rpartition('/')[2]}"
    place = {"layer": 3, "head": 1}
    answer = client.get(url, params=place)
    tag = answer.headers["ETag"]
    assert client.get(url, params=place, headers={"If-None-Match": tag}).status_code == 304
    other = client.get(url, params={**place, "other_head": 2}, headers={"If-None-Match": tag})
    assert other.status_code == 200


def test_an_answer_over_the_limit_is_refused_before_it_is_computed() -> None:
    with (
        serving(Settings(max_answer_bytes=10_000)) as base,
        httpx.Client(base_url=base, timeout=60) as client,
    ):
        body = {"model": MINILM, "text": TROPHY.format("big")}
        text = client.post("/api/v1/analyses", json=body).headers["Location"]
        url = f"{text}/compare/{text.rpartition('/')[2]}?layer=3&head=1"
        check_problem(client.get(url), 413, "answer-too-large")
        assert client.get(f"{url}&format=npy&dtype=int8").status_code == 200
