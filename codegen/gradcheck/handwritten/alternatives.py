"""Forms that may be meant where those that were tried first run, but give a gradient of another shape."""

from __future__ import annotations

from collections.abc import Mapping

from codegen.gradcheck.handwritten.combining import WEIGHTS, odd
from codegen.gradcheck.handwritten.forms import VECTOR, Form

Forms = Mapping[str, Form]


def is_squared(first: Forms, other: Forms) -> bool:
    """Whether a setting only makes axes the same that need not be: what is wrong shows better where they differ."""
    alike = all(len(f.axes) == len(other[n].axes) for n, f in first.items())
    return alike and odd(other) > odd(first)


def _turned(base: Forms, other: Forms) -> bool:
    """Whether settings differ only in whether a bias is a vector, a row or a column, or in an output axis less.

    The first array stays as it is: with its batch axis a sum would go that is missing.
    """
    changed = [n for n in base if base[n] != other[n]]
    first = next(iter(base), "")
    return first not in changed and (
        all(_is_bias_turned(n, base[n], other[n]) for n in changed) or _is_axis_less(base, other, changed)
    )


def may_replace(base: Forms, other: Forms, is_loss: bool) -> bool:
    """Whether settings differ only in what a name leaves open.

    The orientation of a bias; whether what is neither a bias nor a weight is one number; whether a loss of a single
    ``w`` (and ``b``) is that of one unit, so that ``w`` is a vector.
    """
    changed = [n for n in base if base[n] != other[n]]
    parameters = [n for n in base if WEIGHTS.fullmatch(n) or VECTOR.fullmatch(n)]
    unit = is_loss and [n for n in parameters if WEIGHTS.fullmatch(n)] in (["w"], ["theta"]) and len(parameters) < 3
    thin = all(len([a for a in f.axes if a != "1"]) < 2 for n, f in other.items() if n in parameters)
    numbers = all(other[n].kind == "number" and n not in parameters for n in changed)
    first = next(iter(base), "")
    return _turned(base, other) or (numbers and first not in changed) or (unit and thin)


def _is_axis_less(base: Forms, other: Forms, changed: list[str]) -> bool:
    """Whether one axis, the last of all arrays that have it, is gone everywhere."""
    gone = {a for f in base.values() for a in f.axes} - {a for f in other.values() for a in f.axes}
    lasts = all(base[n].axes[-1:] == (*gone,) and other[n].axes == base[n].axes[:-1] for n in changed)
    return len(gone) == 1 and lasts


def _is_bias_turned(name: str, one: Form, two: Form) -> bool:
    plain = all(f.kind == "real" and len([a for a in f.axes if a != "1"]) == 1 for f in (one, two))
    return plain and VECTOR.fullmatch(name) is not None
