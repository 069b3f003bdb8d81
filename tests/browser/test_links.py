"""The address says what is shown: reload, Back, a sent link, a saved file, downloads."""

import csv
import json
import struct
from pathlib import Path
from urllib.parse import parse_qs

import httpx
from playwright.sync_api import Download, expect

from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened, shown

LONG = " ".join(f"The {i} keys to cabinet {i * i} are on the table." for i in range(60))


def test_a_reload_shows_the_same(headscope: Headscope) -> None:
    headscope.open()
    headscope.page.mouse.click(*headscope.thumbnail(1, 9))
    headscope.page.get_by_label("Scale", exact=True).select_option("sqrt")
    headscope.page.mouse.click(*headscope.cell(7, 5, tokens=12))
    expect(headscope.page.locator("#readout .query .index")).to_have_text("7")
    before = headscope.exact()
    headscope.page.reload()
    headscope.settle()
    assert headscope.exact() == before
    expect(headscope.page.locator("#head-name")).to_have_text("L1H9")
    expect(headscope.page.get_by_label("Scale", exact=True)).to_have_value("sqrt")


def test_a_sent_link_shows_the_same_elsewhere(opened: Opened) -> None:
    sender, receiver = opened(), opened(width=1024)
    sender.open(model=SMOLLM2, text="one two one two", layer=17, head=5)
    state = {name: value[0] for name, value in parse_qs(sender.fragment[1:]).items()}
    receiver.open(**state)
    expect(receiver.page.locator("#head-name")).to_have_text("L17H5")
    assert receiver.exact() == sender.exact()
    assert receiver.fragment == sender.fragment
    assert receiver.text.input_value() == "one two one two"


def labels(headscope: Headscope) -> list[str]:
    """Of the rows and columns that are in sight, once a zoom has settled."""
    headscope.page.wait_for_timeout(500)
    return headscope.page.locator(".plot-axes .xtick, .plot-axes .ytick").all_inner_texts()


def test_a_link_opens_the_part_that_is_in_sight(opened: Opened) -> None:
    sender, receiver = opened(height=1200), opened(height=1200)
    text = " ".join(f"The {i} keys to cabinet {i * i} are on the table." for i in range(30))
    sender.open(model=MINILM, text=text, layer=3, head=1, query=200, key=180)
    whole = labels(sender)
    sender.page.get_by_label("Find", exact=True).fill("cabinet 400 are")
    sender.page.keyboard.press("Enter")
    expect(sender.page.locator("#find-count")).to_have_text("1 of 1")
    part = labels(sender)
    assert part != whole
    receiver.page.goto(f"{receiver.address}/{sender.fragment}")
    receiver.settle()
    assert labels(receiver) == part
    assert receiver.fragment == sender.fragment
    receiver.page.get_by_role("button", name="Whole head").click()
    assert labels(receiver) == whole
    assert "zoom" not in receiver.fragment
    receiver.page.evaluate("address => { location.hash = address; }", sender.fragment)
    assert labels(receiver) == part
    receiver.text.fill("Another text to read.")
    receiver.page.get_by_role("button", name="Analyze", exact=True).click()
    receiver.settle()
    assert "zoom" not in receiver.fragment


def test_a_link_with_nonsense_opens_what_it_can(headscope: Headscope) -> None:
    headscope.open(model=MINILM, text="a b", layer="99", head="-1", query="x", key=1, scale="no")
    expect(headscope.page.locator("#sentence .word")).to_have_count(4)
    expect(headscope.page.get_by_label("Scale", exact=True)).to_have_value("linear")
    replaced = headscope.page.locator("#link-replaced")
    expect(replaced).to_contain_text("is not there; another one is shown")
    headscope.page.mouse.click(*headscope.thumbnail(0, 2))
    expect(headscope.page.locator("#head-name")).to_have_text("L0H2")
    expect(replaced).to_be_hidden()
    address = f"model={MINILM}&text=a+b&layer=1&head=99&query=99&key=0"
    headscope.page.evaluate("address => { location.hash = address; }", address)
    expect(headscope.page.locator("#head-name")).to_have_text("L1H0")
    expect(replaced).to_be_visible()


def test_a_link_to_a_model_that_is_not_offered_says_so_once(headscope: Headscope) -> None:
    headscope.page.goto(f"{headscope.address}/#model=owner/none&text=a+b")
    headscope.settle("error")
    trouble = headscope.page.locator("#model-problem")
    expect(trouble).to_have_text("This server does not offer that model. Choose another one.")
    expect(trouble.get_by_role("button")).to_have_count(0)
    assert headscope.text.input_value() == "a b"


def test_back_returns_to_the_head_and_the_text_before(headscope: Headscope) -> None:
    headscope.open()
    name = headscope.page.locator("#head-name")
    headscope.page.mouse.click(*headscope.thumbnail(0, 2))
    expect(name).to_have_text("L0H2")
    headscope.page.mouse.move(2, 2)
    headscope.analyse("Another text.")
    expect(headscope.page.locator("#sentence .word")).to_have_count(5)
    headscope.page.go_back()
    expect(headscope.page.locator("#sentence .word")).to_have_count(12)
    expect(name).to_have_text("L0H2")
    assert headscope.text.input_value() == KEYS
    headscope.page.go_back()
    expect(name).to_have_text("L3H1")
    headscope.page.go_forward()
    expect(name).to_have_text("L0H2")


def test_arrow_keys_walk_the_grid_without_filling_the_history(headscope: Headscope) -> None:
    headscope.open()
    entries = headscope.page.evaluate("history.length")
    grid = headscope.page.locator("#overview")
    for key, name in [("ArrowRight", "L3H2"), ("ArrowDown", "L4H2"), ("ArrowLeft", "L4H1")]:
        grid.press(key)
        expect(headscope.page.locator("#head-name")).to_have_text(name)
    expect(headscope.page.locator("#spoken")).to_contain_text("L4H1, query are 6, key keys 2")
    assert "layer=4&head=1" in headscope.fragment
    assert headscope.page.evaluate("history.length") == entries
    grid.press("Enter")
    headscope.page.wait_for_timeout(100)
    assert headscope.page.evaluate("history.length") == entries + 1


def test_arrow_keys_move_the_cell_and_the_word(headscope: Headscope) -> None:
    headscope.open()
    query = headscope.page.locator("#readout .query .index")
    headscope.page.locator("#heatmap").press("ArrowDown")
    expect(query).to_have_text("7")
    headscope.page.locator("#sentence").press("ArrowLeft")
    expect(query).to_have_text("6")


def test_a_long_text_is_deflated_in_the_link(headscope: Headscope) -> None:
    headscope.open(model=SMOLLM2, text="short")
    headscope.analyse(LONG)
    expect(headscope.page.locator("#count")).to_contain_text("of 8,192")
    assert "&z=" in headscope.fragment
    assert len(headscope.fragment) < len(LONG) / 2
    headscope.page.reload()
    headscope.settle()
    assert headscope.text.input_value() == LONG


def test_a_text_beyond_any_link_is_saved_as_a_file_and_dropped(
    opened: Opened, tmp_path: Path
) -> None:
    headscope = opened()
    headscope.open()
    varied = "".join(chr(0x4E00 + i * 7919 % 20000) for i in range(5000))
    headscope.text.fill(varied)
    headscope.page.get_by_role("button", name="Analyze", exact=True).click()
    headscope.settle("error")
    headscope.page.get_by_role("button", name="Analyze the beginning").click()
    headscope.settle()
    expect(headscope.page.locator("#link-too-long")).to_be_visible()
    with headscope.page.expect_download() as download:
        headscope.page.get_by_role("button", name="Save file").click()
    saved = kept(download.value, tmp_path)
    assert len(headscope.fragment) < 8192
    headscope.page.reload()
    headscope.settle()
    assert headscope.text.input_value() == varied

    other = opened()
    other.open()
    other.page.evaluate(
        """(text) => {
          const files = new DataTransfer();
          files.items.add(new File([text], "headscope.json", { type: "application/json" }));
          document.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true }));
        }""",
        saved.read_text(),
    )
    expect(other.page.locator("#sentence .word")).to_have_count(512)
    assert other.text.input_value() == varied


def test_copy_link_copies_the_address(opened: Opened) -> None:
    headscope = opened(permissions=["clipboard-read", "clipboard-write"])
    headscope.open()
    headscope.page.get_by_role("button", name="Copy link").click()
    expect(headscope.page.locator("#spoken")).to_have_text("Link copied")
    copied = headscope.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{headscope.address}/{headscope.fragment}"


def test_a_head_is_saved_as_picture_table_and_json(
    headscope: Headscope, api: httpx.Client, tmp_path: Path
) -> None:
    headscope.open()

    def save(name: str) -> Path:
        headscope.page.get_by_text("Save", exact=True).click()
        with headscope.page.expect_download() as download:
            headscope.page.get_by_role("button", name=name).click()
        return kept(download.value, tmp_path)

    made = api.post("analyses", json={"model": MINILM, "text": KEYS}).json()["id"]
    asked = api.get(f"analyses/{made}/attention?layers=3&heads=1").json()["attention"]
    saved = save("Weights (JSON)")
    assert saved.name == "minilm-l6-L3H1.json"
    assert json.loads(saved.read_text())["attention"] == asked
    rows = list(csv.DictReader(save("Weights (CSV)").read_text().splitlines()))
    assert [float(row["weight"]) for row in rows] == [cell for row in asked[0][0] for cell in row]
    picture = save("Picture (PNG)").read_bytes()
    width, height = struct.unpack(">II", picture[16:24])
    assert picture.startswith(b"\x89PNG") and min(width, height) > 600


def kept(download: Download, folder: Path) -> Path:
    path = folder / download.suggested_filename
    download.save_as(path)
    return path


def test_the_weight_in_the_link_is_the_one_of_the_api(
    headscope: Headscope, api: httpx.Client
) -> None:
    headscope.open(model=MINILM, text=KEYS, layer=5, head=7, query=6, key=2)
    made = api.post("analyses", json={"model": MINILM, "text": KEYS}).json()["id"]
    cell = api.get(f"analyses/{made}/attention?layers=5&heads=7&queries=6:7&keys=2:3").json()
    assert headscope.exact() == shown(cell["attention"][0][0][0][0])
