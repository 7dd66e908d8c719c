"""The slips that backward passes have, the likeliest first: transposes, orders, sums, factors, signs, names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

Change = Callable[[ast.expr, ast.FunctionDef, str], Iterator[ast.expr]]
KEPT_ATTRIBUTES = "_kept_attributes"  # on a function: what its object keeps besides what it reads
PRODUCTS = {"dot", "matmul"}
SUMS = {"sum", "mean"}
CONSTANTS = (1, 2, 0.5, -1, 3, 0)
FLIPS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Gt: (ast.Lt, ast.LtE),
    ast.GtE: (ast.LtE, ast.Lt),
    ast.Lt: (ast.Gt, ast.GtE),
    ast.LtE: (ast.GtE, ast.Gt),
}


def _call(name: str, *args: ast.expr, **keywords: object) -> ast.expr:
    words = [ast.keyword(k, ast.Constant(v)) for k, v in keywords.items()]  # type: ignore[arg-type]
    return ast.Call(ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load()), list(args), words)


def _operands(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """Both sides of a matrix product, however it is written."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return node.left, node.right
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PRODUCTS:
        if len(node.args) == 2:
            return node.args[0], node.args[1]
        if len(node.args) == 1:
            return node.func.value, node.args[0]
    return None


def _product(node: ast.expr, left: ast.expr, right: ast.expr) -> ast.expr:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if len(node.args) == 2:
            return ast.Call(node.func, [left, right], [])
        return ast.Call(ast.Attribute(left, node.func.attr, ast.Load()), [right], [])
    return ast.BinOp(left, ast.MatMult(), right)


def _turned(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def transposes(node: ast.expr, *_: object) -> Iterator[ast.expr]:
    """A transpose more or less in a matrix product, its sides swapped, or both."""
    sides = _operands(node)
    if sides is None:
        return
    left, right = sides
    for a, b in ((left, right), (right, left)):
        for first, second in ((a, b), (_turned(a), b), (a, _turned(b)), (_turned(a), _turned(b))):
            yield _product(node, first, second)
    yield ast.BinOp(left, ast.Mult(), right)


def sums(node: ast.expr, function: ast.FunctionDef, upstream: str) -> Iterator[ast.expr]:
    """A sum over an axis more, less, or over another axis."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SUMS:
        inner = node.args[0] if node.args and isinstance(node.func.value, ast.Name) else node.func.value
        inner = node.func.value if not node.args else inner
        for axis in (0, 1, -1, None):
            yield _call("sum", inner, axis=axis)
            yield _call("sum", inner, axis=axis, keepdims=True)
        yield inner
    elif isinstance(node, (ast.Name, ast.BinOp, ast.Attribute, ast.Subscript)) and _is_value(node, function):
        for axis in (0, 1):
            yield _call("sum", node, axis=axis)
            yield _call("sum", node, axis=axis, keepdims=True)


def _is_value(node: ast.expr, function: ast.FunctionDef) -> bool:
    """Whether the expression is all of what a statement computes."""
    values = [s.value for s in ast.walk(function) if isinstance(s, (ast.Assign, ast.AugAssign, ast.Return))]
    pieces = [p for v in values if v is not None for p in (v.elts if isinstance(v, ast.Tuple) else [v])]
    pieces += [v for p in pieces if isinstance(p, ast.Dict) for v in p.values]
    return any(p is node for p in pieces)


def upstreams(node: ast.expr, function: ast.FunctionDef, upstream: str) -> Iterator[ast.expr]:
    """What a statement computes, times the upstream gradient."""
    if upstream and _is_value(node, function):
        yield ast.BinOp(ast.Name(upstream, ast.Load()), ast.Mult(), node)


def signs(node: ast.expr, function: ast.FunctionDef, _: str) -> Iterator[ast.expr]:
    """Another sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    elif _is_value(node, function) and not isinstance(node, ast.Tuple) and "-" not in ast.unparse(node)[:1]:
        yield ast.UnaryOp(ast.USub(), node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield ast.BinOp(node.left, other, node.right)


def factors(node: ast.expr, function: ast.FunctionDef, upstream: str) -> Iterator[ast.expr]:
    """A factor less, a product for a quotient, one over the size of the batch, another number or exponent."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        yield node.left
        yield node.right
        other = ast.Div() if isinstance(node.op, ast.Mult) else ast.Mult()
        yield ast.BinOp(node.left, other, node.right)
        yield ast.BinOp(node.left, ast.MatMult(), node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield node.left
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield node.left
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        yield from (ast.Constant(c) for c in CONSTANTS if c != node.value)
    if _is_value(node, function) and not isinstance(node, ast.Tuple):
        for size in _sizes(function, upstream):
            yield ast.BinOp(node, ast.Div(), size)
            yield ast.BinOp(node, ast.Mult(), size)
        for number in (2, 0.5):
            yield ast.BinOp(ast.Constant(number), ast.Mult(), node)


def _sizes(function: ast.FunctionDef, upstream: str) -> Iterator[ast.expr]:
    names = [ast.Name(n, ast.Load()) for n in _names(function)]
    for array in (*names, *_attributes(function))[:6]:
        for axis in (0, 1):
            yield ast.Subscript(ast.Attribute(array, "shape", ast.Load()), ast.Constant(axis), ast.Load())
        yield ast.Attribute(array, "size", ast.Load())


def other_names(node: ast.expr, function: ast.FunctionDef, _: str) -> Iterator[ast.expr]:
    """Another variable of the function, or another attribute."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in ("np", "self", "torch"):
        yield from (ast.Name(n, ast.Load()) for n in _names(function) if n != node.id)
        yield from _attributes(function)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and _is_own(node):
        yield from (a for a in _attributes(function) if ast.unparse(a) != ast.unparse(node))
        yield from (ast.Name(n, ast.Load()) for n in _names(function))


def _names(function: ast.FunctionDef) -> list[str]:
    """The local variables and arguments, but self."""
    stored = [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return [n for n in dict.fromkeys((*(a.arg for a in function.args.args), *stored)) if n not in ("self", "ctx")]


def _is_own(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def _attributes(function: ast.FunctionDef) -> list[ast.expr]:
    if not any(a.arg == "self" for a in function.args.args):
        return []
    read = [n.attr for n in ast.walk(function) if isinstance(n, ast.Attribute) and _is_own(n) and _is_read(n)]
    kept = getattr(function, KEPT_ATTRIBUTES, ())
    return [ast.Attribute(ast.Name("self", ast.Load()), a, ast.Load()) for a in dict.fromkeys((*read, *kept))]


def _is_read(node: ast.Attribute) -> bool:
    return not isinstance(node.ctx, ast.Store)


def comparisons(node: ast.expr, *_: object) -> Iterator[ast.expr]:
    """A comparison the other way round."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in FLIPS.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [other()], node.comparators)


def complements(node: ast.expr, *_: object) -> Iterator[ast.expr]:
    """``x`` for ``1 - x``, and squares: the slips of derivatives in the output."""
    if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
        if isinstance(node, ast.Name) and node.id in ("np", "self"):
            return
        yield ast.BinOp(node, ast.Pow(), ast.Constant(2))
        yield ast.BinOp(ast.Constant(1), ast.Sub(), node)


CHANGES: tuple[Change, ...] = (
    transposes,
    sums,
    upstreams,
    signs,
    comparisons,
    factors,
    complements,
    other_names,
)
