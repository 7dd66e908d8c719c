"""The folder of generated files: what belongs there, how it is compared, how it is written."""

from pathlib import Path

import pytest

from codegen import artefacts
from codegen.artefacts import Artefact
from codegen.writing import MARK, NEAR, ForeignFile
from derive import library


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(artefacts, "folder", lambda: tmp_path)
    return tmp_path


EXPECTED = [Artefact("latex/a.tex", f"% {MARK}\nA\n"), Artefact("numpy/functions/a.py", f'"""{MARK}"""\n')]


def test_every_layer_has_notes_graphs_and_code() -> None:
    paths = [a.path for a in artefacts.of_layer("relu")]
    assert paths == [
        "latex/relu.tex",
        "markdown/relu.md",
        "graph/relu.mmd",
        "graph/relu.svg",
        "numpy/functions/relu.py",
        "numpy/classes/relu.py",
    ]
    assert "numpy/networks/two_layer_net.py" in [a.path for a in artefacts.of_layer("two_layer_net")]


@pytest.mark.parametrize("name", library.names())
def test_every_file_says_what_it_came_from_and_how_to_make_it_again(name: str) -> None:
    for artefact in artefacts.of_layer(name):
        head = " ".join(artefact.text[:NEAR].split())
        assert f"{MARK} from derive/layers/{name}.layer. Make it again: chainrule" in head, artefact.path
        assert artefact.text.endswith("\n") and not artefact.text.endswith("\n\n"), artefact.path


def test_what_was_written_is_current(folder: Path) -> None:
    assert [a.write(folder) for a in EXPECTED] == [True, True]
    assert [a.write(folder) for a in EXPECTED] == [False, False]
    assert artefacts.compare(EXPECTED).ok
    assert str(artefacts.compare(EXPECTED)) == "generated/ is current"


def test_missing_stale_and_orphaned_files_are_told(folder: Path) -> None:
    EXPECTED[0].write(folder)
    (folder / "latex/a.tex").write_text(f"% {MARK}\nB\n")
    (folder / "graph").mkdir()
    (folder / "graph/old.svg").write_text("<svg/>")
    found = artefacts.compare(EXPECTED)
    assert not found.ok
    assert found.missing == ("numpy/functions/a.py",)
    assert found.orphans == ("graph/old.svg",)
    assert [path for path, _ in found.stale] == ["latex/a.tex"]
    assert "-B\n+A" in str(found) and "chainrule generate --all" in str(found)


def test_caches_of_python_are_no_orphans(folder: Path) -> None:
    (folder / "numpy/__pycache__").mkdir(parents=True)
    (folder / "numpy/__pycache__/a.pyc").write_bytes(b"\0")
    assert artefacts.compare([]).ok


def test_a_foreign_file_is_not_overwritten(folder: Path) -> None:
    (folder / "latex").mkdir()
    (folder / "latex/a.tex").write_text("mine")
    with pytest.raises(ForeignFile):
        EXPECTED[0].write(folder)
    assert "--force" in str(artefacts.compare(EXPECTED))
    assert EXPECTED[0].write(folder, force=True)
