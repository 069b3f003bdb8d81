"""Every number that an example promises is what the model gives."""

import pytest
from playwright.sync_api import expect

from .conftest import KEYS, MINILM, SMOLLM2, Headscope

EXAMPLES = [
    (MINILM, "keys to the cabinet", "L3H1", "0.7878", "0.788"),
    (MINILM, "trophy and suitcase", "L3H1", "0.6556", "0.656"),
    (MINILM, "previous token", "L0H2", "0.9996", "0.999"),
    (MINILM, "a sink", "L4H5", "0.9556", "91%"),
    (MINILM, "two sentences", "L2H9", "0.6334", "0.633"),
    (SMOLLM2, "a repeated phrase", "L17H5", "0.8494", "0.849"),
    (SMOLLM2, "previous token", "L16H0", "0.8298", "0.830"),
    (SMOLLM2, "first-token sink", "L18H8", "1.0000", "0.9999"),
]


@pytest.mark.parametrize(("model", "name", "head", "weight", "promised"), EXAMPLES)
def test_an_example_shows_what_it_promises(
    headscope: Headscope, model: str, name: str, head: str, weight: str, promised: str
) -> None:
    headscope.open(model=model, text="one two", layer=0, head=0)
    headscope.page.get_by_role("button", name=name, exact=True).click()
    expect(headscope.page.locator("#head-name")).to_have_text(head)
    headscope.settle()
    assert headscope.exact() == weight
    expect(headscope.page.locator("#head-note .look")).to_contain_text(promised)


def test_only_examples_that_the_model_can_read_are_offered(headscope: Headscope) -> None:
    headscope.open()
    examples = headscope.page.locator("#examples button")
    expect(examples).to_have_count(5)
    model = headscope.page.get_by_label("Model", exact=True)
    model.select_option(SMOLLM2)
    expect(examples).to_have_text(["a repeated phrase", "previous token", "first-token sink"])
    model.select_option("google-bert/bert-base-chinese")
    expect(examples).to_have_text(["钥匙和桌子"])
    assert headscope.text.input_value() == KEYS


def test_averages_that_examples_state_hold(headscope: Headscope) -> None:
    headscope.open()
    averages = headscope.page.evaluate(
        """async ([minilm, smollm2, keys]) => {
          const head = async (model, text, layer, index) => {
            const made = await (await fetch("/api/v1/analyses", {
              method: "POST", headers: { "Content-Type": "application/json" },
              body: JSON.stringify({ model, text }),
            })).json();
            const query = `layers=${layer}&heads=${index}`;
            const answer = await fetch(`/api/v1/analyses/${made.id}/attention?${query}`);
            return (await answer.json()).attention[0][0];
          };
          const before = (rows) => rows.slice(1).map((row, i) => row[i]);
          const text = "The committee met on Tuesday to discuss the budget.";
          const previous = before(await head(smollm2, text, 16, 0));
          return {
            minilm: Math.min(...before(await head(minilm, keys, 0, 2))),
            smollm2: previous.reduce((sum, weight) => sum + weight) / previous.length,
            first: Math.min(...(await head(smollm2, text, 18, 8)).map((row) => row[0])),
          };
        }""",
        [MINILM, SMOLLM2, KEYS],
    )
    assert averages["minilm"] >= 0.999
    assert round(averages["smollm2"], 2) == 0.77
    assert averages["first"] > 0.9999
