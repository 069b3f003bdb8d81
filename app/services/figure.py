"""A figure of heads: what it shows is read as any answer is, and its caption says how."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Literal

import numpy as np
from pydantic import Field

from ..errors import InvalidRequest
from ..figures.browser import render
from ..figures.colour import Scale, Theme
from ..figures.figure import Figure, Panel
from ..figures.svg import svg
from ..figures.words import Language
from ..records import Bools, Layer, Stack
from .analyses import Held
from .attention import attend
from .caption import caption, name
from .choice import Choice, Question
from .labels import labels
from .limits import check_bytes
from .selection import Selection, choose_stack, select

FigureFormat = Literal["svg", "pdf", "png"]
MOST_CELLS = 512
"""Each way of one head; longer ranges are pooled."""
MOST_PANEL_CELLS = 128
MOST_PANELS = 600
_LESS = "Ask for fewer layers or heads, for a range of queries or keys, or for a smaller size."


class FigureChoice(Question):
    """Which heads to draw, read as in an attention call, and how they look."""

    sinks: Literal["off", "shown"] = Field(
        default="off",
        description="`off`: special tokens, and the first in a decoder, are hatched and off the "
        "colour scale. Hidden keys are hatched in either case.",
    )
    scale: Scale = Field(default="linear", description="Of the colours.")
    theme: Theme = Field(default="light", description="The page's colours by day or by night.")
    lang: Language = Field(default="en", description="Of axes and caption.")
    format: FigureFormat = Field(
        default="svg",
        description="pdf and png (twice as sharp) need a Chromium, Chrome or Edge on the server's "
        "machine.",
    )


@dataclass(frozen=True)
class Plan:
    """A figure that was asked for, held against an analysis."""

    asked: FigureChoice
    selection: Selection

    @property
    def question(self) -> tuple[Selection, dict[str, object]]:
        """What makes it different from other figures."""
        return self.selection, self.asked.model_dump()


def plan(held: Held, asked: FigureChoice, limit_bytes: int) -> Plan:
    """Raises what `select` raises, and InvalidRequest for more heads than a figure holds."""
    selection = select(held.run, held.request, _choice(held, asked), sys.maxsize)
    if selection.shape[0] * selection.shape[1] > MOST_PANELS:
        raise InvalidRequest(f"A figure holds up to {MOST_PANELS} heads: ask for fewer layers.")
    longest = max(selection.queries.length, selection.keys.length)
    most = MOST_CELLS if selection.shape[:2] == (1, 1) else MOST_PANEL_CELLS
    size = min(most, asked.size or most) if longest > most or asked.size else None
    drawn = _choice(held, asked.model_copy(update={"size": size}))
    planned = Plan(asked, select(held.run, held.request, drawn, sys.maxsize))
    check_bytes(4 * prod(planned.selection.shape), limit_bytes, _LESS)
    return planned


def draw(held: Held, plan: Plan) -> bytes:
    """BLOCKING. The figure as a file. Raises NotSupported where it takes a browser and none is."""
    drawn = svg(_figure(held, plan))
    if plan.asked.format == "svg":
        return drawn.words.encode()
    return render(drawn, plan.asked.format)


def _choice(held: Held, asked: FigureChoice) -> Choice:
    """Keys off the scale are no part of what is pooled, as the page draws it."""
    fields = asked.model_dump(include=set(Question.model_fields))
    if asked.sinks == "off" and not asked.hide:
        fields["off"] = _sinks(choose_stack(held.run, asked.stack))
    return Choice(**fields, format="npy")


def _sinks(stack: Stack) -> tuple[str, ...]:
    return ("special", "first") if stack.name == "decoder" else ("special",)


def _figure(held: Held, plan: Plan) -> Figure:
    asked, chosen = plan.asked, plan.selection
    queries, keys = labels(held, chosen)
    kinds = asked.hide or _sinks(choose_stack(held.run, chosen.stack))
    return Figure(
        panels=tuple(_panels(held, plan)),
        queries=tuple(queries[at] for at in chosen.queries.edges[:-1]),
        keys=tuple(keys[at] for at in chosen.keys.edges[:-1]),
        struck=np.diff(chosen.keys.without(chosen.hidden_keys + chosen.off).edges) == 0,
        hatch="hidden" if asked.hide else "off",
        title=name(held, chosen, asked.lang, None, None),
        model=held.run.model.id,
        caption=tuple(caption(held, chosen, asked, kinds, asked.lang)),
        scale=asked.scale,
        theme=asked.theme,
        lang=asked.lang,
    )


def _panels(held: Held, plan: Plan) -> Iterator[tuple[Panel, ...]]:
    """The heads of each layer, or what they were reduced to."""
    chosen = plan.selection
    heads = (None,) if chosen.reduce else chosen.heads
    weights, seen = attend(held.run, chosen), _seen(held, plan)
    if len(weights) < len(seen):
        seen = [np.logical_or.reduce(seen)]
    for layer, rows, visible in zip(chosen.layers, weights, seen, strict=False):
        yield tuple(
            Panel(name(held, chosen, plan.asked.lang, layer, head), row, visible)
            for head, row in zip(heads, rows, strict=True)
        )


def _seen(held: Held, plan: Plan) -> list[Bools]:
    """By layer, which cells (queries, keys) hold a pair that its mask lets through."""
    stack = choose_stack(held.run, plan.selection.stack)
    known: dict[Layer, Bools] = {}
    found = []
    for place in plan.selection.places:
        layer = stack.layers[place]
        rule = layer if layer.mask == "other" else replace(layer, index=0)
        if rule not in known:
            known[rule] = _mask(held, plan, layer.index)
        found.append(known[rule])
    return found


def _mask(held: Held, plan: Plan, layer: int) -> Bools:
    chosen = plan.selection
    choice = Choice(
        stack=chosen.stack,
        layers=(layer,),
        unit=plan.asked.unit,
        queries=chosen.queries.ranges,
        keys=chosen.keys.ranges,
        size=chosen.queries.size,
        part="mask",
    )
    mask = select(held.run, held.request, choice, sys.maxsize)
    visible: Bools = attend(held.run, mask)[0, 0] > 0
    return visible
