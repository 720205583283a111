"""The report of made-up measurements: its files, and every number of its tables."""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest

from .report import readme
from .report.__main__ import main
from .report.blocks import Bullets, Cell, Listing, Paragraph
from .report.charts import CHARTS
from .report.measurements import SINGLE, geometric_mean
from .report.measuring import far_libraries
from .report.tables import conditions, costs_table, machine_table, peers_table, skipped, slower_table, suite_table, traffic
from .report_sample import AWKWARD, SAMPLE, SPARSE, time

MARKED = AWKWARD.replace("<", "\\<").replace("|", "\\|")


class Balance(HTMLParser):
    """Finds tags that are not closed, or in the wrong order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Open."""
        self.seen.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Open and close."""
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last that was opened."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("data", [SAMPLE, SPARSE, {}], ids=["sample", "sparse", "empty"])
def test_files(data: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From a file of measurements: two pages, and a picture for each chart, all of them well-formed and linked."""
    source, out = tmp_path / "measured.json", tmp_path / "new" / "folder"
    source.write_text(json.dumps(data))
    main(["--data", str(source), "--out", str(out)])
    pictures = {f"{name}.svg" for name in CHARTS}
    assert {path.name for path in out.iterdir()} == {"report.md", "report.html"} | pictures
    assert capsys.readouterr().out.count("\n") == len(pictures) + 2
    assert set(re.findall(r"!\[[^]]+\]\(([^)]+)\)", (out / "report.md").read_text())) == pictures
    for name in pictures:
        root = ElementTree.parse(out / name).getroot()
        assert [child.tag.split("}")[1] for child in root][:3] == ["title", "desc", "rect"]
        assert all(child.text for child in root[:2])
    page = (out / "report.html").read_text()
    balance = Balance()
    balance.feed(page)
    assert balance.open == []
    assert balance.seen.count("svg") == len(CHARTS) and balance.seen.count("h2") == 10
    assert not {"script", "link", "img"} & set(balance.seen)
    assert set(re.findall(r"https?://[^\"' )]+", page)) == {"http://www.w3.org/2000/svg"}


def test_measures_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measurements are made, as small as asked for, and kept beside the pages."""
    module = ModuleType("measuring")
    vars(module)["measured"] = lambda tiny: SAMPLE | {"tiny": tiny}
    monkeypatch.setitem(sys.modules, "bench.report.measuring", module)
    main(["--out", str(tmp_path / "a"), "--tiny"])
    assert json.loads((tmp_path / "a" / "data.json").read_text()) == SAMPLE | {"tiny": True}
    main(["--data", str(tmp_path / "a" / "data.json"), "--out", str(tmp_path / "b")])
    assert (tmp_path / "a" / "report.html").read_text() == (tmp_path / "b" / "report.html").read_text()


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is written."""
    with pytest.raises(SystemExit, match="2"):
        main(["--data", str(tmp_path / "none.json"), "--out", str(tmp_path / "out")])
    assert "there is no file" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_conditions() -> None:
    """All on a line, and without what is not known."""
    said = "AMD EPYC, 2 threads, load 0.3 before and 1.9 after, Linux, 2026-11-24, commit 84e4ad4; Python 3.11.7, numpy 2.4.6."
    assert conditions(SAMPLE) == f"{said} Medians of interleaved runs by `python -m bench.report`."
    assert conditions({"conditions": {"load_after": 0.0, "threads": 3}}) == "3 threads, load 0.0 after. Medians of interleaved runs."
    assert conditions({}) == "Conditions unknown. Medians of interleaved runs."


def test_peers_table() -> None:
    """Times with their forms, the fastest in bold, the ratios of the fastest library and by hand, and their geometric means."""
    assert peers_table(SAMPLE).markdown().splitlines() == [
        "| case | rows | staticgraph native | staticgraph interpreter | C | numba | jax | torch | library / native | by hand / native |",
        "|---|---|---|---|---|---|---|---|---|---|",
        "| xyz | 2,000 | 2 (rows) | 4 (rows) | **1** (columns) | 8 (rows, 1,000 rows) | 20,000 (rows) | - | 10000.00 (jax) | 0.50 (C) |",
        f"| {MARKED} | 1,000 | 10 (rows) | 20 (rows) | - | **9.9** (rows) | 90 (rows) | 40 (rows) | 4.00 (torch) | 0.99 (numba) |",
        "| geometric mean |  |  |  |  |  |  |  | **200.00** | **0.70** |",
    ]
    assert peers_table(SPARSE).markdown().splitlines()[2:] == [
        "| xyz | 10 | **2** | - | - | - |",
        "| arm | 10 | - | **3** (rows, 1,000 rows) | - | - |",
        "| geometric mean |  |  |  | - | - |",
    ]
    assert peers_table({}).rows == []


def test_peers_table_in_single_precision() -> None:
    """Only columns of who was measured, and no ratio to what is by hand; nothing without measurements, as in reports of before."""
    assert peers_table(SAMPLE, SINGLE).markdown().splitlines() == [
        "| case | rows | staticgraph native | jax | torch | library / native |",
        "|---|---|---|---|---|---|",
        "| xyz | 2,000 | 1 (rows) | **0.5** (rows) | - | 0.50 (jax) |",
        f"| {MARKED} | 1,000 | **4** (rows) | 90 (rows) | 32 (rows) | 8.00 (torch) |",
        "| geometric mean |  |  |  |  | **2.00** |",
    ]
    assert slower_table(SAMPLE, SINGLE).markdown().splitlines()[2:] == ["| xyz | 1 (native) | jax 2.00 | Not looked at. |"]
    assert skipped(SAMPLE, SINGLE) == [f"torch: {AWKWARD} (xyz)"]
    assert peers_table(SPARSE, SINGLE).rows == [] == slower_table(SPARSE, SINGLE).rows


def test_far_libraries() -> None:
    """In float32 nobody tries who is absent in float64, or takes five times as long as the fastest library; by hand is another matter."""
    kinds = {"native": "ours", "C": "by hand", "jax": "library", "torch": "library", "drjit": "library", "casadi": "library"}
    times = {"native": time(0.1), "C": time(99.0), "jax": time(2.0), "torch": time(10.0), "drjit": time(10.1)}
    cases = [{"case": "xyz", "times": times, "skipped": {"casadi": "too late"}}, {"case": "arm", "times": {}, "skipped": {"C": "no gcc"}}]
    assert far_libraries({"kinds": kinds, "cases": cases}) == {
        "xyz": {"drjit": "in float64 it takes over 5 times the fastest library's time", "casadi": "as in float64: too late"}, "arm": {},
    }  # fmt: skip


def test_geometric_mean() -> None:
    """Of the ratios that are there."""
    assert geometric_mean([1.0, 8.0, None, 27.0]) == pytest.approx(6.0)
    assert geometric_mean([None]) is None


def test_slower_table() -> None:
    """Who is faster than the fastest engine, by how much, whether that is more than the runs differ, and why."""
    assert slower_table(SAMPLE).markdown().splitlines()[2:] == [
        "| xyz | 2 (native) | C 2.00 | C streams `a\\|b` past the caches. |",
        f"| {MARKED} | 10 (native) | numba 1.01 (ranges overlap) | - |",
    ]
    assert slower_table(SPARSE).rows == []


def test_lists() -> None:
    """Who is absent and why; how much of the bandwidth native code moves."""
    assert skipped(SAMPLE) == ["torch: not\ninstalled (xyz)", f"C: not written ({AWKWARD})"]
    assert skipped(SPARSE)[:2] == ["interpreter: not measured (xyz, arm)", "C: not measured (xyz)"]
    assert traffic(SAMPLE) == [
        "Copy bandwidth: 62.5 GB/s, reads and writes together.", "xyz: native code moves 25.0 GB/s of compulsory traffic, 40% of that.",
    ]  # fmt: skip
    assert traffic(SPARSE) == ["The bandwidth of a copy was not measured."]


def test_other_tables() -> None:
    """The suite with the value beside the gradient, costs, and the machine."""
    assert suite_table(SAMPLE).markdown().splitlines()[2:] == [
        "| xyz | native | float64 | 2 | 1 | 2 | 1,234 | 100 | 50 |",
        "| xyz | interpreter | float64 | 2 | - | 4 | 1,234 | 100 | 50 |",
        f"| {MARKED} | native | float64 | 2 | - | 12,346 | 1,234 | 25,000 | 50 |",
        "| xyz | native | float64 | 1 | - | 3.5 | 1,234 | 100 | 50 |",
    ]
    assert suite_table(SPARSE).markdown().splitlines()[2:] == ["| xyz | native | float64 | 2 | - | 2 | 1,234 | - | 50 |"]
    assert costs_table(SAMPLE).markdown().splitlines()[2:] == ["| import & start | 480 ms |", "| one call | 4.5 µs |"]
    assert machine_table(SAMPLE).markdown().splitlines()[2:] == ["| 1 | 70.1 | 25.0 |", "| 2 | 139.0 | 50.0 |"]
    uneven = machine_table({"machine": {"fma": {"10": 1.0}, "triad": {"2": 3.0}}})
    assert uneven.markdown().splitlines()[2:] == ["| 2 | - | 3.0 |", "| 10 | 1.0 | - |"]


def test_blocks_escape() -> None:
    """Code stays code; everything else is text, on one line in Markdown."""
    assert Cell("a*b|`c|<d`", "(<e>)", bold=True).markdown() == "**a\\*b\\|`c\\|<d`** (\\<e>)"
    assert Cell("a<b", "(`c<d`)", bold=True).html() == "<td><strong>a&lt;b</strong> (<code>c&lt;d</code>)</td>"
    assert Bullets(["two\nlines", "<b>"]).markdown() == "- two lines\n- \\<b>"
    assert Bullets(["<b>"]).html() == "<ul>\n<li>&lt;b&gt;</li>\n</ul>"
    assert Paragraph("a & `b`").html() == "<p>a &amp; <code>b</code></p>"
    listing = Listing("exp < log", "x <50%\n```\ny")
    assert listing.markdown() == "exp \\< log:\n\n````\nx <50%\n```\ny\n````"
    assert listing.html() == "<figure><figcaption>exp &lt; log</figcaption><pre>x &lt;50%\n```\ny</pre></figure>"


def test_readme(tmp_path: Path) -> None:
    """What is between the marks is replaced, by as much as often as one likes; without marks it is an error."""
    folder = tmp_path / "docs" / "benchmarks"
    folder.mkdir(parents=True)
    (folder / "data.json").write_text(json.dumps(SAMPLE))
    target = tmp_path / "README.md"
    target.write_text("before\n<!-- report -->\nold\n<!-- /report -->\nafter\n")
    readme.main(tmp_path)
    text = target.read_text()
    picture = "![Every case against every peer, relative to native code](docs/benchmarks/peers.svg)"
    single = ["The same in float32, beside libraries:", peers_table(SAMPLE, SINGLE).markdown()]
    middle = "\n\n".join([conditions(SAMPLE), picture, peers_table(SAMPLE).markdown(), *single])
    assert text == f"before\n<!-- report -->\n{middle}\n<!-- /report -->\nafter\n"
    readme.main(tmp_path)
    assert target.read_text() == text
    without = readme.with_report(text, {name: part for name, part in SAMPLE.items() if name != SINGLE})
    assert "float32" not in without and peers_table(SAMPLE).markdown() in without
    with pytest.raises(ValueError, match="each once"):
        readme.with_report("no marks", SAMPLE)


def test_the_report_in_the_repository_is_that_of_its_measurements() -> None:
    """README's part, and its chart."""
    folder = readme.ROOT / "docs" / "benchmarks"
    data = json.loads((folder / "data.json").read_text(encoding="utf-8"))
    text = (readme.ROOT / "README.md").read_text(encoding="utf-8")
    assert text == readme.with_report(text, data), "run `python -m bench.report.readme`"
    assert (folder / "peers.svg").read_text(encoding="utf-8") == CHARTS["peers"](data) + "\n", (
        "run `python -m bench.report --data docs/benchmarks/data.json`"
    )
