"""Model folders that nobody should load: each a sound one, spoilt in one way."""

import json
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

Craft = Callable[[Path, Path], object]
POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    b"size 12345\n"
)


class Mark:
    """A pickle of it runs a command when it is opened."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.mark}",)


def pickled(folder: Path, mark: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Mark(mark)))


def code(folder: Path, mark: Path) -> None:
    for name in ("modeling_x", "configuration_x", "tokenization_x", "processing_x"):
        (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'w').close()\n")


def template(mark: Path) -> str:
    return "{{ cycler.__init__.__globals__.os.system('touch " + str(mark) + "') }}"


def edit(name: str, **values: Any) -> Craft:
    """Writes these values into a JSON file of the folder."""

    def craft(folder: Path, _: Path) -> None:
        path = folder / name
        path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}))

    return craft


def config(**values: Any) -> Craft:
    return edit("config.json", **values)


def both(*crafts: Craft) -> Craft:
    def craft(folder: Path, mark: Path) -> None:
        for each in crafts:
            each(folder, mark)

    return craft


def written(name: str, content: bytes) -> Craft:
    return lambda folder, _: (folder / name).write_bytes(content)


def gone(name: str) -> Craft:
    return lambda folder, _: (folder / name).unlink()


def pipe(name: str) -> Craft:
    def craft(folder: Path, _: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return craft


def link(name: str, target: str) -> Craft:
    def craft(folder: Path, _: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(target)

    return craft


def directory(folder: Path, _: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").mkdir()


def cut(folder: Path, _: Path) -> None:
    path = folder / "model.safetensors"
    os.truncate(path, path.stat().st_size - 100)


def header(raw: bytes, data: bytes = b"", length: int | None = None) -> Craft:
    """A file of weights with this header."""
    size = struct.pack("<Q", len(raw) if length is None else length)
    return written("model.safetensors", size + raw + data)


def tensor(shape: list[int], start: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def tensors(data: int, **facts: Any) -> Craft:
    return header(json.dumps(facts).encode(), bytes(data))


def sparse(folder: Path, mark: Path) -> None:
    """A terabyte of zeros that takes no room on the disk."""
    tensors(0, huge=tensor([250_000_000_000], 0, 10**12))(folder, mark)
    path = folder / "model.safetensors"
    os.truncate(path, path.stat().st_size + 10**12)


def weights(change: Callable[[dict[str, Any]], object]) -> Craft:
    def craft(folder: Path, _: Path) -> None:
        path = folder / "model.safetensors"
        values = load_file(path)
        change(values)
        save_file(values, path)

    return craft


def nan(values: dict[str, Any]) -> None:
    values["encoder.layer.1.output.dense.bias"][3] = np.nan


def missing(values: dict[str, Any]) -> None:
    del values["encoder.layer.1.attention.self.key.weight"]


def quantised(values: dict[str, Any]) -> None:
    name = "encoder.layer.1.attention.self.key.weight"
    values[name] = values[name].astype(np.int8)


def index(*shards: str) -> Craft:
    names = {f"tensor{number}": shard for number, shard in enumerate(shards)}
    raw = json.dumps({"weight_map": names}).encode()
    return both(gone("model.safetensors"), written("model.safetensors.index.json", raw))


def vocabulary(change: Callable[[dict[str, Any]], object]) -> Craft:
    def craft(folder: Path, _: Path) -> None:
        path = folder / "tokenizer.json"
        values = json.loads(path.read_text("utf-8"))
        change(values)
        path.write_text(json.dumps(values))

    return craft


AUTO_MAP = {"AutoModel": "modeling_x.X", "AutoConfig": "configuration_x.X"}
PROCESSOR_MAP = {"AutoProcessor": "processing_x.X"}
TOKENIZER_MAP = {"AutoTokenizer": ["tokenization_x.X", "tokenization_x.X"]}

REFUSED: dict[str, tuple[Craft, str]] = {
    "a pickle only": (both(pickled, gone("model.safetensors")), "pickled weights are never opened"),
    "code of its own": (
        both(code, config(auto_map=AUTO_MAP, model_type="x")),
        "never runs code that comes with a model",
    ),
    "a model as tokenizer": (
        both(
            code,
            config(auto_map=AUTO_MAP),
            edit("tokenizer_config.json", tokenizer_class="AutoModel"),
        ),
        "a class that is no tokenizer",
    ),
    "a tokenizer that does not fit": (
        vocabulary(lambda values: values["model"]["vocab"].update({"zzz": 99})),
        "tokens up to number 99 and the model knows 99",
    ),
    "an added token that does not fit": (
        vocabulary(
            lambda values: values["post_processor"]["special_tokens"]["[CLS]"].update(ids=[10**6])
        ),
        "tokens up to number 1,000,000",
    ),
    "a tokenizer that is none": (written("tokenizer.json", b"{}"), "tokenizer could not be loaded"),
    "a truncated file": (cut, "not a whole safetensors file"),
    "an empty file": (written("model.safetensors", b""), "header is longer than it may be"),
    "a header of 2^63 bytes": (header(b"{}", length=2**63), "header is longer than it may be"),
    "a header that is no JSON": (header(b"{" * 10_000), "its header is no JSON"),
    "a header of two minds": (
        header(b'{"a": {"dtype": "F32"}, "a": {"dtype": "F32"}}'),
        "its header is no JSON",
    ),
    "overlapping tensors": (
        tensors(12, a=tensor([2], 0, 8), b=tensor([2], 4, 12)),
        "do not fill it from end to end",
    ),
    "a gap": (tensors(12, a=tensor([1], 0, 4), b=tensor([1], 8, 12)), "do not fill it"),
    "a shape of another length": (tensors(12, a=tensor([4], 0, 12)), "not as long as its shape"),
    "a negative length": (tensors(4, a=tensor([-1], 0, 4)), "no tensors that are known"),
    "a length of 5,000 digits": (
        header(b'{"a": {"dtype": "F32", "shape": [' + b"9" * 5000 + b'], "data_offsets": [0, 4]}}'),
        "its header is no JSON",
    ),
    "a negative offset": (tensors(4, a=tensor([2], -4, 4)), "not as long as its shape"),
    "no tensors": (header(b"{}"), "do not fill it"),
    "a terabyte of weights": (sparse, "It needs 1000.0 GB of memory"),
    "weights that are no numbers": (weights(nan), "not numbers (NaN or infinite)"),
    "missing weights": (weights(missing), "1 tensors of the model are missing"),
    "quantised weights": (weights(quantised), "Its weights are quantised (I8)"),
    "weights of another shape": (config(intermediate_size=64), "could not load the model"),
    "pointers": (written("model.safetensors", POINTER), "model.safetensors is a Git LFS pointer"),
    "a pointer as config": (written("config.json", POINTER), "config.json is a Git LFS pointer"),
    "a pointer as tokenizer": (
        written("tokenizer.json", POINTER),
        "tokenizer.json is a Git LFS pointer",
    ),
    "a directory as weights": (directory, "model.safetensors in its folder is not a file"),
    "a pipe as weights": (pipe("model.safetensors"), "is not a file that can be read"),
    "a pipe as config": (pipe("config.json"), "is not a file that can be read"),
    "a pipe as tokenizer": (pipe("tokenizer.json"), "is not a file that can be read"),
    "a device as weights": (link("model.safetensors", "/dev/zero"), "is not a file"),
    "a link that leads out": (link("tokenizer.json", "/etc/passwd"), "leads out of its folder"),
    "shards above": (index("../../etc/passwd.safetensors"), "not shards in the same folder"),
    "shards elsewhere": (index("/etc/passwd.safetensors"), "not shards in the same folder"),
    "shards that are no weights": (index("config.json"), "not shards in the same folder"),
    "a missing shard": (index("model-1-of-2.safetensors"), "shard of its weights is missing"),
    "no layers": (config(num_hidden_layers=0), "num_hidden_layers that no model has"),
    "a negative width": (config(hidden_size=-32), "hidden_size that no model has"),
    "a fraction of heads": (config(num_attention_heads=0.5), "config.json"),
    "endless layers": (config(num_hidden_layers=10**12), "layers"),
    "endless labels": (config(num_labels=10**12), "more than 100,000"),
    "terabytes by its config": (config(vocab_size=4_000_000, hidden_size=100_000), "GB of memory"),
    "a config that is nothing": (written("config.json", b""), "config.json cannot be read as JSON"),
    "a config of two megabytes": (config(x="a" * 2_000_000), "config.json is larger than 1 MB"),
    "a deep config": (written("config.json", b'{"a":' * 100_000), "cannot be read as JSON"),
    "a nested config": (
        written("config.json", b'{"a":' * 100 + b"1" + b"}" * 100),
        "nested deeper than any model's",
    ),
    "a config that is NaN": (config(hidden_size=float("nan")), "config.json"),
}  # fmt: skip
"""By name: how it is spoilt, and what is said of it."""

REGEX = {
    "type": "Split",
    "pattern": {"Regex": "(a+)+$"},
    "behavior": "Isolated",
    "invert": False,
}
PANICS: Craft = vocabulary(lambda values: values.update(pre_tokenizer=REGEX))
"""A tokenizer that gives up with more than an exception on a text that `PANIC` is in."""
PANIC = "a" * 40 + "b"

HARMLESS: dict[str, Craft] = {
    "a pickle beside": pickled,
    "code beside": both(code, config(auto_map=AUTO_MAP)),
    "code in parts": both(code, config(parts=[{"auto_map": AUTO_MAP, "attn_implementation": "x"}])),
    "a kernel of its own": config(use_kernels=True, attn_implementation="someone/kernel"),
    "a processor with code": both(
        code,
        written("processor_config.json", json.dumps({"auto_map": PROCESSOR_MAP}).encode()),
    ),
    "a tokenizer with code": both(
        code,
        edit("tokenizer_config.json", auto_map=TOKENIZER_MAP, tokenizer_class="XTokenizer"),
    ),
    "a template with code": lambda folder, mark: edit(
        "tokenizer_config.json", chat_template=template(mark)
    )(folder, mark),
}  # fmt: skip
"""What is left aside: the model is shown, and nothing of it runs."""
