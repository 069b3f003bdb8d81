"""Models of the Hugging Face Hub: from its cache on this disk, else fetched at a pinned commit."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ModelFailed, ModelRefused
from ..records import Report
from .counting import counted
from .entries import Entry
from .files import MODEL_FILES
from .folders import weight_bytes

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

REACH_SECONDS = 1.5
"""How long the Hub may take to answer at all, name lookup included."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9_][A-Za-z0-9._-]*")


def is_hub_id(text: str) -> bool:
    """Whether it could name a model of the Hub. Touches no network."""
    if not _ID.fullmatch(text):
        return False
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(text)
    except HFValidationError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class HubModel:
    facts: Entry

    @property
    def id(self) -> str:
        return self.facts.id

    def entry(self) -> Entry:
        snapshot = cached_snapshot(self.id)
        if snapshot is None:
            return self.facts
        size = self.facts.size_bytes or weight_bytes(snapshot)
        return replace(self.facts, on_disk=True, revision=snapshot.name, size_bytes=size)

    def find(self, report: Report) -> Path:
        return cached_snapshot(self.id) or _download(self.id, report)

    def revision(self, folder: Path) -> str:
        return folder.name


def cached_snapshot(id: str) -> Path | None:
    """Folder of a whole snapshot in the Hub's cache, that of `main` first, else the newest."""
    from huggingface_hub.constants import HF_HUB_CACHE

    repository = Path(HF_HUB_CACHE) / f"models--{id.replace('/', '--')}"
    return next((path for path in _snapshots(repository) if _is_whole(path)), None)


def _snapshots(repository: Path) -> Iterator[Path]:
    main = repository / "refs" / "main"
    if main.is_file():
        yield repository / "snapshots" / main.read_text("utf-8").strip()
    found = (repository / "snapshots").glob("*")
    yield from sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def _is_whole(snapshot: Path) -> bool:
    """Whether config and every shard of the weights are there: a download may have been cut."""
    if not (snapshot / "config.json").is_file():
        return False
    index = snapshot / "model.safetensors.index.json"
    if not index.is_file():
        return any(snapshot.glob("*.safetensors"))
    try:
        shards = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return all((snapshot / str(shard)).is_file() for shard in shards)


def _download(id: str, report: Report) -> Path:
    """BLOCKING for as long as the download takes; refused at once where the Hub is out of reach."""
    import httpx2
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    if not can_reach():
        raise ModelFailed(
            f"{id} is not on this disk and the Hugging Face Hub cannot be reached from here. "
            "Choose a packaged model, or give a folder with --model NAME=FOLDER."
        )
    try:
        info = HfApi().model_info(id, timeout=10, files_metadata=True)
        if not any(file.rfilename.endswith(".safetensors") for file in info.siblings or ()):
            raise ModelRefused(
                f"{id} has no .safetensors file on the Hub, and pickled weights are never opened."
            )
        return Path(
            snapshot_download(
                id,
                revision=info.sha,
                allow_patterns=list(MODEL_FILES),
                ignore_patterns=["*/*"],
                tqdm_class=counted(_size(info), report),
            )
        )
    except GatedRepoError as error:
        raise ModelFailed(
            f"The Hub gives {id} only to accounts that accepted its terms: accept them on its "
            "page, then set HF_TOKEN and start again."
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelFailed(f"The Hub has no public model {id}.") from error
    except (httpx2.HTTPError, OSError) as error:
        raise ModelFailed(
            f"The download of {id} stopped ({type(error).__name__}). Try again: what has come "
            "already is kept."
        ) from error


def _size(info: "ModelInfo") -> int:
    """Bytes of the files that are fetched."""
    return sum(
        file.size or 0
        for file in info.siblings or ()
        if "/" not in file.rfilename
        and any(fnmatch(file.rfilename, pattern) for pattern in MODEL_FILES)
    )


def can_reach() -> bool:
    """Whether the Hub answers at all, within `REACH_SECONDS`."""
    from huggingface_hub import constants, get_session

    reached = threading.Event()

    def ask() -> None:
        try:
            get_session().head(constants.ENDPOINT, timeout=REACH_SECONDS, follow_redirects=False)
        except Exception:
            return
        reached.set()

    # In a thread of its own, as no timeout bounds the lookup of the name.
    thread = threading.Thread(target=ask, name="hub-reach", daemon=True)
    if not constants.is_offline_mode():
        thread.start()
        thread.join(REACH_SECONDS)
    return reached.is_set()
