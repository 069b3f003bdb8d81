"""Models in a folder of the user's own."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from ..errors import ModelFailed
from ..records import Report, StackName
from .entries import Entry, Location

MODEL_FILES = ("*.safetensors", "*.json", "*.txt", "*.model")
_CONFIG_LIMIT = 1_000_000
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

    def locate(self, report: Report) -> Location:  # noqa: ARG002 (nothing to download)
        if not self.folder.is_dir():
            raise ModelFailed(f"The folder given for {self.id} is no longer there.")
        return Location(self.folder, revision_of(self.folder))


def revision_of(folder: Path) -> str:
    """First 12 hex digits of a SHA-256 over the names and contents of the folder's model files.

    Reads no file again whose size and time of change are what they were.
    """
    digest = hashlib.sha256()
    try:
        for path in sorted(set(chain.from_iterable(map(folder.glob, MODEL_FILES)))):
            stat = path.stat()
            content = _hash_of(path, stat.st_size, stat.st_mtime_ns)
            digest.update(path.name.encode() + b"\0" + content)
    except OSError as error:
        raise ModelFailed(f"A file of the model cannot be read: {error.strerror}.") from error
    return digest.hexdigest()[:12]


@lru_cache(maxsize=1024)
def _hash_of(path: Path, _size: int, _changed_ns: int) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def weight_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.safetensors") if path.is_file())


def _read_config(folder: Path) -> dict[str, Any]:
    """The folder's config.json; empty where it cannot be read: the loader says why it refuses."""
    path = folder / "config.json"
    try:
        if path.stat().st_size > _CONFIG_LIMIT:
            return {}
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _first_int(config: dict[str, Any], names: tuple[str, ...]) -> int | None:
    return next((config[name] for name in names if isinstance(config.get(name), int)), None)


def _stacks(config: dict[str, Any]) -> tuple[StackName, ...]:
    """What the class that saved the model tells; a bare `...Model` may be either."""
    architectures = config.get("architectures")
    name = str(architectures[0]) if isinstance(architectures, list) and architectures else ""
    if name.endswith(("ForCausalLM", "LMHeadModel")):
        return ("decoder",)
    return ("encoder",) if name.endswith("ForMaskedLM") else ()
