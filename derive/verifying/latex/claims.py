r"""One line of a note: its claims, each with the shapes, conditions, tags and words that stand beside it."""

from __future__ import annotations

from dataclasses import replace

from derive.verifying.claim import Annotation, Condition, Shape, Statement, Tag, Unread
from derive.verifying.formula import Bracketed, Commas, Node, Relations, Span, Words, within
from derive.verifying.latex.annotations import number_of, sizes_in_brackets, sizes_in_words
from derive.verifying.latex.chains import chains
from derive.verifying.latex.segments import Segment, at_commas, condition_word, segments
from derive.verifying.latex.token import Token
from derive.verifying.latex.trouble import Trouble

_BOUNDS = frozenset("<>≤≥≠∈∉")
Part = Statement | Unread


def parts(row: list[Token], text: str) -> tuple[Part, ...]:
    """The claims of a line; ``text`` is what the ranges of the tokens count in."""
    made = _Line()
    for segment in segments(row, text):
        if segment.kind == "formula":
            made.formula(segment, text)
        elif segment.kind == "arrow":
            made.arrow(segment)
        elif segment.kind == "tag":
            made.said(Tag(segment.text, span=segment.span))
        elif segment.kind == "sizes" and (sizes := sizes_in_words(segment.tokens[0], text)) is not None:
            made.said(Shape(sizes, span=segment.span))
        elif word := condition_word(segment.text):
            made.condition_follows(word, segment)
        else:
            made.said(Words(segment.text, span=segment.span))
    return made.finished()


class _Line:
    """The claims of a line so far, and what was said since the last of them."""

    def __init__(self) -> None:
        self.made: list[Part] = []
        self.waiting: list[Annotation] = []  # said before the first claim
        self.word: tuple[str, Segment] | None = None  # the word of a condition that a formula must follow
        self.follows = False

    def formula(self, segment: Segment, text: str) -> None:
        """The claims of one stretch."""
        try:
            found = chains(segment.tokens)
        except Trouble as trouble:
            pieces = at_commas(segment)
            if len(pieces) > 1:  # one that cannot be read leaves the others
                for piece in pieces:
                    self.formula(piece, text)
                return
            self._forget_word()
            source = text[segment.span.start : segment.span.end]
            self._put(Unread(trouble.reason, source, span=Span(trouble.start, trouble.end)))
            return
        if self.word is not None:
            first, found = found[0], found[1:]
            (word, _), self.word = self.word, None
            self.said(Condition(word, _whole(first), span=first.span))
        for number, claim in enumerate(found):
            self._claim(claim, apart=bool(segment.before) or number > 0)

    def arrow(self, segment: Segment) -> None:
        """What comes next follows from what stands before."""
        self._forget_word()
        if self.follows or not self.made:
            self.said(Words(segment.text, span=segment.span))
        self.follows = True

    def condition_follows(self, word: str, segment: Segment) -> None:
        """A word such as ``if`` was said."""
        self._forget_word()
        self.word = (word, segment)

    def said(self, annotation: Annotation) -> None:
        """Something said beside the last claim, or before the first."""
        self._forget_word()
        last = self._last()
        if last is None:
            self.waiting.append(annotation)
            return
        if isinstance(annotation, Shape):
            annotation = replace(annotation, side=max(0, len(last.sides) - 1))
        self.made[-1] = replace(last, annotations=(*last.annotations, annotation))

    def finished(self) -> tuple[Part, ...]:
        """All claims; a remark without a claim is a statement without sides."""
        self._forget_word()
        if self.waiting:
            self._put(Statement((), span=self.waiting[0].span))
        return tuple(self.made)

    def _forget_word(self) -> None:
        if self.word is not None:
            (_, segment), self.word = self.word, None
            self.said(Words(segment.text, span=segment.span))

    def _last(self) -> Statement | None:
        return self.made[-1] if self.made and isinstance(self.made[-1], Statement) else None

    def _put(self, part: Part) -> None:
        if isinstance(part, Statement):
            waiting, self.waiting = tuple(self.waiting), []
            part = replace(part, annotations=(*waiting, *part.annotations), follows=self.follows)
            self.follows = False
        self.made.append(part)

    def _claim(self, claim: Statement, apart: bool) -> None:
        last = self._last()
        if last is None or self.follows or not last.sides:
            self._put(claim)
            return
        if claim.sides[0] is None and apart:  # ``a = b \text{ thus} = c``
            self.made[-1] = _carried_on(last, claim)
            return
        aside = _aside(claim, last) if apart else None
        if aside is None:
            self._put(claim)
        else:
            self.said(aside)


def _whole(claim: Statement) -> Node:
    """A claim as a part of another formula."""
    sides = tuple(side for side in claim.sides if side is not None)
    if claim.relations and len(sides) == len(claim.relations) + 1:
        return Relations(sides, claim.relations, span=claim.span)
    return sides[0] if sides else Words("")


def _carried_on(last: Statement, claim: Statement) -> Statement:
    shapes = tuple(
        replace(a, side=a.side + len(last.sides) - 1) if isinstance(a, Shape) else a for a in claim.annotations
    )
    return replace(
        last,
        sides=(*last.sides, *claim.sides[1:]),
        relations=(*last.relations, *claim.relations),
        annotations=(*last.annotations, *shapes),
        span=Span(last.span.start, claim.span.end),
    )


def _aside(claim: Statement, last: Statement) -> Annotation | None:
    """What a stretch behind a claim is if it is no claim of its own: a shape, a condition, a number of the formula."""
    if not claim.relations and claim.sides[0] is not None:
        side = claim.sides[0]
        if (sizes := sizes_in_brackets(side)) is not None:
            return Shape(sizes, span=claim.span)
        said = [node.text for node in within(side) if isinstance(node, Words)]
        if said and isinstance(side, Bracketed):  # ``(\because y = x)``
            return Words(" ".join(said), span=claim.span)
        if (inner := _condition_in_brackets(side)) is not None:
            return Condition("for" if isinstance(inner, Commas) else "", inner, span=claim.span)
        if (number := number_of(side)) is not None:
            return Tag(number, span=claim.span)
        return None
    range_of_index = claim.sides[-1] is not None and isinstance(claim.sides[-1], Commas)
    bounding = all(sign.sign in _BOUNDS for sign in claim.relations)
    was_bound = all(sign.sign in _BOUNDS for sign in last.relations)
    if claim.relations and (range_of_index or (bounding and last.relations and not was_bound)):
        return Condition("for" if range_of_index else "", _whole(claim), span=claim.span)
    return None


def _condition_in_brackets(side: Node) -> Node | None:
    if not isinstance(side, Bracketed) or side.left != "(":
        return None
    first = side.body.items[0] if isinstance(side.body, Commas) and side.body.items else side.body
    return side.body if isinstance(first, Relations) else None
