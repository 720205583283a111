"""Build the packages, check them, install them into fresh environments of all Pythons that are here, and run tests there.

`python -m tools.matrix` takes each Python with the oldest and the newest NumPy and Numba that it may have, two minutes for each; `--sample`
takes the oldest Python with the oldest alone, and `--all` runs all tests. Needs `pip install '.[release]'`.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree, which
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PYTHONS = tuple(f"3.{minor}" for minor in range(10, 15))
"""From the oldest that the package takes to the newest that Numba has."""
DEPENDENCIES = {
    ("oldest", "3.10"): ("numpy==2.0.*", "numba==0.62.*", "llvmlite==0.45.*"), ("oldest", "3.11"): ("numpy==2.0.*", "numba==0.62.*"),
    ("oldest", "3.12"): ("numpy==2.0.*", "numba==0.62.*"), ("oldest", "3.13"): ("numpy==2.1.*", "numba==0.62.*"),
    ("oldest", "3.14"): ("numpy==2.3.*", "numba==0.63.*"),
}  # fmt: skip
"""The oldest that each Python may have: that have packages for it. The newest are whatever is newest."""
BESIDE = ("pytest>=8", "hypothesis>=6.100", "scipy>=1.13", "mpmath>=1.3", "autograd>=1.7")
QUICK = ("test_calls.py", "test_corners.py", "test_in_numba.py", "test_help.py")
"""Tests of what depends on versions: NumPy's protocols, Numba's and LLVM's interfaces, inspection."""


class Row(NamedTuple):
    """An environment: which Python, by its path, with which dependencies, and from which package."""

    version: str
    python: str
    age: str
    package: Path

    @property
    def needs(self) -> tuple[str, ...]:
        """What is installed beside the package, whose own requirements are lower bounds."""
        return DEPENDENCIES[self.age, self.version] if self.age == "oldest" else ()


def interpreter(version: str) -> str | None:
    """Return a Python of a version: one on the path, or one that pyenv keeps; None if there is none."""
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for found in (which(f"python{version}"), *map(str, kept)):
        command = [found or "", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        if found and subprocess.run(command, capture_output=True, text=True).stdout.strip() == version:
            return found
    return None


def built(folder: Path) -> tuple[Path, Path]:
    """Build the source distribution and the wheel, and return them, checked."""
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    (source,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    run(sys.executable, "-m", "twine", "check", "--strict", source, wheel)
    return source, wheel


def rows(source: Path, wheel: Path, sample: bool) -> Iterator[Row]:
    """Yield the environments; say which Pythons are not here."""
    here = {version: found for version in PYTHONS if (found := interpreter(version))}
    print("Pythons:", ", ".join(here), "- not here, skipped:", ", ".join(sorted(set(PYTHONS) - set(here))) or "none", flush=True)
    first = min(here, key=PYTHONS.index)
    for version, python in here.items():
        for age, package in (("oldest", source), ("newest", wheel)):
            if not sample or (version, age) == (first, "oldest"):
                yield Row(version, python, age, package)


def tried(row: Row, tests: list[str], folder: Path) -> bool:
    """Install a package into a fresh environment, and run its self-check and tests of the source distribution; return whether they pass."""
    print(f"\n== Python {row.version}, {row.age} dependencies, {row.package.name} ==", flush=True)
    environment, python = folder / "environment", folder / "environment" / "bin" / "python"
    run(row.python, "-m", "venv", "--clear", environment)
    run(python, "-m", "pip", "install", "--quiet", row.package, *row.needs, *BESIDE)
    checks = [("-m", "staticgraph"), ("-m", "pytest", "-q", *tests)]
    caches = {f"{package}_CACHE_DIR": str(folder / "cache") for package in ("NUMBA", "STATICGRAPH")}
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | caches
    return all(subprocess.run([python, *check], cwd=folder / "checkout", env=settings).returncode == 0 for check in checks)


def run(*command: str | Path) -> None:
    """Run a command; an error ends the program."""
    subprocess.run(list(map(str, command)), check=True)


def main() -> int:
    """Build, install and test; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", action="store_true", help="one environment alone")
    parser.add_argument("--all", action="store_true", help="the whole suite of tests")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, wheel = built(folder / "dist")
        with tarfile.open(source) as archive:
            safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # early versions of Python 3.10 and 3.11 lack it
            archive.extractall(folder, **safely)
        (folder / source.name.removesuffix(".tar.gz")).rename(folder / "checkout")
        rmtree(folder / "checkout" / "staticgraph")  # what is tested is what was installed
        tests = ["tests"] if chosen.all else [f"tests/{each}" for each in QUICK]
        failed = [row for row in rows(source, wheel, chosen.sample) if not tried(row, tests, folder)]
    print("\nfailed:", ", ".join(f"Python {row.version} with the {row.age}" for row in failed) or "none")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
