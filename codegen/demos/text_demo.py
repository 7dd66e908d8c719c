"""The demonstration on real text: the generated `gpt2`, small, learns the letters of a file that ships with Python.

Its gradients are first compared, parameter by parameter, with a complex step and, where it is installed, with PyTorch.
"""

from __future__ import annotations

import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from codegen.demos.demo import imported
from codegen.generate import source
from codegen.writing import MARK, origin, write
from derive import library
from derive.errors import CannotJudge
from derive.reading import read

Array = npt.NDArray[Any]
SIZES = {"T": 64, "D": 64, "H1": 4, "E1": 16, "F1": 256, "H2": 4, "E2": 16, "F2": 256}
BATCH = 8
STEP = 1e-30  # of the complex step, which has no rounding error of its own
AGREE = 1e-9  # the largest relative difference of a gradient
LETTERS = 320  # of the sample at the end
LEAST = SIZES["T"] + 1


@dataclass(frozen=True)
class TextDemonstration:
    """Where to write, how long to train, and how to tell: ``say`` prints a line, ``step`` moves the progress bar on."""

    folder: Path
    force: bool
    steps: int
    say: Callable[[str], None]
    step: Callable[[str], None]

    def run(self, file: Path | None = None) -> bool:
        """All of it, on a file or on Python's licence; whether gradients agree and the loss has fallen."""
        text, title = reading_matter(file)
        letters = sorted(set(text))
        tokens = np.array([letters.index(letter) for letter in text])
        self.step("deriving gpt2")
        network = self.written(len(letters))
        size = sum(p.size for p in network.params.values())
        self.say(f"gpt2: {size:,} parameters, on {title}: {len(text):,} letters")
        self.step("checking gradients")
        agreed = self.checked(network, next(batches(tokens)))
        losses = list(self.trained(network, tokens))
        few = max(1, len(losses) // 10)
        first, last = (float(np.mean(part)) for part in (losses[:few], losses[-few:]))
        self.say(f"  trained {self.steps} steps: loss {first:.3f} → {last:.3f}; a guess has {np.log(len(letters)):.3f}")
        self.step("writing")
        middle = len(tokens) // 2
        written = sample(network, tokens[middle : middle + SIZES["T"] // 2], LETTERS, np.random.default_rng(1))
        self.say("  it writes:\n\n" + "".join(letters[token] for token in written))
        return agreed and last < first

    def written(self, letters: int) -> Any:
        """The network, from the file of its generated code."""
        text = library.load("gpt2").source
        layer = self.folder / "gpt2.layer"
        write(layer, f"# {MARK} demo: the equations that the code is made from\n{text}", force=self.force)
        path = self.folder / "gpt2.py"
        line = origin(layer.name, f"chainrule generate {layer.name} -s network")
        write(path, source(read(layer), "network", origin=line), force=self.force)
        return imported(path).Gpt2(V=letters, **SIZES, rng=0)

    def checked(self, network: Any, batch: tuple[Array, Array, Array]) -> bool:
        """Whether each gradient is that of the loss."""
        errors = {"a complex step": by_complex_step(network, batch)}
        if util.find_spec("torch"):
            errors["PyTorch"] = by_torch(network, batch)
        for witness, found in errors.items():
            worst = max(found, key=lambda name: found[name])
            error = f"largest relative error {found[worst]:.0e}, of {worst}"
            self.say(f"  {len(found)} gradients against {witness}: {error}")
        return all(error < AGREE for found in errors.values() for error in found.values())

    def trained(self, network: Any, tokens: Array) -> Iterator[float]:
        """Train by Adam; the loss of each step's batch."""
        optimiser = Adam()
        stream = batches(tokens)
        loss = np.nan
        started = time.perf_counter()
        for number in range(self.steps):
            self.step(f"training, {number} of {self.steps}, loss {loss:.2f}")
            loss, gradients = network.loss_and_gradient(*next(stream))
            optimiser.update(network.params, gradients)
            yield float(loss)
        self.say(f"  {(time.perf_counter() - started) / max(1, self.steps) * 1e3:.0f} ms a step of {BATCH} lines")


def reading_matter(file: Path | None) -> tuple[str, str]:
    """A text and what it is: the file's, else Python's licence, else the help texts that Python always has.

    Errors: `CannotJudge` if the file cannot be read or is too short to learn from.
    """
    licence = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    if file is None and not licence.exists():
        from pydoc_data.topics import topics

        return "\n".join(topics[name] for name in sorted(topics)), "Python's help texts"
    path = file or licence
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise CannotJudge(f"cannot read {path}: {fault}", hint="give a text file in UTF-8") from None
    if len(text) <= LEAST:
        raise CannotJudge(f"{path} has {len(text)} letters", hint=f"give a text of more than {LEAST}")
    return text, "Python's licence" if file is None else path.name


def causal_mask() -> Array:
    """0 up to the position itself, minus infinity after it."""
    return np.triu(np.full((SIZES["T"], SIZES["T"]), -np.inf), 1)


def batches(tokens: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Random lines of the text, the mask, and the letters that follow: what the network takes."""
    rng = np.random.default_rng(0)
    mask = causal_mask()
    while True:
        starts = rng.integers(len(tokens) - SIZES["T"], size=(BATCH, 1))
        lines = starts + np.arange(SIZES["T"])
        yield tokens[lines], mask, tokens[lines + 1]


@dataclass
class Adam:
    """Adam (Kingma & Ba 2015), with their constants and a rate that small networks bear."""

    rate: float = 3e-3
    keep: tuple[float, float] = (0.9, 0.999)
    count: int = 0

    def __post_init__(self) -> None:
        self.moments: dict[str, list[Array]] = {}

    def update(self, params: dict[str, Array], gradients: dict[str, Array]) -> None:
        """One step, in place."""
        self.count += 1
        first, second = self.keep
        for name, gradient in gradients.items():
            mean, square = self.moments.setdefault(name, [np.zeros_like(gradient), np.zeros_like(gradient)])
            mean += (1 - first) * (gradient - mean)
            square += (1 - second) * (gradient**2 - square)
            scale = self.rate * (1 - second**self.count) ** 0.5 / (1 - first**self.count)
            params[name] -= scale * mean / (np.sqrt(square) + 1e-8)


def by_complex_step(network: Any, batch: tuple[Array, Array, Array]) -> dict[str, float]:
    """For each parameter the error of its gradient along a random direction, relative to the longest gradient."""
    rng = np.random.default_rng(2)
    _, gradients = network.loss_and_gradient(*batch)
    params, errors = dict(network.params), {}
    longest = max(float(np.linalg.norm(gradient)) for gradient in gradients.values())
    for name, value in params.items():
        direction = rng.standard_normal(value.shape)
        direction /= np.linalg.norm(direction)
        network.params[name] = value + 1j * STEP * direction
        slope = np.imag(network.loss(*batch)) / STEP
        network.params[name] = value
        errors[name] = float(abs(slope - np.vdot(gradients[name], direction))) / longest
    return errors


def by_torch(network: Any, batch: tuple[Array, Array, Array]) -> dict[str, float]:
    """For each parameter the largest difference from PyTorch's gradient, relative to the largest entry of all."""
    import torch

    token, mask, target = (torch.tensor(array) for array in batch)
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in network.params.items()}
    torch_loss(torch, leaves, token, mask, target).backward()
    _, gradients = network.loss_and_gradient(*batch)
    largest = max(float(np.abs(gradient).max()) for gradient in gradients.values())
    return {
        name: float(np.abs(leaf.grad.numpy() - gradients[name]).max()) / largest
        for name, leaf in leaves.items()
        if leaf.grad is not None
    }


def torch_loss(torch: Any, p: dict[str, Any], token: Any, mask: Any, target: Any) -> Any:
    """GPT-2's loss as one writes it in PyTorch, for the parameters of `gpt2`."""
    F = torch.nn.functional
    H = F.embedding(token, p["E"]) + p["R"]
    for k in range(1, 1 + sum(name.startswith("W_q") for name in p)):
        X = F.layer_norm(H, H.shape[-1:], p[f"g1_{k}"], p[f"b1_{k}"])
        Q, K, V = (torch.einsum("ntd,dhe->nhte", X, p[f"W_{c}{k}"]) + p[f"b_{c}{k}"][:, None] for c in "qkv")
        Z = F.scaled_dot_product_attention(Q, K, V, attn_mask=mask)
        H = H + torch.einsum("nhte,hed->ntd", Z, p[f"W_o{k}"]) + p[f"b_o{k}"]
        X = F.layer_norm(H, H.shape[-1:], p[f"g2_{k}"], p[f"b2_{k}"])
        H = H + F.gelu(X @ p[f"W1_{k}"] + p[f"c1_{k}"], approximate="tanh") @ p[f"W2_{k}"] + p[f"c2_{k}"]
    logits = F.layer_norm(H, H.shape[-1:], p["g"], p["b"]) @ p["E"].T
    return F.cross_entropy(logits.flatten(0, 1), target.flatten())


def sample(network: Any, start: Array, count: int, rng: np.random.Generator) -> Iterator[int]:
    """``count`` tokens after ``start``, each drawn from what the network expects, a little surer than it is."""
    mask, known = causal_mask(), list(start)
    for _ in range(count):
        seen = known[-SIZES["T"] :]
        token = np.zeros((1, SIZES["T"]), int)  # what stands after the last known letter is masked
        token[0, : len(seen)] = seen
        chances = network.predict(token, mask)[0, len(seen) - 1] ** 1.5
        known.append(int(rng.choice(len(chances), p=chances / chances.sum())))
        yield known[-1]
