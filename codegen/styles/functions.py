"""The style of two functions: ``forward(...) -> outputs, saved`` and ``backward(saved, d_out) -> gradients``."""

from __future__ import annotations

from codegen.page import (
    FunctionPage,
    describe_argument,
    flat_width,
    flatten_lines,
    pack,
    returned_dict,
    shape_text,
    signature,
    spell_body,
    unflatten,
    unpack,
    upstream_parameters,
    used_hypers,
)
from codegen.passes import Passes, two_passes
from derive.calculus.chain_rule import derive
from derive.expression import cotangent_name
from derive.program import Program


def page(program: Program) -> dict[str, object]:
    """Everything that the template of this style shows."""
    passes = two_passes(derive(program, upstream=program.outputs))
    return {"functions": (forward_page(passes), backward_page(passes))}


def forward_page(passes: Passes) -> FunctionPage:
    """The forward function: outputs, then what backward needs."""
    program, names = passes.program, passes.names
    positional = [names.of(t.name) for t in program.given]
    lines = []
    for tensor in program.given:
        if tensor.flattened:
            lines += flatten_lines(tensor, names.of(tensor.name), flat_width(program, names, tensor))
    lines += spell_body(names, passes.forward)
    outputs = [names.of(n) for n in passes.outputs]
    result = outputs[0] if len(outputs) == 1 else pack(outputs)
    lines.append(f"return {result}, {pack(saved_names(passes))}")
    doc = [describe_argument(t, names.of(t.name)) for t in program.given]
    doc.append(f"Returns {result}{_shape(program, passes.outputs)} and what backward needs.")
    hypers = used_hypers(program, passes.forward, passes.backward)  # backward has its own from forward
    return FunctionPage("forward", signature(positional, hypers, names), tuple(doc), tuple(lines))


def _shape(program: Program, outputs: tuple[str, ...]) -> str:
    axes = program.tensor(outputs[0]).axes if len(outputs) == 1 else ()
    return f", {shape_text(axes)}," if axes else ""


def saved_names(passes: Passes) -> list[str]:
    """The identifiers of what is saved, shapes of flattened inputs included."""
    program, names = passes.program, passes.names
    found = [names.of(n) for n in passes.saved]
    found += [f"{names.of(n)}_shape" for n in passes.returned if program.tensor(n).flattened]
    found += [names.of(h.name) for h in used_hypers(program, passes.backward)]
    return list(dict.fromkeys(found))


def backward_page(passes: Passes) -> FunctionPage:
    """The backward function: one gradient for each input and parameter."""
    program, names = passes.program, passes.names
    upstream = upstream_parameters(program, names, passes.upstream)
    lines = unpack(saved_names(passes), "saved")
    lines += spell_body(names, passes.backward, real=True)
    entries = []
    for name in passes.returned:
        value = unflatten(program, name, names.of(cotangent_name(name)), names.of(name))
        entries.append(f'"{name}": {value}')
    lines += returned_dict("return ", entries)
    doc = [
        f"{names.of(cotangent_name(n))}: {shape_text(program.tensor(n).axes) if program.tensor(n).axes else 'scalar'}, "
        f"upstream gradient"
        for n in passes.upstream
    ]
    doc.append("Returns the gradient by each input and parameter, in its shape.")
    return FunctionPage("backward", ", ".join(["saved", *upstream]), tuple(doc), tuple(lines))
