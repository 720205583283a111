"""What has become slower is named, and noise is not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from .history import BASELINE, Run, read, runs, save, slower
from .track import baseline_of, follow, key, make_baseline, measured, run_of, sweep, verdict

RATIOS = {"a": (2.0, 0.05), "b": (4.0, 0.4)}
RUN = Run("abc1234", "2026-01-01T10:00:00+00:00", "a processor", 2, {"Python": "3.12.0"}, {"fused": 1e-3}, RATIOS)


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Numbers to five digits, a line a benchmark."""
    save(RUN, tmp_path / "run.json")
    assert read(tmp_path / "run.json") == RUN
    assert sum('": [' in line for line in (tmp_path / "run.json").read_text().splitlines()) == 2
    assert runs(tmp_path) == [RUN]


def test_runs_are_in_the_order_of_time_without_the_baseline(tmp_path: Path) -> None:
    """The name of a file begins with the moment."""
    for name in ("2026-02-01.json", "2026-01-01.json", BASELINE):
        save(replace(RUN, commit=name), tmp_path / name)
    assert [each.commit for each in runs(tmp_path)] == ["2026-01-01.json", "2026-02-01.json"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"ratios": {"a": 1}}', '{"commit": "abc"'])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    """With what to do."""
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ValueError, match=r"run\.json is no run of the benchmarks .*: remove it"):
        read(tmp_path / "run.json")


@pytest.mark.parametrize(
    ("noise", "ratio", "named"), [(0.05, 2.09, False), (0.05, 2.11, True), (0.4, 2.7, False), (0.4, 2.9, True), (0.05, 1.0, False)]
)
def test_slower_by_more_than_its_noise(noise: float, ratio: float, named: bool) -> None:
    """As a share of the baseline's ratio."""
    found = slower(replace(RUN, ratios={"a": (2.0, noise)}), {"a": (ratio, 0.0)})
    assert [each.name for each in found] == (["a"] if named else [])


def test_the_worst_comes_first_and_unknown_ones_are_left_out() -> None:
    """By how many times as long they take."""
    found = slower(RUN, {"a": (3.0, 0.0), "b": (16.0, 0.0), "c": (99.0, 0.0)})
    assert [each.name for each in found] == ["b", "a"]
    assert str(found[0]) == "b: 4.00 times the baseline's 4; up to 1.40 is noise"


def test_what_was_slow_once_is_not_named() -> None:
    """It is measured again, with the other suspects alone; the smallest ratio counts."""
    asked = []

    def again(names):
        asked.append(sorted(names))
        return {name: ({"a": 2.0, "b": 8.0}[name], 0.0) for name in names}

    found, smallest = verdict(RUN, {"a": (3.0, 0.0), "b": (9.0, 0.0)}, again)
    assert [each.name for each in found] == ["b"]
    assert asked == [["a", "b"], ["b"]]
    assert smallest == {"a": (2.0, 0.0), "b": (8.0, 0.0)}


def test_a_baseline_has_medians_and_noise(tmp_path: Path) -> None:
    """Of what all sweeps have measured: twice how far the smallest is below the middle, or what was expected."""
    sweeps = [{"a": (2.0, 0.1), "b": (1.0, 0.1)}, {"a": (1.0, 0.1), "b": (1.0, 0.1), "c": (1.0, 0.0)}, {"a": (4.0, 0.1), "b": (9.0, 0.1)}]
    remaining = iter(sweeps)
    make_baseline(tmp_path, lambda: next(remaining), 3)
    assert read(tmp_path / BASELINE).ratios == {"a": (2.0, 1.0), "b": (1.0, 0.1)} == baseline_of(sweeps)


@pytest.mark.parametrize(("ratio", "status"), [(2.0, 0), (3.0, 1)])
def test_the_exit_status_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str], ratio: float, status: int) -> None:
    """The run is kept either way."""
    save(run_of({"a": (2.0, 0.05)}), tmp_path / BASELINE)
    assert follow(tmp_path, lambda: {"a": (ratio, 0.0)}, lambda names: dict.fromkeys(names, (ratio, 0.0))) == status
    assert ("slower: a: 1.50 times" in capsys.readouterr().out) == bool(status)
    (run,) = runs(tmp_path)
    assert run.ratios == {"a": (ratio, 0.0)}
    assert set(run.calibration) == {"fused", "triad", "fma"}


def test_another_machine_tells_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its spreads are not this one's."""
    save(replace(run_of({"a": (2.0, 0.05), "gone": (1.0, 0.05)}), machine="another"), tmp_path / BASELINE)
    assert follow(tmp_path, lambda: {"a": (3.0, 0.0)}, lambda names: dict.fromkeys(names, (3.0, 0.0))) == 0
    printed = capsys.readouterr().out
    assert "the baseline is of another machine (another" in printed
    assert "missing: gone" in printed


def test_without_a_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is measured."""
    assert follow(tmp_path, lambda: pytest.fail("measured"), lambda names: {}) == 2
    assert "--baseline" in capsys.readouterr().err


def test_keys() -> None:
    """What, and in brackets the setting."""
    assert key("test_speed[gradient-xyz-native-float64-1]") == "gradient[xyz-native-float64-1]"
    assert key("test_single_call[forward]") == "single_call[forward]"
    assert key("test_startup") == "startup"


def test_a_sweep_of_some() -> None:
    """They run at their full size, in a process of their own."""
    found = sweep(["single_call[forward]"])
    assert set(found) == {"single_call[forward]"}
    ratio, noise = found["single_call[forward]"]
    assert 0.0 < ratio < 1000.0
    assert noise == 0.1


def test_a_benchmark_that_fails_ends_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    """With status 2, and what pytest said."""
    with pytest.raises(SystemExit, match="2"):
        measured(["bench/test_track.py::no_such_test"])
    assert "no_such_test" in capsys.readouterr().err


def test_the_committed_history_can_be_read() -> None:
    """And has a baseline."""
    for run in [*runs(), read(Path(__file__).with_name("history") / BASELINE)]:
        assert run.ratios
        assert json.dumps(run.versions)
