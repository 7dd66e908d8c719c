"""What every test may use: the gates as fixtures, the tools a test needs, and how Hypothesis draws.

On a machine without TeX, node, PyTorch or JAX the tests that need them skip and say why. Continuous integration sets
CHAINRULE_CI=1, and there nothing may skip: a missing tool, or any other reason, is a failure.
"""

import importlib
import importlib.util
import os
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import pytest
from hypothesis import settings

from tests.gates import chromium as chromium_gate
from tests.gates import mermaid as mermaid_gate
from tests.gates import pages as pages_gate
from tests.gates import tex as tex_gate
from tests.gates.katex import Katex

IN_CI = os.environ.get("CHAINRULE_CI") == "1"

# No deadline: the first derivation of a session also pays for SymPy's caches.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if IN_CI else "local")


def missing_torch() -> str | None:
    """Why PyTorch cannot be used here; None if it can."""
    return None if importlib.util.find_spec("torch") else "torch is not installed (pip install torch)"


def missing_jax() -> str | None:
    """Why JAX cannot be used here; None if it can."""
    return None if importlib.util.find_spec("jax") else "jax is not installed (pip install jax)"


# marker → why its tool cannot be used here, or None. A test that uses the fixture of the right column is marked by it.
NEEDS = {
    "tex": tex_gate.missing,
    "japanese": tex_gate.missing_japanese,
    "pages": pages_gate.missing,
    "node": mermaid_gate.missing,
    "chromium": chromium_gate.missing,
    "torch": missing_torch,
    "jax": missing_jax,
}
MARKER_OF_FIXTURE = {
    "tex": "tex",
    "japanese_tex": "japanese",
    "pages": "pages",
    "mermaid": "node",
    "torch": "torch",
    "jax": "jax",
    "browser": "chromium",
}

Check = Callable[..., list[str | None]]
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by the tools that it uses, so that `-m "not tex"` and the check below know them."""
    for item in items:
        for fixture, marker in MARKER_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose tool is missing; the hooks below turn that into a failure in continuous integration."""
    for marker, missing in NEEDS.items():
        if item.get_closest_marker(marker) and (reason := missing()):
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _nothing_skips_in_ci((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _nothing_skips_in_ci((yield))


def _nothing_skips_in_ci(report: Report) -> Report:
    """In continuous integration, a skip becomes a failure; an expected failure (xfail) stays one."""
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"CHAINRULE_CI=1 lets nothing skip. {reason}"
    return report


@pytest.fixture(scope="session")
def katex() -> Iterator[Check]:
    """`katex(formulas, display=True)`: for each formula None or KaTeX's complaint."""
    with Katex() as engine:
        yield engine.check


@pytest.fixture(scope="session")
def mermaid() -> Check:
    """`mermaid(sources)`: for each graph None or mermaid's complaint; give it many at once, node starts slowly."""
    return mermaid_gate.check


@pytest.fixture
def browser() -> ModuleType:
    """Chromium, to open pages with."""
    return chromium_gate


@pytest.fixture
def tex(tmp_path: Path) -> Callable[..., tex_gate.Compiled]:
    """`tex(source, engine="pdflatex")`: the compiled document, in the test's own folder, or a `TexError`."""
    return partial(tex_gate.compile, folder=tmp_path)


@pytest.fixture
def japanese_tex(tmp_path: Path) -> Callable[..., tex_gate.Compiled]:
    """`japanese_tex(source, engine="lualatex")`: as `tex`, for Japanese."""
    return partial(tex_gate.compile, folder=tmp_path)


@pytest.fixture
def pages() -> ModuleType:
    """What is on the pages of a PDF."""
    return pages_gate


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    """The module `torch`."""
    return importlib.import_module("torch")


@pytest.fixture(scope="session")
def jax() -> ModuleType:
    """The module `jax`, on the processor and in float64."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    module = importlib.import_module("jax")
    module.config.update("jax_enable_x64", True)
    return module
