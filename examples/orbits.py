"""Where orbits of three bodies are chaotic: how far neighbours drift apart, for 4,096 starting points over 10,000 steps.

A spacecraft moves in the plane of the Earth and the Moon, which circle each other (the circular restricted three-body problem, in the frame
that turns with them). The loop of the Runge-Kutta method is one `sg.scan`, and the derivatives of the last state in the first one are a
loop again. Needs `pip install '.[examples]'`. Saves `orbits.png`: the largest stretching rate at each point, the Lyapunov exponent.
"""

import numpy as np

import staticgraph as sg

MOON = 0.01215
"""Its share of the mass; the distance between Earth and Moon is 1, and a month is 2 pi."""
STEPS, TIME, SIDE = 10_000, 20.0, 64
PLACES, SPEEDS = (0.35, 0.75), (0.5, 1.8)


def acceleration(x: sg.Node, y: sg.Node, u: sg.Node, v: sg.Node) -> tuple[sg.Node, sg.Node]:
    """Return what Earth, Moon and the turning of the frame do to a spacecraft at `(x, y)` with velocity `(u, v)`."""
    to_earth, to_moon = x + MOON, x - 1.0 + MOON
    earth = (1.0 - MOON) / np.sqrt(to_earth**2 + y**2) ** 3
    moon = MOON / np.sqrt(to_moon**2 + y**2) ** 3
    return 2.0 * v + x - earth * to_earth - moon * to_moon, -2.0 * u + y - (earth + moon) * y


def slope(state: sg.Node) -> sg.Node:
    """Return how fast a state `(x, y, u, v)` changes."""
    x, y, u, v = state
    return np.stack([u, v, *acceleration(x, y, u, v)])


def orbit(start: sg.Node, steps: int) -> sg.Node:
    """Return the state after so many steps of the classical Runge-Kutta method."""
    h = TIME / steps

    def step(state: sg.Node, _: None) -> tuple[sg.Node, None]:
        a = slope(state)
        b = slope(state + 0.5 * h * a)
        c = slope(state + 0.5 * h * b)
        d = slope(state + h * c)
        return state + h / 6.0 * (a + 2.0 * (b + c) + d), None

    last: sg.Node = sg.scan(step, start, length=steps)[0]
    return last


def stretching(steps: int = STEPS, engine: str = "native") -> sg.Function:
    """Compile the derivatives of the last state in the first one."""
    start = sg.input("start", 4)
    return sg.compile(sg.jacobian(orbit(start, steps), start), [start], engine=engine)


def starts(side: int = SIDE) -> np.ndarray:
    """Return starting points between Earth and Moon, at various speeds across the line between them."""
    x, v = np.meshgrid(np.linspace(*PLACES, side), np.linspace(*SPEEDS, side), indexing="ij")
    zeros = np.zeros(x.size)
    return np.stack([x.ravel(), zeros, zeros, v.ravel()], axis=1)


def exponents(side: int = SIDE, steps: int = STEPS) -> np.ndarray:
    """Return the largest stretching rate at each starting point."""
    matrices = stretching(steps)(starts(side))
    largest = np.linalg.norm(np.nan_to_num(matrices, posinf=1e300, neginf=-1e300), axis=(1, 2))
    rates: np.ndarray = np.log(largest).reshape(side, side) / TIME
    return rates


def main() -> None:
    """Compute, and save the picture."""
    import matplotlib.pyplot as plt

    rates = exponents()
    print(f"{np.mean(rates < 0.3):.0%} of {rates.size:,} orbits keep their neighbours; others lose them by exp({rates.max():.1f} t)")
    figure, axes = plt.subplots(figsize=(6, 5), layout="constrained")
    picture = axes.imshow(rates.T, origin="lower", extent=(*PLACES, *SPEEDS), aspect="auto", vmin=0.0, vmax=1.5, cmap="magma")
    axes.set(xlabel="start between Earth (0) and Moon (1)", ylabel="speed across")
    figure.colorbar(picture, label="stretching rate")
    figure.savefig("orbits.png", dpi=150)


if __name__ == "__main__":
    main()
