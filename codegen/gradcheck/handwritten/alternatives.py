"""Forms that may be meant where code is wrong for those that were tried first."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from codegen.gradcheck.handwritten.forms import CONTINUOUS, VECTOR, WEIGHTS, Form
from codegen.gradcheck.handwritten.oddity import ODD, odd

Forms = Mapping[str, Form]
NO_ARRAYS = ("size", "word", "switch")


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


Shape = tuple[int, ...]


def acquits(
    accused: Forms, other: Forms, checked: Collection[str], faulty: Mapping[str, tuple[Shape, Shape]] | None, batch: int
) -> bool:
    """Whether code that is wrong for some forms is right all the same if it is for others: then these are meant.

    ``checked``: what has a gradient; ``faulty``: the shapes of those that are wrong for the first, and those of their
    variables, None if backward does not run for it; ``batch``: how many samples it has. No excuse is:

    - numbers of another kind, or axes as long as each other, but for two inputs of one shape, or no longer of one;
    - weights that lose an axis though their gradient was right with it, or a bias alone that does;
    - a single sample, unless a gradient for several has a shape that no sum more or less and no transpose would mend.
    """
    arrays = [n for n, f in accused.items() if f.kind in CONTINUOUS and (faulty is None or n in checked)]
    narrowed = [n for n, f in other.items() if f.kind in ("positive", "unit", "probability")]
    if any(other[n].kind not in (accused[n].kind, "number") for n in (*arrays, *narrowed)) or odd(other) == ODD:
        return False
    gained = any(_rank(other[n]) > _rank(f) for n, f in accused.items())
    if (is_squared(accused, other) and not _alike(accused, other)) or (gained and _alike(other, accused)):
        return False
    lost = [n for n, f in accused.items() if _rank(other[n]) < _rank(f) and other[n].kind not in NO_ARRAYS]
    lost = [n for n in lost if not _in_line(n, accused, lost) or not _in_line(n, other, lost)]
    lost = [n for n in lost if not _says_so(n, accused, other, faulty or {})]
    weights, biases = ([n for n in lost if pattern.fullmatch(n)] for pattern in (WEIGHTS, VECTOR))
    if not lost or faulty is None:  # of what does not run at all, the weights may be smaller, or one array
        alone = len(lost) == 1 and (lost[0] != next(iter(accused)) or len(accused) == 1)
        return {*lost} <= {*weights, *biases} or alone
    if any(n not in faulty for n in weights) or (biases and not weights):
        return False
    mended = all(
        len(ours) < len(theirs) or sorted(ours) == sorted(theirs) or ours[:1] == (batch,)
        for ours, theirs in faulty.values()
    )
    return {*lost} <= {*weights, *biases} or (not weights and not mended)


def _says_so(name: str, accused: Forms, other: Forms, faulty: Mapping[str, tuple[Shape, Shape]]) -> bool:
    """Whether the gradient of a parameter, summed over the samples, itself says that it has the other shape."""
    named = WEIGHTS.fullmatch(name) or VECTOR.fullmatch(name) or name == next(iter(accused))
    return not named and name in faulty and len(faulty[name][0]) == _rank(other[name])


def _in_line(name: str, forms: Forms, lost: list[str]) -> bool:
    """Whether an array has the first axis of one that loses none: the samples, which are still there."""
    firsts = {f.axes[0] for n, f in forms.items() if n not in lost and f.axes}
    return forms[name].axes[:1] != () and forms[name].axes[0] in firsts and not WEIGHTS.fullmatch(name)


def _rank(form: Form) -> int:
    return len([a for a in form.axes if a != "1"])


def _alike(accused: Forms, other: Forms) -> bool:
    """Whether two inputs have got one shape that had different ones."""
    inputs = [n for n, f in other.items() if f.axes and not WEIGHTS.fullmatch(n) and not VECTOR.fullmatch(n)]
    pairs = [(a, b) for k, a in enumerate(inputs) for b in inputs[k + 1 :]]
    return any(other[a].axes == other[b].axes and accused[a].axes != accused[b].axes for a, b in pairs)


def asked_for(forms: Forms, names: list[str]) -> str:
    """The option that asks for the forms of some arguments.

    >>> asked_for({"t": Form("labels", ("N",), "C")}, ["t"])
    "--shapes 't=N:labels<C'"
    """
    parts = []
    for name in names:
        form = forms[name]
        kind = "" if form.kind in ("real", "number") else f":{form.kind}"
        below = f"<{form.limit}" if form.limit and form.kind != "number" else ""
        axes = form.limit or "0.3" if form.kind == "number" else "x".join(form.axes) or "()"
        parts.append(f"{name}={axes}{kind}{below}")
    return f"--shapes '{','.join(parts)}'"
