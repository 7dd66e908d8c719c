"""A forward and a backward pass as symbols: what each gradient is computed as, read from the text alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from derive.expression import ONE, ZERO, Access, Axis, Expr, Index
from derive.judging.sampling import worlds
from derive.judging.truth import with_cotangents
from derive.judging.world import World
from derive.program import Law, Program, Tensor
from derive.reading.arrays import Array, is_unit
from derive.reading.numpy_source.bodies import Run
from derive.reading.numpy_source.definitions import FORWARDS, Definition, methods_of
from derive.reading.numpy_source.fitting import fitted, guesses
from derive.reading.numpy_source.gradient_names import UPSTREAM
from derive.reading.numpy_source.running import forward_run
from derive.reading.numpy_source.values import Unreadable, Value
from derive.verifying.code.listing import Listing

TRIES = 24
POINTS = 2


@dataclass(frozen=True)
class Layer:
    """A forward pass and its backward pass: the methods of a class, or two functions."""

    chosen: Definition
    backward: ast.FunctionDef

    @property
    def name(self) -> str:
        """What the class or the forward function is called."""
        return self.chosen.name

    @property
    def upstream(self) -> str:
        """What backward calls the upstream gradient; "" if it takes none."""
        names = [a.arg for a in self.backward.args.args if a.arg != "self"]
        return next((n for n in names if UPSTREAM.match(n)), names[0] if names else "")


def layers(code: Listing) -> Iterator[Layer]:
    """The layers in the code of a note, the last one of each name."""
    functions = {n.name: n for n in code.tree.body if isinstance(n, ast.FunctionDef)}
    classes = {n.name: n for n in code.tree.body if isinstance(n, ast.ClassDef)}
    for cls in classes.values():
        methods = methods_of(cls)
        if "backward" in methods and any(f in methods for f in FORWARDS[:2]):
            yield Layer(cls, methods["backward"])
    for name, function in functions.items():
        partner = functions.get(name.replace("backward", "forward"))
        if "backward" in name and partner is not None:
            yield Layer(partner, function)


@dataclass(frozen=True)
class Passes:
    """The program of the forward pass, its output, and the state in which the backward pass begins."""

    layer: Layer
    program: Program
    output: str
    run: Run
    cache: Value

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The arrays whose gradients are of interest, by what the code calls them."""
        found = {t.name: t.name for t in self.program.tensors if not t.integer and t.name != self.output}
        for attribute, held in self.run.attributes.items():
            plain = held.at(tuple(map(letter, held.axes))) if isinstance(held, Array) else None
            if isinstance(plain, Access) and plain.tensor in found and attribute != plain.tensor:
                found = {**{n: t for n, t in found.items() if t != plain.tensor}, attribute: plain.tensor}
        return found

    def called(self, tensor: str) -> str:
        """What the code calls an array."""
        return next((n for n, t in self.names.items() if t == tensor), tensor)

    @cached_property
    def points(self) -> tuple[World, ...]:
        """Points with the true gradients by all arrays. Errors: `CannotJudge`."""
        return self._points(self.program)

    @cached_property
    def lawful_points(self) -> tuple[World, ...]:
        """Points where the targets sum to 1 in each row; none if there are no targets. Errors: `CannotJudge`."""
        rows = {t.name for t in self.program.given if t.role == "target" and t.axes and not t.integer}
        if not rows:
            return ()
        lawful = (
            replace(t, laws=(Law("sum", t.axes[-1], ONE),)) if t.name in rows else t for t in self.program.tensors
        )
        return self._points(replace(self.program, tensors=tuple(lawful)))

    def _points(self, program: Program) -> tuple[World, ...]:
        seeds = (self.output,)
        names = [t.name for t in program.tensors if not t.integer and t.name != self.output]
        return tuple(with_cotangents(w, seeds, names) for w in worlds(program, 0, POINTS, seeds=seeds))


def passes(layer: Layer, code: Listing) -> Iterator[Passes]:
    """Both passes, for the first choice of ranks with which the forward pass runs, then for inputs with fewer axes.

    Errors: `Unreadable`, with the reason, if there is none.
    """
    reason: Unreadable | None = None
    first: dict[str, Tensor] = {}

    def run(tree: ast.Module, chosen: Definition, *rest: object) -> Passes:
        state, value = forward_run(tree, chosen, *rest)  # type: ignore[arg-type]
        return _begun(layer, state, value)

    for _, guess in zip(range(TRIES), guesses(layer.chosen, {}, {}), strict=False):
        if first and not all(_alike(t, first[n]) for n, t in guess.items()):
            continue
        try:
            found = fitted(code.tree, layer.chosen, guess, {}, code.lines, run)
        except Unreadable as fault:
            reason = reason or fault
            continue
        except RecursionError:
            raise Unreadable("an expression in it is nested too deeply") from None
        first = first or guess
        yield found
    if not first:
        raise reason or Unreadable("there is no forward pass in it")


def _alike(tensor: Tensor, first: Tensor) -> bool:
    """Whether a guess differs from the first one in nothing but that an input is one sample."""
    here, there = len(tensor.axes), len(first.axes)
    return here == there or (tensor.role != "param" and there == 2 and here == 1)


def _begun(layer: Layer, state: Run, value: Value) -> Passes:
    returned = value if isinstance(value, tuple) else (value,)
    first = next((v for v in returned if isinstance(v, Array)), None)
    if first is None:
        raise Unreadable(f"{layer.name} returns no array that is known")
    output = replace(state, constructing=False).named("out", first, ast.parse("out = 0").body[0])
    entry = output.at(tuple(map(letter, output.axes)))
    if not isinstance(entry, Access) or all(e.name != entry.tensor for e in state.draft.equations):
        raise Unreadable(f"{layer.name} computes nothing")
    draft = state.draft
    program = Program(
        layer.name, tuple(draft.tensors.values()), tuple(draft.equations), (), tuple(draft.hypers.values())
    )
    program = replace(program, inner=tuple(o for o in program.outputs if o != entry.tensor))
    cache = returned[1] if len(returned) == 2 else returned[1:] or None
    return Passes(layer, program, entry.tensor, state, cache)


def letter(axis: Axis) -> Expr:
    """An index for an axis."""
    return ZERO if is_unit(axis) else Index(f"i_{axis.name}", axis)
