"""Shapes that nobody means: a bias along the samples, one axis twice, weights that are the data turned over."""

from __future__ import annotations

import re
from collections.abc import Mapping

from codegen.gradcheck.handwritten.forms import VECTOR, WEIGHTS, Form

BIAS = re.compile(r"b(ias)?[0-9]?", re.IGNORECASE)
NOTHING, SQUARE_WEIGHTS, ODD = 0, 1, 2


def odd(forms: Mapping[str, Form]) -> int:
    """Whether an array has one axis twice, a bias none of the weights, or labels an axis that leads no array.

    Nor are weights the shape of the data, turned over. Labels with an axis of their own are a little odd.
    """
    square = [n for n, f in forms.items() if len({*f.axes} - {"1"}) < len([a for a in f.axes if a != "1"])]
    labels = [f.axes[0] for k, f in enumerate(forms.values()) if f.kind in ("labels", "signs") and f.axes and k]
    arrays = [f.axes for f in forms.values() if f.kind not in ("labels", "signs", "size") and f.axes]
    free = [a for a in labels if a not in {axes[0] for axes in arrays}]
    if (
        _astray(forms)
        or _bare(forms)
        or _turned_over(forms)
        or any(not WEIGHTS.fullmatch(n) for n in square)
        or any(a in axes for a in free for axes in arrays)
    ):
        return ODD
    return SQUARE_WEIGHTS if square or free else NOTHING


def _bare(forms: Mapping[str, Form]) -> bool:
    """Whether a bias is one number beside weights with several outputs."""
    wide = any(len(f.axes) > 1 and "1" not in f.axes for n, f in forms.items() if WEIGHTS.fullmatch(n))
    return wide and any(not f.axes and f.kind in ("real", "number") for n, f in forms.items() if BIAS.fullmatch(n))


def _turned_over(forms: Mapping[str, Form]) -> bool:
    """Whether weights have the axes of another array the other way round: the samples among them, by accident."""
    weights = {f.axes for n, f in forms.items() if WEIGHTS.fullmatch(n)}
    others = {f.axes[::-1] for n, f in forms.items() if not WEIGHTS.fullmatch(n)}
    return any(len(set(axes)) > 1 for axes in weights & others)


def _astray(forms: Mapping[str, Form]) -> bool:
    """Whether a bias is along an axis that no weights have, and other arrays do: along the samples."""
    weights = {a for n, f in forms.items() if WEIGHTS.fullmatch(n) for a in f.axes}
    biases = {a for n, f in forms.items() if VECTOR.fullmatch(n) and f.kind == "real" for a in f.axes} - {"1"}
    others = {a for n, f in forms.items() if not VECTOR.fullmatch(n) for a in f.axes}
    return bool(weights) and bool((biases & others) - weights)
