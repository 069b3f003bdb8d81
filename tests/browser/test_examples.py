"""Every example opens at its head and cell, and says what was measured there."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import KEYS, MINILM, ROOT, SMOLLM2, Headscope

FINDINGS: list[dict[str, Any]] = json.loads(
    (ROOT / "static" / "js" / "findings.js")
    .read_text("utf-8")
    .partition("export default ")[2]
    .rstrip(";\n")
)


def said(claim: dict[str, Any]) -> str:
    return str(claim.get("is") or claim["at_least"])


@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
def test_an_example_opens_where_it_says_what_to_look_at(headscope: Headscope, model: str) -> None:
    headscope.open(model=model, text="one two", layer=0, head=0)
    own = [example for example in FINDINGS if example["model"] == model]
    buttons = headscope.page.locator("#examples button")
    expect(buttons).to_have_count(len(own))
    look = headscope.page.locator("#head-note .look")
    for example, button in zip(own, buttons.all(), strict=True):
        button.click()
        name = f"L{example['layer']}H{example['head']}"
        expect(headscope.page.locator("#head-name")).to_have_text(name)
        headscope.settle()
        expect(button).to_have_attribute("aria-pressed", "true")
        for claim in example["claims"]:
            expect(look).to_contain_text(said(claim))
        cell = [one for one in example["claims"] if one["kind"] == "weight" and "text" not in one]
        if cell and (cell[0]["query"], cell[0]["key"]) == (example["query"], example["key"]):
            assert f"{float(headscope.exact()):.3f}" == cell[0]["is"]
    headscope.page.locator("#lang").click()
    for claim in own[-1]["claims"]:
        expect(look).to_contain_text(said(claim))


def test_only_examples_that_the_model_can_read_are_offered(headscope: Headscope) -> None:
    headscope.open()
    examples = headscope.page.locator("#examples button")
    expect(examples).to_have_count(7)
    model = headscope.page.get_by_label("Model", exact=True)
    model.select_option(SMOLLM2)
    expect(examples).to_have_text(
        [
            "a repeated phrase",
            "subject before the verb",
            "previous token",
            "first-token sink",
            "commas and stops",
        ]
    )
    model.select_option("google-bert/bert-base-chinese")
    expect(examples).to_have_text(["钥匙和桌子"])
    assert headscope.text.input_value() == KEYS


def test_a_model_of_another_size_follows_a_picture_with_its_sinks(headscope: Headscope) -> None:
    headscope.open(model=MINILM, text=KEYS, sinks="shown")
    headscope.page.get_by_label("Model", exact=True).select_option(SMOLLM2)
    headscope.page.get_by_role("button", name="previous token", exact=True).click()
    headscope.settle()
    expect(headscope.page.locator("#overview canvas")).to_have_attribute("data-layers", "30")
    expect(headscope.page.locator("#text-problem")).to_be_hidden()
