"""The error function in generated code: accurate, silent, analytic, and there only where it is called."""

from __future__ import annotations

import warnings
from types import ModuleType

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import codegen
import derive
from codegen.backends.numpy_helpers import HELPERS

module = codegen.build(derive.parse("x: input [N]\ny = erf(x)"))


def erf(x):
    return module.forward(np.asarray(x))[0]


def test_it_is_accurate_to_a_few_units_in_the_last_place():
    rng = np.random.default_rng(0)
    x = np.concatenate([np.linspace(-6.5, 6.5, 4001), rng.standard_normal(4000), 10.0 ** rng.uniform(-300, 0, 500)])
    with mpmath.workdps(40):
        expected = np.array([float(mpmath.erf(mpmath.mpf(v))) for v in x])
    assert_allclose(erf(x), expected, rtol=1e-15, atol=0)


def test_it_is_one_where_the_next_number_is():
    large = np.array([6.0, 7.0, 1e3, 1e30, 1e300, np.inf])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for dtype in (np.float64, np.float32):
            at = large[:4].astype(dtype) if dtype is np.float32 else large
            assert_array_equal(erf(at), 1)
            assert_array_equal(erf(-at), -1)
    assert np.isnan(erf(np.array([np.nan]))).all()


def test_it_never_leaves_its_range_and_is_odd():
    x = np.linspace(0, 7, 100_001)
    assert np.abs(erf(x)).max() == 1
    assert_array_equal(erf(-x), -erf(x))


def test_single_precision_stays_single():
    x = np.linspace(-7, 7, 2001, dtype=np.float32)
    assert erf(x).dtype == np.float32
    assert_allclose(erf(x), erf(x.astype(np.float64)), rtol=1e-6)


def test_a_complex_step_gives_the_slope():
    x = np.linspace(-7, 7, 2001)
    slope = erf(x + 1e-30j).imag / 1e-30
    assert_allclose(slope, 2 / np.sqrt(np.pi) * np.exp(-(x**2)), atol=2e-14)


@pytest.mark.parametrize("shape", [(), (0,), (1, 1), (3, 0, 2), (200, 100), (8192,), (8193,)])
def test_it_takes_any_shape(shape):
    x = np.linspace(-3, 3, int(np.prod(shape))).reshape(shape)
    assert np.shape(erf(x)) == shape
    assert_array_equal(np.ravel(erf(x)), [erf(v) for v in np.ravel(x)[:1]] + list(np.ravel(erf(np.ravel(x)))[1:]))


def test_memory_layout_does_not_matter_and_nothing_is_written_into():
    x = np.linspace(-3, 3, 600).reshape(20, 30)
    x.flags.writeable = False
    for view in (x.T, np.asfortranarray(x), x[::2, ::-3]):
        assert_array_equal(erf(view), erf(np.ascontiguousarray(view)))


@pytest.mark.parametrize("style", codegen.STYLES)
def test_it_stands_in_every_style_and_only_where_it_is_called(style):
    text = "X: input [N, D]; T: target [N, H]; W: param [D, H]\nU = X @ W\nL = squared_error({}, T)"
    with_it = codegen.source(
        derive.parse(text.format("erf(U)").replace("L =", "Y = erf(U)\nL =").replace("(erf(U)", "(Y")), style
    )
    without = codegen.source(derive.parse(text.format("U")), style)
    assert with_it.count("def _erf(") == 1
    assert "_erf" not in without


def test_helpers_need_numpy_only():
    for name, source in HELPERS.items():
        helper = ModuleType(name)
        helper.__dict__["np"] = np
        exec(source, helper.__dict__)
        assert callable(getattr(helper, name))
        assert "import" not in source


def test_it_equals_pytorch(torch):
    x = np.linspace(-7, 7, 10_001)
    assert_allclose(erf(x), torch.erf(torch.tensor(x)).numpy(), rtol=1e-14)
