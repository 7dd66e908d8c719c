"""What a text says of arguments: words in ``mode == "train"``, switches in ``if training:``, indices in ``W[idx]``."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

IDLE = frozenset({"test", "eval", "evaluate", "inference", "infer", "predict", "valid", "validation", "none"})


def words_in(*things: Callable[..., Any]) -> Mapping[str, tuple[str, ...]]:
    """For each name that is compared with words: these, in the order of the text, those without a backward pass last.

    A name that is looked up in a dictionary of the module has its keys for words; one that is kept under another
    name, ``{"act": activation}``, has the words of that too.
    """
    found: dict[str, dict[str, None]] = {}
    kept = {other: name for thing in things for other, name in _kept_as(thing)}
    for name, word in (said for thing in things for said in _said(thing)):
        found.setdefault(name, {})[word] = None
        if name in kept:
            found.setdefault(kept[name], {})[word] = None
    return {n: tuple(sorted(words, key=is_idle)) for n, words in found.items()}


def is_idle(word: str) -> bool:
    """Whether nobody goes backward in the mode of that name."""
    return word.casefold() in IDLE


def switches_in(thing: Callable[..., Any]) -> frozenset[str]:
    """The names that a text asks whether they are true."""
    tests = [n.test for n in ast.walk(_tree(thing)) if isinstance(n, (ast.If, ast.IfExp))]
    pieces = [p for t in tests for p in (t.values if isinstance(t, ast.BoolOp) else [t])]
    bare = [p.operand if isinstance(p, ast.UnaryOp) and isinstance(p.op, ast.Not) else p for p in pieces]
    return frozenset(n for n in map(_last_name, bare) if n)


def indices_in(thing: Callable[..., Any]) -> frozenset[str]:
    """The names that a text uses as an index, whole or entry by entry: ``W[idx]``, ``p[rows, y]``, ``x[word[t]]``."""
    slices = [n.slice for n in ast.walk(_tree(thing)) if isinstance(n, ast.Subscript)]
    pieces = [p for s in slices for p in (s.elts if isinstance(s, ast.Tuple) else [s])]
    bases = [p.value if isinstance(p, ast.Subscript) else p for p in pieces]
    return frozenset(_last_name(b) for b in bases if isinstance(b, (ast.Name, ast.Attribute)))


@functools.lru_cache(64)
def _tree(thing: Callable[..., Any]) -> ast.AST:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(thing)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return ast.Module([], [])


def _said(thing: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(_tree(thing)):
        match node:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() | ast.In() | ast.NotIn()], comparators=[right]):
                pieces = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else [right]
                yield from ((_last_name(left), w) for w in _constants(pieces))
            case ast.Match(subject=subject, cases=cases):
                values = [p.value for c in cases for p in ast.walk(c.pattern) if isinstance(p, ast.MatchValue)]
                yield from ((_last_name(subject), w) for w in _constants(values))
            case ast.Subscript(value=ast.Name(id=table), slice=key):
                held = getattr(thing, "__globals__", {}).get(table)
                if isinstance(held, dict) and all(isinstance(k, str) for k in held):
                    yield from ((_last_name(key), k) for k in held)


def _kept_as(thing: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(_tree(thing)):
        match node:
            case ast.Dict(keys=keys, values=values):
                pairs = [(k.value, v.id) for k, v in zip(keys, values, strict=True)
                         if isinstance(k, ast.Constant) and isinstance(v, ast.Name)]  # fmt: skip
                yield from ((str(key), name) for key, name in pairs)
            case ast.Assign(targets=[ast.Attribute(attr=other)], value=ast.Name(id=name)):
                yield other, name


def _constants(pieces: list[ast.expr]) -> list[str]:
    return [p.value for p in pieces if isinstance(p, ast.Constant) and isinstance(p.value, str)]


def _last_name(node: ast.expr) -> str:
    """``mode`` of ``mode``, ``self.mode``, ``param["mode"]`` and ``mode.lower()``."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=ast.Attribute(value=inner, attr="lower"), args=[]):
            return _last_name(inner)
    return ""
