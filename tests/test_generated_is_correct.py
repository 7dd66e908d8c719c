"""Every file of code under generated/ is right: against the derivation, the complex step and central differences."""

from pathlib import Path

import pytest

from codegen.artefacts import folder
from codegen.demos.demo import imported
from codegen.gradcheck import check
from derive import library

FILES = sorted((folder() / "numpy").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_generated_code_is_correct(path: Path) -> None:
    report = check(library.load(path.stem), module=imported(path), seed=1)
    assert report.ok, str(report)


def test_every_layer_has_code() -> None:
    assert {p.stem for p in FILES} == set(library.names())
