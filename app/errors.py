"""Every failure a person can meet: a name, an HTTP status and a sentence with what to do next."""

from typing import ClassVar


class HeadscopeError(Exception):
    """Base of all expected failures. `detail` is shown to the user and never echoes the input."""

    type: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something failed inside Headscope"
    status: ClassVar[int] = 500

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class UnknownModel(HeadscopeError):
    type, title, status = "unknown-model", "No such model", 404


class ModelLoading(HeadscopeError):
    type, title, status = "model-loading", "The model is still loading", 503


class ModelFailed(HeadscopeError):
    type, title, status = "model-failed", "The model failed", 503


class ModelRefused(HeadscopeError):
    """The model cannot be shown exactly, or its folder is not one we load."""

    type, title, status = "model-refused", "This model cannot be shown", 422


class TooManyTokens(HeadscopeError):
    type, title, status = "too-many-tokens", "The text is too long for this model", 413


class BodyTooLarge(HeadscopeError):
    type, title, status = "body-too-large", "The request is too large", 413


class AnswerTooLarge(HeadscopeError):
    type, title, status = "answer-too-large", "The answer would be too large", 413


class UnknownAnalysis(HeadscopeError):
    type, title, status = "unknown-analysis", "This is not the id of an analysis", 404


class AnalysisGone(HeadscopeError):
    type, title, status = "analysis-gone", "This analysis is no longer held", 410


class NotSupported(HeadscopeError):
    type, title, status = "not-supported", "Not supported here", 422


class InvalidRequest(HeadscopeError):
    type, title, status = "invalid-request", "The request is not valid", 422


class NotFound(HeadscopeError):
    type, title, status = "not-found", "There is nothing here", 404


class DeadlinePassed(HeadscopeError):
    type, title, status = "deadline", "The deadline passed", 503


class BadHost(HeadscopeError):
    type, title, status = "bad-host", "This host name is not served", 400


class Forbidden(HeadscopeError):
    type, title, status = "forbidden", "Requests from other sites are refused", 403
