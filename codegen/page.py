"""What a template lays out: functions as signatures, docstring lines and lines of code, all of them spelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codegen.backends.numpy import Speller
from codegen.backends.numpy_functions import literal
from codegen.kernel import Array, Assign, Loop, Var, dims
from codegen.naming import Names
from codegen.passes import Body
from derive.expression import ONE, Axis, Number, cotangent_name
from derive.program import Hyperparameter, Program, Tensor

WIDTH = 96  # a line of code longer than this is broken
INDENT = "    "
KEPT = Axis("1", ONE)  # a dimension that a reduction left with length 1


@dataclass(frozen=True)
class FunctionPage:
    """A function as it stands on the page; ``body`` is never empty."""

    name: str
    signature: str
    doc: tuple[str, ...]
    body: tuple[str, ...]


def no_change(name: str) -> str:
    """Leave a name as it is."""
    return name


def spell_body(
    names: Names, body: Body, rename: Callable[[str], str] = no_change, *, dot: bool = False, real: bool = False
) -> list[str]:
    """The lines of a body: sizes first, then one assignment a line with the shape of what it computes.

    ``dot``, ``real``: as in `Speller`; a complex step goes through forward passes, so these are never ``real``.
    """
    given = {axis: rename(line.name) for axis, line in body.sizes if isinstance(line.value, Var)}  # hyperparameters
    sizes = {axis: line.name for axis, line in body.sizes} | given
    speller = Speller(lambda axis: sizes[axis], rename, dot=dot, real=real)
    sized = [f"{line.name} = {speller.line(line.value)}" for axis, line in body.sizes if axis not in given]
    lines = list(dict.fromkeys(sized))  # axes of the same size go by one name
    for line in body.lines:
        lines += _loop(speller, line) if isinstance(line, Loop) else _statement(speller, line, WIDTH)
    return lines


def _loop(speller: Speller, loop: Loop) -> list[str]:
    inside = [code for line in loop.body for code in _statement(speller, line, WIDTH - len(INDENT))]
    return [speller.head(loop), *(INDENT + code for code in inside)]


def _statement(speller: Speller, line: Assign, width: int) -> list[str]:
    remark = f"# {line.name} = {speller.line(line.formula)}" if line.formula else ""
    code = speller.statement(line, width)
    note = "" if line.over == line.name else _note(line.value)
    # A longer formula is left out: its steps have to do.
    return [*([remark] if 0 < len(remark) <= width else []), *code[:-1], commented(code[-1], note)]


def _note(array: Array) -> str:
    """The shape of an array, kept dimensions included; nothing for a scalar."""
    shape = [i.axis if i in array.axes else KEPT for i in dims(array)]
    return shape_text(shape) if shape else ""


def commented(code: str, note: str) -> str:
    """A line of code with a comment behind it, if there is one."""
    return f"{code}  # {note}" if note else code


def axis_text(axis: Axis) -> str:
    """The size of an axis in a comment."""
    return str(axis.extent.value) if isinstance(axis.extent, Number) else axis.name


def shape_text(axes: Sequence[Axis]) -> str:
    """A shape as NumPy shows it, with the names of the axes.

    >>> shape_text([Axis("N"), Axis("H")]), shape_text([Axis("H")])
    ('(N, H)', '(H,)')
    """
    inner = ", ".join(map(axis_text, axes))
    return f"({inner},)" if len(axes) == 1 else f"({inner})"


def describe_argument(tensor: Tensor, name: str) -> str:
    """One line of a docstring about an argument."""
    shape = shape_text(tensor.axes) if tensor.axes else "scalar"
    if tensor.flattened:
        shape = shape[:-1] + "...)"
    what = tensor.meaning or {"param": "parameter", "target": "target"}.get(tensor.role, tensor.role)
    laws = [f"sums to 1 over {law.axis.name}" for law in tensor.laws if law.kind == "sum" and law.axis]
    laws += ["one-hot" for law in tensor.laws if law.kind == "one-hot"]
    return f"{name}: {shape}, {'; '.join([what, *laws])}"


def signature(positional: Sequence[str], hypers: Sequence[Hyperparameter], names: Names) -> str:
    """The parameters of a function: arrays by position, hyperparameters by keyword."""
    parts = list(positional)
    if hypers:
        parts.append("*")
        for hyper in hypers:
            assert isinstance(hyper.default, Number)
            parts.append(f"{names.of(hyper.name)}={literal(hyper.default.value)[0]}")
    return ", ".join(parts)


def used_hypers(program: Program, *bodies: Body) -> list[Hyperparameter]:
    """The hyperparameters that bodies read, in the order declared."""
    return [h for h in program.hyperparameters if any(h.name in body.hyperparameters for body in bodies)]


def flatten_lines(tensor: Tensor, name: str, width: str) -> list[str]:
    """Merge the axes of a flattened input into one, remembering its shape."""
    lead = ", ".join(f"{name}.shape[{k}]" for k in range(len(tensor.axes) - 1))
    return [f"{name}_shape = {name}.shape", f"{name} = {name}.reshape({lead}, {width})"]


def flat_width(program: Program, names: Names, tensor: Tensor, rename: Callable[[str], str] = no_change) -> str:
    """The merged length: read off a parameter that has the axis, so that an empty batch works, else worked out."""
    axis = tensor.axes[-1]
    for other in program.given:
        if axis in other.axes and not other.flattened:
            return f"{rename(names.of(other.name))}.shape[{other.axes.index(axis)}]"
    return f"np.prod({rename(names.of(tensor.name))}.shape[{len(tensor.axes) - 1}:], dtype=int)"


def unflatten(program: Program, tensor: str, value: str, name: str) -> str:
    """The gradient of a flattened input in the shape that the caller's array had."""
    return f"{value}.reshape({name}_shape)" if program.tensor(tensor).flattened else value


def returned_dict(start: str, entries: Sequence[str]) -> list[str]:
    """A statement that ends in a dict, an entry a line where one line is too short."""
    whole = f"{start}{{{', '.join(entries)}}}"
    if len(whole) <= WIDTH:
        return [whole]
    return [f"{start}{{", *(f"    {entry}," for entry in entries), "}"]


def unpack(names: Sequence[str], value: str) -> list[str]:
    """``a, b = value``, nothing for no names."""
    if not names:
        return []
    return [f"{pack(names) if len(names) == 1 else ', '.join(names)} = {value}"]


def pack(names: Sequence[str]) -> str:
    """A tuple."""
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def upstream_parameters(program: Program, names: Names, outputs: Sequence[str]) -> list[str]:
    """The parameters for the outputs' upstream gradients; a scalar loss at the end has 1 by default."""
    found: list[str] = []
    for output in reversed(outputs):
        last = not program.tensor(output).axes and all(p.endswith("=1.0") for p in found)
        found.insert(0, names.of(cotangent_name(output)) + ("=1.0" if last else ""))
    return found
