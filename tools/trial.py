"""Trace functions of installed packages as they are, and check values and gradients: `python -m tools.trial [package ...]`.

`trial.txt` lists the functions, of packages that are no dependency of this one. Every float and every list of floats among a call's
arguments becomes a leaf; each row moves them by up to 2 %. A row's value is compared with the plain function's, its gradient with central
differences of fourth order at two steps. A table per package says how many were tried and traced, and why the others were not.
"""

import ast
import collections
import contextlib
import doctest
import functools
import importlib
import inspect
import io
import pkgutil
import random
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import staticgraph as sg

ROWS, MOVED, SECONDS = 4, 0.02, 60
LIST = Path(__file__).with_name("trial.txt")


class Call(NamedTuple):
    """A function, and what it is called with: positions and names."""

    text: str
    function: Callable[..., Any]
    arguments: dict[int | str, Any]


def evaluated(problem: Any) -> Callable[[Any], Any]:
    """Return a problem of pymoo's, which writes what it computes in a dictionary, as a function that returns it."""

    def evaluate(x: Any) -> Any:
        out: dict[str, Any] = {}
        problem._evaluate(x, out)
        return out

    return evaluate


def calls(packages: list[str]) -> Iterator[tuple[str, Call | str]]:
    """Yield the calls of the list, by package; a text where the package or the function is not there."""
    for line in LIST.read_text().splitlines():
        kind, _, rest = line.partition(" ")
        package = rest.split()[0] if kind in ("sampled", "after") else kind.partition(".")[0]
        if line.startswith("#") or (packages and package not in packages):
            continue
        if kind == "after":
            first = _written(*rest.split(maxsplit=1))
            first.function(*first.arguments.values())
            continue
        try:
            found = list(_sampled(package, int(rest.split()[1]))) if kind == "sampled" else [_written(kind, rest)]
        except (ImportError, AttributeError, NameError) as error:
            found = [f"{line}: {error}"]
        yield from ((package, each) for each in found)


def _written(module: str, text: str) -> Call:
    """Return the call of a line; `evaluated(problem, x)` is `evaluated(problem)(x)`."""
    space = {**vars(np), **vars(importlib.import_module(module)), "evaluated": evaluated}
    space |= {"zeros": np.zeros, "full": lambda shape, value: np.array(np.broadcast_to(value, shape)), "inf": np.inf}
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    if isinstance(call.func, ast.Name) and call.func.id == "evaluated":
        call = ast.Call(ast.Call(call.func, call.args[:1], []), call.args[1:], [])

    def value(node: ast.expr) -> Any:
        return eval(compile(ast.fix_missing_locations(ast.Expression(node)), "trial", "eval"), space)

    named = {each.arg: value(each.value) for each in call.keywords if each.arg}
    return Call(f"{module}.{text}", value(call.func), {**dict(enumerate(map(value, call.args))), **named})


def _sampled(package: str, number: int) -> list[Call]:
    """Return calls that docstrings of a package have as examples: some, drawn by its name."""
    found: dict[str, Call] = {}
    names = [each.name for each in pkgutil.iter_modules(importlib.import_module(package).__path__) if "numba" not in each.name]
    for name in sorted(names):
        with contextlib.suppress(Exception):
            module = importlib.import_module(f"{package}.{name}")
            functions = [each for each in vars(module).values() if inspect.isfunction(each) and each.__module__ == module.__name__]
            found.update((f"{name}.{each.__name__}", example) for each in functions if (example := _example(each)) is not None)
    return [found[name] for name in random.Random(package).sample(sorted(found), number)]


def _example(function: Callable[..., Any]) -> Call | None:
    for each in doctest.DocTestParser().get_examples(function.__doc__ or ""):
        with contextlib.suppress(SyntaxError, ValueError):
            call = ast.parse(each.source.strip(), mode="eval").body
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == function.__name__:
                positions = dict(enumerate(map(ast.literal_eval, call.args)))
                named = {each.arg: ast.literal_eval(each.value) for each in call.keywords if each.arg}
                if any(map(_is_leaf, (*positions.values(), *named.values()))):
                    return Call(f"{function.__module__}.{each.source.strip()}", function, {**positions, **named})
    return None


def _is_leaf(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return bool(value) and all(map(_is_leaf, value)) and np.array(value, object).dtype == object and _is_even(value)
    return type(value) is float and value != 0 and bool(np.isfinite(value))


def _is_even(value: Any) -> bool:
    with contextlib.suppress(ValueError):
        return np.array(value).dtype.kind == "f"
    return False


class Outcome(NamedTuple):
    """Whether a function was traced (`right`, `wrong`), was not (`refused`), or is none of numbers (`skipped`), and the details."""

    verdict: str
    detail: str = ""


def tried(call: Call) -> Outcome:
    """Trace a function, and compare its values and gradients."""
    rng = np.random.default_rng(0)
    leaves = {key: np.asarray(value, float) for key, value in call.arguments.items() if _is_leaf(value)}
    rows = [{key: np.asarray(value * (1 + rng.uniform(-MOVED, MOVED, value.shape))) for key, value in leaves.items()} for _ in range(ROWS)]
    plain = functools.partial(_of_row, call)
    try:
        wanted = [_flat(plain(each)) for each in rows]
    except Exception as error:
        return Outcome("skipped", f"raises as it is: {error!r}")
    if not wanted[0].size:
        return Outcome("skipped", "gives no numbers")
    names = {key: f"leaf_{key}" for key in leaves}

    def function(**given: Any) -> Any:
        return _called(call, {key: given[name] for key, name in names.items()})

    batch = {names[key]: np.array([each[key] for each in rows]) for key in leaves}
    inputs = {names[key]: value.shape for key, value in leaves.items()}
    try:
        traced = sg.function(inputs={"given": inputs}, engine="interpreter")(function)
    except Exception as error:
        return Outcome("refused", f"{type(error).__name__}: {error}")
    values = traced(**batch)
    if np.iscomplexobj(values):  # where the plain function gives real numbers for some rows
        plain = functools.partial(_as_complex, plain)
        wanted = [_flat(plain(each)) for each in rows]
    if any(each.boolean for each in traced.graph.outputs):
        return _compared(values, wanted)
    compiled = sg.compile(list(traced.graph.outputs), traced.inputs, engine="interpreter")
    cotangents = [rng.uniform(0.5, 1.5, (ROWS, *each.shape)) for each in traced.graph.outputs]
    gradient = compiled.vjp(tuple(cotangents), **batch)
    for number, each in enumerate(rows):
        weights = np.concatenate([part[number].ravel() for part in cotangents])
        for key, name in names.items():
            given = gradient[name] if isinstance(gradient, dict) else getattr(gradient, name)
            wrong = _wrong_slope(plain, each, key, weights, given[number], wanted[number])
            if wrong:
                return Outcome("wrong", f"gradient in {key}: {wrong}")
    return _compared(values, wanted)


def _as_complex(plain: Callable[..., Any], row: Any) -> Any:
    return np.asarray(plain(row)) + 0j


def _called(call: Call, moved: dict[int | str, Any]) -> Any:
    given = {**call.arguments, **moved}
    places = sorted(key for key in given if isinstance(key, int))
    return call.function(*(given[key] for key in places), **{key: value for key, value in given.items() if isinstance(key, str)})


def _of_row(call: Call, row: dict[int | str, Any]) -> Any:
    """Return what the plain function gives, of arguments of its own: it may write to them."""
    fresh = {key: value.copy() if isinstance(value, np.ndarray) else value for key, value in call.arguments.items()}
    moved = {key: float(value) if value.ndim == 0 else value.copy() for key, value in row.items()}
    with np.errstate(all="ignore"):
        return _called(call._replace(arguments=fresh), moved)


def _flat(result: Any) -> Any:
    """Return all numbers of a result along one axis; the parts of complex ones."""
    if isinstance(result, dict):
        result = tuple(result.values())
    if isinstance(result, (tuple, list)):
        return np.concatenate([np.zeros(0), *map(_flat, result)])
    array = np.atleast_1d(np.asarray(result)).ravel()
    return np.concatenate([array.real, array.imag]) if array.dtype.kind == "c" else array.astype(float)


def _picked(result: Any, number: int) -> Any:
    if isinstance(result, dict):
        return {key: _picked(each, number) for key, each in result.items()}
    return tuple(_picked(each, number) for each in result) if isinstance(result, (tuple, list)) else result[number]


def _compared(values: Any, wanted: list[Any]) -> Outcome:
    for number, want in enumerate(wanted):
        got = _flat(_picked(values, number))
        if got.shape != want.shape or not np.allclose(got, want, rtol=1e-8, atol=1e-300, equal_nan=True):
            return Outcome("wrong", f"value {got}, expected {want}")
    return Outcome("right")


def _wrong_slope(plain: Any, row: Any, key: Any, weights: Any, given: Any, value: Any) -> str:
    """Return what is wrong with a row's gradient in one leaf, by differences whose own error two steps tell; empty if nothing is.

    Large steps lose little to rounding; small ones stay on one side of a kink or jump. One of the two has to agree.
    """

    def total(place: Any, moved: float) -> float:
        return float(np.dot(weights, _flat(plain({**row, key: _replaced(row[key], place, moved)}))))

    for place in np.ndindex(row[key].shape):
        at, wrong = float(row[key][place]), ""
        for step in (1e-4 * abs(at), 1e-9 * abs(at)):
            with contextlib.suppress(ValueError, ArithmeticError):
                first, second = (
                    (8 * (total(place, at + h) - total(place, at - h)) - total(place, at + 2 * h) + total(place, at - 2 * h)) / (12 * h)
                    for h in (step, 5 * step)
                )
                bound = 1e-6 * abs(first) + 10 * abs(first - second) + 1e-14 * np.max(np.abs(weights * value)) / step
                if abs(given[place] - first) <= bound or np.isnan(first):
                    break
                wrong = f"{given[place]}, differences {first} and {second}"
        else:
            if wrong:
                return wrong
    return ""


def _replaced(array: Any, place: Any, value: float) -> Any:
    made = array.copy()
    made[place] = value
    return made


def _too_slow(*_: Any) -> None:
    raise TimeoutError(f"more than {SECONDS} seconds")


def main(packages: list[str]) -> None:
    """Print what becomes of each function that does not trace, and the table."""
    signal.signal(signal.SIGALRM, _too_slow)
    table: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for package, call in calls(packages):
        outcome = Outcome("skipped", call) if isinstance(call, str) else Outcome("right")
        if not isinstance(call, str):
            signal.alarm(SECONDS)
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    outcome = tried(call)
            except Exception as error:
                outcome = Outcome("wrong", repr(error))
            finally:
                signal.alarm(0)
        table[package][outcome.verdict] += 1
        if outcome.verdict != "right":
            print(f"{outcome.verdict}: {call.text if isinstance(call, Call) else ''}\n    {outcome.detail[:400]}", flush=True)
    total = sum(table.values(), collections.Counter())
    print(f"\n{'package':<26}{'tried':>7}{'traced':>8}{'wrong':>7}{'skipped':>9}")
    for package, counts in [*sorted(table.items()), ("all", total)]:
        traced = counts["right"] + counts["wrong"]
        print(f"{package:<26}{traced + counts['refused']:>7}{traced:>8}{counts['wrong']:>7}{counts['skipped']:>9}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1:])
