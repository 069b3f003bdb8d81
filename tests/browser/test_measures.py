"""What heads do, in numbers: how sinks are treated, where weight goes, and the heads sorted."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened, shown

Measured = Callable[..., dict[str, Any]]
MODELS: list[tuple[str, dict[str, Any]]] = [
    (MINILM, {"layer": 3, "head": 1, "query": 6, "key": 2}),
    (SMOLLM2, {"layer": 26, "head": 0, "query": 4, "key": 1}),
]
NAMES = {MINILM: "[CLS] + [SEP] take", SMOLLM2: "“The” takes"}
HIDE = {MINILM: "special", SMOLLM2: "special,first"}


@pytest.fixture
def measured(api: httpx.Client) -> Measured:
    """The measures of a text as the API has them."""

    def ask(model: str = MINILM, text: str = KEYS, **query: str) -> dict[str, Any]:
        made = api.post("analyses", json={"model": model, "text": text}).json()["id"]
        found: dict[str, Any] = api.get(f"analyses/{made}/measures", params=query).json()
        return found

    return ask


def sinks(headscope: Headscope, mode: str) -> None:
    headscope.page.get_by_label("Sinks", exact=True).select_option(mode)
    headscope.settle()


@pytest.mark.parametrize(("model", "place"), MODELS)
def test_hidden_sinks_are_said_everywhere_and_renormalised_weights_are_the_apis(
    headscope: Headscope, api: httpx.Client, model: str, place: dict[str, Any]
) -> None:
    headscope.open(model=model, text=KEYS, **place)
    page = headscope.page
    before = headscope.exact()
    note, bar, legend = (page.locator(f"#{id}") for id in ("head-note", "bar-name", "hatch-words"))
    expect(note).to_contain_text(NAMES[model])
    expect(note).to_contain_text("off the scale")
    expect(bar).to_have_text("weight, linear")

    sinks(headscope, "hidden")
    expect(note).to_contain_text("%, hidden")
    expect(bar).to_have_text("weight, linear, sinks hidden")
    expect(legend).to_contain_text("the other weights are as they were")
    expect(page.locator("#readout .reading")).to_have_text("sinks hidden")
    expect(page.locator("#overview-reading")).to_have_text("Sinks are hidden.")
    assert headscope.exact() == before

    sinks(headscope, "renormalised")
    expect(note).to_contain_text("shared out among the rest of each row")
    expect(bar).to_have_text("weight, linear, sinks hidden, rows renormalised")
    expect(page.locator("#row-note")).to_contain_text("rows renormalised")
    assert "sinks=renormalised" in headscope.fragment
    made = api.post("analyses", json={"model": model, "text": KEYS}).json()["id"]
    asked = {"layers": place["layer"], "heads": place["head"], "hide": HIDE[model]}
    row, key = place["query"], place["key"]
    query = {**asked, "renormalise": "true", "queries": f"{row}:{row + 1}"}
    answer = api.get(f"analyses/{made}/attention", params=query).json()
    assert headscope.exact() == shown(answer["attention"][0][0][0][key]) != before

    page.reload()
    headscope.settle()
    expect(page.get_by_label("Sinks", exact=True)).to_have_value("renormalised")
    assert headscope.exact() == shown(answer["attention"][0][0][0][key])


def test_a_hidden_key_reads_as_hidden_and_never_as_a_weight_of_0(headscope: Headscope) -> None:
    headscope.open(model=MINILM, text=KEYS, layer=3, head=1, query=6, key=0, sinks="hidden")
    page = headscope.page
    expect(page.locator("#readout .rank")).to_have_text("hidden here, not a weight of 0")
    expect(page.locator("#readout .weight")).to_have_text("")
    expect(page.locator("#spoken")).to_contain_text("key [CLS] 0, hidden")
    expect(page.locator("#pair-scale")).to_have_text("which is hidden now.")
    expect(page.locator("#pair-list button")).to_have_count(0)
    expect(page.locator("#sentence .gone")).to_have_text(["[CLS]", "[SEP]"])
    for after in ("#row-note", "#head-legend", "#pair-list"):
        page.locator(f"{after} + .in-words + .numbers summary").click()
    row = page.locator("#row-note ~ .numbers table").first
    expect(row.get_by_text("hidden", exact=True)).to_have_count(2)
    head = page.locator("#head-legend ~ .numbers table").first
    expect(head.get_by_text("hidden", exact=True)).to_have_count(24)
    pair = page.locator("#pair-list ~ .numbers table").first
    expect(pair.get_by_text("hidden", exact=True)).to_have_count(72)


def test_words_are_hidden_only_with_all_of_their_tokens_and_measured_by_tokens(
    headscope: Headscope, api: httpx.Client, measured: Measured
) -> None:
    text = "Headscopes read attention."
    place = {"layer": 26, "head": 0, "query": 1, "key": 0}
    headscope.open(model=SMOLLM2, text=text, unit="word", sinks="hidden", **place)
    page = headscope.page
    made = api.post("analyses", json={"model": SMOLLM2, "text": text}).json()
    assert made["words"]["input"][0] == [0, 3]
    asked: dict[str, str | int] = {"layers": 26, "heads": 0, "unit": "word", "hide": HIDE[SMOLLM2]}
    answer = api.get(f"analyses/{made['id']}/attention", params=asked).json()
    assert headscope.exact() == shown(answer["attention"][0][0][1][0]) != "0"
    expect(page.locator("#sentence .gone")).to_have_count(0)
    share = measured(SMOLLM2, text, hide=HIDE[SMOLLM2])["punctuation"][26][0]
    line = page.locator("#goes > div").filter(has_text="punctuation")
    expect(line).to_have_text(f"punctuation{100 * share:.1f}%")
    expect(page.locator("#goes > .absent")).to_have_text("the first tokenhidden")
    expect(page.locator("#goes-note")).to_contain_text("measured by tokens, not by words")


def test_hidden_columns_are_drawn_with_dots_and_not_as_zeros(headscope: Headscope) -> None:
    headscope.open(model=MINILM, text=KEYS, layer=3, head=1, query=6, key=2)
    patterns = [column(headscope, 0)]
    for mode in ("hidden", "shown"):
        sinks(headscope, mode)
        patterns.append(column(headscope, 0))
    hatched, dotted, plain = patterns
    assert hatched != dotted
    assert plain == 0
    assert dotted > 50


def column(headscope: Headscope, key: int) -> int:
    """Pixels that are painted under the heatmap in the column of a key."""
    x, y = headscope.cell(5, key, tokens=12)
    painted: int = headscope.page.locator(".plot-cells").evaluate(
        """(canvas, [x, y]) => {
          const box = canvas.getBoundingClientRect();
          const ratio = canvas.width / box.width;
          const data = canvas.getContext("2d").getImageData(
            (x - box.left - 10) * ratio, (y - box.top - 40) * ratio, 20 * ratio, 80 * ratio).data;
          return data.filter((value, i) => i % 4 === 3 && value > 0).length;
        }""",
        [x, y],
    )
    return painted


def test_s_walks_through_the_four_ways(headscope: Headscope) -> None:
    headscope.open()
    expect(headscope.page.locator("#spoken")).to_contain_text("Done")
    select = headscope.page.get_by_label("Sinks", exact=True)
    for mode, said in [
        ("shown", "shown"),
        ("hidden", "hidden"),
        ("renormalised", "hidden, renormalised"),
        ("off", "off the scale"),
    ]:
        headscope.page.keyboard.press("s")
        expect(select).to_have_value(mode)
        expect(headscope.page.locator("#spoken")).to_have_text(f"Sinks: {said}")
        headscope.settle()


def test_where_the_weight_of_the_open_head_goes(headscope: Headscope, measured: Measured) -> None:
    headscope.open()
    found, page = measured(), headscope.page
    panel, title = page.locator("#goes"), page.locator("#goes-title")

    def lines(layer: int, head: int) -> list[str]:
        def share(of: Any) -> str:
            return f"{100 * of[layer][head]:.1f}%"

        bits = found["entropy"][layer][head]
        return [
            f"[CLS] (first){share(found['special']['[CLS]'])}",
            f"[SEP]{share(found['special']['[SEP]'])}",
            f"punctuation{share(found['punctuation'])}",
            f"the token itself{share(found['itself'])}",
            f"entropy{bits:.2f} bits ≈ {2**bits:.1f} equal keys",
            f"distance{found['distance'][layer][head]:.1f} tokens on average",
        ]

    expect(title).to_have_text("Where the weight of L3H1 goes")
    expect(panel.locator("> div")).to_have_text(lines(3, 1))
    expect(page.locator("#goes-note")).to_have_text(
        "means over all queries; the shares may overlap"
    )
    page.mouse.move(*headscope.thumbnail(0, 2))
    expect(title).to_have_text("Where the weight of L0H2 goes")
    expect(panel.locator("> div")).to_have_text(lines(0, 2))
    page.mouse.move(2, 2)
    sinks(headscope, "renormalised")
    expect(panel.locator(".absent")).to_have_text(["[CLS] (first)hidden", "[SEP]hidden"])
    found = measured(hide="special", renormalise="true")
    expect(panel.locator("> div").nth(4)).to_have_text(lines(3, 1)[4])
    expect(page.locator("#goes-note")).to_contain_text("sinks hidden, rows renormalised")
    page.get_by_label("Show", exact=True).select_option("mean")
    expect(page.locator("#goes-note")).to_have_text("Applies to a single head")


def test_a_long_text_says_on_which_rows_it_was_measured(headscope: Headscope) -> None:
    headscope.open(model=SMOLLM2, text=" ".join([KEYS] * 80), layer=3, head=1, sort="distance")
    expect(headscope.page.locator("#goes-note")).to_contain_text("of 800 queries, evenly spread")
    expect(headscope.page.locator("#goes > div").first).to_contain_text("the first token")
    expect(headscope.page.locator("#sort-note")).to_contain_text("evenly spread", timeout=60_000)


def order(values: list[list[float]], largest: bool) -> list[str]:
    """Names of the heads by their value, equal ones in their own order."""
    flat = [(v, f"L{i}H{j}") for i, row in enumerate(values) for j, v in enumerate(row)]
    return [name for _, name in sorted(flat, key=lambda one: -one[0] if largest else one[0])]


@pytest.fixture
def values(api: httpx.Client, measured: Measured) -> Callable[..., list[list[float]]]:
    """What heads are sorted by, from the API."""

    def ask(model: str, sort: str, place: dict[str, Any]) -> list[list[float]]:
        found = measured(model)
        if sort == "sinks":
            shares = [found["first"]] if model == SMOLLM2 else list(found["special"].values())
            return [
                [sum(heads) for heads in zip(*layers, strict=True)]
                for layers in zip(*shares, strict=True)
            ]
        if sort != "pair":
            plain: list[list[float]] = found[sort]
            return plain
        made = api.post("analyses", json={"model": model, "text": KEYS}).json()["id"]
        at = {f"{of[0]}": f"{place[of[1]]}:{place[of[1]] + 1}" for of in PAIR}
        answer = api.get(f"analyses/{made}/attention", params=at).json()["attention"]
        return [[head[0][0] for head in layer] for layer in answer]

    return ask


PAIR = (("queries", "query"), ("keys", "key"))
NAMES_IN_TABLE = "(rows) => rows.map(({ cells }) => cells[0].textContent)"


@pytest.mark.parametrize("sort", ["entropy", "distance", "sinks", "pair"])
@pytest.mark.parametrize(("model", "place"), MODELS)
def test_heads_are_sorted_and_pointer_and_keys_go_to_the_right_one(
    headscope: Headscope,
    values: Callable[..., list[list[float]]],
    model: str,
    place: dict[str, Any],
    sort: str,
) -> None:
    headscope.open(model=model, text=KEYS, **place)
    page, name = headscope.page, headscope.page.locator("#head-name")
    page.get_by_label("Sort by").select_option(sort)
    expect(page.locator("#overview")).to_have_class("grid-box overview picture in-order")
    wanted = order(values(model, sort, place), largest=sort in ("sinks", "pair"))

    grid = page.locator("#overview")
    assert grid.evaluate("(box) => box.scrollTop") == 0
    columns = int(page.locator("#overview canvas").get_attribute("data-heads") or 0)
    for row, column in [(0, 0), (0, 2), (1, 1)]:
        page.mouse.move(*headscope.thumbnail(row, column))
        expect(name).to_have_text(wanted[row * columns + column])
    said = page.locator("#overview canvas").get_attribute("title") or ""
    assert said.startswith(f"{wanted[columns + 1]}: ")
    page.mouse.click(*headscope.thumbnail(0, 1))
    page.mouse.move(2, 2)
    expect(name).to_have_text(wanted[1])
    for key, at in [
        ("ArrowRight", 2),
        ("ArrowDown", columns + 2),
        ("ArrowLeft", columns + 1),
        ("Home", 0),
        ("End", len(wanted) - 1),
        ("ArrowRight", len(wanted) - 1),
        ("Home", 0),
    ]:
        grid.press(key)
        expect(name).to_have_text(wanted[at])

    page.locator("#overview-steps + .in-words + .numbers summary").click()
    table = page.locator("#overview ~ .numbers table").first
    expect(table.locator("tbody tr th").first).to_have_text(wanted[0])
    listed = table.locator("tbody tr").evaluate_all(NAMES_IN_TABLE)
    assert listed == wanted[: len(listed)]
    assert len(listed) == min(len(wanted), 100)


def test_the_order_is_in_the_link_and_own_order_comes_back(headscope: Headscope) -> None:
    headscope.open(model=MINILM, text=KEYS, sort="entropy")
    page = headscope.page
    select = page.get_by_label("Sort by")
    expect(select).to_have_value("entropy")
    expect(page.locator("#overview.in-order")).to_have_count(1)
    expect(page.locator("#sort-note")).to_have_text("mean entropy of a row, in bits")
    expect(page.locator("#overview")).to_have_accessible_name(
        "All heads, sorted by entropy, lowest first. Arrow keys choose a head."
    )
    select.select_option("")
    expect(page.locator("#overview.in-order")).to_have_count(0)
    assert "sort=" not in headscope.fragment
    page.mouse.move(*headscope.thumbnail(2, 8))
    expect(page.locator("#head-name")).to_have_text("L2H8")
    page.go_back()
    expect(select).to_have_value("entropy")
    expect(page.locator("#overview.in-order")).to_have_count(1)


def test_sorted_by_the_pair_the_order_follows_the_pair(
    headscope: Headscope, values: Callable[..., list[list[float]]]
) -> None:
    place = MODELS[0][1]
    headscope.open(model=MINILM, text=KEYS, sort="pair", **place)
    page = headscope.page
    expect(page.locator("#overview.in-order")).to_have_count(1)
    page.locator("#heatmap").press("ArrowDown")
    page.locator("#overview-steps + .in-words + .numbers summary").click()
    first = page.locator("#overview ~ .numbers table tbody th").first
    moved = {**place, "query": place["query"] + 1}
    expect(first).to_have_text(order(values(MINILM, "pair", moved), largest=True)[0])


def test_sorted_thumbnails_fit_a_phone(opened: Opened) -> None:
    headscope = opened(width=390)
    headscope.open(model=SMOLLM2, text=KEYS, sort="sinks", sinks="renormalised")
    page = headscope.page
    expect(page.locator("#overview.in-order")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator("#overview").evaluate("(box) => box.scrollWidth - box.clientWidth")
    assert box <= 0
