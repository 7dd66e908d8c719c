r"""A small reader of the LaTeX that the printers write, made without looking at them: text in, tree out.

It knows the conventions stated in `derive.notes.latex_index` and nothing else: a sum sign reaches to the next plus or
minus, a function has its arguments in brackets, side by side is a product, ``\odot`` binds less than that.
The trees are tuples; `tests.derive.latex_values` works them out.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

Tree = tuple[Any, ...]
TOKEN = re.compile(r"\\[A-Za-z]+|\\[^A-Za-z]|\d+\.\d+|\d+|[A-Za-z]|[^\s]")
INVISIBLE = {r"\left", r"\right", r"\biggl", r"\biggr", r"\quad"}
FUNCTIONS = {r"\exp", r"\log", r"\tanh", r"\sin", r"\cos", r"\tan", r"\arctan", r"\sigma", r"\Phi", r"\max", r"\min"}
RELATIONS = {">": ">", "<": "<", r"\ge": ">=", r"\le": "<=", "=": "==", r"\ne": "!="}
ENDS = {r"\rvert", r"\rfloor", "}", "+", "-", ")", "]", ",", "&", "\\\\", r"\odot", r"\oslash", r"\end", *RELATIONS}
FONTS = {r"\mathit", r"\mathrm", r"\hat", r"\tilde", r"\bar", r"\bm", r"\text"}


class Unreadable(Exception):
    """The text is not of the language."""


def read(latex: str) -> Tree:
    """The tree of a formula."""
    reader = Reader(TOKEN.findall(latex))
    tree = reader.sum()
    if reader.tokens:
        raise Unreadable(f"left over: {reader.tokens} of {latex}")
    return tree


class Reader:
    """One reading; ``tokens`` are those not yet read."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [t for t in tokens if t not in INVISIBLE]

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[ahead] if ahead < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        if not self.tokens or (expected and self.tokens[0] != expected):
            raise Unreadable(f"expected {expected!r} at {self.tokens[:8]}")
        return self.tokens.pop(0)

    def group(self) -> list[str]:
        """The tokens between braces."""
        self.take("{")
        depth = 1
        found: list[str] = []
        while True:
            token = self.take()
            depth += (token == "{") - (token == "}")
            if not depth:
                return found
            found.append(token)

    def inside(self) -> Tree:
        """The formula between braces."""
        inner = Reader(self.group())
        tree = inner.sum()
        if inner.tokens:
            raise Unreadable(str(inner.tokens))
        return tree

    def sum(self) -> Tree:
        terms = [self.signed("-" if self.peek() == "-" else "")]
        while self.peek() in ("+", "-"):
            terms.append(self.signed(self.peek()))
        return terms[0] if len(terms) == 1 else ("add", *terms)

    def signed(self, sign: str) -> Tree:
        if sign:
            self.take(sign)
        term = self.entrywise()
        return ("neg", term) if sign == "-" else term

    def entrywise(self) -> Tree:
        tree = self.product()
        while self.peek() in (r"\odot", r"\oslash"):
            tree = (self.take()[1:], tree, self.product())
        return tree

    def product(self) -> Tree:
        factors = [self.factor()]
        while self.peek() and self.peek() not in ENDS:
            if self.peek() == r"\cdot":
                self.take()
            if self.peek() == r"\bmod":
                self.take()
                factors = [("mod", factors[0] if len(factors) == 1 else ("mul", *factors), self.factor())]
                continue
            factors.append(self.factor())
        return factors[0] if len(factors) == 1 else ("mul", *factors)

    def factor(self) -> Tree:
        tree = self.atom()
        while self.peek() == "^":
            self.take()
            if self.tokens[:3] == ["{", r"\mathsf", "T"]:
                self.group()
                tree = ("transpose", tree)
            elif self.tokens[:4] == ["{", "-", r"\mathsf", "T"]:
                self.group()
                tree = ("transpose", ("inverse", tree))
            elif self.tokens[:4] == ["{", "-", "1", "}"]:
                self.group()
                tree = ("inverse", tree)
            elif self.tokens[:2] == ["{", r"\odot"]:
                del self.tokens[1]
                tree = ("pow", tree, self.exponent())
            else:
                tree = ("pow", tree, self.exponent())
        return tree

    def exponent(self) -> Tree:
        tokens = self.group()
        if "/" in tokens:
            return ("num", Fraction("".join(tokens)))
        return Reader(["{", *tokens, "}"]).inside()

    def atom(self) -> Tree:
        token = self.peek()
        if re.fullmatch(r"\d+(\.\d+)?", token):
            return ("num", Fraction(self.take()))
        if token == "(":
            return self.bracketed()
        if token == "{":
            return self.inside()
        if token == r"\lvert":
            self.take()
            inner = self.sum()
            self.take(r"\rvert")
            return ("call", "abs", None, inner)
        if token == r"\lfloor":
            self.take()
            inner = self.sum()
            self.take(r"\rfloor")
            return ("floor", inner)
        if token == r"\det":
            self.take()
            return ("det", self.symbol())
        if token == r"\log" and self.peek(1) == r"\lvert":
            self.take()
            return ("call", "log", None, self.atom())
        if token == r"\frac":
            return self.fraction()
        if token == r"\sqrt":
            self.take()
            return ("sqrt", self.inside())
        if token in (r"\sum", r"\prod"):
            return self.reduction()
        if token in (r"\max", r"\min") and self.peek(1) == "_":
            return self.reduction()
        if token in (r"\partial", r"\operatorname") or (token in FUNCTIONS and self.peek(1) in ("(", "'")):
            return self.call()
        if token == r"\delta" and self.peek(1) == "_":
            self.take()
            self.take("_")
            return ("delta", *self.indices(self.group()))
        if token == r"\mathbf":
            return self.bold()
        if token == r"\begin":
            return self.cases()
        return self.symbol()

    def bracketed(self) -> Tree:
        self.take("(")
        tree = self.sum()
        self.take(")")
        return self.entry_of(tree) if self.peek() == "_" else tree

    def entry_of(self, tree: Tree) -> Tree:
        """``(X)_{0,d}``: an entry whose first index is a number; ``(A^{-1})_{ij}``: one of an inverse."""
        self.take("_")
        if tree[0] == "inverse":
            return ("entry", tree, self.indices(self.group()))
        return (*tree[:2], self.separate(self.group()))

    def fraction(self) -> Tree:
        self.take(r"\frac")
        above, below = self.group(), self.group()
        if above[:1] == [r"\partial"]:
            over, under = Reader(above[1:]).symbol(), Reader(below[1:]).symbol()
            return ("gradient", over, under)
        return ("div", Reader(["{", *above, "}"]).inside(), Reader(["{", *below, "}"]).inside())

    def reduction(self) -> Tree:
        op = self.take()[1:]
        self.take("_")
        bound = self.indices(self.group())
        return ("reduce", op, bound, self.product() if op == "sum" else self.factor())

    def call(self) -> Tree:
        position = None
        if self.peek() == r"\partial":
            self.take()
            self.take("_")
            position = int("".join(self.group())) - 1
        name = self.take()
        name = "".join(self.group()) if name == r"\operatorname" else name[1:]
        if self.peek() == "'":
            self.take()
            position = 0
        self.take("(")
        args = [self.sum()]
        while self.peek() == ",":
            self.take()
            args.append(self.sum())
        self.take(")")
        return ("call", name, position, *args)

    def bold(self) -> Tree:
        self.take(r"\mathbf")
        letter = self.group()
        if letter == ["I"]:
            self.take("_")
            return ("identity", "".join(self.group()))
        if letter != ["1"]:
            raise Unreadable("only 1 and I are bold")
        if self.peek() == "_":
            self.take()
            return ("ones", "".join(self.group()))
        self.take("[")
        tree = self.relation()
        self.take("]")
        return tree

    def relation(self) -> Tree:
        left = self.sum()
        op = RELATIONS[self.take()]
        return ("compare", op, left, self.sum())

    def cases(self) -> Tree:
        self.take(r"\begin")
        self.group()
        then = self.sum()
        self.take("&")
        self.take("(")
        holds = self.relation()
        self.take(")")
        self.take("\\\\")
        otherwise = self.sum()
        self.take("&")
        self.take("(")
        self.relation()
        self.take(")")
        self.take(r"\end")
        self.group()
        return ("where", holds, then, otherwise)

    def symbol(self) -> Tree:
        """A name and its subscript: ``("symbol", "W_{1}", ["d", "h"])``; digits and upright words are the name's."""
        name = self.take()
        if name == "(":
            tree = self.symbol()
            self.take(")")
            return self.entry_of(tree)
        if name in FONTS:
            name += "{" + "".join(self.group()) + "}"
        elif not re.fullmatch(r"[A-Za-z]|\\[A-Za-z]+", name):
            raise Unreadable(f"no symbol: {name} {self.tokens[:6]}")
        while self.peek() == "'":
            name += self.take()
        labels: list[str] = []
        indices: Tree = ()
        if self.peek() == "_":
            self.take()
            inner = Reader(self.group())
            while inner.tokens and (inner.peek().isdigit() or inner.peek() in (r"\mathrm", r"\text")):
                label = inner.take()
                labels.append(label if label.isdigit() else label + "{" + "".join(inner.group()) + "}")
                if inner.peek() == ",":
                    inner.take()
            indices = inner.indices(inner.tokens)
        return ("symbol", name + (f"_{{{','.join(labels)}}}" if labels else ""), indices)

    @staticmethod
    def indices(tokens: list[str]) -> Tree:
        """``n'h_{1}`` side by side, or formulas with commas."""
        if "," not in tokens and not {"+", "-", r"\cdot", r"\bmod", r"\lfloor"} & set(tokens):
            letters = re.findall(r"(?:\\[A-Za-z]+|[A-Za-z])'*(?:_\{\d+\})?", "".join(tokens))
            return tuple(("symbol", letter, ()) for letter in letters)
        return Reader.separate(tokens)

    @staticmethod
    def separate(tokens: list[str]) -> Tree:
        """Formulas with commas between them."""
        parts: list[list[str]] = [[]]
        depth = 0
        for token in tokens:
            depth += (token == "{") - (token == "}")
            if token == "," and not depth:
                parts.append([])
            else:
                parts[-1].append(token)
        return tuple(Reader(["{", *part, "}"]).inside() for part in parts)
