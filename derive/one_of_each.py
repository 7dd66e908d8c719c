"""Equal objects made one: what is built twice is compared by identity, however large it is."""

from __future__ import annotations

from typing import Any

REMEMBERED = 1 << 20
_NODES: dict[Any, Any] = {}


class OneOfEach(type):
    """The metaclass of classes whose equal instances are one object, as long as they are remembered."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        node = super().__call__(*args, **kwargs)
        if len(_NODES) > REMEMBERED:
            _NODES.clear()  # equality stays structural
        return _NODES.setdefault(node, node)
