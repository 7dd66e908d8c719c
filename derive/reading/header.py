"""Hyperparameters as written, in a header, a call or a spec: exact numbers, or names of axes."""

from __future__ import annotations

from collections.abc import Iterable

from derive.expression import Access, Expr
from derive.reading.arrays import Array
from derive.reading.draft import Draft
from derive.reading.expressions import reader_in
from derive.reading.reader import Reader
from derive.reading.scope import CONSTANTS, HyperValue, Scope
from derive.reading.source import Node, Source
from derive.rewriting import walk


class _NoLayers:
    """A header calls no layer."""

    def names(self) -> tuple[str, ...]:
        return ()

    def output(self, reader: Reader, call: Node, target: str | None = None) -> Array:
        raise reader.fault("no layer can be called here", call)


def is_axis(node: Node) -> bool:
    """Whether a hyperparameter's value names an axis, and is no number."""
    return node.data == "name" and str(node.children[0]) not in CONSTANTS


def number_of(reader: Reader, node: Node) -> Expr:
    """A hyperparameter's value, made of numbers and hyperparameters."""
    array = reader.read(node)
    if array.axes or any(isinstance(n, Access) for n in walk(array.at(()))):
        raise reader.fault("a hyperparameter is a number, not a tensor", node)
    return array.at(())


def literal(source: Source, node: Node) -> HyperValue:
    """A value that stands alone: a number, or a name, which can only be that of an axis declared elsewhere."""
    if is_axis(node):
        return str(node.children[0])
    return number_of(reader_in(Scope(source, Draft()), _NoLayers()), node)


def literal_hypers(source: Source, nodes: Iterable[Node]) -> dict[str, HyperValue]:
    """The hyperparameters of ``name(hyper=value, ...)``."""
    values: dict[str, HyperValue] = {}
    for node in nodes:
        token = node.children[0]
        if len(node.children) < 2:
            raise source.error(f"{token} has no value", token, f"write {token}=1")
        if str(token) in values:
            raise source.error(f"{token} is given twice", token)
        values[str(token)] = literal(source, node.children[1])
    return values
