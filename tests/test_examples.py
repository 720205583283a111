"""Examples of calls from C and C++ are built and run, with the numbers of the calls from Python."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from shutil import which

import numpy as np
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
GCC, GXX, CMAKE = which("gcc") or which("cc"), which("g++") or which("c++"), which("cmake")
FLAGS = ["-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
OPTIONS = {"spot": [90.0, 100.0, 110.0], "strike": [100.0] * 3, "maturity": [1.0, 0.5, 2.0]}
OPTIONS |= {"rate": [0.03] * 3, "volatility": [0.2, 0.2, 0.35]}


def example(name):
    """Import an example by its path."""
    found = spec_from_file_location(f"example_{Path(name).stem}", EXAMPLES / name)
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    export = example("c/export.py")
    export.main(folder)
    return folder, export


def built(folder, compiler, standard, source, model):
    """Compile a model and a program that calls it, and return the program."""
    made, program = folder / f"{model}.o", folder / Path(source).stem
    subprocess.run([GCC, "-std=c99", "-fno-math-errno", *FLAGS, "-c", str(folder / f"{model}.c"), "-o", str(made)], check=True)
    command = [compiler, f"-std={standard}", *FLAGS, f"-I{folder}", str(EXAMPLES / source), str(made), "-lm", "-o", str(program)]
    subprocess.run(command, check=True)
    return program


def numbers(text):
    return np.array([[float(each) for each in line.split()] for line in text.splitlines()])


@pytest.mark.skipif(GCC is None, reason="no C compiler")
def test_prices_from_c(exported):
    folder, export = exported
    done = subprocess.run([built(folder, GCC, "c99", "c/main.c", "price")], check=True, capture_output=True, text=True)
    value, slopes = export.price.value_and_grad(**OPTIONS)
    np.testing.assert_array_equal(numbers(done.stdout), np.stack([value, slopes.spot, slopes.volatility], axis=1))


@pytest.mark.skipif(GCC is None or GXX is None, reason="no C++ compiler")
def test_prices_from_c_plus_plus(exported):
    folder, export = exported
    done = subprocess.run([built(folder, GXX, "c++11", "c/main.cpp", "price")], check=True, capture_output=True, text=True)
    np.testing.assert_array_equal(numbers(done.stdout), np.stack([export.price(**OPTIONS), np.ones(3)], axis=1))


@pytest.mark.skipif(GCC is None, reason="no C compiler")
def test_the_orbit_is_that_of_the_same_steps_in_python(exported):
    folder, export = exported
    done = subprocess.run([built(folder, GCC, "c99", "orbit.c", "potential"), "2000"], check=True, capture_output=True, text=True)
    position, velocity, step = np.array([1.0, 0.0, 0.1]), np.array([0.1, 1.1, 0.3]), 0.005
    reached, slope = [], export.potential.grad(position).position
    for _ in range(2000):
        velocity -= 0.5 * step * slope
        position += step * velocity
        slope = export.potential.grad(position).position
        velocity -= 0.5 * step * slope
        reached.append(position.copy())
    np.testing.assert_array_equal(numbers(done.stdout), np.array(reached)[999::1000])
    assert "the energy changed by at most" in done.stderr


@pytest.mark.skipif(CMAKE is None or GCC is None or GXX is None, reason="no CMake, or no compiler")
def test_the_build_with_cmake(tmp_path):
    quiet = {"check": True, "capture_output": True}
    subprocess.run([CMAKE, "-S", str(EXAMPLES / "c"), "-B", str(tmp_path), f"-DPython3_EXECUTABLE={sys.executable}"], **quiet)
    subprocess.run([CMAKE, "--build", str(tmp_path)], **quiet)
    for program in ("main", "main_cpp", "orbit"):
        assert subprocess.run([tmp_path / program], **quiet).stdout


def test_the_two_gradients_of_the_simulation_agree():
    pytest.importorskip("matplotlib")
    simulation = example("simulation.py")
    q = np.random.default_rng(0).normal(size=10)
    found = []
    for model in (simulation.traced, simulation.by_hand):
        value, slope = np.empty(()), np.empty(10)
        model(q, value, slope)
        found.append([value[()], *slope])
    np.testing.assert_allclose(*found, rtol=1e-13)


def test_orbits_keep_their_volume():
    """The flow of a mechanical system does, so its derivatives have determinant 1; the loop's step makes an error of fourth order."""
    orbits = example("orbits.py")
    matrices = orbits.stretching(400, engine="interpreter")(orbits.starts(4)[5:7])
    np.testing.assert_allclose(np.linalg.det(matrices), 1.0, rtol=1e-3)
