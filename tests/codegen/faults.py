"""Planted faults: every place of generated code where a kind of mistake can be made, with the mistake made there.

A fault takes a node of the syntax tree and gives what a mistaken person might have written instead; `mutants`
makes the mistake at each place in turn, one at a time.
"""

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from types import ModuleType

Fault = Callable[[ast.AST], Iterator[ast.AST]]


@dataclass(frozen=True)
class Mutant:
    """A module with one mistake, and what it is."""

    label: str
    source: str

    def module(self) -> ModuleType:
        """The module, run."""
        made = ModuleType("mutant")
        exec(self.source, made.__dict__)
        return made


def wrong_sign(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(left, ast.Add(), right):
            yield ast.BinOp(left, ast.Sub(), right)
        case ast.BinOp(left, ast.Sub(), right):
            yield ast.BinOp(left, ast.Add(), right)
        case ast.UnaryOp(ast.USub(), operand):
            yield operand


def lost_factor(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(left, ast.Mult(), right):
            yield left
            yield right
        case ast.BinOp(left, ast.Div(), _):
            yield left


def multiplied_for_divided(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(left, ast.Div(), right):
            yield ast.BinOp(left, ast.Mult(), right)


def swapped_product(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(left, ast.MatMult(), right) if not all(map(_is_vector, (left, right))):
            yield ast.BinOp(right, ast.MatMult(), left)


def _is_vector(node: ast.AST) -> bool:
    """Whether the operand is laid out as one vector: inner products have no order."""
    match node:
        case ast.UnaryOp(_, operand):
            return _is_vector(operand)
        case ast.Call(ast.Attribute(_, "ravel")):
            return True
    return False


def lost_transpose(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Attribute(value, "T"):
            yield value


def extra_transpose(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(ast.Name() as left, ast.MatMult(), right):
            yield ast.BinOp(ast.Attribute(left, "T", ast.Load()), ast.MatMult(), right)


def lost_sum(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Call(ast.Attribute(value, "sum"), _, _):
            yield value


def mean_for_sum(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Call(ast.Attribute(value, "sum", context), args, keywords):
            yield ast.Call(ast.Attribute(value, "mean", context), args, keywords)


def wrong_axis(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.keyword("axis", ast.Constant(int() as axis)):
            yield ast.keyword("axis", ast.Constant(1 - axis))


def wrong_kink(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left, [ast.Gt()], right):
            for operator in (ast.GtE(), ast.Lt()):
                yield ast.Compare(left, [operator], right)


def wrong_number(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            yield ast.Constant(value + 1)
            yield ast.Constant(value * 1.00001 or 1e-5)


def wrong_power(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(left, ast.Pow(), ast.Constant(int() as n)):
            yield ast.BinOp(left, ast.Pow(), ast.Constant(n + 1))
            yield left


def wrong_function(node: ast.AST) -> Iterator[ast.AST]:
    others = {"tanh": "sinh", "exp": "expm1", "log": "log1p", "maximum": "minimum"}
    match node:
        case ast.Attribute(ast.Name("np") as value, str() as name, context) if name in others:
            yield ast.Attribute(value, others[name], context)


FAULTS: tuple[Fault, ...] = (
    wrong_sign,
    lost_factor,
    multiplied_for_divided,
    swapped_product,
    lost_transpose,
    extra_transpose,
    lost_sum,
    mean_for_sum,
    wrong_axis,
    wrong_kink,
    wrong_number,
    wrong_power,
    wrong_function,
)


def mutants(source: str, step: int = 1) -> Iterator[Mutant]:
    """One mutant for each fault, each place and each way to make it; of them every ``step``-th.

    Names of one array, which ``out=`` makes of another, stand for each other: that is no mistake. Helpers are left
    alone: they have tests of their own, at points that reach each of their branches.
    """
    tree = ast.parse(source)
    helpers = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("_")]
    helped = {n for helper in helpers for n in ast.walk(helper)}
    every = (
        (fault, place, way)
        for fault in (*FAULTS, *wrong_arguments(tree))
        for place, node in enumerate(ast.walk(tree))
        if node not in helped
        for way, _ in enumerate(fault(node))
    )
    for fault, place, way in islice(every, 0, None, step):
        yield _mutant(tree, fault, place, way)


def _mutant(tree: ast.Module, fault: Fault, place: int, way: int) -> Mutant:
    copy = deepcopy(tree)
    node = list(ast.walk(copy))[place]
    changed = list(fault(node))[way]
    before, after = ast.unparse(node), ast.unparse(ast.fix_missing_locations(changed))
    for parent in ast.walk(copy):
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, changed)
            elif isinstance(value, list):
                setattr(parent, name, [changed if v is node else v for v in value])
    return Mutant(f"{fault.__name__}: {before} → {after}", ast.unparse(ast.fix_missing_locations(copy)))


def wrong_arguments(tree: ast.Module) -> Iterator[Fault]:
    """In backward, each name that is read replaced by each other one; where only a size is read, all would do."""
    backward = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "backward")
    read = {n.id for n in ast.walk(backward) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    same = _same_arrays(backward)
    sizes = [n.value for n in ast.walk(backward) if isinstance(n, ast.Attribute) and n.attr == "shape"]
    for other in sorted(read - {"np", "saved"}):
        alike = {name for pair in same if other in pair for name in pair}
        yield _other_name(other, backward, {(n.lineno, n.col_offset) for n in sizes}, alike)


def _same_arrays(backward: ast.FunctionDef) -> list[frozenset[str]]:
    """Pairs of names of one array: ``dU = np.multiply(dZ, ..., out=dZ)``."""
    found = []
    for line in ast.walk(backward):
        match line:
            case ast.Assign([ast.Name(name)], ast.Call(_, _, [*_, ast.keyword("out", ast.Name(other))])):
                found.append(frozenset({name, other}))
    return found


def _other_name(other: str, backward: ast.FunctionDef, sizes: set[tuple[int, int]], alike: set[str]) -> Fault:
    lines = range(backward.lineno, (backward.end_lineno or 0) + 1)

    def wrong_argument(node: ast.AST) -> Iterator[ast.AST]:
        match node:
            case ast.Name(name, ast.Load()) if name not in ("np", "saved", other, *alike) and node.lineno in lines:
                if (node.lineno, node.col_offset) not in sizes:
                    yield ast.Name(other, ast.Load())

    return wrong_argument
