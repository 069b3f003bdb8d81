"""Weights left in sight: above a threshold, the strongest of a row, from one text to another."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..records import Floats, Token

Rule = Literal["min", "top", "mass"]
Between = Literal["aa", "ab", "ba", "bb"]
"""Queries of the first (a) or second (b) text, then keys of it."""

_SHARE = r"0?\.\d{0,20}[1-9]\d{0,20}|1(?:\.0{1,20})?|[1-9](?:\.\d{1,16})?e-(?:0?[1-9]|[1-9]\d)"
KEEP = rf"top:[1-9]\d{{0,6}}|(?:min|mass):(?:{_SHARE})|min:(?:0|0?\.0{{1,20}})"
_RULES: dict[str, Rule] = {"min": "min", "top": "top", "mass": "mass"}
_SLACK = 1e-9
_EXPECTED = (
    "keep is min:0.05 (weights of at least this), top:5 (the strongest keys of each row) or "
    "mass:0.7 (the strongest keys that make up this share of it); shares go from 0 to 1"
)


@dataclass(frozen=True)
class Keep:
    """What is left of every row (..., keys); all else becomes 0 and keeps its place.

    `min`: weights of at least `amount`, which is rounded to float32 as weights are. `top`: the
    `amount` strongest keys. `mass`: the fewest strongest keys whose sum reaches `amount` of the
    row's sum, added in float64 from the largest on; short of it by 1e-9 of it is rounding, and
    has reached it. Of keys with equal weights the earlier is the stronger.
    """

    rule: Rule
    amount: float

    def __str__(self) -> str:
        return f"{self.rule}:{int(self.amount) if self.rule == 'top' else self.amount}"

    @property
    def by_row(self) -> bool:
        """Whether a weight's fate hangs on the others of its row."""
        return self.rule != "min"

    def apply(self, weights: Floats) -> None:
        """In place; whole rows where it is `by_row`."""
        if self.rule == "min":
            weights[weights < np.float32(self.amount)] = 0
        elif self.rule == "top":
            count = min(int(self.amount), weights.shape[-1])
            weakest = np.partition(weights, -count, axis=-1)[..., -count, None]
            _strongest(weights, np.full(weakest.shape, count), weakest)
        else:
            falling = np.sort(weights, axis=-1)[..., ::-1]
            sums = np.cumsum(falling, axis=-1, dtype=np.float64)
            reached = sums >= self.amount * (1 - _SLACK) * sums[..., -1:]
            last = np.argmax(reached, axis=-1)[..., None]
            _strongest(weights, last + 1, np.take_along_axis(falling, last, axis=-1))


def read_keep(text: str) -> Keep:
    """Raises ValueError for what is no rule."""
    if not re.fullmatch(KEEP, text, re.ASCII):
        raise ValueError(_EXPECTED)
    rule, amount = text.split(":")
    return Keep(_RULES[rule], float(amount))


def outside(tokens: Sequence[Token], text: str) -> tuple[int, ...]:
    """Indices of the tokens that are not of the first (a) or second (b) text."""
    return tuple(token.index for token in tokens if token.segment != "ab".index(text))


def _strongest(weights: Floats, counts: NDArray[np.int64], weakest: Floats) -> None:
    """Leaves the `counts` (..., 1) strongest of each row; `weakest` (..., 1) is their last."""
    weights[weights < weakest] = 0
    tied = (np.count_nonzero(weights, axis=-1) > counts[..., 0]) & (weakest[..., 0] > 0)
    rows = weights[tied]
    last = rows == weakest[tied]
    spare = counts[tied] - np.count_nonzero(rows > weakest[tied], axis=-1)[:, None]
    rows[last & (np.cumsum(last, axis=-1) > spare)] = 0
    weights[tied] = rows
