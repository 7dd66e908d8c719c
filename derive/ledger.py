"""The ledger: a derivation is a list of gradients, each the end of a list of named steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from derive.errors import UnknownName
from derive.expression import Access, Expr, Index
from derive.program import Program, Tensor

if TYPE_CHECKING:
    from derive.matrix import Matrix


@dataclass(frozen=True)
class Step:
    """``before = after`` by ``rule``; ``reason`` is the sentence that the notes print beside it."""

    rule: str
    before: Expr
    after: Expr
    reason: str


@dataclass(frozen=True)
class Vjp:
    """What one equation, ``consumer``, passes back to one of its operands: from the chain rule to the result."""

    consumer: str
    steps: tuple[Step, ...]

    @property
    def result(self) -> Expr:
        """The contribution, all rules applied."""
        return self.steps[-1].after


@dataclass(frozen=True)
class Gradient:
    """The gradient of the output by one tensor, entry by entry.

    ``left`` is its entry, e.g. ``∂W[d, h]``; ``contributions`` has one Vjp for each equation that reads the
    tensor; ``joined`` are the steps after their sum (substitute, apply a law, ...), the first of them the sum
    itself. ``index`` is the final right side in index notation, ``matrix`` the same in matrix notation, None
    where index notation is all there is.
    """

    tensor: Tensor
    left: Access
    contributions: tuple[Vjp, ...]
    joined: tuple[Step, ...]
    index: Expr
    matrix: Matrix | None

    @property
    def name(self) -> str:
        """The tensor that the gradient belongs to."""
        return self.tensor.name

    @property
    def indices(self) -> tuple[Index, ...]:
        """The left side's indices, one for each axis of the tensor."""
        return tuple(i for i in self.left.indices if isinstance(i, Index))

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in order: those of each contribution, then those after their sum."""
        return (*(s for v in self.contributions for s in v.steps), *self.joined)

    @property
    def shape(self) -> tuple[str, ...]:
        """The names of its axes: the gradient has the shape of its variable."""
        return tuple(a.name for a in self.tensor.axes)

    def _repr_latex_(self) -> str:
        from derive.notes.latex import gradient_latex  # the printer stands on a higher floor

        return gradient_latex(self)


@dataclass(frozen=True)
class Derivation:
    """Every gradient of a program, in the order computed (from the output backwards).

    ``seeds`` names the outputs whose cotangent is given from outside (the upstream gradient); an output that
    is a scalar loss and not named there has cotangent 1.
    """

    program: Program
    wrt: tuple[str, ...]
    seeds: tuple[str, ...]
    all_gradients: tuple[Gradient, ...]

    @cached_property
    def gradients(self) -> Mapping[str, Gradient]:
        """Every gradient by the name of its tensor, those asked for and those on the way to them."""
        return MappingProxyType({g.name: g for g in self.all_gradients})

    def gradient(self, name: str) -> Gradient:
        """The gradient by any tensor on the way, asked for or not."""
        if name not in self.gradients:
            raise UnknownName(
                f"no gradient by {name!r} was derived", hint=f"there are gradients by {', '.join(self.gradients)}"
            )
        return self.gradients[name]

    def to_latex(self, **options: object) -> str:
        """The derivation as LaTeX; options as in `derive.outputs.latex`."""
        from derive.outputs import render

        return render(self, "latex", **options)

    def to_markdown(self, **options: object) -> str:
        """The derivation as Markdown; options as in `derive.outputs.markdown`."""
        from derive.outputs import render

        return render(self, "markdown", **options)

    def _repr_markdown_(self) -> str:
        return self.to_markdown()
