"""Models in a folder of the user's own."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import ModelFailed, ModelRefused
from ..records import Report, StackName
from .entries import Entry
from .files import CONFIG_LIMIT, model_files, read_object

_LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads")


@dataclass(frozen=True, slots=True)
class LocalFolder:
    id: str
    folder: Path

    def entry(self) -> Entry:
        config = _read_config(self.folder)
        stacks = _stacks(config)
        return Entry(
            id=self.id,
            title=self.id,
            family=str(config.get("model_type", "unknown")),
            source="local",
            stacks=stacks,
            layers=_first_int(config, _LAYERS),
            heads=_first_int(config, _HEADS),
            pairs=stacks == ("encoder",),
            size_bytes=weight_bytes(self.folder),
            on_disk=self.folder.is_dir(),
        )

    def find(self, report: Report, limit_bytes: int | None) -> Path:  # noqa: ARG002
        if not self.folder.is_dir():
            raise ModelFailed(f"The folder given for {self.id} is no longer there.")
        return self.folder

    def revision(self, folder: Path) -> str:
        return revision_of(folder)


def revision_of(folder: Path) -> str:
    """First 12 hex digits of a SHA-256 over the names and contents of the folder's model files.

    Reads no file again whose size and time of change are what they were.
    """
    digest = hashlib.sha256()
    for path in model_files(folder):
        stat = path.stat()
        content = _hash_of(path, stat.st_size, stat.st_mtime_ns)
        digest.update(path.name.encode() + b"\0" + content)
    return digest.hexdigest()[:12]


@lru_cache(maxsize=1024)
def _hash_of(path: Path, _size: int, _changed_ns: int) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def weight_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.safetensors") if path.is_file())


def _read_config(folder: Path) -> dict[str, Any]:
    """The folder's config.json; empty where it cannot be read: the loader says why it refuses."""
    try:
        return read_object(folder / "config.json", CONFIG_LIMIT)
    except ModelRefused:
        return {}


def _first_int(config: dict[str, Any], names: tuple[str, ...]) -> int | None:
    return next((config[name] for name in names if isinstance(config.get(name), int)), None)


def _stacks(config: dict[str, Any]) -> tuple[StackName, ...]:
    """What the class that saved the model tells; a bare `...Model` may be either."""
    architectures = config.get("architectures")
    name = str(architectures[0]) if isinstance(architectures, list) and architectures else ""
    if name.endswith(("ForCausalLM", "LMHeadModel")):
        return ("decoder",)
    return ("encoder",) if name.endswith("ForMaskedLM") else ()
