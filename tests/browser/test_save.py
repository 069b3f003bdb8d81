"""What the page saves and copies: exactly what is on screen, whatever the text."""

# ruff: noqa: RUF001  A caption in Chinese.

import base64
import csv
import io
import json
import os
import re
import struct
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import expect
from pypdf import PdfReader

from app.figures.colour import hexadecimal, palette, place

from .conftest import KEYS, MINILM, ROOT, SMOLLM2, Headscope, Opened, serving

Array = NDArray[Any]
HOSTILE = (
    "It's \"$(touch acted)\" `touch acted` \\ %s {0} 'JSON'\nJSON\n\u202ekeys\u2028 "
    "\U000e0041 🙂 坐 </script>"
)
TEXTS = pytest.mark.parametrize(
    ("model", "text"), [(MINILM, KEYS), (SMOLLM2, KEYS), (MINILM, HOSTILE), (SMOLLM2, HOSTILE)]
)
MODELS = pytest.mark.parametrize("model", [MINILM, SMOLLM2])


@pytest.fixture
def page(opened: Opened) -> Headscope:
    return opened(permissions=["clipboard-read", "clipboard-write"])


def choose(headscope: Headscope, name: str) -> None:
    headscope.page.locator("#save-menu summary").click()
    headscope.page.get_by_role("button", name=name, exact=True).click()


def saved(headscope: Headscope, name: str) -> tuple[str, bytes]:
    """Name and content of the file that an entry of the menu gives."""
    with headscope.page.expect_download() as download:
        choose(headscope, name)
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_from_another_view_every_file_is_of_the_heatmap(page: Headscope) -> None:
    page.open(model=MINILM, text=KEYS, view="lines", layer=3, head=1)
    page.page.locator("#save-menu summary").click()
    expect(page.page.locator("#save-which")).to_contain_text("is L3H1, as the heatmap shows it")
    page.page.locator("#save-menu summary").click()
    drawing = fromstring(saved(page, "Drawing (SVG)")[1])  # noqa: S314
    name, picture = saved(page, "Picture (PNG)")
    assert name == "minilm-l6-L3H1.png"
    size = struct.unpack(">II", picture[16:24])
    assert size == tuple(2 * round(float(drawing.attrib[side])) for side in ("width", "height"))
    colours = page.page.evaluate(COLOURS, base64.b64encode(picture).decode())
    assert colours > 30, "the figure is drawn, not an empty field"


COLOURS = """async (bytes) => {
  const image = new Image();
  image.src = `data:image/png;base64,${bytes}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  return new Set(new Uint32Array(data.buffer)).size;
}"""


def copied(headscope: Headscope, name: str) -> str:
    headscope.page.locator("#spoken").evaluate("(region) => region.replaceChildren()")
    choose(headscope, name)
    expect(headscope.page.locator("#spoken")).to_have_text("Code copied")
    return str(headscope.page.evaluate("navigator.clipboard.readText()"))


def served(api: httpx.Client, model: str, text: str, **query: Any) -> Array:
    made = api.post("analyses", json={"model": model, "text": text}).json()["id"]
    answer = api.get(f"analyses/{made}/attention", params={**query, "format": "npy"})
    assert answer.status_code == 200, answer.text
    array: Array = np.load(io.BytesIO(answer.content))
    return array


def tokens(api: httpx.Client, model: str, text: str) -> list[str]:
    made = api.post("analyses", json={"model": model, "text": text}).json()
    return [token["text"] for token in made["tokens"]["input"]]


@MODELS
def test_each_entry_gives_its_file(page: Headscope, api: httpx.Client, model: str) -> None:
    page.open(model=model, text=KEYS, layer=3, head=1)
    expected = served(api, model, KEYS, layers=3, heads=1)
    labels = tokens(api, model, KEYS)

    name, table = saved(page, "Weights (CSV)")
    assert name == f"{model}-L3H1.csv"
    rows = list(csv.DictReader(table.decode().splitlines()))
    assert [np.float32(row["weight"]) for row in rows] == expected.ravel().tolist()
    assert [row["key_token"] for row in rows[: len(labels)]] == labels

    name, archive = saved(page, "Weights (NPZ)")
    assert name == f"{model}-L3H1.npz"
    with np.load(io.BytesIO(archive), allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["attention"], expected)
        assert arrays["query_tokens"].tolist() == labels

    document = json.loads(saved(page, "Weights (JSON)")[1])
    np.testing.assert_array_equal(np.array(document["attention"], np.float32), expected)

    name, svg = saved(page, "Drawing (SVG)")
    assert name == f"{model}-L3H1.svg"
    texts = [element.text for element in fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314
    assert [text for text in texts if text in labels] == labels * 2

    name, pdf = saved(page, "Document (PDF)")
    assert name == f"{model}-L3H1.pdf"
    words = re.sub(r"\s", "", PdfReader(io.BytesIO(pdf)).pages[0].extract_text())
    assert all(words.count(label) >= 2 for label in labels)

    name, standalone = saved(page, "Self-contained page (HTML)")
    assert name == f"{model}-L3H1.html"
    assert json.dumps(KEYS) in standalone.decode()

    name, view = saved(page, "This view (.headscope.json)")
    assert json.loads(view)["text"] == KEYS

    name, picture = saved(page, "Picture (PNG)")
    assert name == f"{model}-L3H1.png"
    assert picture.startswith(b"\x89PNG")


@TEXTS
def test_copied_code_gives_the_array_on_screen_bit_for_bit(
    page: Headscope, api: httpx.Client, tmp_path: Path, model: str, text: str
) -> None:
    page.open(model=model, text=text, layer=4, head=2)
    expected = served(api, model, text, layers=4, heads=2)
    np.testing.assert_array_equal(
        by_package(copied(page, "Python, without a server"), tmp_path), expected
    )
    np.testing.assert_array_equal(
        by_http(copied(page, "Python, from this server"), tmp_path), expected
    )
    np.testing.assert_array_equal(by_curl(copied(page, "curl"), tmp_path), expected)
    assert not (tmp_path / "acted").exists()


def test_copied_code_and_files_read_attention_as_the_page_does(
    page: Headscope, api: httpx.Client, tmp_path: Path
) -> None:
    page.open(model=MINILM, text=KEYS, layer=3, show="mean", sinks="renormalised", zoom="3:8,1.4:9")
    query = {"layers": 3, "reduce": "heads-mean", "hide": "special", "renormalise": "true"}
    expected = served(api, MINILM, KEYS, **query, queries="3:8", keys="1:9")
    assert expected.shape == (1, 1, 5, 8)
    np.testing.assert_array_equal(
        by_package(copied(page, "Python, without a server"), tmp_path), expected
    )
    np.testing.assert_array_equal(
        by_http(copied(page, "Python, from this server"), tmp_path), expected
    )
    np.testing.assert_array_equal(by_curl(copied(page, "curl"), tmp_path), expected)
    with np.load(io.BytesIO(saved(page, "Weights (NPZ)")[1])) as arrays:
        np.testing.assert_array_equal(arrays["attention"], expected)
    name, svg = saved(page, "Drawing (SVG)")
    assert name == "minilm-l6-L3-mean.svg"
    assert "Hidden and renormalised: special tokens" in svg.decode()
    assert "Queries 3:8, keys 1:9." in svg.decode()


def test_copied_code_and_files_read_a_pair_in_words_and_filtered_as_the_page_does(
    page: Headscope, api: httpx.Client, tmp_path: Path
) -> None:
    texts = {"text": "Unbelievably, the tokenizers work.", "text_pair": "They split tokenizers."}
    read = {"unit": "word", "keep": "top:3", "between": "ab"}
    page.open(model=MINILM, layer=3, head=1, sinks="hidden", **texts, **read)
    made = api.post("analyses", json={"model": MINILM, **texts}).json()["id"]
    query: dict[str, Any] = {"layers": 3, "heads": 1, "hide": "special", **read, "format": "npy"}
    answer = api.get(f"analyses/{made}/attention", params=query)
    expected = np.load(io.BytesIO(answer.content))
    for name, run_by in (
        ("Python, without a server", by_package),
        ("Python, from this server", by_http),
        ("curl", by_curl),
    ):
        np.testing.assert_array_equal(run_by(copied(page, name), tmp_path), expected)
    with np.load(io.BytesIO(saved(page, "Weights (NPZ)")[1])) as arrays:
        np.testing.assert_array_equal(arrays["attention"], expected)
        assert "Unbelievably" in arrays["query_tokens"].tolist()
    svg = saved(page, "Drawing (SVG)")[1].decode()
    assert "Read with unit=word, between=ab, keep=top:3." in svg


def by_package(code: str, folder: Path) -> Array:
    """Under the checkout's name of the package."""
    assert "from headscope import analyze" in code
    return run(code.replace("from headscope", "from app"), folder)


def by_http(code: str, folder: Path) -> Array:
    return run(code, folder)


def run(code: str, folder: Path) -> Array:
    """The array `weights` of a program."""
    script, found = folder / "copied.py", folder / "weights.npy"
    assert code.replace("\n", "").isprintable()
    script.write_text(
        f"{code}\nnp = __import__('numpy')\nnp.save({str(found)!r}, weights)\n", "utf-8"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, str(script)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    array: Array = np.load(found)
    return array


def by_curl(code: str, folder: Path) -> Array:
    subprocess.run(["/bin/sh"], input=code.encode(), cwd=folder, check=True, capture_output=True)
    (found,) = folder.glob("*-*.npy")
    array: Array = np.load(found)
    found.unlink()
    return array


def test_code_has_a_place_for_the_token_where_one_is_asked_for(opened: Opened) -> None:
    token = "a-token-of-this-test"  # noqa: S105
    with serving(HEADSCOPE_TOKEN=token) as address:
        headscope = opened(address, permissions=["clipboard-read", "clipboard-write"])
        headscope.page.goto(f"{address}/?token={token}")
        headscope.settle()
        for call in ("/attention", "/compare/"):
            for name in ("curl", "Python, from this server"):
                code = copied(headscope, name)
                assert call in code
                assert "Bearer TOKEN" in code
                assert token not in code
            headscope.page.get_by_role("tab", name="Compare").click()
            expect(headscope.page.locator(".compare-note")).to_contain_text("Jensen-Shannon")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_have_the_colours_of_the_page(opened: Opened, theme: Any) -> None:
    headscope = opened(color_scheme=theme)
    headscope.open()
    read = """async (theme) => {
      const { palette } = await import("/static/js/theme.js");
      const { place } = await import("/static/js/colour.js");
      const { surface, masked, hatch, ink, muted, accentRamp } = palette(theme);
      const weights = Array.from({ length: 200 }, (_, i) => 0.9 * (i / 199) ** 3);
      const steps = ["linear", "sqrt", "log"].map((scale) =>
        weights.map((weight) => Math.round(place(scale, weight, 0.9) * 255)));
      return { flat: { surface, masked, hatch, ink, muted }, ramp: accentRamp, weights, steps };
    }"""
    page = headscope.page.evaluate(read, theme)
    own = palette(theme)
    np.testing.assert_array_equal(own.ramp, page["ramp"])
    for name, rgb in page["flat"].items():
        assert getattr(own, name) == hexadecimal(np.array(rgb, np.uint8))
    for scale, steps in zip(("linear", "sqrt", "log"), page["steps"], strict=True):
        found = place(np.array(page["weights"]), scale, 0.9)  # type: ignore[arg-type]
        np.testing.assert_array_equal(found, steps)


def test_a_page_too_large_with_all_layers_is_saved_with_the_open_one(page: Headscope) -> None:
    page.open(model=MINILM, text="word " * 510, layer=2, head=1)
    _, content = saved(page, "Self-contained page (HTML)")
    document = content.decode().partition('id="analysis">')[2].partition("</script>")[0]
    assert [layer["index"] for layer in json.loads(document)["stacks"][0]["layers"]] == [2]


def test_a_saved_page_opens_without_a_server(
    opened: Opened, page: Headscope, tmp_path: Path
) -> None:
    page.open(model=SMOLLM2, text=KEYS)
    path = tmp_path / "page.html"
    path.write_bytes(saved(page, "Self-contained page (HTML)")[1])
    offline = opened(path.as_uri())
    offline.page.context.set_offline(True)
    offline.open()
    expect(offline.page.locator("#saved")).to_contain_text("smollm2-135m-q4")


def test_without_a_browser_on_the_server_the_page_prints_the_figure_itself(
    opened: Opened, api: httpx.Client
) -> None:
    with serving(PATH="/nowhere") as address:
        headscope = opened(address)
        headscope.page.add_init_script("window.print = () => { window.asked = true; }")
        headscope.open(model=MINILM, text=KEYS, layer=3, head=1)
        choose(headscope, "Document (PDF)")
        expect(headscope.page.locator(".sheet img")).to_have_count(1)
        assert headscope.page.evaluate("window.asked")
        expect(headscope.page.locator("#head-problem")).to_be_hidden()
        printed = PdfReader(io.BytesIO(headscope.page.pdf()))
        assert len(printed.pages) == 1
        words = unicodedata.normalize("NFKC", printed.pages[0].extract_text())
        assert all(words.count(token) >= 2 for token in tokens(api, MINILM, KEYS))
        assert "Analyze" not in words
        headscope.page.evaluate("dispatchEvent(new Event('afterprint'))")
        expect(headscope.page.locator(".sheet")).to_have_count(0)


@pytest.mark.parametrize(
    ("locale", "width", "said"),
    [
        ("en-US", 1440, ["Model minilm-l6, revision", "L3H1", "sha256 f8374c4d9eef"]),
        ("zh-CN", 390, ["模型 minilm-l6，修订", "L3H1", "sha256 f8374c4d9eef"]),
    ],
)
def test_the_picture_of_the_page_has_the_caption_of_a_figure(
    opened: Opened, locale: str, width: int, said: list[str]
) -> None:
    headscope = opened(locale=locale, width=width)
    headscope.page.add_init_script(
        """window.written = [];
        const write = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (words, ...where) {
          window.written.push(words);
          return write.call(this, words, ...where);
        };"""
    )
    headscope.open(model=MINILM, text=KEYS, layer=3, head=1)
    headscope.page.evaluate("window.written.length = 0")
    headscope.page.locator("#save-menu summary").click()
    with headscope.page.expect_download():
        headscope.page.locator("#save-png").click()
    written = " ".join(headscope.page.evaluate("window.written"))
    for words in said:
        assert words in written
