"""What a page is made of, and how each part is written in Markdown and in HTML."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

CODE = re.compile(r"`([^`]+)`")
SPECIAL = re.compile(r"[\\*<]")


def as_markdown(text: str) -> str:
    """Write a text on one line, so that only its code is taken for a mark."""
    pieces = CODE.split(" ".join(text.split()))
    return "".join(f"`{piece}`" if index % 2 else SPECIAL.sub(r"\\\g<0>", piece) for index, piece in enumerate(pieces))


def as_html(text: str) -> str:
    """Write a text, its code as such."""
    pieces = map(html.escape, CODE.split(text))
    return "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces))


@dataclass(frozen=True)
class Cell:
    """A table's cell: a text, bold if it stands out, and what follows it."""

    text: str
    after: str = ""
    bold: bool = False

    def markdown(self) -> str:
        """Write the cell, on one line and with no bar that would end it."""
        text, after = (as_markdown(part).replace("|", "\\|") for part in (self.text, self.after))
        return " ".join(filter(None, (f"**{text}**" if self.bold and text else text, after)))

    def html(self, tag: str = "td") -> str:
        """Write the cell."""
        text, after = as_html(self.text), as_html(self.after)
        return f"<{tag}>{' '.join(filter(None, (f'<strong>{text}</strong>' if self.bold else text, after)))}</{tag}>"


@dataclass(frozen=True)
class Table:
    """A head and rows of as many cells."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def markdown(self) -> str:
        """Write the table."""
        lines = [[Cell(name) for name in self.head], *self.rows]
        written = [f"| {' | '.join(cell.markdown() for cell in line)} |" for line in lines]
        return "\n".join([written[0], "|---" * len(self.head) + "|", *written[1:]])

    def html(self) -> str:
        """Write the table, in a frame of its own that scrolls."""
        head = "".join(Cell(name).html("th") for name in self.head)
        rows = "\n".join(f"<tr>{''.join(cell.html() for cell in row)}</tr>" for row in self.rows)
        return f'<div class="table"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>'


@dataclass(frozen=True)
class Paragraph:
    """Prose."""

    text: str

    def markdown(self) -> str:
        """Write the paragraph."""
        return as_markdown(self.text)

    def html(self) -> str:
        """Write the paragraph."""
        return f"<p>{as_html(self.text)}</p>"


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: Sequence[str]

    def markdown(self) -> str:
        """Write the list."""
        return "\n".join(f"- {as_markdown(item)}" for item in self.items)

    def html(self) -> str:
        """Write the list."""
        return "<ul>\n" + "\n".join(f"<li>{as_html(item)}</li>" for item in self.items) + "\n</ul>"


@dataclass(frozen=True)
class Listing:
    """A text as it is, below its title."""

    title: str
    text: str

    def markdown(self) -> str:
        """Write the text in a fence that is longer than any in it."""
        fence = "```"
        while fence in self.text:
            fence += "`"
        return f"{as_markdown(self.title)}:\n\n{fence}\n{self.text}\n{fence}"

    def html(self) -> str:
        """Write the text."""
        return f"<figure><figcaption>{as_html(self.title)}</figcaption><pre>{html.escape(self.text)}</pre></figure>"


@dataclass(frozen=True)
class Chart:
    """A picture: a file of its own beside the Markdown page, a part of the HTML page."""

    name: str
    title: str
    picture: str

    def markdown(self) -> str:
        """Link the picture."""
        return f"![{self.title}]({self.name}.svg)"

    def html(self) -> str:
        """Write the picture."""
        return f"<figure>{self.picture}</figure>"


Block = Table | Paragraph | Bullets | Listing | Chart


@dataclass(frozen=True)
class Section:
    """A heading and what is below it."""

    title: str
    blocks: Sequence[Block]
