"""What the process logs: lines for a person or for a machine, never the words of an exception."""

import logging
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

Format = Literal["text", "json"]

request_id: ContextVar[str | None] = ContextVar("headscope_request_id", default=None)
"""Of the request that is being served in this context."""

OWN = __name__.partition(".")[0]
ACCESS = f"{OWN}.access"
_FACTS = "headscope_facts"


def facts(**values: Any) -> Mapping[str, Any]:
    """What a log call gives as `extra` beside its sentence, for machines."""
    return {_FACTS: values}


def config(format: Format) -> dict[str, Any]:
    """For `logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": JsonLines if format == "json" else TextLines}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {OWN: {"level": "INFO"}},
    }


class _Lines(logging.Formatter):
    def formatException(self, ei: Any) -> str:
        """Where it failed. What an exception says may quote a text, so that is left out."""
        return f"{ei[0].__name__}\n{''.join(traceback.format_tb(ei[2]))}".rstrip()

    def sentence(self, record: logging.LogRecord) -> str:
        """Libraries put values below the first line of theirs."""
        message = record.getMessage()
        return message if record.name.startswith(OWN) else message.partition("\n")[0]

    def trouble(self, record: logging.LogRecord) -> str | None:
        return self.formatException(record.exc_info) if record.exc_info else None


class TextLines(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        parts = [f"{at} {record.levelname:<7} {self.sentence(record)}"]
        if name := request_id.get():
            parts[0] += f" [{name}]"
        return "\n".join(filter(None, [*parts, self.trouble(record)]))


class JsonLines(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.sentence(record),
            "request_id": request_id.get(),
            **getattr(record, _FACTS, {}),
        }
        if trouble := self.trouble(record):
            line["trouble"] = trouble
        return orjson.dumps(line).decode()
