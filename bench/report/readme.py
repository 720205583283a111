"""Put the main chart and the tables of the last report into README: `python -m bench.report.readme`."""

import json
from pathlib import Path

from .measurements import SINGLE, Data
from .page import TITLES
from .tables import conditions, peers_table

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- report -->", "<!-- /report -->"


def excerpt(data: Data) -> str:
    """Write README's part of the report."""
    single = peers_table(data, SINGLE)
    beside = ["The same in float32, beside libraries:", single.markdown()] if single.rows else []
    return "\n\n".join([conditions(data), f"![{TITLES['peers']}](docs/benchmarks/peers.svg)", peers_table(data).markdown(), *beside])


def with_report(text: str, data: Data) -> str:
    """Return README's text with its part of the report between its marks.

    Raises
    ------
    ValueError
        If the text does not have each mark once.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"README needs the marks {BEGIN} and {END}, each once")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{excerpt(data)}\n{END}{after}"


def main(root: Path = ROOT) -> None:
    """Rewrite README."""
    data = json.loads((root / "docs" / "benchmarks" / "data.json").read_text(encoding="utf-8"))
    readme = root / "README.md"
    readme.write_text(with_report(readme.read_text(encoding="utf-8"), data), encoding="utf-8")


if __name__ == "__main__":
    main()
