"""Train a two-layer network on the 1,797 handwritten digits that scikit-learn ships, with gradients from staticgraph.

Needs `pip install '.[examples]'`. Prints the test accuracy and saves `digits.png`: the loss curve and the misread digits.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tqdm import tqdm

import staticgraph as sg

SEED, HIDDEN, EPOCHS, BATCH = 0, 64, 60, 64
SHAPES = {"W1": (HIDDEN, 64), "b1": (HIDDEN,), "W2": (10, HIDDEN), "b2": (10,)}


def build() -> tuple[sg.Function, sg.Function]:
    """Compile the loss of one picture and the scores of its ten digits."""
    pixels, target = sg.input("pixels", 64), sg.input("target", 10)
    parameters = [sg.parameter(name, shape) for name, shape in SHAPES.items()]
    w1, b1, w2, b2 = parameters
    scores = w2 @ np.maximum(w1 @ pixels + b1, 0.0) + b2
    cross_entropy = sg.logsumexp(scores) - np.sum(target * scores)
    return sg.compile(cross_entropy, [pixels, target, *parameters]), sg.compile(scores, [pixels, *parameters])


def initial(generator: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw weights of the size that keeps the signal's variance through a layer; biases are zero."""
    return {name: generator.normal(size=shape) * np.sqrt(2 / shape[-1]) * (len(shape) == 2) for name, shape in SHAPES.items()}


class Adam:
    """Steps scaled by running means of the gradient and of its square."""

    def __init__(self, parameters: dict[str, np.ndarray], rate: float = 2e-3) -> None:
        self.parameters, self.rate, self.steps = parameters, rate, 0
        self.mean = {name: np.zeros_like(each) for name, each in parameters.items()}
        self.square = {name: np.zeros_like(each) for name, each in parameters.items()}

    def step(self, gradients) -> None:
        """Move every parameter against its gradient, in place."""
        self.steps += 1
        for name, parameter in self.parameters.items():
            gradient = gradients[name]
            self.mean[name] += 0.1 * (gradient - self.mean[name])
            self.square[name] += 0.001 * (gradient**2 - self.square[name])
            mean = self.mean[name] / (1 - 0.9**self.steps)
            square = self.square[name] / (1 - 0.999**self.steps)
            parameter -= self.rate * mean / (np.sqrt(square) + 1e-8)


def train(loss: sg.Function, pixels: np.ndarray, labels: np.ndarray) -> tuple[dict[str, np.ndarray], list[float]]:
    """Run minibatches through the loss's gradient; give the parameters and the mean loss of every step."""
    generator = np.random.default_rng(SEED)
    parameters = initial(generator)
    optimiser, targets, losses = Adam(parameters), np.eye(10)[labels], []
    loss.grad(pixels[:1], targets[:1], **parameters)  # the first call on a machine compiles the interpreter: some seconds
    for _ in tqdm(range(EPOCHS), desc="training", unit="epoch"):
        order = generator.permutation(len(pixels))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            # A weight of 1 / rows turns the sum over rows, which a parameter's gradient is, into the mean.
            value, gradients = loss.value_and_grad(
                pixels[rows], targets[rows], **parameters, wrt=list(parameters), weights=1 / len(rows)
            )
            optimiser.step(gradients)
            losses.append(float(value.mean()))
    return parameters, losses


def draw(losses: list[float], pixels: np.ndarray, labels: np.ndarray, read: np.ndarray, path: Path) -> None:
    """Save a picture of the loss curve and of up to twelve misread digits."""
    wrong = np.flatnonzero(read != labels)
    figure = plt.figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(3, 2))
    axes = left.subplots()
    axes.plot(losses, color="0.8", label="minibatch")
    smooth = np.convolve(losses, np.ones(23) / 23, mode="valid")
    axes.plot(np.arange(len(smooth)) + 22, smooth, label="mean of the last 23 minibatches (one epoch)")
    axes.set(yscale="log", xlabel="step", ylabel="cross-entropy", title="Loss while training")
    axes.legend()
    right.suptitle(f"Misread: {len(wrong)} of {len(labels)} test digits")
    for place, axes in enumerate(right.subplots(3, 4).flat):
        axes.axis("off")
        if place < len(wrong):
            digit = wrong[place]
            axes.imshow(pixels[digit].reshape(8, 8), cmap="gray_r")
            axes.set_title(f"{labels[digit]} read as {read[digit]}", fontsize=9)
    figure.savefig(path, dpi=120)


def main() -> None:
    """Train, test, draw."""
    pixels, labels = load_digits(return_X_y=True)
    split = train_test_split(pixels / 16, labels, test_size=0.2, random_state=SEED, stratify=labels)
    train_pixels, test_pixels, train_labels, test_labels = split
    loss, scores = build()
    parameters, losses = train(loss, train_pixels, train_labels)
    read = scores(test_pixels, **parameters).argmax(axis=1)
    accuracy = float(np.mean(read == test_labels))
    path = Path("digits.png")
    draw(losses, test_pixels, test_labels, read, path)
    print(f"test accuracy {accuracy:.1%} on {len(test_labels)} digits never seen in training; picture in {path}")
    assert accuracy >= 0.96, "the accuracy that this seed reaches is higher: a gradient is wrong"


if __name__ == "__main__":
    main()
