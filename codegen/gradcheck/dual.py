"""Arrays that carry a derivative in their imaginary part, and refuse what would lose it silently.

The complex step reads a derivative off ``f(x + ih)`` without any difference (W. Squire and G. Trapp, SIAM Review
40, 1998). It needs ``f`` to be analytic, which ``abs``, ``maximum``, ``sign`` and comparisons of complex numbers
are not: here they take the branch of the real part, and what cannot be helped raises `ImaginaryPartLost`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np


class ImaginaryPartLost(Exception):
    """The function is not one to take a complex step through; other differences must do."""


def _branch(test: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda a, b: np.where(test(np.real(a), np.real(b)), a, b)


def _compare(test: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda a, b: test(np.real(a), np.real(b))


def _logaddexp(a: Any, b: Any) -> Any:
    top = np.where(np.real(a) > np.real(b), a, b)
    return top + np.log(np.exp(a - top) + np.exp(b - top))


def _product(a: Any, b: Any) -> Any:
    return (a[..., None, :] @ b[..., :, None])[..., 0, 0]


# A ufunc of real arrays → what it means here. A tie takes the second argument, as in `derive.scalar_functions`.
SAFE: Mapping[Any, Callable[..., Any]] = {
    np.absolute: lambda x: x * np.sign(np.real(x)),
    np.fabs: lambda x: x * np.sign(np.real(x)),
    np.sign: lambda x: np.sign(np.real(x)),
    np.maximum: _branch(np.greater),
    np.fmax: _branch(np.greater),
    np.minimum: _branch(np.less),
    np.fmin: _branch(np.less),
    np.greater: _compare(np.greater),
    np.greater_equal: _compare(np.greater_equal),
    np.less: _compare(np.less),
    np.less_equal: _compare(np.less_equal),
    np.equal: _compare(np.equal),
    np.not_equal: _compare(np.not_equal),
    np.floor: lambda x: np.floor(np.real(x)),
    np.ceil: lambda x: np.ceil(np.real(x)),
    np.rint: lambda x: np.rint(np.real(x)),
    np.heaviside: lambda x, half: np.heaviside(np.real(x), np.real(half)),
    np.logaddexp: _logaddexp,
    np.conjugate: lambda x: +x,
    np.vecdot: _product,
    np.vecmat: lambda x, a: (x[..., None, :] @ a)[..., 0, :],
}
# NumPy functions that take absolute values or conjugates inside → what they mean here.
SAFE_FUNCTIONS: Mapping[Any, Callable[..., Any]] = {
    np.vdot: lambda a, b: np.sum(np.ravel(a) * np.ravel(b)),
    np.var: lambda x, axis=None, ddof=0, keepdims=False: _variance(x, axis, ddof, keepdims),
    np.std: lambda x, axis=None, ddof=0, keepdims=False: np.sqrt(_variance(x, axis, ddof, keepdims)),
    np.linalg.norm: lambda x, ord=None, axis=None, keepdims=False: _norm(x, ord, axis, keepdims),
}
REFUSED = frozenset({np.real, np.imag, np.angle, np.real_if_close, np.nan_to_num, np.histogram})


def _variance(x: Any, axis: Any, ddof: int, keepdims: bool) -> Any:
    centred = x - np.mean(x, axis=axis, keepdims=True)
    count = x.size / np.mean(x, axis=axis, keepdims=True).size
    return np.sum(centred * centred, axis=axis, keepdims=keepdims) / (count - ddof)


def _norm(x: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    if order not in (None, 2, "fro") or (order == 2 and x.ndim > 1 and axis is None):
        raise ImaginaryPartLost(f"np.linalg.norm of order {order}")
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


class Dual(np.ndarray[Any, Any]):
    """A complex array whose imaginary part is a derivative; made by ``np.asarray(x, complex).view(Dual)``."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        plain = tuple(_plain(x) for x in inputs)
        targets = tuple(_plain(x) for x in out) if out else ()
        if method == "__call__" and ufunc in SAFE:
            result = SAFE[ufunc](*plain)
            if targets:
                np.copyto(targets[0], result, where=options.get("where", True))
                return out[0]
            return _wrap(result)
        if targets:
            options["out"] = targets
        result = getattr(ufunc, method)(*plain, **options)
        return out[0] if out and len(out) == 1 else _wrap(result)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in REFUSED:
            raise ImaginaryPartLost(f"np.{function.__name__}")
        if function in SAFE_FUNCTIONS:
            return _wrap(SAFE_FUNCTIONS[function](*args, **kwargs))
        return _wrap(super().__array_function__(function, types, args, kwargs))

    def __getitem__(self, key: Any) -> Any:
        return _wrap(np.asarray(self)[_plain(key)])

    def _lost(self, *_: Any, **__: Any) -> NoReturn:
        raise ImaginaryPartLost("a conversion to a real number")

    __float__ = __int__ = item = tolist = _lost
    real = imag = property(_lost)

    def conj(self) -> Any:
        """The array itself: it stands for a real one."""
        return self

    conjugate = conj

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """Any floating type is taken as ours; to integers or booleans there is no derivative left."""
        if np.dtype(dtype).kind not in "fc":
            self._lost()
        return _wrap(np.array(self))

    def var(self, *args: Any, **kwargs: Any) -> Any:
        """As `numpy.var` of a real array."""
        return np.var(self, *args, **kwargs)

    def std(self, *args: Any, **kwargs: Any) -> Any:
        """As `numpy.std` of a real array."""
        return np.std(self, *args, **kwargs)


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, Dual) else x


def _wrap(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(_wrap(r) for r in result)
    if isinstance(result, (np.ndarray, np.complexfloating)) and np.iscomplexobj(result):
        return np.asarray(result).view(Dual)
    return result
