"""Measure, or read measurements, and write the report."""

import os

# As in `bench.peers`: a thread that waits by spinning would take the time of the next. Set before any library is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from .measurements import Data
from .page import write
from .reasons import beside


def measurements(data: Path | None, folder: Path, *, tiny: bool) -> Data:
    """Read measurements from a file, or measure and keep them in the folder."""
    if data is not None:
        read: Data = json.loads(data.read_text(encoding="utf-8"))
        return read
    from .measuring import measured

    found: Data = measured(tiny)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the report that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench.report", description="Measure everything and write the report.")
    parser.add_argument("--data", type=Path, help="measurements of an earlier run, data.json, instead of new ones")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks"), help="the folder to write to (%(default)s)")
    parser.add_argument("--tiny", action="store_true", help="a few rows, to see that everything runs")
    chosen = parser.parse_args(arguments)
    if chosen.data and not chosen.data.is_file():
        parser.error(f"--data: there is no file {chosen.data}; measure without it, or name the data.json of an earlier run")
    for path in write(beside() | measurements(chosen.data, chosen.out, tiny=chosen.tiny), chosen.out):
        print(path)


if __name__ == "__main__":
    main()
