"""A first look: one small graph step by step, then a realistic function over a million rows."""

import time

import numpy as np

import staticgraph as sg


def small_graph() -> None:
    """Show `(x + y) * z` forward and backward, gate by gate."""
    x, y, z = sg.inputs("x y z")
    q = x + y
    f = q * z
    whole = sg.compile(f)
    value, gradient = whole.value_and_grad(x=-2.0, y=5.0, z=-4.0)

    # The gradient that the gate `+` receives is that of `q` as a leaf of its own.
    leaf = sg.input("q")
    at_q = sg.compile(leaf * z, inputs=[leaf, z]).grad(q=3.0, z=-4.0).q

    print("1. The graph  f = (x + y) * z  at  x = -2, y = 5, z = -4\n")
    print("   Forward, in the order of the gates:")
    print(f"       q = x + y = {sg.compile(q)(-2.0, 5.0):g}")
    print(f"       f = q * z = {value:g}\n")
    print("   Backward, in the reverse order, starting from df/df = 1:")
    print(f"       '*' switches:     df/dq = z = {at_q:g}        df/dz = q = {gradient.z:g}")
    print(f"       '+' distributes:  df/dx = df/dq = {gradient.x:g}    df/dy = df/dq = {gradient.y:g}\n")
    print("   The program that ran, one instruction a gate:\n")
    print("       " + str(whole.program).replace("\n", "\n       "), "\n")


def routing() -> None:
    """Show the third gate to know, and a node with two parents."""

    @sg.function(inputs={"x": (), "y": ()})
    def larger(x, y):
        return np.maximum(x, y)

    @sg.function(inputs={"x": (), "y": ()})
    def twice(x, y):
        return x * y + x

    print("2. maximum routes: the larger operand receives the whole gradient, a tie shares it\n")
    for x, y in ((2.0, 7.0), (7.0, 2.0), (7.0, 7.0)):
        dx, dy = larger.grad(x, y)
        print(f"       maximum({x:g}, {y:g}):  d/dx = {dx:g}   d/dy = {dy:g}")
    print("\n   A value that is used twice adds up what comes back:")
    print(f"       x*y + x at (3, 10):  d/dx = y + 1 = {twice.grad(3.0, 10.0).x:g}\n")


@sg.function(inputs=dict.fromkeys(["spot", "strike", "maturity", "rate", "volatility"], ()))
def call_price(spot, strike, maturity, rate, volatility):
    """Black and Scholes' price of a European call option."""
    spread = volatility * np.sqrt(maturity)
    upper = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / spread
    return spot * sg.ndtr(upper) - strike * np.exp(-rate * maturity) * sg.ndtr(upper - spread)


def million_rows(rows: int = 1_000_000) -> None:
    """Price many options, with the sensitivity of each price to each of its five arguments."""
    generator = np.random.default_rng(0)
    bounds = {"spot": (50, 150), "strike": (50, 150), "maturity": (0.1, 3), "rate": (0, 0.08), "volatility": (0.1, 0.6)}
    market = {name: generator.uniform(low, high, rows) for name, (low, high) in bounds.items()}
    result = call_price.value_and_grad(**market)

    # Arrays that are used again cost no new memory, whose first touch takes longer than much of the arithmetic.
    start = time.perf_counter()
    price, greeks = call_price.value_and_grad(**market, out=result)
    duration = time.perf_counter() - start

    print(f"3. Black-Scholes: {rows:,} option prices, each with five derivatives ({len(call_price.program)} instructions)\n")
    table = market | {"price": price, "d/dspot": greeks.spot, "d/drate": greeks.rate, "d/dvol.": greeks.volatility}
    print("   " + " ".join(f"{name:>10}" for name in table))
    for row in range(3):
        print("   " + " ".join(f"{column[row]:10.3f}" for column in table.values()))
    print(f"\n   {duration:.3f} s on {sg.get_num_threads()} threads: {rows / duration / 1e6:.1f} million prices with gradients a second")


if __name__ == "__main__":
    small_graph()
    routing()
    million_rows()
