"""Which tokens a write into the residual stream speaks for, where the vocabulary head is at hand"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

from ..records import NoTokens
from .projection import Wiring

_PLAIN = (["lm_head.weight"], ["embed_out.weight"])
"""Heads that are one matrix; others, such as that of BERT as a decoder, have layers before it."""


@dataclass(frozen=True, eq=False)
class Unembedding:
    """From the residual stream to a logit for every token."""

    norm: nn.Module
    """The model's last."""
    embedding: Tensor
    """W_U (vocabulary, hidden)"""

    @torch.inference_mode()
    def logits(self, write: Tensor) -> Tensor:
        """W_U (N(write) - N(0)) for a write (hidden,) and the last norm N: a logit for every token.

        The logit lens (nostalgebraist 2020) held over the write alone. N divides by the size of
        what it is given, here the write, where the model divides by that of the whole stream. So
        these are the direct contributions to the logits (Elhage et al. 2021: past all later layers,
        the scale of the norm held fixed) but for one positive factor, the same for all tokens:
        their order and ratios are exact, their size is not the model's. N(0), the bias of the norm,
        and a bias of the vocabulary head are no head's doing. Neither a scale nor a cap of the
        logits is applied.
        """
        rows = torch.stack([write, torch.zeros_like(write)]).to(self.embedding)
        alone, nothing = self.norm(rows)
        logits: Tensor = self.embedding @ (alone - nothing)
        return logits


def find_unembedding(
    module: Any, config: PreTrainedConfig, wiring: Wiring
) -> Unembedding | NoTokens:
    """That of the checkpoint's architecture, or why there is none to use.

    Models are loaded without it; but where it is tied to the input embedding, it is there all the
    same. `wiring` knows the last norm, which stands behind all layers.
    """
    head: Any = MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None)
    if head is None or config.architectures != [head.__name__]:
        return "no-vocabulary"
    if list(head._tied_weights_keys or ()) not in _PLAIN:
        return "no-vocabulary"
    if not config.tie_word_embeddings:
        return "untied"
    path = wiring.last
    # Where every layer ends in a norm, that of the last layer is no last norm of one stream.
    if path is None or any(part.isdigit() for part in path.split(".")):
        return "normed"
    norm = module.get_submodule(path)
    if any(parameter.dim() > 1 for parameter in norm.parameters()):
        return "normed"
    return Unembedding(norm, module.get_input_embeddings().weight.detach())
