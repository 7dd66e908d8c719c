"""NumPy's spelling of the kernels."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from codegen.arrangement import Concatenate, Cumulate, MatrixCall, Merge, Pack, Pad, Repeat, Reshape, Rest, Slice, Stack
from codegen.backends.numpy_functions import (
    ADD,
    ATOM,
    COMPARE,
    FUNCTIONS,
    LINEAR,
    MUL,
    NEG,
    OPERATORS,
    POW,
    UFUNCS,
    WHOLE,
    Spelled,
    literal,
    subscripts,
)
from codegen.backends.numpy_windows import cut_text, fold_call, in_brackets, windows_call, without_tail
from codegen.dtypes import plain
from codegen.kernel import (
    Arange,
    Array,
    Assign,
    Axes,
    Buffer,
    Cast,
    Comparison,
    Copy,
    Diagonal,
    Einsum,
    Elementwise,
    Expand,
    Extent,
    Eye,
    Fold,
    FunctionCall,
    Gather,
    Literal,
    Loop,
    MatMul,
    NamedConstant,
    Outer,
    Pick,
    Reduction,
    ResultType,
    Scatter,
    Select,
    ShapeOf,
    Shift,
    Spread,
    Squeeze,
    Take,
    TensorDot,
    Transpose,
    Var,
    Window,
    dims,
    nodes,
)
from codegen.lowering.contraction import is_boolean
from derive.errors import CannotJudge
from derive.expression import Axis, Number

IMPORTS = ("import numpy as np",)

Names = Callable[[Axis], str]


class Speller:
    """Spells arrays; ``size_of`` names the variable that holds the size of an axis.

    ``dot``: products of matrices are calls of the method, a third of the operator's cost where matrices are tiny.
    ``real``: nobody passes complex numbers, so that inner products may be ``vecdot``, which conjugates.
    """

    def __init__(
        self, size_of: Names, rename: Callable[[str], str] = lambda name: name, *, dot: bool = False, real: bool = False
    ) -> None:
        self.size_of, self.rename, self.dot, self.real = size_of, rename, dot, real

    def line(self, array: Array) -> str:
        """The whole expression."""
        return self._spell(array)[0]

    def head(self, line: Loop) -> str:
        """The first line of a loop."""
        steps = f"range({self._size(line.axis)})"
        return f"for {line.counter} in {f'reversed({steps})' if line.backwards else steps}:"

    def targets(self, line: Assign) -> str:
        """What a value is assigned to: a name, steps of arrays, or both."""
        slots = (f"{self.rename(s.name)}[{':, ' * s.place}{s.counter}]" for s in line.into)
        return " = ".join([*([self.rename(line.name)] if line.name else []), *slots])

    def statement(self, line: Assign, width: int) -> list[str]:
        """An assignment; what is longer than the width is broken at the signs of its outermost sum or product."""
        name, array = self.targets(line), line.value
        if line.over:
            return [self._in_place(name, array, line.over)]
        whole = f"{name} = {self.line(array)}"
        if len(whole) <= width or not isinstance(array, Elementwise) or array.op not in OPERATORS:
            return [whole]
        level, parts = OPERATORS[array.op], self._chain(array)
        if len(parts) < 2:
            return [whole]
        return [f"{name} = (", *(f"    {sign}{part}" for sign, part in parts), ")"] if level < POW else [whole]

    def _in_place(self, name: str, array: Array, into: str) -> str:
        """``name *= other``, or a call that is told where its result goes."""
        target = self.rename(into)
        match array:
            case Elementwise(_, op, (Var(_, first), other)) if op in OPERATORS and first == into and name == target:
                return f"{name} {op}= {self.line(other)}"
            case Elementwise(_, "+" | "*" as op, (other, Var(_, last))) if last == into and name == target:
                return f"{name} {op}= {self.line(other)}"
            case Elementwise(_, op, args):
                call = f"{UFUNCS[op]}({', '.join(map(self.line, args))}"
            case FunctionCall(_, function, args):
                call = FUNCTIONS[function][0].removesuffix(")").format(*map(self.line, args))
            case _:
                raise TypeError(f"NumPy has no in-place spelling for {type(array).__name__}")
        return f"{call}, out={target})" if name == target else f"{name} = {call}, out={target})"

    def _chain(self, array: Elementwise) -> list[tuple[str, str]]:
        """The operands of a chain of operators that bind alike, each with the sign before it."""
        level = OPERATORS[array.op]
        first, *rest = array.args
        if isinstance(first, Elementwise) and OPERATORS.get(first.op) == level:
            chain = self._chain(first)
        else:
            chain = [("", self._at_least(first, level + isinstance(first, MatMul) * (level == MUL)))]
        tighter = level + 1 if array.op in "-/" or level == MUL else level
        return chain + [(f"{array.op} ", self._at_least(part, tighter)) for part in rest]

    def _at_least(self, array: Array, level: int) -> str:
        text, have = self._spell(array)
        return text if have >= level else f"({text})"

    def _spell(self, array: Array) -> Spelled:
        match array:
            case Var(_, name, _):
                return self.rename(name), ATOM
            case Literal(_, value, real):
                return literal(value, real)
            case NamedConstant(_, name):
                return f"np.{name}", ATOM
            case Extent(_, axis):
                return self._size(axis), ATOM
            case ShapeOf(_, name, place):
                return f"{self.rename(name)}.shape[{place}]", ATOM
            case Elementwise(_, op, args):
                return self._operator(op, args)
            case FunctionCall(_, function, args):
                if function not in FUNCTIONS:
                    raise CannotJudge(f"NumPy has no {function}", hint=f"it has {', '.join(sorted(FUNCTIONS))}")
                if function not in WHOLE and not array.axes and plain(array):
                    return self._plain_number(function, args)
                pattern, level, inner = FUNCTIONS[function]
                return pattern.format(*(self._at_least(a, inner) for a in args)), level
            case Comparison(_, op, left, right):
                return f"{self._at_least(left, ADD)} {op} {self._at_least(right, ADD)}", COMPARE
            case Select():
                return self._select(array), ATOM
            case Reduction():
                return self._reduction(array), ATOM
            case MatMul(_, MatrixCall(_, "inv", matrix), right) if len(matrix.axes) == 2:
                return f"np.linalg.solve({self.line(matrix)}, {self.line(right)})", ATOM
            case MatMul(_, left, right) if self.dot and max(len(left.axes), len(right.axes)) <= 2:
                return f"{self._at_least(left, ATOM)}.dot({self.line(right)})", ATOM
            case MatMul(_, left, right):
                first = self._at_least(left, MUL if isinstance(left, MatMul) else NEG)
                return f"{first} @ {self._at_least(right, NEG)}", MUL
            case _:
                return self._shaped(array)

    def _shaped(self, array: Array) -> Spelled:
        match array:
            case Transpose(axes, arg):
                return self._transpose(axes, arg), ATOM
            case Expand(axes, arg, full):
                where = ", ".join(":" if i in axes else "None" for i in full)
                return f"{self._at_least(arg, ATOM)}[{where}]", ATOM
            case Outer(_, left, right):
                return f"np.outer({self.line(left)}, {self.line(right)})", ATOM
            case TensorDot(_, left, right, over):
                places = ", ".join(str([a.axes.index(i) for i in over]) for a in (left, right))
                return f"np.tensordot({self.line(left)}, {self.line(right)}, axes=({places}))", ATOM
            case Einsum(axes, args):
                return self._einsum(axes, args), ATOM if axes else MUL
            case Diagonal(_, arg):
                where = "axis1=-2, axis2=-1" if len(arg.axes) > 2 else ""
                return f"{self._at_least(arg, ATOM)}.diagonal({where})", ATOM
            case Eye(axes):
                return f"np.eye({self._size(axes[0].axis)}, dtype=bool)", ATOM
            case Arange(axes, like):
                dtype = f", dtype={self.rename(like)}.dtype" if like else ""
                return f"np.arange({self._size(axes[0].axis)}{dtype})", ATOM
            case Spread(axes, arg):
                shape = ", ".join(self._size(i.axis) for i in axes) + ("," if len(axes) == 1 else "")
                return f"np.broadcast_to({self.line(arg)}, ({shape})).copy()", ATOM
            case Squeeze(axes, arg):
                where = ", ".join(":" if i in axes else "0" for i in dims(arg))
                return f"{self._at_least(arg, ATOM)}[{where}]", ATOM
            case Take(_, arg, at, place):
                return f"{self._at_least(arg, ATOM)}[{':, ' * place}{self.line(at)}]", ATOM
            case Gather(_, arg, places, zero):
                inside = ", ".join(map(self.line, places))
                return (
                    f"_entries({self.line(arg)}, {inside})" if zero else f"{self._at_least(arg, ATOM)}[{inside}]"
                ), ATOM
            case Pick(_, arg, Expand(_, Var() as at), 1) if len(arg.axes) == 2:
                return f"{self._at_least(arg, ATOM)}[np.arange(len({self.line(at)})), {self.line(at)}]", ATOM
            case Pick(_, arg, at, place):
                where = ", ".join([":"] * place + ["0"])
                return f"np.take_along_axis({self.line(arg)}, {self.line(at)}, axis={place})[{where}]", ATOM
            case Window():
                return windows_call(array, self.line, self._size), ATOM
            case Slice(_, arg, cuts):
                where = ", ".join(":" if cut is None else cut_text(cut, self.line) for cut in without_tail(cuts))
                return f"{self._at_least(arg, ATOM)}[{where}]", ATOM
            case Reshape(axes, arg):
                return f"{self._at_least(arg, ATOM)}.reshape({', '.join(self._size(i.axis) for i in axes)})", ATOM
            case Merge(_, arg, groups):
                lengths = (" * ".join(self._size(i.axis) for i in group) for group in groups)
                return f"{self._at_least(arg, ATOM)}.reshape({', '.join(lengths)})", ATOM
            case Pack(_, arg, slowest):
                return f"_packed({self.line(arg)}, {in_brackets(map(str, slowest))})", ATOM
            case Repeat(_, arg, count, place):
                return f"{self._at_least(arg, ATOM)}.repeat({self.line(count)}, axis={place})", ATOM
            case Concatenate(_, args, place):
                return f"np.concatenate([{', '.join(map(self.line, args))}]{_axis(place)})", ATOM
            case Stack(_, args, place):
                return f"np.stack([{', '.join(map(self.line, args))}]{_axis(place)})", ATOM
            case Pad(_, arg, place, before, after):
                ends = f"({self.line(before)}, {self.line(after)})"
                widths = ", ".join(ends if k == place else "(0, 0)" for k in range(len(array.axes)))
                return f"np.pad({self.line(arg)}, {ends if len(array.axes) == 1 else f'({widths})'})", ATOM
            case MatrixCall(_, function, arg):
                return LINEAR[function].format(self.line(arg)), ATOM
            case Cumulate(_, arg, place, backward):
                along = f".cumsum(axis={place})"
                turned = f"[{':, ' * place}::-1]" if backward else ""
                return f"{self._at_least(arg, ATOM)}{turned}{along}{turned}", ATOM
            case Rest(_, arg, place):
                return f"_product_of_others({self.line(arg)}, {place})", ATOM
            case Fold():
                return fold_call(array, self.line, self._size), ATOM
            case Scatter(axes, values, at):
                return f"_add_at({self.line(at)}, {self.line(values)}, {self._size(axes[0].axis)})", ATOM
            case Cast(axes, Spread(_, Literal(_, value)), like) if value == 0:
                shape = in_brackets(self._size(i.axis) for i in axes)
                return f"np.zeros({shape}, np.result_type({self.rename(like)}, np.float16))", ATOM
            case Cast(_, arg, like):
                inner = self._at_least(arg, ATOM).removesuffix(".copy()")  # astype copies
                return f"{inner}.astype(np.result_type({self.rename(like)}, np.float16))", ATOM
            case Shift():
                return self._shift(array), ATOM
            case ResultType(_, names):
                return f"np.result_type({', '.join([*map(self.rename, names), 'np.float16'])})", ATOM
            case Buffer(axes, dtype, like, zeros):
                same = [i.axis for i in like.axes] == [i.axis for i in axes]
                shape = "" if same else f", shape={in_brackets([self._size(i.axis) for i in axes])}"
                return f"np.{'zeros' if zeros else 'empty'}_like({self.line(like)}, {dtype}{shape})", ATOM
            case Copy(_, arg):
                return f"{self._at_least(arg, ATOM)}.copy()", ATOM
        raise TypeError(f"NumPy has no spelling for {type(array).__name__}")

    def _shift(self, array: Shift) -> str:
        arg, ahead, where = self._at_least(array.arg, ATOM), ":, " * array.place, ", axis=" + str(array.place)
        if array.start == Literal((), Fraction(0)):
            first = f"np.zeros_like({arg}[{ahead}:1])"
        elif isinstance(array.start, Literal):
            first = f"np.full_like({arg}[{ahead}:1], {self.line(array.start)})"
        elif not array.start.axes:
            first = f"[{self.line(array.start)}]"
        else:
            first = f"{self._at_least(array.start, ATOM)}[{ahead}None]"
        parts, rest = (f"{first}, {arg}", ":-1") if array.pace > 0 else (f"{arg}, {first}", "1:")
        return f"np.concatenate(({parts}){where if array.place else ''})[{ahead}{rest}]"

    def _size(self, axis: Axis) -> str:
        return str(axis.extent.value) if isinstance(axis.extent, Number) else self.size_of(axis)

    def _operator(self, op: str, args: tuple[Array, ...]) -> Spelled:
        if op == "neg":
            if isinstance(_leftmost(args[0]), (Comparison, Eye)):  # NumPy refuses the minus of a boolean
                return f"-({self.line(args[0])})", NEG
            return f"-{self._at_least(args[0], MUL)}", NEG if not isinstance(args[0], Elementwise) else MUL
        level = OPERATORS[op]
        if op == "**":
            return f"{self._at_least(args[0], ATOM)}**{self._at_least(args[1], ATOM)}", POW
        parts = []
        for k, arg in enumerate(args):
            tighter = (k > 0 and op in "-/") or (isinstance(arg, MatMul) and level == MUL)
            apart = k > 0 and isinstance(arg, Elementwise) and (arg.op == "/" or not arg.axes)  # numbers by themselves
            need = level + 1 if tighter or (apart and level == MUL) else level
            parts.append(self._at_least(arg, need))
        return f" {op} ".join(parts), level

    def _plain_number(self, function: str, args: tuple[Array, ...]) -> Spelled:
        """A function of sizes and given numbers as a float: NumPy's own scalar would turn float32 into float64."""
        if function == "sqrt":
            return f"{self._at_least(args[0], ATOM)}**0.5", POW
        if function in ("maximum", "minimum"):  # of whole numbers a whole number, as indices need
            return f"{function[:3]}({', '.join(map(self.line, args))})", ATOM
        return f"float({FUNCTIONS[function][0].format(*map(self.line, args))})", ATOM

    def _select(self, array: Select) -> str:
        match array:
            case Select(_, test, Literal(_, one), Literal(_, zero), like) if one == 1 and zero == 0:
                if like:
                    return f"{self._at_least(test, ATOM)}.astype({self.rename(like)}.dtype)"
                source = next((n for n in nodes(test) if isinstance(n, Var) and n.axes), None)
                dtype = f"{self.line(source)}.dtype" if source else "np.int8"  # what leaves float32 as it is
                return f"{self._at_least(test, ATOM)}.astype({dtype})"
        parts = (array.condition, array.then, array.otherwise)
        dtype = f".astype({self.rename(array.like)}.dtype)" if array.like else ""
        return f"np.where({', '.join(map(self.line, parts))}){dtype}"

    def _reduction(self, array: Reduction) -> str:
        inner, options = self._at_least(array.arg, ATOM), []
        if len(array.over) < len(array.arg.axes) or array.keep:
            places = sorted(array.arg.axes.index(i) for i in array.over)
            options.append(f"axis={places[0] if len(places) == 1 else tuple(places)}")
        if array.keep:
            options.append("keepdims=True")
        counted = [n for n in nodes(array.arg) if isinstance(n, Var) and n.axes] if is_boolean(array.arg) else []
        if counted:  # a count is a whole number, and those turn float32 into float64
            options.append(f"dtype={self.line(counted[0])}.dtype")
        return f"{inner}.{array.op}({', '.join(options)})"

    def _transpose(self, axes: Axes, arg: Array) -> str:
        inner = self._at_least(arg, ATOM)
        order = tuple(arg.axes.index(i) for i in axes)
        if order == tuple(reversed(range(len(order)))):
            return f"{inner}.T"
        if sorted(order[:-2]) == list(order[:-2]) == list(range(len(order) - 2)):
            return f"{inner}.mT"
        return f"{inner}.transpose({', '.join(map(str, order))})"

    def _einsum(self, axes: Axes, args: tuple[Array, ...]) -> str:
        alike = len(args) == 2 and args[0].axes == args[1].axes
        if alike and not axes:
            return " @ ".join(f"{self._at_least(a, ATOM)}.ravel()" for a in args)
        if self.real and alike and axes == args[0].axes[:-1]:
            return f"np.vecdot({', '.join(map(self.line, args))})"
        return f'np.einsum("{subscripts(axes, args)}", {", ".join(map(self.line, args))})'


def _axis(place: int) -> str:
    return f", axis={place}" if place else ""


def _leftmost(array: Array) -> Array:
    """What a sign in front of the spelling would stick to."""
    match array:
        case Expand(_, first) | Transpose(_, first) | MatMul(_, first) | Elementwise(_, "*" | "/", (first, *_)):
            return _leftmost(first)
    return array
