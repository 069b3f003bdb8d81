"""What would not fit is refused before it is computed."""

import httpx

from app.settings import Settings
from tests.api.conftest import MINILM, check_problem, serving


def test_I6_a_text_whose_trace_would_not_fit_is_refused_before_the_pass() -> None:
    with serving(Settings(max_traces_bytes=1_000_000)) as base, httpx.Client() as client:
        asked = {"model": MINILM, "text": "word " * 60}
        answer = client.post(f"{base}/api/v1/analyses", json=asked, timeout=60)
        problem = check_problem(answer, 413, "too-many-tokens")
        assert "has 62 tokens" in problem["detail"]
        assert "may hold 1.0 MB" in problem["detail"]
        short = client.post(f"{base}/api/v1/analyses", json={**asked, "text": "word"})
        assert short.status_code == 201
