"""Languages, themes, narrow screens, what can be read and reached, and what it costs."""

import re
from statistics import fmean

import pytest
from playwright.sync_api import expect

from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened

UNREADABLE = """() => {
  const linear = (v) => (v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  const parse = (css) => css.match(/[\\d.]+/g).map(Number);
  const shares = [.2126, .7152, .0722];
  const light = (rgb) => shares.reduce((sum, share, i) => sum + share * linear(rgb[i] / 255), 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const exempt = element.closest(":disabled, svg, .visually-hidden, option");
    if (!own || exempt || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(style.color)), light(ground(element))];
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (contrast < 4.5 || parseFloat(style.fontSize) < 11) {
      const text = element.textContent.trim().slice(0, 30);
      found.push(`${text}: ${contrast.toFixed(2)}, ${style.fontSize}`);
    }
  }
  return found;
}"""

SMALL_TARGETS = """() => [...document.querySelectorAll("button, select, summary, a, textarea")]
  .filter((each) => each.checkVisibility())
  .map((each) => [each.id || each.textContent, each.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([name, box]) => `${name} ${box.width} x ${box.height}`)"""


def test_chinese_follows_the_browser_and_can_be_switched(opened: Opened) -> None:
    headscope = opened(locale="zh-CN")
    headscope.open()
    page = headscope.page
    expect(page.get_by_role("button", name="分析", exact=True)).to_be_visible()
    expect(page.locator("#count")).to_have_text("12 / 512 个词元")
    expect(page.locator("#readout")).to_contain_text("这一对在 72 个头中排第 1")
    expect(page.locator("#pair-title")).to_contain_text("哪些头从“are”看向“keys”")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Analyze", exact=True)).to_be_visible()
    expect(page.locator("#readout")).to_contain_text("1st of 72 heads")
    page.reload()
    headscope.settle()
    expect(page.get_by_role("button", name="Analyze", exact=True)).to_be_visible()


def test_the_catalogues_have_the_same_keys(headscope: Headscope) -> None:
    headscope.open()
    english, chinese = headscope.page.evaluate(
        """async () => Promise.all(["en", "zh"].map(async (lang) =>
          Object.keys((await import(`/static/js/texts/${lang}.js`)).default).sort()))"""
    )
    assert english == chinese


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
def test_all_text_can_be_read(opened: Opened, scheme: str, model: str) -> None:
    headscope = opened(color_scheme=scheme)
    headscope.open(model=model, text=KEYS, scale="log")
    expect(headscope.page.locator("html")).to_have_attribute("data-theme", scheme)
    headscope.exact()
    assert headscope.page.evaluate(UNREADABLE) == []


def test_the_theme_can_be_switched_and_zero_is_the_surface(opened: Opened) -> None:
    headscope = opened(color_scheme="light")
    headscope.open(model=MINILM, text=KEYS, layer=0, head=2)
    page = headscope.page
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    surface = page.locator(".panel.head").evaluate(
        "(panel) => getComputedStyle(panel).backgroundColor"
    )
    ramp = page.evaluate(
        """async () => {
          const { palette } = await import("/static/js/theme.js");
          const { css } = await import("/static/js/colour.js");
          return css(palette("dark").accentRamp[0]);
        }"""
    )
    assert ramp.replace(" ", ", ") == surface


def test_the_system_is_followed_until_something_else_is_chosen(opened: Opened) -> None:
    headscope = opened(color_scheme="light")
    headscope.open()
    page, root = headscope.page, headscope.page.locator("html")
    switch = page.get_by_role("button", name="Switch between light and dark")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-theme", "dark")
    switch.click()
    expect(root).to_have_attribute("data-theme", "light")
    page.route("**/main.js", lambda route: route.abort())
    page.reload()
    expect(root).to_have_attribute("data-theme", "light")  # before any module has run
    page.unroute("**/main.js")
    page.reload()
    headscope.settle()
    page.emulate_media(color_scheme="light")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-theme", "light")
    switch.click()
    page.emulate_media(color_scheme="light")
    expect(root).to_have_attribute("data-theme", "light")


@pytest.mark.parametrize("path", ["/docs", "/docs/errors"])
def test_the_documentation_has_the_theme_that_was_chosen(opened: Opened, path: str) -> None:
    headscope = opened(color_scheme="light")
    headscope.open()
    headscope.page.get_by_role("button", name="Switch between light and dark").click()
    page = headscope.page
    page.goto(headscope.address + path)
    ground = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.evaluate("localStorage.clear()")
    page.reload()
    assert (dark, page.evaluate(ground)) == ("rgb(22, 24, 28)", "rgb(251, 251, 250)")


def test_a_picture_without_a_weight_has_no_colour_bar(headscope: Headscope) -> None:
    headscope.open(model=SMOLLM2, text="Hi", scale="log")
    page = headscope.page
    bar, words = page.locator(".bar-box"), page.locator(".bar-ends")
    expect(bar).to_be_hidden()
    expect(words).to_have_text("no weight on the scale")
    page.get_by_label("Sinks").select_option("shown")
    expect(bar).to_be_visible()
    expect(words).to_contain_text("weight, log")
    page.get_by_label("Sinks").select_option("off")
    expect(bar).to_be_hidden()


def test_only_rows_of_single_heads_are_said_to_sum_to_one(headscope: Headscope) -> None:
    headscope.open()
    facts = headscope.page.locator("#trust")
    for show, rows in (("mean", "rows sum to 1"), ("max", "rows of single heads sum to 1")):
        headscope.page.get_by_label("Show", exact=True).select_option(show)
        expect(facts.get_by_text(rows, exact=True)).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ramp_climbs_in_equal_steps(opened: Opened, theme: str) -> None:
    headscope = opened(color_scheme=theme)
    headscope.open()
    steps = headscope.page.evaluate(
        """async (theme) => {
          const { palette } = await import("/static/js/theme.js");
          const { rgbToLab } = await import("/static/js/colour.js");
          const lab = palette(theme).accentRamp.map(rgbToLab);
          return Array.from({ length: 15 }, (_, i) => Math.hypot(
            ...lab[(i + 1) * 17].map((value, axis) => value - lab[i * 17][axis])));
        }""",
        theme,
    )
    assert max(steps) < 1.35 * min(steps)


@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
@pytest.mark.parametrize("width", [390, 1024])
def test_nothing_scrolls_sideways(opened: Opened, width: int, model: str) -> None:
    headscope = opened(width=width)
    headscope.open(model=model, text=KEYS)
    assert headscope.page.evaluate("document.documentElement.scrollWidth") == width
    assert headscope.page.evaluate(SMALL_TARGETS) == []
    panels = [panel.bounding_box() for panel in headscope.page.locator(".panel").all()]
    tops = [box["y"] for box in panels if box]
    assert (len(set(tops)) == 3) == (width == 390)


def test_the_first_view_at_512_tokens_is_small(headscope: Headscope) -> None:
    headscope.open()
    headscope.page.evaluate("performance.clearResourceTimings()")
    headscope.analyse("key " * 510)
    expect(headscope.page.locator("#sentence .word")).to_have_count(512)
    headscope.settle()
    bodies = headscope.page.evaluate(
        """performance.getEntriesByType("resource")
          .filter(({ name }) => name.includes("/api/")).map((entry) => entry.encodedBodySize)"""
    )
    assert len(bodies) > 5
    assert sum(bodies) <= 400_000


def test_the_code_of_the_page_is_small_and_asked_for_at_once(headscope: Headscope) -> None:
    headscope.open()
    loaded = headscope.page.evaluate(
        """performance.getEntriesByType("navigation")
          .concat(performance.getEntriesByType("resource"))
          .filter(({ name }) => !name.includes("/api/"))
          .map((entry) => [new URL(entry.name).pathname, entry.encodedBodySize])"""
    )
    assert 500_000 < sum(size for _, size in loaded) <= 700_000
    named = headscope.page.locator("link[rel=modulepreload]").evaluate_all(
        "(links) => links.map((link) => new URL(link.href).pathname)"
    )
    scripts = {path for path, _ in loaded if re.match("/static/[0-9a-f]{16}/js/", path)}
    assert {path for path in scripts if not path.endswith("/early.js")} == set(named)


def test_first_view_and_head_switches_are_measured(headscope: Headscope) -> None:
    headscope.open()
    for head in range(4):
        headscope.page.mouse.move(*headscope.thumbnail(5, head))
        expect(headscope.page.locator("#head-name")).to_have_text(f"L5H{head}")
    measures = headscope.page.evaluate(
        "performance.getEntriesByType('measure').map((measure) => measure.name)"
    )
    assert measures.count("headscope:first-view") == 1
    assert measures.count("headscope:head-switch") == 4
    assert measures.count("headscope:text-switch") == 4


SHADES_IN_SIGHT = """() => {
  const edges = (element) => element.getBoundingClientRect();
  const box = edges(document.querySelector("#sentence"));
  return [...document.querySelectorAll("#sentence .word")]
    .filter((word) => edges(word).bottom > box.top && edges(word).top < box.bottom)
    .map((word) => [Number(word.dataset.i), word.style.getPropertyValue("--shade")]);
}"""
WITH_THE_HEAD = f"""(name) => {{
  const shades = {SHADES_IN_SIGHT};
  window.first = new Promise((resolve) => {{
    const look = () => {{
      if (document.querySelector("#head-name").textContent === name) resolve(shades());
      else requestAnimationFrame(look);
    }};
    requestAnimationFrame(look);
  }});
}}"""
Shades = list[tuple[int, str]]


def test_words_in_sight_are_shaded_in_the_frame_of_the_head(headscope: Headscope) -> None:
    headscope.open()
    page = headscope.page
    headscope.analyse("The keys to the cabinet are on the table. " * 40)
    for head, scrolled in ((2, 0), (3, 300), (4, 10_000)):
        page.locator("#sentence").evaluate("(box, y) => { box.scrollTop = y; }", scrolled)
        page.wait_for_timeout(100)
        before: Shades = page.evaluate(SHADES_IN_SIGHT)
        page.evaluate(WITH_THE_HEAD, f"L5H{head}")
        page.mouse.move(*headscope.thumbnail(5, head))
        first: Shades = page.evaluate("window.first")
        expect(page.locator("#row-bars .bar-value").first).not_to_contain_text("≈")
        exact: Shades = page.evaluate(SHADES_IN_SIGHT)
        words = [[index for index, _ in shades] for shades in (before, first, exact)]
        assert words[0] == words[1] == words[2] and 20 < len(words[0]) < 300
        assert apart(first, exact) < min(5, apart(first, before) / 2)


@pytest.mark.parametrize(
    "text", ["The keys to the cabinet are on the table. ", "المفاتيح على الطاولة. "]
)
def test_words_that_come_into_sight_are_shaded_for_the_head_that_is_open(
    headscope: Headscope, text: str
) -> None:
    """Also where its exact numbers never come."""
    headscope.open()
    page = headscope.page
    headscope.analyse(text * 20)
    expect(page.locator("#row-bars .bar-value").first).not_to_contain_text("≈")
    page.route(re.compile(r"/attention\?.*float32"), lambda route: route.abort())
    page.mouse.move(*headscope.thumbnail(5, 2))
    expect(page.locator("#head-name")).to_have_text("L5H2")
    expect(page.locator("#row-bars .bar-value").first).to_contain_text("≈")
    before = dict(page.evaluate(SHADES_IN_SIGHT))
    page.locator("#sentence").evaluate("(box) => { box.scrollTop = 10_000; }")
    page.wait_for_timeout(100)
    scrolled = dict(page.evaluate(SHADES_IN_SIGHT))
    assert len(scrolled.keys() - before.keys()) > 10
    page.mouse.move(*headscope.thumbnail(5, 3))
    expect(page.locator("#head-name")).to_have_text("L5H3")
    page.mouse.move(*headscope.thumbnail(5, 2))
    expect(page.locator("#head-name")).to_have_text("L5H2")
    assert dict(page.evaluate(SHADES_IN_SIGHT)) == scrolled, "as when it is shaded in sight"


def test_a_long_text_of_a_single_word_is_shaded(headscope: Headscope) -> None:
    headscope.open()
    headscope.page.get_by_label("Model", exact=True).select_option(SMOLLM2)
    headscope.analyse("deadbeef" * 300)
    words = headscope.page.locator("#sentence .word")
    expect(words.last).to_be_attached()
    assert words.count() > 600
    headscope.page.mouse.move(*headscope.thumbnail(3, 1))
    expect(headscope.page.locator("#head-name")).to_have_text("L3H1")
    expect(headscope.page.locator("#sentence .word[style*='--shade']").first).to_be_attached()


def apart(one: Shades, other: Shades) -> float:
    """Mean difference of a level of red, green or blue; what is not shaded is as the surface."""
    levels = [
        [int(level) for _, shade in shades for level in re.findall(r"\d+", shade) or ["255"] * 3]
        for shades in (one, other)
    ]
    return fmean(abs(a - b) for a, b in zip(*levels, strict=True))


def test_a_text_of_thousands_of_tokens_stays_usable(headscope: Headscope) -> None:
    headscope.open()
    headscope.page.get_by_label("Model", exact=True).select_option(SMOLLM2)
    headscope.analyse("The keys to the cabinet are on the table. " * 110)
    headscope.page.wait_for_selector("html[data-state=ready]", timeout=60_000)
    expect(headscope.page.locator("#pooled")).to_contain_text(
        "1,101, each cell the largest of up to"
    )
    labels = headscope.page.locator(".yaxislayer-above text, .xaxislayer-above text")
    assert 20 < labels.count() <= 64
    headscope.page.mouse.move(*headscope.cell(900, 0, tokens=1101))
    expect(headscope.page.locator("#readout")).to_contain_text("largest of")
    headscope.exact()


def test_high_contrast_and_reduced_motion_are_respected(opened: Opened) -> None:
    plain = opened()
    plain.open()
    forced = opened(forced_colors="active", reduced_motion="reduce")
    forced.open()
    drawn = [
        each.page.locator("#overview canvas").evaluate("(canvas) => canvas.toDataURL()")
        for each in (plain, forced)
    ]
    assert drawn[0] == drawn[1]
    page = forced.page
    edges = page.locator("#examples button").evaluate_all(
        "(all) => all.map((each) => getComputedStyle(each).outlineStyle)"
    )
    assert edges[0] == "solid" and set(edges[1:]) == {"none"}
    page.route("**/analyses", lambda _: None)
    forced.analyse("three four", state="working")
    moving = "document.getAnimations().filter(({ playState }) => playState === 'running').length"
    assert page.evaluate(moving) == 0
