"""Forward mode: the tangent of the output and the gradient tell the same derivative."""

from __future__ import annotations

import numpy as np
import pytest

import codegen
import derive
from derive.calculus.forward_mode import jvp
from derive.expression import Expr
from derive.judging.judge import equal
from derive.matrix import Whole
from derive.notes.document import Display
from derive.notes.jvp_notes import jvp_notes

LAYERS = (
    "affine",
    "affine_torch",
    "sigmoid",
    "softmax",
    "mean_squared_error",
    "softmax_cross_entropy",
    "three_layer_net",
)


@pytest.mark.parametrize("name", LAYERS)
def test_upstream_times_tangent_is_gradient_times_motion(name: str) -> None:
    """<upstream, J motion> = <J^T upstream, motion>, for a random upstream gradient and a random motion."""
    layer = derive.load(name)
    rng = np.random.default_rng(3)
    sizes = {axis.name: size for size, axis in enumerate(layer.axes, start=2)}
    given = {t.name: rng.uniform(0.1, 1, [sizes[a.name] for a in t.axes]) for t in layer.given}
    for tensor in layer.given:
        if tensor.laws:
            given[tensor.name] /= given[tensor.name].sum(axis=-1, keepdims=True)
    motion = {n: rng.standard_normal(v.shape) for n, v in given.items() if layer.tensor(n).role in ("input", "param")}

    module = codegen.build(layer)
    out, saved = module.forward(*given.values())
    upstream = rng.standard_normal(np.shape(out))
    gradients = module.backward(saved, upstream)
    pushed, _ = codegen.build(jvp(layer)).forward(*given.values(), *motion.values())
    tangent = pushed[-1] if isinstance(pushed, tuple) else pushed  # outputs that no tangent reads come before it

    expected = sum((gradients[n] * m).sum() for n, m in motion.items())
    assert (upstream * tangent).sum() == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("name", ["affine", "softmax", "layer_norm", "rnn_cell", "hard_tanh"])
def test_every_line_of_the_notes_is_proved(name: str) -> None:
    """Both sides of each equals sign, with the tangents of the inputs at random; a planted fault is seen."""
    layer = derive.load(name)
    moved = jvp(layer)
    proved = 0
    for display in jvp_notes(layer).blocks:
        left: Expr | None = None
        for line in display.lines if isinstance(display, Display) else ():
            left = line.left if isinstance(line.left, Expr) else left
            if isinstance(line.right, Expr) and isinstance(left, Expr) and not isinstance(line.left, Whole):
                assert equal(left, line.right, moved).holds, str(line.right)
                assert not equal(left, 2 * line.right, moved).holds
                proved += 1
    assert proved > 2 * len(layer.equations)
