"""Index notation to array operations: every tensor whole, every summed index an operation over an axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from codegen.dtypes import as_number, has_dtype, has_fractions, negated
from codegen.kernel import (
    Arange,
    Array,
    Assign,
    Axes,
    Cast,
    Comparison,
    Elementwise,
    Extent,
    Eye,
    Fold,
    FunctionCall,
    Line,
    Literal,
    NamedConstant,
    OneHot,
    Reduction,
    Scatter,
    Select,
    Setting,
    Slot,
    Var,
    dims,
    nodes,
)
from codegen.looping.steps import shifted, step_apart
from codegen.lowering.contraction import align, contract, settle, spread, times, transpose
from codegen.lowering.counting import counted
from codegen.lowering.indexing import SINGLE, Reads, asks_for_digits, entries, merged, reads_windows, window_of
from codegen.lowering.matrices import matrix_array
from codegen.lowering.numbers import scaled
from codegen.lowering.pieces import in_pieces, joined, padded_out, product_of_others, running_sum
from codegen.lowering.seams import running, scattered, seam_of
from codegen.lowering.whole_numbers import whole_array
from codegen.naming import as_name, describe
from codegen.tuning.folding import folded
from codegen.tuning.one_hots import Positions, is_one_hot
from codegen.tuning.sharing import grouped, natural_order, shape_key, worth_keeping
from derive.calculus.deltas import DIVISIONS, split_letters
from derive.errors import CannotJudge
from derive.expression import (
    ONE,
    Access,
    Add,
    Call,
    Compare,
    Constant,
    Delta,
    Expr,
    Hyper,
    Index,
    Mul,
    Number,
    Pow,
    Reduce,
    Size,
    Where,
    base_and_exponent,
    coefficient,
    mul,
    number,
    power,
    total,
)
from derive.program import Tensor
from derive.rewriting import factors_of, free_indices, tensors_in

# A kept value: its name, which free index (by reading order) each axis is, and the dimensions it really has.
_Kept = tuple[str, tuple[int, ...], tuple[int | None, ...]]


class Lowering:
    """Turns expressions into arrays, binding what is needed twice to a name; one object for one function body."""

    def __init__(
        self,
        name_of: Callable[[str], str],
        new_name: Callable[[str], str],
        shared: set[Expr],
        declared: Callable[[str], Tensor | None] = lambda name: None,
        like: Callable[[], str] = lambda: "",
    ) -> None:
        self.name_of, self.new_name, self.shared, self.declared, self.like = name_of, new_name, shared, declared, like
        self.reads = Reads(name_of, declared, self.array, self.whole_numbers)
        self.closed = False  # whether nothing reads outside the tensor whose gradient is being written
        self.positions: Positions = frozenset()  # what the forward pass reads at
        self.body: list[Line] = []
        self._kept: dict[Expr, _Kept] = {}

    def bind(self, name: str, array: Array, expr: Expr, into: tuple[Slot, ...] = ()) -> None:
        """Assign the array of the expression to the name, and remember that it is there."""
        self.body.append(Assign(name, array, into))
        if name:
            self.remember(name, array, expr)

    def remember(self, name: str, array: Array, expr: Expr) -> None:
        """Take the expression from the named array wherever it is needed, if computing it again would be a waste."""
        if (worth_keeping(expr) or isinstance(expr, Mul)) and set(free_indices(expr)) == set(array.axes):
            self._keep(expr, name, array.axes)

    def _keep(self, expr: Expr, name: str, axes: Axes, kept: Axes = ()) -> None:
        places = {i: k for k, i in enumerate(free_indices(expr))}
        self._kept[shape_key(expr)] = (name, tuple(places[i] for i in axes), tuple(places.get(i) for i in kept))

    def whole(self, expr: Expr, out: Axes) -> Array:
        """As `array`, for an expression that is about to get a name of its own."""
        return self.array(expr, out) if self.has(expr) else self._compute(expr, out)

    def has(self, expr: Expr) -> bool:
        """Whether the value is in an array already."""
        return shape_key(expr) in self._kept

    def array(self, expr: Expr, out: Axes) -> Array:
        """The array of the expression; its axes are the free indices, in the order of ``out``."""
        named = reads_windows(expr)
        if not worth_keeping(expr) and not isinstance(expr, Mul) and not named:
            return self._compute(expr, out)
        key = shape_key(expr)
        if key not in self._kept:
            if key not in self.shared and not named:
                return self._compute(expr, out)
            value = self._compute(expr, natural_order(expr))
            kept: Axes = ()
            if isinstance(value, Reduction) and value.axes and value.axes != value.arg.axes[-len(value.axes) :]:
                value, kept = replace(value, keep=True), value.arg.axes
            else:
                value = as_number(settle(value), self.like())
            name = self.new_name(describe(expr))
            self.body.append(Assign(name, value))
            self._keep(expr, name, value.axes, kept)
        name, order, full = self._kept[key]
        free = free_indices(expr)
        var = Var(tuple(free[k] for k in order), name, tuple(SINGLE if k is None else free[k] for k in full))
        return var if full else transpose(var, tuple(i for i in out if i in free))

    def _compute(self, expr: Expr, out: Axes) -> Array:
        axes = tuple(i for i in out if i in free_indices(expr))
        match expr:
            case Number(value):
                return Literal((), value)
            case Constant(name):
                return NamedConstant((), name)
            case Hyper(name):
                return Setting((), self.name_of(name))
            case Size(axis):
                return Extent((), axis)
            case Index():
                return Arange((expr,), self.like())
            case Access():
                return entries(expr, axes, self.reads)
            case Add():
                return self._sum(expr, axes)
            case Mul():
                return self._product(folded(expr, self._is_shared), (), axes)
            case Reduce() if (plain := counted(expr)) != expr:
                return self.array(plain, out)
            case Call("inv", _) | Reduce("det" | "log_det", _, _):
                return matrix_array(expr, axes, self.array)
            case Reduce("sum", _, _) if (found := running(expr)) is not None:
                return running_sum(found, axes, self.array)
            case Reduce("prod") if (others := product_of_others(expr, axes, self.array)) is not None:
                return others
            case Reduce("sum", indices, body) if isinstance(body, (Mul, Access)):
                return self._product(body, indices, axes)
            case Reduce(op, indices, body):
                inner = settle(self.array(body, natural_order(body)))
                counted_there = op == "sum" and any(isinstance(n, Var) for n in nodes(inner))
                inner = inner if counted_there else as_number(inner, self.like())
                rest = tuple(i for i in inner.axes if i not in indices)
                return transpose(Reduction(rest, op, inner, tuple(i for i in inner.axes if i in indices)), axes)
            case Pow(base, exponent):
                return self._power(base, exponent, axes)
            case Call(function, args) if function in DIVISIONS:
                parts = (whole_array(a, self.array) if not free_indices(a) else self.array(a, axes) for a in args)
                return FunctionCall(axes, function, tuple(align(p, axes) for p in parts))
            case Call(function, args):
                return FunctionCall(axes, function, tuple(as_number(a, self.like()) for a in self._aligned(args, axes)))
            case Compare() | Delta() if self.like() and self._is_whole(expr):
                return self.whole_numbers(expr, out)
            case Compare(op, left, right):
                return Comparison(axes, op, *self._aligned((left, right), axes))
            case Where() if (apart := step_apart(expr)) is not None:
                return shifted(apart, axes, self.array)
            case Where() if (seam := seam_of(expr, axes)) is not None:
                return joined(seam, axes, self.array)
            case Where(condition, then, otherwise):
                return self._chosen(condition, then, otherwise, axes)
            case Delta(Index() as left, Index() as right) if left.axis == right.axis:
                return Eye(tuple(i for i in axes if i in (left, right)))
            case Delta(left, right):
                compared = OneHot if is_one_hot(expr, self.positions) else Comparison
                return compared(axes, "==", *self._aligned((left, right), axes))
        raise CannotJudge(f"no array code yet for {expr}")

    def _is_whole(self, expr: Expr) -> bool:
        """Whether the expression has no numbers but indices, sizes and entries of integer tensors."""
        read = map(self.declared, tensors_in(expr))
        return all(tensor is not None and tensor.integer for tensor in read)

    def whole_numbers(self, expr: Expr, out: Axes) -> Array:
        """The array of an expression of indices and sizes, as positions and comparisons want them."""
        like, self.like = self.like, lambda: ""
        found = self.array(expr, out)
        self.like = like
        return found

    def _chosen(self, condition: Expr, then: Expr, otherwise: Expr, axes: Axes) -> Array:
        """A choice entry by entry; what a branch reads outside a tensor is not chosen and may be anything."""
        outer, self.reads = self.reads, replace(self.reads, safe=False)
        test, yes, no = self._aligned((condition, then, otherwise), axes)
        self.reads = outer
        if has_dtype(yes) or has_dtype(no):
            return Select(axes, test, yes, no)
        if has_fractions(yes, no):
            return Cast(axes, Select(axes, test, yes, no), self.like())
        return Select(axes, test, yes, no, self.like())

    def _aligned(self, exprs: tuple[Expr, ...], axes: Axes) -> tuple[Array, ...]:
        parts = tuple(self.array(e, axes) for e in exprs)
        return parts if len(parts) == 1 else tuple(align(p, axes) for p in parts)

    def _sum(self, expr: Add, out: Axes) -> Array:
        pieces = in_pieces(expr, out, self.array)
        if pieces is not None:
            return pieces
        result: Array | None = None
        for term in expr.terms:
            negative = coefficient(term)[0] < 0
            part = self.array(mul(-1, term) if negative else term, out)
            if result is None:
                result = negated(part) if negative else part
                continue
            axes = tuple(i for i in out if i in result.axes or i in part.axes)
            whole = out if len(dims(result)) > len(axes) or len(dims(part)) > len(axes) else axes
            if not has_dtype(part):  # NumPy adds booleans as "or", and a number to them as an int64
                result = as_number(result, self.like())
            if not has_dtype(result):
                part = as_number(part, self.like())
            args = (align(result, whole), align(part, whole))
            result = Elementwise(axes, "-" if negative else "+", args)
        assert result is not None
        return result

    def _product(self, expr: Expr, bound: Axes, out: Axes) -> Array:
        """A product, summed over ``bound``: scalars together and last, what is below the line divides."""
        apart, split = split_letters(expr, (*out, *bound)) if asks_for_digits(expr) else (expr, {})
        if split:
            digits = tuple(d for i in bound for d in (free_indices(split[i]) if i in split else (i,)))
            return merged(total(digits, apart), out, {i: split[i] for i in out if i in split}, self.array, self.array)
        value, rest = coefficient(expr)
        spot = scattered(rest, bound, out)
        if spot is not None:
            return self._scatter(expr, *spot, bound, out)
        above: list[Expr] = []
        below: list[Expr] = []
        scalars_above: list[Expr] = []
        scalars_below: list[Expr] = []
        for factor in self._parts(rest, bound):
            if factor == ONE:
                continue
            base, exponent = base_and_exponent(factor)
            under = isinstance(exponent, Number) and exponent.value < 0
            scalar = not free_indices(factor)
            if under:
                (scalars_below if scalar else below).append(power(base, mul(-1, exponent)))
            else:
                (scalars_above if scalar else above).append(factor)
        order = natural_order(rest) if bound else out
        main = self._contracted(above, below, bound, order, out)
        top, bottom = ([self.array(f, ()) for f in factors] for factors in (scalars_above, scalars_below))
        return scaled(main, value, top, bottom, self.like())

    def _scatter(self, expr: Expr, spot: Delta, place: Index, at: Expr, bound: Axes, out: Axes) -> Array:
        """The product without the delta, its entries added where the delta is 1."""
        moved, others = free_indices(at), tuple(i for i in out if i != place)
        rest = mul(*(f for f in factors_of(expr) if f != spot))
        inner = total(tuple(i for i in bound if i not in moved), rest)
        padded = padded_out(inner, place, at, out, self.array, self.closed)
        if padded is not None:
            return padded
        window = window_of(at)
        if window is not None:
            where = out.index(place)
            axes = (*out[:where], *window.letters, *out[where + 1 :])
            steps = tuple(self.whole_numbers(step, ()) for _, step in window.steps)
            values = spread(self.array(inner, axes), axes)
            if not isinstance(values, Fold):  # one call does for both
                values = self._named(values, f"d{as_name(place.axis.name)}_windows")
            return Fold(out, values, where, place, steps, self.whole_numbers(window.start, ()))
        axes = (*moved, *others)
        values = spread(self.array(inner, axes), axes)
        return transpose(Scatter((place, *others), values, self.whole_numbers(at, moved)), out)

    def _named(self, array: Array, wish: str) -> Array:
        """The array under a name of its own, on a line of its own."""
        if isinstance(array, Var):
            return array
        name = self.new_name(wish)
        self.body.append(Assign(name, array))
        return Var(array.axes, name)

    def _parts(self, expr: Expr, bound: Axes) -> tuple[Expr, ...]:
        """The factors of a product; those that are computed once as a group stay together."""
        if not isinstance(expr, Mul):
            return (expr,)
        parts = grouped(expr)
        if len(parts) == 1 and not bound:
            return expr.factors
        known = [p for p in parts if isinstance(p, Mul) and self._is_shared(p)]
        return tuple(q for p in parts for q in ((p,) if p in known or not isinstance(p, Mul) else p.factors))

    def _is_shared(self, expr: Expr) -> bool:
        key = shape_key(expr)
        return key in self.shared or key in self._kept

    def _contracted(self, above: list[Expr], below: list[Expr], bound: Axes, order: Axes, out: Axes) -> Array | None:
        if not above and not below:
            return None
        parts: list[Array] = [self.array(f, order) for f in above]
        if below:
            bottom = times([self.array(f, order) for f in below], order)
            if not parts:
                parts = [Literal((), Fraction(1))]
            elif not bound:
                parts = [times(parts, out)]
            top = next((k for k, p in enumerate(parts) if set(bottom.axes) <= set(p.axes)), 0)
            axes = tuple(i for i in order if i in parts[top].axes or i in bottom.axes)
            parts[top] = Elementwise(axes, "/", (align(parts[top], axes), align(bottom, axes)))
        if bound:
            return contract(parts, bound, out)
        return times(parts, out)

    def _power(self, base: Expr, exponent: Expr, out: Axes) -> Array:
        if isinstance(exponent, Number) and exponent.value < 0:
            below = self.array(power(base, mul(-1, exponent)), out)
            return Elementwise(below.axes, "/", (Literal((), Fraction(1)), below))
        inner = as_number(self.array(base, out), self.like())
        if exponent == number(Fraction(1, 2)):
            return FunctionCall(inner.axes, "sqrt", (inner,))
        if isinstance(exponent, Number) and exponent.value > 2 and inner.axes:
            inner = self._named(inner, describe(base))  # it is multiplied by itself
        over = as_number(self.array(exponent, out), self.like())
        axes = tuple(i for i in out if i in (*inner.axes, *over.axes))
        return Elementwise(axes, "**", (align(inner, axes), align(over, axes)))
