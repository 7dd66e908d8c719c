"""The floor plan: who may import whom, how long a module may be, what stands at the top, what never stands anywhere."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIMIT = 220  # "about 200 lines"
CEILING = 370  # no reason is good enough beyond this

# Longer than the limit, each with its reason.
LONGER = {
    "derive.expression": "the tree: every node with its constructor, which merge and flatten by one rule",
    "derive.verifying.formula": "the syntax tree: every node with its docstring",
    "derive.verifying.latex.writing": "the way back to LaTeX: one writer for every node of the syntax tree",
    "derive.judging.evaluate": "the oracle: one case for every node of the tree",
    "derive.rewriting": "walking, substituting and renaming: one case for every node of the tree",
    "derive.calculus.rules": "the named rewrites of the pipeline stand together, to be read in order",
    "derive.calculus.whole_numbers": "one form for whole numbers: their sums, products, divisions and signs",
    "derive.calculus.matrix_form": "one case for every node, and the one contraction that all products go through",
    "codegen.kernel": "the code IR: every node with its docstring",
    "codegen.lowering.lower": "one case for every node of the tree",
    "codegen.lowering.indexing": "one decision, taken by what stands between the brackets",
    "codegen.lowering.contraction": "one decision, taken by the axes of two factors",
    "codegen.stabilising.stabilise": "the overflow-safe forms stand together, each a few lines",
    "codegen.passes": "forward, backward and both in one: one writer for all three",
    "codegen.backends.numpy": "the spelling of every node of the code IR",
}

SHAPELESS = {"utils", "util", "misc", "common", "helpers", "stuff", "tools"}
TOP = {"derive", "codegen", "generated", "tests", "pyproject.toml", "README.md", ".ci", ".gitignore", "LICENSE"}


def files(package: str) -> list[Path]:
    """The modules of a package."""
    return sorted(p for p in (ROOT / package).rglob("*.py") if "templates" not in p.parts)


def module_name(path: Path) -> str:
    """``derive/reading/layer.py`` is ``derive.reading.layer``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for package in ("derive", "codegen") for path in files(package)}
every_module = pytest.mark.parametrize("name", MODULES)


@cache
def tree(name: str) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def imports(name: str, *, lazy: bool) -> Iterator[str]:
    """What a module imports, in full names; with ``lazy`` also inside functions and for type checkers."""
    body = ast.walk(tree(name)) if lazy else iter(tree(name).body)
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import"
            assert node.module is not None
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


@every_module
def test_derive_imports_nothing_of_codegen_and_no_numpy(name: str) -> None:
    above = ("codegen", "tests", "numpy", "jinja2", "click", "rich", "matplotlib", "sklearn", "torch")
    found = {module.partition(".")[0] for module in imports(name, lazy=True)}
    if name.startswith("derive"):
        assert not found & set(above)
    assert "tests" not in found


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {name: {m for m in imports(name, lazy=False) if m in MODULES and m != name} for name in MODULES}
    try:
        order = tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise AssertionError(f"import cycle: {' → '.join(error.args[1])}") from None
    assert set(order) == set(MODULES)


def test_imports_inside_functions_break_a_cycle_or_are_of_something_slow() -> None:
    # The printers stand on a higher floor than what is printed; the packages and the command start fast.
    slow = {"sympy", "mpmath", "numpy", "sklearn", "matplotlib", "plygdata", "rich", "jinja2", "torch", "typst", "lark"}
    quick = {"derive", "codegen", "codegen.gradcheck", "codegen.cli", "codegen.console"}
    early = {name: set(imports(name, lazy=False)) for name in MODULES}
    ever = {name: set(imports(name, lazy=True)) for name in MODULES}
    for name in sorted(set(MODULES) - quick):
        if name.startswith("codegen.commands."):
            continue
        loaded = reached(name, early)
        for module in ever[name] - early[name]:
            if module in MODULES:
                assert name in reached(module, ever) or packages(reached(module, early) - loaded) & slow, (name, module)
            else:
                assert packages({module}) & (slow | sys.stdlib_module_names), (name, module)


def reached(name: str, graph: Mapping[str, Set[str]]) -> set[str]:
    """A module and all that it imports, directly or by way of others."""
    found, left = {name}, [name]
    while left:
        new = graph.get(left.pop(), set()) - found
        found |= new
        left += new
    return found


def packages(modules: Iterable[str]) -> set[str]:
    """``numpy`` of ``numpy.linalg``."""
    return {module.partition(".")[0] for module in modules}


@every_module
def test_a_module_is_short_or_has_a_reason(name: str) -> None:
    lines = len(MODULES[name].read_text(encoding="utf-8").splitlines())
    assert lines <= (CEILING if name in LONGER else LIMIT), f"{lines} lines: split it, or give the reason in LONGER"


def test_no_reason_is_given_for_a_module_that_is_short() -> None:
    lengths = {name: len(MODULES[name].read_text(encoding="utf-8").splitlines()) for name in LONGER}
    assert {name for name, lines in lengths.items() if lines <= LIMIT * 0.9} == set()


@every_module
def test_a_module_says_its_one_idea_in_its_first_line(name: str) -> None:
    doc = ast.get_docstring(tree(name)) or ""
    first = doc.partition("\n")[0]
    assert first
    assert len(first) <= 120
    assert not first.lower().startswith("this module")


@every_module
def test_no_module_is_a_drawer_for_what_fits_nowhere(name: str) -> None:
    assert not SHAPELESS & set(name.split("."))


@every_module
def test_every_public_function_and_class_says_what_it_is(name: str) -> None:
    for node in tree(name).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{name}.{node.name}"


@every_module
def test_no_text_is_executed_but_our_own_rendering_of_the_kernels(name: str) -> None:
    called = {
        node.func.id for node in ast.walk(tree(name)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    dangerous = called & {"eval", "exec", "compile", "sympify", "parse_expr"}
    assert dangerous <= ({"exec", "compile"} if name in ("codegen.generate", "codegen.notebook") else set())


@every_module
def test_nothing_depends_on_where_an_object_lies_in_memory(name: str) -> None:
    called = [
        node.func.id for node in ast.walk(tree(name)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert "id" not in called


def test_only_partials_reading_and_the_oracle_know_sympy_and_mpmath() -> None:
    knowing = {name for name in MODULES if any(m.partition(".")[0] == "sympy" for m in imports(name, lazy=True))}
    home = {
        "derive.calculus.partials",
        "derive.calculus.quotients",
        "derive.from_sympy",
        "derive.reading.sympy_tree",
        "codegen.commands.doctor",
    }
    assert knowing <= home


def test_the_top_of_the_repository_holds_what_the_plan_names() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git here")
    assert {line.partition("/")[0] for line in listed.stdout.splitlines()} <= TOP


WITHOUT_NUMPY = """
import sys
for name in ("numpy", "codegen", "jinja2", "click", "rich"):
    sys.modules[name] = None
import derive
derivation = derive.derive(derive.load("two_layer_net"))
from derive.judging.judge import judge
assert all(v.holds for v in judge(derive.derive(derive.load("affine"))))
assert str(derivation.gradients["W2"].index) == "sum[n](∂U2[n, c]*Z1[n, h])"
assert "W_{2}" in derivation.to_latex() and "W_{2}" in derivation.to_markdown()
print("derived")
"""


def test_deriving_judging_and_printing_work_without_numpy() -> None:
    ran = subprocess.run([sys.executable, "-c", WITHOUT_NUMPY], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.returncode) == ("derived\n", 0), ran.stderr


def test_importing_derive_does_not_load_sympy() -> None:
    code = "import derive, sys; print('sympy' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
