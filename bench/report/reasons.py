"""What the report says beside measurements: the history, and why a peer is faster.

The counts are of instructions of one pass over 8 rows, on a processor with AVX-512, by `objdump -d`; what is said of the networks and of
the pendulum is from the sources alone.
"""

from typing import Any

from ..history import runs

ALONG_ROWS = "C and Numba work along the rows and transpose only sums. Dr.Jit's code was not looked at."

REASONS: dict[str, str] = {
    "xyz": (
        "C writes results past the caches (`vmovntpd`), 56 bytes a row; here they are stored as usual, so each line is read "
        "before it is written: 88. Dr.Jit's code was not looked at."
    ),
    "rosenbrock_10": f"86 of 373 instructions transpose, 30 use the stack, 20 compare for NaN. {ALONG_ROWS}",
    "rosenbrock_100": f"936 of 3,053 instructions use the stack, 200 compare for NaN. {ALONG_ROWS}",
    "gaussians": "18 divisions by constants, where C multiplies by reciprocals; `exp` within 1 unit in the last place.",
    "lennard_jones": (
        "1,577 of 4,817 instructions use the stack, and 2,418 compute, where C has 25 a pair, 1,950. Divisions are not the "
        "reason: with half as many of them it took as long."
    ),
    "black_scholes": (
        "881 instructions, where C has 211 and calls of libmvec, which is allowed 4 units in the last place; `exp`, `log` and "
        "`ndtr` here keep about 1. Dr.Jit takes `ndtr` from its `erf`."
    ),
    "network_by_input": "`tanh` is within 1 unit in the last place; C calls libmvec's, which is allowed 4.",
    "network_by_weights": "As by input; and C sums outer products over 64 rows at a time in registers.",
    "logistic_regression": "342 of 1,030 instructions use the stack, as 8 rows of 64 features are transposed; C multiplies along the rows.",
    "mixture": (
        "C and Numba sum mass, mean and scatter of each component, and derive the gradient from these once a call; the traced "
        "gradient adds up 65 numbers a component for each point, in 20,960 instructions."
    ),
    "arm": (
        "`sin` and `cos` of an angle reduce it each for themselves, and their gradients compute both once more: 28 "
        "evaluations, where C has 7 of both together; 2,073 instructions against 828. Dr.Jit's code was not looked at."
    ),
    "pendulum": (
        "As for the arm: each sine's gradient reduces the angle again for the cosine. C keeps the states between steps and "
        "computes the stages again, here all values are kept."
    ),
}


def beside() -> dict[str, Any]:
    """Give the history of this checkout, and the reasons."""
    history = [{"commit": run.commit, "date": run.date[:10], "ratios": run.ratios} for run in runs()]
    return {"history": history, "reasons": REASONS}
