"""Figures and pages over HTTP, by Python and by the command, of the packaged models."""

# ruff: noqa: RUF001  A caption in Chinese.

import io
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import numpy as np
import pytest
from pypdf import PdfReader

import app
from app.figures.colour import hexadecimal, palette, place

from .conftest import MINILM, SMOLLM2, TEXT, check_problem

ROOT = Path(__file__).parents[2]
Analyse = Callable[..., str]
MANY = (
    "The author of the books that the critics <b>praised</b> & read writes every day, "
    "and 坐在河边 she says مرحبا: fine."
)
MODELS = pytest.mark.parametrize("model", [MINILM, SMOLLM2])


def texts_of(svg: bytes) -> list[str]:
    found = fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 (made here)
    return [element.text or "" for element in found]


def tokens_of(client: httpx.Client, analysis: str) -> list[str]:
    return [token["text"] for token in client.get(analysis).json()["tokens"]["input"]]


def squeezed(text: str) -> str:
    """Without spaces, and a character of compatibility, such as a radical, as the plain one."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


@MODELS
def test_a_figure_as_svg_and_pdf_has_every_token_as_text(
    client: httpx.Client, analyse: Analyse, model: str
) -> None:
    analysis = analyse(MANY, model)
    tokens = tokens_of(client, analysis)
    assert len(tokens) >= 32
    query: dict[str, Any] = {"layers": 3, "heads": 1}
    svg = client.get(f"{analysis}/figure", params=query)
    assert svg.headers["Content-Type"] == "image/svg+xml"
    assert [text for text in texts_of(svg.content) if text in tokens] == tokens * 2
    pdf = client.get(f"{analysis}/figure", params={**query, "format": "pdf"})
    assert pdf.headers["Content-Type"] == "application/pdf"
    (page,) = PdfReader(io.BytesIO(pdf.content)).pages
    said = squeezed(page.extract_text())
    for token in tokens:
        assert said.count(squeezed(token)) >= 2 * tokens.count(token)
    width, height = re.findall(rb'(?:width|height)="(\d+)"', svg.content)[:2]
    assert abs(float(page.mediabox.width) - 0.75 * int(width)) < 1
    assert abs(float(page.mediabox.height) - 0.75 * int(height)) < 1


def test_a_figure_as_png_is_twice_as_sharp_as_its_svg(
    client: httpx.Client, analyse: Analyse
) -> None:
    url = f"{analyse()}/figure?layers=3&heads=1"
    svg, png = (client.get(f"{url}&format={format}").content for format in ("svg", "png"))
    size = [int(side) for side in re.findall(rb'(?:width|height)="(\d+)"', svg)[:2]]
    assert png.startswith(b"\x89PNG")
    assert [int.from_bytes(png[at : at + 4]) for at in (16, 20)] == [2 * side for side in size]


def test_a_caption_names_model_head_method_scale_and_text(
    client: httpx.Client, analyse: Analyse
) -> None:
    analysis = analyse()
    document = client.get(analysis).json()
    assert document["text_sha256"] == sha256(TEXT.encode()).hexdigest()
    query: dict[str, Any] = {"layers": 3, "heads": 1, "scale": "sqrt"}
    caption = " ".join(texts_of(client.get(f"{analysis}/figure", params=query).content)[-8:])
    for said in (
        f"Model {MINILM}, revision {document['model']['revision'][:12]}, encoder. L3H1.",
        "Method: weights.",
        "Scale: weight, square root, from 0 to 0.79.",
        "Off the scale: special tokens (keys 0, 11).",
        f"sha256 {document['text_sha256'][:12]}, 12 tokens. Headscope {app.__version__}.",
    ):
        assert said in caption


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("hide=special", "Hidden: special tokens (keys 0, 11); rows no longer sum to 1."),
        (
            "hide=special,punctuation&renormalise=true",
            "Hidden and renormalised: special tokens and punctuation (keys 0, 10, 11).",
        ),
        ("queries=4:8&keys=0:3,9:12", "Queries 4:8, keys 0:3, 9:12."),
        ("unit=word&keep=top:2", "Read with unit=word, keep=top:2."),
        ("unit=word&hide=special", "Hidden: special tokens (tokens 0, 11);"),
        ("size=4&pool=mean", "12 x 12 drawn as 4 x 4, mean of each cell."),
        ("reduce=heads-mean", "L3H1 mean"),
        ("keys=0:3", "Off the scale: special tokens (keys 0)."),
        ("lang=zh", "标度：权重，线性，0 到 0.79。"),
    ],
)
def test_a_caption_says_how_the_weights_are_read(
    client: httpx.Client, analyse: Analyse, query: str, said: str
) -> None:
    answer = client.get(f"{analyse()}/figure?layers=3&heads=1&{query}")
    assert said in " ".join(texts_of(answer.content))


def test_sinks_that_are_shown_are_hatched_no_more(client: httpx.Client, analyse: Analyse) -> None:
    url = f"{analyse()}/figure?layers=3&heads=1"
    assert client.get(url).text.count('fill="url(#hatch)"') == 3
    assert 'fill="url(#hatch)"' not in client.get(f"{url}&sinks=shown").text
    decoder = client.get(f"{analyse(model=SMOLLM2)}/figure?layers=3&heads=1").text
    assert "special tokens and first token (keys 0)." in decoder
    assert "masked by the model" in decoder


@MODELS
def test_all_heads_are_one_figure(client: httpx.Client, analyse: Analyse, model: str) -> None:
    found = texts_of(client.get(f"{analyse(model=model)}/figure").content)
    layers, heads = {MINILM: (6, 12), SMOLLM2: (30, 9)}[model]
    assert [text for text in found if re.fullmatch(r"L\d+H\d+", text)] == [
        f"L{layer}H{head}" for layer in range(layers) for head in range(heads)
    ]


def test_the_cells_of_a_figure_are_as_dark_as_the_weights_of_the_attention_call(
    client: httpx.Client, analyse: Analyse
) -> None:
    """By their places, row by row, against the labels beside them."""
    url = analyse()
    weights = np.array(client.get(f"{url}/attention?layers=3&heads=1").json()["attention"])[0, 0]
    drawn = fromstring(client.get(f"{url}/figure?layers=3&heads=1&sinks=shown").content)  # noqa: S314
    steps = place(weights.astype(np.float32), "linear", float(weights.max()))
    cells: dict[tuple[float, float], str] = {}
    for rect in drawn.iter("{http://www.w3.org/2000/svg}rect"):
        if rect.attrib["width"] == "27":
            cells[float(rect.attrib["y"]), float(rect.attrib["x"])] = rect.attrib["fill"]
    rows, columns = (sorted({at[axis] for at in cells}) for axis in (0, 1))
    assert (len(rows), len(columns)) == weights.shape
    found = [[cells.get((row, column)) for column in columns] for row in rows]
    ramp = palette("light").ramp
    wanted = [[hexadecimal(ramp[step]) if step else None for step in row] for row in steps]
    assert found == wanted


def test_a_figure_is_kept_by_its_tag(client: httpx.Client, analyse: Analyse) -> None:
    url = f"{analyse()}/figure?layers=3&heads=1"
    tags = [client.get(f"{url}{more}").headers["ETag"] for more in ("", "&theme=dark", "&lang=zh")]
    assert len(set(tags)) == 3
    again = client.get(url, headers={"If-None-Match": tags[0]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("query", "type"),
    [
        ("layers=6", "invalid-request"),
        ("format=gif", "invalid-request"),
        ("scale=cubic", "invalid-request"),
        ("dtype=uint8", "invalid-request"),
        ("part=mask", "invalid-request"),
        ("method=rollout", "not-supported"),
    ],
)
def test_what_a_figure_cannot_show_is_said(
    client: httpx.Client, analyse: Analyse, query: str, type: str
) -> None:
    check_problem(client.get(f"{analyse()}/figure?{query}"), 422, type)


def test_a_text_too_long_for_an_answer_is_drawn_from_pooled_cells(
    client: httpx.Client, analyse: Analyse
) -> None:
    analysis = analyse("word " * 3000, SMOLLM2)
    whole = client.get(f"{analysis}/attention?layers=3&heads=1&format=npy")
    check_problem(whole, 413, "answer-too-large")
    answer = client.get(f"{analysis}/figure?layers=3&heads=1")
    assert "drawn as 512 x 512, maximum of each cell." in answer.text
    assert len(answer.content) < 1_000_000


def test_a_page_has_the_layers_asked_for_and_is_a_file_to_save(
    client: httpx.Client, analyse: Analyse
) -> None:
    answer = client.get(f"{analyse()}/page?layers=1,3")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    document = json.loads(answer.text.partition('id="analysis">')[2].partition("</script>")[0])
    assert document["request"]["text"] == TEXT
    assert [layer["index"] for layer in document["stacks"][0]["layers"]] == [1, 3]


def test_a_page_over_its_limit_says_how_to_ask_for_less(
    client: httpx.Client, analyse: Analyse
) -> None:
    analysis = analyse("word " * 510)
    problem = check_problem(client.get(f"{analysis}/page"), 413, "answer-too-large")
    assert "at most 5 of its layers" in problem["detail"]
    assert "64.0 MB" in problem["detail"]
    check_problem(client.get(f"{analysis}/page?heads=1"), 422, "invalid-request")


@pytest.fixture(scope="module")
def cat() -> app.Analysis:
    return app.analyze(TEXT)


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ({"layers": 3, "heads": 1}, "layers=3&heads=1"),
        ({"layers": -1, "heads": [0, 1], "hide": "special"}, "layers=5&heads=0,1&hide=special"),
        (
            {"layers": 3, "reduce": "heads-mean", "theme": "dark", "scale": "log"},
            "layers=3&reduce=heads-mean&theme=dark&scale=log",
        ),
        ({"layers": 3, "heads": 1, "queries": slice(4, 8)}, "layers=3&heads=1&queries=4:8"),
    ],
)
def test_python_draws_what_the_api_draws(
    cat: app.Analysis, client: httpx.Client, analyse: Analyse, asked: dict[str, Any], query: str
) -> None:
    assert cat.figure(**asked) == client.get(f"{analyse()}/figure?{query}").content


@pytest.mark.parametrize(
    ("suffix", "start"),
    [
        ("svg", b"<svg "),
        ("pdf", b"%PDF"),
        ("png", b"\x89PNG"),
        ("npz", b"PK"),
        ("npy", b"\x93NUMPY"),
        ("csv", b"layer,head,query,key,weight,"),
        ("json", b"{"),
    ],
)
def test_a_suffix_says_what_python_saves(
    cat: app.Analysis, tmp_path: Path, suffix: str, start: bytes
) -> None:
    path = tmp_path / f"head.{suffix}"
    cat.save(path, 3, 1, hide="special")
    assert path.read_bytes().startswith(start)


def test_a_saved_array_is_the_one_of_python(cat: app.Analysis, tmp_path: Path) -> None:
    cat.save(tmp_path / "head.npz", layers=[3, 4], heads=1, keys=slice(0, 4))
    with np.load(tmp_path / "head.npz", allow_pickle=False) as saved:
        np.testing.assert_array_equal(saved["attention"], cat.attention([3, 4], 1, keys="0:4"))
        assert saved["key_tokens"].tolist() == ["[CLS]", "the", "keys", "to"]


@pytest.mark.parametrize(
    ("name", "asked", "sentence"),
    [
        ("head.txt", {}, "The suffix of the file says its format: .svg"),
        ("head.svg", {"dtype": "uint8"}, "dtype: Extra inputs are not permitted."),
        ("head.npz", {"theme": "dark"}, "theme: Extra inputs are not permitted."),
        ("head.html", {"hide": "special"}, "choose layers only"),
        ("none/head.svg", {}, "cannot be written"),
    ],
)
def test_what_python_cannot_save_is_a_sentence(
    cat: app.Analysis, tmp_path: Path, name: str, asked: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(app.HeadscopeError, match=re.escape(sentence)):
        cat.save(tmp_path / name, layers=3, **asked)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["svg", "png", "npz"])
def test_the_command_draws_a_head(
    client: httpx.Client, analyse: Analyse, tmp_path: Path, suffix: str
) -> None:
    output = tmp_path / f"head.{suffix}"
    words = [TEXT, "--layers", "3", "--heads", "1", "--hide", "special", "--renormalise"]
    command = [sys.executable, "-m", "app", "analyze", *words, "-o", str(output)]
    subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    query = "layers=3&heads=1&hide=special&renormalise=true"
    if suffix == "svg":
        assert output.read_bytes() == client.get(f"{analyse()}/figure?{query}").content
    elif suffix == "png":
        assert output.read_bytes().startswith(b"\x89PNG")
    else:
        served = client.get(f"{analyse()}/attention?{query}&format=npy").content
        with np.load(output) as saved:
            np.testing.assert_array_equal(saved["attention"], np.load(io.BytesIO(served)))
