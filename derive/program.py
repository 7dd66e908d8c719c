"""The nouns: a tensor has name, axes, role and laws; a program is an ordered list of equations over tensors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from derive.errors import UnknownName
from derive.expression import Access, Axis, Expr, Index, Where, is_cotangent, primal_name
from derive.rewriting import tensors_in

Role = Literal["input", "param", "target", "constant", "intermediate"]
Outside = Literal["", "zero", "clipped"]
DIFFERENTIABLE: frozenset[str] = frozenset({"input", "param", "intermediate"})


@dataclass(frozen=True)
class Law:
    """A declared fact about a tensor: ``kind`` is "sum" (over ``axis`` gives ``value``), "one-hot" or "symmetric"."""

    kind: Literal["sum", "one-hot", "symmetric"]
    axis: Axis | None = None
    value: Expr | None = None


@dataclass(frozen=True)
class Tensor:
    """A named array; no axes means a scalar.

    ``flattened``: the last axis stands for all that follow it in the caller's array (``X: input [N, D...]``).
    ``integer``: the entries are whole numbers (labels, tokens); such a tensor has no gradient.
    ``outside``: what reads outside its range give: "zero", "clipped" (the nearest entry), or "" for an error.
    ``latex``: the user's own spelling, else None. ``meaning``: what it is, in words.
    """

    name: str
    axes: tuple[Axis, ...] = ()
    role: Role = "intermediate"
    laws: tuple[Law, ...] = ()
    latex: str | None = None
    meaning: str = ""
    flattened: bool = False
    integer: bool = False
    outside: Outside = ""


@dataclass(frozen=True)
class Equation:
    """``left[i, j] = right``: the left side's indices are plain and pairwise different.

    ``layer`` names the layer the equation was written in, ``source`` is the line as written there.
    """

    left: Access
    right: Expr
    layer: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """The tensor that the equation defines."""
        return self.left.tensor

    @property
    def indices(self) -> tuple[Index, ...]:
        """The left side's indices."""
        return tuple(i for i in self.left.indices if isinstance(i, Index))


@dataclass(frozen=True)
class Function:
    """A scalar function that a layer defines in place; its parameters appear in the body as rank-0 accesses."""

    name: str
    parameters: tuple[str, ...]
    body: Expr
    source: str = ""


@dataclass(frozen=True)
class Kink:
    """The slope that a layer chooses for a scalar function where it has none of its own: ``relu'(0) = 1/2``."""

    function: str
    at: Expr
    slope: Expr


@dataclass(frozen=True)
class Hyperparameter:
    """A number that the user of a layer may choose; the default is exact."""

    name: str
    default: Expr


@dataclass(frozen=True)
class Program:
    """A layer or network: tensors, equations in an order in which they can be computed, functions, hyperparameters.

    ``kinks`` are the slopes chosen at kinks; the others follow the policy of `derive.scalar_functions`. ``inner`` are
    states that nothing but the next step of their loop reads, and that are no outputs all the same.
    """

    name: str
    tensors: tuple[Tensor, ...]
    equations: tuple[Equation, ...]
    functions: tuple[Function, ...] = ()
    hyperparameters: tuple[Hyperparameter, ...] = ()
    summary: str = ""
    source: str = field(default="", compare=False)
    kinks: tuple[Kink, ...] = ()
    inner: tuple[str, ...] = ()

    @cached_property
    def _hash(self) -> int:
        return hash((self.name, self.tensors, self.equations, self.functions, self.hyperparameters, self.summary))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _by_name(self) -> dict[str, Tensor]:
        return {t.name: t for t in self.tensors}

    @cached_property
    def _equations(self) -> dict[str, Equation]:
        return {e.name: e for e in self.equations}

    def tensor(self, name: str) -> Tensor:
        """The tensor of that name; a cotangent has the axes of its primal."""
        if is_cotangent(name):
            primal = self.tensor(primal_name(name))
            return Tensor(name, primal.axes, flattened=primal.flattened)
        if name not in self._by_name:
            raise UnknownName(
                f"{self.name} has no tensor {name!r}",
                hint=f"its tensors are {', '.join(self._by_name)}",
            )
        return self._by_name[name]

    def equation(self, name: str) -> Equation | None:
        """The equation that defines the tensor, None for one that is given."""
        return self._equations.get(name)

    def function(self, name: str) -> Function | None:
        """The layer's own scalar function of that name, None for one of the table."""
        return next((f for f in self.functions if f.name == name), None)

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The tensors that are defined and used by nothing else, in order.

        One step back in a loop is no use, and what only holds the steps before of another tensor no output.
        """
        used = set(self.inner)
        defined: set[str] = set()
        for equation in self.equations:
            used |= defined.intersection(tensors_in(equation.right))
            match equation.right:
                case Where(_, Access(tensor)) if tensor in self._equations and tensor not in defined:
                    used.add(equation.name)
            defined.add(equation.name)
        return tuple(e.name for e in self.equations if e.name not in used)

    @cached_property
    def given(self) -> tuple[Tensor, ...]:
        """The tensors that the caller passes, in the order declared."""
        return tuple(t for t in self.tensors if t.role != "intermediate")

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """Every axis, in the order in which the tensors name them."""
        return tuple(dict.fromkeys(a for t in self.tensors for a in t.axes))

    def _repr_latex_(self) -> str:
        from derive.notes.latex import program_latex  # the printer stands on a higher floor

        return program_latex(self)


def needed_equations(equations: Sequence[Equation], wanted: Iterable[str]) -> tuple[Equation, ...]:
    """The equations that the wanted tensors depend on, their own included, in order."""
    needed, known = set(wanted), -1
    while known < len(needed):  # once more where a loop needs what stands below
        known = len(needed)
        for equation in reversed(equations):
            if equation.name in needed:
                needed |= set(tensors_in(equation.right))
    return tuple(e for e in equations if e.name in needed)
