"""A lesson: a file with texts, what to look at in each, and the models that are offered."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ..engine.catalog import Catalog
from ..errors import LessonInvalid
from ..records import StackName


def _words(value: object) -> object:
    said = list(value.values()) if isinstance(value, dict) else [value]
    languages = set(value) if isinstance(value, dict) else set()
    if not said or languages - {"en", "zh"} or not all(isinstance(one, str) for one in said):
        raise ValueError('must be a text, or one by language: {en = "...", zh = "..."}')
    return value


Words = Annotated[str | dict[Literal["en", "zh"], str], BeforeValidator(_words)]
Index = Annotated[int, Field(ge=0)]


class LessonText(BaseModel):
    """One text of a lesson and the view that it opens with."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Words
    text: str = Field(min_length=1)
    text_pair: str | None = None
    note: Words | None = Field(default=None, description="What to look at.")
    model: str
    stack: StackName | None = None
    layer: Index | None = None
    head: Index | None = None
    query: Index | None = None
    key: Index | None = None
    sinks: Literal["off", "shown", "hidden", "renormalised"] | None = None
    show: Literal["head", "mean", "max"] | None = None
    scale: Literal["linear", "sqrt", "log"] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name, needed in (("head", "layer"), ("key", "query"), ("query", "head")):
            if getattr(self, name) is not None and getattr(self, needed) is None:
                raise ValueError(f"{name} is given without {needed}: add {needed}, or remove it")
        return self


class Lesson(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: Words
    introduction: Words | None = None
    models: list[str] = Field(default=[], description="Those offered; else those of the texts.")
    opening: int = Field(default=1, ge=1, description="The text that opens, counted from 1.")
    texts: list[LessonText] = Field(min_length=1)

    def offered(self) -> tuple[str, ...]:
        """The models, each once, that of the opening text first."""
        opening = self.texts[self.opening - 1].model
        return tuple(dict.fromkeys((opening, *self.models, *(one.model for one in self.texts))))


def read_lesson(path: Path, catalog: Catalog) -> Lesson:
    """Checked as far as no model must be loaded. Raises LessonInvalid, which names the entry."""
    try:
        lesson = Lesson.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise LessonInvalid(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise LessonInvalid(f"{path} is not in UTF-8; save it so.") from error
    except tomllib.TOMLDecodeError as error:
        raise LessonInvalid(f"{path} is not valid TOML: {error}.") from error
    except ValidationError as error:
        wrong = "; ".join(_complaint(dict(one)) for one in error.errors()[:5])
        raise LessonInvalid(f"{path}: {wrong}.") from error
    _check(lesson, path, catalog)
    return lesson


def _check(lesson: Lesson, path: Path, catalog: Catalog) -> None:
    if lesson.opening > len(lesson.texts):
        raise LessonInvalid(f"{path}: opening is {lesson.opening} of {len(lesson.texts)} texts.")
    for name in lesson.models:
        _check_offered(f"{path}, models", name, catalog)
    for number, text in enumerate(lesson.texts, 1):
        place = f"{path}, text {number}"
        _check_offered(place, text.model, catalog)
        if lesson.models and text.model not in lesson.models:
            raise LessonInvalid(f'{place}: "{text.model}" is not among models; add it there.')
        entry = catalog.entry(text.model)
        check_within(place, "layer", text.layer, entry.layers, "layers")
        check_within(place, "head", text.head, entry.heads, "heads")


def _check_offered(place: str, name: str, catalog: Catalog) -> None:
    if name not in catalog.ids():
        raise LessonInvalid(
            f'{place}: this server has no model "{name}". It has {", ".join(catalog.ids())}; '
            "offer others with --model."
        )


def check_within(place: str, name: str, index: int | None, count: int | None, of: str) -> None:
    """Raises LessonInvalid where there are not so many; what is not known is not checked."""
    if index is not None and count is not None and index >= count:
        raise LessonInvalid(
            f"{place}: {name} is {index}, but there are {count} {of}, counted from 0; "
            f"the last is {count - 1}."
        )


_SENTENCES = {"missing": "is missing", "extra_forbidden": "is not known here"}


def _complaint(error: dict[str, Any]) -> str:
    """One thing that is wrong, by its place: `text 2, layr: is not known here; known are ...`."""
    place = list(error["loc"])
    known = Lesson.model_fields
    if place[0] == "texts" and len(place) > 1:
        place[:2] = [f"text {place[1] + 1}"]
        known = LessonText.model_fields
    said = _SENTENCES.get(error["type"], error["msg"].removeprefix("Value error, "))
    if error["type"] == "extra_forbidden":
        said += f"; known are {', '.join(known)}"
    return f"{', '.join(map(str, place))}: {said}"
