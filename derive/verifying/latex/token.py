"""One token: what kind it is, and the range of characters it was read from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    r"""One token. ``gap``: there is space before it; ``own``: it is the writer's, not from the body of a macro.

    Kinds: ``letter``, ``digit``, ``name`` (``\alpha``), ``command``, ``open`` and ``close`` (braces that group),
    ``sub``, ``sup``, ``prime``, ``bracket`` (``side`` is ``left`` or ``right`` behind those commands), ``sign``,
    ``relation``, ``comma`` (also ``;``), ``dot``, ``colon``, ``dots``, ``words`` (``\text``; its content), ``cjk``,
    ``tag``, ``quad``, ``amp``, ``row``, ``begin``, ``end``, ``parameter`` (``#1``), ``blank`` (of an exercise; its
    number), ``other``.
    """

    kind: str
    text: str
    start: int
    end: int
    gap: bool = False
    side: str = ""
    own: bool = True
