"""The passes of a layer as straight-line kernels: forward, backward, or both in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from codegen.arrangement import Merge, Reshape
from codegen.dtypes import has_dtype
from codegen.finishing import finished
from codegen.kernel import (
    Arange,
    Array,
    Assign,
    Buffer,
    Cast,
    Extent,
    Eye,
    Fold,
    Line,
    Literal,
    Loop,
    Scatter,
    Spread,
    Var,
    Window,
    nodes,
)
from codegen.lines import changed
from codegen.looping.loops import write_all
from codegen.lowering.lower import Lowering
from codegen.lowering.measuring import read_off, solved, unreadable, with_axis
from codegen.lowering.whole_numbers import whole_array
from codegen.naming import Names
from codegen.residuals import backward_formulas, gradient_of, saved_tensors
from codegen.stabilising.stabilise import stabilised
from codegen.tuning.cheaper import cheaper
from codegen.tuning.deferring import deferred
from codegen.tuning.dtype_kinds import Kind
from codegen.tuning.early import read_early
from codegen.tuning.inplace import in_place
from codegen.tuning.keeping import kept
from codegen.tuning.known_sums import by_known_sums
from codegen.tuning.one_hots import positions_read
from codegen.tuning.packing import packed
from codegen.tuning.sharing import entry_order, repeated
from derive.calculus.bounds import same_size
from derive.expression import (
    Access,
    Axis,
    Expr,
    Hyper,
    Index,
    Number,
    cotangent_name,
    is_cotangent,
    primal_name,
)
from derive.ledger import Derivation
from derive.program import Equation, Program, Tensor, needed_equations
from derive.rewriting import walk


@dataclass(frozen=True)
class Body:
    """What a function computes, after it has measured the extents it needs.

    ``sizes``: the identifier that holds the size of an axis, and how it is got, in an order that works.
    ``kinds``: what is known of the dtype of each identifier.
    """

    lines: tuple[Line, ...]
    sizes: tuple[tuple[Axis, Assign], ...]
    hyperparameters: tuple[str, ...]
    kinds: Mapping[str, Kind]


class NoSize(Exception):
    """None of the tensors at hand has the axis whose size the code needs."""

    def __init__(self, axis: Axis) -> None:
        super().__init__(axis.name)
        self.axis = axis


class NoPrimal(Exception):
    """The dtype of gradients hangs on nothing but numbers, so the code needs the primals to take it from."""

    def __init__(self, tensors: Iterable[str]) -> None:
        super().__init__(", ".join(tensors))
        self.tensors = frozenset(tensors)


class Writer:
    """Lowers equations and gradients, one after another, into one body.

    ``sources``: the tensors at hand to read sizes and dtypes from.
    ``named``: what the caller gets goes by its own name, even where it is the same array as another.
    """

    def __init__(
        self, program: Program, names: Names, exprs: Iterable[Expr], sources: Sequence[str], named: bool = False
    ) -> None:
        self.program, self.names, self.sources, self.named = program, names, tuple(sources), named
        self.exprs = tuple(exprs)
        self._tensors = frozenset(t.name for t in program.tensors)
        self._gradients_first = sorted(self.sources, key=is_cotangent, reverse=True)
        self.lowering = Lowering(names.of, names.new, repeated(self.exprs), self._declared, self._like)
        self.lowering.positions = positions_read(program)
        self.ends: dict[str, int] = {}  # tensors of which a loop left one step only: where time stood
        self.gradients: set[str] = set()  # the names of those that were computed here
        self._exprs: list[Expr] = []
        self.missing: list[str] = []  # primals whose dtype gradients are to have
        self._unclaimed: set[str] = set()  # arrays made here that no caller gets yet

    def _declared(self, name: str) -> Tensor | None:
        """The tensor of that name, None for one that the code generator made."""
        return self.program.tensor(name) if primal_name(name) in self._tensors else None

    def _like(self) -> str:
        """An array at hand whose dtype the numbers of an index take: an upstream gradient, whose is no integer's."""
        at_hand = ((n, t) for n in self._gradients_first if (t := self._declared(n)))
        return next((self.names.of(n) for n, t in at_hand if t.axes and not t.integer), "")

    def _is_whole(self, access: Access) -> bool:
        """Whether the letters run over all of the tensor's axes, and not over a part of them."""
        tensor = self._declared(access.tensor)
        letters = [i.axis for i in access.indices if isinstance(i, Index)]
        one_step = access.tensor in self.ends  # all that a loop has left of it
        return tensor is None or one_step or all(map(same_size, tensor.axes, letters))

    def define(self, left: Access, right: Expr, *, own: bool) -> None:
        """Compute a tensor. ``own``: the caller gets it, so it must be an array that nobody else holds."""
        axes = tuple(i for i in left.indices if isinstance(i, Index))
        self._exprs.append(right)
        if isinstance(right, Access) and right.indices == left.indices and self._is_whole(right):
            source = self.names.of(right.tensor)
            if not own or ((not axes or source in self._unclaimed) and not self.named):
                self.names.alias(left.tensor, right.tensor)
                if own:
                    self._unclaimed.discard(source)
                return
        primal = self._declared(primal_name(left.tensor))
        self.lowering.closed = primal is None or not primal.outside
        if not own:
            self._unclaimed.add(self.names.of(left.tensor))
        array = finished(self.lowering.whole(right, axes), axes, own=own)
        if (own or not is_cotangent(left.tensor)) and axes and not has_dtype(array):
            array = self._with_dtype(array, left.tensor)
        elif own and isinstance(array, Literal):
            array = replace(array, real=True)
        name = self.names.of(left.tensor)
        if is_cotangent(left.tensor):
            self.gradients.add(name)
        if not (isinstance(array, Var) and array.name == name):  # else it is there already
            self.lowering.bind(name, array, right)

    def made(self, tensor: str) -> None:
        """A tensor has an array of its own, which the caller may get."""
        self._unclaimed.add(self.names.of(tensor))

    def uses(self, expr: Expr) -> None:
        """An expression is computed here by others, with the hyperparameters that it reads."""
        self._exprs.append(expr)

    def _with_dtype(self, array: Array, name: str) -> Array:
        """The array in the dtype of its primal, or, if it is no gradient, of the first array at hand."""
        if not is_cotangent(name):
            return Cast(array.axes, array, self._like()) if self._like() else array
        like = primal_name(name)
        if like not in self.sources:
            self.missing.append(like)
            return array
        return Cast(array.axes, array, self.names.of(like))

    def body(self, sources: Sequence[str], wanted: Iterable[str], kinds: Mapping[str, Kind] | None = None) -> Body:
        """The lines so far, as cheap as they can be; sizes are read off the ``sources``, in their order.

        ``wanted``: the tensors needed in the end. ``kinds``: what is known of the dtypes of the sources.
        """
        known = {**(kinds or {}), **{self.names.of(n): Kind(True, frozenset()) for n in sources if is_cotangent(n)}}
        known |= {self.names.of(h.name): Kind(False, frozenset()) for h in self.program.hyperparameters}
        needed = {self.names.of(n) for n in wanted}
        lines = in_place(
            read_early([changed(line, cheaper) for line in packed(self.lowering.body)], needed, self.names.new),
            needed,
            known,
            self.names.new,
            self.gradients,
        )
        sizes: dict[Axis, Assign] = {}
        for line in lines:
            for part in line.body if isinstance(line, Loop) else (line,):
                self._measure(part.value, sources, sizes)
            if isinstance(line, Loop):
                self._measure(Extent((), line.axis), sources, sizes)
        hypers = [h.name for e in self._exprs for h in walk(e) if isinstance(h, Hyper)]
        held = {self.names.of(h.name): h.name for h in self.program.hyperparameters}
        measured = (n for line in sizes.values() for n in nodes(line.value))
        hypers += [held[n.name] for n in measured if isinstance(n, Var) and n.name in held]
        return Body(lines, tuple(sizes.items()), tuple(dict.fromkeys(hypers)), known)

    def _measure(self, array: Array, sources: Sequence[str], sizes: dict[Axis, Assign]) -> None:
        """Find the size of every axis that an array needs: read off a tensor at hand, else worked out."""
        for axis in dict.fromkeys(a for n in nodes(array) for a in axes_read(n)):
            if axis in sizes or isinstance(axis.extent, Number):
                continue
            at_hand = [(self.program.tensor(name), self.names.of(name)) for name in sources]
            value = read_off(axis, at_hand)
            if value is None and axis.extent is None:
                value = solved(axis, at_hand, self.lowering.array)
                if value is None:
                    raise NoSize(axis)
                self._measure(value, sources, sizes)
            if isinstance(axis.extent, Hyper):
                sizes[axis] = Assign(self.names.of(axis.extent.name), Var((), self.names.of(axis.extent.name)))
                continue
            if value is None and axis.extent is not None:
                value = whole_array(axis.extent, self.lowering.array)
                self._measure(value, sources, sizes)
            assert value is not None
            sizes[axis] = Assign(self.names.size(axis.name), value)


def axes_read(array: Array) -> tuple[Axis, ...]:
    """The axes whose size the code must know to compute this node."""
    match array:
        case Extent(_, axis):
            return (axis,)
        case Arange(axes, _) | Eye(axes) | Spread(axes, _):
            return tuple(i.axis for i in axes)
        case Merge(_, _, groups):
            return tuple(i.axis for group in groups for i in group)
        case Scatter(axes, _, _):
            return (axes[0].axis,)
        case Window(_, _, _, letters, _, _):
            return tuple(i.axis for i in letters)
        case Fold(_, _, _, to, _, _):
            return (to.axis,)
        case Buffer(axes, _, like) if [i.axis for i in like.axes] != [i.axis for i in axes]:
            return tuple(i.axis for i in axes)
        case Reshape(axes):
            return tuple(i.axis for i in axes)
        case _:
            return ()


@dataclass(frozen=True)
class Passes:
    """Forward and backward as two functions, or as one; names of tensors, ``names`` turns them into identifiers.

    ``saved``: what forward hands to backward; ``upstream``: the outputs whose gradient backward is given;
    ``returned``: the tensors whose gradient backward returns.
    """

    program: Program
    names: Names
    outputs: tuple[str, ...]
    saved: tuple[str, ...]
    upstream: tuple[str, ...]
    returned: tuple[str, ...]
    forward: Body
    backward: Body


def two_passes(derivation: Derivation, named: bool = False) -> Passes:
    """Forward saves what backward reads; the equations are in their overflow-safe forms."""
    program, outputs = derivation.program, derivation.program.outputs
    safe = stabilised(program)
    formulas = deferred(safe, outputs, by_known_sums(derivation, backward_formulas(derivation)))
    safe, formulas = kept(safe, formulas)
    program = replace(program, tensors=safe.tensors)
    derivation = replace(derivation, program=program)
    saved, upstream = saved_tensors(program, formulas), [cotangent_name(n) for n in derivation.seeds]
    while True:
        names = new_names(program)
        forward = write_forward(safe, names, (*outputs, *saved), outputs)
        try:
            backward = write_backward(derivation, names, formulas, (*saved, *upstream), named, forward.kinds)
        except NoSize as missing:
            saved = with_axis(program, saved, missing.axis)
            continue
        except NoPrimal as missing:
            saved = tuple(t.name for t in program.tensors if t.name in {*saved, *missing.tensors})
            continue
        returned = tuple(n for n in derivation.wrt if cotangent_name(n) in formulas or n in derivation.seeds)
        return Passes(program, names, outputs, saved, derivation.seeds, returned, forward, backward)


def new_names(program: Program, taken: Iterable[str] = ()) -> Names:
    """Names that keep the identifiers of the tensors as they are in the layer text, where those are not taken."""
    names = Names(taken)
    for tensor in program.tensors:
        names.of(tensor.name)
    for hyper in program.hyperparameters:
        names.of(hyper.name)
    return names


def write_forward(program: Program, names: Names, wanted: Sequence[str], outputs: Sequence[str]) -> Body:
    """The body that computes the wanted tensors by the program's equations, in order."""
    equations = needed_equations(program.equations, wanted)
    given = [t.name for t in program.given]
    writer = Writer(program, names, [e.right for e in equations], given)
    write_all(writer, equations, own=outputs, wanted=wanted)
    try:
        return writer.body(given, wanted)
    except NoSize as missing:
        raise unreadable(program, missing.axis) from None


def write_backward(
    derivation: Derivation,
    names: Names,
    backward: Mapping[str, Expr],
    sources: Sequence[str],
    named: bool,
    kinds: Mapping[str, Kind],
) -> Body:
    """The body that computes the gradients in the order of the ledger."""
    writer = Writer(derivation.program, names, list(backward.values()), sources, named)
    define_gradients(writer, derivation, backward)
    return writer.body(sources, map(cotangent_name, derivation.wrt), kinds)


def define_gradients(writer: Writer, derivation: Derivation, backward: Mapping[str, Expr]) -> None:
    """Add the gradients to a body, those asked for as arrays of their own."""
    program, equations = derivation.program, []
    for name, formula in backward.items():
        known = program.equation(name)
        if is_cotangent(name):
            left = gradient_of(derivation, name).left
        else:
            left = known.left if known else Access(name, entry_order(formula))
        equations.append(Equation(left, formula))
    write_all(writer, equations, own={cotangent_name(n) for n in derivation.wrt})
    if writer.missing:
        raise NoPrimal(writer.missing)
