"""The server and its OpenAPI document agree, whatever Schemathesis makes of the document."""

from collections import Counter
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response, engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

from .conftest import Figure

LEAST_CASES = 1000
CONFIG: dict[str, Any] = {
    "seed": 1,
    "continue-on-failure": True,
    "generation": {"max-examples": 12, "deterministic": True},
    # What an analysis has (its layers, its length) no document can say: see `form_is_accepted`.
    "checks": {"positive_data_acceptance": {"enabled": False}},
    "output": {"sanitization": {"enabled": False}},
}
PHASES = {"examples", "coverage", "fuzzing", "stateful"}


@schemathesis.check
def form_is_accepted(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """What has the form of the document may be refused for its meaning, never for its form."""
    if case.meta and case.meta.generation.mode.is_positive and response.status_code == 422:
        assert response.json()["errors"] == []


def run(address: str) -> tuple[Counter[str], Counter[int], list[str]]:
    """Cases by phase, answers by status, and what failed with the command that shows it."""
    config = SchemathesisConfig.from_dict(CONFIG)
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json", config=config)
    cases: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    failures: list[str] = []
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures.append(str(event))
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            cases[event.phase.value] += len(recorder.cases)
            answers = [one.response for one in recorder.interactions.values()]
            statuses.update(one.status_code for one in answers if one is not None)
            for checks in recorder.checks.values():
                found = [one.failure_info for one in checks if one.failure_info]
                failures += [f"{one.failure}\n{one.code_sample}" for one in found]
    return cases, statuses, failures


def test_I1_every_route_keeps_the_openapi_document(address: str, figure: Figure) -> None:
    cases, statuses, failures = run(address)
    assert failures == [], "\n\n".join(failures[:10])
    assert set(cases) == PHASES
    assert cases.total() >= LEAST_CASES
    assert max(statuses) < 500
    figure(f"{cases.total():,} cases in {len(cases)} phases, no failure")
