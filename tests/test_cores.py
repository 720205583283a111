"""How many threads a call uses where nobody says so."""

import os

import pytest

import staticgraph as sg
from staticgraph.compiler import cores
from staticgraph.running import threads

VARIABLES = [threads.VARIABLE, *cores.SHARED_VARIABLES]


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch):
    monkeypatch.setattr(threads, "_chosen", None)
    monkeypatch.setattr(cores, "_quota", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("own", "openmp", "numba", "expected"),
    [
        (None, None, None, 6),
        (None, "4", None, 4),
        (None, None, "3", 3),
        (None, "4", "5", 4),
        (None, "5", "4", 4),
        (None, "4,2", None, 4),
        (None, " 2 , 9", None, 2),
        (None, "64", "7", 6),
        (None, "0", None, 6),
        (None, "-2", "much", 6),
        (None, "", "", 6),
        (None, "2.5", "\N{SUPERSCRIPT TWO}", 6),
        ("9", "4", "3", 9),
        ("1", "4", None, 1),
    ],
)
def test_the_smallest_of_cores_and_variables(own, openmp, numba, expected, monkeypatch):
    for name, value in zip(VARIABLES, (own, openmp, numba), strict=True):
        if value is not None:
            monkeypatch.setenv(name, value)
    assert sg.get_num_threads() == expected


def test_a_quota_counts(monkeypatch):
    monkeypatch.setattr(cores, "_quota", lambda: 2)
    assert sg.get_num_threads() == 2


SECOND = "29 1 0:26 {root} {place} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
FIRST = "30 1 0:27 {root} {place} rw shared:5 - cgroup cgroup rw,cpu,cpuacct"
OTHER = "31 1 0:28 {root} {place}/memory rw - cgroup cgroup rw,memory"


def first(quota, period=100_000):
    return {"cpu.cfs_quota_us": f"{quota}\n", "cpu.cfs_period_us": f"{period}\n"}


@pytest.mark.parametrize(
    ("mount", "root", "group", "files", "expected"),
    [
        (SECOND, "/", "0::/a/b", {"a/b": {"cpu.max": "200000 100000\n"}}, 2),
        (SECOND, "/", "0::/a/b", {"a/b": {"cpu.max": "max 100000\n"}}, None),
        (SECOND, "/", "0::/a/b", {"a/b": {"cpu.max": "max 100000\n"}, "a": {"cpu.max": "150000 100000\n"}}, 2),
        (SECOND, "/", "0::/a/b", {"a/b": {"cpu.max": "300000 100000\n"}, "a": {"cpu.max": "20000 100000\n"}}, 1),
        (SECOND, "/", "0::/", {"": {"cpu.max": "350000 100000\n"}}, 4),
        (SECOND, "/", "0::/", {"": {"cpu.max": "broken\n"}}, None),
        (SECOND, "/", "0::/", {}, None),
        (SECOND, "/docker/id", "0::/docker/id", {"": {"cpu.max": "200000 100000\n"}}, 2),
        (FIRST, "/", "4:cpu,cpuacct:/a", {"a": first(250_000)}, 3),
        (FIRST, "/", "4:cpu,cpuacct:/a", {"a": first(-1)}, None),
        (FIRST, "/docker/id", "4:cpu,cpuacct:/docker/id", {"": first(100_000, 50_000)}, 2),
        (FIRST, "/", "4:memory:/a", {"a": first(100_000)}, None),
        (OTHER, "/", "4:cpu,cpuacct:/a", {"a": first(100_000)}, None),
    ],
)
def test_quotas_of_control_groups(mount, root, group, files, expected, tmp_path):
    place, process = tmp_path / "sys", tmp_path / "self"
    process.mkdir()
    for folder, contents in files.items():
        (place / folder).mkdir(parents=True, exist_ok=True)
        for name, text in contents.items():
            (place / folder / name).write_text(text)
    (process / "cgroup").write_text(group + "\n")
    (process / "mountinfo").write_text("22 1 0:20 / /proc rw - proc proc rw\n" + mount.format(root=root, place=place) + "\n")
    assert cores.quota(process) == expected


def test_where_the_system_says_nothing_there_is_no_quota(tmp_path):
    assert cores.quota(tmp_path) is None
