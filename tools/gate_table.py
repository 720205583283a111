"""Print README's table of gates, or with `--write` put it into README."""

import sys
from pathlib import Path

from staticgraph.gates import GATES, LAYOUT

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- gates -->", "<!-- /gates -->"


def table() -> str:
    """Return the table: every gate that a user can write, its kind, and the first sentence of its documentation."""
    lines = ["| gate | kind | value and gradient |", "|---|---|---|"]
    for gate in GATES.values():
        if gate.public and gate.kind != LAYOUT:
            sentence = " ".join(str(gate.__doc__).split("\n\n")[0].split()).replace("|", "\\|")
            lines.append(f"| `{gate.name}` | {gate.kind} | {sentence} |")
    return "\n".join(lines)


def with_table(text: str) -> str:
    """Return README's text with the table between its marks."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(table())
