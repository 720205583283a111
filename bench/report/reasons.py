"""What the report says beside measurements: the history, and why a peer is faster, as read in the sources or in the code."""

from typing import Any

from ..history import runs

ALONG_ROWS = "C and Numba work along the rows and transpose only sums. Dr.Jit's code was not looked at."

REASONS: dict[str, str] = {
    "xyz": "Both are near the bandwidth of memory. Dr.Jit's code was not looked at.",
    "rosenbrock_10": f"Rows are transposed on their way in and out, zeros stop, and NaN are cleaned. {ALONG_ROWS}",
    "rosenbrock_100": "Vectors run along the rows here too; but zeros stop, NaN are cleaned, and no product is added by `fma`.",
    "gaussians": "18 divisions by constants, where C multiplies by reciprocals; `exp` within 1 unit in the last place.",
    "lennard_jones": "Most values of 78 pairs wait on the stack. Divisions are not the reason: with half as many it took as long.",
    "black_scholes": (
        "C calls libmvec, which is allowed 4 units in the last place; `exp`, `log` and `ndtr` here keep about 1. Dr.Jit takes `ndtr` from "
        "its `erf`."
    ),
    "network_by_input": "`tanh` is within 1 unit in the last place; C calls libmvec's, which is allowed 4.",
    "network_by_weights": "As by input; and C sums outer products over 64 rows at a time in registers.",
    "logistic_regression": "8 rows of 64 features are transposed, through the stack; C and Numba multiply along the rows.",
    "mixture": (
        "C and Numba sum mass, mean and scatter of each component, and derive the gradient from these once a call; the traced "
        "gradient adds up 65 numbers a component for each point."
    ),
    "arm": "`sin` and `cos` are within 1 unit in the last place. Dr.Jit's code was not looked at.",
    "pendulum": "C keeps the states between steps and computes the stages again; here, written out, all values are kept.",
    "rosenbrock_10, float32": "Dr.Jit is near the bandwidth of memory, on columns; rows are transposed here, on their way in and out.",
    "gaussians, float32": "18 divisions by constants, and 40 comparisons by which zeros stop, of 560 instructions.",
    "logistic_regression, float32": "16 rows of 64 features are transposed, through the stack; JAX multiplies matrices in columns.",
    "arm, float32": "`sin` and `cos` are within 1 unit in the last place; around the calls for them what is live goes to the stack.",
}


def beside() -> dict[str, Any]:
    """Give the history of this checkout, and the reasons."""
    history = [{"commit": run.commit, "date": run.date[:10], "ratios": run.ratios} for run in runs()]
    return {"history": history, "reasons": REASONS}
