"""All second derivatives of a book of European options: gamma, vanna, volga and the others, each checked against its formula.

The price is written once. `hessian` gives the 5 x 5 matrix of each option; weights are the positions, so that a sum is the book's.

Needs `pip install '.[examples]'`. Prints the book's second derivatives and the time, and saves `greeks.png`.
"""

import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import staticgraph as sg

OPTIONS = 200_000


@sg.function(inputs=dict.fromkeys(["spot", "strike", "maturity", "rate", "volatility"], ()), engine="native")
def price(spot, strike, maturity, rate, volatility):
    """Black and Scholes' price of a call option."""
    spread = volatility * np.sqrt(maturity)
    upper = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / spread
    return spot * sg.ndtr(upper) - strike * np.exp(-rate * maturity) * sg.ndtr(upper - spread)


def book(generator):
    """Draw the contracts of a book, and how many of each are held."""
    spot = np.full(OPTIONS, 100.0)
    strike = generator.uniform(70.0, 130.0, OPTIONS)
    maturity, volatility = generator.uniform(0.1, 2.0, OPTIONS), generator.uniform(0.1, 0.5, OPTIONS)
    return (spot, strike, maturity, np.full(OPTIONS, 0.03), volatility), generator.integers(-50, 51, OPTIONS).astype(float)


def formulas(spot, strike, maturity, rate, volatility):
    """Return gamma, vanna and volga by their formulas."""
    spread = volatility * np.sqrt(maturity)
    upper = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / spread
    lower = upper - spread
    density = np.exp(-0.5 * upper**2) / np.sqrt(2.0 * np.pi)
    vega = spot * density * np.sqrt(maturity)
    return density / (spot * spread), -density * lower / volatility, vega * upper * lower / volatility


def draw(path):
    """Save gamma, vanna and volga over spot and maturity."""
    spots, maturities = np.meshgrid(np.linspace(60.0, 140.0, 161), np.linspace(0.05, 1.0, 120))
    second = price.hessian(spots.ravel(), 100.0, maturities.ravel(), 0.03, 0.25)
    shown = {"gamma": second.spot.spot, "vanna": second.spot.volatility, "volga": second.volatility.volatility}
    figure, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
    for ax, (name, values) in zip(axes, shown.items(), strict=True):
        largest = np.abs(values).max()
        image = ax.pcolormesh(spots, maturities, values.reshape(spots.shape), cmap="RdBu", vmin=-largest, vmax=largest, shading="gouraud")
        ax.set(title=name, xlabel="spot", ylabel="years to maturity")
        figure.colorbar(image, ax=ax)
    figure.savefig(path, dpi=120)


def main():
    """Differentiate the book, check, draw."""
    contracts, held = book(np.random.default_rng(0))
    second = price.hessian(*contracts, weights=held)
    started = time.perf_counter()
    price.hessian(*contracts, weights=held, out=second)
    taken = time.perf_counter() - started
    names = second._fields
    print(f"{OPTIONS:,} options, 25 second derivatives each: {taken * 1e3:.1f} ms, {taken / OPTIONS * 1e9:.0f} ns an option\n")
    print("The book's second derivatives:")
    print(" " * 12 + "".join(f"{name:>14}" for name in names))
    for name in names:
        print(f"{name:>12}" + "".join(f"{second[name][other].sum():14.4g}" for other in names))
    found = second.spot.spot, second.spot.volatility, second.volatility.volatility
    for name, ours, formula in zip(("gamma", "vanna", "volga"), found, formulas(*contracts), strict=True):
        apart = np.max(np.abs(ours - held * formula)) / np.max(np.abs(held * formula))
        print(f"\n{name}: at most {apart:.1e} of the largest from its formula", end="")
        assert apart < 1e-12, "a second derivative is wrong"
    path = Path("greeks.png")
    draw(path)
    print(f"\n\npicture in {path}")


if __name__ == "__main__":
    main()
