"""A text of the model's whole context as a map: zoomed, panned, searched; exact where read."""

import re
from collections.abc import Iterator
from functools import partial
from math import ceil, floor
from urllib.parse import parse_qsl

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
HALF_A_DIGIT = 5.1e-5
"""Of the four that are printed, and a little for float32."""
PLACE = re.compile(r"(\d+) → .* (\d+) ([\d.e-]+) ?", re.DOTALL)

IDS = """async () => {
  const { value: text } = document.querySelector("#text");
  const body = JSON.stringify({ model: "smollm2-135m-q4", text });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("api/v1/tokenize", { method: "POST", headers, body });
  return (await answer.json()).tokens.map(({ id }) => id);
}"""


class Rows:
    """The weights of one head by the module's own eager function, a row at a time."""

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

    def __getitem__(self, row: int) -> list[float]:
        length = self._query.shape[2]
        mask = torch.zeros(1, 1, 1, length)
        mask[..., row + 1 :] = torch.finfo(torch.float32).min
        query = self._query[:, :, row : row + 1]
        with torch.inference_mode():
            _, weights = self._eager(query=query, attention_mask=mask, scaling=self._scaling)
        found: list[float] = weights[0, HEAD, 0].tolist()
        return found


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


def window(page: Page) -> list[float]:
    """What is in sight, along the tokens: first and last query, first and last key."""
    page.wait_for_timeout(500)
    zoom = dict(parse_qsl(page.evaluate("location.hash.slice(1)")))["zoom"]
    return [float(at) for at in re.split("[:,]", zoom)]


def largest(page: Page, rows: Rows) -> list[tuple[int, int]]:
    """Queries and keys of the largest weights in sight, one a row, largest first."""
    q0, q1, k0, k1 = window(page)
    found = []
    for query in range(ceil(q0), floor(q1)):
        row = rows[query]
        key = max(range(ceil(k0), floor(k1)), key=row.__getitem__)
        found.append((row[key], query, key))
    return [(query, key) for _, query, key in sorted(found, reverse=True)]


def read(page: Page, query: int, key: int) -> float:
    """Points at a cell that is in sight: its exact weight."""
    q0, q1, k0, k1 = window(page)
    readout = page.locator("#readout")
    page.mouse.move(2, 2)
    expect(readout).not_to_have_class(re.compile("preview"))
    box = page.locator(".plot-cells").bounding_box()
    assert box is not None
    across, down = (key + 0.5 - k0) / (k1 - k0), (query + 0.5 - q0) / (q1 - q0)
    page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
    expect(readout).to_have_class(re.compile("preview"))
    expect(readout).to_have_attribute("data-exact", "true")
    found = PLACE.search(readout.inner_text().replace("\n", " "))
    assert found is not None, readout.inner_text()
    assert (int(found[1]), int(found[2])) == (query, key)
    return float(found[3])


def zoom_in(page: Page, across: float, down: float) -> None:
    box = page.locator(".plot-cells").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
    for _ in range(14):
        page.mouse.wheel(0, -100)
        page.wait_for_timeout(20)
    expect(page.locator("#pooled")).to_contain_text("every cell one weight")


def test_eight_thousand_tokens_are_read_exactly_wherever_one_looks(map_of: Headscope) -> None:
    page = map_of.page
    ids = page.evaluate(IDS)
    assert len(ids) == 8192
    expect(page.locator("#overview-exact")).to_contain_text("cells a head")
    expect(page.locator("#pooled")).to_contain_text("each cell the largest of up to 16")
    rows = Rows(ids)
    checked: set[tuple[int, int]] = set()

    def check(count: int) -> None:
        places = [place for place in largest(page, rows) if place not in checked]
        for query, key in places[:count]:
            weight = rows[query][key]
            assert weight > 0.01
            assert read(page, query, key) == pytest.approx(weight, abs=HALF_A_DIGIT)
            checked.add((query, key))

    zoom_in(page, 0.5, 0.5)
    check(4)
    page.locator("#heatmap").focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowLeft")
    check(3)
    page.get_by_label("Find", exact=True).fill("river")
    page.keyboard.press("Enter")
    expect(page.locator("#find-count")).to_have_text(re.compile(r"^[\d,]+ of [\d,]+$"))
    expect(page.locator("#row-title")).to_have_text("“river” looks at")
    check(1)
    page.get_by_role("button", name="Whole head").click()
    expect(page.locator("#pooled")).to_contain_text("each cell the largest of up to 16")
    zoom_in(page, 0.001, 0.6)
    check(2)
    assert len(checked) == 10
