"""What the proof and the checks are for: each goes red when the thing it guards is broken."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import AttentionMaskInterface, AutoModel

from app.engine import capture
from app.engine.catalog import Location
from app.engine.checks import Sample, SampleCheck, check_qkv
from app.engine.loader import LoadedModel, load
from app.engine.proof import prove, trial_inputs
from app.engine.run import analyse, verify
from app.engine.strategies import KeepQKV, eager_attentions
from app.engine.trace import QKVTrace
from app.errors import ModelRefused
from app.records import AnalysisRequest

from .conftest import ALL, Pretrained
from .families import VOCABULARY

REQUEST = AnalysisRequest("tiny", "the quick brown fox jumps over the lazy dog")


@pytest.fixture
def no_mask(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if the implementation had never been registered as a mask interface too."""
    capture.register()
    AttentionMaskInterface.register(capture.IMPLEMENTATION, lambda **_: None)
    monkeypatch.setattr("app.engine.strategies.register", lambda: None)
    yield
    capture.register()


@pytest.mark.parametrize("name", ["bert", "modernbert", "mistral-window"])
@pytest.mark.usefixtures("no_mask")
def test_the_proof_fails_without_the_mask(tiny_folder: Callable[[str], Path], name: str) -> None:
    model: Any = AutoModel.from_pretrained(tiny_folder(name), attn_implementation="eager").eval()
    inputs = trial_inputs(VOCABULARY, 0, "cpu")
    reference = eager_attentions(model, inputs)
    strategy = KeepQKV()
    strategy.prepare(model)
    with pytest.raises(ModelRefused, match="differ from its eager ones"):
        prove(model, strategy, inputs, reference)


def test_the_proof_passes_with_the_mask(tiny_folder: Callable[[str], Path]) -> None:
    for name in ("bert", "modernbert", "mistral-window"):
        assert (
            load(Location(tiny_folder(name), "random"), id=name, device="cpu").facts.trace == "qkv"
        )


def _eager_error(model: LoadedModel) -> float:
    run = analyse(model, REQUEST)
    stack = run.stacks[0]
    return verify(model, REQUEST, run, stack.name, [0, 1], [0, 1, 2, 3], limit_bytes=1 << 30)


@pytest.mark.parametrize("name", ["mistral-window", "gpt2"])
def test_verify_goes_red_without_the_mask(
    tiny: Pretrained, request: pytest.FixtureRequest, name: str
) -> None:
    model = tiny(name)
    assert _eager_error(model) <= 1e-5
    request.getfixturevalue("no_mask")
    assert _eager_error(model) > 1e-3


def check_one(trace: QKVTrace, output: Tensor) -> SampleCheck:
    return check_qkv([Sample.of(trace, output)])[0]


def _kept(model: LoadedModel) -> tuple[QKVTrace, Tensor]:
    """A trace of one layer and the attention output of the same pass."""
    kept: list[tuple[QKVTrace, Tensor]] = []

    def keep(site: capture.Site) -> None:
        trace = QKVTrace(site)
        kept.append((trace, site.output))

    encoded = model.inputs.tokenize(REQUEST.text)
    with capture.listening(keep), torch.inference_mode():
        model.module(**model.inputs.tensors(encoded, "cpu"))
    return kept[1]


def test_the_output_check_goes_red_without_scaling(tiny: Pretrained) -> None:
    trace, output = _kept(tiny("llama-grouped"))
    good = check_one(trace, output).output_max_error
    trace.scores = replace(trace.scores, scaling=1.0)
    bad = check_one(trace, output).output_max_error
    assert good is not None and bad is not None
    assert good <= 1e-5 < 1e-3 < bad


def test_the_output_check_goes_red_with_the_wrong_kv_head(tiny: Pretrained) -> None:
    trace, output = _kept(tiny("llama-grouped"))
    trace.key = trace.key.flip(1)
    bad = check_one(trace, output).output_max_error
    assert bad is not None and bad > 1e-3


def test_row_sums_alone_would_not_have_seen_a_wrong_mask(tiny: Pretrained) -> None:
    """exp(s - own lse) sums to 1 under any mask, which is why outputs and eager are compared."""
    trace, output = _kept(tiny("gpt2"))
    assert trace.block(ALL, ALL, ALL).sum(axis=-1) == pytest.approx(1, abs=1e-5)
    trace.value = trace.value.roll(1, dims=2)
    check = check_one(trace, output)
    assert check.row_sum_error <= 1e-5
    assert check.output_max_error is not None and check.output_max_error > 1e-3
