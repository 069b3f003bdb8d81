"""Words instead of tokens: every view, the selection, the link, and what the mask allows."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import expect

from benchmarks.texts import english

from .conftest import MINILM, SMOLLM2, Headscope, Opened, shown

TEXT = "Theodore's unbelievably old keys aren't on the table."
MODELS = pytest.mark.parametrize(
    ("model", "layer", "head", "piece", "word"),
    [(MINILM, 3, 1, 6, 4), (SMOLLM2, 17, 5, 5, 2)],
)
"""With a token that stands inside “unbelievably”, and the number of that word."""
WEIGHTS = NDArray[np.float32]
Words = Callable[..., WEIGHTS]

SPANS = """async ([layer, words]) => {
  const [{ inWords }, { keySpan, querySpan }] = await Promise.all(
    ["units", "tokens"].map((name) => import(`/static/js/${name}.js`)));
  const tokens = (of) => Array.from({ length: of.at(-1)[1] },
    (_, index) => ({ index, word: 0, start: index, end: index + 1, segment: 0 }));
  const { stacks: [stack] } = inWords({
    request: { text: "a".repeat(99), text_pair: null, target: "b".repeat(99) },
    words: { target: words[0], input: words[1] },
    tokens: { target: tokens(words[0]), input: tokens(words[1]) },
    stacks: [{ name: "cross", queries: "target", keys: "input", layers: [layer] }],
  });
  const [across, down] = [words[1].length, words[0].length];
  return {
    keys: words[0].map((_, query) => keySpan(stack.layers[0], query, across)),
    queries: words[1].map((_, key) => querySpan(stack.layers[0], key, down)),
  };
}"""


@pytest.fixture
def words(api: httpx.Client) -> Words:
    """Weights of a head in words, as the API has them."""

    def ask(text: str, model: str, layer: int, head: int, **query: Any) -> WEIGHTS:
        made = api.post("analyses", json={"model": model, "text": text}).json()
        query = {"unit": "word", "layers": layer, "heads": head, **query}
        found = api.get(f"analyses/{made['id']}/attention", params=query).json()
        (weights,) = np.array(found["attention"], np.float32)[0]
        return np.asarray(weights)

    return ask


def place(headscope: Headscope) -> tuple[int, int]:
    """The query and key that the read-out line names."""
    index = [headscope.page.locator(f"#readout .{of} .index") for of in ("query", "key")]
    return int(index[0].inner_text()), int(index[1].inner_text())


def by(headscope: Headscope, unit: str) -> None:
    headscope.page.get_by_label("Unit", exact=True).select_option(unit)
    headscope.settle()


@MODELS
def test_every_view_shows_words(
    opened: Opened, words: Words, model: str, layer: int, head: int, piece: int, word: int
) -> None:
    del piece
    headscope = opened(height=1200)
    headscope.open(model=model, text=TEXT, layer=layer, head=head)
    page = headscope.page
    expect(page.locator("#head-note")).not_to_contain_text("words")
    by(headscope, "word")
    whole = words(TEXT, model, layer, head)
    count = len(whole)
    expect(page.locator("#sentence .word")).to_have_count(count)
    expect(page.locator("#sentence .word").nth(word)).to_have_text("unbelievably")
    expect(page.locator("#head-note")).to_contain_text("words: sums over keys, means over queries")
    rows = page.locator(".yaxislayer-above text")
    expect(rows).to_have_count(count)
    expect(rows.nth(word)).to_have_text("unbelievably")
    for query, key in [(word, word), (count - 1, word), (word, 0)]:
        page.mouse.move(*headscope.cell(query, key, count))
        expect(page.locator("#readout .query .index")).to_have_text(str(query))
        expect(page.locator("#readout .key .index")).to_have_text(str(key))
        assert headscope.exact() == shown(float(whole[query, key]))
    page.mouse.click(*headscope.cell(count - 1, word, count))
    page.mouse.move(2, 2)
    bars = page.locator("#row-bars [data-i]")
    for nth, most in enumerate(np.argsort(-whole[-1], kind="stable")[:3]):
        expect(bars.nth(nth)).to_have_attribute("data-i", str(most))
        expect(bars.nth(nth).locator(".bar-value")).to_have_text(shown(float(whole[-1, most])))
    expect(page.locator("#row-note")).to_contain_text("%")
    pair = page.locator("#pair-list button").first
    best = [int(pair.get_attribute(f"data-{of}") or 0) for of in ("layer", "head")]
    alone = {"queries": f"{count - 1}:{count}", "keys": f"{word}:{word + 1}"}
    strongest = float(words(TEXT, model, best[0], best[1], **alone)[0, 0])
    expect(pair.locator("b")).to_have_text(f"{strongest:.3f}")
    page.locator("#heatmap ~ .numbers summary").click()
    cells = page.locator("#heatmap ~ .numbers tbody tr").nth(word).locator("td")
    expect(cells.nth(word)).to_have_text(shown(float(whole[word, word])))


NAMES = """async (document) => {
  const { inWords } = await import("/static/js/units.js");
  return inWords(document).tokens.input.map(({ text }) => text);
}"""


@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
def test_the_page_names_words_as_the_api_does(
    headscope: Headscope, api: httpx.Client, model: str
) -> None:
    text = (
        "Zero\u200bwidth\u00a0Theodore's\n\n  naïve 注意力🙂 👩\u200d🚀 a\tb\u202e ￿ पढ़ता \u0301x"
    )
    made = api.post("analyses", json={"model": model, "text": text}).json()
    body = {"model": model, "text": text, "unit": "word", "layers": [0], "heads": [0]}
    named = api.post("attention", json=body).json()["tokens"]["queries"]
    headscope.page.goto(f"{headscope.address}/healthz")
    assert headscope.page.evaluate(NAMES, made) == named


@MODELS
def test_the_selection_goes_along_and_comes_back(
    headscope: Headscope, words: Words, model: str, layer: int, head: int, piece: int, word: int
) -> None:
    del words
    last = {MINILM: 17, SMOLLM2: 16}[model]
    state = {"model": model, "text": TEXT, "layer": layer, "head": head}
    headscope.open(**state, query=piece, key=piece - 1)
    page = headscope.page
    by(headscope, "word")
    expect(page.locator("#head-name")).to_have_text(f"L{layer}H{head}")
    assert place(headscope) == (word, word)
    assert "unit=word" in headscope.fragment
    assert f"query={word}&key={word}" in headscope.fragment
    before = headscope.exact()
    page.reload()
    headscope.settle()
    assert (place(headscope), headscope.exact()) == ((word, word), before)
    expect(page.get_by_label("Unit", exact=True)).to_have_value("word")
    by(headscope, "token")
    first, _ = place(headscope)
    assert first < piece < last
    page.go_back()
    headscope.settle()
    expect(page.get_by_label("Unit", exact=True)).to_have_value("word")
    assert place(headscope) == (word, word)
    page.go_back()
    headscope.settle()
    expect(page.get_by_label("Unit", exact=True)).to_have_value("token")
    assert place(headscope) == (piece, piece - 1)


def test_the_window_in_sight_goes_along(opened: Opened) -> None:
    headscope = opened(height=1200)
    text = " ".join([TEXT] * 12)
    headscope.open(model=MINILM, text=text, layer=3, head=1, zoom="96:112,96:112")
    page = headscope.page
    rows = page.locator(".yaxislayer-above text")
    expect(rows).to_have_count(16)
    tokens = rows.all_text_contents()
    by(headscope, "word")
    expect(rows).not_to_have_count(16)
    seen = rows.all_text_contents()
    assert seen[0].startswith(tokens[0].removeprefix("##")[:2]) or tokens[0] in seen[0]
    assert seen[-1] == tokens[-1] or tokens[-1].removeprefix("##") in seen[-1]
    by(headscope, "token")
    expect(rows).to_have_count(16)
    assert rows.all_text_contents() == tokens


def test_a_key_switches_and_it_is_spoken(headscope: Headscope) -> None:
    headscope.open(model=MINILM, text=TEXT)
    page = headscope.page
    page.keyboard.press("w")
    headscope.settle()
    expect(page.locator("#spoken")).to_contain_text("Unit: word")
    expect(page.get_by_label("Unit", exact=True)).to_have_value("word")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("read by words, or by tokens")


def test_a_long_text_is_read_in_words_part_by_part(headscope: Headscope, words: Words) -> None:
    text = english(3, 1500)[:6000]
    row = words(text, SMOLLM2, 3, 1, queries="700:701")[0]
    key = int(np.argmax(row[500:690])) + 500
    page = headscope.page
    page.set_default_timeout(120_000)
    state = {"model": SMOLLM2, "text": text, "layer": 3, "head": 1, "unit": "word"}
    headscope.open(**state, query=700, key=key, zoom=f"690:710,{key - 10}:{key + 10}")
    expect(page.locator("#readout .query .index")).to_have_text("700")
    expect(page.locator("#readout .key .index")).to_have_text(str(key))
    assert headscope.exact() == shown(float(row[key]))
    expect(page.locator("#pooled")).to_contain_text("every cell one weight")
    asked = [url for url in headscope.requested if "/attention?" in url]
    assert asked
    assert all("unit=word" in url for url in asked)
    assert all("size=" in url or "queries=" in url or "keys=" in url for url in asked)


LAYERS: dict[str, dict[str, Any]] = {
    "full": {"causal": False, "window": None},
    "causal": {"causal": True, "window": None},
    "sliding": {"causal": True, "window": {"before": 4, "after": 0}},
    "both ways": {"causal": False, "window": {"before": 3, "after": 2}},
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_word_sees_what_its_tokens_see(headscope: Headscope, name: str) -> None:
    layer = LAYERS[name]
    spans = [[0, 1], [1, 4], [4, 5], [5, 10], [10, 11], [11, 13], [13, 14]]
    headscope.page.goto(f"{headscope.address}/healthz")
    found = headscope.page.evaluate(SPANS, [layer, [spans, spans]])
    query, key = np.mgrid[:14, :14]
    window = layer["window"]
    ahead = window["after"] if window else 0 if layer["causal"] else 14
    allowed = (key - query <= ahead) & (query - key <= (window["before"] if window else 14))
    seen = np.array(
        [[allowed[slice(*a), slice(*b)].any() for b in spans] for a in spans], dtype=bool
    )
    ends = [[int(np.flatnonzero(row)[0]), int(np.flatnonzero(row)[-1])] for row in seen]
    assert found["keys"] == ends
    columns = [[int(np.flatnonzero(row)[0]), int(np.flatnonzero(row)[-1])] for row in seen.T]
    assert found["queries"] == columns
