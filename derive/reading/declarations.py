"""What a declaration says: ``T: target [N, C], one-hot "the right answers"``, checked word by word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lark import Token

from derive.expression import ONE, Axis
from derive.program import Law, Outside, Role, Tensor
from derive.reading import guard, spelling
from derive.reading.extents import AxisOf, plain_axis
from derive.reading.source import Node, Source, did_you_mean
from derive.reading.syntax import unquoted

ROLES: dict[str, Role] = {"input": "input", "param": "param", "target": "target", "constant": "constant"}
OUTSIDE: dict[str, Outside] = {"zero outside": "zero", "clipped outside": "clipped"}
WORDS = ("integer", "one-hot", "symmetric", *OUTSIDE)
MAX_AXES = 12


@dataclass(frozen=True)
class Declaration:
    """One declared tensor; ``token`` is where its name stands, ``any_rank`` says that it began with ``...``."""

    token: Token
    tensor: Tensor
    any_rank: bool


def read_declaration(source: Source, node: Node, axis_of: AxisOf | None = None) -> Iterator[Declaration]:
    """Every tensor that one line declares; ``axis_of`` says which axis is meant where names have a meaning."""
    left, role_token = node.children[0], node.children[1]
    role = _role(source, role_token)
    axes: tuple[Axis, ...] = ()
    any_rank = flattened = False
    laws: tuple[Law, ...] = ()
    latex, integer, meaning = None, False, ""
    outside: Outside = ""
    for part in node.children[2:]:
        if isinstance(part, Token):
            meaning = unquoted(part)
        elif part.data == "axes":
            axes, any_rank, flattened = _axes(source, part, axis_of)
        else:
            laws, integer = _laws(source, part, axes)
            latex, outside = read_latex(source, part), read_outside(source, part, axes)
    tokens = [_plain_name(source, target) for target in left.children]
    if latex is not None and len(tokens) > 1:
        raise source.error("one spelling cannot serve several names", tokens[1], "declare each on its own line")
    for token in tokens:
        tensor = Tensor(str(token), axes, role, laws, latex, meaning, flattened, integer, outside)
        yield Declaration(token, tensor, any_rank)


def checked_name(source: Source, token: Token, what: str) -> str:
    """A name that the user chose."""
    fault = guard.name_fault(str(token))
    if fault:
        raise source.error(f"{what}: {fault}", token, "choose another name")
    return str(token)


def read_latex(source: Source, properties: Node) -> str | None:
    """The spelling among the properties, checked; None without one."""
    for node in properties.children:
        if not isinstance(node, Token) and node.data == "latex":
            wanted = unquoted(node.children[0])
            problem = spelling.fault(wanted)
            if problem:
                raise source.error(problem, node.children[0], r'a spelling looks like latex "\bm{W}_{1}"')
            return wanted
    return None


def read_outside(source: Source, properties: Node, axes: tuple[Axis, ...]) -> Outside:
    """What reads outside the range give, according to the properties; "" without one."""
    found: dict[Outside, None] = {}
    for node in properties.children:
        if how := outside_of(node):
            found[how] = None
            if not axes or len(found) > 1:
                problem = "outside its range a tensor has one value" if axes else "a scalar has no outside"
                raise source.error(problem, node, "leave this out")
    return next(iter(found), "")


def outside_of(node: Node) -> Outside:
    """What a property says stands outside the range, "" if it says something else."""
    return OUTSIDE.get(_words(node), "") if node.data == "word_law" else ""


def is_output(node: Node) -> bool:
    """Whether a property of an equation says that what it defines is an output, whoever else reads it."""
    return node.data == "word_law" and _words(node) == "output"


def _words(node: Node) -> str:
    return " ".join(str(c) for c in node.children).replace(" - ", "-")


def _role(source: Source, token: Token) -> Role:
    if str(token) not in ROLES:
        hint = did_you_mean(str(token), ROLES, otherwise="a role is one of")
        raise source.error(f"{token} is not a role", token, hint)
    return ROLES[str(token)]


def _plain_name(source: Source, target: Node) -> Token:
    if target.data != "target":
        raise source.error(
            "a declaration names a tensor without indices", target, "its axes stand after the role: X: input [N, D]"
        )
    token = target.children[0]
    assert isinstance(token, Token)
    checked_name(source, token, "the name of a tensor")
    return token


def _axes(source: Source, node: Node, axis_of: AxisOf | None) -> tuple[tuple[Axis, ...], bool, bool]:
    """The axes between the brackets; whether ``...`` came first; whether ``...`` came last."""
    axes: list[Axis] = []
    any_rank = flattened = False
    last = len(node.children) - 1
    for place, axis in enumerate(node.children):
        for before, token in enumerate(axis.children):
            if isinstance(token, Node):
                axes.append(axis_of(token) if axis_of else plain_axis(source, token))
            elif before == 0 and place == 0:
                any_rank = True
            elif before > 0 and place == last and axis.children[0].data == "name":
                flattened = True
            else:
                raise source.error(
                    "... stands before the first axis (any axes there) or right after the last (all that follow)", token
                )
    if any_rank and flattened:
        raise source.error("... can stand at one end only", node)
    if len(axes) > MAX_AXES:
        raise source.error(f"{len(axes)} axes; at most {MAX_AXES} are allowed", node)
    return tuple(axes), any_rank, flattened


def _laws(source: Source, properties: Node, axes: tuple[Axis, ...]) -> tuple[tuple[Law, ...], bool]:
    laws: dict[Law, None] = {}
    integer = False
    for node in properties.children:
        if node.data == "sum_law":
            laws[_sum_law(source, node, axes)] = None
        elif node.data == "word_law":
            word = _words(node)
            if word == "integer":
                integer = True
            elif word not in OUTSIDE:
                laws.update(dict.fromkeys(_word_law(source, node, word, axes)))
    return tuple(laws), integer


def _sum_law(source: Source, node: Node, axes: tuple[Axis, ...]) -> Law:
    first, over, name, value = node.children
    if (str(first), str(over)) != ("sum", "over"):
        raise source.error("this property is not known", node, "a law of sums is written: sum over C = 1")
    axis = next((a for a in axes if a.name == str(name)), None)
    if axis is None:
        raise source.error(
            f"the tensor has no axis {name}", name, did_you_mean(str(name), (a.name for a in axes), "its axes are")
        )
    if value.data != "number" or str(value.children[0]) != "1":
        raise source.error("a sum can only be declared to be 1", value, "write sum over C = 1")
    return Law("sum", axis, ONE)


def _word_law(source: Source, node: Node, word: str, axes: tuple[Axis, ...]) -> tuple[Law, ...]:
    if word == "one-hot":
        if not axes:
            raise source.error("a scalar cannot be one-hot", node, "give the tensor axes: T: target [N, C], one-hot")
        return Law("one-hot", axes[-1]), Law("sum", axes[-1], ONE)
    if word == "symmetric":
        if len(axes) < 2 or axes[-1] != axes[-2]:
            raise source.error("a symmetric tensor ends in the same axis twice", node, "A: param [N, N], symmetric")
        return (Law("symmetric"),)
    hint = did_you_mean(word, WORDS, otherwise="a property is one of: sum over C = 1, latex,")
    raise source.error(f"{word!r} is not a property of tensors", node, hint)
