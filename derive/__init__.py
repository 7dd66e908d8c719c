"""Forward equations in, every gradient out: step by step, in index and in matrix notation, and proved.

>>> import derive
>>> d = derive.derive(derive.load("affine"), wrt=["W", "b"])
>>> print(d.gradients["W"].index)
sum[n](∂U[n, h]*X[n, d])

The names are loaded when they are first used, so that the command line starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derive.calculus.chain_rule import derive
    from derive.calculus.forward_mode import jvp
    from derive.calculus.jacobians import jacobian
    from derive.calculus.second_order import gradient_program, hessian_vector_product
    from derive.errors import ChainruleError
    from derive.from_sympy import from_sympy
    from derive.library import chain, load, names, open_spec
    from derive.reading import parse, read

__all__ = [
    "ChainruleError",
    "chain",
    "derive",
    "from_sympy",
    "gradient_program",
    "hessian_vector_product",
    "jacobian",
    "jvp",
    "load",
    "names",
    "open_spec",
    "parse",
    "read",
]

_HOMES = {
    "derive.calculus.chain_rule": ("derive",),
    "derive.errors": ("ChainruleError",),
    "derive.calculus.forward_mode": ("jvp",),
    "derive.from_sympy": ("from_sympy",),
    "derive.calculus.jacobians": ("jacobian",),
    "derive.library": ("chain", "load", "names", "open_spec"),
    "derive.reading": ("parse", "read"),
    "derive.calculus.second_order": ("gradient_program", "hessian_vector_product"),
}


def __getattr__(name: str) -> object:
    for home, names_there in _HOMES.items():
        if name in names_there:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'derive' has no attribute {name!r}")
