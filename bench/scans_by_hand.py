"""The loops of `bench.scan_cases` written by hand in Numba, forward and in reverse, one row after another."""

import math

import numpy as np
from numba import njit

from .scan_cases import DAYS, FEATURES, MOVES, NOISE, OBSERVATIONS, STATES, TIMES, UNITS

OPTIONS = {"fastmath": True, "error_model": "numpy"}


@njit(**OPTIONS)
def garch(returns, omega, alpha, beta, value, by_omega, by_alpha, by_beta):
    """Value and gradient; the variances are kept."""
    kept = np.empty(DAYS)
    for row in range(len(value)):
        a, b, rest = alpha[row], beta[row], 1.0 / (1.0 - alpha[row] - beta[row])
        kept[0], total = omega[row] * rest, 0.0
        for day in range(1, DAYS):
            kept[day] = omega[row] + a * returns[row, day - 1] ** 2 + b * kept[day - 1]
            total += math.log(kept[day]) + returns[row, day] ** 2 / kept[day]
        value[row] = total
        g, go, ga, gb = 0.0, 0.0, 0.0, 0.0
        for day in range(DAYS - 1, 0, -1):
            inverse = 1.0 / kept[day]
            g += inverse - (returns[row, day] * inverse) ** 2
            go += g
            ga += g * returns[row, day - 1] ** 2
            gb += g * kept[day - 1]
            g *= b
        by_omega[row] = go + g * rest
        by_alpha[row], by_beta[row] = ga + g * kept[0] * rest, gb + g * kept[0] * rest


@njit(**OPTIONS)
def kalman(observed, process, measurement, value, by_process, by_measurement):
    """Value and gradient; the predicted states and spreads are kept."""
    spreads, errors = np.empty((OBSERVATIONS, STATES, STATES)), np.empty(OBSERVATIONS)
    state, moved, between = np.empty(STATES), np.empty(STATES), np.empty((STATES, STATES))
    g, gs, gk = np.empty((STATES, STATES)), np.empty(STATES), np.empty(STATES)
    for row in range(len(value)):
        state[:] = 0.0
        spread, total = np.eye(STATES), 0.0
        for time in range(OBSERVATIONS):
            here = spreads[time]
            for i in range(STATES):
                moved[i] = 0.0
                for k in range(STATES):
                    moved[i] += MOVES[i, k] * state[k]
            _moved(MOVES, spread, between, here)
            for i in range(STATES):
                for j in range(STATES):
                    here[i, j] += process[row] * NOISE[i, j]
            variance = here[0, 0] + measurement[row]
            errors[time] = observed[row, time] - moved[0]
            for i in range(STATES):
                gain = here[i, 0] / variance
                state[i] = moved[i] + gain * errors[time]
                for j in range(STATES):
                    spread[i, j] = here[i, j] - gain * here[0, j]
            total += math.log(variance) + errors[time] ** 2 / variance
        value[row] = total
        g[:], gs[:] = 0.0, 0.0
        gq, gr = 0.0, 0.0
        for time in range(OBSERVATIONS - 1, -1, -1):
            here, error = spreads[time], errors[time]
            inverse = 1.0 / (here[0, 0] + measurement[row])
            gv, gvariance = 2.0 * error * inverse, inverse - (error * inverse) ** 2
            for i in range(STATES):
                gk[i] = gs[i] * error
                for j in range(STATES):
                    gk[i] -= g[i, j] * here[0, j]
                gv += gs[i] * here[i, 0] * inverse
            for j in range(STATES):
                first = 0.0
                for i in range(STATES):
                    first += here[i, 0] * inverse * g[i, j]
                moved[j] = first
            for j in range(STATES):
                g[0, j] -= moved[j]
            for i in range(STATES):
                g[i, 0] += gk[i] * inverse
                gvariance -= gk[i] * here[i, 0] * inverse * inverse
            g[0, 0] += gvariance
            gr += gvariance
            gs[0] -= gv
            for i in range(STATES):
                for j in range(STATES):
                    gq += g[i, j] * NOISE[i, j]
            _moved(MOVES.T, g, between, spread)
            g[:] = spread
            for i in range(STATES):
                moved[i] = 0.0
                for k in range(STATES):
                    moved[i] += MOVES[k, i] * gs[k]
            gs[:] = moved
        by_process[row], by_measurement[row] = gq, gr


@njit(**OPTIONS)
def _moved(matrix, spread, between, result):
    """`matrix @ spread @ matrix.T`."""
    for i in range(STATES):
        for j in range(STATES):
            between[i, j] = 0.0
            for k in range(STATES):
                between[i, j] += matrix[i, k] * spread[k, j]
    for i in range(STATES):
        for j in range(STATES):
            result[i, j] = 0.0
            for k in range(STATES):
                result[i, j] += between[i, k] * matrix[j, k]


@njit(**OPTIONS)
def lstm(observed, by_state, by_input, shift, value, g_state, g_input, g_shift):
    """Value, and the gradients summed over rows; gates, memories and states are kept."""
    gates, memories, states = np.empty((TIMES, 4 * UNITS)), np.zeros((TIMES + 1, UNITS)), np.zeros((TIMES + 1, UNITS))
    gz, gh, gc, before = np.empty(4 * UNITS), np.empty(UNITS), np.empty(UNITS), np.empty(UNITS)
    g_state[:], g_input[:], g_shift[:] = 0.0, 0.0, 0.0
    for row in range(len(value)):
        for time in range(TIMES):
            z, h = gates[time], states[time]
            for i in range(4 * UNITS):
                total = shift[i]
                for k in range(UNITS):
                    total += by_state[i, k] * h[k]
                for k in range(FEATURES):
                    total += by_input[i, k] * observed[row, time, k]
                z[i] = 1.0 / (1.0 + math.exp(-total)) if i < 3 * UNITS else math.tanh(total)
            for i in range(UNITS):
                memories[time + 1, i] = z[i] * memories[time, i] + z[UNITS + i] * z[3 * UNITS + i]
                states[time + 1, i] = z[2 * UNITS + i] * math.tanh(memories[time + 1, i])
        value[row] = 0.0
        for i in range(UNITS):
            value[row] += states[TIMES, i] ** 2
            gh[i], gc[i] = 2.0 * states[TIMES, i], 0.0
        for time in range(TIMES - 1, -1, -1):
            z = gates[time]
            for i in range(UNITS):
                kept, added, shown, new = z[i], z[UNITS + i], z[2 * UNITS + i], z[3 * UNITS + i]
                bent = math.tanh(memories[time + 1, i])
                gc[i] += gh[i] * shown * (1.0 - bent * bent)
                gz[2 * UNITS + i] = gh[i] * bent * shown * (1.0 - shown)
                gz[i] = gc[i] * memories[time, i] * kept * (1.0 - kept)
                gz[UNITS + i] = gc[i] * new * added * (1.0 - added)
                gz[3 * UNITS + i] = gc[i] * added * (1.0 - new * new)
                gc[i] *= kept
            before[:] = 0.0
            for i in range(4 * UNITS):
                g_shift[i] += gz[i]
                for k in range(UNITS):
                    g_state[i, k] += gz[i] * states[time, k]
                    before[k] += gz[i] * by_state[i, k]
                for k in range(FEATURES):
                    g_input[i, k] += gz[i] * observed[row, time, k]
            gh[:] = before


BY_HAND = {"lstm": lstm, "kalman": kalman, "garch": garch}
