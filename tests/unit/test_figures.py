"""Figures as SVG: what stands on them, and that nothing of a text acts in them."""

import io
import struct
import zlib
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from app.errors import AnswerTooLarge, NotSupported
from app.figures import browser
from app.figures.colour import hexadecimal, palette, place
from app.figures.figure import Figure, Panel
from app.figures.marks import width_of, wrapped
from app.figures.svg import svg
from app.figures.words import WORDS
from app.stopping import Stopped, stoppable


def opened(made: Figure) -> Element:
    return parse(svg(made).words)


def parse(words: str) -> Element:
    return fromstring(words)  # noqa: S314 (made here)


SVG = "{http://www.w3.org/2000/svg}"


def figure(*, queries: int = 4, keys: int = 4, heads: int = 1, **changes: Any) -> Figure:
    rng = np.random.default_rng(7)
    panels = tuple(
        Panel(
            f"L0H{head}",
            rng.random((queries, keys), np.float32),
            np.tri(queries, keys, dtype=bool),
        )
        for head in range(heads)
    )
    made = Figure(
        panels=(panels,),
        queries=tuple(f"q{at}" for at in range(queries)),
        keys=tuple(f"k{at}" for at in range(keys)),
        struck=np.zeros(keys, bool),
        hatch="off",
        title="L0H0",
        model="tiny",
        caption=("One.", "Two."),
        scale="linear",
        theme="light",
        lang="en",
    )
    return replace(made, **changes)


def texts(drawn: Element) -> list[str]:
    return [element.text or "" for element in drawn.iter(f"{SVG}text")]


def boxes(drawn: Element, fill: str) -> list[tuple[float, ...]]:
    """(x, y, width, height) of the rectangles of this colour."""
    return [
        tuple(float(rect.attrib[side]) for side in ("x", "y", "width", "height"))
        for rect in drawn.iter(f"{SVG}rect")
        if rect.attrib["fill"] == fill
    ]


def pixels(image: Element) -> NDArray[np.uint8]:
    """[row][column][r, g, b] of a PNG without filters, as ours are."""
    file = io.BytesIO(b64decode(image.attrib["href"].partition("base64,")[2]))
    assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    parts = {}
    while head := file.read(8):
        length, name = struct.unpack(">I4s", head)
        parts[name] = file.read(length)
        assert struct.unpack(">I", file.read(4))[0] == zlib.crc32(name + parts[name])
    width, height = struct.unpack(">II", parts[b"IHDR"][:8])
    lines = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, 1 + 3 * width)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(height, width, 3)


def test_a_head_has_every_token_on_both_axes_as_text_and_a_rectangle_for_each_cell() -> None:
    made = figure(queries=3, keys=5)
    drawn = opened(made)
    found = texts(drawn)
    assert [word for word in found if word in made.queries] == list(made.queries)
    assert [word for word in found if word in made.keys] == list(made.keys)
    assert {"Query (attends from)", "Key (attends to)", "weight, linear", "One.", "Two."} < {*found}
    ((panel,),) = made.panels
    steps = place(panel.weights, "linear", made.top)
    for row, column in zip(*np.nonzero(panel.seen), strict=True):
        box = boxes(drawn, hexadecimal(palette("light").ramp[steps[row, column]]))
        assert all(side == 27 for _, _, *sides in box for side in sides) and box


def labels_at(drawn: Element) -> dict[str, tuple[float, float]]:
    return {
        element.text or "": (float(element.attrib["x"]), float(element.attrib["y"]))
        for element in drawn.iter(f"{SVG}text")
    }


def of(weights: Any, name: str = "L0H0") -> Panel:
    array = np.asarray(weights, np.float32)
    return Panel(name, array, np.ones(array.shape, bool))


def test_a_cell_stands_in_the_row_of_its_query_and_the_column_of_its_key() -> None:
    """Every query gives all to the key before it: what is mirrored or reversed is not this."""
    drawn = opened(figure(queries=5, keys=5, panels=((of(np.eye(5, k=-1)),),)))
    places = labels_at(drawn)
    found = sorted(boxes(drawn, hexadecimal(palette("light").ramp[-1])), key=lambda box: box[1])
    assert len(found) == 4
    for key, (x, y, width, height) in enumerate(found):
        assert x < places[f"k{key}"][0] < x + width
        assert y < places[f"q{key + 1}"][1] < y + height
        assert places[f"q{key + 1}"][0] < min(box[0] for box in found)
        assert places[f"k{key}"][1] < min(box[1] for box in found)


def test_a_panel_stands_below_the_name_of_its_head_and_shows_its_weights() -> None:
    """One full cell in each, at a place of its own."""
    panels = []
    for head in range(3):
        weights = np.zeros((4, 4))
        weights[head, head + 1] = 1
        panels.append(of(weights, f"L0H{head}"))
    drawn = opened(figure(panels=(tuple(panels),), title="all"))
    found = sorted(boxes(drawn, hexadecimal(palette("light").ramp[-1])))
    places = labels_at(drawn)
    for head, (x, y, width, height) in enumerate(found):
        left, above = places[f"L0H{head}"]
        across, down = (x - left) / (width + 1), (y - above - 4) / (height + 1)
        assert (round(across, 6), round(down, 6)) == (head + 1, head)


@pytest.mark.parametrize("side", ["queries", "keys"])
def test_a_long_word_is_cut_on_the_axis_and_makes_no_figure_larger(side: str) -> None:
    words = tuple("w" * length for length in (31, 32, 33, 100_000))
    drawing = svg(replace(figure(), **{side: words}))
    found = texts(parse(drawing.words))
    assert ["w" * 31, "w" * 32, *["w" * 31 + "…"] * 2] == [
        word for word in found if "w" * 9 in word
    ]
    assert max(drawing.width, drawing.height) < 700
    assert len(drawing.words) < 20_000


def test_rows_that_the_mask_ends_are_grey_from_there_on() -> None:
    made = figure()
    grey = boxes(opened(made), palette("light").masked)
    assert [box[2] for box in grey[:3]] == [3 * 28, 2 * 28, 28]
    assert WORDS["en"]["masked"] in texts(opened(made))


def test_an_empty_head_is_seen_by_its_frame_and_a_long_title_ends_in_the_picture() -> None:
    title = "L3H" + ",".join(map(str, range(0, 80, 2)))
    drawn = opened(figure(panels=((of(np.zeros((3, 3))),),), title=title, queries=3, keys=3))
    (frame,) = boxes(drawn, "none")
    assert frame[2:] == (84, 84)
    (shown,) = [text for text in texts(drawn) if text.startswith("L3H")]
    assert shown.endswith("…") and width_of(shown, 16) < 560


def test_a_struck_key_is_hatched_where_it_is_seen_and_sets_no_scale() -> None:
    plain = figure()
    ((panel,),) = plain.panels
    panel.weights[3, 1] = 9
    assert plain.top == 9
    struck = replace(plain, struck=np.array([False, True, False, False]))
    assert struck.top < 1
    drawn = opened(struck)
    column, swatch = boxes(drawn, "url(#hatch)")
    assert column[3] == 3 * 28
    assert swatch[2:] == (14, 10)
    assert WORDS["en"]["off"] in texts(drawn)


@pytest.mark.parametrize(
    "label", ["</text><script>alert(1)</script>", '"><img src=x>', "&lt;", "\x00\x0b\ud800"]
)
def test_no_token_acts_in_a_figure(label: str) -> None:
    made = replace(figure(queries=1, keys=1), queries=(label,), caption=(label,))
    drawn = opened(made)
    allowed = {"svg", "title", "defs", "pattern", "path", "rect", "text", "image"}
    assert {element.tag.removeprefix(SVG) for element in drawn.iter()} <= allowed
    shown = label if label.isprintable() else "\ufffd\ufffd\ufffd"
    assert texts(drawn).count(shown) == 2


def test_no_attribute_of_a_figure_is_a_style_or_leads_outside() -> None:
    drawn = opened(figure(queries=140, keys=140))
    for element in drawn.iter():
        assert "style" not in element.attrib
        assert element.attrib.get("href", "data:image/png").startswith("data:image/png")


def test_a_long_head_is_one_exact_picture_with_thinned_labels() -> None:
    made = figure(queries=300, keys=300)
    drawn = opened(made)
    picture = next(drawn.iter(f"{SVG}image"))
    ((panel,),) = made.panels
    cells = pixels(picture)
    times = len(cells) // 300
    ramp = palette("light").ramp[place(panel.weights, "linear", made.top)]
    masked = np.frombuffer(bytes.fromhex(palette("light").masked[1:]), np.uint8)
    expected = np.where(panel.seen[..., None], ramp, masked)
    np.testing.assert_array_equal(cells[::times, ::times], expected)
    shown = [word for word in texts(drawn) if word in made.keys]
    assert 32 < len(shown) < 100
    assert shown[0] == "k0"


def test_many_heads_are_panels_by_name_on_one_scale() -> None:
    made = figure(queries=40, keys=30, heads=3)
    drawn = opened(made)
    assert [word for word in texts(drawn) if word.startswith("L0H")] == [
        "L0H0",
        "L0H0",
        "L0H1",
        "L0H2",
    ]
    assert len(list(drawn.iter(f"{SVG}image"))) == 3 + 1
    assert made.top == max(float(panel.weights[panel.seen].max()) for panel in made.panels[0])


def test_nothing_lies_outside_of_a_figure() -> None:
    for made in (figure(), figure(queries=60, keys=2), figure(heads=12), figure(lang="zh")):
        drawing = svg(made)
        for element in parse(drawing.words).iter():
            if element.tag != f"{SVG}pattern" and "y" in element.attrib:
                assert 0 <= float(element.attrib["x"]) <= drawing.width
                assert 0 <= float(element.attrib["y"]) <= drawing.height


@pytest.mark.parametrize("scale", ["linear", "sqrt", "log"])
def test_a_scale_climbs_from_the_surface_to_the_end_of_the_ramp(scale: Any) -> None:
    steps = place(np.array([0, 1e-6, 0.1, 0.5, 0.8], np.float32), scale, 0.8)
    assert (steps[0], steps[-1]) == (0, 255)
    assert (np.diff(steps) >= 0).all()
    assert not place(np.zeros(3, np.float32), scale, 0.0).any()


def test_a_caption_breaks_between_words_and_between_characters_of_chinese() -> None:
    assert wrapped("one two three four", 10, 60) == ["one two ", "three four"]
    heads = "L3H" + ",".join(map(str, range(0, 80, 2)))
    assert "".join(wrapped(heads, 10, 90)) == heads
    assert max(width_of(line, 10) for line in wrapped(heads, 10, 90)) <= 90
    lines = wrapped("权重矩阵很大很大", 10, 40)
    assert lines == ["权重矩阵", "很大很大"]


def test_both_languages_say_the_same_with_the_same_fields() -> None:
    def fields(text: str) -> list[str]:
        return sorted(part.partition("}")[0] for part in text.split("{")[1:])

    english, chinese = WORDS["en"], WORDS["zh"]
    assert list(english) == list(chinese)
    assert all(fields(english[key]) == fields(chinese[key]) for key in english)


def sleeping(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Makes a program that never ends the browser; it notes its process id in this file."""
    program, noted = tmp_path / "chromium", tmp_path / "pid"
    program.write_text(f"#!/bin/sh\necho $$ > {noted}\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr(browser, "find", lambda: str(program))
    return noted


def test_a_browser_ends_as_soon_as_nobody_waits_for_its_figure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    noted = sleeping(monkeypatch, tmp_path)
    began = monotonic()
    with stoppable(lambda: noted.exists() and noted.stat().st_size > 0), pytest.raises(Stopped):
        browser.render(svg(figure()), "png")
    assert monotonic() - began < 5
    assert not psutil.pid_exists(int(noted.read_text()))


def test_a_browser_that_takes_too_long_is_ended_and_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    noted = sleeping(monkeypatch, tmp_path)
    monkeypatch.setattr(browser, "DEADLINE_S", 0.5)
    with pytest.raises(NotSupported, match="did not draw the figure"):
        browser.render(svg(figure()), "pdf")
    assert not psutil.pid_exists(int(noted.read_text()))


def test_a_figure_of_too_many_pixels_starts_no_browser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    noted = sleeping(monkeypatch, tmp_path)
    tall = replace(figure(), panels=figure().panels * 600)
    with pytest.raises(AnswerTooLarge, match="pixels, too many for png"):
        browser.render(svg(tall), "png")
    assert not noted.exists()


def test_without_a_browser_pdf_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    browser.find.cache_clear()
    try:
        with pytest.raises(NotSupported, match="Install one, or ask for svg"):
            browser.render(svg(figure()), "pdf")
    finally:
        browser.find.cache_clear()
