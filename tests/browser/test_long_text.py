"""The running text of thousands of tokens: little of it in the document, all of it within reach."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.texts import english

from .conftest import SMOLLM2, Headscope

TOKENS = 1500

TOPS = """async () => {
  const [{ createTiles }, { makePicture }, { palette }] = await Promise.all(
    ["tiles", "picture", "theme"].map((name) => import(`/static/js/${name}.js`)));
  const input = Array.from({ length: 2048 }, (_, index) => ({ index, special: false }));
  const layer = { index: 0, heads: 1, causal: false, window: null, mask: "full" };
  const stacks = [{ name: "encoder", queries: "input", keys: "input", layers: [layer] }];
  const analysis = { id: "a", tokens: { input }, stacks };
  const bins = (start, size, step) =>
    Uint32Array.from({ length: size + 1 }, (_, i) => start + i * step);
  const block = (query, key, size, step, byte) => ({
    rows: size, columns: size, quantum: 1,
    bytes: new Uint8Array(size * size).fill(byte),
    rowBins: bins(query, size, step), columnBins: bins(key, size, step),
  });
  const held = new Map([["0,512,0,512", block(0, 0, 256, 2, 80)]]);
  const weights = { lens: {}, heldTile: (view, at) => held.get(at.join()) };
  const look = { scale: "linear", sinks: "shown", theme: "light" };
  const view = { stack: "encoder", layer: 0, head: 0, show: "head", pool: "mean", sinks: "shown" };
  const colours = palette("light");
  const whole = makePicture(block(0, 0, 512, 4, 40), analysis, view, { ...look, colours });
  const tiles = createTiles({ get: () => ({ analysis, weights, ...look }) }, {});
  const range = { x: [-0.5, 1023.5], y: [-0.5, 1023.5] };
  const geometry = { range, inner: { width: 512, height: 512 } };
  const tops = () => tiles.pictures(whole, view, geometry).map(({ top }) => top);
  const before = tops();
  held.set("0,512,512,1024", block(0, 512, 256, 2, 160));
  return [before, tops()];
}"""


@pytest.fixture(scope="module")
def long_text(chromium: Browser, address: str) -> Iterator[Headscope]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    headscope = Headscope(context.new_page(), address)
    headscope.page.set_default_timeout(120_000)
    headscope.open(model=SMOLLM2, text=english(2, TOKENS)[: 5 * TOKENS], layer=3, head=1)
    yield headscope
    assert headscope.errors == []
    context.close()


def test_only_the_words_near_sight_are_in_the_document(long_text: Headscope) -> None:
    words = long_text.page.locator("#sentence .word")
    assert 100 < words.count() < 1000
    sentence = long_text.page.locator("#sentence")
    height = sentence.evaluate("(box) => box.scrollHeight")
    for _ in range(30):
        sentence.evaluate("(box) => { box.scrollTop += 200; }")
        long_text.page.wait_for_timeout(20)
    assert words.count() < 1400
    assert sentence.evaluate("(box) => box.scrollHeight") == pytest.approx(height, rel=0.2)


def test_the_last_word_is_a_key_away_and_shaded_as_it_is(
    long_text: Headscope, api: httpx.Client
) -> None:
    page = long_text.page
    page.locator("#sentence").focus()
    page.keyboard.press("Home")
    expect(page.locator("#sentence .query")).to_have_attribute("data-i", "0")
    page.keyboard.press("End")
    last = page.locator("#sentence .query")
    expect(last).not_to_have_attribute("data-i", "0")
    expect(last).to_be_in_viewport()
    index = int(last.get_attribute("data-i") or 0)
    assert int(last.get_attribute("aria-setsize") or 0) == index + 1
    assert page.locator("#sentence").get_attribute("aria-activedescendant") == f"word-{index}"
    made = api.post("analyses", json={"model": SMOLLM2, "text": long_text.text.input_value()})
    answer = api.get(
        f"analyses/{made.json()['id']}/attention",
        params={"layers": 3, "heads": 1, "queries": f"{index}:{index + 1}"},
    ).json()
    row = answer["attention"][0][0][0]
    top = max(row[1:])
    expect(page.locator("#row-bars li").first).to_contain_text(f"{top:.4f}")
    shaded = page.locator("#sentence .word").evaluate_all(
        "(words) => words.map((word) => [Number(word.dataset.i), word.style.color !== ''])"
    )
    assert len(shaded) > 100
    assert all(has == (row[key] / top >= 0.004) for key, has in shaded if key)


def test_numbers_of_all_heads_say_that_rows_were_sampled(long_text: Headscope) -> None:
    page = long_text.page
    numbers = page.locator("#overview-words + details")
    numbers.locator("summary").click()
    expect(numbers.locator("tbody tr")).to_have_count(100)
    expect(numbers.locator("caption")).to_contain_text("by 32 sampled rows of each")


def test_what_find_cannot_fetch_is_said_and_tried_again(long_text: Headscope) -> None:
    page = long_text.page
    page.get_by_label("Find", exact=True).fill("river")
    page.route(re.compile("/attention"), lambda route: route.fulfill(status=500))
    page.keyboard.press("Enter")
    expect(page.locator("#find-count")).to_have_text(
        "could not be fetched; press Enter to try again"
    )
    page.unroute(re.compile("/attention"))
    page.keyboard.press("Enter")
    expect(page.locator("#find-count")).to_have_text(re.compile(r"^\d+ of \d+$"))
    expect(page.locator("#row-title")).to_have_text(re.compile("“river” looks at"))


def test_parts_in_means_are_drawn_on_one_scale(headscope: Headscope) -> None:
    """Means of smaller bins are larger: a part that comes later may raise the scale of all."""
    headscope.open()
    before, after = headscope.page.evaluate(TOPS)
    assert before == pytest.approx([(80 / 255) ** 2] * 2)
    assert after == pytest.approx([(160 / 255) ** 2] * 3)


def test_a_text_past_the_limit_is_read_part_by_part(headscope: Headscope) -> None:
    headscope.open()
    page, whole = headscope.page, english(2, 1400)
    headscope.text.fill(whole)
    part = page.get_by_label("Too long for this model at once. Analyze")
    expect(part.locator("option")).to_have_count(5)
    part.select_option("1")
    headscope.settle()
    expect(page.locator("#sentence .word").first).to_have_text("[CLS]")
    sentence = page.locator("#sentence")
    second = sentence.inner_text()[:80]
    expect(page.locator("#stale")).to_be_hidden()
    assert headscope.text.input_value() == whole
    page.wait_for_url(re.compile("z="))
    before = page.url
    page.get_by_role("button", name="The next part").click()
    expect(sentence).not_to_contain_text(second)
    assert part.input_value() == "2"
    page.wait_for_url(lambda url: url != before)
    page.go_back()
    expect(sentence).to_contain_text(second)
    assert (part.input_value(), headscope.text.input_value()) == ("1", whole)
    headscope.text.fill("A short text.")
    expect(part).to_be_hidden()
    page.get_by_role("button", name="Analyze", exact=True).click()
    expect(page.locator("#sentence .word")).to_have_count(6)


def test_a_drag_and_the_small_picture_of_the_whole_move_the_window(long_text: Headscope) -> None:
    page = long_text.page
    page.get_by_role("button", name="Whole head").click()
    page.locator("#minimap canvas").scroll_into_view_if_needed()
    for _ in range(3):
        page.get_by_role("button", name="Zoom in", exact=True).click()
        page.wait_for_timeout(200)
    small = page.locator("#minimap canvas")
    middles = []
    for share in (0.25, 0.75):
        box = small.bounding_box()
        assert box is not None
        small.click(position={"x": share * box["width"], "y": share * box["height"]})
        expect(page).to_have_url(ZOOMED)
        page.wait_for_timeout(400)
        middles.append(middle(page))
    assert middles[0] < middles[1]
    drag = page.locator(".plot .nsewdrag").first
    drag.scroll_into_view_if_needed()
    box = drag.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 60, steps=6)
    page.mouse.up()
    page.wait_for_timeout(400)
    assert middle(page) < middles[1]


ZOOMED = re.compile("zoom=")


def middle(page: Page) -> float:
    """Of the queries in sight, as the link says."""
    found = re.search(r"zoom=([\d.]+)%3A([\d.]+)", page.url)
    assert found is not None
    return (float(found[1]) + float(found[2])) / 2


def test_a_bounded_number_of_tiles_is_kept(headscope: Headscope) -> None:
    headscope.open()
    held = headscope.page.evaluate("""async () => {
      const { Lru } = await import("/static/js/lru.js");
      const tiles = new Lru(3);
      for (const at of ["a", "b", "c"]) tiles.set(at, at);
      tiles.get("a");
      tiles.set("d", "d");
      return ["a", "b", "c", "d"].filter((at) => tiles.get(at));
    }""")
    assert held == ["a", "c", "d"]


def test_tiles_that_leave_sight_are_cancelled(long_text: Headscope) -> None:
    page, held, cancelled = long_text.page, list[str](), list[str]()
    page.get_by_role("button", name="Whole head").click()
    page.get_by_label("Head", exact=True).select_option("7")
    expect(page.locator("#head-name")).to_have_text(re.compile("H7"))
    page.wait_for_timeout(500)
    page.route(re.compile("size=256"), lambda route: held.append(route.request.url))
    page.on("requestfailed", lambda request: cancelled.append(request.url))
    for _ in range(4):
        page.get_by_role("button", name="Zoom in", exact=True).click()
        page.wait_for_timeout(300)
    assert held
    page.get_by_role("button", name="Whole head").click()
    page.wait_for_timeout(500)
    assert set(held) <= set(cancelled)
    page.unroute(re.compile("size=256"))
    expect(page.locator("#head-problem")).to_be_hidden()
