"""A place in a list of tokens that moves forward: fences hold it inside a group, and depth is bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from derive.verifying.formula import Node, Span
from derive.verifying.latex.token import Token
from derive.verifying.latex.trouble import Trouble

DEEPEST = 32  # a bracket and what is in it are two; careful notes reach 14
_CLOSER = {"close": "open", "end": "begin"}


def partners(found: Sequence[Token]) -> dict[int, int]:
    """For each opening brace and each ``\\begin`` the number of the token that closes it."""
    made: dict[int, int] = {}
    open_ones: list[int] = []
    for number, token in enumerate(found):
        if token.kind in _CLOSER.values():
            open_ones.append(number)
        elif token.kind in _CLOSER:
            before = found[open_ones[-1]] if open_ones else None
            if (
                before is None
                or before.kind != _CLOSER[token.kind]
                or (token.kind == "end" and before.text != token.text)
            ):
                raise Trouble(f"{shown(token)} closes nothing", token.start, token.end)
            made[open_ones.pop()] = number
    if open_ones:
        token = found[open_ones[-1]]
        raise Trouble(f"{shown(token)} is not closed", token.start, token.end)
    return made


def shown(token: Token) -> str:
    """A token as a message names it."""
    names = {"begin": rf"\begin{{{token.text}}}", "end": rf"\end{{{token.text}}}", "row": r"\\", "amp": "&"}
    names |= {"command": rf"\{token.text}", "name": rf"\{token.text}", "words": rf"\text{{{token.text}}}"}
    return names.get(token.kind, token.text)


class Grammar(NamedTuple):
    """The readers that others come back to: a list of anything, a sum, a product, factors, one factor."""

    inside: Callable[[Cursor], Node]
    expression: Callable[[Cursor], Node]
    term: Callable[[Cursor], Node]
    factors: Callable[[Cursor], Node]
    factor: Callable[[Cursor], Node]


class Cursor:
    """Reads tokens one by one; ``limit`` is the number of the token that it may not reach."""

    def __init__(self, found: Sequence[Token], grammar: Grammar) -> None:
        self.tokens = list(found)
        self.grammar = grammar
        self.partner = partners(found)
        self.at = 0
        self.limit = len(found)
        self.depth = 0
        self.font = ""
        self.held = 0  # how many groups and brackets are open
        self.bars: list[str] = []  # the bars that are open: ``|`` and ``‖``
        self.angles = 0  # how many ``<`` are open as brackets
        self.until: tuple[str, ...] = ()  # commands before which a row of factors ends
        self.in_case = False  # a bracket that holds a relation ends a row of factors

    def peek(self, ahead: int = 0) -> Token | None:
        """The next token, or one further on; None at the limit."""
        return self.tokens[self.at + ahead] if self.at + ahead < self.limit else None

    def sees(self, kind: str, *texts: str) -> bool:
        """Whether the next token is of that kind, and one of those texts if any are given."""
        token = self.peek()
        return token is not None and token.kind == kind and (not texts or token.text in texts)

    def take(self) -> Token:
        """The next token, behind which the cursor then stands."""
        token = self.peek()
        if token is None:
            raise self.trouble("something is missing here")
        self.at += 1
        return token

    def accept(self, kind: str, *texts: str) -> Token | None:
        """The next token if it is such a one."""
        return self.take() if self.sees(kind, *texts) else None

    def replace_next(self, one: Token, two: Token) -> None:
        """The next token is two after all."""
        at = self.at
        self.tokens[at : at + 1] = [one, two]
        self.partner = {a + (a > at): b + (b > at) for a, b in self.partner.items()}
        self.limit += 1

    def trouble(self, reason: str) -> Trouble:
        """What went wrong at the next token."""
        where = min(self.at, len(self.tokens) - 1)
        if where < 0:
            return Trouble(reason, 0, 0)
        token = self.tokens[where]
        return Trouble(reason, token.start, token.end)

    def span(self, first: int) -> Span:
        """The characters from a token to the one that was taken last."""
        if not self.tokens or first >= len(self.tokens):
            return Span(0, 0)
        last = max(first, self.at - 1)
        return Span(self.tokens[first].start, max(self.tokens[first].end, self.tokens[last].end))

    @contextmanager
    def fenced(self, limit: int) -> Iterator[None]:
        """Inside, the tokens end at ``limit``; afterwards all before it must have been read."""
        outer = (self.limit, self.font, self.bars, self.angles, self.until, self.in_case)
        self.limit, self.bars, self.angles, self.until, self.in_case = limit, [], 0, (), False
        with self.deeper():
            self.held += 1
            yield
            self.held -= 1
        token = self.peek()
        if token is not None:
            raise self.trouble(f"{shown(token)} is not expected here")
        self.limit, self.font, self.bars, self.angles, self.until, self.in_case = outer

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level down; raises `Trouble` beyond the limit."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.trouble(f"nested more than {DEEPEST} deep")
        yield
        self.depth -= 1

    def argument(self) -> tuple[int, int]:
        """The range of tokens of a command's argument (without its braces); the cursor then stands behind it.

        An argument without braces is one token; a command without braces takes its own arguments with it.
        """
        token = self.take()
        if token.kind == "open":
            close = self.partner[self.at - 1]
            begin, self.at = self.at, close + 1
            if close >= self.limit:
                raise self.trouble("a brace is not closed")
            return begin, close
        begin = self.at - 1
        if token.kind == "command":
            while self.sees("open"):
                self.at = self.partner[self.at] + 1
            if self.at == begin + 1 and self.peek() is not None and token.text != "partial":
                self.take()
        elif token.kind == "begin":
            self.at = self.partner[begin] + 1
        return begin, self.at
