"""``0 log 0`` is 0, in value and in gradient; a logarithm of zero that does count stays infinite."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import codegen
import derive

WEIGHTS = np.array([[0.0, 0.25, 0.75], [1.0, 0.0, 0.0]])
PROBABILITIES = np.array([[0.0, 0.5, 0.5], [0.5, 0.5, 0.0]])  # zero only where the weight is
LAYERS = {
    "cross-entropy": ("P: input [N, C]; T: target [N, C]; L = -sum(T * log(P))", lambda t, p: -t / p),
    "divergence": ("P: input [N, C]; T: target [N, C]; L = sum(T * log(T / P))", lambda t, p: -t / p),
    "difference of logarithms": (
        "P: input [N, C]; T: target [N, C]; L = sum(T * (log(T) - log(P)))",
        lambda t, p: -t / p,
    ),
    "two classes": (
        "P: input [N, C]; T: target [N, C]; L = -sum(T * log(P) + (1 - T) * log(1 - P))",
        lambda t, p: -t / p + (1 - t) / (1 - p),
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_zero_times_the_logarithm_of_zero(name: str) -> None:
    text, slope = LAYERS[name]
    module = codegen.build(derive.parse(text))
    near = np.where(PROBABILITIES == 0, 1e-300, PROBABILITIES)  # the limit
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, saved = module.forward(PROBABILITIES, WEIGHTS)
        gradient = module.backward(saved)["P"]
        limit = module.forward(near, np.where(WEIGHTS == 0, 1e-300, WEIGHTS))[0]
    np.testing.assert_allclose(value, limit, rtol=1e-12)
    expected = np.where(PROBABILITIES == 0, (1.0 if name == "two classes" else 0.0), slope(WEIGHTS, near))
    np.testing.assert_allclose(gradient, expected, rtol=1e-12)


def test_what_has_a_weight_stays_infinite() -> None:
    module = codegen.build(derive.parse(LAYERS["cross-entropy"][0]))
    with np.errstate(divide="ignore"):
        value, saved = module.forward(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]))
        assert value == np.inf and module.backward(saved)["P"][0, 0] == -np.inf


def test_weights_of_fewer_places_keep_their_product() -> None:
    """A matrix of weights and a vector of logarithms is a product of both, which stays one."""
    assert "where" not in codegen.source(
        derive.parse("p: input [C]; T: target [N, C]; y = sum[n, c](T[n, c]*log(p[c]))")
    )
