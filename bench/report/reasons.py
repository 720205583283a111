"""Why a peer is faster than native code, case by case: found by looking at the code that each of them runs."""

REASONS: dict[str, str] = {}
