"""What transformers returns, given to `show` as it is, equals what Headscope computes itself."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

import app
from app.engine.catalog import build_catalog
from app.settings import Settings

from . import t5

TEXT = "Theodore's unbelievably old keys are on the table."
MINILM = "minilm-l6"
SMOLLM2 = "smollm2-135m-q4"


def loaded(id: str, attention: str = "eager") -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    folder = build_catalog(Settings()).locate(id).folder
    model = AutoModel.from_pretrained(folder, attn_implementation=attention, dtype=torch.float32)
    return model.eval(), AutoTokenizer.from_pretrained(folder)


@torch.no_grad()
def outputs(model: PreTrainedModel, **inputs: Any) -> Any:
    return model(**inputs, output_attentions=True)


@pytest.fixture(scope="module", params=[MINILM, SMOLLM2])
def own(request: pytest.FixtureRequest) -> tuple[str, Any, Any]:
    """A packaged model's id, its encoding of the text, and what it returned for it."""
    model, tokenizer = loaded(request.param)
    encoding = tokenizer(TEXT, return_tensors="pt")
    return request.param, encoding, outputs(model, **encoding)


def test_eager_weights_equal_those_of_headscope_under_the_same_tokens(
    own: tuple[str, Any, Any],
) -> None:
    id, encoding, returned = own
    expected = app.analyze(TEXT, id)
    for given in (returned, returned.attentions, torch.stack(returned.attentions)):
        shown = app.show(given, encoding.tokens())
        np.testing.assert_allclose(shown.attention(), expected.attention(), rtol=0, atol=1e-5)
        np.testing.assert_array_equal(shown.attention()[0], returned.attentions[0][0].numpy())
        assert [(s.name, s.layers[0].mask) for s in shown.stacks] == [
            (s.name, s.layers[0].mask) for s in expected.stacks
        ]
        assert [t.text for t in shown.tokens] == [t.text for t in expected.tokens]
        assert [t.special for t in shown.tokens] == [t.special for t in expected.tokens]


def test_an_encoding_brings_words_as_headscope_has_them(own: tuple[str, Any, Any]) -> None:
    id, encoding, returned = own
    shown, expected = app.show(returned, encoding), app.analyze(TEXT, id)
    assert [word.tokens for word in shown.words] == [word.tokens for word in expected.words]
    by_word = shown.attention(unit="word")
    np.testing.assert_allclose(by_word, expected.attention(unit="word"), rtol=0, atol=1e-5)


def test_an_encoding_of_a_pair_knows_both_texts() -> None:
    model, tokenizer = loaded(MINILM)
    encoding = tokenizer("Where are the keys?", "On the table.", return_tensors="pt")
    shown = app.show(outputs(model, **encoding), encoding)
    expected = app.analyze("Where are the keys?", text_pair="On the table.")
    assert [token.segment for token in shown.tokens] == [t.segment for t in expected.tokens]
    assert [word.tokens for word in shown.words] == [word.tokens for word in expected.words]
    across = shown.attention(between="ab")
    np.testing.assert_allclose(across, expected.attention(between="ab"), rtol=0, atol=1e-5)


def test_one_text_of_a_padded_batch_is_shown_with_its_tokens() -> None:
    model, tokenizer = loaded(MINILM)
    encoding = tokenizer([TEXT, "A cat."], padding=True, return_tensors="pt")
    shown = app.show(outputs(model, **encoding), encoding, batch=1)
    length = len(tokenizer("A cat.").tokens())
    assert [token.text for token in shown.tokens][length:] == ["[PAD]"] * (
        len(shown.tokens) - length
    )
    expected = app.analyze("A cat.").attention()
    own_part = shown.attention(queries=slice(length), keys=slice(length))
    np.testing.assert_allclose(own_part, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_named_and_shown_as_it_is(
    own: tuple[str, Any, Any], dtype: torch.dtype
) -> None:
    _, encoding, returned = own
    halves = tuple(layer.to(dtype) for layer in returned.attentions)
    shown = app.show(halves, encoding)
    assert shown.model.dtype == str(dtype).removeprefix("torch.")
    np.testing.assert_array_equal(shown.attention()[1], halves[1][0].float().numpy())


def test_sdpa_hands_out_nothing_and_the_sentence_says_how_it_does() -> None:
    model, tokenizer = loaded(MINILM, attention="sdpa")
    returned = outputs(model, **tokenizer(TEXT, return_tensors="pt"))
    for given in (returned, returned.attentions):
        with pytest.raises(app.HeadscopeError, match='attn_implementation="eager"') as raised:
            app.show(given)
        assert "output_attentions=True" in str(raised.value)


def test_an_encoder_decoder_shows_its_three_stacks() -> None:
    three = t5.returned()
    shown = app.show(three, t5.TOKENS, t5.TARGET)
    for name, given in (
        ("encoder", three.encoder_attentions),
        ("decoder", three.decoder_attentions),
        ("cross", three.cross_attentions),
    ):
        weights = shown.attention(stack=name)  # type: ignore[arg-type]
        np.testing.assert_array_equal(weights, torch.cat(given).numpy())
    masks = {stack.name: stack.layers[0].mask for stack in shown.stacks}
    assert masks == {"encoder": "full", "decoder": "causal", "cross": "full"}
    assert shown.request.text == "a b c d"
    assert shown.request.target == "x y"


class ActivationCache(Mapping[str, torch.Tensor]):
    """As the one of TransformerLens: a mapping of hooks that is no dict."""

    def __init__(self, hooks: dict[str, torch.Tensor]) -> None:
        self.cache_dict = hooks

    def __getitem__(self, name: str) -> torch.Tensor:
        return self.cache_dict[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.cache_dict)

    def __len__(self) -> int:
        return len(self.cache_dict)


def test_a_cache_of_transformerlens_and_one_entry_of_it_are_taken(
    own: tuple[str, Any, Any],
) -> None:
    _, encoding, returned = own
    hooks = {
        f"blocks.{layer}.attn.{hook}": weights
        for layer, weights in enumerate(returned.attentions)
        for hook in ("hook_attn_scores", "hook_pattern")
    }
    cache = ActivationCache({"hook_embed": torch.zeros(1, 9, 4), **hooks})
    shown = app.show(cache, encoding)
    np.testing.assert_array_equal(shown.attention(), torch.cat(returned.attentions).numpy())
    entry = cache["blocks.2.attn.hook_pattern"]
    for one in (entry, entry[0], entry.requires_grad_()):
        np.testing.assert_array_equal(
            app.show(one, encoding).attention()[0], returned.attentions[2][0].detach().numpy()
        )
