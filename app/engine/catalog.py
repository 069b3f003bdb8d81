"""Which models there are: packaged, in a local folder, on the Hub. Imports no torch."""

import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import InvalidRequest, ModelFailed, UnknownModel
from ..records import Report, unheard
from ..settings import Settings
from .entries import Entry, Location, Offer
from .files import check_files
from .folders import LocalFolder
from .headers import check_weights
from .hub import is_hub_id, unlisted
from .hub_list import DEFAULT_LIST
from .packages import packaged

__all__ = ["Catalog", "Entry", "Location", "build_catalog"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Catalog:
    """The fixed list of models that this process offers and, where it may, any of the Hub."""

    def __init__(
        self,
        offers: dict[str, Offer],
        initial: str,
        *,
        limit_bytes: int | None = None,
        any_model: bool = False,
    ) -> None:
        """No model is found whose weights take more than `limit_bytes` of memory."""
        self._offers = offers
        self._limit = limit_bytes
        self.any_model = any_model
        """Whether every well-formed id of the Hub has an entry."""
        self.initial = initial
        """Id of the model to load at start."""

    def ids(self) -> tuple[str, ...]:
        """The list, without a look at the disk."""
        return tuple(self._offers)

    def only(self, ids: Sequence[str]) -> "Catalog":
        """These and no others, in this order; the first is to be loaded at start."""
        offers = {id: self._offers[id] for id in ids}
        return Catalog(offers, ids[0], limit_bytes=self._limit)

    def entries(self) -> tuple[Entry, ...]:
        return tuple(offer.entry() for offer in self._offers.values())

    def entry(self, id: str) -> Entry:
        """Raises UnknownModel; touches no network."""
        return self._offer(id).entry()

    def locate(self, id: str, report: Report = unheard) -> Location:
        """Find the model on disk, or download it where the Hub can be reached.

        BLOCKING. `report` hears the share of the download that is there. Raises UnknownModel,
        ModelFailed or ModelRefused with a sentence, within 2 s where the Hub is out of reach.
        """
        offer = self._offer(id)
        folder = offer.find(report, self._limit)
        try:
            check_files(folder)
            check_weights(folder, self._limit)
            return Location(folder, offer.revision(folder))
        except OSError as error:
            raise ModelFailed(f"A file of the model cannot be read: {error.strerror}.") from error

    def _offer(self, id: str) -> Offer:
        if id in self._offers:
            return self._offers[id]
        if not self.any_model:
            raise UnknownModel(
                "This server offers no model of that id; GET /api/v1/models lists those it does. "
                "More are offered with --model, or with --allow-any-model, when it starts."
            )
        if not is_hub_id(id):
            raise UnknownModel("That is no id of a model; ids of the Hub read owner/name.")
        return unlisted(id)


def build_catalog(settings: Settings) -> Catalog:
    """Packaged models, then those of `settings.models`, then the default list of the Hub.

    Raises InvalidRequest with a sentence for a name, folder or id that cannot be offered.
    """
    default: tuple[Offer, ...] = (*packaged(settings), *DEFAULT_LIST)
    known = {offer.id: offer for offer in default}
    given = [known.get(spec) or _parse(spec) for spec in settings.models]
    offers: dict[str, Offer] = {}
    for offer in (*packaged(settings), *given, *DEFAULT_LIST):
        if offers.setdefault(offer.id, offer) != offer:
            raise InvalidRequest(
                f"A model named {offer.id} is there already. Give the folder another name: "
                "--model NAME=FOLDER."
            )
    initial = given[0].id if given else next(iter(offers))
    return Catalog(
        offers,
        initial,
        limit_bytes=settings.max_models_bytes,
        any_model=settings.allow_any_model,
    )


def _parse(spec: str) -> Offer:
    """What a word of the command line names: a folder, NAME=FOLDER or a model of the Hub."""
    folder = Path(spec).expanduser()
    if folder.is_dir():
        return LocalFolder(_checked(folder.absolute().name), folder.absolute())
    name, separator, path = spec.partition("=")
    if separator:
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise InvalidRequest(f"There is no folder {path}.")
        return LocalFolder(_checked(name), folder.absolute())
    if not is_hub_id(spec):
        raise InvalidRequest(
            f"{spec} is neither a folder nor the id of a model; ids of the Hub read owner/name."
        )
    return unlisted(spec)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidRequest(
            f'"{name}" cannot name a model: use up to 64 letters, digits, dots, dashes and '
            "underscores, as in --model NAME=FOLDER."
        )
    return name
