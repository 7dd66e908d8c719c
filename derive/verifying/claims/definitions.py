"""Which steps define something: a tensor of the forward pass, a function, a name for a gradient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.application import arguments
from derive.verifying.elaborate.bounds import bound_letters
from derive.verifying.elaborate.functions import ARRAYS, GENERIC, function_of
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.names import Atom, symbols_under
from derive.verifying.elaborate.spelled import text_of, written
from derive.verifying.formula import (
    Bracketed,
    Commas,
    Derivative,
    Differential,
    Dots,
    Juxtaposition,
    Matrix,
    Nabla,
    Name,
    Node,
    Number,
    Scripted,
    within,
)

Kind = Literal["tensor", "function", "gradient", "signal", "list"]
EQUALS = {"=", ":=", "≡", "≜"}
UPDATES = {"←", "+=", "-=", "*="}


@dataclass(frozen=True)
class Definition:
    """What a step defines: ``left`` is the symbol with its indices, ``right`` its formula.

    ``kind``: a "tensor" of the forward pass, a "function" with ``parameters``, a "gradient" (another name for
    a derivative, which ``right`` spells), a "signal": a name for a formula with gradients in it, or a "list" of its
    own entries.
    """

    kind: Kind
    atom: Atom
    left: Node
    right: Node
    step: Step
    parameters: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name that is defined."""
        return self.atom.name + "'" * self.atom.primes


def with_signals(found: Mapping[int, Definition], lexicon: Lexicon) -> dict[int, Definition]:
    """The definitions, those that speak of named gradients made signals: they are no part of the forward pass."""
    made = dict(found)
    first = {d.name: d.kind for d in reversed(made.values())}  # a tensor stays one where its gradients are summed later
    names = {name for name, kind in first.items() if kind in ("gradient", "signal")}
    names |= _alike(made.values(), lexicon)
    changed = True
    while changed:
        changed = False
        for place, d in made.items():
            if d.kind == "tensor" and has_gradients(d.right, lexicon, names):
                made[place] = replace(d, kind="signal")
                names.add(d.name)
                changed = True
    return made


def _alike(found: Iterable[Definition], lexicon: Lexicon) -> set[str]:
    """The names that are gradients because one of their kind is: ``G_V`` beside ``G_X``, which is that by ``X``."""
    names: set[str] = set()
    for d in found:
        below = d.right.by if isinstance(d.right, (Derivative, Nabla)) and d.kind == "gradient" else None
        atom = lexicon.atom(below[0] if isinstance(below, tuple) else below) if below is not None else None
        if atom is not None and d.name.endswith(f"_{atom.name}"):
            start = d.name.removesuffix(atom.name)
            names |= {n for n in lexicon.known if n.startswith(start) and n.removeprefix(start) in lexicon.known}
    return names


def has_gradients(node: Node, lexicon: Lexicon, named: Iterable[str] = ()) -> bool:
    """Whether derivatives or names of derivatives occur."""
    known, bound = set(named), bound_letters([node])
    if any(isinstance(here, (Derivative, Nabla, Differential)) for here in within(node)):
        return True
    for here in symbols_under(node):
        if isinstance(here, Scripted) and here.primes and _is_function(here) and text_of(here) not in bound:
            return True
        atom = lexicon.atom(here)
        if atom is not None and (atom.name in known or is_gradient_like(atom.name, lexicon)):
            return True
    return False


def _is_function(node: Scripted) -> bool:
    return (found := written(node)) is not None and (function_of(found.base) is not None or found.base in GENERIC)


def is_gradient_like(name: str, lexicon: Lexicon) -> bool:
    """Whether a name is by custom that of a gradient: δ3, dW1."""
    if lexicon.bars and "bar" in name and name.replace("bar", "", 1) in lexicon.known:
        return True
    if name.startswith("delta") and name not in lexicon.declared.values():
        return name != "delta" or not lexicon.threshold
    return len(name) > 1 and name[0] == "d" and name[1:] in lexicon.known and name not in lexicon.declared.values()


def definition(step: Step, lexicon: Lexicon) -> Definition | None:
    """What the step may define, if nothing has defined it before; None for a claim or an update."""
    if step.left is None or step.right is None or step.sign not in EQUALS or isinstance(step.right, Commas):
        return None
    if all(isinstance(n, Name) and n.text in lexicon.letters for n in (step.left, step.right)):
        return None  # a case: "if i = j"
    left = _stripped(step.left, lexicon)
    applied = _as_function(left, step, lexicon)
    if applied is not None:
        return applied
    atom = lexicon.atom(left)
    if atom is None and isinstance(left, Name) and not left.whole:
        atom = Atom(left.text)  # a run of letters alone on the left is a name
    if atom is None or atom.power is not None or atom.transposed or isinstance(left, Derivative):
        return None
    if is_list(step.right, atom, lexicon):
        return Definition("list", atom, left, step.right, step)
    if _is_function_alone(step.right) and (atom.name.partition("_")[0].rstrip("0123456789") in {*GENERIC, "sigma"}):
        applied_to = Juxtaposition((step.right, Bracketed("(", ")", Name("x"))))
        return Definition("function", atom, left, applied_to, step, ("x",))
    gradient = next((n for n in (step.right, *step.ahead) if _is_pure_derivative(n)), None)
    if gradient is not None:
        return Definition("gradient", atom, left, gradient, step)
    if is_gradient_like(atom.name, lexicon) and not atom.name.startswith("delta"):
        return None
    right = next((n for n in (step.right, *step.ahead) if lexicon.atom(n) is None), step.right)
    if _mentions(right, atom, lexicon):
        return None
    kind: Kind = "signal" if has_gradients(right, lexicon) or atom.name.startswith("delta") else "tensor"
    return Definition(kind, atom, left, right, step)


def is_list(node: Node, atom: Atom, lexicon: Lexicon) -> bool:
    r"""Whether a right side says what the entries are called: ``[z_1, z_2, \dots, z_K]^T``, ``\{x_1, \dots, x_m\}``."""
    while isinstance(node, Scripted) and node.sub is None:
        node = node.base
    if isinstance(node, Matrix):
        return any((a := lexicon.atom(n)) is not None and a.name == atom.name for n in symbols_under(node))
    if not (isinstance(node, Bracketed) and isinstance(node.body, Commas)):
        return False
    items = node.body.items
    return any(isinstance(i, Dots) for i in items) or all(isinstance(i, (Name, Scripted, Number)) for i in items)


def _is_function_alone(node: Node) -> bool:
    r"""Whether a right side is no more than the name of a function: ``\phi = \tanh``."""
    found = written(node)
    plain = found is not None and not (found.subs or found.sups or found.primes)
    return plain and found is not None and function_of(found.base) is not None


def _stripped(node: Node, lexicon: Lexicon) -> Node:
    """The left side without what it is said to depend on: ``L(y, t)`` is ``L``."""
    if isinstance(node, Juxtaposition) and len(node.factors) == 2 and isinstance(node.factors[1], Bracketed):
        head, inside = node.factors
        if written(head) is not None and inside.left == "(":  # type: ignore[attr-defined]
            found = written(head)
            if found is not None and not is_function_name(found.base, lexicon):
                return head
    return node


def _as_function(node: Node, step: Step, lexicon: Lexicon) -> Definition | None:
    r"""``f(x) = ...`` with a plain letter as its argument."""
    match node:
        case Juxtaposition((head, Bracketed() as inside)):
            atom = lexicon.atom(head)
            names = [lexicon.atom(a) for a in arguments(inside)]
        case _:
            return None
    if atom is None or atom.primes or step.right is None or any(n is None for n in names):
        return None
    if atom.name.lower() in ARRAYS or not (is_function_name(atom.name, lexicon)):
        return None
    return Definition("function", atom, node, step.right, step, tuple(n.name for n in names if n is not None))


def is_function_name(name: str, lexicon: Lexicon) -> bool:
    """Whether a name is that of a function: a known one, one that is primed somewhere, or a letter customary for it."""
    return function_of(name) is not None or name in GENERIC or name in lexicon.primed


def _is_pure_derivative(node: Node) -> bool:
    if isinstance(node, Derivative):
        return node.of is not None and len(node.by) == 1 and node.order is None
    return isinstance(node, Nabla) and node.by is not None


def _mentions(node: Node, atom: Atom, lexicon: Lexicon) -> bool:
    """Whether the symbol itself stands in the formula at the same place: an update, or an equation to solve."""
    own = tuple(map(text_of, atom.indices))
    for here in symbols_under(node):
        found = lexicon.atom(here)
        if (
            found is not None
            and (found.name, found.primes) == (atom.name, atom.primes)
            and tuple(map(text_of, found.indices)) == own
        ):
            inner = written(here)
            if inner is not None and (not own or found.indices):
                return True
    return False
