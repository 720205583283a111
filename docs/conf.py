"""Sphinx builds these pages into a site: `sphinx-build -W docs site`."""

import inspect
from typing import Any

import staticgraph as sg

project = "staticgraph"
author = "the staticgraph authors"
version = release = sg.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"staticgraph {version}"
exclude_patterns = ["_build"]
default_role = "code"  # the docstrings write code between single backquotes
autodoc_class_signature = "separated"  # nobody makes objects of these classes by hand
autodoc_member_order = "bysource"
napoleon_use_ivar = True
autodoc_typehints = "none"  # the signatures stay readable; the docstrings have the types
napoleon_google_docstring = False
myst_heading_anchors = 3
myst_enable_extensions = ["dollarmath"]

FUNCTIONS = "ALL FUNCTIONS"


def functions() -> list[str]:
    """Return the names under `sg.` of functions of nodes: those with NumPy's names, and those that follow from the table of gates."""
    found = {name: getattr(sg, name) for name in dir(sg) if name[0] != "_"}
    rooms = ("", "nodes", "kinds")
    listed = {name: each for name, each in found.items() if inspect.isfunction(each) and not each.__module__.endswith(".leaves")}
    return [name for name, each in listed.items() if (*each.__module__.split("."), "")[1] in rooms]


def completed(app: Any, docname: str, source: list[str]) -> None:
    """Put the list of functions where a page asks for it, and the site's pages where links lead to files that the pages include."""
    listed = "\n".join(f".. autofunction:: staticgraph.{name}" for name in functions())
    text = source[0].replace(FUNCTIONS, listed)
    for file, page in (("README.md", "index.md"), ("CONTRIBUTING.md", "contributing.md"), ("CHANGELOG.md", "changelog.md")):
        text = text.replace(f"](../{file})", f"]({page})")
    source[0] = text


def setup(app: Any) -> None:
    """Connect."""
    app.connect("source-read", completed)
