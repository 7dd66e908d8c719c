"""What is checked in under generated/ is what the library gives today, whatever order Python hashes in."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from codegen import artefacts

DIGEST = """
import hashlib
from codegen import artefacts
every = (a for name in artefacts.layers() for a in artefacts.of_layer(name))
print(hashlib.sha256("".join(a.path + a.text for a in every).encode()).hexdigest())
"""


def test_generated_is_current() -> None:
    found = artefacts.compare()
    assert found.ok, str(found)


def test_generated_is_the_same_under_another_hash_seed() -> None:
    root = Path(__file__).resolve().parents[1]
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
    printed = subprocess.run([sys.executable, "-c", DIGEST], capture_output=True, text=True, cwd=root, env=environment)
    every = (a for name in artefacts.layers() for a in artefacts.of_layer(name))
    here = hashlib.sha256("".join(a.path + a.text for a in every).encode()).hexdigest()
    assert printed.stdout.strip() == here, printed.stderr
