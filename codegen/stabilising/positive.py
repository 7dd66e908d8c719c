"""What is above zero, or not below it, by its form alone."""

from __future__ import annotations

from derive.expression import Add, Call, Compare, Constant, Expr, Mul, Number, Pow, Reduce, Size


def is_positive(expr: Expr) -> bool:
    """Whether it is above zero wherever it has a value, as far as its form tells."""
    match expr:
        case Number(value):
            return value > 0
        case Call("exp" | "cosh" | "sigmoid" | "softplus") | Size() | Constant():
            return True
        case Add(terms):
            return all(map(_is_no_less, terms)) and any(map(is_positive, terms))
        case Mul(factors):
            return all(map(is_positive, factors))
        case Pow(base, _):
            return is_positive(base)
        case Reduce("sum" | "max" | "min" | "prod", _, body):
            return is_positive(body)
        case _:
            return False


def _is_no_less(expr: Expr) -> bool:
    """Whether it is zero or above."""
    match expr:
        case Pow(_, Number(value)) if value.numerator % 2 == 0:
            return True
        case Call("abs" | "relu") | Compare():
            return True
        case Mul(factors):
            return all(map(_is_no_less, factors))
        case Reduce("sum" | "max" | "min" | "prod", _, body):
            return _is_no_less(body)
        case _:
            return is_positive(expr)
