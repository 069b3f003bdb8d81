"""What a head writes, against the model's own output projection and vocabulary head."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from transformers import CONFIG_MAPPING, AutoModelForCausalLM

from app.engine.catalog import Location, build_catalog
from app.engine.loader import LoadedModel, load
from app.engine.run import analyse
from app.engine.trace import QKVTrace
from app.engine.writing import write
from app.records import AnalysisRequest, Run, Write
from app.settings import Settings

from .conftest import Pretrained
from .families import GPT, GROUPED, KEEP_QKV, SMALL, letter_tokenizer

TEXT = "the quick brown fox jumps over the lazy dog 12345"
MINILM, SMOLLM2 = "minilm-l6", "smollm2-135m-q4"
Causal = Callable[..., tuple[LoadedModel, Any]]
GATED = ["qwen3_next-hybrid"]
PLAIN = [name for name in KEEP_QKV if name not in GATED]


def written(model: LoadedModel, run: Run, place: int, head: int, query: int) -> Write:
    trace = next(iter(run.traces.values()))[place]
    assert isinstance(trace, QKVTrace)
    return write(model, place, head, trace.arithmetic(head, query, np.arange(trace.keys)))


def projected(model: LoadedModel, run: Run) -> list[Tensor]:
    """By layer, what its output projection made (tokens, hidden) in a pass of the model."""
    made: list[Tensor] = []

    def note(part: Any, _: Any, output: Tensor) -> None:
        made.append(output[0] if part.bias is None else output[0] - part.bias)

    parts = {projection.part for projection in model.wiring.projections if projection}
    hooks = [part.register_forward_hook(note) for part in parts]
    ids = torch.tensor([[token.id for token in run.tokens["input"]]])
    with torch.inference_mode():
        model.module(input_ids=ids, attention_mask=torch.ones_like(ids))
    for hook in hooks:
        hook.remove()
    return made


def by_head(model: LoadedModel, run: Run, place: int) -> Tensor:
    """What each head of a layer writes (heads, tokens, hidden): A V W_h."""
    trace = next(iter(run.traces.values()))[place]
    projection = model.wiring.projections[place]
    assert isinstance(trace, QKVTrace)
    assert projection is not None
    group = trace.heads // trace.kv_heads
    weights = torch.from_numpy(trace.block(slice(None), slice(None), slice(None))).double()
    output = weights @ trace.value[0].double().repeat_interleave(group, 0)
    matrices = [projection.of_head(head, trace.value_width) for head in range(trace.heads)]
    return output @ torch.stack(matrices)


@pytest.mark.parametrize("name", PLAIN)
def test_the_heads_together_write_what_the_layer_projects(tiny: Pretrained, name: str) -> None:
    model = tiny(name)
    run = analyse(model, AnalysisRequest(name, TEXT))
    layers = projected(model, run)
    assert len(layers) == len(model.wiring.projections) == len(run.stacks[0].layers)
    for place, own in enumerate(layers):
        together = by_head(model, run, place).sum(dim=0)
        torch.testing.assert_close(together, own.double(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", [MINILM, SMOLLM2])
def test_real_heads_together_write_what_the_layer_projects(packaged: Pretrained, name: str) -> None:
    model = packaged(name)
    run = analyse(model, AnalysisRequest(name, "The keys to the cabinet are on the table."))
    for place, own in enumerate(projected(model, run)):
        apart = by_head(model, run, place)
        error = (apart.sum(dim=0) - own.double()).abs().max() / max(1.0, float(own.abs().max()))
        assert error < 1e-5
        found = written(model, run, place, 1, 6)
        assert found.norm == pytest.approx(float(apart[1, 6].norm()), rel=1e-5)


@pytest.mark.parametrize("name", PLAIN)
def test_every_keys_part_is_its_weighted_value_projected(tiny: Pretrained, name: str) -> None:
    model = tiny(name)
    run = analyse(model, AnalysisRequest(name, TEXT))
    trace = next(iter(run.traces.values()))[1]
    projection = model.wiring.projections[1]
    assert isinstance(trace, QKVTrace)
    assert projection is not None
    found = written(model, run, 1, 3, 9)
    values = trace.value[0, 3 * trace.kv_heads // trace.heads].double()
    weights = trace.block([3], slice(9, 10), slice(None))[0, 0]
    parts = weights[:, None] * (values @ projection.of_head(3, trace.value_width)).numpy()
    assert found.keys is not None
    np.testing.assert_allclose(found.keys, np.linalg.norm(parts, axis=1), rtol=1e-12, atol=1e-12)
    assert found.norm == pytest.approx(np.linalg.norm(parts.sum(axis=0)), rel=1e-12)


@pytest.mark.parametrize("name", GATED)
def test_a_gate_before_the_projection_is_told(tiny: Pretrained, name: str) -> None:
    model = tiny(name)
    run = analyse(model, AnalysisRequest(name, TEXT))
    assert written(model, run, 0, 1, 4) == Write("gated")


@pytest.fixture
def causal(tmp_path: Path) -> Causal:
    """A tiny random language model of a family with its vocabulary head: as we load it, and as
    transformers does."""

    def make(kind: str, values: dict[str, Any], **more: Any) -> tuple[LoadedModel, Any]:
        torch.manual_seed(0)
        config = CONFIG_MAPPING[kind](**values, **more)
        model: Any = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.normal_(0.3 if parameter.dim() == 1 else 0.0, 0.2)
        model.save_pretrained(tmp_path)
        letter_tokenizer().save_pretrained(tmp_path)
        loaded = load(Location(tmp_path, "random"), id=kind, device="cpu")
        plain: Any = AutoModelForCausalLM.from_pretrained(tmp_path)
        return loaded, plain.eval()

    return make


TIED = {
    "gpt2": (GPT, "transformer.ln_f"),
    "llama": (GROUPED, "model.norm"),
    "qwen3": (GROUPED, "model.norm"),
    "gemma": (GROUPED, "model.norm"),
    "gpt_neox": (SMALL, "gpt_neox.final_layer_norm"),
    "opt": ({**SMALL, "ffn_dim": 48, "word_embed_proj_dim": 32}, "model.decoder.final_layer_norm"),
}


@pytest.mark.parametrize("kind", TIED)
def test_promoted_tokens_are_those_of_the_models_own_head(causal: Causal, kind: str) -> None:
    values, path = TIED[kind]
    model, plain = causal(kind, values, tie_word_embeddings=True)
    run = analyse(model, AnalysisRequest(kind, TEXT))
    plain.double()
    norm, head = plain.get_submodule(path), plain.get_output_embeddings()
    for query in (2, 11):
        added = by_head(model, run, 1)[2, query]
        with torch.inference_mode():
            alone = norm(added) - norm(torch.zeros_like(added))
            logits = nn.functional.linear(alone, head.weight)
        found = written(model, run, 1, 2, query)
        assert found.reason is None
        for told, largest in ((found.promotes, True), (found.demotes, False)):
            known = logits[:98]  # the tokenizer has no token for the last row of the embedding
            assert told is not None
            ids = [each.id for each in told]
            assert ids == known.argsort(descending=largest)[:10].tolist()
            np.testing.assert_allclose([each.logit for each in told], logits[ids], atol=1e-4)


@pytest.mark.parametrize("kind", TIED)
def test_their_logits_are_the_direct_contributions_but_for_one_factor(
    causal: Causal, kind: str
) -> None:
    values, path = TIED[kind]
    model, plain = causal(kind, values, tie_word_embeddings=True)
    run = analyse(model, AnalysisRequest(kind, TEXT))
    norm: Any = plain.double().get_submodule(path)
    embedding: Tensor = plain.get_output_embeddings().weight.detach()
    added = by_head(model, run, 1)[2, 11]
    rest = torch.randn(32, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    mean = 1 if isinstance(norm, nn.LayerNorm) else 0
    gain = norm.weight.detach() + (1 if kind == "gemma" else 0)

    def direct(part: Tensor) -> Tensor:
        """What a part of the stream has of its logits while the norm's scale is held fixed."""
        size = (added + rest - mean * (added + rest).mean()).square().mean().sqrt()
        shown: Tensor = gain * (part - mean * part.mean()) / size
        return embedding @ shown

    with torch.inference_mode():
        whole = embedding @ (norm(added + rest) - norm(torch.zeros_like(rest)))
    torch.testing.assert_close(direct(added) + direct(rest), whole, rtol=0, atol=1e-4)
    assert not isinstance(model.unembedding, str)
    ratios = model.unembedding.logits(added).double() / direct(added)
    assert ratios.min() > 0
    torch.testing.assert_close(ratios, ratios.mean().expand_as(ratios), rtol=1e-3, atol=0)


@pytest.mark.parametrize(
    ("kind", "values", "reason"),
    [
        ("llama", {**GROUPED, "tie_word_embeddings": False}, "untied"),
        ("gemma2", {**GROUPED, "tie_word_embeddings": True}, "normed"),
        ("opt", {**SMALL, "ffn_dim": 48, "word_embed_proj_dim": 16}, "normed"),
        ("opt", {**SMALL, "ffn_dim": 48, "do_layer_norm_before": False}, "normed"),
        ("bert", {**SMALL, "is_decoder": True}, "no-vocabulary"),
    ],
)
def test_where_there_is_no_plain_way_to_the_vocabulary_it_is_told(
    causal: Causal,
    kind: str,
    values: dict[str, Any],
    reason: str,
) -> None:
    model, _ = causal(kind, values)
    run = analyse(model, AnalysisRequest(kind, TEXT))
    found = written(model, run, 1, 2, 5)
    assert (found.reason, found.promotes, found.demotes) == (reason, None, None)
    assert found.norm is not None
    assert found.norm > 0


def test_an_encoder_has_no_tokens_to_promote(packaged: Pretrained) -> None:
    model = packaged(MINILM)
    run = analyse(model, AnalysisRequest(MINILM, "The keys to the cabinet are on the table."))
    found = written(model, run, 3, 1, 6)
    assert (found.reason, found.promotes) == ("no-vocabulary", None)


def test_real_heads_promote_what_the_checkpoints_own_head_reads_in_their_write(
    packaged: Pretrained,
) -> None:
    model = packaged(SMOLLM2)
    folder = build_catalog(Settings()).locate(SMOLLM2).folder
    plain: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    run = analyse(model, AnalysisRequest(SMOLLM2, "When Mary met John, Mary gave the book to"))
    for place, head, query in ((3, 1, 6), (17, 4, 9), (29, 8, 2)):
        added = by_head(model, run, place)[head, query].float()
        with torch.inference_mode():
            logits = plain.lm_head(plain.model.norm(added))
        found = written(model, run, place, head, query)
        assert found.promotes is not None
        assert [each.id for each in found.promotes] == logits.topk(10).indices.tolist()
        np.testing.assert_allclose(
            [each.logit for each in found.promotes], logits.topk(10).values, atol=1e-4
        )


def test_a_write_is_as_long_as_what_the_stream_takes_up(causal: Causal) -> None:
    """Granite makes what attention gives smaller before it is added."""
    model, _ = causal("granite", {**SMALL, **GROUPED}, residual_multiplier=0.25)
    run = analyse(model, AnalysisRequest("granite", TEXT))
    layer: Any = model.module.layers[0]  # type: ignore[attr-defined]
    stream: list[Tensor] = []
    hooks = [
        part.register_forward_pre_hook(lambda _, taken: stream.append(taken[0][0]))
        for part in (layer.input_layernorm, layer.post_attention_layernorm)
    ]
    ids = torch.tensor([[token.id for token in run.tokens["input"]]])
    with torch.inference_mode():
        model.module(input_ids=ids)
    for hook in hooks:
        hook.remove()
    before, after = stream
    together = by_head(model, run, 0).sum(dim=0)
    torch.testing.assert_close(together, (after - before).double(), rtol=0, atol=1e-5)
