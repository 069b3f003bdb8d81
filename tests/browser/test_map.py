"""A text of the model's whole context as a map: zoomed, panned, searched; exact where read."""

import re
from collections.abc import Iterator
from functools import partial

import pytest
import torch
from playwright.sync_api import Page, expect
from transformers import AttentionInterface, AttentionMaskInterface, AutoModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask
from transformers.models.llama.modeling_llama import eager_attention_forward

from app.engine.catalog import build_catalog
from app.settings import Settings
from benchmarks.texts import english

from .conftest import SMOLLM2, Headscope, Opened

LAYER, HEAD = 3, 1
PLACE = re.compile(r"(\d+) → .* (\d+) ([\d.e-]+) ?", re.DOTALL)

IDS = """async () => {
  const { value: text } = document.querySelector("#text");
  const body = JSON.stringify({ model: "smollm2-135m-q4", text });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("api/v1/tokenize", { method: "POST", headers, body });
  return (await answer.json()).tokens.map(({ id }) => id);
}"""


class Rows:
    """Any weights of one head by the module's own eager function, a row at a time."""

    def __init__(self, ids: list[int]) -> None:
        folder = build_catalog(Settings()).locate(SMOLLM2).folder
        AttentionInterface.register("kept", self._keep)
        AttentionMaskInterface.register("kept", sdpa_mask)
        model = AutoModel.from_pretrained(folder, num_hidden_layers=LAYER + 1, dtype=torch.float32)
        model.set_attn_implementation("kept")
        with torch.inference_mode():
            model.eval()(input_ids=torch.tensor([ids]), use_cache=False)

    def _keep(self, module, query, key, value, mask, **options):  # type: ignore[no-untyped-def]
        self._eager = partial(eager_attention_forward, module, key=key, value=value)
        self._query, self._scaling = query, options["scaling"]
        return sdpa_attention_forward(module, query, key, value, mask, **options)

    def __getitem__(self, place: tuple[int, int]) -> float:
        row, column = place
        length = self._query.shape[2]
        mask = torch.zeros(1, 1, 1, length)
        mask[..., row + 1 :] = torch.finfo(torch.float32).min
        query = self._query[:, :, row : row + 1]
        with torch.inference_mode():
            _, weights = self._eager(query=query, attention_mask=mask, scaling=self._scaling)
        return float(weights[0, HEAD, 0, column])


@pytest.fixture(scope="module")
def whole_context() -> str:
    return english(5, 8191)


@pytest.fixture
def map_of(opened: Opened, whole_context: str) -> Iterator[Headscope]:
    """The page with 8,192 tokens of SmolLM2, L3H1 open."""
    headscope = opened(height=1200)
    headscope.page.set_default_timeout(240_000)
    headscope.open(model=SMOLLM2, text="A text.", layer=LAYER, head=HEAD, query=1, key=0)
    headscope.text.fill(whole_context)
    headscope.page.get_by_role("button", name="Analyze", exact=True).click()
    headscope.settle("error")
    headscope.page.get_by_role("button", name="Analyze the beginning").click()
    headscope.settle()
    yield headscope


def read(page: Page, across: float, down: float) -> tuple[int, int, float]:
    """Points at a place of the head, in shares of what is in sight: query, key and exact weight."""
    readout = page.locator("#readout")
    before = readout.inner_text()
    box = page.locator(".plot-cells").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
    expect(readout).not_to_have_text(before, use_inner_text=True)
    expect(readout).to_have_attribute("data-exact", "true")
    found = PLACE.search(readout.inner_text().replace("\n", " "))
    assert found is not None, readout.inner_text()
    return int(found[1]), int(found[2]), float(found[3])


def test_eight_thousand_tokens_are_read_exactly_wherever_one_looks(map_of: Headscope) -> None:
    page = map_of.page
    ids = page.evaluate(IDS)
    assert len(ids) == 8192
    expect(page.locator("#overview-exact")).to_contain_text("cells a head")
    expect(page.locator("#pooled")).to_contain_text("each cell the largest of up to 16")
    reference = Rows(ids)

    def check(across: float, down: float) -> None:
        query, key, weight = read(page, across, down)
        assert weight == pytest.approx(reference[query, key], abs=6e-5)

    box = page.locator(".plot-cells").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.6 * box["height"])
    for _ in range(14):
        page.mouse.wheel(0, -100)
        page.wait_for_timeout(20)
    expect(page.locator("#pooled")).to_contain_text("every cell one weight")
    for across, down in ((0.1, 0.4), (0.5, 0.5), (0.9, 0.9), (0.4, 0.95)):
        check(across, down)
    page.locator("#heatmap").focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowLeft")
    for across, down in ((0.2, 0.3), (0.6, 0.6), (0.8, 0.1)):
        check(across, down)
    page.get_by_label("Find", exact=True).fill("river")
    page.keyboard.press("Enter")
    expect(page.locator("#find-count")).to_have_text(re.compile(r"^[\d,]+ of [\d,]+$"))
    expect(page.locator("#row-title")).to_have_text("“river” looks at")
    for across, down in ((0.2, 0.8), (0.3, 0.95), (0.1, 0.7)):
        check(across, down)
