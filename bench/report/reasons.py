"""What the report says beside measurements: the history, and why a peer is faster, found by looking at the code that each of them runs."""

from typing import Any

from ..history import runs

REASONS: dict[str, str] = {}


def beside() -> dict[str, Any]:
    """Give the history of this checkout, and the reasons."""
    history = [{"commit": run.commit, "date": run.date[:10], "ratios": run.ratios} for run in runs()]
    return {"history": history, "reasons": REASONS}
