"""What a trace is kept as: half as large in float16, out of memory in files, never wrong unsaid."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from app.engine.checks import sample_rows
from app.engine.keeping import Keeping, Room
from app.engine.run import analyse
from app.errors import DiskFull, TooManyTokens
from app.records import AnalysisRequest, Bins, Floats, Reports, Run

from .conftest import ALL, Pretrained
from .families import KEEP_QKV

TEXT = "The keys to the cabinet are on the table, and nobody remembers who left them there."
HALF = Room(dtype="float16")


def weights_of(run: Run) -> Sequence[Floats]:
    (traces,) = run.traces.values()
    return [trace.block(ALL, ALL, ALL) for trace in traces]


@pytest.mark.parametrize("name", KEEP_QKV)
def test_float16_says_how_far_it_moves_weights(tiny: Pretrained, name: str) -> None:
    request = AnalysisRequest(name, TEXT)
    exact, half = analyse(tiny(name), request), analyse(tiny(name), request, room=HALF)
    rows = sample_rows(len(exact.tokens["input"]))
    moved = max(
        float(np.abs(one - other)[:, rows].max())
        for one, other in zip(weights_of(exact), weights_of(half), strict=True)
    )
    assert exact.checks.rounding_max_error is None
    assert half.checks.rounding_max_error == pytest.approx(moved, abs=2e-6)
    assert 0 < moved < 5e-3
    assert half.checks.row_sum_error is not None


def test_float16_takes_half(packaged: Pretrained) -> None:
    model = packaged("smollm2-135m-q4")
    request = AnalysisRequest(model.facts.id, TEXT * 10)
    exact, half = analyse(model, request), analyse(model, request, room=HALF)
    assert half.nbytes <= 0.52 * exact.nbytes
    assert half.nbytes == pytest.approx(model.trace_bytes(len(half.tokens["input"]), "float16"))
    assert half.checks.rounding_max_error is not None
    assert half.checks.rounding_max_error < 5e-3
    with pytest.raises(TooManyTokens, match="MAX_TRACES_BYTES"):
        analyse(model, request, room=Room("float16", memory_bytes=half.nbytes - 1))


def test_what_float16_cannot_hold_stays_as_it_is() -> None:
    large = torch.tensor([[1.0, 70_000.0]])
    kept = Keeping("float16")(large)
    assert kept.dtype == torch.float32
    assert torch.equal(kept, large)
    assert Keeping("float16")(large / 2).dtype == torch.float16


@pytest.mark.parametrize("name", KEEP_QKV)
def test_files_hold_the_same_numbers_and_have_no_names(
    tiny: Pretrained, name: str, tmp_path: Path
) -> None:
    request = AnalysisRequest(name, TEXT)
    held = analyse(tiny(name), request)
    room = Room(map_over_bytes=held.nbytes / 2, folder=tmp_path / "traces")
    mapped = analyse(tiny(name), request, room=room)
    for one, other in zip(weights_of(held), weights_of(mapped), strict=True):
        np.testing.assert_array_equal(one, other)
    assert held.mapped_bytes == 0
    assert held.nbytes / 2 < mapped.mapped_bytes < held.nbytes == mapped.nbytes
    assert list(room.folder.iterdir()) == []  # type: ignore[union-attr]
    heard: list[tuple[float, float]] = []
    reports = Reports(room=lambda *needed: heard.append(needed))
    analyse(tiny(name), request, room=room, reports=reports)
    ((memory, files),) = heard
    assert memory == 0 < held.nbytes / 2 < files
    with pytest.raises(TooManyTokens, match="MAX_MAPPED_BYTES"):
        analyse(tiny(name), request, room=Room("float32", 1, 1, 1, tmp_path))


def test_a_trace_lies_where_there_is_room_for_it(tmp_path: Path) -> None:
    def place(needed: float) -> str:
        room = Room(memory_bytes=100, map_over_bytes=50, mapped_bytes=200, folder=tmp_path)
        return "files" if room.keeping(9, needed).folder else "memory"

    assert [place(needed) for needed in (50, 51, 101, 200)] == ["memory", *["files"] * 3]
    without = Room(memory_bytes=100, map_over_bytes=50, mapped_bytes=0, folder=tmp_path)
    assert without.keeping(9, 100).folder is None
    patient = Room(memory_bytes=100, map_over_bytes=500, mapped_bytes=200, folder=tmp_path)
    assert patient.keeping(9, 150).folder == tmp_path
    with pytest.raises(TooManyTokens, match=r"0\.1 MB in memory and 0\.2 MB in files"):
        Room("float32", 1e5, 1, 2e5, tmp_path).keeping(9, 3e5)


def test_a_folder_that_cannot_be_written_to_is_a_sentence(tiny: Pretrained, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    room = Room(map_over_bytes=1, folder=tmp_path / "file" / "traces")
    with pytest.raises(DiskFull, match="Nothing can be written below HEADSCOPE_CACHE_DIR"):
        analyse(tiny("llama-grouped"), AnalysisRequest("llama-grouped", TEXT), room=room)


def test_what_is_drawn_of_a_rounded_trace_is_no_further_off_than_it_says(
    packaged: Pretrained,
) -> None:
    """The log-sum-exp is that of the scores before they were rounded."""
    model = packaged("smollm2-135m-q4")
    request = AnalysisRequest(model.facts.id, "The keys to the cabinet are on the table.")
    exact, half = analyse(model, request), analyse(model, request, room=HALF)
    (traces,) = half.traces.values()
    for own, trace in zip(weights_of(exact), traces, strict=True):
        drawn = trace.block(ALL, ALL, ALL, exact=False)
        assert drawn.max() <= 1.00001
        assert half.checks.rounding_max_error is not None
        assert np.abs(drawn - own).max() <= half.checks.rounding_max_error + 1e-5
        single = Bins(np.arange(trace.queries), np.arange(trace.queries + 1))
        pooled = trace.pooled_max(ALL, single, single, exact=False)
        np.testing.assert_allclose(pooled, drawn, atol=1e-5)


def test_a_full_disk_is_a_sentence(
    tiny: Pretrained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/dev/full answers every write as a full disk does."""
    request = AnalysisRequest("llama-grouped", TEXT)
    room = Room(map_over_bytes=1, folder=tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.TemporaryFile", lambda dir: open("/dev/full", "r+b", 0))  # noqa: ARG005, PTH123, SIM115
        with pytest.raises(DiskFull, match="The disk is full"):
            analyse(tiny("llama-grouped"), request, room=room)
    assert analyse(tiny("llama-grouped"), request, room=room).mapped_bytes
