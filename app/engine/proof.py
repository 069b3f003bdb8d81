"""A model is shown only after a trial run has proved that what is shown is its own attention."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ..errors import ModelRefused
from .strategies import Inputs, Seen, Strategy

TOLERANCE = 1e-4
"""Arbitrary weights give scores of 100 and more, which amplify rounding; real ones hold 1e-5."""
LENGTHS = (13, 8)
"""Two texts of unequal length, so that a mask which goes missing shows."""


def trial_inputs(
    vocabulary: int, padding: int | None, device: str, lengths: Sequence[int] = LENGTHS
) -> Inputs:
    """A batch of random texts of these lengths, the same ones always, padded on the right."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, vocabulary, (len(lengths), max(lengths)), generator=generator)
    fill = padding if padding is not None and 0 <= padding < vocabulary else 0
    ids[ids == fill] = (fill + 1) % vocabulary
    mask = torch.zeros_like(ids)
    for row, length in enumerate(lengths):
        mask[row, :length] = 1
        ids[row, length:] = fill
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device)}


def check_reference(reference: dict[int, Tensor]) -> None:
    """Raises ModelRefused unless every layer's weights are queries x keys and rows sum to 1 or,
    for models whose sink takes a share, less."""
    if not reference:
        raise ModelRefused(
            "It returns no attention weights: its layers mix tokens in another way than softmax "
            "attention."
        )
    for layer, weights in reference.items():
        shape = tuple(weights.shape)
        if len(shape) != 4 or shape[0] != len(LENGTHS) or shape[2:] != (max(LENGTHS),) * 2:
            raise ModelRefused(
                f"The weights of its layer {layer} are not queries x keys of the text's length."
            )


def prove(model: object, strategy: Strategy, inputs: Inputs, reference: dict[int, Tensor]) -> Seen:
    """Compares every weight of the trial batch with the model's own eager attention, which was run
    before the model was set up; returns what was seen of the longer text.

    Raises ModelRefused where shapes, weights, row sums or outputs do not agree.
    """
    seen = [strategy.run(model, inputs, item, length) for item, length in enumerate(LENGTHS)]
    for item, (one, length) in enumerate(zip(seen, LENGTHS, strict=True)):
        if len(one.traces) != len(reference):
            raise ModelRefused(
                f"{len(one.traces)} attention layers were seen where the model has "
                f"{len(reference)}."
            )
        for trace, layer, expected in zip(one.traces, one.layers, reference.values(), strict=True):
            own = expected[item, :, :length, :length].float().cpu().numpy()
            weights = trace.block(slice(None), slice(None), slice(None))
            if weights.shape != own.shape:
                raise ModelRefused(f"The heads of layer {layer.index} do not match the model's.")
            _agree(float(np.abs(weights - own).max()), layer.index, "differ from its eager ones")
        _agree(one.row_sum_error(), None, "do not sum to 1")
        _agree(one.output_max_error() or 0.0, None, "do not give its attention output")
    return seen[0]


def _agree(error: float, layer: int | None, what: str) -> None:
    # NaN compares false, so weights that are not numbers are refused too.
    if not error <= TOLERANCE:
        where = "" if layer is None else f" of layer {layer}"
        raise ModelRefused(f"The weights{where} {what} (by {error:.1e}), so nothing is shown.")
