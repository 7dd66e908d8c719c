"""Calls of other layers: their equations are written into the caller's program, under names that fit there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lark import Token

from derive.errors import ChainruleError
from derive.expression import Axis, Expr, Number
from derive.program import Program, Tensor
from derive.reading import shelf, step_calls
from derive.reading.arguments import arguments
from derive.reading.arrays import Array, of_tensor
from derive.reading.entrywise_calls import applied, is_entrywise
from derive.reading.function_calls import called
from derive.reading.header import is_axis, number_of
from derive.reading.passing import as_tensor, readable_outside, unified
from derive.reading.reader import Reader
from derive.reading.scope import HyperValue
from derive.reading.source import Node, Place, did_you_mean
from derive.reading.syntax import Syntax

MAX_CALLS = 20  # layers that call layers that call layers ...
HyperValues = tuple[tuple[str, HyperValue], ...]
Ranks = tuple[tuple[str, int], ...]
ProgramOf = Callable[[str, HyperValues, Ranks, tuple[str, ...]], Program]


@dataclass(frozen=True)
class Layers:
    """The library, as a layer sees it that is being read; ``callers`` are the layers being read around it."""

    program_of: ProgramOf
    callers: tuple[str, ...]

    def names(self) -> tuple[str, ...]:
        """The layers that can be called."""
        return shelf.names()

    def output(self, reader: Reader, call: Node, target: str | None = None) -> Array:
        """Write the layer called into the program; its last equation defines ``target``."""
        token = call.children[0]
        name = str(token)
        step = step_calls.step_of(reader) if reader.scope.stepwise else None
        if reader.scope.letters and step is None:
            return self._among_indices(reader, call)
        if name in self.callers:
            raise reader.fault(f"the layer {name} calls itself", token, "give the layer that you write another name")
        if len(self.callers) >= MAX_CALLS:
            raise reader.fault(f"layers call each other more than {MAX_CALLS} deep", token)
        try:
            generic = self.program_of(name, (), (), self.callers)
            given, hypers = _sorted_arguments(reader, call, generic, shelf.syntax(name))
            passed = step_calls.argument if step else as_tensor
            tensors = {f: passed(reader, node, f, self.callers[-1]) for f, node in given.items()}
            program = self._fitted(reader, token, name, given, tensors, hypers)
        except ChainruleError as fault:
            if fault.source == reader.scope.source.text:
                raise
            raise reader.fault(f"{name} does not fit here: {fault.message}", token, fault.hint) from None
        _check_functions(reader, token, program)
        axes = unified(reader, program, given, tensors)
        for formal, actual in tensors.items() if step is None else ():
            tensors[formal] = readable_outside(reader, actual, program.tensor(formal), self.callers[-1])
        symbolic = {h: v for h, (_, v) in hypers.items() if isinstance(v, Expr) and not isinstance(v, Number)}
        names = {f: t.name for f, t in tensors.items()}
        draft, start = reader.scope.draft, len(reader.scope.draft.equations)
        result = draft.write(program, names, axes, symbolic, target)
        if step is None:
            return of_tensor(result)
        step_calls.lift(draft, start, step, tensors.values())
        return step_calls.one_step(draft.tensors[result.name], step)

    def _among_indices(self, reader: Reader, call: Node) -> Array:
        """A layer of whole arrays, of which an entry is read, or one that works entry by entry."""
        token = call.children[0]
        name = str(token)
        letters = {str(n.children[0]) for n in call.within() if n.data == "name"} & set(reader.scope.letters)
        if not letters:
            return self.output(replace(reader, scope=replace(reader.scope, letters={})), call)
        given, hypers = _sorted_arguments(reader, call, self.program_of(name, (), (), self.callers), shelf.syntax(name))
        numbers = tuple((h, v) for h, (_, v) in hypers.items() if isinstance(v, Number))
        program = self.program_of(name, numbers, (), self.callers)
        if not is_entrywise(program):
            raise reader.fault(
                f"{name} is a layer of whole arrays", token, "name its output on a line before, and read an entry of it"
            )
        _check_functions(reader, token, program)
        symbolic = {h: v for h, (_, v) in hypers.items() if isinstance(v, Expr) and not isinstance(v, Number)}
        return applied(reader, call, program, given, symbolic)

    def _fitted(
        self,
        reader: Reader,
        token: Token,
        name: str,
        given: dict[str, Node],
        tensors: dict[str, Tensor],
        hypers: dict[str, tuple[Place, HyperValue]],
    ) -> Program:
        """The layer's program for arrays of these ranks and for these hyperparameters."""
        ranks = tuple((f, len(t.axes)) for f, t in tensors.items())
        program = self.program_of(name, (), ranks, self.callers)
        axes = unified(reader, program, given, tensors)
        values: list[tuple[str, HyperValue]] = []
        for h, (place, value) in hypers.items():
            if isinstance(value, str):
                first = program.tensor(next(iter(tensors))).axes
                values.append((h, _inner_axis(reader, place, axes, value, first)))
            elif isinstance(value, Number):
                values.append((h, value))
        return self.program_of(name, tuple(values), ranks, self.callers) if values else program


def _check_functions(reader: Reader, token: Token, program: Program) -> None:
    """A scalar function that the caller has defined anew must not creep into the layer called."""
    from_table = called(program.equations, program.functions) - {f.name for f in program.functions}
    for function in sorted(from_table & set(reader.scope.draft.functions)):
        raise reader.fault(
            f"{token} uses the scalar function {function}, which is defined anew here",
            token,
            "give your function a name of its own",
        )


def _inner_axis(reader: Reader, place: Place, axes: dict[Axis, Axis], outer: str, first: tuple[Axis, ...]) -> str:
    """The layer's own name for an axis of the caller, given by name or by its place on the first tensor."""
    if outer.startswith("#"):
        counted = {f"#{k}": a.name for n, a in enumerate(first) for k in (n, n - len(first))}
        if outer not in counted:
            raise reader.fault("there is no such axis", place, f"count from 0 to {len(first) - 1}, or from -1 back")
        return counted[outer]
    inner = [a.name for a, actual in axes.items() if actual.name == outer]
    if len(inner) == 1:
        return inner[0]
    problem = "none of the arguments has" if not inner else "more than one axis of the arguments is"
    raise reader.fault(f"{problem} the axis {outer}", place)


def _sorted_arguments(
    reader: Reader, call: Node, program: Program, syntax: Syntax
) -> tuple[dict[str, Node], dict[str, tuple[Place, HyperValue]]]:
    """The tensors passed, by the layer's names for them and in its order; and the hyperparameters."""
    token = call.children[0]
    by_position, by_name = arguments(reader, call)
    formals = [t.name for t in program.given]
    if len(by_position) > len(formals):
        raise reader.fault(
            f"{token} takes {len(formals)} tensors ({', '.join(formals)}), but {len(by_position)} are given",
            by_position[len(formals)],
        )
    tensors: dict[str, Node] = dict(zip(formals, by_position, strict=False))
    hypers: dict[str, tuple[Place, HyperValue]] = {}
    axes = [str(h.children[0]) for h in syntax.hypers if is_axis(h.children[1])]
    known = axes + [h.name for h in program.hyperparameters]
    for name, (place, node) in by_name.items():
        if name in formals and name in tensors:
            raise reader.fault(f"{name} is given twice", place)
        if name in formals:
            tensors[name] = node
        elif name in known:
            hypers[name] = place, _axis_name(reader, node) if name in axes else number_of(reader, node)
        else:
            hint = did_you_mean(name, [*known, *formals], otherwise="it has")
            raise reader.fault(f"{token} has no hyperparameter {name}", place, hint)
    missing = [f for f in formals if f not in tensors]
    if missing:
        raise reader.fault(f"{token} needs {' and '.join(missing)}", token, f"call it as {token}({', '.join(formals)})")
    return {f: tensors[f] for f in formals}, hypers


def _axis_name(reader: Reader, node: Node) -> str:
    """The name of an axis, or its place along the first tensor passed: ``#-1``."""
    if node.data in ("number", "signed"):
        return f"#{number_of(reader, node)}"
    if node.data != "name":
        raise reader.fault("the name of an axis is expected here", node)
    return reader.scope.axis(node.children[0]).name
