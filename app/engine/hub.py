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
from .headers import check_size

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

REACH_SECONDS = 1.5
"""How long the Hub may take to answer at all, name lookup included."""
_BEGUN = "headscope-begun"
"""Beside the snapshots of a model: the commit whose download has begun and not ended."""
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

    def find(self, report: Report, limit_bytes: int | None) -> Path:
        return cached_snapshot(self.id) or _download(self.id, report, limit_bytes)

    def revision(self, folder: Path) -> str:
        return folder.name


def unlisted(id: str) -> HubModel:
    """A model of which nothing is known yet but where it is."""
    return HubModel(Entry(id=id, title=id, family="unknown", source="hub"))


def cached_snapshot(id: str) -> Path | None:
    """Folder of a whole snapshot in the Hub's cache, that of `main` first, else the newest."""
    repository = _repository(id)
    begun = repository / _BEGUN
    cut = begun.read_text("utf-8") if begun.is_file() else None
    whole = (path for path in _snapshots(repository) if path.name != cut and _is_whole(path))
    return next(whole, None)


def _repository(id: str) -> Path:
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE) / f"models--{id.replace('/', '--')}"


def _snapshots(repository: Path) -> Iterator[Path]:
    main = repository / "refs" / "main"
    if main.is_file():
        yield repository / "snapshots" / main.read_text("utf-8").strip()
    found = (repository / "snapshots").glob("*")
    yield from sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def _is_whole(snapshot: Path) -> bool:
    """Whether config and every shard of the weights are there: other programs fetch them singly."""
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


def _download(id: str, report: Report, limit_bytes: int | None) -> Path:
    """BLOCKING for as long as the download takes; refused at once where the Hub is out of reach."""
    if not can_reach():
        raise ModelFailed(
            f"{id} is not on this disk and the Hugging Face Hub cannot be reached from here. "
            "Choose a packaged model, or give a folder with --model NAME=FOLDER."
        )
    # Only now: they take half a second to import.
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        info = HfApi().model_info(id, timeout=10, files_metadata=True)
        weights = _size(info, ("*.safetensors",))
        if not weights:
            raise ModelRefused(
                f"{id} has no .safetensors file on the Hub, and pickled weights are never opened."
            )
        check_size(weights, limit_bytes)
        return _fetch(id, info, report)
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


def _fetch(id: str, info: "ModelInfo", report: Report) -> Path:
    """The files of one commit. Until all are there the snapshot says that it was only begun."""
    from huggingface_hub import snapshot_download

    begun = _repository(id) / _BEGUN
    begun.parent.mkdir(parents=True, exist_ok=True)
    begun.write_text(info.sha or "", "utf-8")
    snapshot = snapshot_download(
        id,
        revision=info.sha,
        allow_patterns=list(MODEL_FILES),
        ignore_patterns=["*/*"],
        tqdm_class=counted(_size(info, MODEL_FILES), report),
    )
    begun.unlink(missing_ok=True)
    return Path(snapshot)


def _size(info: "ModelInfo", patterns: tuple[str, ...]) -> int:
    """Bytes of the files of a model, those in its folders left out."""
    return sum(
        file.size or 0
        for file in info.siblings or ()
        if "/" not in file.rfilename
        and any(fnmatch(file.rfilename, pattern) for pattern in patterns)
    )


def can_reach() -> bool:
    """Whether the Hub answers at all, within `REACH_SECONDS`."""
    reached = threading.Event()

    def ask() -> None:
        from huggingface_hub import constants, get_session

        if constants.is_offline_mode():
            return
        try:
            get_session().head(constants.ENDPOINT, timeout=REACH_SECONDS, follow_redirects=False)
        except Exception:
            return
        reached.set()

    # In a thread of its own, as nothing bounds the lookup of the name, nor a first import.
    thread = threading.Thread(target=ask, name="hub-reach", daemon=True)
    thread.start()
    thread.join(REACH_SECONDS)
    return reached.is_set()
