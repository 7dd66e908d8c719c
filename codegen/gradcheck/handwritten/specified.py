"""Hand-written code against the layer that it is to be: ``--forward SPEC`` gives names, shapes and a derivation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from codegen.generate import build
from codegen.gradcheck.checking import at_point
from codegen.gradcheck.gathering import Found, gathered
from codegen.gradcheck.handwritten.autograd import of_marking
from codegen.gradcheck.handwritten.examining import examine
from codegen.gradcheck.handwritten.forms import Form, Kind
from codegen.gradcheck.handwritten.layer import Layer, weighted_gradients
from codegen.gradcheck.handwritten.naming import layers_of, marking
from codegen.gradcheck.handwritten.pairs import of_pair
from codegen.gradcheck.handwritten.rebuilding import Remake
from codegen.gradcheck.points import ordinary
from codegen.gradcheck.report import Checked, Report
from codegen.gradcheck.subject import Arrays, Hyper, Outputs, Subject, differentiable
from derive import library
from derive.calculus.chain_rule import derive
from derive.errors import CannotJudge
from derive.expression import Access, Expr
from derive.program import Program, Tensor
from derive.reading import parse
from derive.rewriting import bottom_up

Candidates = tuple[tuple[Layer, ...], tuple[Any, ...], Remake | None]


def program_of(spec: str) -> Program:
    """The program of a SPEC: names of the library, or a layer's own text."""
    return parse(spec) if re.search(r"[=:\n]", spec) else library.open_spec(spec.split())


def examine_as(
    program: Program, name: str, namespace: Mapping[str, Any], asked: Mapping[str, Form], seed: int
) -> Report:
    """The report on the code of that name, which is to be the program's."""
    candidates, things, remake = _candidates(program, name, namespace)
    names = match(program, candidates[0])
    forms = {code: form_of(program, program.tensor(tensor)) for code, tensor in names.items()}
    report = examine(candidates, things, {**forms, **asked}, seed, remake, in_names_of_the_code(program, names))
    working = next((c for c in candidates if c.name == report.layer), candidates[0])
    for layer in (working, *candidates):
        found = list(_against(layer, program, names, seed))
        if found and not all(getattr(f, "rule", "") == "runs" for f in found):
            theirs = {v: k for k, v in names.items()}
            merged = gathered(report.layer, seed, [_renamed(f, theirs) for f in found], report.points)
            own = {c.title: c for c in report.checked}
            both = (*merged.checked, *report.checked)
            kept = {c.title: c for c in reversed(both)}
            order = list(dict.fromkeys((*(c.title for c in merged.checked), *own)))
            return replace(
                report,
                checked=tuple(kept[t] for t in order),
                findings=(*report.findings, *(f for f in merged.findings if f not in report.findings)),
            )
    return report


def _candidates(program: Program, name: str, namespace: Mapping[str, Any]) -> Candidates:
    """As `naming.layers_of`; a backward that stands alone gets the program's forward."""
    function = marking(name, namespace)
    if function is not None:
        made = build(program)
        forward = of_pair(made.forward, made.backward)
        return (of_marking(function, forward),), (function,), (function, lambda edited: of_marking(edited, forward))
    try:
        return *layers_of(name, namespace), None
    except CannotJudge:
        thing, made = namespace[name], build(program)
        return (of_pair(made.forward, thing, name),), (thing,), (thing, lambda edited: of_pair(made.forward, edited))


def match(program: Program, layer: Layer) -> dict[str, str]:
    """The program's tensor for each argument of the code: by name, else in order.

    Errors: `CannotJudge` if the code takes fewer arrays than the program.
    """
    tensors = [t.name for t in program.given]
    folded = {t.casefold(): t for t in tensors}
    arguments = [a.name for a in layer.arguments if a.required or a.name.casefold() in folded]
    passed = [a.name for a in layer.arguments if not a.to_constructor and a.name in arguments]
    named = {a: a if a in tensors else folded[a.casefold()] for a in arguments if a.casefold() in folded}
    rest = [t for t in tensors if t not in named.values()]
    inputs = [t for t in rest if program.tensor(t).role != "param"]
    for argument in [a for a in (*passed, *(a for a in arguments if a not in passed)) if a not in named]:
        pool = inputs if argument in passed and inputs else rest
        if pool:
            named[argument] = pool.pop(0)
            rest = [t for t in rest if t != named[argument]]
            inputs = [t for t in inputs if t != named[argument]]
    missing = [t for t in rest if program.tensor(t).role != "constant"]
    if missing:
        raise CannotJudge(
            f"{layer.name} takes no array for {', '.join(missing)} of the layer {program.name}",
            hint=f"it takes {', '.join(a.name for a in layer.arguments) or 'nothing'}: name them as the layer does",
        )
    return named


def in_names_of_the_code(program: Program, names: Mapping[str, str]) -> Program | None:
    """The program with its tensors called as the code calls them; None if a name would have two meanings."""
    theirs = {tensor: code for code, tensor in names.items()}
    if {c for t, c in theirs.items() if c != t} & {t.name for t in program.tensors if t.name not in theirs}:
        return None

    def called(node: Expr) -> Expr:
        return replace(node, tensor=theirs[node.tensor]) if isinstance(node, Access) and node.tensor in theirs else node

    return replace(
        program,
        tensors=tuple(replace(t, name=theirs.get(t.name, t.name)) for t in program.tensors),
        equations=tuple(replace(e, right=bottom_up(e.right, called)) for e in program.equations),
    )


def form_of(program: Program, tensor: Tensor) -> Form:
    """What a declared tensor is as an argument."""
    laws = {law.kind for law in tensor.laws}
    kind: Kind = "one-hot" if "one-hot" in laws else "probability" if "sum" in laws else "real"
    if tensor.integer:
        kind = "labels"
    axes = tuple(a.name if a.extent is None else str(a.extent) for a in tensor.axes)
    limit = "" if kind != "labels" else next((a.name for a in program.axes if a.name not in axes), "")
    return Form(kind, axes, limit)


def _against(layer: Layer, program: Program, names: Mapping[str, str], seed: int) -> Iterator[Found]:
    """Values and gradients against the derivation, at points where the program has values."""
    derivation = derive(program, upstream=program.outputs)
    known = set(differentiable(program))
    inverse = {t: a for a, t in names.items()}

    def forward(given: Arrays, _: Hyper) -> tuple[Outputs, Any]:
        outputs, kept = layer.forward({inverse[t]: a for t, a in given.items() if t in inverse})
        return tuple(np.asarray(o) for o in outputs), kept

    def backward(kept: Any, upstream: Outputs) -> Arrays:
        found = weighted_gradients(layer, kept, upstream)
        return {names[a]: g for a, g in found.items() if a in names and names[a] in known}

    subject = Subject(program.name, program.outputs, tuple(n for n in known if n in inverse), forward, backward)
    for point in ordinary(derivation, seed, 2):
        yield from at_point(subject, derivation, point)


def _renamed(found: Found, theirs: Mapping[str, str]) -> Found:
    if isinstance(found, Checked) and found.kind == "gradient":
        return replace(found, name=theirs.get(found.name, found.name))
    return found
