"""What a figure is called, and what its caption says of where its numbers come from."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from .. import __version__
from ..figures.words import WORDS, Language
from .analyses import Held, text_hash
from .choice import Question
from .selection import Selection, Span, choose_stack

MOST_LISTED = 8
_PLACE = {"stack", "method", "layers", "heads", "queries", "keys", "reduce", "size", "pool"}
_HIDING = {"hide", "renormalise"}


def name(held: Held, chosen: Selection, lang: Language, layer: int | None, head: int | None) -> str:
    """L3H1, or "L3 mean"; a place that is None stands for all that were chosen."""
    stack = choose_stack(held.run, chosen.stack)
    many = chosen.reduce in ("mean", "max")
    layers = (layer,) if layer is not None and not many else chosen.layers
    if not chosen.reduce:
        one = _spelled("L", layers), _spelled("H", chosen.heads if head is None else (head,))
        return ("" if len(layers) == 1 else " ").join(one)
    every = len(chosen.heads) == stack.layers[chosen.places[0]].heads
    heads = "" if every else _spelled("H", chosen.heads)
    return f"{_spelled('L', layers)}{heads} {WORDS[lang][chosen.reduce.removeprefix('heads-')]}"


def caption(
    held: Held, chosen: Selection, asked: Question, kinds: Sequence[str], lang: Language
) -> Iterator[str]:
    """Sentences; `kinds` of keys are those that stand hatched."""
    words, model = WORDS[lang], held.run.model
    yield words["model"].format(
        id=model.id,
        revision=model.revision[:12],
        stack=chosen.stack,
        head=name(held, chosen, lang, None, None),
        method=asked.method,
    )
    off = sorted({*chosen.off} & {*chosen.keys.positions.tolist()})
    if chosen.hidden or off:
        how = "off" if off else "renormalised" if asked.renormalise else "hidden"
        named = words["and"].join(words[kind] for kind in kinds)
        of = words["tokens" if chosen.hidden and asked.unit == "word" else "positions"]
        keys = _listed(off or chosen.hidden)
        yield words[f"{how}-keys"].format(kinds=named, of=of, keys=keys)
    if asked.queries or asked.keys:
        yield words["part"].format(queries=_ranges(chosen.queries), keys=_ranges(chosen.keys))
    if (chosen.queries.cells, chosen.keys.cells) != (chosen.queries.length, chosen.keys.length):
        yield words["pooled"].format(
            queries=chosen.queries.length,
            keys=chosen.keys.length,
            rows=chosen.queries.cells,
            columns=chosen.keys.cells,
            pool=words[asked.pool],
        )
    if read := asked.model_dump(exclude_defaults=True, include=_lens()):
        lens = ", ".join(f"{field}={value}" for field, value in read.items())
        yield words["read"].format(lens=lens)
    yield words["text"].format(
        hash=text_hash(held.request)[:12],
        tokens=len(held.run.tokens["input"]),
        version=__version__,
    )


def _lens() -> set[str]:
    """Fields by which attention is read, but for those that have a sentence of their own."""
    return set(Question.model_fields) - _PLACE - _HIDING


def _spelled(letter: str, indices: Sequence[int]) -> str:
    """L3, L0-5 or L0,3."""
    in_step = all(after == before + 1 for before, after in pairwise(indices))
    if len(indices) > 2 and in_step:
        return f"{letter}{indices[0]}-{indices[-1]}"
    return letter + ",".join(map(str, indices))


def _listed(indices: Sequence[int]) -> str:
    more = " …" if len(indices) > MOST_LISTED else ""
    return ", ".join(map(str, indices[:MOST_LISTED])) + more


def _ranges(span: Span) -> str:
    return ", ".join(f"{start}:{stop}" for start, stop in span.ranges)
