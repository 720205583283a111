"""How accurate each function is: the one place of the numbers that tests hold it to, and that its documentation tells."""

_OF_ONE_UNIT = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "arcsin", "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh",
    "arcsinh", "arccosh", "arctanh", "cbrt", "hypot", "sigmoid", "softplus", "erf", "logsumexp", "exp10", "erfinv", "erfcinv", "log_expit",
    "ndtri",
)  # fmt: skip
BARS = dict.fromkeys(_OF_ONE_UNIT, 1.0) | {
    "power": 2.0, "tan": 2.0, "erfc": 4.0, "ndtr": 4.0, "log_ndtr": 4.0, "lgamma": 4.0, "digamma": 4.0, "softmax": 4.0,
    "cosm1": 4.0, "exprel": 4.0, "sinc": 2.5, "erfcx": 4.0, "gamma": 4.0, "logit": 2.0, "entr": 2.0, "i0": 5.0, "i1": 5.0, "i0e": 4.0,
    "i1e": 4.0,
}  # fmt: skip
"""The largest error of a measured function, in units in the last place of the exact result, in float64 and in float32."""
CANCELLING = frozenset(("lgamma", "digamma", "logsumexp"))
"""Of these the unit is that of a larger number, where a result near 0 is a difference of numbers that are not."""
ROUNDED = frozenset(("add", "subtract", "multiply", "divide", "square", "reciprocal", "sqrt"))
"""Their results are the exact ones, correctly rounded."""


def told(name: str) -> str:
    """Return the sentence about a function's accuracy; of one that is not measured none."""
    if name in ROUNDED:
        return "Accuracy: correctly rounded."
    if name not in BARS:
        return ""
    bar = BARS[name]
    scale = ", of a larger number where the result is a difference near 0" if name in CANCELLING else ""
    return f"Accuracy: within {bar:g} unit{'s' if bar > 1 else ''} in the last place{scale}, in float64 and in float32."


def documented(name: str, doc: str | None) -> str:
    """Return a function's documentation, with what the gradient's formula speaks of, and with its accuracy."""
    first = (doc or "").strip()
    letters = "Here `g` is the upstream gradient and `y` the value." if "Gradient: " in first else ""
    return "\n\n".join(part for part in (first, letters, told(name)) if part)
