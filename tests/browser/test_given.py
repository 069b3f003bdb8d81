"""Weights from elsewhere on the page's own views, as a file and in a notebook that was executed."""

import json
import os
import subprocess
import sys
import zlib
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect
from transformers import AutoModel, AutoTokenizer

import app
from app.engine.catalog import build_catalog
from app.settings import Settings
from tests.engine import t5

from .axe import violations
from .conftest import KEYS, MINILM, ROOT, SMOLLM2, AsFile, Opened, shown

WAITS = 300
SPANS = [(5, 5), (3, 3), (3, 5)]
"""Queries and keys of the small T5's stacks."""
CELLS = [
    """
from pathlib import Path
from transformers import AutoModel, AutoTokenizer
from app import analyze, show

model = AutoModel.from_pretrained({folder!r}, attn_implementation="eager")
tokenizer = AutoTokenizer.from_pretrained({folder!r})
encoding = tokenizer({text!r}, return_tensors="pt")
outputs = model(**encoding, output_attentions=True)
""",
    "show(outputs, encoding)",
    """
try:
    show(())
except Exception as error:
    print(error)
""",
    "show(outputs.attentions[3], encoding)",
]


def folder_of(id: str) -> Path:
    return build_catalog(Settings()).locate(id).folder


@torch.no_grad()
def returned(id: str, text: str) -> tuple[Any, Any]:
    model = AutoModel.from_pretrained(folder_of(id), attn_implementation="eager")
    encoding = AutoTokenizer.from_pretrained(folder_of(id))(text, return_tensors="pt")
    return encoding, model(**encoding, output_attentions=True)


def embedded(page: str) -> Any:
    packed = page.partition('id="weights">')[2].partition("</script>")[0]
    return np.frombuffer(zlib.decompress(b64decode(packed)), np.float32)


@pytest.mark.parametrize("id", [MINILM, SMOLLM2])
def test_the_page_reads_the_very_weights_that_transformers_returned(
    as_file: AsFile, id: str
) -> None:
    encoding, outputs = returned(id, KEYS)
    weights = torch.cat(outputs.attentions).float().numpy()
    analysis = app.show(outputs, encoding)
    np.testing.assert_array_equal(embedded(analysis.to_html()), weights.ravel())
    headscope = as_file(analysis)
    page = headscope.page
    page.get_by_label("Layer", exact=True).select_option("3")
    page.get_by_label("Head", exact=True).select_option("1")
    expect(page.locator("#head-name")).to_have_text("L3H1")
    count = len(encoding.tokens())
    for query, key in [(6, 2), (8, 5), (9, 0)]:
        page.mouse.move(*headscope.cell(query, key, count))
        expect(page.locator("#readout .query .index")).to_have_text(str(query))
        expect(page.locator("#readout .key .index")).to_have_text(str(key))
        assert headscope.exact() == shown(float(weights[3, 1, query, key]))
    words = page.locator("#sentence").inner_text().split()
    assert "".join(words).removeprefix("[CLS]").removesuffix(
        "[SEP]"
    ).lower() == KEYS.lower().replace(" ", "")
    expect(page.locator("#mask-legend")).to_be_visible(visible=id == SMOLLM2)


def test_the_trust_panel_says_that_nothing_vouches_for_the_weights(as_file: AsFile) -> None:
    encoding, outputs = returned(MINILM, KEYS)
    headscope = as_file(app.show(outputs, encoding, title="mine"), bypass_csp=True)
    page = headscope.page
    trust = page.locator("#trust")
    expect(page.locator("#trust-verdict")).to_have_text("not measured")
    expect(trust).to_contain_text("elsewhere: there is no model here to compare with · float32")
    expect(trust).to_contain_text("not known from weights alone")
    expect(trust.locator(".unmeasured")).to_have_count(2)
    expect(trust.locator(".good, .bad, button")).to_have_count(0)
    expect(trust).not_to_contain_text("added tokens")
    expect(page.locator("#saved")).to_have_text(
        "Weights from elsewhere, not compared with a model: layers 0 to 5 of mine."
    )
    expect(page.get_by_role("tab", name="Arithmetic")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#views-why")).to_contain_text("only weights were given")
    assert violations(page) == []
    page.locator("#lang").click()
    expect(trust).to_contain_text("此处没有可供比较的模型")
    expect(page.locator("#saved")).to_contain_text("未与模型比较")


def test_rows_that_do_not_sum_to_1_are_said_on_the_page(as_file: AsFile) -> None:
    with pytest.warns(UserWarning, match="off by up to 0.75"):
        analysis = app.show(np.full((2, 2, 4, 4), 1 / 16, np.float32))
    page = as_file(analysis).page
    expect(page.locator("#saved")).to_contain_text(
        "Rows do not sum to 1: they are off by up to 0.75"
    )
    expect(page.locator("#trust")).to_contain_text("no, off by up to 0.75")
    expect(page.locator("#trust .good, #trust .bad")).to_have_count(0)
    expect(page.locator("#goes")).to_contain_text("missing from its rows")


def test_an_encoder_decoder_opens_all_its_stacks(as_file: AsFile) -> None:
    outputs = t5.returned()
    analysis = app.show(outputs, t5.TOKENS, t5.TARGET)
    given = [outputs.encoder_attentions, outputs.decoder_attentions, outputs.cross_attentions]
    whole = np.concatenate([torch.cat(layers).numpy().ravel() for layers in given])
    np.testing.assert_array_equal(embedded(analysis.to_html()), whole)
    headscope = as_file(analysis)
    page = headscope.page
    expect(page.locator("#saved")).to_contain_text("layers 0 to 1 of your tensors")
    expect(page.locator("#sentence")).to_contain_text("a b c d")
    for name, layers, span in zip(("encoder", "decoder", "cross"), given, SPANS, strict=True):
        page.get_by_label("Stack", exact=True).select_option(name)
        headscope.settle()
        page.get_by_label("Layer", exact=True).select_option("1")
        page.get_by_label("Head", exact=True).select_option("2")
        expect(page.locator("#head-name")).to_have_text("L1H2")
        cells = page.locator("#heatmap .plot-cells").bounding_box()
        assert cells is not None
        (x, y), (queries, keys) = (cells["x"], cells["y"]), span
        page.mouse.move(x + cells["width"] * 1.5 / keys, y + cells["height"] * 2.5 / queries)
        expect(page.locator("#readout .query .index")).to_have_text("2")
        expect(page.locator("#readout .key .index")).to_have_text("1")
        assert headscope.exact() == shown(float(layers[1][0, 2, 2, 1]))
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("#row-title")).to_contain_text("y")
    sentence = page.locator("#sentence .word")
    expect(sentence).to_have_text(["a", "b", "c", "d", "</s>"])
    sentence.nth(3).click()
    expect(page.locator("#readout .key .index")).to_have_text("3")
    expect(page.locator("#readout .query .index")).to_have_text("2")
    page.mouse.move(2, 2)
    expect(page.locator("#column-title")).to_contain_text("d")
    looked = page.locator("#column-bars .bar-row", has_text="y").locator(".bar-value")
    expect(looked).to_have_text(shown(float(given[2][1][0, 2, 2, 3])))
    most = f"{float(given[2][1][0, 2, :, 3].max()):.3f}"
    expect(page.locator("#column-bars-words")).to_contain_text(most)
    page.locator("#sentence").press("ArrowLeft")
    expect(page.locator("#readout .key .index")).to_have_text("2")


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page that nbconvert makes of a notebook once a kernel has run it."""
    folder = tmp_path_factory.mktemp("notebook")
    source, page = folder / "own.ipynb", folder / "own.html"
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell{place}",
            "metadata": {},
            "outputs": [],
            "source": text.strip().format(folder=str(folder_of(MINILM)), text=KEYS),
        }
        for place, text in enumerate(CELLS)
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    source.write_text(json.dumps(content), "utf-8")
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", source.name],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder)},
        check=True,
        capture_output=True,
        timeout=WAITS,
    )
    return page


@pytest.fixture
def offline(chromium: Browser) -> Any:
    context = chromium.new_context(viewport={"width": 1100, "height": 1000}, locale="en-US")
    context.set_offline(True)
    yield context.new_page()
    context.close()


def test_an_executed_notebook_shows_the_views_inline(offline: Page, notebook: Path) -> None:
    _, outputs = returned(MINILM, KEYS)
    weights = torch.cat(outputs.attentions).float().numpy()
    offline.goto(notebook.as_uri(), wait_until="domcontentloaded")
    frames = offline.locator("iframe[title=Headscope]")
    expect(frames).to_have_count(2)
    for place, layers in ((0, range(6)), (1, [3])):
        frames.nth(place).scroll_into_view_if_needed()  # frames out of sight are not drawn
        frame = frames.nth(place).content_frame
        expect(frame.locator("html[data-state=ready]")).to_have_count(1)
        assert frames.nth(place).evaluate("frame => frame.contentDocument") is None
        for layer in layers:
            if place == 0:
                frame.get_by_label("Layer", exact=True).select_option(str(layer))
            expect(frame.locator("#head-name")).to_have_text(f"L{layer if place == 0 else 0}H0")
            frame.locator("#readout[data-exact=true]").wait_for()
            query, key = (
                int(frame.locator(f"#readout .{of} .index").inner_text()) for of in ("query", "key")
            )
            weight = frame.locator("#readout[data-exact=true] .weight").inner_text()
            assert weight == shown(float(weights[layer, 0, query, key]))
    expect(offline.locator("body")).to_contain_text('attn_implementation="eager"')


HOST = """<!doctype html><div id="cell"></div><script type="module">
import widget from "data:text/javascript;base64,{esm}";
const values = {{ frame: {frame}, selection: {{}} }};
window.saved = [];
const model = {{
  get: (name) => values[name],
  set: (name, value) => {{ values[name] = value; }},
  save_changes: () => saved.push({{ ...values.selection }}),
}};
const close = await widget.render({{ model, el: document.getElementById("cell") }});
window.finish = () => {{ close(); postMessage({{ headscope: {{ layer: 99 }} }}); }};
</script>"""


def test_a_widget_tells_python_what_is_selected_in_the_page(opened: Opened, tmp_path: Path) -> None:
    """In a host of what anywidget asks of a notebook: get, set and save_changes."""
    encoding, outputs = returned(MINILM, KEYS)
    widget = app.show(outputs, encoding).widget(layers=[2, 3])
    assert widget.selection == {}
    frame = json.dumps(widget.frame).replace("<", "\\u003c")
    host = HOST.format(esm=b64encode(widget._esm.encode()).decode(), frame=frame)
    path = tmp_path / "host.html"
    path.write_text(host, "utf-8")
    page = opened(path.as_uri()).page
    page.goto(path.as_uri())
    inside = page.frame_locator("iframe[title=Headscope]")
    expect(inside.locator("html[data-state=ready]")).to_have_count(1)
    inside.get_by_label("Layer", exact=True).select_option("3")
    inside.get_by_label("Head", exact=True).select_option("7")
    page.wait_for_function("saved.at(-1)?.layer === 3 && saved.at(-1).head === 7")
    told = page.evaluate("saved.at(-1)")
    assert told["stack"] == "encoder"
    readout = inside.locator("#readout .key .index")
    expect(readout).to_have_text(str(told["key"]))
    page.evaluate("finish()")
    assert page.evaluate("saved.filter(({ layer }) => layer === 99).length") == 0
    widget.selection = told
    assert widget.get_state()["selection"] == told
