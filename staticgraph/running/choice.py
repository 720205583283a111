"""Which engine runs: what the caller, the process or the environment says."""

import os
from typing import Any

AUTO, INTERPRETER, NATIVE = "auto", "interpreter", "native"
ENGINES = (AUTO, INTERPRETER, NATIVE)
VARIABLE = "STATICGRAPH_ENGINE"

_chosen: str | None = None


def check_engine(what: str, engine: Any) -> str:
    """Return the name of an engine; `ValueError` if it is none."""
    if engine not in ENGINES:
        raise ValueError(f"{what}: expected {', '.join(map(repr, ENGINES[:-1]))} or {ENGINES[-1]!r}, got {engine!r}")
    return str(engine)


def set_engine(engine: str) -> None:
    """Set which engine functions get that are compiled from now on with `engine="auto"`, the default.

    Parameters
    ----------
    engine : "auto", "interpreter" or "native"
        The results do not depend on it.

    Raises
    ------
    ValueError
        If there is no such engine.
    """
    global _chosen
    _chosen = check_engine("engine", engine)


def get_engine() -> str:
    """Return which engine functions get that are compiled with `engine="auto"`.

    That is what `set_engine` set, or else the environment variable `STATICGRAPH_ENGINE`, or else `"auto"`: the interpreter at first,
    native code when that pays.
    """
    if _chosen is not None:
        return _chosen
    variable = os.environ.get(VARIABLE)
    return check_engine(f"the environment variable {VARIABLE}", variable) if variable else AUTO


class Choice:
    """The engine of one function, for all its programs, and whether it has warned that it cannot be had."""

    def __init__(self, engine: str) -> None:
        self.engine = get_engine() if check_engine("engine", engine) == AUTO else engine
        self.warned = False
