"""What a closed form may draw on at one point of the sweep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from derive.expression import Access, Expr
from derive.program import Equation, Program
from derive.rewriting import tensors_in


@dataclass(frozen=True)
class Found:
    """A gradient found above: ``left = index``."""

    left: Access
    index: Expr


@dataclass(frozen=True)
class Surroundings:
    """The program as far as it can matter here, and the gradients found above, in the order found.

    ``near``: the equations by whose left sides a formula may be written. ``spent``: the gradients that nothing else
    will read, so that putting their formula in saves computing them.
    """

    program: Program
    found: tuple[Found, ...]
    near: tuple[str, ...]
    spent: frozenset[str]

    @cached_property
    def by_name(self) -> dict[str, Found]:
        """The gradients found, by cotangent name."""
        return {f.left.tensor: f for f in self.found}

    @property
    def definitions(self) -> Iterator[Equation]:
        """The equations nearby."""
        return (e for name in self.near if (e := self.program.equation(name)) is not None)

    def still_to_compute(self, expr: Expr) -> tuple[Expr, ...]:
        """The formulas of the spent gradients that an expression needs, those that these need included."""
        names = [t for t in tensors_in(expr) if t in self.spent]
        for name in names:
            names += [t for t in tensors_in(self.by_name[name].index) if t in self.spent and t not in names]
        return tuple(self.by_name[name].index for name in names)
