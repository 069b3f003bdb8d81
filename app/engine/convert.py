"""From a GGUF file, which takes 17 s to load, to a folder in the Hub's format, which takes 0.3."""

import os
import shutil
from pathlib import Path


def convert(gguf: Path, target: Path, extras: dict[str, bytes]) -> None:
    """BLOCKING. Write `target` with bfloat16 safetensors, tokenizer and the `extras` by name.

    It appears whole or not at all, even if the power fails: what a killed run left beside it is
    swept away by the next one.
    The caller holds the lock.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent,
            gguf_file=gguf.name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.bfloat16,
        )
        model.save_pretrained(unfinished)
        tokenizer.save_pretrained(unfinished)
        for name, content in extras.items():
            (unfinished / name).write_bytes(content)
        _settle(*unfinished.iterdir(), unfinished)
        shutil.rmtree(target, ignore_errors=True)
        unfinished.rename(target)
        _settle(target.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _settle(*paths: Path) -> None:
    """Waits until they are on the disk, and not only on their way to it."""
    for path in paths:
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
