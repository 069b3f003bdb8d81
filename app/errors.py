"""Every failure a person can meet: a name, an HTTP status and a sentence with what to do next."""

from typing import ClassVar


class HeadscopeError(Exception):
    """Base of all expected failures. `detail` is shown to the user and never echoes the input."""

    type: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something failed inside Headscope"
    status: ClassVar[int] = 500
    advice: ClassVar[str] = (
        "The server's log says where it failed. Asking again may help; other requests go on."
    )
    """For the catalogue of errors, where every failure of this kind is explained."""

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class UnknownModel(HeadscopeError):
    type, title, status = "unknown-model", "No such model", 404
    advice = (
        "Only the models of GET /api/v1/models are served. Others are offered with --model, or any "
        "of the Hub with --allow-any-model, when the server starts."
    )


class ModelLoading(HeadscopeError):
    type, title, status = "model-loading", "The model is still loading", 503
    advice = (
        "Loading takes seconds, a first download minutes. Ask again after the seconds in "
        "Retry-After."
    )


class ModelFailed(HeadscopeError):
    type, title, status = "model-failed", "The model failed", 503
    advice = (
        "It could not be loaded, or failed on this text; the detail says how. The next request "
        "tries again."
    )


class ModelRefused(HeadscopeError):
    """The model cannot be shown exactly, or its folder is not one we load."""

    type, title, status = "model-refused", "This model cannot be shown", 422
    advice = (
        "A model whose attention cannot be shown exactly, or whose files are not safe to load, "
        "is not shown at all. The detail says what is missing."
    )


class DiskFull(HeadscopeError):
    type, title, status = "disk-full", "The disk cannot take it", 507
    advice = (
        "What is kept of a very long text lies in files below HEADSCOPE_CACHE_DIR, where there is "
        "no room or nothing can be written. Free some of it, shorten the text, or set "
        "HEADSCOPE_TRACE_DTYPE=float16, which takes half."
    )


class TooManyTokens(HeadscopeError):
    type, title, status = "too-many-tokens", "The text is too long", 413
    advice = (
        "The detail has the number of tokens and the limit that they are over: the model's, or "
        "what this server may keep. Shorten the text, or send truncate: true for the model's."
    )


class BodyTooLarge(HeadscopeError):
    type, title, status = "body-too-large", "The request is too large", 413
    advice = (
        "Nothing of the request was read. Send a shorter text; HEADSCOPE_MAX_BODY_BYTES is the "
        "limit."
    )


class AnswerTooLarge(HeadscopeError):
    type, title, status = "answer-too-large", "The answer would be too large", 413
    advice = (
        "It was refused before it was computed. Ask for fewer heads, a range of queries and "
        "keys, a smaller size, or uint8."
    )


class UnknownAnalysis(HeadscopeError):
    type, title, status = "unknown-analysis", "This is not the id of an analysis", 404
    advice = "An id has 32 hexadecimal digits and comes from POST /api/v1/analyses."


class AnalysisGone(HeadscopeError):
    type, title, status = "analysis-gone", "This analysis is no longer held", 410
    advice = (
        "Analyses are dropped, the least recently used first, to keep memory bounded. Post the "
        "same request again: it gets the same id."
    )


class NotSupported(HeadscopeError):
    type, title, status = "not-supported", "Not supported here", 422
    advice = (
        "The call is understood, but this model, this analysis or this version does not have "
        "what it asks for."
    )


class InvalidRequest(HeadscopeError):
    type, title, status = "invalid-request", "The request is not valid", 422
    advice = (
        "The detail, or the list of fields in errors, says what is wrong and what would be right."
    )


class LessonInvalid(HeadscopeError):
    type, title, status = "lesson-invalid", "The lesson cannot be given as it is written", 503
    advice = "The detail names the file and the entry. Correct it and start the server again."


class NotFound(HeadscopeError):
    type, title, status = "not-found", "There is nothing here", 404
    advice = "No page and no call has this address. /docs lists those there are."


class Busy(HeadscopeError):
    type, title, status = "busy", "The server is busy", 503
    advice = (
        "More requests are here than may wait, or the server is stopping. Ask again after the "
        "seconds in Retry-After; HEADSCOPE_MAX_QUEUE lets more wait."
    )


class DeadlinePassed(HeadscopeError):
    type, title, status = "deadline", "The deadline passed", 503
    advice = (
        "It took longer than this server allows. Ask for less, or again when there is less to do."
    )


class BadHost(HeadscopeError):
    type, title, status = "bad-host", "This host name is not served", 400
    advice = (
        "The server answers only to the host names it was told, so that no foreign page can "
        "reach it by another. --allowed-host adds one."
    )


class Unauthorized(HeadscopeError):
    type, title, status = "unauthorized", "This server asks for its token", 401
    advice = (
        "Open the link that the server printed when it started, or send the token as "
        "Authorization: Bearer TOKEN. Only /healthz answers without."
    )


class RateLimited(HeadscopeError):
    type, title, status = "rate-limited", "Too many requests from this address", 429
    advice = (
        "One address may ask so often and no more, so that there is room for others. Ask again "
        "after the seconds in Retry-After; HEADSCOPE_RATE_LIMIT is the limit."
    )


class Forbidden(HeadscopeError):
    type, title, status = "forbidden", "Requests from other sites are refused", 403
    advice = (
        "A page of another site tried to use this server through your browser. Scripts and "
        "Headscope's own page may."
    )
