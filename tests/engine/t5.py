"""A tiny T5 of random weights: an encoder, a decoder and cross-attention for `show`."""

from typing import Any

import torch
from transformers import AutoModel, T5Config

TOKENS = ["▁a", "▁b", "▁c", "▁d", "</s>"]
TARGET = ["<pad>", "▁x", "▁y"]


def returned() -> Any:
    """What transformers returns for five tokens and a target of three: 2 layers of 4 heads."""
    torch.manual_seed(0)
    config = T5Config(d_model=32, d_kv=8, num_layers=2, num_heads=4, d_ff=32, vocab_size=50)
    model: Any = AutoModel.from_config(config, attn_implementation="eager")  # type: ignore[no-untyped-call]
    ids, target = torch.tensor([[5, 6, 7, 8, 1]]), torch.tensor([[0, 9, 10]])
    with torch.no_grad():
        return model.eval()(input_ids=ids, decoder_input_ids=target, output_attentions=True)
