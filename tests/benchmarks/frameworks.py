"""PyTorch eager, JAX compiled, and autograd as contenders; each is left out where it is not installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.benchmarks.contenders import Numbers, Step
from tests.benchmarks.formulas import Formula

EPS = 1e-5


def steps(formula: Formula, numbers: Numbers, wrt: tuple[str, ...], upstream: tuple[str, ...]) -> dict[str, Step]:
    """A contender for each framework at hand."""
    found = {}
    for name, make in {"autograd": by_autograd, "torch": by_torch, "jax": by_jax}.items():
        step = make(formula, numbers, wrt, upstream) if find_spec(name) else None
        if step is not None:
            found[name] = step
    return found


def by_torch(formula: Formula, numbers: Numbers, wrt: tuple[str, ...], upstream: tuple[str, ...]) -> Step:
    """Eager, on the processor."""
    import torch

    F = torch.nn.functional
    words = SimpleNamespace(
        relu=torch.relu,
        sigmoid=torch.sigmoid,
        tanh=torch.tanh,
        gelu_tanh=lambda x: F.gelu(x, approximate="tanh"),
        gelu_erf=F.gelu,
        cross_entropy=F.cross_entropy,
        layer_norm=lambda x, g, b: F.layer_norm(x, x.shape[1:], g, b, EPS),
        batch_norm=lambda x, g, b: F.batch_norm(x, None, None, g, b, True, 0.0, EPS),
        conv2d=lambda x, w, b: F.conv2d(x, w, b, padding=1),
        max_pool=lambda x: F.max_pool2d(x, 2),
        attention=F.scaled_dot_product_attention,
        concatenate=lambda parts: torch.cat(parts, 1),
    )
    given = {k: torch.from_numpy(np.array(v)) for k, v in numbers.items()}
    leaves, weights = [given[k].requires_grad_() for k in wrt], tuple(given[k] for k in upstream) or None

    def step() -> tuple[Any, ...]:
        out = formula(words, given)
        gradients = torch.autograd.grad(out, leaves, weights)
        return tuple(a.detach().numpy() for a in (*_tuple(out), *gradients))

    return step


def by_jax(formula: Formula, numbers: Numbers, wrt: tuple[str, ...], upstream: tuple[str, ...]) -> Step:
    """Forward and backward compiled as one function."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jnp, lax = jax.numpy, jax.lax

    def conv2d(x: Any, w: Any, b: Any) -> Any:
        layout = ("NCHW", "OIHW", "NCHW")
        return lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=layout) + b[:, None, None]

    words = _words(
        jnp,
        sigmoid=jax.nn.sigmoid,
        gelu_erf=lambda x: jax.nn.gelu(x, approximate=False),
        conv2d=conv2d,
        max_pool=lambda x: lax.reduce_window(x, -np.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID"),
    )
    rest = {k: jnp.asarray(v) for k, v in numbers.items() if k not in (*wrt, *upstream)}
    leaves, weights = (tuple(jnp.asarray(numbers[k]) for k in names) for names in (wrt, upstream))

    @jax.jit
    def both(leaves: Any, rest: Any, weights: Any) -> Any:
        out, back = jax.vjp(lambda *a: formula(words, {**rest, **dict(zip(wrt, a, strict=True))}), *leaves)
        seeds = weights if isinstance(out, tuple) else weights[0] if weights else jnp.ones_like(out)
        return (*_tuple(out), *back(seeds))

    return lambda: tuple(jax.block_until_ready(both(leaves, rest, weights)))


def by_autograd(formula: Formula, numbers: Numbers, wrt: tuple[str, ...], upstream: tuple[str, ...]) -> Step | None:
    """Operator by operator on NumPy's arrays; it has no error function of its own without SciPy."""
    import autograd.numpy as anp
    from autograd import make_vjp
    from autograd.builtins import tuple as traced

    def conv2d(x: Any, w: Any, b: Any) -> Any:
        padded = anp.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)], "constant")
        n, c, height, width = x.shape
        total: Any = 0
        for i in range(3):
            for j in range(3):
                part = anp.transpose(padded[:, :, i : i + height, j : j + width], (1, 0, 2, 3)).reshape(c, -1)
                total = total + anp.dot(w[:, :, i, j], part)
        return anp.transpose(total.reshape(len(w), n, height, width), (1, 0, 2, 3)) + b[:, None, None]

    def max_pool(x: Any) -> Any:
        n, c, height, width = x.shape
        return anp.max(anp.reshape(x, (n, c, height // 2, 2, width // 2, 2)), axis=(3, 5))

    special: dict[str, Callable[..., Any]] = {"conv2d": conv2d, "max_pool": max_pool}
    if find_spec("scipy"):
        from autograd.scipy.special import erf

        special["gelu_erf"] = lambda x: x * (1 + erf(x * float(0.5**0.5))) * 0.5
    words = _words(anp, sigmoid=lambda x: 1 / (1 + anp.exp(-x)), **special)
    rest = {k: v for k, v in numbers.items() if k not in (*wrt, *upstream)}
    leaves, weights = (tuple(numbers[k] for k in names) for names in (wrt, upstream))

    def whole(leaves: Any) -> Any:
        out = formula(words, {**rest, **dict(zip(wrt, leaves, strict=True))})
        return traced(out) if isinstance(out, tuple) else out

    differentiate = make_vjp(whole)

    def step() -> tuple[Any, ...]:
        back, out = differentiate(leaves)
        seeds = weights if len(weights) > 1 else weights[0] if weights else np.ones_like(out)
        return (*_tuple(out), *back(seeds))

    try:
        step()
    except AttributeError:  # what the formula needs, autograd lacks
        return None
    return step


def _words(np: Any, **special: Callable[..., Any]) -> SimpleNamespace:
    """What the formulas need, in operations of `numpy`; numbers in Python's own type keep float32."""

    def gelu_tanh(x: Any) -> Any:
        return x * (1 + np.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))) * 0.5

    def cross_entropy(z: Any, t: Any) -> Any:
        z = z - np.max(z, axis=1, keepdims=True)
        return np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[np.arange(len(t)), t])

    def norm(x: Any, g: Any, b: Any, axis: int) -> Any:
        c = x - np.mean(x, axis=axis, keepdims=True)
        return c / np.sqrt(np.mean(c * c, axis=axis, keepdims=True) + EPS) * g + b

    def attention(q: Any, k: Any, v: Any) -> Any:
        s = np.matmul(q, np.swapaxes(k, -1, -2)) * q.shape[-1] ** -0.5
        e = np.exp(s - np.max(s, axis=-1, keepdims=True))
        return np.matmul(e / np.sum(e, axis=-1, keepdims=True), v)

    ordinary: Mapping[str, Callable[..., Any]] = {
        "relu": lambda x: np.maximum(x, 0),
        "tanh": np.tanh,
        "gelu_tanh": gelu_tanh,
        "cross_entropy": cross_entropy,
        "layer_norm": lambda x, g, b: norm(x, g, b, 1),
        "batch_norm": lambda x, g, b: norm(x, g, b, 0),
        "attention": attention,
        "concatenate": lambda parts: np.concatenate(parts, axis=1),
    }
    return SimpleNamespace(**ordinary, **special)


def _tuple(out: Any) -> tuple[Any, ...]:
    return out if isinstance(out, tuple) else (out,)
