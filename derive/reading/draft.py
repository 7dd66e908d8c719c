"""A program as it grows, equation by equation, under names that stay unique."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from derive import scalar_functions
from derive.calculus.whole_numbers import Monomial, polynomial, worked_out, written
from derive.expression import Access, Axis, Expr, Hyper, Index, Number, Size
from derive.index_names import indices_for, one_letter_an_axis
from derive.program import Equation, Function, Hyperparameter, Kink, Outside, Program, Tensor
from derive.reading.arrays import Array, of_tensor
from derive.reading.instantiate import Naming, axes_in
from derive.rewriting import rename_bound, tensors_in


@dataclass
class Draft:
    """What has been declared and defined so far; ``given`` are the hyperparameters that the user has chosen."""

    given: Mapping[str, Expr] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    functions: dict[str, Function] = field(default_factory=dict)
    hypers: dict[str, Hyperparameter] = field(default_factory=dict)
    reserved: set[str] = field(default_factory=set)
    outsides: dict[str, Outside] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    kinks: list[Kink] = field(default_factory=list)
    called_kinks: list[Kink] = field(default_factory=list)
    _made: dict[tuple[str, frozenset[tuple[Monomial, Fraction]]], Axis] = field(default_factory=dict)
    _lifted: dict[Hyperparameter, str] = field(default_factory=dict)
    _adopted: dict[Function, str] = field(default_factory=dict)

    def unique(self, name: str) -> str:
        """The name if it is free, else the first of ``name_2``, ``name_3`` ... that is; reserved from now on."""
        n, candidate = 1, name
        while candidate in self.reserved:
            n += 1
            candidate = f"{name}_{n}"
        self.reserved.add(candidate)
        return candidate

    def axis(self, name: str, extent: Expr) -> Axis:
        """An axis of that many entries: the one that there is, else a new one of this name."""
        terms = polynomial(extent)
        match written(terms):
            case Size(axis):
                return axis
            case Number(value):
                return Axis(str(value), Number(value))
            case Hyper(hyper) as count if hyper == name:
                return Axis(hyper, count)
            case count:
                key = (name if isinstance(count, Hyper) else "", frozenset(terms.items()))
        if key not in self._made:
            n, unique = 1, name
            while unique in self.reserved:
                n += 1
                unique = f"{name}_{n}" if name[-1].isdigit() else f"{name}{n}"
            self.reserved.add(unique)
            self._made[key] = Axis(unique, extent)
        return self._made[key]

    def define(
        self, name: str, array: Array, layer: str, source: str, indices: tuple[Index, ...] | None = None
    ) -> Tensor:
        """Add ``name[indices] = array[indices]``; bound indices are kept apart from those of the left side."""
        left = indices_for(array.axes) if indices is None else indices
        right = rename_bound(array.at(left) if indices is None else array.at(()), left)
        self.tensors[name] = tensor = Tensor(name, tuple(i.axis for i in left))
        self.equations.append(Equation(Access(name, left), right, layer, source))
        return tensor

    def lift(self, hyper: Hyperparameter) -> Expr:
        """A called layer's hyperparameter as one of the whole program; equal ones are one knob."""
        if hyper not in self._lifted:
            self._lifted[hyper] = name = self.unique(hyper.name)
            if name not in self.given:
                self.hypers[name] = Hyperparameter(name, hyper.default)
        name = self._lifted[hyper]
        return self.given.get(name, Hyper(name))

    def made_axes(
        self, layer: Program, axes: Mapping[Axis, Axis], hypers: Mapping[str, Expr] | None = None
    ) -> dict[Axis, Axis]:
        """The axes of a called layer here: to those given come those that its equations make, of the same form."""
        chosen = hypers or {h.name: self.lift(h) for h in layer.hyperparameters}
        known = dict(axes)
        for axis in axes_in(layer):
            if axis not in known and axis.extent is not None and not isinstance(axis.extent, Number):
                extent = worked_out(Naming(axes=known, hypers=chosen).expression(axis.extent, {}))
                named = axis.name.isidentifier()  # else it is called as it is made, which is different here
                known[axis] = self.axis(axis.name.rstrip("0123456789").rstrip("_") if named else str(extent), extent)
        return known

    def stands_outside(self, name: str, outside: Outside) -> bool:
        """Let reads outside a tensor give that, for a layer called; False if they give something else already."""
        here = self.outsides.get(name) or self.tensors[name].outside
        if here in ("", outside):
            self.outsides[name] = outside
        return here in ("", outside)

    @property
    def lifted_names(self) -> tuple[str, ...]:
        """The hyperparameters that came from layers called."""
        return tuple(self._lifted.values())

    def adopt(self, functions: Iterable[Function], hypers: Mapping[str, Expr]) -> dict[str, str]:
        """The names under which a called layer's own functions go into the program; the same function goes in once."""
        names: dict[str, str] = {}
        for function in functions:
            body = Naming(functions=names, hypers=hypers).expression(function.body, {})
            adopted = replace(function, body=body)
            if adopted not in self._adopted:
                name = self.unique(function.name)
                while scalar_functions.is_function(name):
                    name = self.unique(function.name)
                self._adopted[adopted] = name
                self.functions[name] = replace(adopted, name=name)
            names[function.name] = self._adopted[adopted]
        return names

    def write(
        self,
        layer: Program,
        names: Mapping[str, str],
        axes: Mapping[Axis, Axis],
        hypers: Mapping[str, Expr] | None = None,
        target: str | None = None,
        given: Iterable[Tensor] = (),
    ) -> Tensor:
        """Write another layer's equations into the program; what its last equation defines.

        ``names`` and ``axes`` say what its tensors and axes are here; the intermediates that they leave out keep
        their names, made unique, the last one ``target``. ``given`` are its tensors that become the program's.
        """
        names = dict(names)
        for equation in layer.equations:
            if equation.name not in names:
                last = equation is layer.equations[-1] and target is not None
                names[equation.name] = target if last and target else self.unique(equation.name)
        chosen = {h.name: (hypers or {}).get(h.name) or self.lift(h) for h in layer.hyperparameters}
        naming = Naming(names, self.made_axes(layer, axes, chosen), self.adopt(layer.functions, chosen), chosen)
        for tensor in (*given, *(t for t in layer.tensors if t.role == "intermediate")):
            renamed = naming.tensor(tensor)
            self.tensors[renamed.name] = renamed
        self.equations.extend(naming.equation(e) for e in layer.equations)
        self.called_kinks += map(naming.kink, layer.kinks)
        return self.tensors[self.equations[-1].name]

    def program(self, name: str, summary: str = "", source: str = "") -> Program:
        """The finished program: what is given in the order declared, what is defined in the order computed.

        What is shown although another equation reads it gets an equation of its own, ``H_out = H``.
        """
        for wanted in self.shown:
            if any(wanted in tensors_in(e.right) for e in self.equations):
                copy = self.unique(f"{wanted}_out")
                self.define(copy, of_tensor(self.tensors[wanted]), name, f"{copy} = {wanted}")
        tensors = {n: replace(t, outside=self.outsides.get(n, t.outside)) for n, t in self.tensors.items()}
        given = [t for t in tensors.values() if t.role != "intermediate"]
        made = [tensors[e.name] for e in self.equations]
        functions, hypers = tuple(self.functions.values()), tuple(self.hypers.values())
        return Program(
            name,
            (*given, *made),
            one_letter_an_axis(self.equations),
            functions,
            hypers,
            summary,
            source,
            tuple(self.kinks),
        )
