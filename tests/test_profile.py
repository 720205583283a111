"""Profiles: a line for each instruction, whose time is the instruction's own."""

import platform

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.calling.timings import SHOWN


@pytest.fixture(scope="module")
def mixed():
    x, y, w = sg.input("x"), sg.input("y"), sg.parameter("w")
    return sg.compile(np.tanh(np.tanh(x)) * (y + 1.0) + np.exp(w) * x, name="mixed")


ROWS = np.random.default_rng(0).normal(size=(2, 20_000))


def test_a_timing_for_each_instruction(mixed):
    profile = mixed.profile(*ROWS, 0.5)
    assert isinstance(profile, sg.Profile)
    assert len(profile) == len(mixed.program) == len(list(profile))
    assert [each.number for each in profile] == list(range(len(mixed.program)))
    listing = str(mixed.program)
    assert all(f" {each.name} " in listing and each.source in listing for each in profile)
    assert sum(each.share for each in profile) == pytest.approx(1.0)
    assert profile[2] == profile.timings[2]
    for each in profile:
        assert each.ns_per_row == pytest.approx(each.forward + each.backward)
        assert each.time == pytest.approx(each.ns_per_row * 1e-9 * profile.rows)
    assert profile.rows == 20_000
    assert profile.reading > 0
    assert profile.writing > 0


def test_what_takes_longest_is_found(mixed):
    times = {each.source: each.ns_per_row for each in mixed.profile(*ROWS, 0.5)}
    tanh = [time for source, time in times.items() if source.startswith("tanh")]
    others = [time for source, time in times.items() if not source.startswith("tanh")]
    assert len(tanh) == 2
    assert min(tanh) > max(others)


def test_what_is_uniform_runs_once_a_call(mixed):
    (exponential,) = (each for each in mixed.profile(*ROWS, 0.5) if each.source == "exp(w)")
    assert exponential.ns_per_row < 0.1


def test_forward_alone(mixed):
    profile = mixed.profile(*ROWS, 0.5, gradient=False)
    assert all(each.backward == 0 for each in profile)
    assert any(each.forward > 0 for each in profile)


def test_only_what_leads_to_the_leaves_asked_for(mixed):
    profile = mixed.profile(x=ROWS[0], y=ROWS[1], w=0.5, wrt="y")
    assert all(each.backward == 0 for each in profile if each.source.startswith("tanh"))
    assert any(each.backward > 0 for each in profile)


def test_printed_with_the_slowest_first(mixed):
    first, head, *lines = str(mixed.profile(*ROWS, 0.5)).splitlines()
    assert first.startswith("mixed: ")
    assert "20000 row(s)" in first
    assert head.split() == ["share", "ns", "a", "row", "forward", "backward", "instruction"]
    times = [float(line.split()[1]) for line in lines]
    assert times == sorted(times, reverse=True)
    assert "tanh" in lines[0]


def test_many_instructions_are_summed_up():
    x = value = sg.input("x")
    for number in range(SHOWN + 20):
        value = np.maximum(value * x, float(number))
    function = sg.compile(value)
    lines = str(function.profile(ROWS[0])).splitlines()
    assert len(lines) == 2 + SHOWN + 1
    assert lines[-1].endswith(f"{len(function.program) - SHOWN} others")


@pytest.mark.parametrize("rows", [0, 1, 9])
def test_few_rows(mixed, rows):
    profile = mixed.profile(*ROWS[:, :rows], 0.5)
    assert profile.rows == rows
    assert all(np.isfinite(each.ns_per_row) for each in profile)


def test_without_a_batch_several_outputs_and_booleans():
    x = sg.input("x", 3)
    function = sg.compile([np.sin(x), x > 0], engine="native")
    profile = function.profile(np.ones(3))
    assert len(profile) == len(function.program)
    assert profile.rows == 1


def test_the_clock_must_be_known(mixed, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "s390x")
    with pytest.raises(NotImplementedError, match="x86-64 and 64-bit ARM"):
        mixed.profile(*ROWS, 0.5)


@pytest.mark.parametrize(("arguments", "error"), [((ROWS[0],), TypeError), ((ROWS[0], ROWS[1, :5], 0.5), ValueError)])
def test_wrong_arguments(mixed, arguments, error):
    with pytest.raises(error):
        mixed.profile(*arguments)
