"""From a program to source text and to a module that runs."""

from __future__ import annotations

import importlib
from types import ModuleType

from jinja2 import Environment, PackageLoader, StrictUndefined

from codegen.backends.numpy import IMPORTS
from codegen.backends.numpy_helpers import used_helpers
from codegen.layout import fitted
from codegen.stabilising.merging import merged
from derive.errors import UnknownName
from derive.program import Program

STYLES = ("functions", "class", "network")

HEADINGS = {
    "forward": "Forward pass.",
    "backward": "Backward pass: the chain rule from the output to every input.",
    "__init__": "Hold the parameters.",
    "predict": "What the network says of its input.",
    "loss": "How far the prediction is from the target.",
    "loss_and_gradient": "The loss and its gradient by each parameter, in one pass.",
}


def environment() -> Environment:
    """The templates; an undefined name in one is an error."""
    return Environment(
        loader=PackageLoader("codegen", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def source(program: Program, style: str = "functions", origin: str = "") -> str:
    """The Python source of a layer in one of the `STYLES`.

    ``origin``: a line or two for the head of the file, saying what it came from and how to make it again.
    """
    if style not in STYLES:
        raise UnknownName(f"no style {style!r}", hint=f"choose one of {', '.join(STYLES)}")
    page = importlib.import_module(f"codegen.styles.{style}").page(merged(program))
    title = program.summary or f"The layer {program.name}."
    template = environment().get_template(f"{style}.py.jinja")
    notes = ("", *origin.replace(". Make it", ".\nMake it").splitlines()) if origin else ()
    facts = {"title": title, "notes": notes, "headings": HEADINGS, **page}
    code = template.render(imports=(), helpers=(), **facts)
    helpers = used_helpers(code)
    imports = IMPORTS if "np." in code or helpers else ()
    return fitted(template.render(imports=imports, helpers=helpers, **facts))


def build(program: Program, style: str = "functions") -> ModuleType:
    """The generated source as a module.

    What is executed is our own rendering of the kernels; names were checked to be identifiers, and no text of
    the user's gets into it but as a docstring without quotes.
    """
    text = source(program, style)
    module = ModuleType(f"chainrule_{program.name}")
    module.__dict__["__source__"] = text
    exec(compile(text, f"<chainrule {program.name}>", "exec"), module.__dict__)
    return module
