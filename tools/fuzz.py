"""Files that no save has written: `python -m tools.fuzz --count 1000000` changes bytes of good ones and loads what comes out.

Whatever the bytes, loading gives a function or a `ValueError`. The checksum is repaired, so that it is the verification of what stands
in the file that is tested; functions that come out are called, as what is accepted must run too.
"""

import argparse
import hashlib
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import staticgraph as sg
from staticgraph.saving.layout import DIGEST_BYTES, PREFIX

MOST_ELEMENTS = 5_000
"""Functions with more in one row are not called: a changed length may ask for gigabytes."""
ODD = [0, 1, 2, 3, 64, 65, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1]


class Both(NamedTuple):
    """Two results."""

    low: Any
    high: Any


@sg.custom_gradient
def cubed(u: sg.Node, scale: sg.Node) -> Any:
    """Return a cube with a pullback that has one itself."""
    return u**3 * scale, lambda g: (squared(u) * scale * g, np.sum(g * u**3) if scale.shape == () else g * u**3)


@sg.custom_gradient
def squared(u: sg.Node) -> Any:
    """Return three times the square."""
    return 3.0 * u * u, lambda g: 6.0 * u * g


def functions() -> list[sg.Function]:
    """Return small functions with gates of every kind, leaves of every role, and constants and tables."""
    x, d = sg.input("x", (2, 3)), sg.data("d")
    w, mask = sg.parameter("w", (3, 2)), sg.constant(np.array([True, False, True]))
    slopes = sg.gradient(np.sum(np.hypot(x, d)), x) + sg.jvp(np.sum(np.tanh(x)), x, x)
    mixed = np.where(mask, np.cumsum(x, axis=1)[::-1], 2.0) @ w
    return [
        sg.compile(np.sum(mixed, axis=0)[1:] * d, name="mixed"),
        sg.compile((np.max(x[0]) > d, np.concatenate([x[1], w[:, 0]]), np.maximum.accumulate(w)), [w, d, x], dtype=np.float32),
        sg.compile(np.arctan2(d, sg.input("y")) ** 2 + np.linalg.norm(x), name="few", engine="interpreter"),
        sg.compile(cubed(slopes, d) + cubed(x, w.T), name="derivatives"),
    ]


def nested(x: Any, w: Any) -> Any:
    """Return results of every kind of form."""
    return {"sum": np.sum(x), 3: [x * w, (np.exp(1j * x), x > 0)], "both": Both(x[0], w)}


def rotation(x: Any, w: Any) -> Any:
    """Return one complex number."""
    return np.exp(1j * x[0]) * w


def guarded(x: Any, w: Any) -> Any:
    """Return what some rows raise instead, and in others ends before its loop does."""
    if x[0] > 1.0:
        raise ValueError("too large")
    if x[1] > 1.0:
        raise KeyError("second")
    while w * x[0] > 2.0:
        x = x * 0.5
    return x * w


def formed() -> list[sg.Function]:
    """Return functions with complex and nested results, and with rows that raise."""
    shapes: dict[str, Any] = {"inputs": {"x": 2}, "parameters": {"w": ()}, "truncate": True, "iterations": 3}
    return [sg.function(**shapes)(each) for each in (nested, rotation, guarded)]


def repaired(body: bytes) -> bytes:
    """Return a file of a prefix and a body with the length and the checksum that belong to them."""
    magic, version, reserved, _ = PREFIX.unpack(body[: PREFIX.size].ljust(PREFIX.size, b"\0"))
    whole = PREFIX.pack(magic, version, reserved, max(len(body) - PREFIX.size, 0)) + body[PREFIX.size :]
    return whole + hashlib.sha256(whole).digest()


def changed(data: bytes, rng: np.random.Generator) -> bytes:
    """Return a file with one to four changes, of which most have the checksum repaired."""
    made = bytearray(data[:-DIGEST_BYTES])
    for _ in range(rng.integers(1, 5)):
        place, width = int(rng.integers(len(made) + 1)), int(rng.choice([1, 2, 4, 8]))
        match rng.integers(6):
            case 0 | 1:
                if place < len(made):
                    made[place] ^= 1 << int(rng.integers(8))
            case 2:
                odd = ODD[rng.integers(len(ODD))]
                made[place : place + width] = (odd & (1 << 8 * width) - 1).to_bytes(width, "little")
            case 3:
                del made[place : place + int(rng.integers(1, 40))]
            case 4:
                start = int(rng.integers(len(made) + 1))
                made[place:place] = made[start : start + int(rng.integers(1, 40))]
            case 5:
                start = int(rng.integers(len(made) + 1))
                made[place : place + width] = made[start : start + width]
    return bytes(made) + data[-DIGEST_BYTES:] if rng.integers(16) == 0 else repaired(bytes(made))


def cuts(data: bytes) -> Iterator[bytes]:
    """Yield every beginning of a file, as it is and with the checksum repaired."""
    for length in range(len(data)):
        yield data[:length]
        if length < len(data) - DIGEST_BYTES:
            yield repaired(data[:length])


def called(function: sg.Function) -> str:
    """Return what came of a call on rows of numbers, forward and backward."""
    if sum(node.size for node in (*function._source.nodes, *function.inputs)) > MOST_ELEMENTS:
        return "functions too large to call"
    arguments: list[Any] = [np.full(leaf.shape if not leaf.varying else (3, *leaf.shape), 0.5) for leaf in function.inputs]
    values = function(*arguments)
    function.vjp(values, *arguments)
    return "functions called"


def outcome(path: Path, data: bytes, call: bool) -> str:
    """Load a file of these bytes; return what came of it. Any error but `ValueError` is passed on."""
    path.write_bytes(data)
    try:
        function = sg.load(path)
    except ValueError:
        return "errors"
    return called(function) if call else "functions"


def main() -> None:
    """Load many changed files and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--call-every", type=int, default=10, help="which of the functions that come out are called")
    options = parser.parse_args()
    found: Counter[str] = Counter()
    rng, started = np.random.default_rng(options.seed), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        good, path = [], Path(folder) / "changed"
        for function in (*functions(), *formed()):
            function.save(path)
            good.append(path.read_bytes())
            called(sg.load(path))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(options.count):
            data = changed(good[number % len(good)], rng)
            if number % 100_000 == 0:
                print(number, dict(found), flush=True)
            try:
                found[outcome(path, data, number % options.call_every == 0)] += 1
            except Exception:
                print("failing bytes:", data.hex())
                raise
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{options.count} files in {time.perf_counter() - started:.0f} s, {grown:.0f} MB: {dict(found)}")


if __name__ == "__main__":
    main()
