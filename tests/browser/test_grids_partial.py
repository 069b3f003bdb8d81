"""Heads beside each other where a layer has no such head, or a model its weights only."""

from pathlib import Path

import numpy as np
from playwright.sync_api import expect

from tests.engine.families import KEEP_WEIGHTS, save

from .conftest import Headscope, Opened, serving
from .test_grids import OPEN, names, tile

UNEQUAL = """async () => {
  const { createEmbeddedSource } = await import("/static/js/embedded.js");
  const { createWeights } = await import("/static/js/weights.js");
  const { headOverLayers } = await import("/static/js/grids/scene.js");
  const layer = (index, heads) =>
    ({ index, heads, kv_heads: heads, causal: false, window: null, mask: "full" });
  const token = (index) => ({ index, text: "ab"[index], special: false, segment: 0, word: index });
  const input = [0, 1].map(token);
  const layers = [layer(0, 2), layer(1, 1), layer(4, 3)];
  const analysis = {
    id: "x", request: { text: "ab", text_pair: null }, tokens: { input, target: [] },
    words: { input: [[0, 1], [1, 2]], target: [] },
    stacks: [{ name: "encoder", queries: "input", keys: "input", layers }],
  };
  const all = Float32Array.from({ length: 24 }, (_, i) => i / 32);
  const source = createEmbeddedSource(analysis, all);
  const lens = { sinks: "shown", unit: "token", keep: null, between: null };
  const weights = createWeights(source, analysis, lens);
  const open = { analysis, weights, stack: "encoder", layer: 4, head: 1, sinks: "shown" };
  const found = [];
  for (const show of ["head", "max"]) {
    const { views, without } = headOverLayers({ ...open, show });
    await weights.small(views, 128);
    const tops = views.map((view) => Math.max(...weights.heldSmall(view, 128).bytes));
    found.push([views.map((view) => view.layer), without, tops.map((byte) => (byte / 255) ** 2)]);
  }
  return found;
}"""
"""Layers of 2, 1 and 3 heads of 2 x 2 weights, from 0 on by 1/32."""


def test_a_layer_without_such_a_head_is_left_out_and_named(headscope: Headscope) -> None:
    headscope.open(**OPEN, view="layers")
    heads, maxima = headscope.page.evaluate(UNEQUAL)
    assert heads[:2] == [[0, 4], [1]]
    np.testing.assert_allclose(heads[2], [7 / 32, 19 / 32], atol=5e-3)
    assert maxima[:2] == [[0, 1, 4], []]
    np.testing.assert_allclose(maxima[2], [7 / 32, 11 / 32, 23 / 32], atol=5e-3)
    said = headscope.page.evaluate(
        """async () => {
          const { default: words } = await import("/static/js/texts/grids.en.js");
          return words["grid.without"]([1, 5]);
        }"""
    )
    assert said == "left out for want of such a head: L1, L5"


def test_a_model_that_hands_out_weights_only_has_these_views(
    opened: Opened, tmp_path: Path
) -> None:
    folder = save(tmp_path, KEEP_WEIGHTS["bloom"])
    with serving(HEADSCOPE_MODELS=f'["bloom={folder}"]') as address:
        headscope = opened(address)
        headscope.open(model="bloom", text="one two three", view="layer", layer=1, head=2)
        page = headscope.page
        tile(page, "L1H2")
        assert names(page) == [f"L1H{head}" for head in range(4)]
        for tab in page.get_by_role("tab").all():
            off = "true" if tab.inner_text() == "Arithmetic" else "false"
            expect(tab).to_have_attribute("aria-disabled", off)
