"""Second order: a derivation is a program like any other, so its gradients can be differentiated again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from derive.calculus.chain_rule import derive
from derive.errors import LayerTextError
from derive.expression import Access, Axis, Expr, cotangent_name, mul, total
from derive.index_names import indices_for
from derive.ledger import Derivation
from derive.program import Equation, Program, Tensor, needed_equations
from derive.rewriting import bottom_up


def gradient_program(derivation: Derivation) -> Program:
    """Forward and backward as one program whose outputs are the gradients asked for; ``∂W`` is the tensor ``dW``.

    Upstream gradients become inputs, so that double backward gives the gradient by them, too.

    >>> from derive.library import load
    >>> gradient_program(derive(load("tanh"))).outputs
    ('dU',)
    """
    program = derivation.program
    names = _plain_names(program)
    gradients = [Equation(g.left, g.index) for g in derivation.all_gradients]
    equations = [_renamed(e, names) for e in (*program.equations, *gradients)]
    wanted = {names[cotangent_name(n)] for n in derivation.wrt if n in derivation.gradients}
    kept = needed_equations(equations, wanted)
    upstream = [
        Tensor(names[cotangent_name(n)], program.tensor(n).axes, "input", meaning=f"upstream gradient of {n}")
        for n in derivation.seeds
    ]
    defined = [Tensor(e.name, _axes(program, e.name, names)) for e in kept if program.equation(e.name) is None]
    given = [t for t in program.tensors if t.role != "intermediate" or t.name in {e.name for e in kept}]
    name, tensors = f"gradient_of_{program.name}", (*given, *upstream, *defined)
    whole = replace(program, name=name, tensors=tensors, equations=kept)
    return replace(whole, inner=tuple(n for n in whole.outputs if n not in wanted))


def hessian_vector_product(program: Program, wrt: Iterable[str]) -> tuple[Program, Derivation]:
    """The Hessian of a scalar program by the tensors ``wrt``, times a vector, without forming the Hessian.

    The vector has one part for each tensor, the input ``v_W`` for ``W``. The gradient is contracted with it
    first and the number that results is differentiated: its gradient by ``W`` is the part of the product for ``W``.
    """
    names = tuple(wrt)
    if len(program.outputs) != 1 or program.tensor(program.outputs[0]).axes:
        raise LayerTextError(
            f"{program.name} has no single scalar output to take the Hessian of",
            hint="its outputs are " + ", ".join(program.outputs),
        )
    first = gradient_program(derive(program, names))
    plain = _plain_names(program)
    vectors = {n: _vector(n, first) for n in names}
    terms: list[Expr] = []
    for name, vector in vectors.items():
        indices = indices_for(vector.axes)
        gradient = plain[cotangent_name(name)]
        terms.append(total(indices, mul(Access(vector.name, indices), Access(gradient, indices))))
    product = Equation(Access(_unique(f"dot_{program.outputs[0]}", first)), sum(terms[1:], terms[0]))
    held = [
        replace(t, role="constant") if t.role in ("input", "param") and t.name not in names else t
        for t in first.tensors
    ]
    whole = replace(
        first,
        name=f"hessian_vector_product_of_{program.name}",
        tensors=(*held, *vectors.values(), Tensor(product.name)),
        equations=(*first.equations, product),
    )
    return whole, derive(whole, names)


def _plain_names(program: Program) -> dict[str, str]:
    """A name without the cotangent's mark for every cotangent."""
    taken = {t.name for t in program.tensors}
    found: dict[str, str] = {}
    for tensor in program.tensors:
        name = f"d{tensor.name}"
        while name in taken:
            name += "_"
        taken.add(name)
        found[cotangent_name(tensor.name)] = name
    return found


def _vector(name: str, program: Program) -> Tensor:
    """The part of the vector for a tensor, of its shape."""
    tensor = program.tensor(name)
    meaning = f"the vector's part for {name}"
    return Tensor(_unique(f"v_{name}", program), tensor.axes, "constant", meaning=meaning, flattened=tensor.flattened)


def _unique(name: str, program: Program) -> str:
    taken = {t.name for t in program.tensors}
    while name in taken:
        name += "_"
    return name


def _renamed(equation: Equation, names: Mapping[str, str]) -> Equation:
    def change(here: Expr) -> Expr:
        return Access(names.get(here.tensor, here.tensor), here.indices) if isinstance(here, Access) else here

    left = change(equation.left)
    assert isinstance(left, Access)
    return replace(equation, left=left, right=bottom_up(equation.right, change))


def _axes(program: Program, name: str, names: Mapping[str, str]) -> tuple[Axis, ...]:
    cotangent = next(c for c, plain in names.items() if plain == name)
    return program.tensor(cotangent).axes
