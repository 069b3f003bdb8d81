"""Every number behind a row of weights, against plain float64 numpy and the models' own eager."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from app.engine.capture import Site, attention, listening
from app.engine.catalog import Location, build_catalog
from app.engine.loader import load
from app.engine.run import analyse
from app.engine.trace import QKVTrace
from app.records import AnalysisRequest, Arithmetic, FullTrace, Run
from app.settings import Settings

from .conftest import ALL, Pretrained, eager_reference
from .families import GROUPED, KEEP_QKV, KEEP_WEIGHTS, save

TEXT = "the quick brown fox jumps over the lazy dog 12345"
MINILM, SMOLLM2 = "minilm-l6", "smollm2-135m-q4"
Doubles = NDArray[np.float64]


def rows(run: Run) -> Iterator[tuple[int, int, int, QKVTrace, Arithmetic]]:
    """Every head's first, middle and last row: (layer's place, head, query, trace, numbers)."""
    (traces,) = run.traces.values()
    for place, trace in enumerate(traces):
        assert isinstance(trace, QKVTrace)
        keys = np.arange(trace.keys)
        for head in range(trace.heads):
            for query in (0, trace.queries // 2, trace.queries - 1):
                yield place, head, query, trace, trace.arithmetic(head, query, keys)


def plain(found: Arithmetic, allowed: NDArray[np.bool_]) -> tuple[Doubles, Doubles, float]:
    """Scores, weights and log-sum-exp by the formula alone, from the answer's own q and k."""
    scores = found.scaling * (found.k @ found.q)
    if found.bias is not None:
        scores += found.bias
    if found.softcap is not None:
        scores = found.softcap * np.tanh(scores / found.softcap)
    scores[~allowed] = -np.inf
    raw = np.exp(scores)
    total = float(raw.sum()) + (0.0 if found.sink is None else float(np.exp(found.sink)))
    return scores, raw / total, float(np.log(total))


@pytest.mark.parametrize("name", KEEP_QKV)
def test_the_formula_gives_every_number(tiny: Pretrained, name: str) -> None:
    run = analyse(tiny(name), AnalysisRequest(name, TEXT))
    for _, head, query, trace, found in rows(run):
        allowed = trace.allowed(slice(query, query + 1), ALL)[0]
        scores, weights, lse = plain(found, allowed)
        np.testing.assert_array_equal(found.q, trace.query[0, head, query].double())
        np.testing.assert_array_equal(found.k, trace.key[0, found.kv_head].double())
        np.testing.assert_array_equal(found.products, found.q * found.k)
        np.testing.assert_allclose(found.scores, scores, rtol=1e-12, atol=1e-12)
        assert found.lse == pytest.approx(lse, abs=1e-12)
        np.testing.assert_allclose(found.weights, weights, rtol=0, atol=1e-5)
        np.testing.assert_allclose(found.output, weights @ found.v, rtol=0, atol=1e-5)
        assert found.kv_head == head * trace.kv_heads // trace.heads


@pytest.mark.parametrize("name", KEEP_QKV)
def test_its_weights_are_the_very_ones_and_eagers(
    tiny: Pretrained, tiny_folder: Callable[[str], Path], name: str
) -> None:
    run = analyse(tiny(name), AnalysisRequest(name, TEXT))
    reference = eager_reference(tiny_folder(name), run)
    for place, head, query, trace, found in rows(run):
        row = slice(query, query + 1)
        np.testing.assert_array_equal(found.weights, trace.block([head], row, ALL)[0, 0])
        again = np.exp(found.scores - found.lse)
        np.testing.assert_allclose(again, reference[place][head, query], rtol=0, atol=1e-5)


@pytest.mark.parametrize("text", ["The keys to the cabinet are on the table.", "the " * 12])
@pytest.mark.parametrize("name", [MINILM, SMOLLM2])
def test_real_weights_recompute_from_their_own_numbers(
    packaged: Pretrained, name: str, text: str
) -> None:
    run = analyse(packaged(name), AnalysisRequest(name, text))
    folder = build_catalog(Settings()).locate(name).folder
    # Where scores are large two float32 passes differ by more than what is tested here.
    exact = eager_reference(folder, run, dtype=torch.float64)
    single = eager_reference(folder, run)
    for place, head, query, _, found in rows(run):
        again = np.exp(found.scores - found.lse)
        np.testing.assert_allclose(again, found.weights, rtol=0, atol=1e-5)
        double = exact[place][head, query].numpy()
        rounding = np.abs(single[place].numpy() - exact[place].numpy()).max()
        np.testing.assert_allclose(again, double, rtol=0, atol=max(1e-5, 3 * rounding))


def test_the_output_is_what_the_layer_passed_on(tiny: Pretrained) -> None:
    model = tiny("gpt_oss-sinks")
    sites: list[Site] = []
    encoded = model.inputs.tokenize(TEXT)
    with listening(sites.append), torch.inference_mode():
        model.module(**model.inputs.tensors(encoded, "cpu"))
    for site in sites:
        trace = QKVTrace(site)
        found = trace.arithmetic(3, 9, np.arange(trace.keys))
        np.testing.assert_allclose(found.output, site.output[0, 3, 9], rtol=0, atol=1e-6)


def test_listing_fewer_keys_changes_no_number(tiny: Pretrained) -> None:
    run = analyse(tiny("llama-grouped"), AnalysisRequest("tiny", TEXT))
    trace = run.traces["decoder"][1]
    assert isinstance(trace, FullTrace)
    some = np.array([7, 2, 3])
    whole = trace.arithmetic(2, 8, np.arange(trace.keys))
    part = trace.arithmetic(2, 8, some)
    for name in ("k", "v", "products", "scores", "weights"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[some])
    np.testing.assert_array_equal(part.output, whole.output)
    assert part.lse == whole.lse


def test_a_position_bias_is_told_by_head_and_key() -> None:
    random = torch.Generator().manual_seed(0)
    query, key, value = torch.randn(3, 1, 4, 6, 8, generator=random)
    bias = torch.randn(1, 4, 6, 6, generator=random)
    sites: list[Site] = []
    with listening(sites.append), torch.inference_mode():
        options: dict[str, Any] = {"position_bias": bias, "scaling": 1.0, "is_causal": True}
        attention(nn.Identity(), query, key, value, None, **options)
    found = QKVTrace(sites[0]).arithmetic(2, 4, np.arange(6))
    assert found.bias is not None
    np.testing.assert_array_equal(found.bias, bias[0, 2, 4].double())
    scores, weights, lse = plain(found, np.arange(6) <= 4)
    np.testing.assert_allclose(found.scores, scores, atol=1e-12)
    np.testing.assert_allclose(found.weights, weights, atol=1e-6)
    seen = (query[0, 2, 4] @ key[0, 2].T + bias[0, 2, 4])[:5]
    np.testing.assert_allclose(found.weights[:5], torch.softmax(seen, 0), atol=1e-6)
    assert found.lse == pytest.approx(lse)


@pytest.mark.parametrize("name", KEEP_QKV)
def test_what_a_family_adds_is_there_and_nothing_else(tiny: Pretrained, name: str) -> None:
    run = analyse(tiny(name), AnalysisRequest(name, TEXT))
    for _, _, _, _, found in rows(run):
        assert (found.softcap is not None) == (name == "gemma2-soft-cap")
        assert (found.sink is not None) == (name == "gpt_oss-sinks")
        assert (found.bias is not None) == (name == "layoutlm-additive-mask")


def test_rotary_embeddings_are_known_by_family(tiny: Pretrained) -> None:
    learned = {"bert", "roberta", "distilbert", "albert", "electra", "gpt2", "opt"}
    learned.add("layoutlm-additive-mask")
    for name in KEEP_QKV:
        run = analyse(tiny(name), AnalysisRequest(name, TEXT))
        told = {found.rotary for _, _, _, _, found in rows(run)}
        assert told == {name not in learned}, name


def test_layers_that_skip_rotary_embeddings_say_so(tmp_path: Path) -> None:
    mixed = save(tmp_path, ("smollm3", {**GROUPED, "no_rope_layers": [1, 0]}))
    model = load(Location(mixed, "random"), id="mixed", device="cpu")
    run = analyse(model, AnalysisRequest("mixed", TEXT))
    assert [found.rotary for _, head, query, _, found in rows(run) if head + query == 0] == [
        True,
        False,
    ]


@pytest.mark.parametrize("name", KEEP_WEIGHTS)
def test_weights_alone_have_no_arithmetic(tiny: Pretrained, name: str) -> None:
    run = analyse(tiny(name), AnalysisRequest(name, TEXT))
    assert not any(isinstance(trace, FullTrace) for trace in next(iter(run.traces.values())))
