"""A subtracted one-hot array: reached by position where the forward pass reads there, else compared."""

from __future__ import annotations

import numpy as np
import pytest

import codegen
import derive

HEAD = "layer l\nZ: input [{rows}, C]\nt: input [{rows}], integer\nL = {loss}\n"
PLAIN = "sum[{low}](log(sum[c](exp(Z[{low}, c]))) - Z[{low}, t[{low}]])"
GUARDED = "sum[n](where(t[n] >= 0, log(sum[c](exp(Z[n, c]))) - Z[n, t[n]], 0))"


def softmax(Z: np.ndarray) -> np.ndarray:
    """The columns' shares of each row."""
    e = np.exp(Z - Z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize(("rows", "shape"), [("N", (7,)), ("N, T", (3, 5))])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_repeated_positions_are_reached_row_by_row(rows: str, shape: tuple[int, ...], dtype: type) -> None:
    loss = PLAIN.format(low=rows.lower())
    module = codegen.build(derive.parse(HEAD.format(rows=rows, loss=loss)))
    assert "_less_one_hot(" in module.__source__
    rng = np.random.default_rng(4)
    Z, t = rng.standard_normal((*shape, 4)).astype(dtype), rng.integers(0, 4, shape)
    assert len(set(t.flat)) < t.size
    before = Z.copy()
    (_, saved), scale = module.forward(Z, t), dtype(rng.standard_normal())
    first, again = (module.backward(saved, scale)["Z"] for _ in range(2))
    np.testing.assert_allclose(first, scale * (softmax(Z) - np.eye(4)[t]), rtol=0, atol=20 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(first, again)  # what was saved is left as it was
    np.testing.assert_array_equal(Z, before)
    assert first.dtype == dtype


def test_a_guarded_position_may_lie_off_the_axis_and_is_compared() -> None:
    module = codegen.build(derive.parse(HEAD.format(rows="N", loss=GUARDED)))
    assert "_less_one_hot(" not in module.__source__
    rng = np.random.default_rng(5)
    Z, t = rng.standard_normal((5, 3)), np.array([2, -1, 0, -1, 2])
    _, saved = module.forward(Z, t)
    expected = (softmax(Z) - np.eye(3)[np.maximum(t, 0)]) * (t >= 0)[:, None]
    np.testing.assert_allclose(module.backward(saved)["Z"], expected, rtol=0, atol=1e-14)
