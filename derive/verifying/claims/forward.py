"""From lines that were understood to a program of our own: equations in order, axes with names."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from derive.expression import ONE, Access, Add, Axis, Call, Delta, Expr, Index, Mul, add, mul, number
from derive.program import Equation, Function, Hyperparameter, Law, Program, Tensor
from derive.rewriting import tensors_in, walk
from derive.verifying.claims.truth import is_loss_name, reaches
from derive.verifying.claims.typing import Typed
from derive.verifying.elaborate.shapes import UNIT, Shapes
from derive.verifying.elaborate.values import Maker


def equation(typed: Typed, maker: Maker) -> Equation:
    """The line as an equation of our own, its indices named after its letters or axes."""
    definition = typed.definition
    letters = {maker.shapes.root(x.axis): x for x in typed.letters}
    indices: list[Expr] = []
    rest: list[Expr] = []
    left = list(typed.letters)
    for axis in maker.shapes.symbols[definition.name]:
        found = next((x for x in left if maker.shapes.root(x.axis) == maker.shapes.root(axis)), None)
        if found is not None:
            left.remove(found)
            indices.append(maker.place(axis, maker.letter(found)))
            continue
        index = maker.place(axis, maker.index(axis))
        indices.append(index)
        rest.append(index)
    del letters
    right = typed.value.at(tuple(rest), maker)
    return Equation(Access(definition.name, tuple(indices)), right)


def assembled(
    equations: list[Equation], shapes: Shapes, maker: Maker, functions: tuple[Function, ...], given: frozenset[str]
) -> Program:
    """Equations in an order in which they can be computed; an axis with one entry is written out as such."""
    equations = [_indexed(e) for e in equations]
    by_name = {e.name: e for e in equations}
    order = list(by_name)
    for read in (tensors_in, read_now):  # a loop in time reads steps before, which is no circle
        graph = {e.name: [n for n in read(e.right) if n in by_name and n != e.name] for e in equations}
        try:
            order = list(TopologicalSorter(graph).static_order())
            break
        except CycleError:
            continue
    used = {n for e in equations for n in tensors_in(e.right)} | set(by_name)
    chosen = {
        n.tensor for e in equations for a in walk(e.right) if isinstance(a, (Access, Delta))
        for i in (a.indices if isinstance(a, Access) else (a.left, a.right)) for n in walk(i) if isinstance(n, Access)
    }  # fmt: skip
    loops = {
        n.tensor for e in equations for n in walk(e.right)
        if isinstance(n, Access) and any(isinstance(i, (Add, Mul, Call)) for i in n.indices)
    }  # fmt: skip
    tensors = [
        Tensor(
            name,
            tuple(maker.axis(a) for a in axes),
            "intermediate" if name in by_name else "input",
            outside="zero" if name in loops else "",
            integer=name in chosen,
        )
        for name, axes in shapes.symbols.items()
        if name in used or name in given
    ]
    return Program("note", tuple(tensors), tuple(by_name[n] for n in order if n in by_name), functions)


def _indexed(here: Equation) -> Equation:
    """The left side with an index also where it has one entry."""
    if all(isinstance(i, Index) for i in here.left.indices):
        return here
    unit = Axis("1", ONE)
    indices = tuple(i if isinstance(i, Index) else Index(f"one{k}", unit) for k, i in enumerate(here.left.indices))
    return Equation(Access(here.left.tensor, indices), here.right)


def read_now(expr: Expr) -> list[str]:
    """The tensors that an expression reads at plain indices: not those of a step before."""
    accesses = [n for n in walk(expr) if isinstance(n, Access)]
    return [n.tensor for n in accesses if not any(isinstance(i, Add) for i in n.indices)]


def with_hypers(program: Program, names: Iterable[str], whole: Mapping[str, int | None]) -> Program:
    """The program with numbers that functions read: unlike tensors they have a value inside one; and whole ones.

    ``whole`` gives these by name, None where the note does not say what they are.
    """
    new = [Hyperparameter(n, number(Fraction(5 + 2 * k, 8))) for k, n in enumerate(names)]
    new += [
        Hyperparameter(n, number(1 + k % 2 if given is None else given)) for k, (n, given) in enumerate(whole.items())
    ]
    return replace(program, hyperparameters=(*program.hyperparameters, *new))


def with_exits(program: Program, shapes: Shapes, names: Iterable[str]) -> tuple[Program, Shapes]:
    """The program in which the tensors are also results, under another name: gradients from outside enter there."""
    for name in sorted(names):
        found = program.equation(name)
        if found is None:
            continue
        exit_name = exit_of(name)
        tensor = replace(program.tensor(name), name=exit_name, role="intermediate")
        out = Equation(Access(exit_name, found.left.indices), found.left)
        program = replace(program, tensors=(*program.tensors, tensor), equations=(*program.equations, out))
        shapes = shapes.with_symbol(exit_name, shapes.symbols[name])
    return program, shapes


def exit_of(name: str) -> str:
    """The name under which a tensor is a result as well."""
    return f"{name}#out"


def with_base(program: Program, base: Program) -> Program:
    """The program with the declarations of a layer that it contains: roles, laws, hyperparameters."""
    hypers = {h.name for h in base.hyperparameters}
    own = {t.name: t for t in base.tensors}
    tensors = tuple(own.get(t.name, t) for t in program.tensors if t.name not in hypers)
    return replace(program, tensors=tensors, hyperparameters=base.hyperparameters)


def with_laws(program: Program, batch: str) -> Iterator[tuple[str, Program]]:
    """The program with one array of given numbers that sum to 1 along the classes: targets, by their letter."""
    for tensor in program.given:
        if tensor.name[:1].lower() in "ytpqd" and 1 <= len(tensor.axes) <= 3 and not tensor.integer:
            axis = tensor.axes[0] if batch == "column" else tensor.axes[-1]
            changed = replace(tensor, laws=(Law("sum", axis, number(1)),))
            yield tensor.name, replace(program, tensors=tuple(changed if t is tensor else t for t in program.tensors))


def with_symmetric(program: Program, names: Container[str]) -> Program:
    """The program in which the square matrices given under these names are symmetric."""
    given = {t.name for t in program.given}
    return replace(
        program,
        tensors=tuple(
            replace(t, laws=(*t.laws, Law("symmetric")))
            if t.name in names and t.name in given and len(t.axes) == 2 and t.axes[0] == t.axes[1]
            else t
            for t in program.tensors
        ),
    )


def all_named(shapes: Shapes, words: frozenset[str]) -> Shapes:
    """Every axis with a name: the writer's own, the number of it, or one of our choice."""
    for symbol, axis in shapes.counts.items():
        if shapes.root(axis) not in shapes.names and shapes.root(axis) != UNIT:
            shapes = shapes.named(axis, symbol) or shapes
    used = set(shapes.names.values()) | set(shapes.symbols) | words
    spare = iter([p for p in POOL if p not in used] + [f"N{k}" for k in range(200)])
    for axes in list(shapes.symbols.values()):
        for axis in axes:
            root = shapes.root(axis)
            if root not in shapes.names and root != UNIT:
                shapes = replace(shapes, names={**shapes.names, root: next(spare)})
    return shapes


POOL = ("N", "D", "H", "C", "K", "M", "P", "Q", "R", "S", "A", "B", "E", "F", "G")


def any_function(name: str, n: int) -> Function:
    """A smooth function that nothing is known of but that it is one: an identity that holds for it holds for all."""
    x = Access("x")
    body = add(
        mul(number(2 * n + 3), Call("sin", (add(x, number(n + 1)),))), mul(x, x), mul(number(n + 2), x), number(1)
    )
    return Function(name, ("x",), body)


def elementwise_pairs(program: Program) -> set[tuple[str, str]]:
    """Pairs of tensors of which one is computed from the other entry by entry."""
    found = set()
    for e in program.equations:
        for name in tensors_in(e.right):
            read_at = {n.indices for n in walk(e.right) if isinstance(n, Access) and n.tensor == name}
            if read_at == {e.left.indices} and e.left.indices:
                found.add((e.name, name))
    for _ in program.equations:  # and by way of others
        more = {(a, c) for a, b in found for b2, c in found if b == b2} - found
        if not more:
            break
        found |= more
    return {(a, c) for a, c in found if _only_through(program, a, c, found)}


def _only_through(program: Program, of: str, by: str, pairs: set[tuple[str, str]]) -> bool:
    """Whether all that one tensor is computed from and that depends on the other is so entry by entry."""
    equation = program.equation(of)
    read = set(tensors_in(equation.right)) if equation is not None else set()
    return all((of, n) in pairs and (n == by or (n, by) in pairs) for n in read if n == by or reaches(program, n, by))


def loss_of(program: Program, losses: Iterable[str]) -> str:
    """The loss: the last number that is computed, by preference one that is called so."""
    scalars = [e.name for e in program.equations if not e.left.indices]
    outputs = [n for n in scalars if n in program.outputs]
    for names in (outputs, scalars):
        called = [n for n in names if is_loss_name(n)]
        if called:
            return called[-1]
    open_losses = sorted(set(losses) - {e.name for e in program.equations})
    if open_losses:
        return open_losses[0]
    return outputs[-1] if outputs else "L"
