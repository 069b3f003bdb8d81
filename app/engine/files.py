"""The files of a model folder: regular ones, inside it, whole, and of a bounded size."""

import json
from itertools import chain
from pathlib import Path
from typing import Any

from ..errors import ModelRefused

MODEL_FILES = ("*.safetensors", "*.json", "*.txt", "*.model")
"""What is downloaded, and what names a folder's revision."""
CONFIG_LIMIT = 1_000_000
TEXT_LIMIT = 100_000_000
"""The largest tokenizers take 35 MB."""
_READ = (*MODEL_FILES, "*.jinja")
_POINTER = b"version https://git-lfs.github.com/spec/"


def model_files(folder: Path, patterns: tuple[str, ...] = MODEL_FILES) -> list[Path]:
    return sorted(set(chain.from_iterable(map(folder.glob, patterns))))


def check_files(folder: Path) -> None:
    """Raises ModelRefused unless all that a load may open can be opened: no pipe, which would be
    waited for without end, no way out of the folder, no pointer in place of a file."""
    root = _root(folder)
    for path in model_files(folder, _READ):
        if not path.is_file():
            raise ModelRefused(f"{path.name} in its folder is not a file that can be read.")
        if not path.resolve().is_relative_to(root):
            raise ModelRefused(
                f"{path.name} is a link that leads out of its folder. Put the file itself there."
            )
        if path.suffix != ".safetensors" and path.stat().st_size > TEXT_LIMIT:
            raise ModelRefused(f"{path.name} is larger than {TEXT_LIMIT // 1_000_000} MB.")
        if _is_pointer(path):
            raise ModelRefused(
                f"{path.name} is a Git LFS pointer and not the file itself. Run git lfs pull in "
                "the folder."
            )


def read_object(path: Path, limit: int) -> dict[str, Any]:
    """The JSON object in a file. Raises ModelRefused with a sentence where there is none."""
    try:
        if not path.is_file():
            raise ModelRefused(f"The folder holds no {path.name}.")
        if path.stat().st_size > limit:
            raise ModelRefused(f"Its {path.name} is larger than {limit // 1_000_000} MB.")
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        raise ModelRefused(f"Its {path.name} cannot be read as JSON.") from None
    if not isinstance(values, dict):
        raise ModelRefused(f"Its {path.name} is not a JSON object.")
    return values


def _root(folder: Path) -> Path:
    """What links may lead to: the folder, in the Hub's cache all of a model's snapshots."""
    folder = folder.resolve()
    return folder.parents[1] if folder.parent.name == "snapshots" else folder


def _is_pointer(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_POINTER)) == _POINTER
