"""One colour and one shape for each peer, the same in all charts, apart for the colour-blind too."""

INK, MUTED, FAINT, BAND, PAPER = "#1a1a1a", "#555555", "#d8d8d8", "#f4f6f8", "#ffffff"

LOOKS: dict[str, tuple[str, str]] = {
    "native": ("#0072b2", "circle"),
    "interpreter": ("#4aa8e0", "circle"),
    "C": ("#000000", "square"),
    "numba": ("#d55e00", "square"),
    "numpy": ("#808080", "square"),
    "jax": ("#009e73", "diamond"),
    "casadi": ("#cc79a7", "up"),
    "drjit": ("#e69f00", "down"),
    "torch": ("#882255", "hexagon"),
    "pytensor": ("#6699cc", "star"),
    "autograd": ("#8a8a1f", "plus"),
}
ACCENT = LOOKS["native"][0]
OTHER = ("#332288", "cross")
DASHES = ("", "6 3", "2 3", "8 3 2 3", "12 4")


def colour(peer: str) -> str:
    """The colour of a peer."""
    return LOOKS.get(peer, OTHER)[0]


def shape(peer: str) -> str:
    """The shape of a peer's marker."""
    return LOOKS.get(peer, OTHER)[1]
