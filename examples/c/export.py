"""Write two models as C: the price of an option, and the potential of a galaxy.

`python export.py FOLDER` makes `price.c`, `price.h`, `potential.c` and `potential.h` there. CMake calls it (see `CMakeLists.txt`).
"""

import sys
from pathlib import Path

import numpy as np

import staticgraph as sg


@sg.function(inputs=dict.fromkeys(["spot", "strike", "maturity", "rate", "volatility"], ()))
def price(spot, strike, maturity, rate, volatility):
    """Black and Scholes' price of a European call option."""
    spread = volatility * np.sqrt(maturity)
    upper = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / spread
    return spot * sg.ndtr(upper) - strike * np.exp(-rate * maturity) * sg.ndtr(upper - spread)


@sg.function(inputs={"position": 3})
def potential(position):
    """A disc (Miyamoto and Nagai 1975) in a halo that flattens the curve of rotation."""
    x, y, z = position
    plane = x * x + y * y
    disc = -1.0 / np.sqrt(plane + (0.5 + np.sqrt(z * z + 0.01)) ** 2)
    return disc + 0.5 * np.log(plane + (z / 0.8) ** 2 + 0.25)


def main(folder: Path) -> None:
    """Write both."""
    folder.mkdir(parents=True, exist_ok=True)
    for model in (price, potential):
        sg.export_c(model, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
