"""The library of layers: by name, from a file, or chained; what the command line calls a SPEC."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.errors import LayerTextError
from derive.program import Program
from derive.reading import exact_hypers, read_file, shelf
from derive.reading.chaining import Link, Ranks, chained, linked
from derive.reading.header import literal_hypers
from derive.reading.layer import library_program, read_program
from derive.reading.syntax import read_spec

names = shelf.names
FILE = re.compile(r"(?P<path>.*\.layer)(?P<hypers>\(.*\))?", re.DOTALL)


def load(name: str, /, **hyper: object) -> Program:
    """The library's layer of that name; ``hyper`` replaces its hyperparameters by numbers (or names of axes).

    >>> load("affine").tensor("W").role
    'param'

    Raises `UnknownName` if there is no such layer or hyperparameter.
    """
    return library_program(name, tuple(exact_hypers(hyper).items()), (), ())


def chain(*specs: str) -> Program:
    """The layers one after the other: the output of each is the first input of the next.

    The other tensors become the network's; names and axes that occur again are numbered.

    >>> net = chain("affine", "relu", "affine", "softmax_cross_entropy")
    >>> [t.name for t in net.given]
    ['X', 'W1', 'b1', 'W2', 'b2', 'T']
    >>> [e.name for e in net.equations], [a.name for a in net.axes]
    (['U1', 'Z1', 'U2', 'P', 'L'], ['N', 'D', 'H', 'C'])

    Raises `LayerTextError` if a layer's output has not the axes that the next one expects.
    """
    if not specs:
        raise LayerTextError("there is nothing to chain", hint='name layers: chain("affine", "relu")')
    links = {spec: _link(spec) for spec in dict.fromkeys(specs)}
    if len(specs) == 1:
        return links[specs[0]].program_for(None)
    return chained([links[spec] for spec in specs])


def open_spec(specs: Sequence[str]) -> Program:
    """What the command line is given: a library name, a path that ends in .layer, or several of them, chained.

    A name or path may carry hyperparameters: ``leaky_relu(slope=0.1)``.
    """
    return chain(*specs)


def _link(spec: str) -> Link:
    """The layer that a spec names, with its hyperparameters, for inputs of any rank that it allows."""
    file = FILE.fullmatch(spec.strip())
    source, name, nodes = read_spec("file" + (file["hypers"] or "") if file else spec)
    hypers = literal_hypers(source, nodes)
    syntax = read_file(file["path"]) if file else shelf.syntax(name)

    def program_of(ranks: Ranks) -> Program:
        if file:
            return read_program(syntax, hypers, dict(ranks))
        return library_program(name, tuple(hypers.items()), ranks, ())

    return linked(spec, syntax, program_of)
