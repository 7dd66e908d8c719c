"""What one line of a note claims: sides with relations between them, and what is written beside it."""

from __future__ import annotations

from dataclasses import dataclass

from derive.verifying.formula import Node, Relation, Words


@dataclass(frozen=True)
class Shape(Node):
    r"""``\quad \text{(50, 1)}`` (``written='brackets'``) or ``\in \mathbb{R}^{m \times n}`` (``written='in'``) .

    ``(50,)`` has one size; ``\in \mathbb{R}`` has none. ``side`` is the number of the side it stands behind.
    """

    sizes: tuple[Node, ...]
    written: str = "brackets"
    side: int = 0


@dataclass(frozen=True)
class Condition(Node):
    r"""``\text{if } z > 0``, ``\text{for } i = 1, \dots, n``, ``\forall i``, ``(i \ne j)`` behind a claim.

    ``word`` is ``if``, ``for``, ``where``, ``forall``, ``when`` or ``""``; ``of`` what it is about (also
    ``Words`` for a condition in prose).
    """

    word: str
    of: Node


@dataclass(frozen=True)
class Tag(Node):
    r"""``\tag{3}`` or ``\label{eq:loss}``."""

    text: str


Annotation = Shape | Condition | Tag | Words


@dataclass(frozen=True)
class Statement(Node):
    r"""One claim of a formula: sides with relations between them, and what is written beside it.

    - ``a = b = c``: three sides, two relations. ``= b``: the first side is None, the claim continues an earlier one.
    - An expression alone has one side; a remark in prose has none, only annotations. ``\Rightarrow`` between two
      claims ends the first one; the second has ``follows=True``.
    - ``W \in \mathbb{R}^{m \times n}``: one side and the annotation ``Shape``.
    """

    sides: tuple[Node | None, ...]
    relations: tuple[Relation, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    follows: bool = False


@dataclass(frozen=True)
class Unread(Node):
    """What the grammar cannot take: why, and the place of the trouble. The whole is still in the formula's source."""

    reason: str
    source: str = ""
