"""What a model's config must be before anything else of it is loaded."""

from pathlib import Path
from typing import Any

from transformers import CONFIG_MAPPING, PreTrainedConfig

from ..errors import ModelRefused
from .files import CONFIG_LIMIT, read_object
from .sizes import check_counts

_DROPPED = {
    "auto_map", "quantization_config", "torch_dtype", "dtype",
    "transformers_weights", "backbone", "use_pretrained_backbone",
    # Tables that are computed number by number, and then read from the file all the same.
    "sinusoidal_pos_embds", "sinusoidal_embeddings",
}  # fmt: skip
_DEPTH = 20
_REFUSED = {
    "longformer": "its weights are a band of neighbours, not queries x keys",
    "led": "its weights are a band of neighbours, not queries x keys",
    "reformer": "it attends within hashed buckets and keeps no queries x keys weights",
    "funnel": "its layers shorten the text, so their axes are not the tokens",
}


def vet(folder: Path) -> PreTrainedConfig:
    """The folder's config, cleaned of everything that could choose code, files or kernels.

    Raises ModelRefused with a sentence where it is not one we load: no config, a model type that
    is not transformers' own, an encoder-decoder, block-sparse attention.
    """
    values = clean(read_object(folder / "config.json", CONFIG_LIMIT))
    kind = values.get("model_type")
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        raise ModelRefused(
            "Its config.json names no model type that transformers knows by itself, and Headscope "
            "never runs code that comes with a model."
        )
    if kind in _REFUSED:
        raise ModelRefused(f"{kind} models cannot be shown: {_REFUSED[kind]}.")
    check_counts(values)
    try:
        config: PreTrainedConfig = CONFIG_MAPPING[kind].from_dict(values)
    except Exception as error:
        raise ModelRefused(
            f"Its config.json does not fit a {kind} model ({type(error).__name__})."
        ) from error
    if config.is_encoder_decoder:
        raise ModelRefused("Encoder-decoder models cannot be shown yet.")
    if getattr(config, "attention_type", None) == "block_sparse":
        raise ModelRefused(
            "Its block-sparse attention has no queries x keys weights. Set attention_type to "
            '"original_full" in config.json to see the same model with full attention.'
        )
    return config


def clean(values: dict[str, Any]) -> dict[str, Any]:
    """Without keys that name code, an attention implementation or a kernel, at any depth."""
    cleaned: dict[str, Any] = _cleaned(values, _DEPTH)
    return cleaned


def _cleaned(value: Any, depth: int) -> Any:
    if not depth:
        raise ModelRefused("Its config.json is nested deeper than any model's.")
    if isinstance(value, list):
        return [_cleaned(each, depth - 1) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _cleaned(each, depth - 1) for key, each in value.items() if not _chooses(key, each)
    }


def _chooses(key: str, value: Any) -> bool:
    """Whether it could choose what is run; the size of a convolution's kernel does not."""
    sizes = value if isinstance(value, list) else [value]
    kernel = "kernel" in key and not all(type(size) is int for size in sizes)
    return key in _DROPPED or "implementation" in key or kernel
