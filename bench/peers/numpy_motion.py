"""Values and hand-derived gradients in NumPy, over all rows at once: an arm's kinematics and a pendulum's motion."""

import numpy as np

from ..models import LINKS, STEP, STEPS, TOOL

Array = np.ndarray
Gradients = tuple[Array, ...]


def arm(angles: Array, target: Array) -> tuple[Array, Gradients]:
    """Squared distance of the tool from a target: from the tool to the base, and back."""
    turned = np.ascontiguousarray(angles.T)
    sines, cosines = np.sin(turned), np.cos(turned)
    rotated = np.empty((len(LINKS), 2, len(angles)), angles.dtype)
    x, y, z = TOOL
    for joint in reversed(range(len(LINKS))):
        (length, offset, turn), sine, cosine = LINKS[joint], sines[joint], cosines[joint]
        rotated[joint] = cosine * x - sine * y, sine * x + cosine * y
        x, y, z = rotated[joint, 0] + length, rotated[joint, 1], z + offset
        if turn:
            y, z = -turn * z, turn * y
    miss = np.stack((x, y, z)) - target.T
    by_x, by_y, by_z = 2.0 * miss
    by_angles = np.empty_like(turned)
    for joint, (_, _, turn) in enumerate(LINKS):
        if turn:
            by_y, by_z = turn * by_z, -turn * by_y
        (x, y), sine, cosine = rotated[joint], sines[joint], cosines[joint]
        by_angles[joint] = by_y * x - by_x * y
        by_x, by_y = cosine * by_x + sine * by_y, cosine * by_y - sine * by_x
    return np.square(miss).sum(axis=0), (by_angles.T, -2.0 * miss.T)


# How far into a step each stage of the Runge-Kutta method lies, and the weight of its slope.
AHEAD = (0.0, 0.5 * STEP, 0.5 * STEP, STEP)
WEIGHTS = STEP / 6.0 * np.array([1.0, 2.0, 2.0, 1.0])
STAGES = len(AHEAD)


def _swing(angle: Array, speed: Array, damping: Array, stiffness: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Give the last angle and speed, and the angles, their sines, and the speeds of all stages of all steps."""
    angles, sines, speeds = np.empty((3, STEPS, STAGES, len(angle)), angle.dtype)
    accelerations = np.empty((STAGES, len(angle)), angle.dtype)
    for theta, sine, omega in zip(angles, sines, speeds, strict=True):
        theta[0], omega[0] = angle, speed
        for stage in range(STAGES):
            if stage:
                np.add(angle, AHEAD[stage] * omega[stage - 1], out=theta[stage])
                np.add(speed, AHEAD[stage] * accelerations[stage - 1], out=omega[stage])
            np.sin(theta[stage], out=sine[stage])
            np.subtract(-stiffness * sine[stage], damping * omega[stage], out=accelerations[stage])
        angle = angle + WEIGHTS @ omega
        speed = speed + WEIGHTS @ accelerations
    return angle, speed, angles, sines, speeds


def pendulum(angle: Array, speed: Array, damping: Array, stiffness: Array) -> tuple[Array, Gradients]:
    """Energy of a damped pendulum at the end of its motion; the gradient goes back through the stages of all steps."""
    angle, speed, angles, sines, speeds = _swing(angle, speed, damping, stiffness)
    height = 1.0 - np.cos(angle)
    value = 0.5 * speed * speed + stiffness * height
    by_angle, by_speed, by_stiffness, by_damping = stiffness * np.sin(angle), speed, height, np.zeros_like(speed)
    by_theta = np.empty((STAGES, len(angle)), angle.dtype)
    for step in reversed(range(STEPS)):
        pulls = np.cos(angles[step])
        pulls *= -stiffness
        by_omega, by_acceleration = np.multiply.outer(WEIGHTS, by_angle), np.multiply.outer(WEIGHTS, by_speed)
        for stage in reversed(range(STAGES)):
            if stage + 1 < STAGES:
                by_omega[stage] += AHEAD[stage + 1] * by_theta[stage + 1]
                by_acceleration[stage] += AHEAD[stage + 1] * by_omega[stage + 1]
            np.multiply(pulls[stage], by_acceleration[stage], out=by_theta[stage])
            by_omega[stage] -= damping * by_acceleration[stage]
        by_angle = by_angle + by_theta.sum(axis=0)
        by_speed = by_speed + by_omega.sum(axis=0)
        by_stiffness -= np.einsum("ij,ij->j", sines[step], by_acceleration)
        by_damping -= np.einsum("ij,ij->j", speeds[step], by_acceleration)
    return value, (by_angle, by_speed, by_damping, by_stiffness)
