"""Layers as text, for tests: those in this folder and those of the library."""

from pathlib import Path

from derive import library

FOLDER = Path(__file__).parent
LIBRARY = Path(library.__file__).parent / "layers"


def path(name: str) -> Path:
    """The file of a layer, in this folder or in the library."""
    here = FOLDER / f"{name}.layer"
    return here if here.exists() else LIBRARY / f"{name}.layer"
