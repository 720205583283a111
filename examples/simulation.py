"""Hamiltonian Monte Carlo over 1,000 chains whose loop is one Numba function, with the gradient of a traced model and with one by hand.

The model is Rubin's (1981) of eight schools: the effect of coaching at each school, measured with a known error, around a common mean.
Needs `pip install '.[examples]'`. Prints effective samples a second and saves `simulation.png`: the effects, and how the chains mix.
"""

import time
from pathlib import Path

import matplotlib.pyplot as plt
import numba
import numpy as np

import staticgraph as sg

SEED, CHAINS, DRAWS, WARM, LEAPS, STEP = 0, 1000, 500, 100, 7, 0.25
EFFECT = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
ERROR = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])
SCALE = 5.0


@sg.function(inputs={"q": 10})
def energy(q):
    """Minus the logarithm of the posterior density; `q` is the mean, the logarithm of the spread, and each school's own deviation."""
    mean, spread, own = SCALE * q[0], SCALE * np.exp(q[1]), q[2:]
    misfit = (EFFECT - mean - spread * own) / ERROR
    prior = 0.5 * q[0] ** 2 + np.log1p(np.exp(2 * q[1])) - q[1]  # the spread is half-Cauchy, and `exp` has its Jacobian determinant
    return prior + 0.5 * np.sum(own**2) + 0.5 * np.sum(misfit**2)


@numba.njit
def traced(q, value, slope):
    """Write the energy and its gradient, from the graph."""
    energy.value_and_grad(q, out=(value, (slope,)))


@numba.njit
def by_hand(q, value, slope):
    """Write the energy and its gradient, from pen and paper."""
    mean, spread = SCALE * q[0], SCALE * np.exp(q[1])
    square = np.exp(2 * q[1])
    total = 0.5 * q[0] ** 2 + np.log1p(square) - q[1]
    by_mean, by_spread = 0.0, 0.0
    for school in range(len(EFFECT)):
        own = q[2 + school]
        misfit = (EFFECT[school] - mean - spread * own) / ERROR[school]
        back = -misfit / ERROR[school]
        by_mean += back
        by_spread += back * own
        slope[2 + school] = own + back * spread
        total += 0.5 * own**2 + 0.5 * misfit**2
    slope[0] = q[0] + SCALE * by_mean
    slope[1] = 2 * square / (1 + square) - 1 + spread * by_spread
    value[()] = total


@numba.njit
def leap(model, q, p, value, slope):
    """Move a chain along its orbit, in place: kicks by half steps around each drift."""
    for _ in range(LEAPS):
        for k in range(len(q)):
            p[k] -= 0.5 * STEP * slope[k]
            q[k] += STEP * p[k]
        model(q, value, slope)
        for k in range(len(q)):
            p[k] -= 0.5 * STEP * slope[k]


@numba.njit(parallel=True, nogil=True)
def sample(model, start, momenta, uniform):
    """Run a chain for each row of `start` with given random numbers; return positions (draws, chains, size) and the share accepted."""
    draws, chains, size = momenta.shape
    made, accepted = np.empty((draws, chains, size)), np.zeros(chains)
    for chain in numba.prange(chains):
        q, slope, value = start[chain].copy(), np.empty(size), np.empty(())
        after, p, after_slope, after_value = np.empty(size), np.empty(size), np.empty(size), np.empty(())
        model(q, value, slope)
        for draw in range(draws):
            change = value[()]
            for k in range(size):
                after[k], p[k], after_slope[k] = q[k], momenta[draw, chain, k], slope[k]
                change += 0.5 * p[k] ** 2
            leap(model, after, p, after_value, after_slope)
            change -= after_value[()]
            for k in range(size):
                change -= 0.5 * p[k] ** 2
            if np.log(uniform[draw, chain]) < change:
                for k in range(size):
                    q[k], slope[k] = after[k], after_slope[k]
                value[()] = after_value[()]
                accepted[chain] += 1 / draws
            for k in range(size):
                made[draw, chain, k] = q[k]
    return made, accepted.mean()


def correlations(draws: np.ndarray) -> np.ndarray:
    """Return how draws (draws, chains) are correlated with those some draws later, about the mean of all chains."""
    count = len(draws)
    waves = np.fft.rfft(draws - draws.mean(), 2 * count, axis=0)
    covariance = np.fft.irfft(np.abs(waves) ** 2, axis=0)[:count].mean(axis=1) / np.arange(count, 0, -1)
    return covariance / covariance[0]


def effective(draws: np.ndarray) -> float:
    """Return how many independent samples draws (draws, chains) are worth (Geyer 1992: pairs of correlations until one is negative)."""
    found = correlations(draws)
    pairs = found[: len(found) // 2 * 2].reshape(-1, 2).sum(axis=1)
    kept = pairs[: np.argmax(pairs < 0)] if np.any(pairs < 0) else pairs
    return draws.size / (2 * kept.sum() - 1)


def run(model, start, momenta, uniform) -> tuple[np.ndarray, float, float]:
    """Sample, timed; give the draws after the warm-up, the seconds, and the share accepted."""
    sample(model, start[:1], momenta[:1], uniform[:1])  # compiles
    begun = time.perf_counter()
    draws, accepted = sample(model, start, momenta, uniform)
    return draws[WARM:], time.perf_counter() - begun, accepted


def draw(draws: np.ndarray, path: Path) -> None:
    """Save a picture of the schools' effects and of the correlations along chains."""
    mean, spread = SCALE * draws[..., 0], SCALE * np.exp(draws[..., 1])
    effects = mean[..., None] + spread[..., None] * draws[..., 2:]
    low, middle, high = np.quantile(effects, (0.16, 0.5, 0.84), axis=(0, 1))
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    schools = np.arange(len(EFFECT))
    left.errorbar(schools - 0.1, EFFECT, ERROR, fmt="o", color="0.7", label="measured")
    left.errorbar(schools + 0.1, middle, (middle - low, high - middle), fmt="o", label="posterior")
    left.axhline(np.median(mean), color="0.85", zorder=0)
    left.set(xticks=schools, xticklabels=list("ABCDEFGH"), xlabel="school", ylabel="effect", title="Effects, with 68 % intervals")
    left.legend()
    for name, each in {"mean": mean, "log spread": draws[..., 1], "school A": effects[..., 0]}.items():
        right.plot(correlations(each)[:30], marker=".", label=name)
    right.set(xlabel="draws later", ylabel="correlation", title=f"{draws.shape[1]:,} chains")
    right.axhline(0, color="0.85", zorder=0)
    right.legend()
    figure.savefig(path, dpi=120)


def main() -> None:
    """Sample with both gradients, compare, draw."""
    generator = np.random.default_rng(SEED)
    size = energy.inputs[0].shape[0]
    start, momenta = 0.5 * generator.normal(size=(CHAINS, size)), generator.normal(size=(DRAWS, CHAINS, size))
    uniform = generator.random((DRAWS, CHAINS))
    found = {}
    for name, model in {"traced": traced, "by hand": by_hand}.items():
        draws, seconds, accepted = found[name] = run(model, start, momenta, uniform)
        worth = min(effective(draws[..., k]) for k in range(size))
        gradients = CHAINS * (DRAWS * LEAPS + 1)
        print(
            f"{name:8} {seconds:6.2f} s, {accepted:.0%} accepted, {1e9 * seconds / gradients:4.0f} ns a gradient with its steps, "
            f"{worth:,.0f} effective samples: {worth / seconds:,.0f} a second"
        )
    ours, theirs = (found[name][0] for name in found)
    same = np.isclose(ours, theirs, rtol=1e-6, atol=1e-6).all(axis=(0, 2)).mean()
    path = Path("simulation.png")
    draw(ours, path)
    print(f"{same:.1%} of the chains are the same up to rounding; picture in {path}")
    assert same > 0.98, "the traced gradient and the one by hand differ"


if __name__ == "__main__":
    main()
