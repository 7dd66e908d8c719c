"""A program as it grows, equation by equation, under names that stay unique."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from derive import scalar_functions
from derive.expression import Access, Axis, Expr, Hyper, Index
from derive.index_names import indices_for
from derive.program import Equation, Function, Hyperparameter, Program, Tensor
from derive.reading.arrays import Array
from derive.reading.instantiate import Naming
from derive.rewriting import rename_bound


@dataclass
class Draft:
    """What has been declared and defined so far; ``given`` are the hyperparameters that the user has chosen."""

    given: Mapping[str, Expr] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    functions: dict[str, Function] = field(default_factory=dict)
    hypers: dict[str, Hyperparameter] = field(default_factory=dict)
    reserved: set[str] = field(default_factory=set)
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
        naming = Naming(names, axes, self.adopt(layer.functions, chosen), chosen)
        for tensor in (*given, *(t for t in layer.tensors if t.role == "intermediate")):
            renamed = naming.tensor(tensor)
            self.tensors[renamed.name] = renamed
        self.equations.extend(naming.equation(e) for e in layer.equations)
        return self.tensors[self.equations[-1].name]

    def program(self, name: str, summary: str = "", source: str = "") -> Program:
        """The finished program: what is given in the order declared, what is defined in the order computed."""
        given = [t for t in self.tensors.values() if t.role != "intermediate"]
        made = [self.tensors[e.name] for e in self.equations]
        functions, hypers = tuple(self.functions.values()), tuple(self.hypers.values())
        return Program(name, (*given, *made), tuple(self.equations), functions, hypers, summary, source)
