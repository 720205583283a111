"""The report's charts: what they name, where their markers are, and that nothing lies on top of anything else."""

import re
from itertools import pairwise
from math import log2
from typing import Any
from xml.etree import ElementTree

import pytest

from .report.axes import WIDTH, Box, Entry, beside, legend, spread
from .report.charts import CHARTS
from .report.palette import LOOKS
from .report.scales import Scale, digits, duration, label, linear_ticks, log_limits, log_ticks
from .report.svg import marker
from .report_sample import AWKWARD, KINDS, SAMPLE, SPARSE, suite, time

MEANS = {"native": "1", "interpreter": "2", "numba": "1.99", "jax": "300"}


def parsed(name: str, data: dict[str, Any]) -> ElementTree.Element:
    """A chart's tree, without the namespace."""
    return ElementTree.fromstring(CHARTS[name](data).replace(' xmlns="http://www.w3.org/2000/svg"', ""))


def written(root: ElementTree.Element) -> list[str]:
    """Every text of a picture that is drawn."""
    return [each.text or "" for each in root.iter("text")]


def places(root: ElementTree.Element) -> dict[str, tuple[float, float]]:
    """Where each marker is that has a hint."""
    found = {}
    for each in (*root.iter("circle"), *root.iter("polygon")):
        hint = each.findtext("title")
        if each.tag == "circle":
            points = [(float(each.get("cx", "")), float(each.get("cy", "")))]
        else:
            points = [(float(x), float(y)) for x, y in (pair.split(",") for pair in each.get("points", "").split())]
        if hint:
            found[hint] = (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
    return found


def test_peers_chart() -> None:
    """Every case and peer is named; positions are logarithms of ratios to native code, and whoever is faster is at the left."""
    root = parsed("peers", SAMPLE)
    texts = written(root)
    assert {"xyz", AWKWARD, *KINDS} <= set(texts)
    assert {"0.50 C", "0.99 numba", "4.00 torch", "2", "10"} <= set(texts)
    assert f"Not measured, and without a mean: torch (xyz); C ({AWKWARD})." in texts
    at = places(root)
    one = at["native in xyz: 1"][0]
    half, twice, four = at["C in xyz: 0.5"][0], at["interpreter in xyz: 2"][0], at["numba in xyz: 4"][0]
    assert half < one < twice and one == at[f"native in {AWKWARD}: 1"][0] == at["native, geometric mean: 1"][0]
    assert [one - half, four - twice] == pytest.approx([twice - one] * 2, abs=0.02)
    assert at["interpreter in xyz: 2"][1] < at[f"interpreter in {AWKWARD}: 2"][1]
    assert {hint for hint in at if "mean" in hint} == {f"{name}, geometric mean: {mean}" for name, mean in MEANS.items()}
    bold = {each.text for each in root.iter("text") if each.get("font-weight")}
    assert {"0.50 C", "0.99 numba"} <= bold and "4.00 torch" not in bold


def test_whiskers_and_keys_of_the_peers() -> None:
    """A line reaches from the least to the most time; the legend and the numbers at the right have markers too."""
    root = parsed("peers", SAMPLE)
    at = places(root)
    two, four, y = at["interpreter in xyz: 2"][0], at["numba in xyz: 4"][0], at["numba in xyz: 4"][1]
    lines = [
        [float(each.get(key, "")) for key in ("x1", "x2", "y1")] for each in root.iter("line") if each.get("stroke") == LOOKS["numba"][0]
    ]
    octave = four - two
    assert lines[0] == pytest.approx([four + octave * log2(0.99), four + octave * log2(1.01), y], abs=0.02)
    drawn = [each for each in (*root.iter("circle"), *root.iter("polygon")) if each.find("title") is None]
    assert len(drawn) == len(KINDS) + 4


def test_legends_go_on_below() -> None:
    """Where a line is full."""
    root = ElementTree.fromstring("<g>" + legend([Entry("a rather long name", "#000000", "circle")] * 12, 16, 50) + "</g>")
    assert {each.get("y") for each in root.iter("text")} == {"50", "68", "86"}
    assert all(float(each.get("x", "")) < WIDTH - 120 for each in root.iter("text"))


def test_markers_of_equal_times_are_apart() -> None:
    """On one line, but not on top of each other."""
    times = {name: time(2.0) for name in ("native", "C", "jax")}
    at = places(parsed("peers", {"peers": {"kinds": KINDS, "cases": [{"case": "xyz", "rows": 1, "bytes": 1, "times": times}]}}))
    heights = sorted(at[f"{name} in xyz: 1"][1] for name in times)
    assert all(upper - lower > 8 for lower, upper in pairwise(heights))


def test_roofline() -> None:
    """On the most threads; a case that moves as many bytes as memory gives lies on memory's roof."""
    on_roof = SAMPLE | {"suite": [suite("xyz", "native", "gradient", 1.0), suite("arm", "interpreter", "gradient", 10.0, flops=1390.0)]}
    root = parsed("roofline", on_roof)
    at = places(root)
    (x0, y0), (x1, y1), (_, y2) = (tuple(map(float, pair.split(","))) for pair in next(root.iter("polyline")).get("points", "").split())
    x, y = at["xyz, native: 100 GFLOP/s"]
    assert x0 < x < x1 and y == pytest.approx(y0 + (y1 - y0) * (x - x0) / (x1 - x0), abs=0.1)
    assert at["arm, interpreter: 139 GFLOP/s"][1] == pytest.approx(y2, abs=0.02)
    assert {"memory: 50 GB/s", "multiply and add: 139 GFLOP/s", "xyz", "arm"} <= set(written(root))
    assert set(places(parsed("roofline", SAMPLE))) == {
        "xyz, native: 50 GFLOP/s", "xyz, interpreter: 25 GFLOP/s", f"{AWKWARD}, native: 2.03 GFLOP/s",
    }  # fmt: skip
    assert "The machine's limits on 2 threads were not measured." in written(parsed("roofline", SAMPLE | {"machine": {}}))


def test_scaling() -> None:
    """Each curve is named, from its first to its last point; threads are related to one."""
    batch = parsed("batch", SAMPLE)
    assert batch.findtext("desc") == "xyz, native from 3e+03 to 2.3."
    assert {"xyz, native", "1", "10", "100", "1,000", "10,000"} <= set(written(batch))
    assert "interpreter: 0.1 at 1,000" in places(parsed("graph", SAMPLE))
    threads = parsed("threads", SAMPLE)
    assert set(places(threads)) == {f"xyz, native: {count} at {count}" for count in (1, 2, 3)}
    assert "No times of one thread and of several were measured." in written(parsed("threads", SPARSE))


def test_many_curves_have_room() -> None:
    """The names of forty curves neither meet nor leave the picture."""
    points = [{"case": f"case_{n}", "engine": "native", "rows": rows, "nanoseconds": 1.0} for n in range(40) for rows in (1, 10)]
    root = parsed("batch", {"scaling": {"batch": points}})
    heights = sorted(float(each.get("y", "")) for each in root.iter("text") if (each.text or "").startswith("case_"))
    assert len(heights) == 40 and heights[0] > 60 and heights[-1] < float(root.get("height", "")) - 40
    assert all(upper - lower > 11 for lower, upper in pairwise(heights))


def test_costs_and_history() -> None:
    """Bars have their times; ratios are relative to the first run's."""
    costs = parsed("compile", SAMPLE)
    assert {"import & start", "480 ms", "one call", "4.5 µs"} <= set(written(costs))
    assert places(costs)["one call: 4.5 µs"][0] < places(costs)["import & start: 480 ms"][0]
    history = parsed("history", SAMPLE)
    assert {"xyz", "1111111", "2222222"} <= set(written(history))
    first, second = (f"native, threads: 1, {commit}: {ratio} ± 0.02" for commit, ratio in (("1111111", 1), ("2222222", 0.8)))
    at = places(history)
    assert at[first][0] < at[second][0] and at[first][1] < at[second][1]
    assert "There are no two runs to compare yet." in written(parsed("history", {"history": SAMPLE["history"][:1]}))


@pytest.mark.parametrize("count", [2, 3, 5, 6, 8, 11, 30])
def test_many_commits_do_not_meet(count: int) -> None:
    """As many as have room, the first and the last among them."""
    runs = [{"commit": f"{n:07d}", "ratios": {"gradient[xyz-native-float64-1]": [1.0, 0.0]}} for n in range(count)]
    shown = [each for each in parsed("history", {"history": runs}).iter("text") if re.fullmatch(r"\d{7}", each.text or "")]
    assert shown[0].text == "0000000" and shown[-1].text == f"{count - 1:07d}" and len(shown) >= min(count, 2)
    assert all(float(right.get("x", "")) - float(left.get("x", "")) > 45 for left, right in pairwise(shown))


def test_sparse_charts_say_what_is_missing() -> None:
    """A case without native code is not drawn, but said; nothing at all gives a reason."""
    texts = written(parsed("peers", SPARSE))
    assert "xyz" in texts and "arm" not in texts
    note = " ".join(texts[texts.index("times native code's time, logarithmic") + 1 :])
    assert {"jax (all cases)", "C (xyz)", "native (arm)."} <= set(re.split("[:;] ", note))
    for name in CHARTS:
        assert len(written(parsed(name, {}))) == 2


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [
        (0.5, 150, 12, [0.5, 1, 2, 5, 10, 20, 50, 100]), (1, 1e6, 9, [1, 10, 100, 1e3, 1e4, 1e5, 1e6]),
        (0.04, 0.3, 9, [0.05, 0.07, 0.1, 0.2, 0.3]), (0.7, 1.3, 3, [0.8, 1, 1.2]), (0.7, 1.4, 3, [0.8, 1, 1.2, 1.4]),
        (2.5, 9, 2, [3, 7]), (1e-6, 1e6, 4, [1e-6, 1e-2, 1e2, 1e6]),
    ],
)  # fmt: skip
def test_log_ticks(low: float, high: float, most: int, ticks: list[float]) -> None:
    """As many round numbers as there is room for."""
    assert log_ticks(low, high, most) == ticks


def test_linear_ticks_and_limits() -> None:
    """Multiples of 1, 2 and 5; limits that span a factor around their values."""
    assert linear_ticks(0, 4.2, 9) == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]
    assert linear_ticks(0, 4.2, 5) == [0, 1, 2, 3, 4]
    assert Scale(1, 4, 0, 1000, logarithmic=False, whole=True).ticks() == [1, 2, 3, 4]
    assert log_limits([2, 8], 2) == (1, 16)
    low, high = log_limits([3, 3], 1, 4)
    assert (low, high) == (pytest.approx(1.5), pytest.approx(6))
    scale = Scale(1, 100, 10, 30)
    assert [scale(value) for value in (1, 10, 100)] == pytest.approx([10, 20, 30])


def test_numbers() -> None:
    """Labels, times and measurements, at the borders of their units too."""
    assert [label(value) for value in (0, 0.05, 1e3, 1e6, 1e7, 2e-5)] == ["0", "0.05", "1,000", "1,000,000", "10⁷", "2·10⁻⁵"]
    assert [duration(value) for value in (3e-11, 4.5e-6, 0.48, 0.9999)] == ["0.03 ns", "4.5 µs", "480 ms", "1 s"]
    assert [duration(value) for value in (12.3, 999.4, 1234)] == ["12.3 s", "999 s", "1,234 s"]
    assert [digits(value) for value in (0.12345, 5.086, 9999.4, 12345.6)] == ["0.1235", "5.086", "9999", "12,346"]


def test_names_keep_apart() -> None:
    """Heights move as little as is needed; names of near points do not meet."""
    assert spread([5, 5, 40], 10, 0, 100) == [5, 15, 40]
    assert spread([98, 99], 10, 0, 100) == [90, 100]
    root = ElementTree.fromstring("<g>" + beside([((100, 100), "first"), ((104, 101), "second")], [], Box(0, 0, 300, 300)) + "</g>")
    (x0, y0), (x1, y1) = ((float(each.get("x", "")), float(each.get("y", ""))) for each in root.iter("text") if not each.get("stroke"))
    assert abs(x0 - x1) > 40 or abs(y0 - y1) >= 11


def test_peers_look_different() -> None:
    """By colour, and within a kind by shape or by lightness; a peer that has no look of its own still has a marker."""
    assert len({colour for colour, _ in LOOKS.values()}) == len(LOOKS)
    assert len({LOOKS[name][1] for name in ("jax", "casadi", "drjit", "torch", "pytensor", "autograd")}) == 6
    times = {"native": time(1.0), "stranger": time(2.0)}
    root = parsed("peers", {"peers": {"kinds": KINDS, "cases": [{"case": "xyz", "rows": 1, "bytes": 1, "times": times}]}})
    assert "stranger in xyz: 2" in places(root) and {"others", "stranger"} <= set(written(root))


@pytest.mark.parametrize("shape", sorted({shape for _, shape in LOOKS.values()} | {"cross"}))
def test_markers_are_about_as_large(shape: str) -> None:
    """Every shape reaches about as far to each side as it is told."""
    drawn = ElementTree.fromstring(marker(shape, (0, 0), "#000000", size=10))
    reach = max(abs(float(each)) for each in re.findall(r"-?[\d.]+", drawn.get("points") or drawn.get("r", "")))
    assert 8 <= reach <= 13
