"""Runs models in this very process, without a server: for Python and for the command."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from threading import Lock

from .errors import HeadscopeError, ModelFailed, NotSupported
from .records import AnalysisRequest, StackName
from .services.analyses import Held, check_request, compared, heads_to_verify, identity
from .services.cache import Cache
from .services.engine import LoadedModel, LocalEngine
from .settings import Settings, read_settings

_loading = Lock()


def analyse(settings: Settings, request: AnalysisRequest) -> Held:
    """BLOCKING. The analysis of this request by a model that these settings offer.

    May be called from any thread, with or without a running event loop. Raises HeadscopeError with
    a sentence.
    """
    engine = LocalEngine(settings)
    model = _loaded(engine, request.model, settings.device)
    check_request(model.pairs, request)
    run = engine.analyse(model, request)
    run = replace(run, timing_ms={"queue": 0.0, **run.timing_ms})
    return Held(identity(request, model.facts, engine.version), request, run)


def verify(
    settings: Settings,
    held: Held,
    stack: StackName | None,
    layers: Sequence[int] | None,
    heads: Sequence[int] | None,
) -> Held:
    """BLOCKING. The analysis with these heads compared with the model's own eager attention.

    Raises NotSupported where no model made it here.
    """
    if held.run.model.kernel == "unknown":
        raise NotSupported(
            "These weights were computed elsewhere, and there is no model here to compare them "
            "with. headscope.analyze(text, model) runs one."
        )
    wanted = heads_to_verify(held.run, stack, layers, heads)
    engine = LocalEngine(settings)
    model = _loaded(engine, held.request.model, settings.device)
    return held.verified(compared(engine, model, held, wanted), wanted)


@cache
def _models() -> Cache[LoadedModel]:
    """Those used last, up to HEADSCOPE_MAX_MODELS_BYTES."""
    return Cache(read_settings().max_models_bytes)


def _loaded(engine: LocalEngine, id: str, device: str) -> LoadedModel:
    """Held from an earlier call, unless the files of its folder have changed since."""
    with _loading:
        key = f"{id} {engine.catalog.locate(id)} {device}"
        held = _models().get(key)
        if held is not None:
            return held
        try:
            model = engine.load(id)
        except HeadscopeError:
            raise
        except Exception as error:
            raise ModelFailed(
                f"The model could not be loaded ({type(error).__name__}: {error})."
            ) from error
        _models().put(key, model, model.nbytes)
        return model
