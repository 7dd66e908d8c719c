"""The style of the seeds: a class with ``forward(x)`` and ``backward(dout)``, gradients of parameters as attributes."""

from __future__ import annotations

from codegen.naming import class_name
from codegen.page import (
    FunctionPage,
    describe_argument,
    flat_width,
    flatten_lines,
    pack,
    signature,
    spell_body,
    unflatten,
    upstream_parameters,
    used_hypers,
)
from codegen.passes import Passes, two_passes
from derive.calculus.chain_rule import derive
from derive.expression import cotangent_name
from derive.program import Program, Tensor


def page(program: Program) -> dict[str, object]:
    """Everything that the template of this style shows."""
    passes = two_passes(derive(program, upstream=program.outputs), named=True)
    return {
        "class_name": class_name(program.name),
        "methods": (init_page(passes), forward_page(passes), backward_page(passes)),
    }


def split(program: Program) -> tuple[list[Tensor], list[Tensor]]:
    """The parameters, which the object owns, and what each call is given."""
    own = [t for t in program.given if t.role == "param"]
    return own, [t for t in program.given if t.role != "param"]


def init_page(passes: Passes) -> FunctionPage:
    """The constructor: parameters and hyperparameters, and a place for each gradient."""
    program, names = passes.program, passes.names
    own, _ = split(program)
    hypers = used_hypers(program, passes.forward, passes.backward)
    lines = [f"self.{n} = {n}" for n in (*(names.of(t.name) for t in own), *(names.of(h.name) for h in hypers))]
    lines += [f"self.{names.of(cotangent_name(t.name))} = None" for t in own if t.name in passes.returned]
    doc = tuple(describe_argument(t, names.of(t.name)) for t in own)
    head = ", ".join(["self", *filter(None, [signature([names.of(t.name) for t in own], hypers, names)])])
    return FunctionPage("__init__", head, doc, tuple(lines))


def owned(passes: Passes) -> set[str]:
    """The identifiers that live on the object: parameters, hyperparameters, gradients of parameters."""
    program, names = passes.program, passes.names
    own, _ = split(program)
    found = {names.of(t.name) for t in own} | {names.of(h.name) for h in program.hyperparameters}
    return found | {names.of(cotangent_name(t.name)) for t in own}


def forward_page(passes: Passes) -> FunctionPage:
    """``forward(inputs)``: computes the outputs and keeps what backward needs."""
    program, names = passes.program, passes.names
    _, passed = split(program)
    on_self = owned(passes)

    def rename(name: str) -> str:
        return f"self.{name}" if name in on_self else name

    lines = []
    for tensor in passed:
        if tensor.flattened:
            name = names.of(tensor.name)
            lines += flatten_lines(tensor, name, flat_width(program, names, tensor, rename))
    lines += spell_body(names, passes.forward, rename)
    lines += [f"self.{name} = {name}" for name in kept(passes)]
    outputs = [names.of(n) for n in passes.outputs]
    lines.append(f"return {outputs[0] if len(outputs) == 1 else pack(outputs)}")
    head = ", ".join(["self", *(names.of(t.name) for t in passed)])
    doc = tuple(describe_argument(t, names.of(t.name)) for t in passed)
    return FunctionPage("forward", head, doc, tuple(lines))


def kept(passes: Passes) -> list[str]:
    """The identifiers that forward puts on the object for backward."""
    program, names = passes.program, passes.names
    on_self = owned(passes)
    found = [names.of(n) for n in passes.saved if names.of(n) not in on_self]
    found += [f"{names.of(t.name)}_shape" for t in program.given if t.flattened and t.name in passes.returned]
    return list(dict.fromkeys(found))


def backward_page(passes: Passes) -> FunctionPage:
    """``backward(upstream)``: parameter gradients onto the object, input gradients returned."""
    program, names = passes.program, passes.names
    on_self = owned(passes) | set(kept(passes))
    lines = spell_body(names, passes.backward, lambda name: f"self.{name}" if name in on_self else name, real=True)
    results = []
    for name in passes.returned:
        if program.tensor(name).role != "param":
            results.append(unflatten(program, name, names.of(cotangent_name(name)), f"self.{names.of(name)}"))
    if results:
        lines.append(f"return {results[0] if len(results) == 1 else ', '.join(results)}")
    head = ", ".join(["self", *upstream_parameters(program, names, passes.upstream)])
    doc = ("Returns the gradient by what forward was given; those of the parameters are set as attributes.",)
    return FunctionPage("backward", head, doc, tuple(lines))
