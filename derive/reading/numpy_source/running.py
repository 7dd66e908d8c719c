"""One reading with the shapes that are assumed: the constructor, the forward pass, and the program that comes out."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from derive.errors import ChainruleError
from derive.expression import Axis, Hyper, Size
from derive.program import Hyperparameter, Program, Tensor, needed_equations
from derive.reading.arrays import Array, of_tensor, scalar
from derive.reading.draft import Draft
from derive.reading.numpy_source.bodies import Run, defaults, hyperparameters, renamed
from derive.reading.numpy_source.definitions import Definition, method_of, methods_of
from derive.reading.numpy_source.idioms import plain
from derive.reading.numpy_source.values import Unreadable, Value
from derive.rewriting import tensors_in, walk


def ran(
    tree: ast.Module,
    chosen: Definition,
    tensors: Mapping[str, Tensor],
    sizes: Mapping[str, str],
    lines: tuple[str, ...],
    whole: frozenset[str],
) -> Program:
    """The program under these shapes. Errors: `values.Same`, `values.Whole` for what has to be assumed besides."""
    run, value = forward_run(tree, chosen, tensors, sizes, lines, whole)
    return _program(run.draft, chosen.name, value, lines)


def forward_run(
    tree: ast.Module,
    chosen: Definition,
    tensors: Mapping[str, Tensor],
    sizes: Mapping[str, str],
    lines: tuple[str, ...],
    whole: frozenset[str],
) -> tuple[Run, Value]:
    """The state after the forward pass, and what it returned. Errors: as `ran`."""
    draft = Draft()
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    methods = methods_of(chosen) if isinstance(chosen, ast.ClassDef) else {}
    for tensor in tensors.values():
        draft.tensors[tensor.name] = renamed(tensor, whole)
    draft.reserved |= {*tensors, *(a.name for t in tensors.values() for a in t.axes), *sizes.values()}
    run = Run(draft, functions, methods, lines, whole)
    given: dict[str, Value] = {n: of_tensor(draft.tensors[n]) for n in tensors}
    given |= {n: scalar(Size(Axis(a))) for n, a in sizes.items()}
    if isinstance(chosen, ast.ClassDef):
        run.attributes.update(_class_values(chosen))
        init = methods.get("__init__")
        if init is not None:
            run.constructing = True
            run.body(init, {**hyperparameters(init, draft), "self": "self", **_for(init, given)})
            run.constructing = False
        method = method_of(chosen)
        assert method is not None
        value = run.body(method, {**defaults(method), "self": "self", **_for(method, given)})
        value = (
            next((run.attributes[o] for o in ("output", "out") if o in run.attributes), None)
            if value is None
            else value
        )
    else:
        value = run.body(chosen, {**hyperparameters(chosen, draft), **_for(chosen, given)})
    return run, value


def _for(function: ast.FunctionDef, given: Mapping[str, Value]) -> dict[str, Value]:
    names = {a.arg for a in function.args.args}
    return {n: v for n, v in given.items() if n in names}


def _class_values(cls: ast.ClassDef) -> dict[str, Value]:
    return {t.id: None for n in cls.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}


def _program(draft: Draft, name: str, value: Value, lines: tuple[str, ...]) -> Program:
    """The program whose output is the first array returned."""
    first = next((v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, Array)), None)
    if first is None:
        raise Unreadable(f"{name} returns no array that is known")
    run = Run(draft, {}, {}, lines, frozenset())
    try:
        return _finished(draft, name, first, run)
    except ChainruleError as fault:
        raise Unreadable(fault.message) from None


def _finished(draft: Draft, name: str, output: Array, run: Run) -> Program:
    """The program of the equations that the output needs."""
    node = ast.parse("out = 0").body[0]
    before = len(draft.equations)
    last = run.named("out", output, node)
    if len(draft.equations) == before and not draft.equations:
        draft.define(draft.unique("out"), output, "", "")
    entry = last.at(tuple(map(_index, last.axes)))
    wanted = tensors_in(entry)
    equations = needed_equations(draft.equations, wanted)
    used = {t for e in equations for t in (e.name, *tensors_in(e.right))}
    tensors = tuple(t for t in draft.tensors.values() if t.name in used)
    hypers = {n.name for e in equations for n in walk(e.right) if isinstance(n, Hyper)}
    kept: tuple[Hyperparameter, ...] = tuple(h for h in draft.hypers.values() if h.name in hypers)
    title = re.sub(r"_(forward|fwd)$", "", name)
    if not equations:
        raise Unreadable(f"{name} computes nothing")
    return plain(Program(title, tensors, equations, (), kept))


def _index(axis: Axis) -> Hyper:
    return Hyper(axis.name)
