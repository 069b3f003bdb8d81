"""What a model folder must be before anything in it is loaded."""

import json
from pathlib import Path
from typing import Any

from transformers import CONFIG_MAPPING, PreTrainedConfig

from ..errors import ModelRefused

_DROPPED = ("auto_map", "quantization_config", "torch_dtype", "dtype")
_REFUSED = {
    "longformer": "its weights are a band of neighbours, not queries x keys",
    "led": "its weights are a band of neighbours, not queries x keys",
    "reformer": "it attends within hashed buckets and keeps no queries x keys weights",
    "funnel": "its layers shorten the text, so their axes are not the tokens",
}


def vet(folder: Path) -> PreTrainedConfig:
    """The folder's config, cleaned of everything that could choose code.

    Raises ModelRefused with a sentence where the folder is not one we load: no config, a model type
    that is not transformers' own, no safetensors, an encoder-decoder, block-sparse attention.
    """
    values = _read(folder / "config.json")
    kind = values.get("model_type")
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        raise ModelRefused(
            "Its config.json names no model type that transformers knows by itself, and Headscope "
            "never runs code that comes with a model."
        )
    if kind in _REFUSED:
        raise ModelRefused(f"{kind} models cannot be shown: {_REFUSED[kind]}.")
    if not any(folder.glob("*.safetensors")):
        raise ModelRefused(
            "The folder holds no .safetensors file. Save the model with save_pretrained, which "
            "writes one; pickled weights are never opened."
        )
    try:
        config: PreTrainedConfig = CONFIG_MAPPING[kind].from_dict(_clean(values))
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


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ModelRefused("The folder holds no config.json.") from None
    except (ValueError, OSError):
        raise ModelRefused("Its config.json cannot be read as JSON.") from None
    if not isinstance(values, dict):
        raise ModelRefused("Its config.json is not a JSON object.")
    return values


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    """Without keys that name code, an attention implementation or a kernel, at any depth."""
    return {
        key: _clean(value) if isinstance(value, dict) else value
        for key, value in values.items()
        if key not in _DROPPED and "implementation" not in key and "kernel" not in key
    }
