"""A backward pass run on symbols, statement by statement: what it computes for each gradient, and where."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from derive.expression import Access, Expr, cotangent_name
from derive.program import Tensor
from derive.reading.arrays import Array, is_unit
from derive.reading.numpy_source.bodies import Run, defaults
from derive.reading.numpy_source.definitions import FORWARDS, methods_of
from derive.reading.numpy_source.gradient_names import variable_of
from derive.reading.numpy_source.values import Same, Unreadable, Value, Whole
from derive.verifying.code.comparing import Gradient, Judged, verdict_on
from derive.verifying.code.passes import Layer, Passes


@dataclass(frozen=True)
class Fault:
    """A statement of the backward pass that computes nothing: its line, what it assigns, why, and who is at fault."""

    name: str
    line: int
    words: str
    misfit: bool  # the shapes do not fit; else it is we who do not understand it


@dataclass
class _Back(Run):
    """The run of a backward pass: nothing gets an equation. What a name of a gradient gets last is judged.

    What is right, or ``assumed`` to be, goes on as the true gradient: formulas stay short, and no mistake spreads.
    """

    judge: Callable[[Gradient], Judged | None] = lambda _: None
    variables: Mapping[str, str] = field(default_factory=dict)  # tensors by what the code calls them
    assumed: frozenset[str] = frozenset()
    last: dict[str, int] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)
    lines_of: dict[str, int] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)

    def _statement(self, node: ast.stmt, local: dict[str, Value]) -> tuple[bool, Value]:
        if self.depth > 1 or not isinstance(node, (ast.Assign, ast.Return)):
            return super()._statement(node, local)
        if isinstance(node, ast.Assign) and any(_is_store(t) for t in node.targets):
            return False, None
        name = _assigned(node)
        try:
            return super()._statement(node, local)
        except Same as fault:
            self.faults[name] = Fault(name, node.lineno, f"the shapes do not fit: {fault}", True)
        except Unreadable as fault:
            self.faults[name] = Fault(name, node.lineno, fault.message, False)
        local.pop(name, None)
        return isinstance(node, ast.Return), None

    def of(self, name: str) -> str | None:
        """The tensor whose gradient goes by that name."""
        called = variable_of(name, tuple(self.variables))
        return None if called is None else self.variables[called]

    def named(self, name: str, value: Value, node: ast.stmt) -> Value:
        """The value itself, or the true gradient."""
        variable = self.of(name) if isinstance(value, Array) and self.depth == 1 else None
        if variable is None:
            return value
        self.lines_of[name] = node.lineno
        if node.lineno != self.last.get(name):
            return value
        found = self.judge(Gradient(variable, value, node.lineno))
        if found is not None:
            self.judged[variable] = found
        return _true(variable, value) if found is None or found.holds or variable in self.assumed else value


def gradients(
    passes: Passes, backward: ast.FunctionDef, assumed: frozenset[str] = frozenset(), only: str = ""
) -> dict[str, Judged]:
    """By variable, the verdict on what a backward pass computes; on ``only`` one, with all the others taken as right.

    Errors: `Unreadable`, `CannotJudge`.
    """
    layer, run = passes.layer, passes.run
    program = passes.program

    def judge(gradient: Gradient) -> Judged | None:
        return verdict_on(gradient, passes) if only in ("", gradient.variable) else None

    back = _Back(
        run.draft, run.functions, run.methods, run.lines, run.whole, dict(run.attributes),
        judge=judge, variables=passes.names, assumed=assumed, last=_last_lines(backward),
    )  # fmt: skip
    output = program.tensor(passes.output)
    seed = Array(output.axes, lambda indices: Access(cotangent_name(passes.output), indices))
    given = {n: v for n, v in defaults(backward).items() if n != layer.upstream}
    parameters = [a.arg for a in backward.args.args if a.arg != "self"]
    known = {t.name: _of(t) for t in program.tensors}
    given |= {n: known[n] for n in parameters if n in known}
    rest = [n for n in parameters if n not in given and n != layer.upstream]
    given |= {n: passes.cache for n in rest if passes.cache is not None}
    try:
        value = back.body(backward, {**given, "self": "self", layer.upstream: seed})
    except Whole as fault:
        raise Unreadable(str(fault)) from None
    found = _returned(value, backward, back, layer) | back.judged
    for name, missing in back.faults.items():
        variable = back.of(name)
        if variable is not None or (not name and len(back.faults) == 1):
            found[variable or ""] = Judged(variable or "", missing.line, False, missing.words, known=missing.misfit)
    return found


def _last_lines(function: ast.FunctionDef) -> dict[str, int]:
    """By name, attribute or key: the line of the last statement that assigns it; none where entries are written into.

    Another name of such an array may see the change.
    """
    found: dict[str, int] = {}
    for node in ast.walk(function):
        update = [node.target] if isinstance(node, ast.AugAssign) else []
        targets = node.targets if isinstance(node, ast.Assign) else update
        if any(isinstance(t, ast.Subscript) and isinstance(t.value, ast.Name) for t in targets):
            return {}
        for piece in (p for target in targets for p in ast.walk(target)):
            match piece:
                case ast.Name(name) | ast.Attribute(_, name) | ast.Constant(str() as name):
                    found[name] = max(found.get(name, 0), piece.lineno)
    return found


def _true(variable: str, array: Array) -> Array:
    """The true gradient, with the axes of one entry that the code's array has."""
    real = tuple(a for a in array.axes if not is_unit(a))

    def at(indices: tuple[Expr, ...]) -> Expr:
        own = (i for i, a in zip(indices, array.axes, strict=True) if not is_unit(a))
        return Access(cotangent_name(variable), tuple(own))

    return Array(array.axes, at) if real else array


def _assigned(node: ast.stmt) -> str:
    """The one name, attribute or key that a statement assigns; "" for anything else."""
    target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
    match target:
        case ast.Name(name) | ast.Attribute(_, name) | ast.Subscript(_, ast.Constant(str() as name)):
            return name
        case _:
            return ""


def _is_store(target: ast.expr) -> bool:
    """Whether a gradient that has a name is written where it is kept: ``self.grads[0][...] = dW``."""
    return isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) and target.slice.value is ...


def _of(tensor: Tensor) -> Array:
    return Array(tensor.axes, lambda indices: Access(tensor.name, indices))


def _returned(value: Value, backward: ast.FunctionDef, back: _Back, layer: Layer) -> dict[str, Judged]:
    """The gradients returned that have no name of their own: in the order of what forward takes."""
    last = next((n for n in reversed(list(ast.walk(backward))) if isinstance(n, ast.Return)), None)
    if last is None or last.value is None:
        return {}
    nodes = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
    pieces = value if isinstance(value, tuple) else (value,)
    forward = layer.chosen if isinstance(layer.chosen, ast.FunctionDef) else _forward(layer.chosen)
    order = [a.arg for a in forward.args.args if a.arg in back.variables.values()]
    found: dict[str, Judged] = {}
    for place, (node, piece) in enumerate(zip(nodes, pieces, strict=False)):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        variable = back.of(name) or (order[place] if place < len(order) else None)
        if variable is None or variable in back.judged or not isinstance(piece, Array):
            continue
        judged = back.judge(Gradient(variable, piece, back.lines_of.get(name, last.lineno)))
        if judged is not None:
            found[variable] = judged
    return found


def _forward(cls: ast.ClassDef) -> ast.FunctionDef:
    methods = methods_of(cls)
    return next(methods[f] for f in FORWARDS[:2] if f in methods)
