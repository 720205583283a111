"""Fit a million small curves, as in fluorescence lifetime imaging: 4 parameters and 20 points for every pixel of a picture.

Some steps of Levenberg and Marquardt, each with the Jacobian matrix, the 4 x 4 system and the decision whether to take it, are one compiled
graph that runs on all pixels at once, and then on those that have not converged. A sample is fitted by `scipy.optimize.curve_fit`.

Needs `pip install '.[examples]'`. Prints fits a second, and saves `curve_fits.png`. `--pixels 100` makes the picture smaller.
"""

import argparse
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import curve_fit
from tqdm import tqdm

import staticgraph as sg

TIMES = np.linspace(0.25, 10.0, 20)
NOISE, BLOCK, SAMPLE = 0.01, 100_000, 200
START, DAMPING, ROUNDS = np.log([1.0, 2.0, 0.7, 0.1]), 1e-3, 20
# From there 4 steps are enough for two pixels of three, and one more for 96 of 100: then a step would lower the sum of squares by
# less than `curve_fit` asks for.
STEPS, TOLERANCE = 4, 1e-8


def decay(library, p):
    """Light after a pulse: a rise and a decay over a background; `p` has the logarithms of height, lifetime, rise time and background."""
    height, lifetime, rise, background = (library.exp(p[k]) for k in range(4))
    return height * library.exp(-TIMES / lifetime) * (1.0 - library.exp(-TIMES / rise)) + background


def solved(matrix, right):
    """Solve a small positive definite system by Cholesky's method without square roots, written out on nodes."""
    size, lower, pivots, solution = len(right), {}, [], []
    for i in range(size):
        scaled = [matrix[i, j] for j in range(i + 1)]
        for j in range(i):
            scaled[j] -= sum(lower[j, k] * scaled[k] for k in range(j))
            lower[i, j] = scaled[j] / pivots[j]
        pivots.append(scaled[i] - sum(lower[i, j] * scaled[j] for j in range(i)))
        solution.append(right[i] - sum(lower[i, j] * solution[j] for j in range(i)))
    for i in reversed(range(size)):
        solution[i] = solution[i] / pivots[i] - sum(lower[k, i] * solution[k] for k in range(i + 1, size))
    return sg.stack(solution)


def linearized(p, observed):
    """Return the sum of squares at `p`, and the normal matrix and the right side of the equations for a step."""
    residuals = decay(np, p) - observed
    jacobian = sg.jacobian(residuals, p)
    return np.sum(residuals**2), jacobian.T @ jacobian, jacobian.T @ residuals


def steps(p, count):
    """Compile some steps from `p`: to better parameters, new damping, and whether they have converged."""
    damping, observed = sg.input("damping"), sg.data("observed", 20)
    here, leaves = linearized(p, observed), [p, damping, observed]
    for _ in range(count):
        _, normal, right = here
        moved = p - solved(normal + damping * np.eye(4) * normal, right)
        there = linearized(moved, observed)
        better = there[0] < here[0]
        p, damping = np.where(better, moved, p), np.where(better, damping * 0.1, damping * 5.0)
        here = [np.where(better, new, old) for new, old in zip(there, here, strict=True)]
    squares, normal, right = here
    return sg.compile((p, damping, solved(normal, right) @ right <= TOLERANCE * squares), leaves, engine="native", name="steps")


def fitted(first, further, observed):
    """Fit every row, block by block: in each those that have not converged go on by themselves."""
    found = np.empty((len(observed), 4))
    for start in tqdm(range(0, len(observed), BLOCK), desc="fitting", unit="block"):
        rows = observed[start : start + BLOCK]
        p, damping, converged = first(START, DAMPING, rows)
        left = np.flatnonzero(~converged)
        for _ in range(ROUNDS):
            if not len(left):
                break
            p[left], damping[left], converged = further(p[left], damping[left], rows[left])
            left = left[~converged]
        found[start : start + BLOCK] = p
    return found


def picture(pixels):
    """Draw lifetimes and the other parameters for every pixel, and what is measured."""
    generator = np.random.default_rng(0)
    u, w = np.meshgrid(np.linspace(-1, 1, pixels), np.linspace(-1, 1, pixels))
    lifetime = 2.0 + 0.8 * np.sin(4 * np.pi * np.hypot(u, w) + 2 * np.arctan2(w, u))
    parameters = np.log(np.stack([1.0 + 0.3 * u, lifetime, 0.5 + 0.2 * w**2, np.full_like(u, 0.1)], axis=-1)).reshape(-1, 4)
    p = sg.input("p", 4)
    clean = sg.compile(decay(np, p), [p])(parameters)
    return parameters, clean + NOISE * generator.normal(size=clean.shape)


def by_scipy(observed):
    """Fit a sample one curve after another; return the parameters and the fits a second."""
    started = time.perf_counter()
    found = [curve_fit(lambda _, *p: decay(np, np.array(p)), TIMES, row, START)[0] for row in tqdm(observed, desc="SciPy", unit="fit")]
    return np.array(found), len(observed) / (time.perf_counter() - started)


def draw(pixels, truth, found, observed, path):
    """Save the lifetimes that were put in and found, and one curve."""
    figure, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
    for ax, values, title in zip(axes, (truth, found), ("Lifetime put in", "Lifetime found"), strict=False):
        image = ax.imshow(np.exp(values[:, 1]).reshape(pixels, pixels), vmin=1.2, vmax=2.8)
        ax.set(title=title, xticks=[], yticks=[])
    figure.colorbar(image, ax=axes[:2], label="nanoseconds")
    axes[2].plot(TIMES, observed[0], "o", label="measured in one pixel")
    axes[2].plot(TIMES, decay(np, found[0]), label="fitted")
    axes[2].set(xlabel="nanoseconds", ylabel="light", title="One of the curves")
    axes[2].legend()
    figure.savefig(path, dpi=120)


def main():
    """Measure, fit, compare, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pixels", type=int, default=1000, help="along each side of the picture (default 1000)")
    pixels = parser.parse_args().pixels
    truth, observed = picture(pixels)
    first, further = steps(sg.parameter("p", 4), STEPS), steps(sg.input("p", 4), 1)
    started = time.perf_counter()
    found = fitted(first, further, observed)
    rate = len(observed) / (time.perf_counter() - started)
    chosen = np.random.default_rng(1).choice(len(observed), min(SAMPLE, len(observed)), replace=False)
    reference, scipy_rate = by_scipy(observed[chosen])
    apart = np.abs(found[chosen] - reference).max(axis=1)
    error = np.exp(found[:, 1]) - np.exp(truth[:, 1])
    path = Path("curve_fits.png")
    draw(pixels, truth, found, observed, path)
    print(f"{len(observed):,} fits: {rate:,.0f} a second on {sg.get_num_threads()} thread(s)")
    print(f"curve_fit: {scipy_rate:,.0f} a second, 1/{rate / scipy_rate:,.0f}; {np.mean(apart < 1e-3):.1%} of {len(chosen)} agree to 0.1 %")
    print(f"median error of a lifetime {np.median(np.abs(error)):.3f}; picture in {path}")
    assert np.mean(apart < 1e-3) > 0.95, "fits differ from SciPy's"


if __name__ == "__main__":
    main()
