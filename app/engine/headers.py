"""What safetensors files say of themselves, read before anything is allocated."""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ModelRefused
from .files import CONFIG_LIMIT, read_object

HEADER_LIMIT = 16_000_000
"""Headers of the largest shards take 2 MB."""
INDEX_LIMIT = 100 * CONFIG_LIMIT
_LENGTH = 8
_FLOATS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_BYTES = {**_FLOATS, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1}
_BYTES |= {"BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1}
_DIMENSIONS = 8


class _Tensor(NamedTuple):
    start: int
    end: int
    elements: int


def check_weights(folder: Path, limit_bytes: int | None) -> None:
    """Raises ModelRefused unless every file of weights is whole, and all of them fit in memory."""
    elements = sum(map(_elements, weight_files(folder)))
    check_size(4 * elements, limit_bytes)


def check_size(nbytes: int, limit_bytes: int | None) -> None:
    if limit_bytes is not None and nbytes > limit_bytes:
        raise ModelRefused(
            f"It needs {_gigabytes(nbytes)} of memory and this server may hold "
            f"{_gigabytes(limit_bytes)} of weights; HEADSCOPE_MAX_MODELS_BYTES raises that."
        )


def weight_files(folder: Path) -> list[Path]:
    """Those that transformers opens. Raises ModelRefused where there are none."""
    single = folder / "model.safetensors"
    index = folder / f"{single.name}.index.json"
    if single.exists():
        return [single]
    if not index.exists():
        raise ModelRefused(
            "The folder holds no model.safetensors. Save the model with save_pretrained, which "
            "writes one; pickled weights are never opened."
        )
    names = read_object(index, INDEX_LIMIT).get("weight_map")
    if not isinstance(names, dict) or not names:
        raise ModelRefused(f"Its {index.name} names no files.")
    shards = set(map(str, names.values()))
    if any(Path(name).name != name or not name.endswith(".safetensors") for name in shards):
        raise ModelRefused(f"Its {index.name} names files that are not shards in the same folder.")
    return [folder / name for name in sorted(shards)]


def _elements(path: Path) -> int:
    """How many numbers a file holds. Raises ModelRefused where its header does not fit it."""
    if not path.is_file():
        raise ModelRefused("A shard of its weights is missing. Copy or download it again.")
    header, size = _header(path)
    tensors = sorted(_tensor(name, facts, path) for name, facts in header.items())
    edges = [0, *(end for tensor in tensors for end in (tensor.start, tensor.end)), size]
    if not tensors or any(a != b for a, b in zip(edges[::2], edges[1::2], strict=True)):
        raise _damaged(path, "its tensors do not fill it from end to end")
    return sum(tensor.elements for tensor in tensors)


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """Tensors by name, and the number of bytes after the header."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH), "little")
        if size < _LENGTH or length > min(size - _LENGTH, HEADER_LIMIT):
            raise _damaged(path, "its header is longer than it may be")
        raw = file.read(length)
    try:
        header = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _damaged(path, "its header is no JSON") from None
    if not isinstance(header, dict):
        raise _damaged(path, "its header is no JSON object")
    header.pop("__metadata__", None)
    return header, size - _LENGTH - length


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name is there twice")
    return values


def _tensor(name: str, facts: Any, path: Path) -> _Tensor:
    match facts:
        case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [int(start), int(end)]} if (
            dtype in _BYTES
            and len(shape) <= _DIMENSIONS
            and all(type(length) is int and 0 <= length < 2**53 for length in shape)
        ):
            elements = math.prod(shape)
        case _:
            raise _damaged(path, "its header describes no tensors that are known")
    if name.endswith("weight") and dtype not in _FLOATS:
        raise ModelRefused(
            f"Its weights are quantised ({dtype}), and what is shown would not be the model's own "
            "attention. Use the original weights."
        )
    if start < 0 or end - start != elements * _BYTES[dtype]:
        raise _damaged(path, "a tensor is not as long as its shape says")
    return _Tensor(start, end, elements)


def _damaged(path: Path, how: str) -> ModelRefused:
    return ModelRefused(
        f"{path.name} is not a whole safetensors file: {how}. Copy or download it again."
    )


def _gigabytes(nbytes: int) -> str:
    return f"{nbytes / 1e9:.1f} GB" if nbytes >= 5e7 else f"{nbytes / 1e6:.1f} MB"
