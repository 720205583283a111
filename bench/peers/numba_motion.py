"""The arm and the pendulum written by hand in Numba: blocks of rows, in columns, every loop over the rows of a block a vector loop."""

import numpy as np
from numba import njit, prange

from ..models import LINKS, STEP, STEPS, TOOL
from .numba_tiles import OPTIONS, TILE
from .numba_vectors import sine, sine_and_cosine

LENGTHS, OFFSETS, TURN_SINES = (np.array(each, dtype=float) for each in zip(*LINKS, strict=True))
TURN_COSINES = 1.0 - abs(TURN_SINES)
JOINTS = len(LINKS)
HALF, SIXTH, THIRD = 0.5 * STEP, STEP / 6.0, STEP / 3.0


@njit(parallel=True, **OPTIONS)
def arm(angles, target, value, by_angles, by_target):
    """Inwards joint by joint to the base, then back outwards with what flows back to the tool's place."""
    count = len(value)
    for block in prange((count + TILE - 1) // TILE):
        start = block * TILE
        size = min(TILE, count - start)
        columns, place = np.empty((4, JOINTS, TILE)), np.empty((3, TILE))
        for joint in range(JOINTS):
            for i in range(size):
                columns[0, joint, i] = angles[start + i, joint]
        to_base(columns, place, size)
        for i in range(size):
            total = 0.0
            for k in range(3):
                away = place[k, i] - target[start + i, k]
                total += away * away
                place[k, i] = 2.0 * away
                by_target[start + i, k] = -2.0 * away
            value[start + i] = total
        to_tool(columns, place, size)
        for i in range(size):
            for joint in range(JOINTS):
                by_angles[start + i, joint] = columns[0, joint, i]


@njit(**OPTIONS)
def to_base(columns, place, size):
    """Turn the angles into sines and cosines, and keep where the tool is along and across each link."""
    sines, cosines, along, across = columns[0], columns[1], columns[2], columns[3]
    x, y, z = place[0], place[1], place[2]
    for k in range(3):
        place[k, :] = TOOL[k]
    for joint in range(JOINTS - 1, -1, -1):
        length, offset, turn, straight = LENGTHS[joint], OFFSETS[joint], TURN_SINES[joint], TURN_COSINES[joint]
        for i in range(size):
            s, c = sine_and_cosine(sines[joint, i])
            sines[joint, i], cosines[joint, i] = s, c
            along[joint, i], across[joint, i] = c * x[i] - s * y[i], s * x[i] + c * y[i]
            up = z[i] + offset
            x[i] = along[joint, i] + length
            y[i], z[i] = straight * across[joint, i] - turn * up, turn * across[joint, i] + straight * up


@njit(**OPTIONS)
def to_tool(columns, upstream, size):
    """Put gradients in place of the sines: the moment of what flows back about each joint's axis."""
    sines, cosines, along, across = columns[0], columns[1], columns[2], columns[3]
    x, y, z = upstream[0], upstream[1], upstream[2]
    for joint in range(JOINTS):
        turn, straight = TURN_SINES[joint], TURN_COSINES[joint]
        for i in range(size):
            s, c, by_x = sines[joint, i], cosines[joint, i], x[i]
            by_y, z[i] = straight * y[i] + turn * z[i], straight * z[i] - turn * y[i]
            sines[joint, i] = along[joint, i] * by_y - across[joint, i] * by_x
            x[i], y[i] = c * by_x + s * by_y, c * by_y - s * by_x


@njit(parallel=True, **OPTIONS)
def pendulum(angle, speed, damping, stiffness, value, by_angle, by_speed, by_damping, by_stiffness):
    """Forwards the states before each step are kept; backwards the stages of a step are computed anew."""
    count = len(value)
    for block in prange((count + TILE - 1) // TILE):
        start, stop = block * TILE, min(count, (block + 1) * TILE)
        rows, size = slice(start, stop), stop - start
        states = np.empty((STEPS + 1, 2, TILE))
        states[0, 0, :size], states[0, 1, :size] = angle[rows], speed[rows]
        for step in range(STEPS):
            forward(states[step], states[step + 1], damping[rows], stiffness[rows], size)
        gradients = by_angle[rows], by_speed[rows], by_damping[rows], by_stiffness[rows]
        energy(states[STEPS], stiffness[rows], value[rows], gradients, size)
        for step in range(STEPS - 1, -1, -1):
            backward(states[step], damping[rows], stiffness[rows], gradients, size)


@njit(**OPTIONS)
def forward(state, after, damping, stiffness, size):
    """One step of the Runge-Kutta method."""
    for i in range(size):
        angle, speed = state[0, i], state[1, i]
        first = -stiffness[i] * sine(angle) - damping[i] * speed
        second_speed = speed + HALF * first
        second = -stiffness[i] * sine(angle + HALF * speed) - damping[i] * second_speed
        third_speed = speed + HALF * second
        third = -stiffness[i] * sine(angle + HALF * second_speed) - damping[i] * third_speed
        fourth_speed = speed + STEP * third
        fourth = -stiffness[i] * sine(angle + STEP * third_speed) - damping[i] * fourth_speed
        after[0, i] = angle + SIXTH * (speed + 2.0 * (second_speed + third_speed) + fourth_speed)
        after[1, i] = speed + SIXTH * (first + 2.0 * (second + third) + fourth)


@njit(**OPTIONS)
def energy(state, stiffness, value, gradients, size):
    """The value, and the gradients by what it depends on directly."""
    for i in range(size):
        s, c = sine_and_cosine(state[0, i])
        value[i] = 0.5 * state[1, i] * state[1, i] + stiffness[i] * (1.0 - c)
        gradients[0][i], gradients[1][i], gradients[2][i], gradients[3][i] = stiffness[i] * s, state[1, i], 0.0, 1.0 - c


@njit(**OPTIONS)
def stage_back(by_acceleration, direct, cosine, damping, stiffness):
    """Gradients by the angle and the speed of a stage."""
    return -stiffness * cosine * by_acceleration, direct - damping * by_acceleration


@njit(**OPTIONS)
def backward(state, damping, stiffness, gradients, size):
    """What flows back through one step, and the step's share of the gradients by the constants."""
    by_angle, by_speed, by_damping, by_stiffness = gradients
    for i in range(size):
        angle, speed, c, k = state[0, i], state[1, i], damping[i], stiffness[i]
        first_sine, first_cosine = sine_and_cosine(angle)
        second_sine, second_cosine = sine_and_cosine(angle + HALF * speed)
        second_speed = speed + HALF * (-k * first_sine - c * speed)
        third_sine, third_cosine = sine_and_cosine(angle + HALF * second_speed)
        third_speed = speed + HALF * (-k * second_sine - c * second_speed)
        fourth_sine, fourth_cosine = sine_and_cosine(angle + STEP * third_speed)
        fourth_speed = speed + STEP * (-k * third_sine - c * third_speed)

        after_angle, after_speed = by_angle[i], by_speed[i]
        fourth = SIXTH * after_speed
        fourth_by_angle, fourth_by_speed = stage_back(fourth, SIXTH * after_angle, fourth_cosine, c, k)
        third = THIRD * after_speed + STEP * fourth_by_speed
        third_by_angle, third_by_speed = stage_back(third, THIRD * after_angle + STEP * fourth_by_angle, third_cosine, c, k)
        second = THIRD * after_speed + HALF * third_by_speed
        second_by_angle, second_by_speed = stage_back(second, THIRD * after_angle + HALF * third_by_angle, second_cosine, c, k)
        first = SIXTH * after_speed + HALF * second_by_speed
        first_by_angle, first_by_speed = stage_back(first, SIXTH * after_angle + HALF * second_by_angle, first_cosine, c, k)

        by_angle[i] = after_angle + first_by_angle + second_by_angle + third_by_angle + fourth_by_angle
        by_speed[i] = after_speed + first_by_speed + second_by_speed + third_by_speed + fourth_by_speed
        by_damping[i] -= first * speed + second * second_speed + third * third_speed + fourth * fourth_speed
        by_stiffness[i] -= first * first_sine + second * second_sine + third * third_sine + fourth * fourth_sine
