"""Every family is shown exactly, or refused in a sentence."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.engine.catalog import Location
from app.engine.loader import load
from app.engine.run import analyse, verify
from app.errors import ModelRefused
from app.records import AnalysisRequest, Bins, Run, Window

from .conftest import ALL, Pretrained, eager_reference
from .families import KEEP_QKV, KEEP_WEIGHTS, NEVER_WRONG, save

TEXT = "the quick brown fox jumps over the lazy dog 12345"
FAMILIES = [*KEEP_QKV, *KEEP_WEIGHTS]


def run_of(model: Pretrained, name: str) -> Run:
    return analyse(model(name), AnalysisRequest(name, TEXT))


@pytest.mark.parametrize("name", FAMILIES)
def test_every_head_equals_eager(
    tiny: Pretrained, tiny_folder: Callable[[str], Path], name: str
) -> None:
    run = run_of(tiny, name)
    (traces,) = run.traces.values()
    reference = eager_reference(tiny_folder(name), run)
    assert len(traces) == len(reference)
    for trace, weights in zip(traces, reference, strict=True):
        np.testing.assert_allclose(trace.block(ALL, ALL, ALL), weights, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_any_block_is_that_block_of_the_whole(tiny: Pretrained, name: str) -> None:
    run = run_of(tiny, name)
    random = np.random.default_rng(0)
    (traces,) = run.traces.values()
    for trace in traces:
        whole = trace.block(ALL, ALL, ALL)
        for _ in range(10):
            rows = slice(*sorted(random.choice(trace.queries + 1, 2, replace=False)))
            columns = slice(*sorted(random.choice(trace.keys + 1, 2, replace=False)))
            heads = random.permutation(trace.heads)[: random.integers(1, trace.heads + 1)].tolist()
            block = trace.block(heads, rows, columns)
            np.testing.assert_allclose(block, whole[heads][:, rows, columns], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("bins", [1, 4, 7, 1000])
def test_pooled_cells_hold_the_largest_weight(tiny: Pretrained, name: str, bins: int) -> None:
    run = run_of(tiny, name)
    (traces,) = run.traces.values()
    for trace in traces:
        whole = trace.block(ALL, ALL, ALL)
        cells = min(bins, trace.queries - 3)
        # Bins of unequal width over a part of each axis.
        query_edges = np.arange(cells + 1) * (trace.queries - 3) // cells
        key_edges = np.arange(cells + 1) * (trace.keys - 2) // cells
        expected = np.maximum.reduceat(whole[:, 3:, : trace.keys - 2], query_edges[:-1], axis=1)
        expected = np.maximum.reduceat(expected, key_edges[:-1], axis=2)
        heads = list(range(trace.heads))[::-1]
        queries = Bins(np.arange(3, trace.queries), query_edges)
        keys = Bins(np.arange(trace.keys - 2), key_edges)
        pooled = trace.pooled_max(heads, queries, keys)
        np.testing.assert_allclose(pooled, expected[::-1], rtol=0, atol=1e-6)
        drawn = trace.pooled_max(heads, queries, keys, exact=False)
        np.testing.assert_allclose(drawn, pooled, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", FAMILIES)
def test_checks_are_measured_and_small(tiny: Pretrained, name: str) -> None:
    run = run_of(tiny, name)
    error = run.checks.output_max_error
    assert (error is None) == (name in KEEP_WEIGHTS)
    assert error is None or error <= 1e-5
    assert run.checks.row_sum_error is not None
    assert run.checks.row_sum_error <= 1e-5


@pytest.mark.parametrize("name", FAMILIES)
def test_verify_agrees_with_the_modules_own_eager_function(
    tiny: Pretrained, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.run.ROWS", 7)
    run = run_of(tiny, name)
    stack = run.stacks[0]
    layers = [layer.index for layer in stack.layers]
    request = AnalysisRequest(name, TEXT)
    error = verify(tiny(name), request, run, stack.name, layers, [0, 3], limit_bytes=1 << 30)
    assert error <= 1e-5


@pytest.mark.parametrize("name", FAMILIES)
def test_the_mask_is_the_models(tiny: Pretrained, name: str) -> None:
    run = run_of(tiny, name)
    (traces,) = run.traces.values()
    for trace, layer in zip(traces, run.stacks[0].layers, strict=True):
        allowed = trace.allowed(ALL, ALL)
        np.testing.assert_array_equal(allowed, trace.block(ALL, ALL, ALL).max(axis=0) > 0)
        assert layer.causal == (not np.triu(allowed, 1).any())


def test_windows_count_the_keys_beside_the_query(tiny: Pretrained) -> None:
    mistral = tiny("mistral-window").stacks[0].layers[0]
    assert (mistral.mask, mistral.window) == ("sliding", Window(before=5, after=0))
    kinds = {(layer.mask, layer.window) for layer in tiny("modernbert").stacks[0].layers}
    assert kinds == {("full", None), ("sliding", Window(before=4, after=4))}


def test_sinks_take_the_rest_of_the_row(tiny: Pretrained) -> None:
    run = run_of(tiny, "gpt_oss-sinks")
    for trace in run.traces["decoder"]:
        sums = trace.block(ALL, ALL, ALL).sum(axis=-1)
        assert sums.mean() < 0.99
        np.testing.assert_allclose(sums + trace.sink_mass(ALL, ALL), 1, atol=1e-5)


def test_a_hybrid_models_layers_keep_their_true_numbers(tiny: Pretrained) -> None:
    assert [layer.index for layer in tiny("qwen3_next-hybrid").stacks[0].layers] == [1, 3]


def test_a_mask_that_is_no_window_is_called_other(tiny: Pretrained) -> None:
    layer = tiny("llama4-chunks").stacks[0].layers[0]
    assert (layer.mask, layer.window, layer.causal) == ("other", None, True)


def test_grouped_heads_say_how_many_share(tiny: Pretrained) -> None:
    layer = tiny("llama-grouped").stacks[0].layers[0]
    assert (layer.heads, layer.kv_heads) == (4, 2)


def test_a_shared_module_still_gives_every_layer(tiny: Pretrained) -> None:
    layers = tiny("albert").stacks[0].layers
    assert [layer.index for layer in layers] == [0, 1, 2]


@pytest.mark.parametrize("name", NEVER_WRONG)
def test_what_has_no_weights_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    folder = save(tmp_path, NEVER_WRONG[name])
    with pytest.raises(ModelRefused) as refusal:
        load(Location(folder, "random"), id=name, device="cpu")
    assert refusal.value.detail.endswith(".")


def test_an_encoder_decoder_is_refused_for_now(tmp_path: Path) -> None:
    folder = save(tmp_path, ("t5", {"vocab_size": 99, "d_model": 32, "num_layers": 1}))
    with pytest.raises(ModelRefused, match="Encoder-decoder"):
        load(Location(folder, "random"), id="t5", device="cpu")
