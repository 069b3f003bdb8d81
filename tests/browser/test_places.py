"""What stands for several tokens names the right ones, and the numbers beside it are its own."""

import re
from itertools import pairwise
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from benchmarks.texts import english

from .conftest import SMOLLM2, Headscope, Opened, shown

LONG, MIDDLE = english(2, 1500)[:7000], english(3, 800)[:3300]


@pytest.fixture
def block(api: httpx.Client) -> Any:
    """Weights of L3H1 of SmolLM2 as the API has them, [query][key]."""

    def ask(text: str, **query: Any) -> list[list[float]]:
        made = api.post("analyses", json={"model": SMOLLM2, "text": text}).json()
        path = f"analyses/{made['id']}/attention"
        params: dict[str, Any] = {"layers": 3, "heads": 1, **query}
        weights: list[list[float]] = api.get(path, params=params).json()["attention"][0][0]
        return weights

    return ask


def tokens(headscope: Headscope) -> int:
    size = headscope.page.locator("#pooled").inner_text().split(" ")[0]
    return int(size.replace(",", ""))


def test_a_word_chosen_in_a_long_text_selects_what_it_looks_at_most(
    headscope: Headscope, block: Any
) -> None:
    headscope.open(model=SMOLLM2, text=LONG, layer=3, head=1, query=300, key=299)
    length = tokens(headscope)
    first_of_bins = {i * length // 512 for i in range(512)}
    rows = block(LONG, queries="60:160")
    best = [max(range(1, 61 + i), key=row.__getitem__) for i, row in enumerate(rows)]
    query, key = next((60 + i, key) for i, key in enumerate(best) if key not in first_of_bins)
    headscope.page.locator(f"#sentence [data-i='{query}']").click()
    expect(headscope.page.locator("#readout .query .index")).to_contain_text(re.compile(r"\d+"))
    marked = headscope.page.locator("#row-bars [aria-current=true] .index")
    expect(marked).to_have_text(str(key))


def test_find_goes_where_the_mask_lets_it(headscope: Headscope) -> None:
    headscope.open(model=SMOLLM2, text=f"Zarbo met {english(3, 200)[:600]}", layer=3, head=1)
    headscope.page.get_by_label("Find", exact=True).fill("Zarbo")
    headscope.page.keyboard.press("Enter")
    readout = headscope.page.locator("#readout")
    expect(readout.locator(".query .index")).to_have_text("0")
    expect(readout.locator(".key .index")).to_have_text("0")
    assert headscope.exact() == "1.0000"


def test_a_cell_of_a_sink_alone_is_read_as_it_is(headscope: Headscope, block: Any) -> None:
    headscope.open(model=SMOLLM2, text=MIDDLE, layer=3, head=1)
    length = tokens(headscope)
    assert 512 < length < 1024
    bins = [i * length // 512 for i in range(513)]
    query = next(at for at, end in pairwise(bins) if at > 400 and end - at == 2)
    page = headscope.page
    abouts = page.evaluate_handle(
        """() => {
          const said = [];
          const weight = document.querySelector("#readout .weight");
          const hear = () => document.querySelector("#readout .key .index").textContent === "0"
            && said.push(weight.textContent);
          new MutationObserver(hear).observe(weight, { childList: true });
          return said;
        }"""
    )
    page.mouse.move(*headscope.cell(query, 0, length))
    expect(page.locator("#readout .key .index")).to_have_text("0")
    rows = block(MIDDLE, queries=f"{query}:{query + 2}", keys="0:1")
    expect(page.locator("#readout .weight")).to_have_text(shown(max(row[0] for row in rows)))
    assert [said for said in abouts.json_value() if said.startswith("about")] == []


def test_the_mean_of_a_cell_is_read_and_described_as_one(headscope: Headscope, block: Any) -> None:
    headscope.open(model=SMOLLM2, text=LONG, layer=3, head=1, pool="mean")
    length = tokens(headscope)
    page = headscope.page
    page.mouse.move(*headscope.cell(length // 2, length // 2 - 2, length))
    names = [page.locator(f"#readout .{of} .index").inner_text() for of in ("query", "key")]
    spans = [[int(index) for index in re.findall(r"\d+", name)] for name in names]
    (q0, q1), (k0, k1) = ((span[0], span[-1] + 1) for span in spans)
    cells = (q1 - q0) * (k1 - k0)
    assert cells > 1
    rows = block(LONG, queries=f"{q0}:{q1}", keys=f"{k0}:{k1}")
    mean = sum(map(sum, rows)) / cells
    weight, note = headscope.exact(), page.locator("#readout .rank")
    assert float(weight) == pytest.approx(mean, abs=5.1e-5) != max(map(max, rows))
    expect(note).to_have_text(f"mean of {cells} weights")
    words = page.locator("#heatmap-words")
    expect(words).to_contain_text("mean-pooled to 512. Largest means: ")


def test_the_coarsest_cell_in_sight_is_the_one_that_is_told(opened: Opened) -> None:
    """The last part of 1,101 tokens is so short here that its cells are single weights."""
    headscope = opened(width=1920)
    headscope.open(model=SMOLLM2, text="The keys to the cabinet are on the table. " * 110)
    page = headscope.page
    assert page.locator(".plot-cells").evaluate("(canvas) => canvas.clientWidth") > 551
    page.wait_for_timeout(1500)
    expect(page.locator("#pooled")).to_have_text(re.compile("the largest of up to 2 . 2 weights"))
    expect(page.locator("#trust")).to_contain_text("maxima of 2")


def test_a_sideways_wheel_is_left_to_the_browser(headscope: Headscope) -> None:
    headscope.open()
    taken = headscope.page.locator(".plot-axes").evaluate(
        """(plot) => [[120, 0], [0, -120]].map(([deltaX, deltaY]) => {
          const how = { deltaX, deltaY, bubbles: true, cancelable: true };
          const wheel = new WheelEvent("wheel", how);
          plot.dispatchEvent(wheel);
          return wheel.defaultPrevented;
        })"""
    )
    assert taken == [False, True]
