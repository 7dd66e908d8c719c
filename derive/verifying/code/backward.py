"""A backward pass run on symbols, statement by statement: what it computes for each gradient, and where."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from derive.expression import Access, cotangent_name
from derive.program import Tensor
from derive.reading.arrays import Array
from derive.reading.numpy_source.bodies import Run, defaults
from derive.reading.numpy_source.definitions import FORWARDS, methods_of
from derive.reading.numpy_source.gradient_names import variable_of
from derive.reading.numpy_source.values import Same, Unreadable, Value, Whole
from derive.verifying.code.passes import Layer, Passes


@dataclass(frozen=True)
class Gradient:
    """What the code computes for the gradient by one variable, and in which line."""

    variable: str
    array: Array
    line: int


@dataclass(frozen=True)
class Fault:
    """A statement of the backward pass that computes nothing: its line, what it assigns, why, and who is at fault."""

    name: str
    line: int
    words: str
    misfit: bool  # the shapes do not fit; else it is we who do not understand it


@dataclass
class _Back(Run):
    """The run of a backward pass: nothing gets an equation; the line of every assignment is remembered."""

    written: dict[str, tuple[Value, int]] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)

    def _statement(self, node: ast.stmt, local: dict[str, Value]) -> tuple[bool, Value]:
        if self.depth > 1 or not isinstance(node, (ast.Assign, ast.Return)):
            return super()._statement(node, local)
        name = _assigned(node)
        try:
            return super()._statement(node, local)
        except Same as fault:
            self.faults[name] = Fault(name, node.lineno, f"the shapes do not fit: {fault}", True)
        except Unreadable as fault:
            self.faults[name] = Fault(name, node.lineno, fault.message, False)
        local.pop(name, None)
        return isinstance(node, ast.Return), None

    def named(self, name: str, value: Value, node: ast.stmt) -> Value:
        """The value itself."""
        if isinstance(value, Array):
            self.written[name] = (value, node.lineno)
        return value


def gradients(passes: Passes, backward: ast.FunctionDef) -> dict[str, Gradient | Fault]:
    """By variable, what a backward pass computes. Errors: `Unreadable`."""
    layer, run = passes.layer, passes.run
    back = _Back(run.draft, run.functions, run.methods, run.lines, run.whole, dict(run.attributes))
    program = passes.program
    output = program.tensor(passes.output)
    seed = Array(output.axes, lambda indices: Access(cotangent_name(passes.output), indices))
    given = {n: v for n, v in defaults(backward).items() if n != layer.upstream}
    parameters = [a.arg for a in backward.args.args if a.arg != "self"]
    known = {t.name: _of(t) for t in program.tensors}
    given |= {n: known[n] for n in parameters if n in known}
    given |= {
        n: passes.cache for n in parameters if n not in given and n != layer.upstream and passes.cache is not None
    }
    try:
        value = back.body(backward, {**given, "self": "self", layer.upstream: seed})
    except Whole as fault:
        raise Unreadable(str(fault)) from None
    variables = [t.name for t in program.given if not t.integer]
    found: dict[str, Gradient | Fault] = {
        v: Gradient(v, a, line) for n, (a, line) in back.written.items() if (v := variable_of(n, variables))
    }
    found |= _returned(value, backward, back, layer, variables)
    for name, missing in back.faults.items():
        variable = variable_of(name, variables)
        if variable is not None or (not name and len(back.faults) == 1):
            found[variable or ""] = missing
    return found


def _assigned(node: ast.stmt) -> str:
    """The one name, attribute or key that a statement assigns; "" for anything else."""
    target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
    match target:
        case ast.Name(name) | ast.Attribute(_, name) | ast.Subscript(_, ast.Constant(str() as name)):
            return name
        case _:
            return ""


def _of(tensor: Tensor) -> Array:
    return Array(tensor.axes, lambda indices: Access(tensor.name, indices))


def _returned(
    value: Value, backward: ast.FunctionDef, back: _Back, layer: Layer, variables: list[str]
) -> dict[str, Gradient]:
    """The gradients returned: by the names that are returned, else in the order of what forward takes."""
    last = next((n for n in reversed(list(ast.walk(backward))) if isinstance(n, ast.Return)), None)
    if last is None or last.value is None:
        return {}
    nodes = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
    pieces = value if isinstance(value, tuple) else (value,)
    forward = layer.chosen if isinstance(layer.chosen, ast.FunctionDef) else _forward(layer.chosen)
    order = [a.arg for a in forward.args.args if a.arg in variables]
    found: dict[str, Gradient] = {}
    for place, (node, piece) in enumerate(zip(nodes, pieces, strict=False)):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        variable = variable_of(name, variables) or (order[place] if place < len(order) else None)
        if variable is not None and isinstance(piece, Array):
            line = back.written[name][1] if name in back.written else last.lineno
            found[variable] = Gradient(variable, piece, line)
    return found


def _forward(cls: ast.ClassDef) -> ast.FunctionDef:
    methods = methods_of(cls)
    return next(methods[f] for f in FORWARDS[:2] if f in methods)
