"""What goes wrong is a sentence where it happened, and nothing typed is lost."""

import re

import httpx
from playwright.sync_api import expect

from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened, serving

HOSTILE = "<b>bold</b> & <img src=x onerror=alert(1)> {{7*7}} </script><script>alert(2)</script>"


def test_a_text_that_is_too_long(headscope: Headscope) -> None:
    headscope.open()
    text = "word " * 600
    headscope.analyse(text, state="error")
    trouble = headscope.page.locator("#text-problem")
    expect(trouble).to_contain_text("602 tokens")
    expect(trouble).to_contain_text("512")
    assert headscope.text.input_value() == text
    expect(headscope.page.locator("#sentence .word")).to_have_count(12)
    trouble.get_by_role("button", name="Analyze the beginning").click()
    headscope.settle()
    expect(headscope.page.locator("#sentence .word")).to_have_count(512)
    expect(headscope.page.locator("#trust")).to_contain_text("yes, to 512 tokens")
    expect(headscope.page.locator("#count")).not_to_have_class(re.compile(r"\bover\b"))
    assert headscope.text.input_value() == text


def test_a_model_that_fails(headscope: Headscope) -> None:
    headscope.open()
    headscope.page.get_by_label("Model", exact=True).select_option("distilbert/distilgpt2")
    expect(headscope.page.locator("#model-facts")).to_contain_text("download 356 MB")
    headscope.analyse("Hello there", state="error")
    trouble = headscope.page.locator("#model-problem")
    expect(trouble).to_contain_text("cannot be reached")
    expect(trouble.get_by_role("button", name="Try again")).to_be_visible()
    assert headscope.text.input_value() == "Hello there"
    expect(headscope.page.locator("#head-name")).to_have_text("L3H1")
    headscope.page.get_by_label("Model", exact=True).select_option(MINILM)
    headscope.analyse("Hello there")
    expect(trouble).to_be_hidden()
    expect(headscope.page.locator("#sentence .word")).to_have_count(4)


def test_a_text_without_tokens(headscope: Headscope) -> None:
    headscope.open(model=SMOLLM2, text="one")
    headscope.analyse("", state="error")
    expect(headscope.page.locator("#text-problem")).to_contain_text("This text cannot be analysed.")
    headscope.analyse("two")
    expect(headscope.page.locator("#text-problem")).to_be_hidden()


def test_markup_in_a_text_is_shown_as_typed(headscope: Headscope) -> None:
    dialogs: list[str] = []
    headscope.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    headscope.open(model=SMOLLM2, text=HOSTILE)
    assert headscope.text.input_value() == HOSTILE
    words = headscope.page.locator("#sentence .word").all_inner_texts()
    assert "".join(words).replace(" ", "") == HOSTILE.replace(" ", "")
    assert headscope.page.locator("main img, main script, #heatmap b").count() == 0
    labels = headscope.page.locator(".yaxislayer-above text").all_text_contents()
    assert any("<" in label for label in labels)
    assert dialogs == []


def test_cancel_drops_the_request_and_keeps_the_picture(headscope: Headscope) -> None:
    headscope.open()
    headscope.page.get_by_label("Model", exact=True).select_option(SMOLLM2)
    headscope.text.fill("a long walk " * 500)
    headscope.page.get_by_role("button", name="Analyze", exact=True).click()
    headscope.settle("working")
    with headscope.page.expect_event(
        "requestfailed", lambda request: request.url.endswith("/analyses")
    ):
        headscope.page.get_by_role("button", name="Cancel").click()
    headscope.settle("ready")
    expect(headscope.page.locator("#sentence .word")).to_have_count(12)
    expect(headscope.page.locator("#stale")).to_be_visible()
    expect(headscope.page.get_by_role("button", name="Analyze", exact=True)).to_be_visible()


def test_an_analysis_that_the_server_let_go_is_made_again(opened: Opened) -> None:
    with serving(HEADSCOPE_MAX_TRACES_BYTES="500000") as address:
        headscope = opened(at=address)
        headscope.open()
        for text in ("Something else.", "And another."):
            body = {"model": MINILM, "text": f"{text} {KEYS}"}
            assert httpx.post(f"{address}/api/v1/analyses", json=body).status_code == 201
        answers: list[int] = []
        headscope.page.on("response", lambda answer: answers.append(answer.status))
        headscope.page.mouse.click(*headscope.thumbnail(0, 2))
        expect(headscope.page.locator("#head-name")).to_have_text("L0H2")
        assert headscope.exact() == "0.0000" or "e-" in headscope.exact()
        assert 410 in answers


def test_a_server_that_comes_back_is_found_without_a_click(opened: Opened) -> None:
    with serving() as address:
        headscope = opened(at=address)
        headscope.open()
    connection = headscope.page.locator("#connection")
    headscope.analyse("Is anyone there?", state="working")
    expect(connection).to_contain_text("The server does not answer.")
    expect(headscope.page.locator("#head-name")).to_have_text("L3H1")
    with serving(port=int(address.rpartition(":")[2])):
        headscope.settle()
        expect(connection).to_be_hidden()
        expect(headscope.page.locator("#sentence .word")).to_have_count(6)
        assert headscope.text.input_value() == "Is anyone there?"
    with serving(port=int(address.rpartition(":")[2])):
        headscope.page.mouse.click(*headscope.thumbnail(0, 2))
        expect(headscope.page.locator("#head-name")).to_have_text("L0H2")
        headscope.exact()


def test_a_server_that_stays_away_is_said_and_the_text_stays(opened: Opened) -> None:
    with serving() as address:
        headscope = opened(at=address)
        headscope.page.clock.install()
        headscope.open()
    headscope.analyse("Is anyone there?", state="working")
    for _ in range(20):
        headscope.page.clock.run_for(5000)
    headscope.settle("error")
    trouble = headscope.page.locator("#text-problem")
    expect(trouble).to_contain_text("The server does not answer.")
    expect(trouble.get_by_role("button", name="Try again")).to_be_visible()
    assert headscope.text.input_value() == "Is anyone there?"
    expect(headscope.page.locator("#head-name")).to_have_text("L3H1")


def test_a_long_run_says_how_far_it_is(headscope: Headscope) -> None:
    headscope.open()
    headscope.page.get_by_label("Model", exact=True).select_option(SMOLLM2)
    headscope.text.fill("a long walk " * 1500)
    headscope.page.get_by_role("button", name="Analyze", exact=True).click()
    stage = headscope.page.locator("#stage")
    expect(stage).to_have_text(re.compile(r"forward, layer \d+ of 30"))
    expect(headscope.page.locator("#progress")).to_be_visible()
    expect(headscope.page.locator(".updating")).to_be_visible()
    headscope.page.get_by_role("button", name="Cancel").click()
    headscope.settle("ready")
    expect(headscope.page.locator("#progress")).to_be_hidden()
    expect(headscope.page.locator(".updating")).to_be_hidden()


def test_a_page_whose_plotly_does_not_arrive_says_so(opened: Opened) -> None:
    headscope = opened(locale="zh-CN")
    headscope.page.route("**/plotly*", lambda route: route.abort())
    headscope.page.goto(headscope.address)
    headscope.settle("error")
    trouble = headscope.page.locator("#head-problem")
    expect(trouble).to_contain_text("绘图部分未能加载")
    expect(trouble).not_to_contain_text("Plotly")
    headscope.page.unroute("**/plotly*")
    trouble.get_by_role("button").click()
    expect(headscope.page.locator("#head-name")).to_have_text("L3H1")
    expect(trouble).to_be_hidden()
