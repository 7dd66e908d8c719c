"""What the gradient should be: derived from the forward pass, where its text can be read, and checked on numbers."""

from __future__ import annotations

import linecache
import re
import textwrap
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from codegen.generate import build, source
from codegen.gradcheck.handwritten.classes import methods_of
from codegen.gradcheck.handwritten.forms import Form
from codegen.gradcheck.handwritten.layer import Layer
from codegen.gradcheck.handwritten.probing import Setting
from codegen.gradcheck.handwritten.trial import Spot
from codegen.gradcheck.report import Lesson
from codegen.gradcheck.subject import Array
from derive.calculus.chain_rule import derive
from derive.errors import ChainruleError
from derive.expression import ONE, ZERO, Axis, Expr, Number, is_cotangent, number, primal_name
from derive.ledger import Derivation, Gradient
from derive.notes.latex import latex
from derive.program import Law, Program, Role, Tensor
from derive.reading.numpy_source import read_numpy
from derive.rewriting import substitute, tensors_in, walk

CLOSE = 1e-9
SMALL = 1e-3  # a number below this is an ε


def read(forward: Any, layer: Layer, setting: Setting) -> Program | None:
    """The program of the forward pass of a class or function; None if its text is not plain NumPy."""
    methods = methods_of(forward) if isinstance(forward, type) else None
    code = getattr(getattr(forward, methods[0]) if methods else forward, "__code__", None)
    if code is None:
        return None
    text = "".join(linecache.getlines(code.co_filename))
    tensors = [_tensor(n, f, layer) for n, f in setting.forms.items() if f.kind != "size"]
    sizes = {n: f.axes[0] for n, f in setting.forms.items() if f.kind == "size"}
    try:
        return read_numpy(text, forward.__name__, tensors, sizes)
    except ChainruleError:
        return None


def _tensor(name: str, form: Form, layer: Layer) -> Tensor:
    parameter = any(a.name == name and a.to_constructor for a in layer.arguments)
    targets = ("one-hot", "probability", "binary", "labels", "signs")
    role: Role = "param" if parameter else "target" if form.kind in targets else "input"
    axes = tuple(Axis(a, number(int(a))) if a.isdigit() else Axis(a) for a in form.axes)
    laws = (Law("sum", axes[-1], ONE),) if form.kind in ("one-hot", "probability") and axes else ()
    return Tensor(name, axes, role, laws, integer=form.kind == "labels")


def explained(program: Program, names: list[str], here: Spot, truths: Mapping[str, Array]) -> Iterator[Lesson]:
    """The formula of each gradient, if it gives what differences give."""
    for name in names:
        if not any(t.name == name for t in program.given):
            continue
        try:
            alone = _only(program, name)
            right = _gradients(alone, here)
            if name in right and _same(right[name], truths[name]):
                derivation = derive(alone, [name], upstream=alone.outputs)
                formula, latex = _formula(derivation, name), _latex(derivation.gradients[name])
                yield Lesson(f"d{name}", formula=formula, latex=latex, numpy=_code(alone, name))
        except ChainruleError:
            continue


def _only(program: Program, name: str) -> Program:
    """The program with that one gradient asked for."""
    given = tuple(replace(t, role="constant") if t.role in ("input", "param") and t.name != name else t
                  for t in program.tensors)  # fmt: skip
    return replace(program, tensors=given)


def _gradients(program: Program, here: Spot) -> Mapping[str, Array]:
    """The gradients of the generated code at a point, once its output is one of the right shape."""
    made = build(program)
    arrays = {**here.fixed, **here.given}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        _, saved = made.forward(*(_fitting(arrays[t.name], t) for t in program.given))
        found: dict[str, Array] = made.backward(saved, *here.upstream)
    return found


def _fitting(array: Any, tensor: Tensor) -> Any:
    """The array without the axes of one entry that the program does without."""
    extra = np.ndim(array) - len(tensor.axes)
    return array if extra <= 0 else np.reshape(array, [n for n in np.shape(array) if n != 1])


def _same(ours: Array, truth: Array) -> bool:
    if np.size(ours) == truth.size and 1 in truth.shape:
        ours = np.reshape(ours, truth.shape)
    scale = max(float(np.max(np.abs(truth), initial=0.0)), 1e-12)
    same_shape = np.shape(ours) == truth.shape
    return same_shape and bool(np.all(np.abs(np.asarray(ours) - truth) <= 1e3 * CLOSE * scale))


def _formula(derivation: Derivation, name: str) -> str:
    """The gradient, and those on the way that it is written in."""
    gradient = derivation.gradients[name]
    used = [primal_name(t) for t in tensors_in(gradient.index) if is_cotangent(t)]
    inner = [_formula(derivation, n) for n in used if n in derivation.gradients and n not in derivation.seeds]
    return "; ".join([f"{gradient.left} = {gradient.index}", *inner])


def _latex(gradient: Gradient) -> str:
    return latex(gradient.matrix) if gradient.matrix is not None else ""


def _code(program: Program, name: str) -> str:
    """The lines of the generated backward pass, without its head and its ``return``."""
    text = source(program).partition("def backward(")[2]
    body = re.sub(r'^\s*""".*?"""\n', "", text.partition("\n")[2], flags=re.DOTALL)
    lines, _, last = body.partition("    return ")
    result = re.search(r"\{\s*\"[^\"]+\":\s*(.+?),?\s*\}\s*$", last.partition("\n\n")[0], re.DOTALL)
    given = result.group(1) if result and result.group(1) != f"d{name}" else ""
    return textwrap.dedent(lines).rstrip("\n") + (f"\nd{name} = {given}" if given else "")


def without_epsilon(program: Program, ours: Mapping[str, Array], here: Spot) -> str:
    """The small number of the forward pass that backward does without, as text; "" if there is none."""
    for value in _small_numbers(program):
        plain = replace(
            program,
            equations=tuple(replace(e, right=substitute(e.right, {value: ZERO})) for e in program.equations),
        )
        try:
            found = _gradients(plain, here)
        except (ChainruleError, ZeroDivisionError, ValueError):
            continue
        if ours and all(n in found and _exact(found[n], g) for n, g in ours.items()):
            return f"{float(value.value):g}"
    return ""


def _exact(found: Array, ours: Array) -> bool:
    scale = max(float(np.max(np.abs(found), initial=0.0)), 1e-12)
    return np.shape(found) == np.shape(ours) and bool(np.all(np.abs(found - ours) <= CLOSE * scale))


def _small_numbers(program: Program) -> list[Number]:
    nodes: list[Expr] = [n for e in program.equations for n in walk(e.right)]
    found = [n for n in nodes if isinstance(n, Number) and 0 < abs(n.value) <= SMALL]
    return list(dict.fromkeys(found))
