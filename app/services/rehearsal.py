"""A lesson before its first visitor: every text is held against its model, once that is loaded."""

import asyncio
from pathlib import Path

from ..errors import HeadscopeError, LessonInvalid, ModelLoading
from .lesson import Lesson, LessonText, check_within
from .models import Known, Models, still_loading


class Rehearsal:
    """Belongs to the event loop."""

    def __init__(self, lesson: Lesson, path: Path, models: Models) -> None:
        self.lesson = lesson
        self._path = path
        self._models = models
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._task = asyncio.create_task(self._run())
        # Its failure is told by check_ready.
        self._task.add_done_callback(lambda task: task.cancelled() or task.exception())

    def check_ready(self) -> None:
        """Raises ModelLoading until every text is checked, then what is wrong with one."""
        if self._task is None or not self._task.done():
            raise still_loading()
        self._task.result()

    async def _run(self) -> None:
        for number, text in enumerate(self.lesson.texts, 1):
            await self._check(f"{self._path}, text {number}", text)

    async def _check(self, place: str, text: LessonText) -> None:
        known = await self._known(text.model)
        try:
            tokens = await self._models.tokenize(text.model, text.text, text.text_pair)
        except HeadscopeError as error:
            raise LessonInvalid(f"{place}: {error.detail}") from error
        if tokens.limit is not None and tokens.count > tokens.limit:
            raise LessonInvalid(
                f"{place}: it has {tokens.count} tokens and its model reads {tokens.limit}; "
                "shorten it."
            )
        check_view(place, text, known)
        check_within(place, "query", text.query, tokens.count, "tokens")
        check_within(place, "key", text.key, tokens.count, "tokens")

    async def _known(self, model: str) -> Known:
        """Waits as long as it takes, which for a download is minutes."""
        while True:
            try:
                return await self._models.known(model)
            except ModelLoading:
                continue


def check_view(place: str, text: LessonText, known: Known) -> None:
    """Raises LessonInvalid where the model has no such stack, layer or head."""
    stacks = {stack.name: stack for stack in known.stacks}
    stack = stacks.get(text.stack or known.stacks[0].name)
    if stack is None:
        raise LessonInvalid(
            f"{place}: its model has no {text.stack} stack, only {', '.join(stacks)}."
        )
    check_within(place, "layer", text.layer, len(stack.layers), "layers")
    for layer in stack.layers:
        if layer.index == text.layer:
            check_within(place, "head", text.head, layer.heads, "heads")
