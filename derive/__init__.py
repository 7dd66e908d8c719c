"""Forward equations in, every gradient out: step by step, in index and in matrix notation, and proved.

>>> import derive
>>> d = derive.derive(derive.load("affine"), wrt=["W", "b"])
>>> print(d.gradients["W"].index)
sum[n](∂U[n, h]*X[n, d])
"""

from __future__ import annotations

from derive.chain_rule import derive
from derive.errors import ChainruleError
from derive.from_sympy import from_sympy
from derive.jacobian import jacobian
from derive.library import chain, load, names, open_spec
from derive.reading import parse, read

__all__ = ["ChainruleError", "chain", "derive", "from_sympy", "jacobian", "load", "names", "open_spec", "parse", "read"]
