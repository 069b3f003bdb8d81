"""What a head writes into the residual stream: its output behind the output projection"""

import torch
from torch import Tensor

from ..records import Arithmetic, Promoted, Write
from .inputs import TextInputs
from .loader import LoadedModel
from .unembedding import Unembedding

LISTED = 10
"""Tokens at either end."""


@torch.inference_mode()
def write(model: LoadedModel, place: int, head: int, found: Arithmetic) -> Write:
    """By one query, with the part of each key in `found`; `place` counts attention calls."""
    projection = model.wiring.projections[place]
    if projection is None:
        return Write(reason="gated")
    matrix = projection.of_head(head, len(found.output)).cpu()
    whole = torch.from_numpy(found.output) @ matrix
    parts = torch.from_numpy(found.weights[:, None] * found.v)
    squares = ((parts @ (matrix @ matrix.T)) * parts).sum(1)  # never (keys, hidden)
    norm, keys = float(whole.norm()), squares.clamp(min=0).sqrt().numpy()
    unembedding = model.unembedding if projection.straight else "normed"
    if not isinstance(unembedding, Unembedding):
        return Write(unembedding, norm, keys)
    logits = unembedding.logits(whole)[: model.inputs.vocabulary].cpu()
    most, least = (_extreme(logits, model.inputs, largest) for largest in (True, False))
    return Write(None, norm, keys, most, least)


def _extreme(logits: Tensor, inputs: TextInputs, largest: bool) -> tuple[Promoted, ...]:
    values, ids = logits.topk(min(LISTED, len(logits)), largest=largest)
    return tuple(
        Promoted(id, inputs.label(id), logit)
        for id, logit in zip(ids.tolist(), values.tolist(), strict=True)
    )
