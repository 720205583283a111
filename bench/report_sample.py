"""Made-up measurements, for the tests of the report."""

from typing import Any

AWKWARD = 'a<b & "c"|d'
KINDS = {"native": "ours", "interpreter": "ours", "C": "by hand", "numba": "by hand", "jax": "library", "torch": "library"}


def time(nanoseconds: float, form: str = "rows", rows: int = 1000) -> dict[str, Any]:
    """A peer's time, within 1%."""
    return {"nanoseconds": nanoseconds, "low": nanoseconds * 0.99, "high": nanoseconds * 1.01, "form": form, "rows": rows}


def suite(case: str, engine: str, what: str, nanoseconds: float, flops: float = 100.0, threads: int = 2) -> dict[str, Any]:
    """A measurement of the suite."""
    return {
        "case": case, "engine": engine, "dtype": "float64", "what": what, "threads": threads, "rows": 1000, "nanoseconds": nanoseconds,
        "low": nanoseconds, "high": nanoseconds, "instructions": 1234, "flops": flops, "bytes": 50,
    }  # fmt: skip


SAMPLE: dict[str, Any] = {
    "conditions": {
        "date": "2026-11-24", "machine": "AMD EPYC", "system": "Linux", "threads": 2, "load_before": 0.3, "load_after": 1.9,
        "versions": ["Python 3.11.7", "numpy 2.4.6"], "commit": "84e4ad4", "command": "python -m bench.report",
    },
    "machine": {"fma": {"1": 70.1, "2": 139.0}, "triad": {"1": 25.0, "2": 50.0}},
    "peers": {
        "kinds": KINDS,
        "bandwidth": 62.5,
        "cases": [
            {
                "case": "xyz", "rows": 2000, "bytes": 50, "instructions": 2, "skipped": {"torch": "not\ninstalled"},
                "times": {
                    "native": time(2.0, rows=2000), "interpreter": time(4.0, rows=2000), "C": time(1.0, "columns", 2000),
                    "numba": time(8.0), "jax": time(20000.0, rows=2000),
                },
            },
            {
                "case": AWKWARD, "rows": 1000, "bytes": 50, "instructions": 2, "skipped": {"C": "not written"},
                "times": {"native": time(10.0), "interpreter": time(20.0), "numba": time(9.9), "jax": time(90.0), "torch": time(40.0)},
            },
        ],
    },
    "peers_float32": {
        "kinds": {"native": "ours", "jax": "library", "torch": "library"},
        "cases": [
            {
                "case": "xyz", "rows": 2000, "bytes": 25, "instructions": 2, "skipped": {"torch": AWKWARD},
                "times": {"native": time(1.0, rows=2000), "jax": time(0.5, rows=2000)},
            },
            {
                "case": AWKWARD, "rows": 1000, "bytes": 25, "instructions": 2, "skipped": {},
                "times": {"native": time(4.0), "jax": time(90.0), "torch": time(32.0)},
            },
        ],
    },
    "suite": [
        suite("xyz", "native", "forward", 1.0, flops=30.0), suite("xyz", "native", "gradient", 2.0),
        suite("xyz", "interpreter", "gradient", 4.0), suite(AWKWARD, "native", "gradient", 12345.6, flops=25_000),
        suite("xyz", "native", "gradient", 3.5, threads=1),
    ],
    "scaling": {
        "batch": [{"case": "xyz", "engine": "native", "rows": 10**power, "nanoseconds": 3000 / 10**power + 2} for power in range(5)],
        "graph": [{"instructions": 10**power, "engine": "interpreter", "nanoseconds": 0.1} for power in range(1, 4)],
        "threads": [{"case": "xyz", "engine": "native", "threads": count, "nanoseconds": 6.0 / count} for count in (1, 2, 3)],
    },
    "costs": [{"name": "import & start", "seconds": 0.48}, {"name": "one call", "seconds": 4.5e-6}],
    "profiles": [{"title": "xyz", "text": "exp  <50%\n```\nlog"}],
    "history": [
        {"commit": "1111111", "date": "2026-11-23", "ratios": {"gradient[xyz-native-float64-1]": [0.5, 0.01], "other": [1.0, 0.1]}},
        {"commit": "2222222", "ratios": {"gradient[xyz-native-float64-1]": [0.4, 0.01], "gradient[arm-a-float64-1]": None}},
    ],
    "reasons": {"xyz": "C streams `a|b` past the caches.", "xyz, float32": "Not looked at."},
}  # fmt: skip
SPARSE: dict[str, Any] = {
    "conditions": {}, "machine": {"fma": None}, "suite": [suite("xyz", "native", "gradient", 2.0) | {"flops": None}], "history": [],
    "peers": {
        "kinds": KINDS, "bandwidth": None,
        "cases": [
            {"case": "xyz", "rows": 10, "bytes": 8, "times": {"native": {"nanoseconds": 2.0, "low": None}, "jax": None}},
            {"case": "arm", "rows": 10, "bytes": 8, "times": {"native": {"nanoseconds": None}, "C": time(3.0)}, "skipped": None},
        ],
    },
    "scaling": {"batch": [], "threads": [{"case": "xyz", "engine": "native", "threads": 2, "nanoseconds": 1.0}]},
}  # fmt: skip
