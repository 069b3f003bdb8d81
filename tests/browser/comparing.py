"""What tests of the comparison share: its texts, its links, and what the API has of it."""

import json
from typing import Any

import httpx
from playwright.sync_api import Locator, Page

from .conftest import KEYS, MINILM, shown

TROPHY = "The trophy did not fit in the suitcase because it was too {}."
BIG = TROPHY.format("big")
APOSTROPHE = "Theodore's unbelievably old keys do not fit."
LONG = " ".join([KEYS] * 60)
LONGER = f"{LONG} {LONG}"
OPEN: dict[str, Any] = {"model": MINILM, "text": BIG, "layer": 3, "head": 1, "query": 10, "key": 2}
APART = "A \N{MINUS SIGN} B"
MEASURES = (
    """() => performance.getEntriesByName("headscope:head-switch").map((each) => each.duration)"""
)
BOTH = """async ([id, calls]) => {
  const { createEmbeddedSource } = await import("/static/js/embedded.js");
  const { createHttpSource } = await import("/static/js/datasource.js");
  const http = createHttpSource(new URL("/api/v1/", document.baseURI));
  const analysis = await (await fetch(`/api/v1/analyses/${id}`)).json();
  const { data: weights } = await http.attention(id, { dtype: "float32" });
  const plain = {
    alignment: ({ unit, queries, keys }) => ({ unit, queries, keys }),
    comparison: ({ data, shape, meta }) => ({
      data: [...data], shape, mean_abs: meta.mean_abs, jsd: meta.jsd,
      ...(data instanceof Int8Array && { scale: meta.scale }),
    }),
    ranking: ({ layers, mean_abs, jsd, rows, aligned }) =>
      ({ layers, mean_abs, jsd, rows, aligned }),
  };
  const sources = [createEmbeddedSource(analysis, weights), http];
  const both = ([call, query]) => Promise.all(sources.map(async (source) =>
    plain[call](await source[call](id, id, query))));
  return Promise.all(calls.map(both));
}"""
"""What a saved page and the server answer to the same."""


def against(**fields: Any) -> dict[str, Any]:
    """A link that opens the comparison with what these fields say."""
    return {**OPEN, "view": "compare", "against": json.dumps(fields)}


def edited(word: str) -> list[Any]:
    return [BIG.index("big"), "big", word]


def cell(page: Page) -> Locator:
    """The line about the selected or hovered cell, once its numbers are exact."""
    page.locator("#compare-cell[data-exact=true]").wait_for()
    return page.locator("#compare-cell")


def compared(
    api: httpx.Client,
    other: str = BIG,
    model: str = MINILM,
    a: tuple[str, str] = (MINILM, BIG),
    **place: Any,
) -> Any:
    """The same comparison as the API has it, of the model and text `a` and of the other ones."""
    ids = [
        api.post("analyses", json={"model": of, "text": text}).json()["id"]
        for of, text in (a, (model, other))
    ]
    question: dict[str, Any] = {"layer": 3, "head": 1, **place}
    return api.get(f"analyses/{ids[0]}/compare/{ids[1]}", params=question).json()


def numbers(found: Any, row: int, column: int) -> list[str]:
    return [
        f"{letter} {shown(abs(found[name][0][0][row][column]))}"
        for letter, name in (("A", "a"), ("B", "b"))
    ]
