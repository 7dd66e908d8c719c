"""Array notation: numbers, names, arithmetic, ``@``, ``.T`` and comparisons, broadcast as NumPy does but by name."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from lark import Token

from derive.calculus.bounds import quotient, remainder
from derive.calculus.whole_numbers import FLOOR_DIV, FLOOR_MOD
from derive.expression import Access, Call, Compare, Constant, Expr, Number, add, coefficient, mul, number, power
from derive.reading.arrays import Array, elementwise, matmul, permuted, scalar
from derive.reading.index_notation import kronecker
from derive.reading.reader import Reader
from derive.reading.source import Node
from derive.rewriting import walk

MAX_DIGITS = 40
MAX_POWER = 1000  # a literal exponent beyond this is a slip or an attack; no layer needs it
WHOLE = (FLOOR_DIV, FLOOR_MOD)
MAX_BITS = 4096  # of a number, worked out


def exact_number(reader: Reader, node: Node) -> Array:
    """A literal, read exactly: 1e-7 is 1/10000000."""
    token = node.children[0]
    text = str(token)
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or len(exponent.lstrip("+-0")) > 3:
        raise reader.fault(f"a number has at most {MAX_DIGITS} digits and 3 in its exponent", token)
    return scalar(number(Fraction(mantissa.rstrip(".") + ("e" + exponent if exponent else ""))))


def name(reader: Reader, node: Node) -> Array:
    """A tensor, a hyperparameter, the size of an axis or a constant."""
    return reader.scope.value(node.children[0])


def several(reader: Reader, node: Node) -> Array:
    """Values in brackets, which are axes or nothing."""
    raise reader.fault("several values in brackets can only be axes, as in sum(A, axis=(N, C))", node)


def attribute(reader: Reader, node: Node) -> Array:
    """``A.T``."""
    base, word = node.children
    if str(word) != "T":
        raise reader.fault(f"arrays have no .{word}", word, "the transpose is written .T")
    array = reader.read(base)
    order = tuple(reversed(range(len(array.axes))))
    if len(order) > 2:
        names = ", ".join(array.axes[n].name for n in order)
        raise reader.fault(
            f".T is for at most two axes, but this has {array.shape}", word, f"say the order: transpose(A, {names})"
        )
    return permuted(array, order)


def sum_of_terms(reader: Reader, node: Node) -> Array:
    """Terms with + and - between them."""
    terms, operators = node.children[::2], node.children[1::2]
    signs = [1, *(1 if o == "+" else -1 for o in operators)]

    def signed_sum(*entries: Expr) -> Expr:
        return add(*(e if s == 1 else mul(-1, e) for s, e in zip(signs, entries, strict=False)))

    return reader.chain([reader.read(t) for t in terms], operators, signed_sum)


def product(reader: Reader, node: Node) -> Array:
    """Factors with ``*``, ``/`` and ``@`` between them, from left to right."""
    first, *rest = node.children
    operands, inverted = [reader.read(first)], [False]
    operators: list[Token] = []
    for operator, factor in zip(rest[::2], rest[1::2], strict=True):
        right = reader.read(factor)
        if operator == "@":
            left = reader.chain(operands, operators, _product_of(inverted))
            joined = reader.fitted(operator, matmul, left, right, reader.letters)
            operands, operators, inverted = [joined], [], [False]
            continue
        if operator == "/" and not right.axes and right.at(()) == number(0):
            raise reader.fault("division by zero", factor)
        if operator in ("//", "%"):
            left = reader.chain(operands, operators, _product_of(inverted))
            divide = whole_division(reader, operator, node)
            operands, operators, inverted = [reader.fitted(operator, elementwise, divide, left, right)], [], [False]
            continue
        operands.append(right)
        operators.append(operator)
        inverted.append(operator == "/")
    return reader.chain(operands, operators, _product_of(inverted))


def whole_division(reader: Reader, operator: Token, at: Node) -> Callable[..., Expr]:
    """``//`` and ``%``, of whole numbers: letters, sizes, hyperparameters, entries of integer tensors."""
    tensors = reader.scope.draft.tensors

    def divide(top: Expr, bottom: Expr) -> Expr:
        for here in (n for side in (top, bottom) for n in walk(side)):
            real = isinstance(here, Access) and (here.tensor not in tensors or not tensors[here.tensor].integer)
            if real or (isinstance(here, (Constant, Call)) and getattr(here, "function", "") not in WHOLE):
                raise reader.fault(f"{operator} is for whole numbers", operator, "letters, sizes, integer tensors")
        if bottom == number(0):
            raise reader.fault("division by zero", operator)
        return quotient(top, bottom) if operator == "//" else remainder(top, bottom)

    return divide


def _product_of(inverted: list[bool]) -> Callable[..., Expr]:
    return lambda *factors: mul(*(power(f, -1) if i else f for f, i in zip(factors, inverted, strict=False)))


def signed(reader: Reader, node: Node) -> Array:
    """Signs before a factor."""
    *signs, operand = node.children
    array = reader.read(operand)
    negative = sum(1 for s in signs if s == "-") % 2
    return elementwise(lambda entry: mul(-1, entry), array) if negative else array


def raised(reader: Reader, node: Node) -> Array:
    """A power; one that would be a huge number is refused before it is worked out."""
    base, operator, exponent = node.children

    def bounded(b: Expr, e: Expr) -> Expr:
        if isinstance(e, Number) and _is_huge(b, e.value):
            raise reader.fault("this power is too large to be worked out", exponent, "use a hyperparameter")
        if isinstance(e, Number) and b == number(0) and e.value < 0:
            raise reader.fault("division by zero", base)
        return power(b, e)

    return reader.fitted(operator, elementwise, bounded, reader.read(base), reader.read(exponent))


def _is_huge(base: Expr, exponent: Fraction) -> bool:
    factor = coefficient(base)[0]
    bits = max(factor.numerator.bit_length(), factor.denominator.bit_length())
    return abs(exponent) > MAX_POWER or (bits > 1 and bits * abs(exponent) > MAX_BITS)


def comparison(reader: Reader, node: Node) -> Array:
    """1 where it holds, else 0; of two indices it is Kronecker's delta."""
    if len(node.children) > 3:
        raise reader.fault("comparisons cannot be chained", node.children[3], "multiply them: (a < b) * (b < c)")
    left, operator, right = node.children
    if operator == "==" and reader.letter(left) and reader.letter(right):
        return scalar(kronecker(reader, left, right))
    operands = reader.read(left), reader.read(right)
    return reader.fitted(operator, elementwise, lambda a, b: Compare(str(operator), a, b), *operands)


def bracket(reader: Reader, node: Node) -> Array:
    """``[i == j]``, ``[x > 0]``."""
    inner: Node | Token = node.children[0]
    if isinstance(inner, Token) or inner.data != "comparison":
        raise reader.fault("square brackets hold a comparison, as in [i == j]", node, "group with round brackets")
    return reader.read(inner)


MEANINGS = {
    "number": exact_number,
    "name": name,
    "tuple": several,
    "attribute": attribute,
    "sum": sum_of_terms,
    "product": product,
    "signed": signed,
    "power": raised,
    "comparison": comparison,
    "bracket": bracket,
}
