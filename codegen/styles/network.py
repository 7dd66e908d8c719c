"""The style of a network that trains: parameters in a dict, ``predict``, ``loss``, ``gradient``, ``train``."""

from __future__ import annotations

from collections.abc import Sequence

from codegen.initial import initial_value, size_lines
from codegen.looping.loops import write_all
from codegen.naming import Names, class_name
from codegen.page import (
    FunctionPage,
    describe_argument,
    flat_width,
    flatten_lines,
    returned_dict,
    signature,
    spell_body,
    used_hypers,
)
from codegen.passes import Body, Writer, define_gradients, new_names, write_forward
from codegen.residuals import backward_formulas, saved_tensors
from codegen.stabilising.stabilise import stabilised
from derive.calculus.chain_rule import derive
from derive.errors import LayerTextError
from derive.expression import Axis, cotangent_name
from derive.program import Program, Tensor, needed_equations
from derive.rewriting import tensors_in


def page(program: Program) -> dict[str, object]:
    """Everything that the template of this style shows."""
    loss, parameters = _loss(program), [t for t in program.given if t.role == "param"]
    inputs = [t for t in program.given if t.role in ("input", "constant")]
    targets = [t for t in program.given if t.role == "target"]
    if not inputs:
        raise LayerTextError(f"{program.name} has no input to train on", hint="use --style functions or class")
    batch = batch_axis(inputs, targets)
    names = network_names(program)
    passed = [names.of(t.name) for t in (*inputs, *targets)]
    return {
        "class_name": class_name(program.name),
        "init": init_page(program, parameters, names),
        "methods": (
            method(program, "predict", inputs, (prediction(program),)),
            method(program, "loss", [*inputs, *targets], (loss,)),
            gradient_page(program, loss, [*inputs, *targets]),
        ),
        "arguments": ", ".join(passed),
        "first": passed[0],
        "batches": ", ".join(f"{name}[rows]" for name in passed),
        "samples": ", ".join(f"{name}[row]" for name in passed),
        "batched": batch is not None,
        "accuracy": accuracy_arguments(inputs, targets, names),
    }


def _loss(program: Program) -> str:
    scalars = [n for n in program.outputs if not program.tensor(n).axes]
    if len(scalars) != 1 or len(program.outputs) != 1:
        raise LayerTextError(
            f"{program.name} is no network: its outputs are {', '.join(program.outputs)}",
            hint="the style 'network' needs one scalar output, the loss; use --style functions or class",
        )
    if not any(t.role == "param" for t in program.given):
        raise LayerTextError(f"{program.name} has no parameters to train", hint="use --style functions or class")
    if all(t.role == "param" for t in program.given):
        raise LayerTextError(f"{program.name} has no input to learn from", hint="use --style functions or class")
    return scalars[0]


def prediction(program: Program) -> str:
    """The last tensor that does not depend on a target: what the loss compares with it."""
    depends = {t.name for t in program.given if t.role == "target"}
    found = ""
    for equation in program.equations:
        if depends & set(tensors_in(equation.right)):
            depends.add(equation.name)
        else:
            found = equation.name
    if not found:
        raise LayerTextError(
            f"{program.name} names no prediction: every equation reads a target",
            hint="give what the target is compared with an equation of its own",
        )
    return found


def batch_axis(inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Axis | None:
    """The axis that leads every input and target, None for a network of one sample."""
    leads = {t.axes[0] if t.axes else None for t in (*inputs, *targets)}
    return leads.pop() if len(leads) == 1 else None


def accuracy_arguments(inputs: Sequence[Tensor], targets: Sequence[Tensor], names: Names) -> dict[str, str] | None:
    """What the method ``accuracy`` needs; None where the targets are no classes."""
    if len(targets) != 1 or len(targets[0].axes) != 2 or not targets[0].laws:
        return None
    return {"inputs": ", ".join(names.of(t.name) for t in inputs), "target": names.of(targets[0].name)}


def init_page(program: Program, parameters: Sequence[Tensor], names: Names) -> dict[str, object]:
    """The constructor: sizes by axis name and hyperparameters, then one line for each parameter."""
    sizes, worked_out = size_lines(parameters, names)
    hypers = program.hyperparameters
    return {
        "signature": signature(["self", *sizes, "rng=None", "dtype=np.float64"], hypers, names),
        "hyperparameters": [*(f"self.{names.of(h.name)} = {names.of(h.name)}" for h in hypers), *worked_out],
        "parameters": [f'"{t.name}": {initial_value(program, t, names)},' for t in parameters],
    }


# What the methods of a network and the lines of its template use.
OF_NETWORKS = (
    *("predict", "loss", "gradient", "loss_and_gradient", "accuracy", "update", "train", "dtype", "range", "sum"),
    *("gradients", "learning_rate", "epochs", "batch_size", "losses", "order", "rows", "start", "total", "row"),
    *("name", "value", "right"),
)


def network_names(program: Program) -> Names:
    """The same names in every method."""
    return new_names(program, OF_NETWORKS)


def method(program: Program, name: str, given: Sequence[Tensor], wanted: tuple[str, ...]) -> FunctionPage:
    """A method that computes tensors forward."""
    names = network_names(program)
    safe = stabilised(program)
    body = write_forward(safe, names, wanted, wanted)
    needed = {t for e in needed_equations(safe.equations, wanted) for t in tensors_in(e.right)}
    lines = [*_prologue(program, names, body, given, needed), f"return {names.of(wanted[0])}"]
    return FunctionPage(name, _head(names, given), _doc(given, names), tuple(lines))


def gradient_page(program: Program, loss: str, given: Sequence[Tensor]) -> FunctionPage:
    """``loss_and_gradient``: forward and backward in one body, nothing computed twice."""
    parameters = tuple(t.name for t in program.given if t.role == "param")
    derivation = derive(program, parameters)
    formulas = backward_formulas(derivation)
    backward = {n: f for n, f in formulas.items() if program.equation(n) is None}  # the others forward has computed
    wanted = (loss, *saved_tensors(program, backward))
    names, safe = network_names(program), stabilised(program)
    equations = needed_equations(safe.equations, wanted)
    sources = [t.name for t in program.given]
    writer = Writer(safe, names, [*(e.right for e in equations), *backward.values()], sources)
    write_all(writer, equations)
    define_gradients(writer, derivation, backward)
    body = writer.body(sources, (loss, *map(cotangent_name, parameters)))
    needed = {t for e in equations for t in tensors_in(e.right)} | set(wanted)
    lines = _prologue(program, names, body, given, needed)
    entries = [f'"{n}": {names.of(cotangent_name(n))}' for n in parameters if cotangent_name(n) in backward]
    lines += returned_dict(f"return {names.of(loss)}, ", entries)
    return FunctionPage("loss_and_gradient", _head(names, given), _doc(given, names), tuple(lines))


def _prologue(program: Program, names: Names, body: Body, given: Sequence[Tensor], needed: set[str]) -> list[str]:
    """Parameters as locals, flattened inputs, then the lines of the body."""
    used = [t.name for t in program.given if t.role == "param" and t.name in needed]
    lines = [f'{names.of(n)} = self.params["{n}"]' for n in used]
    if len(lines) in (2, 3, 4):
        lines = [f"{', '.join(map(names.of, used))} = {', '.join(line.split(' = ')[1] for line in lines)}"]
    lines += [f"{names.of(h.name)} = self.{names.of(h.name)}" for h in used_hypers(program, body)]
    for tensor in given:
        if tensor.flattened and tensor.name in needed:
            lines += flatten_lines(tensor, names.of(tensor.name), flat_width(program, names, tensor))[1:]
    return lines + spell_body(names, body, dot=True)


def _head(names: Names, given: Sequence[Tensor]) -> str:
    return ", ".join(["self", *(names.of(t.name) for t in given)])


def _doc(given: Sequence[Tensor], names: Names) -> tuple[str, ...]:
    return tuple(describe_argument(t, names.of(t.name)) for t in given)
