"""The order in which the elements along an axis are put together, which `primitives.total` states, over any kind of value."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

PARTIALS, ROUNDS = 8, 16
"""A block has so many partial results, and each of them takes so many elements. More partial results (16 in float32) do not fit into
registers beside the elements: a sum of 100 in float32 takes 1.14 times as long, as with 4 (`bench.choices`). A chain of 16 equal terms in
float32 is right to 3e-7 at the worst."""
BLOCK = PARTIALS * ROUNDS
"""Elements of a block."""
CHUNK = 32
"""Terms of a product of matrices that are one chain of `fma`: 32 equal ones in float32 are right to 5e-7 at the worst, 64 to 1e-6."""
MOST_TERMS = PARTIALS * CHUNK
"""Terms of a sum of products along an axis that become chains. Products of longer axes stay strips, which run as loops together with what
makes their factors, and stay in registers there."""

Carried = tuple[Any, ...]
"""A partial result: a number, or several such as a sum and its error."""
Step = Callable[..., Carried]
"""What takes the parts of a result, and an element or the parts of another result, and returns the parts of both together."""


def chains(terms: int) -> int:
    """Return how many chains of `fma` a sum of so many products along an axis has. They take turns, so that they may be lanes."""
    return 1 if terms <= CHUNK else PARTIALS


def in_order(elements: Sequence[Any], first: Callable[[Any], Carried], step: Step, join: Step) -> Carried:
    """Put elements together one by one; `first` makes a result of one element."""
    return joined([_block(elements[start : start + BLOCK], first, step, join) for start in range(0, len(elements), BLOCK)], join)


def _block(elements: Sequence[Any], first: Callable[[Any], Carried], step: Step, join: Step) -> Carried:
    made = [first(element) for element in elements[:PARTIALS]]
    for number, element in enumerate(elements[PARTIALS:], PARTIALS):
        made[number % PARTIALS] = step(*made[number % PARTIALS], element)
    half = PARTIALS
    while half > 1:
        half //= 2
        made = [join(*each, *made[number + half]) if number + half < len(made) else each for number, each in enumerate(made[:half])]
    return made[0]


def joined(nodes: Sequence[Carried], join: Step) -> Carried:
    """Join the results of blocks in a tree: neighbours, then neighbours of those."""
    while len(nodes) > 1:
        pairs = [join(*nodes[number], *nodes[number + 1]) for number in range(0, len(nodes) - 1, 2)]
        nodes = [*pairs, *nodes[2 * len(pairs) :]]
    return nodes[0]


def on_array(x: Any, neutral: tuple[float, ...], step: Step, join: Step) -> Carried:
    """Put the elements along the middle axis of an array together; what a block lacks is `neutral`, which changes nothing."""
    before, length, after = x.shape
    blocks = -(-length // BLOCK)
    filled = np.full((before, blocks * BLOCK, after), neutral[0], x.dtype)
    filled[:, :length] = x
    rounds = np.moveaxis(filled.reshape(before, blocks, ROUNDS, PARTIALS, after), 2, 0)
    made: Carried = (rounds[0], *(np.full_like(rounds[0], number) for number in neutral[1:]))
    for each in rounds[1 : -(-length // PARTIALS)]:
        made = step(*made, each)
    half = PARTIALS
    while half > 1:
        half //= 2
        made = join(*(each[:, :, :half] for each in made), *(each[:, :, half:] for each in made))
    made = tuple(each[:, :, 0] for each in made)
    while made[0].shape[1] > 1:
        if made[0].shape[1] % 2:
            made = tuple(np.append(each, np.full_like(each[:, :1], number), 1) for each, number in zip(made, neutral, strict=True))
        made = join(*(each[:, ::2] for each in made), *(each[:, 1::2] for each in made))
    return made
