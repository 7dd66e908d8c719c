"""``chainrule list``: the layers of the library."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from derive.program import Tensor


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Everything that a program may want to know, as JSON.")
def command(as_json: bool) -> None:
    """List the layers of the library."""
    from derive import library

    programs = [library.load(name) for name in library.names()]
    if not as_json:
        width = max(len(p.name) for p in programs)
        for program in programs:
            click.echo(f"{program.name:{width}}  {program.summary}".rstrip())
        return
    layers = [
        {
            "name": p.name,
            "summary": p.summary,
            "given": [
                {"name": t.name, "role": t.role, "axes": [a.name for a in t.axes], "meaning": t.meaning}
                for t in p.given
            ],
            "outputs": list(p.outputs),
            "hyperparameters": {h.name: str(h.default) for h in p.hyperparameters},
            "source": p.source,
        }
        for p in programs
    ]
    click.echo(json.dumps({"schema_version": 1, "layers": layers}, indent=2, ensure_ascii=False))


def _tensor(tensor: Tensor) -> dict[str, object]:
    axes = [a.name for a in tensor.axes]
    return {"name": tensor.name, "role": tensor.role, "axes": axes, "meaning": tensor.meaning}
