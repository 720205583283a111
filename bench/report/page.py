"""The pages: one of Markdown with its pictures beside it, one of HTML that needs nothing else."""

import html
from pathlib import Path

from . import tables
from .blocks import Block, Bullets, Chart, Listing, Paragraph, Section, Table
from .charts import CHARTS
from .measurements import SINGLE, Data

TITLE = "staticgraph: measurements"
STYLE = """
body { font-family: system-ui, sans-serif; line-height: 1.5; color: #1a1a1a; background: #fff; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
figure { margin: 1.5rem 0; } figure svg { max-width: 100%; height: auto; }
.table { overflow-x: auto; } table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid #d8d8d8; text-align: left; vertical-align: top; }
th { border-bottom: 2px solid #555; }
pre { overflow-x: auto; padding: 0.8rem; background: #f4f6f8; font-size: 0.8rem; } figcaption { font-weight: bold; }
"""
TITLES = {
    "peers": "Every case against every peer, relative to native code",
    "roofline": "Roofline of the gradient in float64",
    "batch": "Time a row by the rows of a batch",
    "graph": "Time a row and instruction by the size of the graph",
    "threads": "Speed-up by threads",
    "compile": "Times of compiling and starting",
    "history": "Times relative to the first run, by commit",
}


def write(data: Data, folder: Path) -> list[Path]:
    """Write both pages and the pictures, and return what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {name: draw(data) for name, draw in CHARTS.items()}
    parts = sections(data, pictures)
    texts = {"report.md": markdown(parts), "report.html": page(parts)} | {f"{name}.svg": f"{text}\n" for name, text in pictures.items()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def markdown(parts: list[Section]) -> str:
    """Write the page of Markdown."""
    written = ["\n\n".join([f"## {part.title}", *(block.markdown() for block in part.blocks)]) for part in parts]
    return "\n\n".join([f"# {TITLE}", *written]) + "\n"


def page(parts: list[Section]) -> str:
    """Write the page of HTML."""
    written = "\n".join(f"<h2>{html.escape(part.title)}</h2>\n" + "\n".join(block.html() for block in part.blocks) for part in parts)
    head = f'<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n<title>{TITLE}</title>\n<style>{STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n<h1>{TITLE}</h1>\n{written}\n</body>\n</html>\n'


def sections(data: Data, pictures: dict[str, str]) -> list[Section]:
    """Compose the report."""
    charts = {name: Chart(name, TITLES[name], picture) for name, picture in pictures.items()}
    return [
        Section("Conditions", [Paragraph(tables.conditions(data)), *_table(tables.machine_table(data), "The machine was not measured.")]),
        Section("Against the peers", _peers(data, charts["peers"])),
        Section("Where we are not the fastest", _table(tables.slower_table(data), "No measured peer was faster in any case.")),
        Section("In float32", _single(data)),
        Section("Roofline", [charts["roofline"]]),
        Section("Scaling", [charts[name] for name in ("batch", "graph", "threads")]),
        Section("Start-up and compiling", [charts["compile"], *_table(tables.costs_table(data), "No costs were measured.")]),
        Section("Where the time goes", _profiles(data)),
        Section("History", [charts["history"]]),
        Section("The suite", _table(tables.suite_table(data), "The suite was not measured.")),
    ]  # fmt: skip


def _table(table: Table, otherwise: str) -> list[Block]:
    """Show a table, or say why there is none."""
    return [table] if table.rows else [Paragraph(otherwise)]


def _peers(data: Data, chart: Chart) -> list[Block]:
    """Show the comparison: chart, table, who is absent, and how near to the memory's bandwidth native code comes."""
    said = "Nanoseconds a row of the value and the gradient, every gradient written to memory; the fastest form of each peer in brackets."
    absent = tables.skipped(data)
    missing: list[Block] = [Paragraph("Not measured:"), Bullets(absent)] if absent else []
    table = _table(tables.peers_table(data), "No peers were measured.")
    return [chart, Paragraph(said), *table, *missing, Paragraph("Memory:"), Bullets(tables.traffic(data))]


def _single(data: Data) -> list[Block]:
    """Show the comparison with libraries in float32."""
    table = tables.peers_table(data, SINGLE)
    if not table.rows:
        return [Paragraph("Nothing was compared in float32.")]
    said = "The same in float32, beside libraries: what is written by hand is in float64, and so are CasADi's numbers."
    absent = tables.skipped(data, SINGLE)
    missing: list[Block] = [Paragraph("Not measured:"), Bullets(absent)] if absent else []
    faster = _table(tables.slower_table(data, SINGLE), "No measured library was faster in any case.")
    return [Paragraph(said), table, *missing, Paragraph("Where we are not the fastest in float32:"), *faster]


def _profiles(data: Data) -> list[Block]:
    """Show the profiles as they are."""
    profiles = data.get("profiles") or []
    return [Listing(each["title"], each["text"]) for each in profiles] or [Paragraph("No profile was taken.")]
