"""Weights from elsewhere: the forms they come in, and what is said of those that are none."""

import json
import re
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

import app
from app.services.given_arrays import MAX_BYTES

Array = NDArray[Any]


def softmax(shape: tuple[int, ...], causal: bool = False, seed: int = 0) -> Array:
    scores = np.exp(np.random.default_rng(seed).normal(size=shape))
    scores *= np.tri(shape[-2], shape[-1]) if causal else 1
    weights: Array = (scores / scores.sum(-1, keepdims=True)).astype(np.float32)
    return weights


WEIGHTS = softmax((2, 3, 5, 5))
NAMES = ["[CLS]", "keys", "are", "here", "[SEP]"]
LENS = "blocks.{}.attn.hook_pattern"


def lens(weights: Array, batch: bool) -> dict[str, Array]:
    """As TransformerLens caches it, beside what else a cache holds."""
    cache = {"hook_embed": np.zeros((5, 8)), "blocks.0.attn.hook_attn_scores": weights[0] * 5 - 9}
    return cache | {LENS.format(i): one[None] if batch else one for i, one in enumerate(weights)}


@pytest.mark.parametrize(
    "given",
    [
        WEIGHTS,
        WEIGHTS.astype(np.float64),
        WEIGHTS.tolist(),
        [[[[*row] for row in head] for head in layer] for layer in WEIGHTS],
        tuple(WEIGHTS),
        [layer[None] for layer in WEIGHTS],
        WEIGHTS[:, None],
        {"attentions": tuple(WEIGHTS[:, None]), "cross_attentions": (), "logits": np.zeros(3)},
        {"encoder": WEIGHTS},
        {"arr_0": WEIGHTS[0], "arr_1": WEIGHTS[1]},
        {"weights": WEIGHTS},
        {"arr_0": WEIGHTS},
        lens(WEIGHTS, batch=True),
        lens(WEIGHTS, batch=False),
    ],
)
def test_the_same_weights_come_in_many_forms(given: Any) -> None:
    shown = app.show(given, NAMES)
    np.testing.assert_array_equal(shown.attention(), WEIGHTS)
    assert repr(shown) == "<Analysis your tensors, 5 tokens, encoder 2 x 3 heads>"


def test_what_was_given_may_change_afterwards() -> None:
    own = WEIGHTS.copy()
    shown = app.show(own)
    own[:] = 0
    np.testing.assert_array_equal(shown.attention(), WEIGHTS)


def test_tokens_of_an_axis_that_is_not_there_are_a_sentence() -> None:
    with pytest.raises(app.HeadscopeError, match="No tensor has an axis for target_tokens"):
        app.show(WEIGHTS, target_tokens=NAMES)


def test_a_notebook_says_what_no_page_can_hold() -> None:
    unlike = app.show({"layer_0": WEIGHTS[0], "layer_1": WEIGHTS[1, :2]})
    assert "equal numbers of heads" in unlike._repr_html_()


def test_fewer_axes_are_one_layer_or_one_head() -> None:
    np.testing.assert_array_equal(app.show(WEIGHTS[1]).attention(), WEIGHTS[1:])
    np.testing.assert_array_equal(app.show(WEIGHTS[1, 2]).attention(), WEIGHTS[1:, 2:])
    one = app.show({LENS.format(7): WEIGHTS[0]})
    assert [layer.index for layer in one.stacks[0].layers] == [7]
    assert [token.text for token in one.tokens] == ["0", "1", "2", "3", "4"]


def test_layers_without_attention_keep_their_place() -> None:
    shown = app.show((None, WEIGHTS[:1], None, WEIGHTS[1:]))
    assert [layer.index for layer in shown.stacks[0].layers] == [1, 3]
    np.testing.assert_array_equal(shown.attention(layers=3)[0], WEIGHTS[1])


def test_one_text_of_a_batch_is_chosen_by_its_number() -> None:
    layers = [softmax((2, 3, 5, 5), seed=seed) for seed in range(2)]
    with pytest.raises(app.HeadscopeError, match="There are 2 texts in this batch"):
        app.show(tuple(layers))
    chosen = app.show(tuple(layers), batch=1).attention()
    np.testing.assert_array_equal(chosen, np.stack([layer[1] for layer in layers]))
    np.testing.assert_array_equal(app.show(layers[0], batch=1).attention()[0], layers[0][1])
    with pytest.raises(app.HeadscopeError, match="they go from 0 to 1"):
        app.show(tuple(layers), batch=2)


def test_zeros_behind_every_query_are_a_causal_mask() -> None:
    weights = softmax((2, 3, 5, 5), causal=True)
    (stack,) = app.show(weights).stacks
    assert stack.name == "decoder"
    assert [(layer.causal, layer.mask) for layer in stack.layers] == [(True, "causal")] * 2
    weights[0, 2, 0] = [0.9, 0.1, 0, 0, 0]
    (stack,) = app.show(weights).stacks
    assert stack.name == "encoder"
    assert [layer.mask for layer in stack.layers] == ["other", "causal"]
    assert app.show(WEIGHTS).stacks[0].layers[0].mask == "full"
    assert not app.show(np.ones((1, 1, 1, 1))).stacks[0].layers[0].causal


def test_encoder_decoder_and_cross_have_the_tokens_of_their_sides() -> None:
    cross, decoder = softmax((2, 3, 4, 5)), softmax((2, 3, 4, 4), causal=True)
    given = {
        "decoder_attentions": decoder,
        "cross_attentions": cross,
        "encoder_attentions": WEIGHTS,
    }
    shown = app.show(given, NAMES, ["<pad>", "▁les", "▁clés", "</s>"])
    assert [(s.name, s.queries, s.keys) for s in shown.stacks] == [
        ("encoder", "input", "input"),
        ("decoder", "target", "target"),
        ("cross", "target", "input"),
    ]
    np.testing.assert_array_equal(shown.attention(stack="cross"), cross)
    found = shown.compare(shown, layer=1, head=2, other_head=0, stack="cross", other_stack="cross")
    np.testing.assert_array_equal(found.difference, cross[1, 2] - cross[1, 0])
    apart = shown.rank(shown, 1, 2, stack="cross", other_stack="cross").mean_abs
    assert apart is not None and apart[1][2] == 0 < apart[1][0]
    assert shown.request.target == "les clés"
    alone = app.show(cross, NAMES)
    assert [(s.name, s.queries, s.keys) for s in alone.stacks] == [("cross", "target", "input")]
    beside = app.show({"attentions": softmax((2, 3, 4, 4)), "cross_attentions": cross})
    assert [stack.name for stack in beside.stacks] == ["decoder", "cross"]


def test_nothing_is_said_to_be_checked_but_the_sums_of_rows() -> None:
    shown = app.show(WEIGHTS.astype(np.float16), title="mine")
    assert (shown.checks.output_max_error, shown.checks.eager_max_error) == (None, None)
    assert shown.checks.row_sum_error is not None
    assert 1e-5 < shown.checks.row_sum_error < 1e-3
    facts = shown.model
    assert (facts.id, facts.dtype, facts.trace) == ("mine", "float16", "weights")
    assert (facts.device, facts.kernel, facts.family) == ("unknown", "unknown", "unknown")
    assert facts.revision != app.show(WEIGHTS).model.revision
    with pytest.raises(app.HeadscopeError, match="no model here to compare them with"):
        shown.verify()


def test_rows_that_do_not_sum_to_1_are_shown_and_said() -> None:
    with pytest.warns(UserWarning, match=r"do not sum to 1: they are off by up to 0\.5\."):
        shown = app.show(WEIGHTS / 2)
    np.testing.assert_array_equal(shown.attention(), WEIGHTS / 2)


def changed(value: float) -> Array:
    weights = WEIGHTS.copy()
    weights[1, 2, 3, 4] = value
    return weights


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ((), 'attn_implementation="eager"'),
        ((None, None), "output_attentions=True"),
        (None, 'attn_implementation="eager"'),
        ({"attentions": (), "cross_attentions": ()}, 'attn_implementation="eager"'),
        ({"last_hidden_state": np.zeros((1, 5, 8))}, "output_attentions=True"),
        ({"decoder_attentions": (None, None), "logits": WEIGHTS}, "hands out none"),
        ((tuple(WEIGHTS[:, None]), tuple(WEIGHTS[:, None])), "as generate() returns them"),
        (changed(np.nan), "not finite (NaN or infinite)"),
        (changed(np.inf), "in layer 1 of the encoder"),
        (changed(-0.1), "scores before the softmax"),
        (changed(1.2), "a weight of 1.2 in layer 1 of the encoder, and none can be above 1"),
        (WEIGHTS.astype(int), "These tensors are of int64"),
        (WEIGHTS[0, 0, 0], "these tensors have 1 axes"),
        (np.zeros((2, 2, 2, 2, 2, 2)), "axes for a layer"),
        (np.zeros((2, 3, 0, 0)), "an axis of length 0"),
        ([[1, 2], [3]], "This is no attention"),
        ("attention of my model.csv", "The suffix says what a file is: .npy, .npz, .safetensors"),
        ({"a": WEIGHTS, "b": WEIGHTS}, "number the layers, as in layer_0, layer_1"),
        ({"a_0": WEIGHTS[0], "b_0": WEIGHTS[0]}, "their names do not say which"),
        ((WEIGHTS[0], WEIGHTS[1, :, :4, :4]), "does not fit 5 positions"),
        ({"decoder": softmax((1, 3, 1, 5))}, "without a KV cache"),
        ({"attentions": WEIGHTS, "decoder": WEIGHTS}, "two stacks that look like the decoder"),
        (np.broadcast_to(np.float32(0.1), (100, 100, 500, 500)), "take 10.0 GB as float32"),
    ],
)
def test_what_is_no_attention_is_a_sentence(given: Any, sentence: str) -> None:
    with pytest.raises(app.HeadscopeError, match=re.escape(sentence)):
        app.show(given)


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        (NAMES[:4], "The number of tokens is 4 and the weights have 5 positions"),
        ([101, 1, 2, 3, 102], "convert_ids_to_tokens"),
        (5, "Tokens are a list of strings"),
        ("a b c", "Tokens are a list of strings"),
    ],
)
def test_tokens_that_do_not_fit_are_a_sentence(tokens: Any, sentence: str) -> None:
    with pytest.raises(app.HeadscopeError, match=sentence):
        app.show(WEIGHTS, tokens)


@pytest.mark.parametrize(
    ("tokens", "labels", "text"),
    [
        (["[CLS]", "un", "##cut", ".", "[SEP]"], ["[CLS]", "un", "##cut", ".", "[SEP]"], "uncut ."),
        (["The", "Ġkeys", "Ġæĺ", "¯", "!"], ["The", "␣keys", "␣�", "�", "!"], "The keys ��!"),
        (["<s>", "▁The", "▁ke", "ys", "</s>"], ["<s>", "␣The", "␣ke", "ys", "</s>"], "The keys"),
        (["a b", "\n", "<script>", "", "坐"], ["a␣b", "↵", "<script>", "∅", "坐"], None),
    ],
)
def test_tokens_read_as_those_of_every_page_do(
    tokens: list[str], labels: list[str], text: str | None
) -> None:
    shown = app.show(WEIGHTS, tokens)
    assert [token.text for token in shown.tokens] == labels
    assert [token.special for token in shown.tokens] == [
        token in ("[CLS]", "[SEP]", "<s>", "</s>") for token in tokens
    ]
    for token in shown.tokens:
        own = shown.request.text[token.start : token.end]
        assert (
            own == ("" if token.special else token.text.lstrip("␣").removeprefix("##")) or not text
        )
    assert text is None or shown.request.text == text


def test_a_trace_of_given_weights_pools_as_numpy_does() -> None:
    weights = softmax((2, 3, 40, 40))
    found = app.show(weights).attention(size=7, hide="first")
    edges = [40 * i // 7 for i in range(8)]
    weights[..., 0] = 0
    cells = [
        [weights[..., a:b, c:d].max((-1, -2)) for c, d in pairwise(edges)]
        for a, b in pairwise(edges)
    ]
    np.testing.assert_array_equal(found, np.moveaxis(np.array(cells), (2, 3), (0, 1)))


def to_npy(path: Path) -> None:
    np.save(path, WEIGHTS)


def to_npz(path: Path) -> None:
    np.savez(path, encoder=WEIGHTS, tokens=np.array(NAMES))


def to_numbered_npz(path: Path) -> None:
    np.savez_compressed(path, *WEIGHTS)


def to_safetensors(path: Path) -> None:
    save_file({LENS.format(index): layer for index, layer in enumerate(WEIGHTS)}, path)


def to_json(path: Path) -> None:
    path.write_text(json.dumps({"attention": WEIGHTS.tolist(), "tokens": NAMES}), "utf-8")


def to_bare_json(path: Path) -> None:
    path.write_text(json.dumps(WEIGHTS.tolist()), "utf-8")


@pytest.mark.parametrize(
    ("suffix", "write", "named"),
    [
        ("npy", to_npy, False),
        ("npz", to_npz, True),
        ("npz", to_numbered_npz, False),
        ("safetensors", to_safetensors, False),
        ("json", to_json, True),
        ("json", to_bare_json, False),
    ],
)
def test_files_hold_the_same(
    tmp_path: Path, suffix: str, write: Callable[[Path], None], named: bool
) -> None:
    path = tmp_path / f"mine.{suffix}"
    write(path)
    shown = app.show(path)
    np.testing.assert_array_equal(shown.attention(), WEIGHTS)
    assert shown.model.id == path.name
    assert [token.text for token in shown.tokens] == (NAMES if named else list("01234"))
    assert [token.text for token in app.show(path, list("abcde")).tokens] == list("abcde")


PARTS: list[dict[str, Any]] = [
    {"heads": [1, 2]},
    {"queries": 3},
    {"reduce": "mean"},
    {"size": 2},
    {"keep": "top:2"},
    {"unit": "word"},
    {"sets": "keys"},
]


@pytest.mark.parametrize("suffix", ["npz", "json"])
def test_what_headscope_writes_it_reads_again(tmp_path: Path, suffix: str) -> None:
    first = app.show(WEIGHTS, NAMES)
    path = tmp_path / f"saved.{suffix}"
    first.save(path, layers=1)
    again = app.show(path)
    assert [layer.index for layer in again.stacks[0].layers] == [1]
    assert [token.text for token in again.tokens] == NAMES
    np.testing.assert_array_equal(again.attention(), WEIGHTS[1:])
    for part in PARTS:
        first.save(path, **part)
        with pytest.raises(app.HeadscopeError, match="shown under wrong numbers"):
            app.show(path)


def test_half_precision_of_safetensors_is_read_exactly(tmp_path: Path) -> None:
    bits = (WEIGHTS.view(np.uint32) >> 16).astype(np.uint16)
    header = {"attention": {"dtype": "BF16", "shape": bits.shape, "data_offsets": [0, bits.nbytes]}}
    text = json.dumps(header).encode()
    path = tmp_path / "half.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + bits.tobytes())
    expected = (bits.astype(np.uint32) << 16).view(np.float32)
    np.testing.assert_array_equal(app.show(path).attention(), expected)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.pt", b"", "is a pickle, and to open one runs what is written in it"),
        ("a.npy", b"not numpy", "is not a whole .npy file"),
        ("a.npz", b"PK", "is not a whole .npz file"),
        ("a.safetensors", b"\xff" * 9, "is not a whole .safetensors file"),
        ("a.json", b'{"tokens": {"keys": []}}', "is not a whole .json file"),
        ("a.json", b'{"tokens": 5, "attention": [[1]]}', "Tokens are a list of strings"),
        ("a.json", b"[1, ", "is not a whole .json file"),
        ("a.json", b'{"tokens": ["a"], "attention": [[["x"]]]}', "This is no attention"),
    ],
)
def test_files_that_are_none_are_a_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(app.HeadscopeError, match=re.escape(sentence)):
        app.show(path)


def test_no_pickle_inside_of_a_file_is_ever_run(tmp_path: Path) -> None:
    class Acts:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "ran",))

    for path in (tmp_path / "a.npy", tmp_path / "a.npz"):
        hostile = np.array([Acts()], object)
        (np.save if path.suffix == ".npy" else np.savez)(path, hostile, allow_pickle=True)
        with pytest.raises(app.HeadscopeError, match="arrays of objects are pickles"):
            app.show(path)
    assert not (tmp_path / "ran").exists()


def test_a_file_that_is_too_large_or_not_there_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "large.npy"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(app.HeadscopeError, match="takes 2,000 MB and the limit is 2,000 MB"):
        app.show(path)
    with pytest.raises(app.HeadscopeError, match="cannot be read: No such file"):
        app.show(tmp_path / "none.npy")


def test_a_widget_that_is_not_installed_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "app.widget", raising=False)
    with pytest.raises(app.HeadscopeError, match="pip install anywidget"):
        app.show(WEIGHTS).widget()
