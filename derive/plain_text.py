"""An expression as one line of layer text: what error messages, reports and ``str(expr)`` show."""

from __future__ import annotations

from derive.expression import (
    Access,
    Add,
    Call,
    Compare,
    Constant,
    Delta,
    Expr,
    Hyper,
    Index,
    Mul,
    Number,
    Partial,
    Pow,
    Reduce,
    Size,
    Slope,
    Where,
    base_and_exponent,
    coefficient,
    mul,
    number,
    power,
)
from derive.rewriting import walk

ADD, MUL, POW, ATOM = 1, 2, 3, 4  # how tightly a form binds


def text(expr: Expr) -> str:
    """The expression in index notation of the layer language.

    >>> x, y = Access("x"), Access("y")
    >>> text(2 * (x + y) / y), text(x - 3 * y), text((x + y) ** 2)
    ('2*(x + y)/y', 'x - 3*y', '(x + y)**2')
    """
    return _print(expr)[0]


def _bracketed(expr: Expr, least: int) -> str:
    line, level = _print(expr)
    return line if level >= least else f"({line})"


def _print(expr: Expr) -> tuple[str, int]:
    match expr:
        case Number(value):
            level = ATOM if value.denominator == 1 and value >= 0 else MUL if value >= 0 else ADD
            return str(value), level
        case Constant(name) | Hyper(name) | Index(name, _):
            return name, ATOM
        case Size(axis):
            return axis.name, ATOM
        case Access(tensor, indices):
            return (f"{tensor}[{', '.join(map(text, indices))}]" if indices else tensor), ATOM
        case Add(terms):
            return _sum(terms), ADD
        case Mul():
            return _product(expr), MUL
        case Pow(base, exponent):
            if isinstance(exponent, Number) and exponent.value < 0:
                return f"1/{_bracketed(power(base, number(-exponent.value)), POW)}", MUL
            return f"{_bracketed(base, ATOM)}**{_bracketed(exponent, ATOM)}", POW
        case Call("floor_div" | "floor_mod" as function, (top, bottom)):
            sign = "//" if function == "floor_div" else "%"
            return f"{_bracketed(top, POW)} {sign} {_bracketed(bottom, POW)}", MUL
        case Call(function, args):
            return f"{function}({', '.join(map(text, args))})", ATOM
        case Slope(function, args, position):
            mark = "'" if len(args) == 1 else f"'{position + 1}"
            return f"{function}{mark}({', '.join(map(text, args))})", ATOM
        case Reduce(op, indices, body):
            return f"{op}[{', '.join(letter(i, body) for i in indices)}]({text(body)})", ATOM
        case Delta(left, right):
            return f"delta({text(left)}, {text(right)})", ATOM
        case Compare(op, left, right):
            return f"[{text(left)} {op} {text(right)}]", ATOM
        case Where(condition, then, otherwise):
            return f"where({text(condition)}, {text(then)}, {text(otherwise)})", ATOM
        case Partial(of, wrt):
            return f"(∂{text(of)}/∂{text(wrt)})", ATOM
    raise TypeError(f"no expression: {expr!r}")


def letter(index: Index, body: Expr) -> str:
    """An index where it is bound; its range is said if the places where it stands in the body do not tell it.

    >>> from derive.expression import Axis, Hyper
    >>> r = Index("r", Axis("R", Hyper("size")))
    >>> letter(r, Access("X", (2 * r,))), letter(r, Access("K", (r,)))
    ('r: size', 'r')
    """
    for here in walk(body):
        if isinstance(here, Access) and index in here.indices:
            return index.name
        sides = (here.left, here.right) if isinstance(here, (Delta, Compare)) else ()
        if index in sides and all(isinstance(side, Index) for side in sides):
            return index.name
    extent = Size(index.axis) if index.axis.extent is None else index.axis.extent
    return f"{index.name}: {text(extent)}"


def _sum(terms: tuple[Expr, ...]) -> str:
    line = ""
    for term in terms:
        negative = coefficient(term)[0] < 0
        shown = _bracketed(mul(-1, term) if negative else term, MUL)
        if line:
            line += (" - " if negative else " + ") + shown
        else:
            line = ("-" if negative else "") + shown
    return line


def _product(expr: Mul) -> str:
    value, _ = coefficient(expr)
    above, below = [], []
    for factor in expr.factors:
        base, exponent = base_and_exponent(factor)
        if isinstance(factor, Number):
            continue
        if isinstance(exponent, Number) and exponent.value < 0:
            below.append(_bracketed(power(base, number(-exponent.value)), POW))
        else:
            above.append(_bracketed(factor, POW))
    if abs(value.numerator) != 1 or not above:
        above.insert(0, str(abs(value.numerator)))
    if value.denominator != 1:
        below.insert(0, str(value.denominator))
    line = ("-" if value < 0 else "") + "*".join(above)
    if not below:
        return line
    return f"{line}/{below[0]}" if len(below) == 1 else f"{line}/({'*'.join(below)})"
