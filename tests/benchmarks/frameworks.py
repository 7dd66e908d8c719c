"""PyTorch, eager, on the same numbers; no row where it is not installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

Step = Callable[[], tuple[Any, dict[str, Any]]]


def steps(loss: Callable[..., Any], params: dict[str, Any], *data: Any) -> dict[str, Step]:
    """A contender ``torch`` for a loss written with the module ``torch``, tensors of parameters and of data."""
    if not find_spec("torch"):
        return {}
    import torch

    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in params.items()}
    given = [torch.tensor(array) for array in data]

    def step() -> tuple[Any, dict[str, Any]]:
        value = loss(torch, leaves, *given)
        gradients = torch.autograd.grad(value, list(leaves.values()))
        return value.detach().numpy(), {k: g.numpy() for k, g in zip(leaves, gradients, strict=True)}

    return {"torch": step}


def two_layer_net(torch: Any, p: dict[str, Any], X: Any, T: Any) -> Any:
    """Mean cross-entropy of the network with ReLU."""
    hidden = torch.relu(torch.addmm(p["b1"], X, p["W1"]))
    return torch.nn.functional.cross_entropy(torch.addmm(p["b2"], hidden, p["W2"]), T)


def tiny(torch: Any, p: dict[str, Any], x: Any, y: Any) -> Any:
    """Half the squared error of one sample, or averaged over a batch."""
    hidden = torch.sigmoid(torch.nn.functional.linear(x, p["W1"], p["b1"]))
    error = torch.nn.functional.linear(hidden, p["W2"], p["b2"]) - y
    return 0.5 * (error * error).sum() / (len(x) if x.ndim == 2 else 1)
