"""Every limit with its default; HEADSCOPE_* variables change them."""

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from .errors import InvalidRequest

MIB = 1024 * 1024


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="HEADSCOPE_",
        extra="ignore",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    models: tuple[str, ...] = ()
    """Ids or NAME=FOLDER to offer beside the built-in list; the first is loaded at start."""
    allow_any_model: bool = False
    """Whether any model of the Hugging Face Hub may be asked for by its id; needs a loopback
    address or a token."""
    device: Literal["cpu", "cuda", "mps"] = "cpu"
    """Where models compute; measured on cpu only."""
    cache_dir: Path = Field(default_factory=lambda: Path.home() / ".cache" / "headscope")
    """Where converted weights are kept, and files of traces."""
    lesson: Path | None = None
    """A file with a lesson to give: its texts, notes and models instead of the built-in ones."""
    allowed_hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    """Names that the Host header of a request may have, beside the address that the request came
    to; every other is refused."""
    token: SecretStr | None = None
    """What every request but /healthz must bring; `serve` makes one where other machines can reach
    the server and none is set."""
    rate_limit: str | None = None
    """How often one address may ask for something to be computed, such as 600/minute; the page
    asks about ten times for one text."""
    log_format: Literal["text", "json"] = "text"
    """Lines for a person, or one JSON object each."""
    workers: int = Field(default=1, ge=1)
    """Forward passes and attention answers computed at the same moment."""
    max_queue: int = Field(default=64, ge=0)
    """Requests that may wait beside those that are computed; more are told that it is busy."""
    queue_deadline_s: float = Field(default=90.0, gt=0)
    """How long a request waits for its turn; then it is never begun."""
    max_body_bytes: int = Field(default=2 * MIB, ge=1)
    """The largest body of a request."""
    max_answer_bytes: int = Field(default=32_000_000, ge=1)
    """The largest answer with weights, before compression."""
    max_page_bytes: int = Field(default=64_000_000, ge=1)
    """Float32 weights in one page that is saved, which all else makes 2 MB larger: what a browser
    opens at once."""
    max_read_cells: int = Field(default=1 << 32, ge=1)
    """Weights that one answer may be made of, such as 64 heads of 8,192 tokens pooled into few
    cells."""
    max_models_bytes: int = Field(default=4096 * MIB, ge=1)
    """Weights held at once; the least recently used model goes first."""
    max_traces_bytes: int = Field(default=2048 * MIB, ge=1)
    """Traces held in memory at once, the one in the making among them; the least recently used
    analysis goes first."""
    trace_dtype: Literal["float32", "float16"] = "float32"
    """What queries, keys and values are kept as; float16 takes half, and weights move by what the
    analysis then says it measured."""
    map_traces_over_bytes: int = Field(default=1024 * MIB, ge=1)
    """A trace larger than this, or than memory has room for, lies in files below the cache dir,
    mapped into memory."""
    max_mapped_bytes: int = Field(default=8192 * MIB, ge=0)
    """Files of traces at once, the one in the making among them; the least recently used analysis
    goes first."""
    max_verify_bytes: int = Field(default=2048 * MIB, ge=1)
    """Memory that one comparison with the model's eager attention may take."""
    load_deadline_s: float = Field(default=60.0, gt=0)
    """How long a request waits for a model that is being loaded."""

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not re.fullmatch(r"[\w.-]+|\[[0-9A-Fa-f:.]+\]", host, re.ASCII):
                raise ValueError(
                    f"{host} is no host name: leave scheme and port out, and write an IPv6 address "
                    "in brackets"
                )
        return hosts

    @field_validator("token")
    @classmethod
    def _check_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not re.fullmatch(
            r"[\w.~-]{16,}", token.get_secret_value(), re.ASCII
        ):
            raise ValueError(
                "a token has at least 16 characters, of A-Z a-z 0-9 . _ ~ - only; leave it out and "
                "one is made"
            )
        return token

    @field_validator("rate_limit")
    @classmethod
    def _check_rate(cls, rate: str | None) -> str | None:
        if rate is not None and not re.fullmatch(r"[1-9][0-9]{0,5}/(second|minute|hour)", rate):
            raise ValueError("a rate is a number per second, minute or hour, such as 600/minute")
        return rate


def read_settings(**said: Any) -> Settings:
    """The settings of the environment, overridden by what was said.

    Raises InvalidRequest with a sentence.
    """
    try:
        return Settings(**said)
    except ValidationError as error:
        wrong = "; ".join(
            f"HEADSCOPE_{'_'.join(map(str, item['loc'])).upper()}: "
            f"{item['msg'].removeprefix('Value error, ')}"
            for item in error.errors()
        )
        raise InvalidRequest(f"The settings are not valid. {wrong}.") from error
    except SettingsError as error:
        raise InvalidRequest(f"The settings are not valid: {error}.") from error
