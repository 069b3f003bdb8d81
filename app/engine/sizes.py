"""How large the model of a config would be, known before any of it is allocated."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import torch
from transformers import AutoModel, PreTrainedConfig

from ..errors import ModelRefused
from .headers import check_size

_BOUNDS = {
    "num_hidden_layers": 1_000,
    "num_attention_heads": 1_000,
    "num_key_value_heads": 1_000,
    "hidden_size": 100_000,
    "intermediate_size": 1_000_000,
    "vocab_size": 4_000_000,
    "max_position_embeddings": 20_000_000,
}
_COUNT = re.compile(r"layer|label|expert|depth|block|stage|head|group")
"""Keys whose number transformers may loop over while it reads a config."""
_COUNT_LIMIT = 100_000


def check_counts(values: dict[str, Any]) -> None:
    """Raises ModelRefused where a config.json would be read without end."""
    for key, value in _numbers(values):
        if value > _COUNT_LIMIT and _COUNT.search(key):
            raise ModelRefused(
                f"Its config.json counts more than {_COUNT_LIMIT:,} of something that a model has "
                "few of, such as layers."
            )


def check_config(config: PreTrainedConfig, limit_bytes: int | None) -> None:
    """Raises ModelRefused unless its model could be built and would fit in memory."""
    text = config.get_text_config()
    if getattr(text, "vocab_size", None) is None:
        raise ModelRefused(f"{config.model_type} models do not read tokens of a text.")
    for name, bound in _BOUNDS.items():
        given = getattr(text, name, None)
        for value in given if isinstance(given, list) else [given]:
            if value is not None and (type(value) is not int or not 1 <= value <= bound):
                raise ModelRefused(
                    f"Its config.json gives a {name} that no model has; from 1 to {bound:,} would "
                    "be right."
                )
    check_size(_model_bytes(config), limit_bytes)


def _model_bytes(config: PreTrainedConfig) -> int:
    """Of all parameters and buffers in float32, from a model without memory."""
    try:
        with torch.device("meta"):
            model: Any = AutoModel.from_config(config, attn_implementation="eager")  # type: ignore[no-untyped-call]
    except Exception as error:
        raise ModelRefused(
            f"No {config.model_type} model can be built from its config.json "
            f"({type(error).__name__})."
        ) from error
    parts: Iterator[torch.Tensor] = chain(model.parameters(), model.buffers())
    return 4 * sum(part.numel() for part in parts)


def _numbers(values: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Every number at any depth with the key that it stands under."""
    if isinstance(values, dict):
        for name, value in values.items():
            yield from _numbers(value, name)
    elif isinstance(values, list):
        for value in values:
            yield from _numbers(value, key)
    elif isinstance(values, int | float):
        yield key, values
