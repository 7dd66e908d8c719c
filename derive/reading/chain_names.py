"""What the axes and tensors of a chain are called: plain where a name occurs once, numbered where it occurs again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from derive.expression import Axis, Number
from derive.program import Program


@dataclass
class Joint:
    """One axis of the network, with the names that the layers which share it have for it, in order.

    ``strong`` are the layers' own names; ``weak`` those of layers that take any axes and only need some name.
    """

    strong: dict[str, None] = field(default_factory=dict)
    weak: dict[str, None] = field(default_factory=dict)
    fixed: Axis | None = None

    @property
    def made(self) -> bool:
        """Whether an equation makes the axis, which then has the name that is free where it is made."""
        return self.fixed is not None and not isinstance(self.fixed.extent, Number)

    @property
    def names(self) -> tuple[str, ...]:
        """The names to choose from."""
        return tuple(self.strong or self.weak)


def named_axes(joints: Sequence[Joint], taken: Iterable[str]) -> list[Axis]:
    """A name for each joint: one that no other joint could have (a class axis C), else the first; then numbers.

    >>> hidden, out = Joint({"H": None, "D": None}), Joint({"H": None, "C": None})
    >>> [a.name for a in named_axes([Joint({"D": None}), hidden, hidden, out], taken=())]
    ['D', 'H1', 'H2', 'C']
    """
    shared = Counter(name for j in joints for name in j.names)
    chosen = []
    for joint in joints:
        own = [name for name in joint.names if shared[name] == 1]
        chosen.append(own[-1] if own else joint.names[0] if joint.names else "A")
    numbers = _Numbers(chosen, set(taken))
    return [j.fixed or Axis(numbers.name(c)) for j, c in zip(joints, chosen, strict=True)]


def named_tensors(
    programs: Sequence[Program], first: Sequence[str], shared: Collection[str] = ()
) -> list[dict[str, str]]:
    """The network's name for each tensor of each layer; ``first[k]`` is the input that layer k is fed with.

    What stands between numbered intermediates is numbered too: U1, Z1, U2, and not U1, Z, U2. ``shared`` names what
    is given once, under this name, to every layer that has it.
    """
    kept = [{t.name: t.name for t in p.given if t.name in shared} for p in programs]
    new = [
        [t for t in p.tensors if t.name not in own and (k == 0 or t.name != first[k])]
        for k, (p, own) in enumerate(zip(programs, kept, strict=True))
    ]
    counts = Counter(t.name for tensors in new for t in tensors)
    numbered = {name for name, count in counts.items() if count > 1}
    made = [t.name for tensors in new for t in tensors if t.role == "intermediate"]
    again = [n for n, name in enumerate(made) if name in numbered]
    if again:
        numbered |= set(made[again[0] : again[-1]])
    numbers = _Numbers([t.name for tensors in new for t in tensors], set(shared), numbered)
    namings: list[dict[str, str]] = []
    for k, (program, tensors) in enumerate(zip(programs, new, strict=True)):
        names = kept[k] | {t.name: numbers.name(t.name) for t in tensors}
        if k > 0:
            names[first[k]] = namings[-1][programs[k - 1].equations[-1].name]
        namings.append({t.name: names[t.name] for t in program.tensors})
    return namings


class _Numbers:
    """Gives out names in order, numbered where a name is wanted more than once or is taken."""

    def __init__(self, wanted: Sequence[str], taken: set[str], numbered: Iterable[str] = ()) -> None:
        counts = Counter(wanted)
        self.numbered = {n for n, c in counts.items() if c > 1 or n in taken} | set(numbered)
        self.used = taken | {n for n in counts if n not in self.numbered}
        self.last: Counter[str] = Counter()

    def name(self, wanted: str) -> str:
        """The name, or the name with its next free number."""
        if wanted not in self.numbered:
            return wanted
        joined = wanted + "_" if wanted[-1].isdigit() else wanted
        while True:
            self.last[wanted] += 1
            name = f"{joined}{self.last[wanted]}"
            if name not in self.used:
                self.used.add(name)
                return name
