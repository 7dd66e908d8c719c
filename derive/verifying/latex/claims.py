r"""One line of a note: its claims, each with the shapes, conditions, tags and words that stand beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from derive.verifying.claim import Annotation, Condition, Shape, Statement, Tag, Unread
from derive.verifying.formula import Bracketed, Commas, Dots, Node, Number, Relation, Relations, Span, Words
from derive.verifying.latex.annotations import number_of, sizes_in_brackets, sizes_in_words, sizes_of_set
from derive.verifying.latex.cursor import Cursor, shown
from derive.verifying.latex.relations import relation, sees_relation
from derive.verifying.latex.segments import Segment, condition_word, segments
from derive.verifying.latex.terms import expression, reader
from derive.verifying.latex.tokens import Token
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
            found = _claims(segment.tokens)
        except Trouble as trouble:
            self._forget_word()
            source = text[segment.span.start : segment.span.end]
            self._put(Unread(trouble.reason, source, span=Span(trouble.start, trouble.end)))
            return
        if self.word is not None:
            first, found = found[0], found[1:]
            (word, _), self.word = self.word, None
            self.said(Condition(word, _whole(first), span=first.span))
        for number, claim in enumerate(found):
            self._claim(claim, apart=segment.wide or number > 0)

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


def _claims(found: tuple[Token, ...]) -> list[Statement]:
    """The claims of one stretch: lists of sides between relations, cut where a comma begins a new one."""
    cursor = reader(found)
    runs: list[list[Node]] = [[]]
    signs: list[Relation] = []
    if not sees_relation(cursor):
        _list(cursor, runs[-1])
    while (token := cursor.peek()) is not None:
        if not sees_relation(cursor) and token.kind != "colon":
            raise cursor.trouble(f"{shown(token)} is not expected here")
        signs.append(relation(cursor))
        runs.append([])
        _list(cursor, runs[-1])
    return _cut(runs, signs)


def _list(cursor: Cursor, items: list[Node]) -> None:
    while True:
        items.append(expression(cursor))
        if not cursor.accept("comma"):
            return
        while cursor.accept("comma"):
            pass
        if cursor.peek() is None or sees_relation(cursor):
            return


@dataclass
class _Draft:
    sides: list[Node | None]
    signs: list[Relation]


def _cut(runs: list[list[Node]], signs: list[Relation]) -> list[Statement]:
    here = _Draft([_listed(runs[0])], [])
    drafts = [here]
    for number, sign in enumerate(signs):
        run = runs[number + 1]
        here.signs.append(sign)
        last = number == len(signs) - 1
        if len(run) == 1:
            here.sides.append(run[0])
        elif last and _one_list(run, here.sides[0]):
            here.sides.append(_listed(run))
        elif last:
            here.sides.append(run[0])
            drafts += [_Draft([item], []) for item in run[1:]]
        else:
            here.sides.append(run[0])
            here = _Draft([_listed(run[1:])], [])
            drafts.append(here)
    return [_statement(draft) for draft in drafts]


def _listed(run: list[Node]) -> Node | None:
    if not run:
        return None
    return run[0] if len(run) == 1 else Commas(tuple(run), span=_hull(run))


def _one_list(run: list[Node], left: Node | None) -> bool:
    """``i = 1, \\dots, n`` and ``k = 1, 2, 3``; as many items as on the left."""
    if isinstance(left, Commas) and len(left.items) == len(run):
        return True
    return any(isinstance(item, Dots) for item in run) or all(isinstance(item, Number) for item in run)


def _hull(nodes: list[Node]) -> Span:
    return Span(nodes[0].span.start, nodes[-1].span.end)


def _statement(draft: _Draft) -> Statement:
    """The claim; a side in a set of arrays becomes the shape of the side before it."""
    sides, signs = [draft.sides[0]], []
    shapes: list[Annotation] = []
    for sign, side in zip(draft.signs, draft.sides[1:], strict=True):
        sizes = sizes_of_set(side) if sign.sign == "∈" and side is not None else None
        if sizes is None or side is None:
            signs.append(sign)
            sides.append(side)
        else:
            shapes.append(Shape(sizes, "in", len(sides) - 1, span=Span(sign.span.start, side.span.end)))
    places = [node.span for node in (*draft.sides, *draft.signs) if node is not None]
    span = Span(min(p.start for p in places), max(p.end for p in places))
    return Statement(tuple(sides), tuple(signs), tuple(shapes), span=span)


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
        if (inner := _condition_in_brackets(side)) is not None:
            return Condition("", inner, span=claim.span)
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
    if isinstance(side, Bracketed) and side.left == "(" and isinstance(side.body, Relations):
        return side.body
    return None
