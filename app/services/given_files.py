"""Files with attention, those that `save` writes among them: read without ever running a pickle"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import orjson
from safetensors import SafetensorError, deserialize

from ..errors import InvalidRequest
from .given_arrays import MAX_BYTES

MAX_JSON_BYTES = 400_000_000
"""Its numbers take ten times as much in memory before they are an array."""
MAX_TOKENS_BYTES = 10_000_000
_PICKLES = {".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle"}
_INPUT = ("tokens", "key_tokens", "input_tokens")
_TARGET = ("target_tokens", "query_tokens")
_DTYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16}


@dataclass(frozen=True)
class Content:
    """What a file holds: attention as `gather` takes it, and the tokens of both axes."""

    attentions: Any
    tokens: list[str] | None = None
    target_tokens: list[str] | None = None


def read(path: Path) -> Content:
    """Raises InvalidRequest with a sentence for what cannot be opened, or is not attention."""
    suffix = path.suffix.lower()
    if suffix in _PICKLES:
        raise InvalidRequest(
            f"A {suffix} file is a pickle, and to open one runs what is written in it. Save the "
            'tensors as safetensors: safetensors.torch.save_file({"layer_0": ...}, '
            '"attention.safetensors"), or as .npz.'
        )
    if suffix not in _READERS:
        raise InvalidRequest(f"The suffix says what a file is: {', '.join(_READERS)}.")
    try:
        _check_size(path, MAX_BYTES)
        return _READERS[suffix](path)
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, TypeError, LookupError, EOFError, BadZipFile, SafetensorError) as error:
        raise InvalidRequest(
            f"{path} is not a whole {suffix} file of numbers. Write it again; arrays of objects "
            "are pickles and never opened."
        ) from error


def read_tokens(path: Path) -> list[str]:
    """A JSON list, or a token in each line. Raises InvalidRequest."""
    try:
        _check_size(path, MAX_TOKENS_BYTES)
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{path} is not in UTF-8.") from error
    if path.suffix.lower() != ".json":
        return text.removesuffix("\n").split("\n")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidRequest(f"{path} is no JSON. Write a list of strings.") from error
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise InvalidRequest(f"{path} is no list of strings, one for every position.")
    return found


def _check_size(path: Path, limit: int) -> None:
    _check_bytes(path, path.stat().st_size, limit)


def _check_bytes(path: Path, size: int, limit: int) -> None:
    if size > limit:
        raise InvalidRequest(
            f"{path} takes {size / 1e6:,.0f} MB and the limit is {limit / 1e6:,.0f} MB. Write "
            "fewer layers."
        )


def _npy(path: Path) -> Content:
    return Content(np.load(path, mmap_mode="r", allow_pickle=False))


def _npz(path: Path) -> Content:
    with ZipFile(path) as packed:
        _check_bytes(path, sum(part.file_size for part in packed.infolist()), MAX_BYTES)
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file.items())
    about = json.loads(str(arrays.pop("meta"))) if "meta" in arrays else None
    tokens, target = _tokens(arrays)
    if about is not None:
        return _answer(about, arrays["attention"], target, tokens)
    return Content(arrays, tokens, target)


def _safetensors(path: Path) -> Content:
    tensors = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    return Content({name: _tensor(facts) for name, facts in tensors})


def _tensor(facts: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    """bfloat16, which numpy has not, is the upper half of float32."""
    if facts["dtype"] == "BF16":
        wide = np.frombuffer(facts["data"], "<u2").astype("<u4") << 16
        return wide.view("<f4").reshape(facts["shape"])
    if facts["dtype"] not in _DTYPES:
        raise InvalidRequest(
            f"There are tensors of {facts['dtype']} in it. Weights are F16, BF16, F32 or F64."
        )
    return np.frombuffer(facts["data"], _DTYPES[facts["dtype"]]).reshape(facts["shape"])


def _json(path: Path) -> Content:
    _check_size(path, MAX_JSON_BYTES)
    content = orjson.loads(path.read_bytes())
    if not isinstance(content, dict):
        return Content(content)
    names = content.get("tokens")
    if isinstance(names, dict):
        return _answer(content, content["attention"], names["queries"], names["keys"])
    tokens, target = _tokens(content)
    return Content(content, tokens, target)


def _tokens(fields: dict[str, Any]) -> tuple[list[str] | None, list[str] | None]:
    """Of the keys and of other queries, taken out of the fields."""
    found = [
        next((fields.pop(name) for name in names if name in fields), None)
        for names in (_INPUT, _TARGET)
    ]
    tokens, target = (None if one is None else np.asarray(one).tolist() for one in found)
    return tokens, target


def _answer(
    about: Mapping[str, Any], attention: Any, queries: list[str] | None, keys: list[str] | None
) -> Content:
    """What a server answered, or `save` wrote. Raises InvalidRequest where its numbers would stand
    under indices that are not theirs."""
    array = np.asarray(attention, np.float32)
    whole = [[[0, length]] for length in array.shape[2:]]
    if (
        about.get("reduce")
        or about.get("approximate")
        or about.get("heads") != list(range(array.shape[1]))
        or [about.get("queries"), about.get("keys")] != whole
        or about.get("query_bins")
        or about.get("key_bins")
        or any(about.get(name) for name in ("hidden", "keep", "between", "sets"))
        or about.get("unit", "token") != "token"
        or about.get("part", "weights") != "weights"
    ):
        raise InvalidRequest(
            "This file holds a part of the heads, or what was made of them, and would be shown "
            "under wrong numbers. Write it anew with all heads of its layers, whole rows, tokens, "
            "nothing hidden or filtered, and float32 (layers may be chosen)."
        )
    stack = about["stack"]
    layers = dict(zip((f"{stack}.{index}" for index in about["layers"]), array, strict=True))
    return Content(layers, keys, queries if stack == "cross" else None)


_READERS: dict[str, Callable[[Path], Content]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".safetensors": _safetensors,
    ".json": _json,
}
